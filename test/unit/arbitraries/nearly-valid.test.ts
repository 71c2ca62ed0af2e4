import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyFrame, ethernetFrame, nearlyValid, type RuleName } from "../../../src/arbitraries/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { smallest } from "./shrinking.ts";

describe("a nearly valid frame that fails shrinks to the smallest that breaks the same rule", () => {
  it.each<[RuleName, string]>([
    [
      "tcp.checksum",
      "tcp.checksum, the TCP checksum at byte 50: expected 0x20de, found 0x20df | IP 10.0.0.1.49152 > 10.0.0.2.49152: [bad tcp cksum 0x20df -> 0x20de!] Flags [.], ack 1, win 64240, length 0",
    ],
    [
      "udp.length-beyond",
      "udp.length-beyond, the UDP length at byte 38: expected 0x0008, found 0x0009 | IP 10.0.0.1.49152 > 10.0.0.2.49152: UDP, bad length 1 > 0",
    ],
    [
      "vxlan.reserved-field-2",
      "vxlan.reserved-field-2, the second reserved field at byte 49: expected 0x00, found 0x01 | IP 10.0.0.1.49152 > 10.0.0.2.4789: VXLAN, flags [I] (0x08), vni 1, reserved bits set | IP 10.0.0.1.49152 > 10.0.0.2.49152: UDP, length 0",
    ],
    ["arp.short", "arp.short, the ARP packet at byte 14: expected 28 bytes, found 0 | ARP, [|arp]"],
    ["frame.truncated", "frame.truncated, the frame: expected 42 bytes at least, found 1 | [|ether]"],
  ])("%s", (name, expected) => {
    const frames = nearlyValid(anyFrame({ tunnels: [0, 2] }));
    expect(smallest(frames, ({ rule }) => rule.name !== name)).toBe(expected);
  });
});

describe("nearlyValid", () => {
  it("tells the layer, the place and what podwire makes of it", () => {
    const frames = ethernetFrame({ minimumLength: 0 })
      .vlan()
      .ipv4({ options: new Uint8Array(0) })
      .udp({ hasChecksum: true });
    const [broken] = fc.sample(nearlyValid(frames, { rules: ["udp.checksum"] }), 1);
    expect(broken!.rule).toMatchObject({
      name: "udp.checksum",
      layer: 3,
      offset: 44,
      length: 2,
      reason: DropReason.UDP_CSUM,
    });
    expect(broken!.dump()).toContain("\n0x0000:  ");
    expect(broken!.original.layers[broken!.rule.layer]!.protocol).toBe("udp");
  });

  it("breaks the rules alone that it is told to, in any layer that has them", () => {
    const frames = ethernetFrame().ipv4().udp().vxlan().ethernet().ipv4().udp();
    const broken = fc.sample(nearlyValid(frames, { rules: ["ipv4.checksum", "udp.short"] }), { numRuns: 100, seed: 1 });
    expect(new Set(broken.map(({ rule }) => rule.name))).toEqual(new Set(["ipv4.checksum", "udp.short"]));
    expect(new Set(broken.map(({ rule }) => rule.layer))).toEqual(new Set([1, 2, 5, 6]));
  });

  it("gives the same frames for the same seed", () => {
    const sample = (seed: number): string[] => fc.sample(nearlyValid(), { seed, numRuns: 40 }).map((own) => own.dump());
    expect(sample(3)).toEqual(sample(3));
    expect(sample(3)).not.toEqual(sample(4));
  });

  it("reports a frame as it was made, whatever was written into it", () => {
    const property = fc.property(nearlyValid(anyFrame(), { rules: ["arp.operation"] }), (broken) => {
      broken.bytes.fill(0);
      return false;
    });
    const { counterexample } = fc.check(property, { seed: 1 });
    expect(fc.stringify(counterexample![0])).toMatch(/^arp\.operation, .* \| ARP, Unknown \(0\) from 10\.0\.0\.1/);
  });

  it("refuses rules that there are none of", () => {
    const wrong = { rules: ["ipv4.ttl" as RuleName] };
    expect(() => nearlyValid(anyFrame(), wrong)).toThrow(
      /^expected rules \(ethernet\.source-group, .*\), found "ipv4\.ttl"$/,
    );
    expect(() => nearlyValid(anyFrame(), { rules: [] })).toThrow(/, found none$/);
  });

  it("says so when no rule applies to any frame", () => {
    const never = nearlyValid(ethernetFrame().arp(), { rules: ["tcp.checksum"] });
    expect(() => fc.sample(never, 1)).toThrow(
      "expected frames to which one of the rules tcp.checksum applies, found none",
    );
  });
});
