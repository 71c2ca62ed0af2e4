/**
 * What captures consist of, whatever their format: what `CaptureReader` reads and the record writers write.
 *
 * Texts that are empty count as left out. What has no field of its own is kept as bytes, in the byte order of its
 * section: options, blocks and records of names that this code does not know, numbers beyond 2^53 - 1.
 */

import type { AddressNames } from "./name-resolution-block.ts";

export type ByteOrder = "little" | "big";

/** Any of the things that a capture consists of, in the order of the file. */
export type CaptureRecord =
  SectionRecord | InterfaceRecord | PacketRecord | NamesRecord | StatisticsRecord | OtherRecord;

/** An option of a pcapng block, or a record of a Name Resolution Block, as it is in the file. */
export interface CaptureOption {
  readonly code: number;
  /** Without the padding. */
  readonly value: Uint8Array;
}

/** A time: whole seconds since 1970, negative before, and nanoseconds below 10^9 on top. */
export interface CaptureTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A capture begins with a section; pcapng may have several, each with interfaces of its own. */
export interface SectionRecord {
  readonly kind: "section";
  readonly format: "pcap" | "pcapng";
  readonly byteOrder: ByteOrder;
  /** The machine. */
  readonly hardware?: string | undefined;
  readonly operatingSystem?: string | undefined;
  /** The program that made the capture. */
  readonly application?: string | undefined;
  /** The first comment; any further ones are among the options. */
  readonly comment?: string | undefined;
  readonly options: readonly CaptureOption[];
}

/** Comes before its packets. Classic pcap has one, made from the file's header. */
export interface InterfaceRecord {
  readonly kind: "interface";
  /** 0, 1, 2 and so on through the whole file, whatever the section. */
  readonly id: number;
  /** Of `LinkType`, or any other: `linkTypeName` has its name. */
  readonly linkType: number;
  /** The most bytes kept of a packet; 0 for no limit. */
  readonly snapLength: number;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** MAC address, a number below 2^48. */
  readonly mac?: number | undefined;
  /** Bits a second. */
  readonly speed?: number | undefined;
  /** The filter that packets had to pass, as tcpdump takes it. */
  readonly filter?: string | undefined;
  readonly operatingSystem?: string | undefined;
  readonly hardware?: string | undefined;
  /** Bytes of frame check sequence at the end of every packet. */
  readonly fcsLength?: number | undefined;
  /** What times are counted in, a power of 10 or 2: 10^6 for microseconds. */
  readonly unitsPerSecond: number;
  /** What is added to the times in the file; the records have it added. */
  readonly offsetSeconds: number;
  readonly comments: readonly string[];
  readonly options: readonly CaptureOption[];
}

/** A packet. The reader uses one object for all: it is valid during the call, and so are its bytes. */
export interface PacketRecord extends CaptureTime {
  readonly kind: "packet";
  readonly interfaceId: number;
  /** False for Simple Packet Blocks, whose time is not known and given as 0. */
  readonly hasTime: boolean;
  readonly seconds: number;
  /** Finer times are cut to nanoseconds. */
  readonly nanoseconds: number;
  /** A window on the reader's bytes, valid during the call. */
  readonly bytes: Uint8Array;
  /** Bytes of the packet on the wire, as the file has it: in a broken one it may be less than there are. */
  readonly originalLength: number;
  /** As the interface sees it: "in" was received, "out" was sent. */
  readonly direction?: "in" | "out" | undefined;
  /** The whole flags word (section 4.3.1), the direction's two bits included. */
  readonly flags?: number | undefined;
  readonly packetId?: number | undefined;
  readonly comments: readonly string[];
  readonly options: readonly CaptureOption[];
}

/** Names of addresses. */
export interface NamesRecord {
  readonly kind: "names";
  /** Of IPv4 addresses. */
  readonly entries: readonly AddressNames[];
  /** Of addresses of other kinds: the record's type and value. */
  readonly others: readonly CaptureOption[];
  readonly comments: readonly string[];
  readonly options: readonly CaptureOption[];
}

/** What an interface has counted up to a time. */
export interface StatisticsRecord extends CaptureTime {
  readonly kind: "statistics";
  readonly interfaceId: number;
  /** When the capture started on this interface. */
  readonly startTime?: CaptureTime | undefined;
  readonly endTime?: CaptureTime | undefined;
  /** Packets that the interface received. */
  readonly received?: number | undefined;
  /** Packets that the interface dropped for lack of resources. */
  readonly dropped?: number | undefined;
  readonly acceptedByFilter?: number | undefined;
  readonly osDropped?: number | undefined;
  /** Packets that reached the capture. */
  readonly delivered?: number | undefined;
  readonly comments: readonly string[];
  readonly options: readonly CaptureOption[];
}

/** A block of another type: custom, of decryption secrets, of the systemd journal, unknown. */
export interface OtherRecord {
  readonly kind: "other";
  readonly blockType: number;
  /** The block's body, between its two lengths: a window on the reader's bytes, valid during the call. */
  readonly bytes: Uint8Array;
}

/** No comments, or no options: one array for all packets that have none. */
export const NONE: readonly never[] = Object.freeze([]);
