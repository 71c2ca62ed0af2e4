/** Each nearly valid frame breaks the rule that it names, and no other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyFrame,
  type BrokenFrame,
  ethernetFrame,
  ipv4Packet,
  nearlyValid,
  RULE_NAMES,
} from "../../src/arbitraries/index.ts";
import { dissect, ipv4, tcp, udp } from "../../src/wire/index.ts";
import { checksumOffset, sealFrame } from "../../src/arbitraries/seal-frame.ts";
import { verdictOnFrame, verdictOnPacket } from "./verdict.ts";

/** Positions at which two arrays of one length differ. */
function differences(a: Uint8Array, b: Uint8Array): number[] {
  return Array.from(a.keys()).filter((position) => a[position] !== b[position]);
}

/** Checks that what was refused is the rule's layer, for its reason, or that all was taken. */
function expectVerdict({ rule, bytes, original }: BrokenFrame): void {
  const verdict = original.layers[0]!.protocol === "ipv4" ? verdictOnPacket(bytes) : verdictOnFrame(bytes);
  if (rule.reason !== 0) expect([rule.name, verdict]).toEqual([rule.name, { layer: rule.layer, reason: rule.reason }]);
  else expect([rule.name, verdict.reason]).toEqual([rule.name, 0]);
}

/** Checks that nothing but the field differs, but for checksums; and these are right but for one that is at fault. */
function expectOneField({ rule, bytes, original }: BrokenFrame): void {
  const isField = (position: number): boolean => position >= rule.offset && position < rule.offset + rule.length;
  const checksums = original.layers.map(checksumOffset).filter((offset) => offset >= 0);
  const isChecksum = (position: number): boolean =>
    checksums.some((offset) => position === offset || position === offset + 1);
  const changed = differences(bytes, original.bytes);
  expect(changed.some(isField)).toBe(true);
  expect(changed.filter((position) => !isField(position) && !isChecksum(position))).toEqual([]);
  const sealed = bytes.slice();
  const own = checksums.includes(rule.offset) ? original.layers[rule.layer] : undefined;
  sealFrame(new DataView(sealed.buffer), original.layers, own);
  expect(differences(sealed, bytes)).toEqual([]);
}

/** Frames of which each rule can be broken in some. */
const everyFrame = fc.oneof(
  anyFrame({ tunnels: [0, 2] }),
  anyFrame({ kinds: ["tcp"], maxPayload: 8 }),
  anyFrame({ kinds: ["arp", "snap", "icmp"], tags: [0, 1], tunnels: [0, 0] }),
  ethernetFrame().ipv4({ options: Uint8Array.of(148, 4, 0, 0) }),
);

describe("nearlyValid", () => {
  it.each(RULE_NAMES)("%s: is broken, where it says, and nothing else is", (name) => {
    fc.assert(
      fc.property(nearlyValid(everyFrame, { rules: [name] }), (broken) => {
        const { rule, bytes, original } = broken;
        expect(rule.name).toBe(name);
        expectVerdict(broken);
        if (rule.length > 0) expectOneField(broken);
        else if (name === "frame.truncated") expect(original.bytes.subarray(0, bytes.length)).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  it("breaks every rule, of packets without a link layer too, within some hundred frames", () => {
    const frames = nearlyValid(fc.oneof(everyFrame, ipv4Packet().udp(), ipv4Packet().tcp()));
    const broken = fc.sample(frames, { seed: 1, numRuns: 1000 });
    for (const own of broken) expectVerdict(own);
    const seen = new Set(broken.map(({ rule }) => rule.name));
    expect(RULE_NAMES.filter((name) => !seen.has(name))).toEqual([]);
  });

  it.each(RULE_NAMES.filter((name) => name.endsWith(".short")))("%s: one problem is found, no other", (name) => {
    fc.assert(
      fc.property(nearlyValid(everyFrame, { rules: [name] }), ({ bytes, view, rule, original }) => {
        const { layers } = dissect(view, 0, bytes.length);
        // A datagram to VXLAN's port with nothing in it is not wrong as such.
        const isEmpty = name === "vxlan.short" && rule.offset === original.layers[rule.layer]!.offset;
        expect(layers.flatMap(({ problems }) => problems.map(({ text }) => text))).toHaveLength(isEmpty ? 0 : 1);
      }),
      { numRuns: 100 },
    );
  });

  it("keeps lengths and checksums right around a header that is cut short", () => {
    const cut = nearlyValid(ethernetFrame().ipv4().udp({ hasChecksum: true }).vxlan().ethernet().ipv4().tcp(), {
      rules: ["tcp.short"],
    });
    fc.assert(
      fc.property(cut, ({ bytes, original, rule, view }) => {
        const [outer, inner] = [original.all("ipv4")[0]!, original.all("ipv4")[1]!];
        const { offset } = original.layer("udp");
        expect(ipv4.totalLength(view, outer.offset)).toBe(bytes.length - outer.offset);
        expect(udp.verifyChecksum(view, outer.offset, offset)).toBe(true);
        expect(ipv4.totalLength(view, inner.offset)).toBe(bytes.length - inner.offset);
        expect(ipv4.verifyHeaderChecksum(view, inner.offset)).toBe(true);
        expect(rule.offset).toBe(bytes.length);
        expect(tcp.check(view, original.layer("tcp").offset, bytes.length)).not.toBe(0);
      }),
    );
  });
});
