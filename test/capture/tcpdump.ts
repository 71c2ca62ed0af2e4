/** tcpdump as the judge of filters: what it selects of a capture, and expressions to ask it with. */

import { spawnSync } from "node:child_process";
import { MemorySink, PcapWriter } from "../../src/capture/index.ts";

const LINK_TYPE_OFFSET = 20;
const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;

export interface Frame {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface Reading {
  readonly frames: Frame[];
  readonly linkType: number;
  readonly error: string;
}

/** What tcpdump makes of a capture: frames, with their microseconds as index, and what it had to say about it. */
export function tcpdump(path: string, expression: string, ...options: string[]): Reading {
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

/** A capture of packets whose times, in microseconds, are their indexes. */
export function pcap(packets: readonly Uint8Array[], linkType = 1): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapWriter(sink, { precision: "microseconds", linkType });
  packets.forEach((packet, index) => writer.writePacket(1_000 * index, packet, 0, packet.length));
  writer.flush();
  return sink.bytes();
}

/** The indexes of the frames that tcpdump selects: it hands on the times of frames, which are their indexes. */
export function judged(expression: string, path: string): number[] {
  const { frames, error } = tcpdump(path, expression);
  if (error !== "") throw new Error(`${expression}: ${error}`);
  return frames.map(({ index }) => index);
}

/** One expression for each construct that both know, and some that people type. */
export const EXPRESSIONS: readonly string[] = [
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

/** Each frame, and what is left of it when its end is lost: at every length through the headers for some. */
export function withPieces(frames: readonly Uint8Array[]): Uint8Array[] {
  const lengths = [3, 13, 14, 17, 20, 23, 24, 27, 30, 33, 34, 36, 38, 41, 44, 55, 57];
  return frames.flatMap((frame, index) => {
    const wanted = index % 8 === 0 ? Array.from({ length: 64 }, (_, length) => length) : lengths;
    return [frame, ...wanted.filter((length) => length < frame.length).map((length) => frame.subarray(0, length))];
  });
}
