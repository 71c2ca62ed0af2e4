/** Captures: classic pcap and pcapng, written to a sink of bytes and read from chunks of them. */

export { CaptureError } from "./capture-error.ts";
export type { CaptureLimits } from "./capture-limits.ts";
export { CaptureReader } from "./capture-reader.ts";
export type {
  ByteOrder,
  CaptureOption,
  CaptureRecord,
  CaptureTime,
  InterfaceRecord,
  NamesRecord,
  OtherRecord,
  PacketRecord,
  SectionRecord,
  StatisticsRecord,
} from "./capture-record.ts";
export type { PacketDetails } from "./enhanced-packet-block.ts";
export type { FrameMemory } from "./frame-vector.ts";
export type { InterfaceDescription } from "./interface-description-block.ts";
export type { InterfaceStatistics } from "./interface-statistics-block.ts";
export { LinkType, linkTypeName } from "./link-type.ts";
export type { AddressNames } from "./name-resolution-block.ts";
export { PcapRecordWriter } from "./pcap-record-writer.ts";
export { type PcapOptions, PcapWriter } from "./pcap-writer.ts";
export { PcapngRecordWriter } from "./pcapng-record-writer.ts";
export { type PcapngOptions, PcapngWriter } from "./pcapng-writer.ts";
export type { RecordWriter } from "./record-writer.ts";
export type { SectionDescription } from "./section-header-block.ts";
export { type ByteSink, MemorySink } from "./sink.ts";
