import { describe, expect, it } from "vitest";
import { NeighbourState } from "../../../src/datapath/index.ts";
import { B, createHostPair } from "./host-pair.ts";

const FIRST = 0x0a01_0000;
const MAC = 0x0a00_0000_0001;

describe("the neighbour table's bound", () => {
  it("is not for permanent entries: flannel makes one a node (neigh_alloc)", () => {
    const { engine, a, aEnd } = createHostPair();
    const { neighbours } = a.namespace;
    for (let i = 0; i < 1100; i++) neighbours.setPermanent(aEnd, FIRST + i, MAC);
    a.ping(B);
    engine.run(1e9);
    expect(neighbours.table.count).toBe(1101);
    expect(neighbours.table.state[neighbours.table.find(aEnd.index, B)]).toBe(NeighbourState.REACHABLE);
  });

  it("counts an entry no more once it is permanent, or gone", () => {
    const { a, aEnd } = createHostPair();
    const { neighbours } = a.namespace;
    for (let i = 0; i < 1024; i++) neighbours.learn(aEnd, FIRST + i, MAC, true, true);
    neighbours.learn(aEnd, FIRST + 1024, MAC, true, true);
    expect(neighbours.table.find(aEnd.index, FIRST + 1024)).toBe(-1);
    neighbours.setPermanent(aEnd, FIRST, MAC);
    neighbours.remove(aEnd, FIRST + 1);
    for (let i = 1024; i < 1027; i++) neighbours.learn(aEnd, FIRST + i, MAC, true, true);
    expect([1024, 1025, 1026].map((i) => neighbours.table.find(aEnd.index, FIRST + i) >= 0)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
