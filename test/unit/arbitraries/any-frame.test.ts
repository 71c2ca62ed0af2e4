import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyFrame, type Frame } from "../../../src/arbitraries/index.ts";
import { smallestOf } from "./shrinking.ts";

const DATAGRAM = "IP 10.0.0.1.49152 > 10.0.0.2.49152: UDP, length 0";

describe("a frame that fails shrinks", () => {
  it.each<[string, (frame: Frame) => boolean, string]>([
    ["to the plainest of all when all fail", () => false, DATAGRAM],
    [
      "to a segment without data, options, tags and tunnels when TCP fails",
      (frame) => !frame.has("tcp"),
      "IP 10.0.0.1.49152 > 10.0.0.2.49152: Flags [.], ack 1, win 64240, length 0",
    ],
    [
      "to an ARP request when ARP fails",
      (frame) => !frame.has("arp"),
      "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
    ],
    ["to one tag when tags fail", (frame) => !frame.has("vlan"), `vlan 1, p 0, ${DATAGRAM}`],
    [
      "to one tunnel when tunnels fail",
      (frame) => !frame.has("vxlan"),
      `IP 10.0.0.1.49152 > 10.0.0.2.4789: VXLAN, flags [I] (0x08), vni 1 | ${DATAGRAM}`,
    ],
    [
      "to the least length when long payloads fail",
      (frame) =>
        !frame.has("udp") || frame.has("vxlan") || frame.all("ipv4").length > 1 || frame.layer("payload").length < 20,
      "IP 10.0.0.1.49152 > 10.0.0.2.49152: UDP, length 20",
    ],
  ])("%s", (_name, holds, expected) => {
    expect(smallestOf(anyFrame({ tunnels: [0, 2] }), holds)).toEqual([expected]);
  });

  it("in the field at fault alone", () => {
    const holds = (frame: Frame): boolean => frame.all("ipv4").every(({ fields }) => fields.timeToLive! > 9);
    const { counterexample } = fc.check(fc.property(anyFrame({ kinds: ["udp"] }), holds), { seed: 1 });
    expect(String(counterexample![0])).toBe(DATAGRAM);
    // Of all that fail, the least.
    expect(counterexample![0].layer("ipv4").fields.timeToLive).toBe(1);
  });

  it("to an empty echo request when the first kind is that", () => {
    const frames = anyFrame({ kinds: ["icmp", "icmp-error", "udp"] });
    const echo = "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 8";
    expect(smallestOf(frames, (frame) => !frame.has("icmpv4"))).toEqual([echo]);
  });

  it("towards the first kind that was asked for", () => {
    const frames = anyFrame({ kinds: ["arp", "tcp", "udp"] });
    expect(smallestOf(frames, () => false)).toEqual(["ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"]);
  });
});

describe("the same seed", () => {
  const bytesOf = (seed: number, count: number): string[] =>
    fc.sample(anyFrame(), { seed, numRuns: count }).map(({ bytes }) => Buffer.from(bytes).toString("hex"));

  it("gives the same frames, of which more are the same and then others", () => {
    expect(bytesOf(7, 50)).toEqual(bytesOf(7, 50));
    expect(bytesOf(7, 80).slice(0, 50)).toEqual(bytesOf(7, 50));
  });

  it("and another seed others", () => {
    expect(bytesOf(8, 50)).not.toEqual(bytesOf(7, 50));
    expect(new Set(bytesOf(8, 200)).size).toBe(200);
  });
});
