/**
 * A frame as one line, in tcpdump's words.
 *
 * Where tcpdump starts another line (the frame within VXLAN, the packet that an ICMP error quotes),
 * this one goes on behind ` | `. What only `tcpdump -e` or `-v` tells is told when it matters: VLAN tags,
 * wrong checksums, a fragment's place. Payloads above UDP and TCP are never looked at.
 *
 * Any bytes can be described: nothing here throws, and nothing behind `end` is read.
 */

import * as arp from "./arp.ts";
import { DropReason } from "./drop-reason.ts";
import * as ethernet from "./ethernet.ts";
import * as icmpv4 from "./icmpv4.ts";
import { formatIpv4 } from "./ipv4-address.ts";
import * as ipv4 from "./ipv4.ts";
import { LinkType } from "./link-headers.ts";
import * as llc from "./llc.ts";
import { namedPayloadText } from "./llc-text.ts";
import { ethernetPayload, findNetworkLayer, isKnownLinkType } from "./network-layer.ts";
import * as sctp from "./sctp.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";
import * as vlan from "./vlan.ts";
import * as vxlan from "./vxlan.ts";

/** What `describeFrame` takes besides the bytes. */
export interface DescribeOptions {
  /** UDP destination ports that carry VXLAN; 4789 and 8472 when left out. */
  readonly vxlanPorts?: readonly number[];
}

const DEFAULT_VXLAN_PORTS: readonly number[] = [vxlan.PORT, vxlan.LINUX_PORT];

/** Packets within packets that one line tells; a frame that nests deeper is an attack on whoever prints it. */
const MAXIMUM_DEPTH = 8;

/** What holds for all that is nested in one place. */
interface Surroundings {
  readonly vxlanPorts: readonly number[];
  /** Count of packets around this one. */
  readonly depth: number;
  /** Whether an ICMP error quotes it, so that it may well be cut short. */
  readonly isQuoted: boolean;
}

/** An IPv4 packet's payload. */
interface Payload {
  readonly ipOffset: number;
  readonly offset: number;
  /** Position behind the bytes that are there. */
  readonly end: number;
  /** Position behind the bytes that the total length promises: `end` or, when the packet is cut short, more. */
  readonly statedEnd: number;
  readonly source: string;
  readonly destination: string;
  /** Whether the transport checksum can be verified: all that it covers is there. */
  readonly isWhole: boolean;
  readonly isFragment: boolean;
}

/**
 * One line that tells the Ethernet frame in `offset..end`, through VLAN tags, VXLAN and IP-in-IP to the
 * innermost packet: `IP 10.244.1.5 > 10.244.2.8: ICMP echo request, id 1, seq 1, length 64`.
 *
 * What is cut short or malformed is told at the layer where it is wrong.
 */
export function describeFrame(view: DataView, offset: number, end: number, options: DescribeOptions = {}): string {
  const vxlanPorts = options.vxlanPorts ?? DEFAULT_VXLAN_PORTS;
  return frameLine(view, offset, Math.min(end, view.byteLength), { vxlanPorts, depth: 0, isQuoted: false });
}

/**
 * The same for a packet of any link type: one that has IPv4 or ARP behind another header, or none, is told from there.
 *
 * @param linkType what the first byte belongs to, as captures number it: 1 for Ethernet, 101 for bare IP packets
 */
export function describePacket(
  view: DataView,
  offset: number,
  end: number,
  linkType: number,
  options: DescribeOptions = {},
): string {
  if (linkType === LinkType.ETHERNET) return describeFrame(view, offset, end, options);
  const limit = Math.min(end, view.byteLength);
  if (!isKnownLinkType(linkType)) return `link-type ${linkType}, length ${limit - offset}`;
  const network = findNetworkLayer(view, offset, limit, linkType);
  if (network === undefined) return "[|link]";
  const vxlanPorts = options.vxlanPorts ?? DEFAULT_VXLAN_PORTS;
  const line = networkLine(view, network.etherType, network.offset, limit, { vxlanPorts, depth: 0, isQuoted: false });
  return line ?? `${ethernet.etherTypeText(network.etherType)}, length ${limit - network.offset}`;
}

function frameLine(view: DataView, offset: number, end: number, around: Surroundings): string {
  if (ethernet.check(view, offset, end) !== DropReason.NONE) return "[|ether]";
  let typeOffset = offset + ethernet.HEADER_LENGTH - 2;
  let tags = "";
  while (vlan.isCapturedTag(view.getUint16(typeOffset))) {
    tags += `${vlan.text(view, typeOffset, end)}, `;
    if (vlan.check(view, typeOffset, end) !== DropReason.NONE) return tags.slice(0, -2);
    typeOffset += vlan.TAG_LENGTH;
  }
  const network = ethernetPayload(view, offset, end);
  const line = network && networkLine(view, network.etherType, network.offset, network.end, around);
  return `${tags}${line ?? otherText(view, offset, end, typeOffset)}`;
}

/** A frame that carries neither IPv4 nor ARP, its type field at `typeOffset`. */
function otherText(view: DataView, offset: number, end: number, typeOffset: number): string {
  const line = ethernet.taggedText(view, offset, end, typeOffset);
  const length = view.getUint16(typeOffset);
  if (length > ethernet.MAXIMUM_PAYLOAD_LENGTH) return line;
  const payload = typeOffset + 2;
  const payloadEnd = Math.min(end, payload + length);
  const named = namedPayloadText(view, payload, payloadEnd);
  if (named !== undefined) return named;
  return llc.check(view, payload, payloadEnd) === 0 ? `${line}: ${llc.text(view, payload, payloadEnd)}` : line;
}

/** Undefined for what is neither IPv4 nor ARP. */
function networkLine(
  view: DataView,
  etherType: number,
  offset: number,
  end: number,
  around: Surroundings,
): string | undefined {
  switch (etherType) {
    case ethernet.EtherType.IPV4:
      return ipv4Line(view, offset, end, around);
    case ethernet.EtherType.ARP:
    case ethernet.EtherType.RARP:
      return arp.text(view, offset, end);
    default:
      return undefined;
  }
}

function ipv4Line(view: DataView, offset: number, end: number, around: Surroundings): string {
  if (around.depth > MAXIMUM_DEPTH) return "[nested too deep]";
  const fault = ipv4.headerFault(view, offset, end);
  if (fault !== "") return fault;
  const statedEnd = offset + ipv4.totalLength(view, offset);
  const isFragment = ipv4.isFragment(view, offset);
  const payload: Payload = {
    ipOffset: offset,
    offset: offset + ipv4.headerLength(view, offset),
    end: Math.min(end, statedEnd),
    statedEnd,
    source: formatIpv4(ipv4.source(view, offset)),
    destination: formatIpv4(ipv4.destination(view, offset)),
    // On a source route the pseudo-header has the final destination, the header only the next hop.
    isWhole: statedEnd <= end && !isFragment && !ipv4.hasSourceRoute(view, offset),
    isFragment,
  };
  const wrong = ipv4.checksumFault(view, offset);
  const isFirst = ipv4.fragmentOffset(view, offset) === 0;
  const isCutShort = statedEnd > end && !around.isQuoted;
  return [
    "IP ",
    wrong === "" ? "" : `(${wrong}) `,
    isCutShort ? `truncated-ip - ${statedEnd - end} bytes missing! ` : "",
    isFirst ? payloadLine(view, payload, around) : `${addresses(payload)} ${protocolText(view, offset)}`,
    isFragment ? ` ${fragmentText(view, payload)}` : "",
  ].join("");
}

function payloadLine(view: DataView, payload: Payload, around: Surroundings): string {
  const inner = { ...around, depth: around.depth + 1 };
  switch (ipv4.protocol(view, payload.ipOffset)) {
    case ipv4.Protocol.UDP:
      return udpLine(view, payload, inner);
    case ipv4.Protocol.TCP:
      return tcpLine(view, payload);
    case ipv4.Protocol.SCTP:
      return sctpLine(view, payload);
    case ipv4.Protocol.ICMP:
      return `${addresses(payload)} ${icmpLine(view, payload, inner)}`;
    case ipv4.Protocol.IPIP:
      return `${addresses(payload)} ${ipv4Line(view, payload.offset, payload.end, inner)}`;
    default:
      return `${addresses(payload)} ${protocolText(view, payload.ipOffset)} ${payload.statedEnd - payload.offset}`;
  }
}

function udpLine(view: DataView, payload: Payload, inner: Surroundings): string {
  const { ipOffset, offset, end } = payload;
  // A first fragment holds less than the datagram's length says, and rightly so.
  const statedEnd = payload.isFragment ? Infinity : payload.statedEnd;
  if (offset + 4 > end) return `${addresses(payload)} [|udp]`;
  const line = socketAddresses(view, payload);
  const isHeaderCut = offset + udp.HEADER_LENGTH > end;
  if (isHeaderCut) return `${line} ${payload.statedEnd > end ? "[|udp]" : udp.text(view, offset, end)}`;
  if (udp.check(view, offset, statedEnd) !== DropReason.NONE) return `${line} ${udp.text(view, offset, statedEnd)}`;
  const isWrong = payload.isWhole && !udp.verifyChecksum(view, ipOffset, offset);
  const wrong = isWrong ? `${udpChecksumFault(view, payload)} ` : "";
  if (!inner.vxlanPorts.includes(udp.destinationPort(view, offset))) {
    return `${line} ${wrong}${udp.text(view, offset, statedEnd)}`;
  }
  const datagramEnd = Math.min(end, offset + udp.datagramLength(view, offset));
  return `${line} ${wrong}${vxlanLine(view, offset + udp.HEADER_LENGTH, datagramEnd, inner)}`;
}

function vxlanLine(view: DataView, offset: number, end: number, around: Surroundings): string {
  const line = vxlan.text(view, offset, end);
  if (offset + vxlan.HEADER_LENGTH > end) return line;
  return `${line} | ${frameLine(view, offset + vxlan.HEADER_LENGTH, end, around)}`;
}

function tcpLine(view: DataView, payload: Payload): string {
  const { ipOffset, offset, end, statedEnd } = payload;
  if (offset + 4 > end) return `${addresses(payload)} [|tcp]`;
  const line = socketAddresses(view, payload);
  const isHeaderCut = offset + tcp.HEADER_LENGTH > end || offset + tcp.headerLength(view, offset) > end;
  if (isHeaderCut && statedEnd > end) return `${line} [|tcp]`;
  const isSound = tcp.check(view, offset, end) === DropReason.NONE;
  const isWrong = payload.isWhole && isSound && !tcp.verifyChecksum(view, ipOffset, offset, end);
  return `${line} ${isWrong ? `${tcpChecksumFault(view, payload)} ` : ""}${tcp.text(view, offset, statedEnd)}`;
}

function sctpLine(view: DataView, payload: Payload): string {
  const { offset, end } = payload;
  const isNamed = offset + 4 <= end && offset + sctp.HEADER_LENGTH > end && payload.statedEnd > end;
  if (isNamed) return `${socketAddresses(view, payload)} [|sctp]`;
  // tcpdump leaves the addresses out, too.
  if (sctp.check(view, offset, end) !== DropReason.NONE) return sctp.text(view, offset, end);
  const isWrong = payload.isWhole && !sctp.verifyChecksum(view, offset, end);
  const wrong = isWrong ? `${sctpChecksumFault(view, payload)} ` : "";
  return `${socketAddresses(view, payload)} ${wrong}${sctp.text(view, offset, end)}`;
}

function icmpLine(view: DataView, payload: Payload, inner: Surroundings): string {
  const { offset, end, statedEnd } = payload;
  const line = icmpv4.text(view, offset, end, statedEnd - offset);
  if (icmpv4.check(view, offset, end) !== DropReason.NONE) return line;
  const isWrong = payload.isWhole && !icmpv4.verifyChecksum(view, offset, end);
  const wrong = isWrong ? ` ${icmpChecksumFault(view, payload)}` : "";
  const quoted = icmpv4.quotedOffset(offset);
  if (!icmpv4.isError(icmpv4.type(view, offset)) || quoted >= end) return `${line}${wrong}`;
  return `${line}${wrong} | quoting ${ipv4Line(view, quoted, end, { ...inner, isQuoted: true })}`;
}

function addresses(payload: Payload): string {
  return `${payload.source} > ${payload.destination}:`;
}

/** UDP, TCP and SCTP have their ports in the same place. */
function socketAddresses(view: DataView, payload: Payload): string {
  const sourcePort = udp.sourcePort(view, payload.offset);
  const destinationPort = udp.destinationPort(view, payload.offset);
  return `${payload.source}.${sourcePort} > ${payload.destination}.${destinationPort}:`;
}

function protocolText(view: DataView, ipOffset: number): string {
  return `ip-proto-${ipv4.protocol(view, ipOffset)}`;
}

/** tcpdump's form until version 3.9, `(frag 1234:1480@0+)`: identification, length, offset, more to come. */
function fragmentText(view: DataView, payload: Payload): string {
  const { ipOffset, offset, statedEnd } = payload;
  const more = ipv4.moreFragments(view, ipOffset) ? "+" : "";
  const place = `${statedEnd - offset}@${ipv4.fragmentOffset(view, ipOffset)}${more}`;
  return `(frag ${ipv4.identification(view, ipOffset)}:${place})`;
}

function udpChecksumFault(view: DataView, { ipOffset, offset }: Payload): string {
  return checksumFault("udp", udp.datagramChecksum(view, offset), udp.computeChecksum(view, ipOffset, offset));
}

function tcpChecksumFault(view: DataView, { ipOffset, offset, end }: Payload): string {
  return checksumFault("tcp", tcp.segmentChecksum(view, offset), tcp.computeChecksum(view, ipOffset, offset, end));
}

function sctpChecksumFault(view: DataView, { offset, end }: Payload): string {
  return checksumFault("sctp", sctp.packetChecksum(view, offset), sctp.computeChecksum(view, offset, end), 8);
}

function checksumFault(name: string, found: number, right: number, digits = 4): string {
  const [there, meant] = [found, right].map((value) => value.toString(16).padStart(digits, "0"));
  return `[bad ${name} cksum 0x${there} -> 0x${meant}!]`;
}

function icmpChecksumFault(view: DataView, { offset, end }: Payload): string {
  const right = icmpv4.computeChecksum(view, offset, end).toString(16);
  return `(wrong icmp cksum ${icmpv4.messageChecksum(view, offset).toString(16)} (->${right})!)`;
}
