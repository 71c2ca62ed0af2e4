import { describe, expect, it } from "vitest";
import { NeighbourTable } from "../../../src/table/neighbour-table.ts";

describe("NeighbourTable", () => {
  it("finds a neighbour by device and address", () => {
    const table = new NeighbourTable();
    const index = table.insert(3, 0xc0a8_0101);
    expect(table.count).toBe(1);
    expect(table.find(3, 0xc0a8_0101)).toBe(index);
    expect(table.find(3, 0xc0a8_0101 | 0)).toBe(index);
    expect(table.find(4, 0xc0a8_0101)).toBe(-1);
    expect(table.find(3, 0xc0a8_0102)).toBe(-1);
    expect(table.device[index]).toBe(3);
    expect(table.address[index]).toBe(0xc0a8_0101 | 0);
  });

  it("finds nothing in an empty table, not even device 0 and address 0", () => {
    const table = new NeighbourTable();
    expect(table.find(0, 0)).toBe(-1);
    const index = table.insert(0, 0);
    expect(table.find(0, 0)).toBe(index);
  });

  it("gives an index that was used before with all its fields at zero", () => {
    const table = new NeighbourTable();
    const index = table.insert(1, 1);
    const { state, probes, macHigh, macLow, updated, confirmed, used } = table;
    for (const column of [state, probes, macHigh, macLow, updated, confirmed, used]) column[index] = 77;
    table.remove(index);
    expect(table.find(1, 1)).toBe(-1);
    expect(table.insert(1, 2)).toBe(index);
    expect([state, probes, macHigh, macLow, updated, confirmed, used].map((column) => column[index])).toEqual([
      0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it("keeps indices and their fields as it grows and as others are removed", () => {
    const table = new NeighbourTable(2000);
    const indices = Array.from({ length: 1000 }, (_, number) => {
      const index = table.insert(number % 4, number);
      for (const column of [table.state, table.probes]) column[index] = number & 0xff;
      for (const column of [table.macHigh, table.macLow, table.updated, table.confirmed, table.used]) {
        column[index] = number;
      }
      return index;
    });
    for (let number = 0; number < 1000; number += 2) table.remove(indices[number]!);
    expect(table.count).toBe(500);
    for (let number = 0; number < 1000; number++) {
      const index = table.find(number % 4, number);
      expect(index).toBe(number % 2 === 0 ? -1 : indices[number]);
      if (index === -1) continue;
      expect([table.state[index], table.probes[index]]).toEqual([number & 0xff, number & 0xff]);
      const columns = [table.macHigh, table.macLow, table.updated, table.confirmed, table.used];
      expect(columns.map((column) => column[index])).toEqual([number, number, number, number, number]);
    }
  });

  it("refuses one more than its bound, 1,024 unless told, and takes another after a removal", () => {
    const table = new NeighbourTable();
    for (let address = 0; address < 1024; address++) expect(table.insert(1, address)).not.toBe(-1);
    expect(table.insert(1, 1024)).toBe(-1);
    expect(table.count).toBe(1024);
    expect(table.find(1, 1024)).toBe(-1);
    table.remove(table.find(1, 512));
    expect(table.insert(1, 1024)).not.toBe(-1);
    expect(table.insert(1, 1025)).toBe(-1);
    expect(new NeighbourTable(5).maximumCount).toBe(5);
  });

  it("visits what is present in ascending order, and lets the visitor remove it", () => {
    const table = new NeighbourTable();
    const indices = [5, 3, 9, 1].map((address) => table.insert(1, address));
    table.remove(indices[1]!);
    const seen: number[] = [];
    table.forEach((index) => {
      seen.push(index);
      table.remove(index);
    });
    expect(seen).toEqual([indices[0], indices[2], indices[3]]);
    expect(table.count).toBe(0);
  });

  it("throws for an index that is not in use", () => {
    const table = new NeighbourTable();
    const index = table.insert(1, 1);
    table.remove(index);
    for (const wrong of [index, -1, 4000]) {
      expect(() => table.remove(wrong)).toThrow(new RangeError(`neighbour index: expected one in use, found ${wrong}`));
    }
    expect(table.count).toBe(0);
  });

  it.each([0, -1, 2.5])("rejects a bound that is no positive whole number: %d", (bound) => {
    expect(() => new NeighbourTable(bound)).toThrow(
      new RangeError(`maximumCount: expected a positive whole number, found ${bound}`),
    );
  });
});
