/** Frames of every kind that has a header of its own, drawn from a seed: the same on every machine. */

import fc from "fast-check";
import { anyFrame, ethernetFrame, type Frame, ipv4Packet, quotedPacket } from "../../src/arbitraries/index.ts";

/** Tools tell of a quoted TCP header now more, now less: here errors are about datagrams and echoes. */
const quoted = quotedPacket(fc.oneof(ipv4Packet().udp(), ipv4Packet().icmpEcho()));

/** Frames of which tshark and scapy read every field. */
export const readableFrame: fc.Arbitrary<Frame> = fc.oneof(
  { weight: 5, arbitrary: anyFrame({ kinds: ["udp", "icmp", "tcp", "arp"] }) },
  { weight: 1, arbitrary: ethernetFrame().ipv4().icmpError({}, quoted) },
  { weight: 1, arbitrary: ethernetFrame().ipv4().udp().vxlan().ethernet().vlan().ipv4().icmpError({}, quoted) },
);

/** `count` frames, always the same. */
export function generateFrames(count: number): Uint8Array[] {
  return fc.sample(readableFrame, { seed: 20_260_101, numRuns: count }).map(({ bytes }) => bytes);
}
