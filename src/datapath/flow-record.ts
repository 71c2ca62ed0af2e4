/**
 * The record of a flow: where it goes, for which packets that holds, and the headers that they get.
 *
 * Headers are kept as words, made once by the codecs, in the order in which they lie before an IPv4 header:
 *
 *     bytes  0       14     34    42      50         64
 *            | Ether | IPv4 | UDP | VXLAN | Ethernet | the flow's IPv4 packet
 *
 * A flow without a tunnel has only the first 14.
 */
import { sum } from "../bytes/checksum.ts";
import { EtherType, ethernet, ipv4, Protocol, udp, vxlan } from "../wire/index.ts";
import type { FlowHeader, FlowPlan, FlowTunnel } from "./flow-plan.ts";
import { outerTypeOfService } from "./tunnel-ecn.ts";
import type { VxlanDevice } from "./vxlan-device.ts";

/** What is done with the packets of a flow. */
export const FlowKind = {
  LONG_WAY: 0,
  DELIVER: 1,
  FORWARD: 2,
  ENCAPSULATE: 3,
  /** A frame, whatever is in it, gets a tunnel's outer headers. */
  WRAP: 4,
  /** A tunnel's packet loses them. */
  UNWRAP: 5,
} as const;

/**
 * The words of a record behind its key, which has FLOW_KEY_WORDS. What a flow without a tunnel needs comes first: it
 * is in one cache line, or in two that lie side by side.
 */
export const FlowWord = {
  KIND: 4,
  /** Number of its way: the devices that count it, and the queue it ends in. */
  WAY: 5,
  /** Bytes of the longest IPv4 packet. */
  LIMIT: 6,
  HEADERS: 7,
  /** In place of headers, where a tunnel ends: its UDP port, last header word, and the MAC of its device. */
  TUNNEL_PORT: 7,
  TUNNEL_VNI: 8,
  TUNNEL_MAC_HIGH: 9,
  TUNNEL_MAC_LOW: 10,
  /** Sum of the outer IPv4 header without length, identification and checksum. */
  OUTER_SUM: 23,
  /** What KIND becomes when the record may be used. */
  PLANNED_KIND: 24,
  /** Millisecond up to which it holds. */
  UNTIL: 25,
  IS_ON_HOLD: 26,
} as const;

const { HEADERS, OUTER_SUM } = FlowWord;

const OUTER_IPV4 = ethernet.HEADER_LENGTH;
const OUTER_UDP = OUTER_IPV4 + ipv4.HEADER_LENGTH;
const OUTER_VXLAN = OUTER_UDP + udp.HEADER_LENGTH;
const INNER_ETHERNET = OUTER_VXLAN + vxlan.HEADER_LENGTH;

/** Bytes of all headers before an encapsulated IPv4 packet: 16 words. */
const ALL_HEADERS = INNER_ETHERNET + ethernet.HEADER_LENGTH;

/** Where words begin that a loop completes for each packet: they are kept as numbers, the others in the order of bytes. */
const COMPLETED_WORDS: readonly number[] = [16, 24, 32, 36];

const scratch = new DataView(new ArrayBuffer(ALL_HEADERS));

/** Puts the headers of a planned flow into its record at words[at]. */
export function recordHeaders(words: Int32Array, at: number, header: FlowHeader, plan: FlowPlan): void {
  writeEthernet(0, header);
  if (plan.tunnel !== null) {
    writeOuter(plan.tunnel, plan.typeOfService);
    writeEthernet(INNER_ETHERNET, plan.tunnel.header);
    words[at + OUTER_SUM] = sum(scratch, OUTER_IPV4, OUTER_UDP);
  }
  for (let byte = 0; byte < ALL_HEADERS; byte += 4)
    words[at + HEADERS + byte / 4] = scratch.getInt32(byte, !COMPLETED_WORDS.includes(byte));
}

function writeEthernet(offset: number, { macHigh, macLow, device }: FlowHeader): void {
  const destination = macHigh * 2 ** 32 + (macLow >>> 0);
  ethernet.write(scratch, offset, { destination, source: device.mac, etherType: EtherType.IPV4 });
}

/** Puts down where a tunnel ends: what its packets have to carry. */
export function recordTunnel(words: Int32Array, at: number, device: VxlanDevice): void {
  words[at + FlowWord.TUNNEL_PORT] = device.udpPort;
  words[at + FlowWord.TUNNEL_VNI] = device.vni << 8;
  words[at + FlowWord.TUNNEL_MAC_HIGH] = device.macHigh;
  words[at + FlowWord.TUNNEL_MAC_LOW] = device.macLow;
}

/** What differs from packet to packet is left at 0. */
function writeOuter({ device, remote }: FlowTunnel, innerService: number): void {
  ipv4.write(scratch, OUTER_IPV4, {
    typeOfService: outerTypeOfService(device.typeOfService, innerService),
    totalLength: 0,
    timeToLive: device.timeToLive,
    protocol: Protocol.UDP,
    source: device.local,
    destination: remote,
  });
  ipv4.setHeaderChecksum(scratch, OUTER_IPV4, 0);
  udp.write(scratch, OUTER_UDP, { sourcePort: 0, destinationPort: device.udpPort, datagramLength: 0 });
  vxlan.write(scratch, OUTER_VXLAN, { vni: device.vni });
}
