/** Captures as lists of records, drawn from a seed, and what comes back when they are written and read. */

import fc from "fast-check";
import { CaptureReader, MemorySink } from "../../src/capture/index.ts";
import type {
  CaptureOption,
  CaptureRecord,
  CaptureTime,
  InterfaceRecord,
  PacketRecord,
  RecordWriter,
  SectionRecord,
} from "../../src/capture/index.ts";

const bits = (count: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** count - 1 });
const safe = fc.maxSafeNat();
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** Readers end a text at U+0000. */
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((value) => value.replaceAll("\0", "0"));
const comments = fc.array(text, { maxLength: 2 });

/** Codes that this code does not know, among them custom options. */
const options: fc.Arbitrary<CaptureOption[]> = fc.array(
  fc.record({ code: fc.constantFrom(99, 2988, 19_373, 0x8001), value: fc.uint8Array({ maxLength: 9 }) }),
  { maxLength: 2 },
);

const section: fc.Arbitrary<SectionRecord> = fc.record({
  kind: fc.constant("section" as const),
  format: fc.constant("pcapng" as const),
  byteOrder: fc.constantFrom("little" as const, "big" as const),
  hardware: maybe(text),
  operatingSystem: maybe(text),
  application: maybe(text),
  comment: maybe(text),
  options,
});

const UNITS = [1, 10, 1e3, 1e6, 1e9, 1e12, 2, 2 ** 10, 2 ** 20, 2 ** 29, 2 ** 32, 2 ** 40];

const interfaceRecord: fc.Arbitrary<Omit<InterfaceRecord, "id">> = fc.record({
  kind: fc.constant("interface" as const),
  linkType: bits(16),
  snapLength: fc.oneof(fc.constant(0), bits(32)),
  name: maybe(text),
  description: maybe(text),
  mac: maybe(bits(48)),
  speed: maybe(safe),
  filter: maybe(text),
  operatingSystem: maybe(text),
  hardware: maybe(text),
  fcsLength: maybe(bits(8)),
  unitsPerSecond: fc.constantFrom(...UNITS),
  offsetSeconds: fc.oneof(fc.constant(0), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
  comments,
  options,
});

/** A time that the units of an interface tell: what is finer is cut as the reader cuts it. */
function time({ unitsPerSecond, offsetSeconds }: Pick<InterfaceRecord, "unitsPerSecond" | "offsetSeconds">) {
  const longest = Math.min(2 ** 32 - 1, Math.floor(2 ** 63 / unitsPerSecond));
  return fc.tuple(bits(53), fc.integer({ min: 0, max: 999_999_999 })).map(([whole, part]): CaptureTime => {
    const counted = (BigInt(part) * BigInt(unitsPerSecond)) / 1_000_000_000n;
    const nanoseconds = Number((counted * 1_000_000_000n) / BigInt(unitsPerSecond));
    return { seconds: offsetSeconds + (whole % (longest + 1)), nanoseconds };
  });
}

const direction = fc.constantFrom("in" as const, "out" as const);

function packet(source: InterfaceRecord): fc.Arbitrary<PacketRecord> {
  const details = fc.record({
    bytes: fc.uint8Array({ maxLength: 40 }),
    originalLength: bits(32),
    direction: maybe(direction),
    packetId: maybe(safe),
    comments,
    options,
  });
  return fc.tuple(time(source), fc.option(bits(30)), details).map(([instant, upperFlags, { ...fields }]) => ({
    kind: "packet" as const,
    interfaceId: source.id,
    hasTime: true,
    ...instant,
    ...fields,
    ...withFlags(upperFlags, fields.direction),
  }));
}

/** The flags word and the direction that it tells; none of both where there is no word. */
function withFlags(upper: number | null, way: "in" | "out" | undefined): Pick<PacketRecord, "flags" | "direction"> {
  if (upper === null) return { flags: undefined, direction: undefined };
  return { flags: upper * 4 + (way === "in" ? 1 : way === "out" ? 2 : 0), direction: way };
}

/** Without a time and anything else, as Simple Packet Blocks are: only the section's first interface has them. */
function simplePacket({ id, snapLength }: InterfaceRecord): fc.Arbitrary<PacketRecord> {
  return fc.tuple(fc.uint8Array({ maxLength: 40 }), bits(8)).map(([bytes, further]) => {
    const isCut = snapLength !== 0 && bytes.length > snapLength;
    const captured = isCut ? bytes.subarray(0, snapLength) : bytes;
    const originalLength =
      snapLength !== 0 && captured.length === snapLength ? captured.length + further : captured.length;
    const nothing = { flags: undefined, direction: undefined, packetId: undefined, comments: [], options: [] };
    const lengths = { bytes: captured, originalLength };
    return {
      kind: "packet" as const,
      interfaceId: id,
      hasTime: false,
      seconds: 0,
      nanoseconds: 0,
      ...lengths,
      ...nothing,
    };
  });
}

const names: fc.Arbitrary<CaptureRecord> = fc.record({
  kind: fc.constant("names" as const),
  entries: fc.array(fc.record({ address: bits(32), names: fc.array(text, { maxLength: 3 }) }), { maxLength: 3 }),
  others: fc.array(fc.record({ code: fc.constantFrom(2, 3, 77), value: fc.uint8Array({ maxLength: 22 }) }), {
    maxLength: 2,
  }),
  comments,
  options,
});

function statistics(source: InterfaceRecord): fc.Arbitrary<CaptureRecord> {
  const counts = fc.record({
    startTime: maybe(time(source)),
    endTime: maybe(time(source)),
    received: maybe(safe),
    dropped: maybe(safe),
    acceptedByFilter: maybe(safe),
    osDropped: maybe(safe),
    delivered: maybe(safe),
    comments,
    options,
  });
  const kind = { kind: "statistics" as const, interfaceId: source.id };
  return fc.tuple(time(source), counts).map(([instant, rest]) => ({ ...kind, ...instant, ...rest }));
}

const other: fc.Arbitrary<CaptureRecord> = fc
  .tuple(fc.constantFrom(0xbad, 0x4000_0bad, 10, 0x8000_0001), fc.array(bits(32), { maxLength: 5 }))
  .map(([blockType, words]) => ({
    kind: "other" as const,
    blockType,
    bytes: new Uint8Array(Uint32Array.from(words).buffer),
  }));

/** Any records but sections and interfaces, of a section whose first interface is given. */
function contents(interfaces: readonly InterfaceRecord[]): fc.Arbitrary<CaptureRecord[]> {
  const [first] = interfaces;
  const anywhere = first === undefined ? [] : [simplePacket(first)];
  const ofInterfaces = interfaces.flatMap((source) => [packet(source), packet(source), statistics(source)]);
  return fc.array(fc.oneof(names, other, ...anywhere, ...ofInterfaces), { maxLength: 6 });
}

/** One to three sections, each with interfaces of its own, numbered through. */
export const pcapngRecords: fc.Arbitrary<CaptureRecord[]> = fc
  .array(fc.tuple(section, fc.array(interfaceRecord, { maxLength: 3 })), { minLength: 1, maxLength: 3 })
  .chain((sections) => {
    let id = 0;
    const parts = sections.map(([header, list]) => {
      const interfaces = list.map((fields): InterfaceRecord => ({ ...fields, id: id++ }));
      return contents(interfaces).map((rest): CaptureRecord[] => [header, ...interfaces, ...rest]);
    });
    return fc.tuple(...parts).map((lists) => lists.flat());
  });

/** A capture in classic pcap's two units. */
export const pcapRecords: fc.Arbitrary<CaptureRecord[]> = fc
  .tuple(fc.constantFrom(1e6, 1e9), bits(16), bits(31), maybe(fc.constantFrom(0, 2, 4, 30)))
  .chain(([unitsPerSecond, linkType, snapLength, fcsLength]) => {
    const none = { comments: [], options: [] };
    const source: InterfaceRecord = {
      ...{
        kind: "interface",
        id: 0,
        linkType,
        snapLength: snapLength + 1,
        fcsLength,
        unitsPerSecond,
        offsetSeconds: 0,
      },
      ...none,
    };
    const bare = packet(source).map((record): CaptureRecord => {
      const { kind, interfaceId, hasTime, seconds, nanoseconds, bytes, originalLength } = record;
      return { kind, interfaceId, hasTime, seconds, nanoseconds, bytes, originalLength, ...none };
    });
    const header: SectionRecord = { kind: "section", format: "pcap", byteOrder: "little", options: [] };
    return fc.array(bare, { maxLength: 8 }).map((packets) => [header, source, ...packets]);
  });

/** The bytes that a writer makes of records. */
export function write(records: readonly CaptureRecord[], Writer: new (sink: MemorySink) => RecordWriter): Uint8Array {
  const sink = new MemorySink();
  const writer = new Writer(sink);
  for (const record of records) writer.write(record);
  writer.flush();
  return sink.bytes();
}

/** A record that stays as it is when the reader goes on. */
export function kept(record: CaptureRecord): CaptureRecord {
  return record.kind === "packet" || record.kind === "other"
    ? { ...record, bytes: new Uint8Array(record.bytes) }
    : record;
}

/** The records of a capture, pushed in chunks of these lengths, over and over. */
export function read(capture: Uint8Array, chunkLengths: readonly number[] = [capture.length || 1]): CaptureRecord[] {
  const records: CaptureRecord[] = [];
  const reader = new CaptureReader((record) => records.push(kept(record)));
  let index = 0;
  for (let offset = 0; offset < capture.length; index++) {
    const length = chunkLengths[index % chunkLengths.length]!;
    // A chunk of its own, overwritten afterwards: nothing may be kept of it.
    const chunk = capture.slice(offset, offset + length);
    reader.push(chunk);
    chunk.fill(0xa5);
    offset += length;
  }
  reader.end();
  return records;
}
