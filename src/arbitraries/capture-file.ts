/** Capture files with what a reader must find in them. */
import type { ByteOrder } from "./byte-builder.ts";
import { frameText } from "./frame.ts";
import { reportAsText } from "./report.ts";

/** A packet as a reader must give it. */
export interface CapturedPacket {
  /** Counted over the whole file, from section to section. */
  readonly interfaceId: number;
  /** Whether the file has a time for it: a Simple Packet Block has none, and both parts are then 0. */
  readonly hasTime: boolean;
  /** Whole seconds since 1970. */
  readonly seconds: number;
  /** 0 to 999,999,999, cut where the file is more exact. */
  readonly nanoseconds: number;
  /** What was captured, which the snap length may have cut. */
  readonly bytes: Uint8Array;
  /** Length on the wire. */
  readonly originalLength: number;
  readonly direction?: "in" | "out";
  readonly packetId?: number;
  readonly comments: readonly string[];
}

/** An interface as a reader must give it. */
export interface CapturedInterface {
  readonly linkType: number;
  /** 0 for no limit. */
  readonly snapLength: number;
  readonly name?: string;
  readonly description?: string;
  /** Units of its times in a second. */
  readonly unitsPerSecond: number;
  /** Seconds to be added to its times. */
  readonly offsetSeconds: number;
}

/** A section as a reader must give it; a classic file is one. */
export interface CapturedSection {
  readonly byteOrder: ByteOrder;
  readonly comment?: string;
  readonly application?: string;
}

/** All that a reader must find, in the order of the file. */
export interface CaptureContents {
  readonly format: "pcap" | "pcapng";
  readonly sections: readonly CapturedSection[];
  readonly interfaces: readonly CapturedInterface[];
  readonly packets: readonly CapturedPacket[];
  /** Names of IPv4 addresses. */
  readonly names: readonly { readonly address: number; readonly names: readonly string[] }[];
  /** Blocks of any other kind. */
  readonly otherCount: number;
}

/** A file's bytes and contents. It prints as what it is and a line a packet. */
export class CaptureFile {
  readonly contents: CaptureContents;
  readonly bytes: Uint8Array;
  /** The bytes as they were made, whatever was written into them since. */
  readonly #made: Uint8Array;

  constructor(contents: CaptureContents, bytes: Uint8Array) {
    this.contents = contents;
    this.bytes = bytes;
    this.#made = bytes.slice();
  }

  /** The file as it was made. */
  fresh(): CaptureFile {
    return new CaptureFile(this.contents, this.#made.slice());
  }

  toString(): string {
    const { format, sections, interfaces, packets, otherCount } = this.contents;
    const orders = sections.map(({ byteOrder }) => byteOrder).join(", ");
    const counts = `${interfaces.length} interfaces, ${packets.length} packets, ${otherCount} other blocks`;
    return [`${format} (${orders} endian), ${counts}, ${this.bytes.length} bytes`, ...packets.map(packetLine)].join(
      "\n  ",
    );
  }
}

reportAsText(CaptureFile);

function packetLine({ interfaceId, hasTime, seconds, nanoseconds, bytes, originalLength }: CapturedPacket): string {
  const time = hasTime ? `${seconds}.${String(nanoseconds).padStart(9, "0")}` : "(no time)";
  const cut = bytes.length < originalLength ? ` (${bytes.length} of ${originalLength} bytes)` : "";
  return `${time} #${interfaceId}${cut} ${frameText(bytes)}`;
}
