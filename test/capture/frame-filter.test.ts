/**
 * tcpdump as the judge of filters: of frames from real captures, generated ones, and all of them cut short, both
 * select the same. What tcpdump's library does not know, `vxlan`, it is asked of the frames within.
 */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MemorySink, PcapWriter } from "../../src/capture/index.ts";
import { compileFilter, ethernet, EtherType, formatIpv4, formatMac, ipv4 } from "../../src/wire/index.ts";
import { describeWith, shared, sharedPath, tool } from "../tools/requirements.ts";
import { withFile } from "../tools/tshark.ts";
import * as samples from "../unit/wire/frames.ts";
import { placed } from "../unit/wire/placed.ts";
import { generateFrames } from "./generated-frames.ts";

const ETHERNET = 1;
const LINK_TYPE_OFFSET = 20;
const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;

/** Captures of the corpus with something in them that a filter asks for, by their names. */
const PICKED = /arp|qinq|802\.1|twovlan|sctp|vxlan|dns|-flow-vlan|[0-9]frags|ipv6-f/i;
const FRAMES_A_CAPTURE = 40;

interface Frame {
  readonly index: number;
  readonly bytes: Uint8Array;
}

interface Reading {
  readonly frames: Frame[];
  readonly linkType: number;
  readonly error: string;
}

/** What tcpdump makes of a capture: frames, with their microseconds as index, and what it had to say about it. */
function tcpdump(path: string, expression: string, ...options: string[]): Reading {
  // Not optimized (-O), or whether a frame is selected that ends too early is anybody's guess.
  const { stdout, stderr } = spawnSync("tcpdump", ["-O", "-r", path, "-w", "-", ...options, expression], {
    maxBuffer: 2 ** 28,
  });
  const error = /^tcpdump: .*/m.exec(stderr.toString())?.[0] ?? "";
  if (stdout.length < FILE_HEADER_LENGTH) return { frames: [], linkType: -1, error };
  const frames: Frame[] = [];
  for (let offset = FILE_HEADER_LENGTH; offset < stdout.length;) {
    const bytes = offset + RECORD_HEADER_LENGTH;
    const end = bytes + stdout.readUInt32LE(offset + 8);
    const index = stdout.readUInt32LE(offset) * 1_000_000 + stdout.readUInt32LE(offset + 4);
    frames.push({ index, bytes: stdout.subarray(bytes, end) });
    offset = end;
  }
  return { frames, linkType: stdout.readUInt32LE(LINK_TYPE_OFFSET), error };
}

function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapWriter(sink, { precision: "microseconds" });
  frames.forEach((frame, index) => writer.writePacket(1_000 * index, frame, 0, frame.length));
  writer.flush();
  return sink.bytes();
}

function select(expression: string, frames: readonly Uint8Array[]): number[] {
  const filter = compileFilter(expression);
  const isSelected = (frame: Uint8Array): boolean => {
    const { view, offset, end } = placed(frame);
    return filter(view, offset, end);
  };
  return frames.flatMap((frame, index) => (isSelected(frame) ? [index] : []));
}

/** The indexes of the frames that tcpdump selects: it hands on the times of frames, which are their indexes. */
function judged(expression: string, path: string): number[] {
  const { frames, error } = tcpdump(path, expression);
  if (error !== "") throw new Error(`${expression}: ${error}`);
  return frames.map(({ index }) => index);
}

/** One expression for each construct that both know, and some that people type. */
const EXPRESSIONS = [
  "",
  "ip",
  "ip6",
  "arp",
  "tcp",
  "udp",
  "icmp",
  "not ip and not arp and not ip6",
  "! tcp && ! udp",
  "host 10.244.1.5",
  "src 10.244.1.5",
  "dst host 10.244.1.5",
  "src and dst 127.0.0.1",
  "src or dst host 10.244.1.5",
  "ip host 10.244.1.5",
  "arp host 10.244.1.5",
  "arp src host 10.244.1.5 or dst 10.244.1.1",
  "net 10",
  "net 10.244",
  "src net 192.168.1",
  "net 10.0.0.0/8 and not net 10.244.0.0/16",
  "net 0.0.0.0/1",
  "dst net 128.0.0.0 mask 128.0.0.0",
  "net 0.0.0.1 mask 0.0.0.1",
  "ip net 192.168.0.0/16 or arp net 192.168.0.0/16",
  "not net 10.0.0.0/8",
  "port 80",
  "tcp port 80 or 443 or 8080",
  "udp port 53",
  "src port 53",
  "dst portrange 0-1023",
  "tcp src portrange 65535-1024",
  "portrange 4789",
  "not port 80 and not port 53",
  "port (80 or 53) and not (src 10.244.1.5 or dst port 53)",
  "port not 80",
  "src and dst port 53",
  "ether host 0a:58:0a:f4:01:05",
  "ether src a:58:a:f4:1:5",
  "ether dst ff:ff:ff:ff:ff:ff",
  "not ether dst host ff:ff:ff:ff:ff:ff",
  "vlan",
  "not vlan",
  "vlan 10",
  "vlan 0x64 or vlan 200",
  "vlan and vlan",
  "vlan and ip",
  "vlan and tcp port 80 or udp",
  "vlan and vlan and host 10.244.1.5",
  "vlan or ip",
  "not vlan and ip",
  "(arp or vlan) and ip",
  "ip or arp and udp",
  "ip or (arp and udp)",
  "tcp or udp and port 53",
  "not host 10.244.1.5 and 10.244.1.1",
  "not (host 10.244.1.5 or 10.244.1.1)",
  "host 10.244.1.5 and (10.244.2.8 or 10.244.1.1)",
  "host 10.244.1.5 and (port 8080 or 53) or 192.168.1.10",
  "tcp and not not not port 80",
];

const written = [...Object.values(samples), ...generateFrames(150)];

/** Each frame, and what is left of it when its end is lost: at every length through the headers for some. */
function withPieces(frames: readonly Uint8Array[]): Uint8Array[] {
  const lengths = [3, 13, 14, 17, 20, 23, 24, 27, 30, 33, 34, 36, 38, 41, 44, 55, 57];
  return frames.flatMap((frame, index) => {
    const wanted = index % 8 === 0 ? Array.from({ length: 64 }, (_, length) => length) : lengths;
    return [frame, ...wanted.filter((length) => length < frame.length).map((length) => frame.subarray(0, length))];
  });
}

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
      expect(frames.length).toBeGreaterThan(500);
      expectSame([...EXPRESSIONS, ...expressionsAbout(frames)], frames);
    });
  },
);
