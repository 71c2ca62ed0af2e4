/** Captures: classic pcap and pcapng, written to a sink of bytes. */

export type { PacketDetails } from "./enhanced-packet-block.ts";
export type { FrameMemory } from "./frame-vector.ts";
export type { InterfaceDescription } from "./interface-description-block.ts";
export type { InterfaceStatistics } from "./interface-statistics-block.ts";
export { LinkType } from "./link-type.ts";
export type { AddressNames } from "./name-resolution-block.ts";
export { type PcapOptions, PcapWriter } from "./pcap-writer.ts";
export { type PcapngOptions, PcapngWriter } from "./pcapng-writer.ts";
export type { SectionDescription } from "./section-header-block.ts";
export { type ByteSink, MemorySink } from "./sink.ts";
