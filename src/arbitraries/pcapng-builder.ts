/** Writes planned sections as pcapng, and notes what a reader must find. */
import type { ByteBuilder, ByteOrder } from "./byte-builder.ts";
import {
  type CaptureContents,
  type CapturedInterface,
  type CapturedPacket,
  type CapturedSection,
  CaptureFile,
} from "./capture-file.ts";
import type { Frame } from "./frame.ts";
import { block, type BlockOption, BlockType, comment, sectionHeader, text } from "./pcapng-blocks.ts";

/** A section before it is written. */
export interface SectionPlan {
  readonly byteOrder: ByteOrder;
  /** Whether its header says how long it is. */
  readonly hasLength: boolean;
  readonly comment: string | undefined;
  readonly application: string | undefined;
  /** One at least. */
  readonly interfaces: readonly InterfacePlan[];
  readonly blocks: readonly BlockPlan[];
}

export interface InterfacePlan {
  readonly linkType: number;
  readonly snapLength: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** The byte of if_tsresol, or none. */
  readonly resolution: number | undefined;
  readonly offsetSeconds: number;
}

/** Any block but the headers; of the fields each kind takes its own. */
export interface BlockPlan {
  readonly kind: "enhanced" | "simple" | "obsolete" | "names" | "statistics" | "custom" | "unknown";
  readonly frame: Frame;
  /** Counted around the section's. */
  readonly interface: number;
  readonly seconds: number;
  /** Of a second, 0 to 1. */
  readonly fraction: number;
  readonly direction: "in" | "out" | undefined;
  readonly packetId: number | undefined;
  readonly comments: readonly string[];
  readonly address: number;
  readonly bytes: Uint8Array;
}

const Option = {
  APPLICATION: 4,
  INTERFACE_NAME: 2,
  INTERFACE_DESCRIPTION: 3,
  RESOLUTION: 9,
  OFFSET: 14,
  PACKET_FLAGS: 2,
  PACKET_ID: 5,
  RECEIVED: 4,
} as const;

const DEFAULT_RESOLUTION = 6;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const DIRECTIONS = { in: 1, out: 2 } as const;
/** The number that IANA keeps for documentation (RFC 5612): nobody's blocks. */
const PRIVATE_ENTERPRISE_NUMBER = 32473;
/** A type for local use: its highest bit is set (section 12.1). */
const UNKNOWN_TYPE = 0x8000_0bad;

/** A file in the making. */
export class PcapngBuilder {
  readonly #chunks: Uint8Array[] = [];
  readonly #sections: CapturedSection[] = [];
  readonly #interfaces: CapturedInterface[] = [];
  readonly #packets: CapturedPacket[] = [];
  readonly #names: { address: number; names: string[] }[] = [];
  #otherCount = 0;

  addSection(plan: SectionPlan): void {
    const { byteOrder, hasLength, comment: remark, application, interfaces, blocks } = plan;
    const firstId = this.#interfaces.length;
    const chunks = interfaces.map((own) => this.#interface(byteOrder, own));
    for (const own of blocks) chunks.push(this.#block(byteOrder, own, firstId));
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const options = [
      ...(remark === undefined ? [] : [comment(remark)]),
      ...(application === undefined ? [] : [text(Option.APPLICATION, application)]),
    ];
    this.#chunks.push(sectionHeader(byteOrder, hasLength ? length : -1, options), ...chunks);
    this.#sections.push({
      byteOrder,
      ...(remark !== undefined && { comment: remark }),
      ...(application !== undefined && { application }),
    });
  }

  end(): CaptureFile {
    const bytes = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    const contents: CaptureContents = {
      format: "pcapng",
      sections: this.#sections,
      interfaces: this.#interfaces,
      packets: this.#packets,
      names: this.#names,
      otherCount: this.#otherCount,
    };
    return new CaptureFile(contents, bytes);
  }

  #interface(order: ByteOrder, plan: InterfacePlan): Uint8Array {
    const { linkType, snapLength, name, description, resolution, offsetSeconds } = plan;
    this.#interfaces.push({
      linkType,
      snapLength,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      unitsPerSecond: unitsPerSecond(resolution ?? DEFAULT_RESOLUTION),
      offsetSeconds,
    });
    const options: BlockOption[] = [];
    if (name !== undefined) options.push(text(Option.INTERFACE_NAME, name));
    if (description !== undefined) options.push(text(Option.INTERFACE_DESCRIPTION, description));
    if (resolution !== undefined) options.push([Option.RESOLUTION, (out) => out.uint8(resolution)]);
    if (offsetSeconds !== 0) options.push([Option.OFFSET, (out) => out.uint64(BigInt(offsetSeconds))]);
    const body = (out: ByteBuilder): void => {
      out.uint16(linkType);
      out.uint16(0);
      out.uint32(snapLength);
    };
    return block(order, BlockType.INTERFACE, body, options);
  }

  #block(order: ByteOrder, plan: BlockPlan, firstId: number): Uint8Array {
    const count = this.#interfaces.length - firstId;
    switch (plan.kind) {
      case "enhanced":
      case "obsolete":
        return this.#timedPacket(order, plan, firstId, plan.interface % count);
      case "simple":
        return this.#simplePacket(order, plan, firstId);
      case "names":
        return this.#nameBlock(order, plan);
      default:
        this.#otherCount++;
        return otherBlock(order, plan, plan.interface % count);
    }
  }

  #timedPacket(order: ByteOrder, plan: BlockPlan, firstId: number, index: number): Uint8Array {
    const { frame, direction, packetId, comments } = plan;
    const own = this.#interfaces[firstId + index]!;
    const kept = frame.bytes.slice(0, own.snapLength || frame.bytes.length);
    const units = rawTime(plan, own);
    const isEnhanced = plan.kind === "enhanced";
    this.#packets.push({
      interfaceId: firstId + index,
      hasTime: true,
      ...timeOf(units, own),
      bytes: kept,
      originalLength: frame.bytes.length,
      ...(direction !== undefined && { direction }),
      ...(packetId !== undefined && isEnhanced && { packetId }),
      comments,
    });
    const options = [...comments.map(comment)];
    if (direction !== undefined) options.push([Option.PACKET_FLAGS, (out) => out.uint32(DIRECTIONS[direction])]);
    if (packetId !== undefined && isEnhanced) options.push([Option.PACKET_ID, (out) => out.uint64(BigInt(packetId))]);
    const body = (out: ByteBuilder): void => {
      if (isEnhanced) out.uint32(index);
      else {
        out.uint16(index);
        out.uint16(0); // packets dropped since the last
      }
      out.upperFirst(units);
      out.uint32(kept.length);
      out.uint32(frame.bytes.length);
      out.bytes(kept);
    };
    return block(order, isEnhanced ? BlockType.ENHANCED_PACKET : BlockType.OBSOLETE_PACKET, body, options);
  }

  /** Of the section's first interface, whose snap length says how much of it is there. */
  #simplePacket(order: ByteOrder, { frame }: BlockPlan, firstId: number): Uint8Array {
    const { snapLength } = this.#interfaces[firstId]!;
    const kept = frame.bytes.slice(0, snapLength || frame.bytes.length);
    const { length: originalLength } = frame.bytes;
    const time = { hasTime: false, seconds: 0, nanoseconds: 0 };
    this.#packets.push({ interfaceId: firstId, ...time, bytes: kept, originalLength, comments: [] });
    return block(order, BlockType.SIMPLE_PACKET, (out) => {
      out.uint32(originalLength);
      out.bytes(kept);
    });
  }

  #nameBlock(order: ByteOrder, { address, bytes }: BlockPlan): Uint8Array {
    const name = `host-${bytes.length}`;
    this.#names.push({ address, names: [name] });
    return block(order, BlockType.NAMES, (out) => {
      const record = new TextEncoder().encode(`${name}\0`);
      out.uint16(1);
      out.uint16(4 + record.length);
      for (const shift of [24, 16, 8, 0]) out.uint8(address >>> shift); // in network order in any file
      out.bytes(record);
      out.pad();
      out.uint32(0); // the record that ends the list
    });
  }
}

/** Statistics, a custom block or one of a type that nobody knows. */
function otherBlock(order: ByteOrder, { kind, seconds, bytes }: BlockPlan, index: number): Uint8Array {
  if (kind === "statistics") {
    const body = (out: ByteBuilder): void => {
      out.uint32(index);
      out.upperFirst(BigInt(seconds));
    };
    return block(order, BlockType.STATISTICS, body, [[Option.RECEIVED, (out) => out.uint64(BigInt(bytes.length))]]);
  }
  return block(order, kind === "custom" ? BlockType.CUSTOM : UNKNOWN_TYPE, (out) => {
    if (kind === "custom") out.uint32(PRIVATE_ENTERPRISE_NUMBER);
    out.bytes(bytes);
  });
}

/** Units of a value of if_tsresol in a second. */
function unitsPerSecond(resolution: number): number {
  return resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
}

/** The time in the interface's units, which must fit into 64 bits. */
function rawTime({ seconds, fraction }: BlockPlan, { unitsPerSecond: units }: CapturedInterface): bigint {
  const limit = 2n ** 64n / BigInt(units) - 1n;
  return (BigInt(seconds) % limit) * BigInt(units) + BigInt(Math.floor(fraction * units));
}

/** What a reader makes of it. */
function timeOf(
  units: bigint,
  { unitsPerSecond: perSecond, offsetSeconds }: CapturedInterface,
): { readonly seconds: number; readonly nanoseconds: number } {
  const [whole, rest] = [units / BigInt(perSecond), units % BigInt(perSecond)];
  return {
    seconds: Number(whole) + offsetSeconds,
    nanoseconds: Number((rest * NANOSECONDS_PER_SECOND) / BigInt(perSecond)),
  };
}
