/**
 * pcapng files (draft-ietf-opsawg-pcapng) of all that the format has: sections of both byte orders, interfaces with
 * resolutions and offsets of their own, three kinds of packets, comments, names, statistics, and blocks to be skipped.
 */
import fc from "fast-check";
import { LinkType } from "../capture/index.ts";
import { ipv4Address } from "./addresses.ts";
import { anyFrame } from "./any-frame.ts";
import type { ByteOrder } from "./byte-builder.ts";
import { CaptureFile } from "./capture-file.ts";
import { checkKinds, usually } from "./choice.ts";
import type { Frame } from "./frame.ts";
import { type BlockPlan, type InterfacePlan, PcapngBuilder, type SectionPlan } from "./pcapng-builder.ts";

/** What `pcapngFile` takes. */
export interface PcapngFileOptions {
  /** What is captured; any frame when left out. */
  readonly frames?: fc.Arbitrary<Frame>;
  /** LinkType.ETHERNET when left out; packets without a link layer want LinkType.RAW. */
  readonly linkType?: number;
  /** Sections, at most; 2 when left out. */
  readonly maxSections?: number;
  /** Interfaces of a section, at most; 3 when left out. */
  readonly maxInterfaces?: number;
  /** Packets and other blocks of a section, at most; 8 when left out. */
  readonly maxBlocks?: number;
  /** What the blocks are; packets of every kind, names, statistics, custom and unknown ones when left out. */
  readonly blocks?: readonly BlockPlan["kind"][];
}

/**
 * Values of if_tsresol: powers of ten, and with the highest bit of two. Without one it is 10^-6 (section 4.2). The
 * finest here, 10^-12, has more than nanoseconds can tell.
 */
const RESOLUTIONS: readonly number[] = [9, 6, 3, 0, 12, 0x80 | 10, 0x80 | 20, 0x80 | 30];

const BLOCK_KINDS: readonly BlockPlan["kind"][] = [
  "enhanced",
  "simple",
  "obsolete",
  "names",
  "statistics",
  "custom",
  "unknown",
];

/** Never empty: of an empty option readers may say that it is there, or that it is not. */
const someText = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-composite" });
const optionalText = usually<string | undefined>(undefined, someText);

/** Files of one section or several. What fails shrinks to fewer sections, interfaces and blocks, packets last. */
export function pcapngFile(options: PcapngFileOptions = {}): fc.Arbitrary<CaptureFile> {
  const { frames = anyFrame(), linkType = LinkType.ETHERNET, blocks = BLOCK_KINDS } = options;
  checkKinds("kinds of blocks", blocks, BLOCK_KINDS);
  const { maxSections = 2, maxInterfaces = 3, maxBlocks = 8 } = options;
  const section: fc.Arbitrary<SectionPlan> = fc.record({
    byteOrder: fc.constantFrom<ByteOrder[]>("little", "big"),
    hasLength: fc.boolean(),
    comment: optionalText,
    application: optionalText,
    interfaces: oneAtLeast(interfacePlan(linkType), maxInterfaces),
    blocks: fc.array(fc.oneof(...blocks.map((kind) => blockPlan(kind, frames))), { maxLength: maxBlocks }),
  });
  return oneAtLeast(section, maxSections).map((sections) => {
    const builder = new PcapngBuilder();
    for (const own of sections) builder.addSection(own);
    return builder.end();
  });
}

/** Some, but not none. With a `minLength` what follows the item at fault would stay when the rest shrinks. */
function oneAtLeast<T>(items: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> {
  return fc.array(items, { maxLength }).filter(({ length }) => length > 0);
}

function interfacePlan(linkType: number): fc.Arbitrary<InterfacePlan> {
  return fc.record({
    linkType: fc.constant(linkType),
    snapLength: usually(0, fc.oneof(fc.constant(262_144), fc.integer({ min: 14, max: 100 }))),
    name: optionalText,
    description: optionalText,
    resolution: usually<number | undefined>(undefined, fc.constantFrom(...RESOLUTIONS)),
    offsetSeconds: usually(0, fc.integer({ min: -1_000, max: 2 ** 31 })),
  });
}

function blockPlan(kind: BlockPlan["kind"], frames: fc.Arbitrary<Frame>): fc.Arbitrary<BlockPlan> {
  return fc.record({
    kind: fc.constant(kind),
    frame: frames,
    interface: fc.nat(7),
    seconds: usually(1_000, fc.integer({ min: 1_000, max: 2 ** 31 })),
    fraction: usually(
      0,
      fc.nat(999_999_999).map((nanoseconds) => nanoseconds / 1e9),
    ),
    direction: usually<"in" | "out" | undefined>(undefined, fc.constantFrom("in", "out")),
    packetId: usually<number | undefined>(undefined, fc.maxSafeNat()),
    comments: usually<readonly string[]>([], fc.array(someText, { maxLength: 2 })),
    address: ipv4Address(),
    bytes: fc.uint8Array({ maxLength: 16 }),
  });
}
