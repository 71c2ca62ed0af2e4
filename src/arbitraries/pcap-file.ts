/** Classic pcap files (draft-ietf-opsawg-pcap), in both byte orders, with microseconds and nanoseconds. */
import fc from "fast-check";
import { LinkType } from "../capture/index.ts";
import { anyFrame } from "./any-frame.ts";
import { ByteBuilder, type ByteOrder } from "./byte-builder.ts";
import { type CapturedPacket, CaptureFile } from "./capture-file.ts";
import { arbitraryOf, bits, type Choice, usually } from "./choice.ts";
import type { Frame } from "./frame.ts";

const MAGIC = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const;
const UNITS_PER_SECOND = { microseconds: 1_000_000, nanoseconds: 1_000_000_000 } as const;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const [MAJOR_VERSION, MINOR_VERSION] = [2, 4];

/** What tcpdump keeps of a packet. */
const USUAL_SNAP_LENGTH = 262_144;

/** What `pcapFile` takes. */
export interface PcapFileOptions {
  /** What is captured; any frame when left out. */
  readonly frames?: fc.Arbitrary<Frame>;
  /** LinkType.ETHERNET when left out; packets without a link layer want LinkType.RAW. */
  readonly linkType?: number;
  /** Packets, at most; 8 when left out. */
  readonly maxPackets?: number;
  readonly byteOrder?: Choice<ByteOrder>;
  readonly precision?: Choice<"microseconds" | "nanoseconds">;
  /** Bytes kept of a packet; 262,144 or few when left out. */
  readonly snapLength?: Choice<number>;
}

/** Files with packets at any time from 1970 to 2106, in any order, some of them cut by the snap length. */
export function pcapFile(options: PcapFileOptions = {}): fc.Arbitrary<CaptureFile> {
  const { frames = anyFrame(), linkType = LinkType.ETHERNET, maxPackets = 8 } = options;
  const packet = fc.tuple(frames, usually(0, bits(32)), usually(0, fc.nat(NANOSECONDS_PER_SECOND - 1)));
  return fc
    .record({
      byteOrder: arbitraryOf<ByteOrder>(options.byteOrder ?? fc.constantFrom<ByteOrder[]>("little", "big")),
      precision: arbitraryOf(options.precision ?? fc.constantFrom("microseconds", "nanoseconds")),
      snapLength: arbitraryOf(options.snapLength ?? usually(USUAL_SNAP_LENGTH, fc.integer({ min: 14, max: 100 }))),
      packets: fc.array(packet, { maxLength: maxPackets }),
    })
    .map(({ byteOrder, precision, snapLength, packets }) => {
      const unitsPerSecond = UNITS_PER_SECOND[precision];
      const unit = NANOSECONDS_PER_SECOND / unitsPerSecond;
      const kept = packets.map(([{ bytes }, seconds, nanoseconds]): CapturedPacket => ({
        interfaceId: 0,
        hasTime: true,
        seconds,
        nanoseconds: nanoseconds - (nanoseconds % unit),
        bytes: bytes.slice(0, snapLength),
        originalLength: bytes.length,
        comments: [],
      }));
      const out = new ByteBuilder(byteOrder);
      writeHeader(out, MAGIC[precision], snapLength, linkType);
      for (const own of kept) writePacket(out, own, unit);
      const contents = {
        format: "pcap",
        sections: [{ byteOrder }],
        interfaces: [{ linkType, snapLength, unitsPerSecond, offsetSeconds: 0 }],
        packets: kept,
        names: [],
        otherCount: 0,
      } as const;
      return new CaptureFile(contents, out.result());
    });
}

function writeHeader(out: ByteBuilder, magic: number, snapLength: number, linkType: number): void {
  out.uint32(magic);
  out.uint16(MAJOR_VERSION);
  out.uint16(MINOR_VERSION);
  out.uint32(0);
  out.uint32(0);
  out.uint32(snapLength);
  out.uint32(linkType);
}

function writePacket(out: ByteBuilder, packet: CapturedPacket, unit: number): void {
  out.uint32(packet.seconds);
  out.uint32(packet.nanoseconds / unit);
  out.uint32(packet.bytes.length);
  out.uint32(packet.originalLength);
  out.bytes(packet.bytes);
}
