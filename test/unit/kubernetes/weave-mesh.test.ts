import { describe, expect, it } from "vitest";
import { WeaveMesh, weaveVni } from "../../../src/kubernetes/index.ts";
import { isLocallyAdministered, isMulticastMac } from "../../../src/wire/index.ts";

/** A mesh that draws these numbers, one after the other. */
function drawing(...numbers: number[]): WeaveMesh {
  return new WeaveMesh(() => numbers.shift()!);
}

describe("short ids", () => {
  it("are 12 bits that each peer draws", () => {
    const mesh = drawing(0xabc_def, 0x123);
    expect([mesh.join("a", 1).shortId, mesh.join("b", 2).shortId]).toEqual([0xdef, 0x123]);
  });

  it("when two are equal, the peer of the higher name draws until it finds a free one", () => {
    const [early, late] = ["node-a", "node-b"];
    const names = [early, late].map((name) => drawing(0).join(name, 1).name);
    const mesh = drawing(5, 5, 5, 6);
    const peers = [early, late].map((name) => mesh.join(name, 1));
    const loser = names[0]! < names[1]! ? 1 : 0;
    expect(peers[loser]!.shortId).toBe(6);
    expect(peers[1 - loser]!.shortId).toBe(5);
    expect([mesh.byShortId(6), mesh.byShortId(5)]).toEqual([peers[loser], peers[1 - loser]]);
    // And so it is the other way round.
    const other = drawing(5, 5, 6);
    const swapped = [late, early].map((name) => other.join(name, 1));
    expect(swapped[1 - loser]!.shortId).toBe(6);
  });

  it("run out with the 4,097th peer", () => {
    let next = 0;
    const mesh = new WeaveMesh(() => next++);
    for (let i = 0; i < 4096; i++) mesh.join(`node-${i}`, i);
    expect(() => mesh.join("one-more", 1)).toThrow("expected at most 4096 Weave peers, found one more");
  });
});

describe("the VNI between two peers", () => {
  it("has the destination above the source, and names both", () => {
    const mesh = drawing(0x1f0, 0x581);
    const [a, b] = [mesh.join("a", 1), mesh.join("b", 2)];
    expect(weaveVni(a, b)).toBe(0x5811f0);
    expect([mesh.sourceOf(0x5811f0), mesh.destinationOf(0x5811f0), mesh.sourceOf(0x000001)]).toEqual([a, b, undefined]);
  });
});

it("names peers by unicast, locally administered MACs, which differ", () => {
  const mesh = new WeaveMesh(() => 7);
  const names = Array.from({ length: 200 }, (_, i) => mesh.join(`node-${i}`, i).name);
  expect(names.every((name) => isLocallyAdministered(name) && !isMulticastMac(name))).toBe(true);
  expect(new Set(names).size).toBe(200);
});
