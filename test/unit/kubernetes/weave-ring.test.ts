import { describe, expect, it } from "vitest";
import { WeaveRing } from "../../../src/kubernetes/index.ts";
import { formatIpv4, parseIpv4, parsePrefix } from "../../../src/wire/index.ts";

function ring(range: string, ...owners: string[]): WeaveRing<string> {
  const made = new WeaveRing<string>(parsePrefix(range));
  made.claim(owners);
  return made;
}

function slices(made: WeaveRing<string>): string[] {
  return made.list().map(({ start, end, owner }) => `${formatIpv4(start)}-${formatIpv4(end - 1)} ${owner}`);
}

describe("the ring", () => {
  it("is halved, and the halves halved, as Weave does", () => {
    expect(slices(ring("10.32.0.0/12", "a", "b", "c"))).toEqual([
      "10.32.0.0-10.39.255.255 a",
      "10.40.0.0-10.43.255.255 b",
      "10.44.0.0-10.47.255.255 c",
    ]);
  });

  it("gives out the first free address, but neither the range's first nor its last", () => {
    const made = ring("10.0.0.0/29", "a", "b");
    const take = (owner: string): string => formatIpv4(made.allocate(owner));
    expect([take("a"), take("a"), take("a")]).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    expect(() => take("a")).toThrow(new RangeError("expected a free address of 10.0.0.0/29, found all taken"));
    expect([take("b"), take("b"), take("b")]).toEqual(["10.0.0.4", "10.0.0.5", "10.0.0.6"]);
    expect(() => take("b")).toThrow("found all taken");
  });

  it("takes an address that is asked for, in anybody's slice, once", () => {
    const made = ring("10.0.0.0/29", "a", "b");
    made.take(parseIpv4("10.0.0.4"));
    expect(formatIpv4(made.allocate("b"))).toBe("10.0.0.5");
    for (const refused of ["10.0.0.4", "10.0.0.0", "10.0.0.7", "10.0.0.8"])
      expect(() => made.take(parseIpv4(refused))).toThrow(
        new RangeError(`expected a free address of 10.0.0.0/29, found ${refused}`),
      );
  });

  it("gives a late node half of the largest free stretch", () => {
    const made = ring("10.32.0.0/12", "a", "b");
    made.allocate("a");
    made.donate("c");
    // b has more left than a.
    expect(slices(made)).toEqual([
      "10.32.0.0-10.39.255.255 a",
      "10.40.0.0-10.43.255.255 b",
      "10.44.0.0-10.47.255.255 c",
    ]);
    expect(formatIpv4(made.allocate("c"))).toBe("10.44.0.0");
    made.donate("d");
    expect(slices(made)[1]).toBe("10.36.0.1-10.39.255.255 d");
  });
});
