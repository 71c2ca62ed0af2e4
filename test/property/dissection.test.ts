import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COLUMN_NAMES,
  dissect,
  type Dissection,
  encodeFrame,
  FrameColumns,
  frameDump,
  frameTree,
  jsonLayers,
} from "../../src/wire/index.ts";
import * as frames from "../unit/wire/frames.ts";

/** Link types that are taken apart, and one that is not. */
const linkTypes = fc.constantFrom(0, 1, 1, 1, 1, 101, 105, 108, 113, 276);

/** Any bytes, and frames that once were sound: some bytes changed, and cut short somewhere. */
const anyFrame = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .tuple(
      fc.constantFrom(...Object.values(frames)),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
      fc.option(fc.nat(200), { nil: Infinity }),
    )
    .map(([frame, changes, length]) => {
      const bytes = Uint8Array.from(frame);
      for (const [index, value] of changes) bytes[index % bytes.length] = value;
      return bytes.slice(0, length);
    }),
);

/** Bytes that the capture lacks. */
const lacking = fc.oneof(fc.constant(0), fc.nat(2000), fc.constant(2 ** 32 - 200));

interface Look {
  readonly dissection: Dissection;
  readonly row: string;
}

/** What is found in bytes between poison, for each of two poisons. */
function betweenPoisons(bytes: Uint8Array, missing: number, linkType: number): Look[] {
  return [0x00, 0xff].map((poison) => {
    const buffer = new Uint8Array(bytes.length + 200).fill(poison);
    buffer.set(bytes, 100);
    const view = new DataView(buffer.buffer);
    const [offset, end, originalLength] = [100, 100 + bytes.length, bytes.length + missing];
    const columns = new FrameColumns();
    columns.writeRow({ number: 1, view, offset, end, originalLength, linkType, seconds: 0, nanoseconds: 0 });
    const row = Buffer.from(columns.take()).toString("latin1");
    return { dissection: dissect(view, offset, end, originalLength, linkType), row };
  });
}

/** The layers lie side by side, and fields and problems stand in theirs. */
function isInOrder({ layers }: Dissection, length: number): boolean {
  const ends = layers.map((layer) => layer.offset + layer.length);
  const areSideBySide =
    layers.every(({ offset }, index) => offset === (ends[index - 1] ?? 0)) && ends.at(-1) === length;
  const areFieldsInside = layers.every(({ protocol, offset, fields }, index) =>
    fields.every(
      (field) =>
        field.offset >= offset && field.offset + field.length <= ends[index]! && field.name.startsWith(`${protocol}.`),
    ),
  );
  return (
    areSideBySide && areFieldsInside && layers.every(({ problems }) => problems.every(({ offset }) => offset <= length))
  );
}

describe("a dissection of any bytes", () => {
  it("has layers side by side, reads nothing beyond the end, and is the way back to the same bytes", () => {
    fc.assert(
      fc.property(anyFrame, lacking, linkTypes, (bytes, missing, linkType) => {
        const [first, second] = betweenPoisons(bytes, missing, linkType);
        expect(second).toEqual(first);
        expect(isInOrder(first!.dissection, bytes.length)).toBe(true);
        expect(encodeFrame(first!.dissection)).toEqual(bytes.slice());
        const exact = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        expect(dissect(exact, 0, bytes.length, bytes.length + missing, linkType)).toEqual(first!.dissection);
      }),
      { numRuns: 500 },
    );
  });

  it("can be told in every form", () => {
    fc.assert(
      fc.property(anyFrame, lacking, linkTypes, (bytes, missing, linkType) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const dissection = dissect(view, 0, bytes.length, bytes.length + missing, linkType);
        expect(frameTree(dissection)).toMatch(/^[\x20-\x7e\n]+$/);
        expect(frameDump(bytes, dissection)).toMatch(/^[\x20-\x7e\n]*$/);
        expect(JSON.parse(JSON.stringify(jsonLayers(dissection)))).toEqual(jsonLayers(dissection));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a row of columns", () => {
  it("has a value in the first place of a field where the dissection has it, and none where it has not", () => {
    fc.assert(
      fc.property(anyFrame, lacking, (bytes, missing) => {
        const [{ dissection, row }] = betweenPoisons(bytes, missing, 1) as [Look];
        const cells = row.trimEnd().split("\t");
        const ports = dissection.layers.flatMap(({ fields }) => fields.filter(({ name }) => name === "udp.sourcePort"));
        expect(cells[COLUMN_NAMES.indexOf("udp.srcport")]).toBe(ports.map(({ text }) => text).join());
      }),
      { numRuns: 300 },
    );
  });
});

describe("a frame cut at every length", () => {
  it.each(Object.entries(frames))("%s loses layers and fields from its end alone", (_name, frame) => {
    const whole = dissect(new DataView(frame.slice().buffer), 0, frame.length);
    for (let length = 0; length < frame.length; length++) {
      const bytes = frame.slice(0, length);
      const cut = dissect(new DataView(bytes.buffer), 0, length, frame.length);
      expect(isInOrder(cut, length)).toBe(true);
      cut.layers.forEach((layer, index) => {
        const other = whole.layers[index]!;
        expect([layer.protocol, layer.offset]).toEqual([other.protocol, other.offset]);
        const others = new Set(other.fields.map((field) => JSON.stringify(field)));
        const isChanging = (name: string): boolean => /\.(bytes|options|checksumVerdict)$|\.option\./.test(name);
        expect(layer.fields.filter((field) => !isChanging(field.name) && !others.has(JSON.stringify(field)))).toEqual(
          [],
        );
      });
    }
  });
});
