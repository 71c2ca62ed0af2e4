import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NeighbourTable } from "../../src/table/index.ts";

interface Neighbour {
  readonly device: number;
  readonly address: number;
}

/** Few devices with the same addresses, on either side of the sign bit. */
const neighbour: fc.Arbitrary<Neighbour> = fc.record({
  device: fc.constantFrom(0, 1, 2 ** 31 - 1),
  address: fc.oneof(fc.nat(40), fc.integer({ min: 0x7fff_fff0, max: 0x8000_0010 })),
});
const operations = fc.array(fc.record({ neighbour, isRemoval: fc.boolean(), mark: fc.nat(0x7fff_ffff) }), {
  maxLength: 300,
  size: "max",
});

/** A neighbour's index, and the mark that was written to its fields. */
interface Place {
  readonly index: number;
  readonly mark: number;
}

function textOf({ device, address }: Neighbour): string {
  return `${device} ${address}`;
}

/** Fields by index, of which the last two are bytes. */
function fieldsOf(table: NeighbourTable): (Int32Array | Uint8Array)[] {
  const { macHigh, macLow, updated, confirmed, used, state, probes } = table;
  return [macHigh, macLow, updated, confirmed, used, state, probes];
}

describe("NeighbourTable", () => {
  it("equals a map, with indices and fields that stay, through growth and at its bound", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 7, 16, 17, 1000), operations, (maximumCount, changes) => {
        const table = new NeighbourTable(maximumCount);
        const model = new Map<string, Place>();
        for (const {
          neighbour: { device, address },
          isRemoval,
          mark,
        } of changes) {
          const text = textOf({ device, address });
          const place = model.get(text);
          expect(table.find(device, address)).toBe(place?.index ?? -1);
          if (place !== undefined && isRemoval) {
            table.remove(place.index);
            model.delete(text);
          } else if (place === undefined && !isRemoval) {
            const index = table.insert(device, address);
            expect(index === -1).toBe(model.size === maximumCount);
            if (index === -1) continue;
            expect(fieldsOf(table).map((field) => field[index])).toEqual([0, 0, 0, 0, 0, 0, 0]);
            for (const field of fieldsOf(table)) field[index] = mark;
            model.set(text, { index, mark });
          }
          expect(table.count).toBe(model.size);
        }

        const indices: number[] = [];
        table.forEach((index) => indices.push(index));
        expect(indices).toEqual([...model.values()].map(({ index }) => index).sort((a, b) => a - b));
        for (const [text, { index, mark }] of model) {
          expect(textOf({ device: table.device[index]!, address: table.address[index]! >>> 0 })).toBe(text);
          const expected = [mark, mark, mark, mark, mark, mark & 0xff, mark & 0xff];
          expect(fieldsOf(table).map((field) => field[index])).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    );
  });
});
