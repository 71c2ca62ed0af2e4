import { describe, expect, it } from "vitest";
import { FragmentPorts } from "../../../src/datapath/fragment-ports.ts";
import { counting, udpPacket } from "../../conformance/frames.ts";
import { cut, fragments } from "../../conformance/fragments.ts";
import { FilterLab, TO_POD } from "./filter-lab.ts";

const LIFE = 30_000;

/** Datagrams that go where those of number 0 go, and how many of them are still known when all have come. */
function knownOf(ports: FragmentPorts, count: number): number[] {
  const numbers = Array.from({ length: count }, (_, number) => number);
  for (const number of numbers) ports.keep(1, 2, number, number + 1, number);
  return numbers.filter((number) => ports.has(1, 2, number, count));
}

describe("the ports of fragmented datagrams", () => {
  it("are known by both addresses, identification and protocol, for 30 seconds", () => {
    const ports = new FragmentPorts();
    ports.keep(1, 2, 0x1234_11, 7, 100);
    expect(ports.has(1, 2, 0x1234_11, 100)).toBe(true);
    expect(ports.portsOf(1, 2, 0x1234_11)).toBe(7);
    for (const [source, destination, number] of [
      [3, 2, 0x1234_11],
      [1, 3, 0x1234_11],
      [2, 1, 0x1234_11],
      [1, 2, 0x1235_11],
      [1, 2, 0x1234_06],
    ] as const)
      expect(ports.has(source, destination, number, 100)).toBe(false);
    expect([ports.has(1, 2, 0x1234_11, 99 + LIFE), ports.has(1, 2, 0x1234_11, 100 + LIFE)]).toEqual([true, false]);
  });

  it("are those of the last one of a name", () => {
    const ports = new FragmentPorts();
    for (const value of [7, 8]) ports.keep(1, 2, 3, value, 0);
    expect(ports.portsOf(1, 2, 3)).toBe(8);
    ports.keep(1, 2, 3, 9, LIFE);
    expect([ports.has(1, 2, 3, LIFE + 1), ports.portsOf(1, 2, 3)]).toEqual([true, 9]);
  });

  it("are forgotten where others come, the oldest first, and last for hundreds of others", () => {
    expect(knownOf(new FragmentPorts(), 300).length).toBeGreaterThan(290);
    const known = knownOf(new FragmentPorts(), 5000);
    expect(known.length).toBeGreaterThan(950);
    expect(known.length).toBeLessThanOrEqual(1024);
    expect(Math.min(...known)).toBeGreaterThan(5000 - 4 * 1024);
    expect(known.slice(-300).length).toBe(300);
  });

  it("are pushed out by whom only who knows the seed can tell", () => {
    const [first, second] = [knownOf(new FragmentPorts(1), 3000), knownOf(new FragmentPorts(2), 3000)];
    expect(first).not.toEqual(second);
  });

  it("make room for others when their time is up, and all at once", () => {
    const ports = new FragmentPorts();
    ports.keep(1, 2, 3, 7, 0);
    ports.keep(1, 2, 4, 7, 1000);
    ports.sweep(LIFE);
    // The clock wraps: what was forgotten does not come again.
    expect([ports.has(1, 2, 3, 0), ports.has(1, 2, 4, LIFE)]).toEqual([false, true]);
    ports.clear();
    expect(ports.has(1, 2, 4, LIFE)).toBe(false);
  });

  it("are kept of what is let through alone: whose packets are refused pushes out nobody's", () => {
    const lab = new FilterLab({ kind: "cilium" });
    lab.ingress.change([80]);
    const pieces = (port: number, identification: number): Uint8Array[] =>
      fragments(
        { ...TO_POD, protocol: 17, identification },
        udpPacket({ ...TO_POD, payload: counting(100) }, 40_000, port).subarray(20),
        cut(48, 108),
      );
    const [first, second] = pieces(80, 1);
    expect(lab.send("remote", first!)).toBe(1);
    for (let identification = 2; identification < 4000; identification += 100)
      expect(lab.send("remote", ...Array.from({ length: 100 }, (_, i) => pieces(81, identification + i)[0]!))).toBe(0);
    expect(lab.send("remote", second!)).toBe(1);
  });
});
