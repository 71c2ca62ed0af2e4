/**
 * tcpdump as the judge of filters: of frames from real captures, generated ones, and all of them cut short, both
 * select the same. What tcpdump's library does not know, `vxlan`, it is asked of the frames within.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compileFilter, ethernet, EtherType, formatIpv4, formatMac, ipv4 } from "../../src/wire/index.ts";
import { describeWith, shared, sharedPath, tool } from "../tools/requirements.ts";
import { withFile } from "../tools/tshark.ts";
import * as samples from "../unit/wire/frames.ts";
import { placed } from "../unit/wire/placed.ts";
import { generateFrames } from "./generated-frames.ts";
import { EXPRESSIONS, judged, pcap, tcpdump, withPieces } from "./tcpdump.ts";

const ETHERNET = 1;

/** Captures of the corpus with something in them that a filter asks for, by their names. */
const PICKED = /arp|qinq|802\.1|twovlan|sctp|vxlan|dns|-flow-vlan|[0-9]frags|ipv6-f/i;
const FRAMES_A_CAPTURE = 12;

function select(expression: string, frames: readonly Uint8Array[]): number[] {
  const filter = compileFilter(expression);
  const isSelected = (frame: Uint8Array): boolean => {
    const { view, offset, end } = placed(frame);
    return filter(view, offset, end);
  };
  return frames.flatMap((frame, index) => (isSelected(frame) ? [index] : []));
}

const written = [...Object.values(samples), ...generateFrames(150)];

function expectSame(expressions: readonly string[], frames: readonly Uint8Array[]): void {
  withFile(pcap(frames), (path) => {
    for (const expression of expressions)
      expect(select(expression, frames), expression).toEqual(judged(expression, path));
  });
}

/** The first Ethernet frames of the corpus's captures, as tcpdump reads them. */
function realFrames(): Uint8Array[] {
  const folder = sharedPath("corpus/captures");
  const captures = readdirSync(folder).filter((name) => PICKED.test(name));
  return captures.flatMap((name) => {
    const { frames, linkType } = tcpdump(join(folder, name), "", `-c${FRAMES_A_CAPTURE}`);
    return linkType === ETHERNET ? frames.map(({ bytes }) => bytes) : [];
  });
}

/** Expressions about what stands in some of the frames. */
function expressionsAbout(frames: readonly Uint8Array[]): string[] {
  const packets = frames.filter((frame) => {
    const { view, offset, end } = placed(frame);
    return end - offset > 38 && ethernet.etherType(view, offset) === EtherType.IPV4;
  });
  const step = Math.ceil(packets.length / 12);
  return packets
    .filter((_, index) => index % step === 0)
    .flatMap((frame) => {
      const { view, offset } = placed(frame);
      const packet = offset + ethernet.HEADER_LENGTH;
      const source = formatIpv4(ipv4.source(view, packet));
      const [a, b] = source.split(".");
      const port = view.getUint16(packet + ipv4.headerLength(view, packet) + 2);
      return [
        `host ${source} and not dst ${formatIpv4(ipv4.destination(view, packet))}`,
        `net ${a}.${b} or dst port ${port}`,
        `not ether host ${formatMac(ethernet.source(view, offset))} and not portrange ${port}-${port + 1000}`,
      ];
    });
}

describeWith(tool("tcpdump"), "a filter selects what tcpdump selects", () => {
  it("of frames that Linux sent and frames that the codecs write, whole and cut short", () => {
    expectSame(EXPRESSIONS, withPieces(written));
  });

  it("selects some and leaves some with nearly every expression", () => {
    const counts = EXPRESSIONS.map((expression) => select(expression, written).length);
    expect(counts.filter((count) => count > 0 && count < written.length).length).toBeGreaterThan(45);
  });

  it("of what is in VXLAN, where it is asked of the frames within", () => {
    const isVxlan = "udp dst port (4789 or 8472) and udp[8] & 8 = 8";
    const tunnelled = withFile(pcap(written), (path) => judged(isVxlan, path));
    expect(select("vxlan", written)).toEqual(tunnelled);
    const [first] = tunnelled;
    const vni = new DataView(written[first!]!.buffer, written[first!]!.byteOffset).getUint32(46) >>> 8;
    const isOne = withFile(pcap(written), (path) =>
      judged(`${isVxlan} and udp[12:4] & 0xffffff00 = ${vni << 8}`, path),
    );
    expect(select(`vxlan ${vni}`, written)).toEqual(isOne);
    const inner = tunnelled.map((index) => inside(written[index]!));
    withFile(pcap(inner), (path) => {
      for (const expression of EXPRESSIONS.slice(1))
        expect(select(`vxlan and (${expression})`, written), expression).toEqual(
          judged(expression, path).map((index) => tunnelled[index]!),
        );
    });
  });
});

/** The frame within VXLAN over untagged IPv4. */
function inside(frame: Uint8Array): Uint8Array {
  return frame.subarray(14 + 4 * (frame[14]! & 0x0f) + 16);
}

describeWith(
  [tool("tcpdump"), shared("corpus/captures")],
  "a filter selects what tcpdump selects of real captures",
  () => {
    it("as they are", () => {
      const frames = realFrames();
      expect(frames.length).toBeGreaterThan(250);
      // All expressions were asked of what the codecs write.
      const every = EXPRESSIONS.filter((_, index) => index % 3 === 0);
      expectSame([...every, ...expressionsAbout(frames)], frames);
    });
  },
);
