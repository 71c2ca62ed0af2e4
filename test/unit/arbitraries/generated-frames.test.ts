import { describe, expect, it } from "vitest";
import { generateFrames, type GeneratedFrame, type GeneratedKind } from "../../../src/arbitraries/index.ts";
import { describeFrame } from "../../../src/wire/index.ts";

function generate(kinds: GeneratedKind[], count: number, seed = 1, isInvalid = false): GeneratedFrame[] {
  return [...generateFrames({ kinds, count, seed, isInvalid })];
}

function lines(frames: readonly GeneratedFrame[]): string[] {
  return frames.map(({ bytes }) => describeFrame(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length));
}

describe("generateFrames", () => {
  it.each<[GeneratedKind, RegExp]>([
    ["udp", /^IP [\d.]+ > [\d.]+: UDP, length \d+$/],
    ["icmp", /^IP [\d.]+ > [\d.]+: ICMP echo re(quest|ply), /],
    ["icmp-error", /^IP [\d.]+ > [\d.]+: ICMP .* \| quoting IP /],
    ["tcp", /^IP [\d.]+ > [\d.]+: Flags \[/],
    ["arp", /^ARP, Re(quest|ply) /],
    ["ipip", /^IP [\d.]+ > [\d.]+: IP [\d.]+ > [\d.]+: UDP, /],
    ["snap", /, 802\.3, length \d+: SNAP, oui 0x000000, pid 0x88b5$/],
    ["vlan", /^vlan \d+, p \d/],
    ["vxlan", /VXLAN, flags \[I\] \(0x08\), vni \d+ \| /],
    ["arp-exchange", /ARP, Re(quest|ply) /],
    ["ping", /ICMP echo re(quest|ply), /],
    ["udp-exchange", /UDP, length \d+$/],
    ["tcp-connection", /Flags \[/],
    ["fragments", /\(frag \d+:\d+@\d+\+?\)$/],
  ])("gives %s alone when told so", (kind, line) => {
    for (const text of lines(generate([kind], 30))) expect(text).toMatch(line);
  });

  it("gives several kinds in turn", () => {
    const texts = lines(generate(["arp", "udp"], 60)).map((text) => (text.startsWith("ARP") ? "ARP" : "UDP"));
    expect(texts.filter((text) => text === "ARP").length).toBeGreaterThan(15);
    expect(texts.filter((text) => text === "UDP").length).toBeGreaterThan(15);
  });

  it("gives the same for the same seed, however many, in the order of time", () => {
    const few = generate(["any", "conversation"], 30, 7);
    const many = generate(["any", "conversation"], 1500, 7);
    expect(many.slice(0, few.length)).toEqual(few);
    const times = many.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(generate(["any"], 30, 8)).not.toEqual(generate(["any"], 30, 7));
  });

  it("gives the number of frames, and conversations to their end", () => {
    expect(generate(["any"], 1001).length).toBe(1001);
    const frames = generate(["tcp-connection"], 1);
    expect(frames.length).toBeGreaterThanOrEqual(3);
    expect(frames.map(({ rule }) => rule)).toEqual(frames.map(() => undefined));
  });

  it("breaks a rule in each frame, of conversations too", () => {
    for (const { rule, time } of generate(["any", "tcp-connection"], 100, 1, true)) {
      expect(rule?.text).toMatch(/^.+: expected .+, found .+$/);
      expect(time % 1_000_000).toBe(0);
    }
  });
});
