/** What the codecs' getters read in a frame, in the words of tshark's fields, layer by layer from outside in. */

import {
  arp,
  DropReason,
  ethernet,
  formatIpv4,
  formatMac,
  icmpv4,
  IcmpType,
  ipv4,
  tcp,
  udp,
  UnreachableCode,
  vlan,
  vxlan,
} from "../../src/wire/index.ts";

/** tshark's names. A field that occurs in several layers has a value for each, joined by ",". */
export const FIELDS = [
  "eth.dst",
  "eth.src",
  "eth.type",
  "eth.len",
  "ieee8021ad.priority",
  "ieee8021ad.dei",
  "ieee8021ad.id",
  "vlan.etype",
  "vlan.priority",
  "vlan.dei",
  "vlan.id",
  "arp.opcode",
  "arp.src.hw_mac",
  "arp.src.proto_ipv4",
  "arp.dst.hw_mac",
  "arp.dst.proto_ipv4",
  "ip.version",
  "ip.hdr_len",
  "ip.dsfield.dscp",
  "ip.dsfield.ecn",
  "ip.len",
  "ip.id",
  "ip.flags.df",
  "ip.flags.mf",
  "ip.frag_offset",
  "ip.ttl",
  "ip.proto",
  "ip.checksum",
  "ip.src",
  "ip.dst",
  "icmp.type",
  "icmp.code",
  "icmp.checksum",
  "icmp.ident",
  "icmp.seq",
  "icmp.mtu",
  "udp.srcport",
  "udp.dstport",
  "udp.length",
  "udp.checksum",
  "tcp.srcport",
  "tcp.dstport",
  "tcp.seq_raw",
  "tcp.ack_raw",
  "tcp.hdr_len",
  "tcp.flags",
  "tcp.window_size_value",
  "tcp.checksum",
  "tcp.urgent_pointer",
  "vxlan.flags",
  "vxlan.vni",
] as const;

export type Field = (typeof FIELDS)[number];

const ETHER_TYPE_LENGTH = 2;

type Note = (field: Field, value: string | number | boolean) => void;

/** The fields of a frame, of payloads none. @throws Error where a codec refuses a layer: these frames have no faults */
export function dissect(frame: Uint8Array): Record<Field, string> {
  const found = Object.fromEntries(FIELDS.map((field) => [field, [] as string[]])) as Record<Field, string[]>;
  const note: Note = (field, value) =>
    found[field].push(typeof value === "boolean" ? (value ? "1" : "0") : String(value));
  frameFields(new DataView(frame.buffer, frame.byteOffset, frame.length), 0, frame.length, note);
  return Object.fromEntries(FIELDS.map((field) => [field, found[field].join(",")])) as Record<Field, string>;
}

function hex(value: number, digits = 4): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

function accept(layer: string, reason: DropReason): void {
  if (reason !== DropReason.NONE) throw new Error(`expected a sound ${layer} header, found drop reason ${reason}`);
}

function frameFields(view: DataView, offset: number, end: number, note: Note): void {
  accept("Ethernet", ethernet.check(view, offset, end));
  note("eth.dst", formatMac(ethernet.destination(view, offset)));
  note("eth.src", formatMac(ethernet.source(view, offset)));
  const type = ethernet.etherType(view, offset);
  if (type < ethernet.MINIMUM_ETHER_TYPE) note("eth.len", type);
  else note("eth.type", hex(type));
  let typeOffset = offset + ethernet.HEADER_LENGTH - ETHER_TYPE_LENGTH;
  while (vlan.isTag(vlan.tagProtocol(view, typeOffset))) {
    accept("VLAN", vlan.check(view, typeOffset, end));
    const name = vlan.tagProtocol(view, typeOffset) === ethernet.EtherType.SERVICE_VLAN ? "ieee8021ad" : "vlan";
    note(`${name}.priority`, vlan.priority(view, typeOffset));
    note(`${name}.dei`, vlan.dropEligible(view, typeOffset));
    note(`${name}.id`, vlan.vlanId(view, typeOffset));
    typeOffset += vlan.TAG_LENGTH;
    // Of a service tag, tshark has no field with the type that follows.
    if (name === "vlan") note("vlan.etype", hex(vlan.tagProtocol(view, typeOffset)));
  }
  const payload = typeOffset + ETHER_TYPE_LENGTH;
  const etherType = vlan.tagProtocol(view, typeOffset);
  if (etherType === ethernet.EtherType.ARP) arpFields(view, payload, end, note);
  else if (etherType === ethernet.EtherType.IPV4) ipv4Fields(view, payload, end, note);
}

function arpFields(view: DataView, offset: number, end: number, note: Note): void {
  accept("ARP", arp.check(view, offset, end));
  note("arp.opcode", arp.operation(view, offset));
  note("arp.src.hw_mac", formatMac(arp.senderHardware(view, offset)));
  note("arp.src.proto_ipv4", formatIpv4(arp.senderProtocol(view, offset)));
  note("arp.dst.hw_mac", formatMac(arp.targetHardware(view, offset)));
  note("arp.dst.proto_ipv4", formatIpv4(arp.targetProtocol(view, offset)));
}

/** What an ICMP error quotes is cut short and not checked. */
function ipv4Fields(view: DataView, offset: number, end: number, note: Note, isQuoted = false): void {
  if (!isQuoted) accept("IPv4", ipv4.check(view, offset, end));
  note("ip.version", ipv4.version(view, offset));
  note("ip.hdr_len", ipv4.headerLength(view, offset));
  note("ip.dsfield.dscp", ipv4.dscp(view, offset));
  note("ip.dsfield.ecn", ipv4.ecn(view, offset));
  note("ip.len", ipv4.totalLength(view, offset));
  note("ip.id", hex(ipv4.identification(view, offset)));
  note("ip.flags.df", ipv4.dontFragment(view, offset));
  note("ip.flags.mf", ipv4.moreFragments(view, offset));
  note("ip.frag_offset", ipv4.fragmentOffset(view, offset));
  note("ip.ttl", ipv4.timeToLive(view, offset));
  note("ip.proto", ipv4.protocol(view, offset));
  note("ip.checksum", hex(ipv4.headerChecksum(view, offset)));
  note("ip.src", formatIpv4(ipv4.source(view, offset)));
  note("ip.dst", formatIpv4(ipv4.destination(view, offset)));
  if (ipv4.isFragment(view, offset)) return;
  const payload = offset + ipv4.headerLength(view, offset);
  const payloadEnd = Math.min(end, offset + ipv4.totalLength(view, offset));
  const protocol = ipv4.protocol(view, offset);
  if (protocol === ipv4.Protocol.ICMP) icmpFields(view, payload, payloadEnd, note);
  else if (protocol === ipv4.Protocol.TCP) tcpFields(view, payload, payloadEnd, note);
  else if (protocol === ipv4.Protocol.UDP) udpFields(view, payload, payloadEnd, note, isQuoted);
  else if (protocol === ipv4.Protocol.IPIP) ipv4Fields(view, payload, payloadEnd, note);
}

function icmpFields(view: DataView, offset: number, end: number, note: Note): void {
  accept("ICMP", icmpv4.check(view, offset, end));
  const type = icmpv4.type(view, offset);
  note("icmp.type", type);
  note("icmp.code", icmpv4.code(view, offset));
  note("icmp.checksum", hex(icmpv4.messageChecksum(view, offset)));
  if (type === IcmpType.ECHO || type === IcmpType.ECHO_REPLY) {
    note("icmp.ident", icmpv4.identifier(view, offset));
    note("icmp.seq", icmpv4.sequence(view, offset));
  }
  if (!icmpv4.isError(type)) return;
  const isMtu =
    type === IcmpType.DESTINATION_UNREACHABLE && icmpv4.code(view, offset) === UnreachableCode.FRAGMENTATION_NEEDED;
  if (isMtu) note("icmp.mtu", icmpv4.nextHopMtu(view, offset));
  ipv4Fields(view, icmpv4.quotedOffset(offset), end, note, true);
}

function tcpFields(view: DataView, offset: number, end: number, note: Note): void {
  accept("TCP", tcp.check(view, offset, end));
  note("tcp.srcport", tcp.sourcePort(view, offset));
  note("tcp.dstport", tcp.destinationPort(view, offset));
  note("tcp.seq_raw", tcp.sequenceNumber(view, offset));
  note("tcp.ack_raw", tcp.acknowledgmentNumber(view, offset));
  note("tcp.hdr_len", tcp.headerLength(view, offset));
  note("tcp.flags", hex(tcp.flags(view, offset)));
  note("tcp.window_size_value", tcp.window(view, offset));
  note("tcp.checksum", hex(tcp.segmentChecksum(view, offset)));
  note("tcp.urgent_pointer", tcp.urgentPointer(view, offset));
}

function udpFields(view: DataView, offset: number, end: number, note: Note, isQuoted: boolean): void {
  if (!isQuoted) accept("UDP", udp.check(view, offset, end));
  note("udp.srcport", udp.sourcePort(view, offset));
  note("udp.dstport", udp.destinationPort(view, offset));
  note("udp.length", udp.datagramLength(view, offset));
  note("udp.checksum", hex(udp.datagramChecksum(view, offset)));
  const tunnel = offset + udp.HEADER_LENGTH;
  if (udp.destinationPort(view, offset) === vxlan.PORT)
    vxlanFields(view, tunnel, offset + udp.datagramLength(view, offset), note);
}

function vxlanFields(view: DataView, offset: number, end: number, note: Note): void {
  accept("VXLAN", vxlan.check(view, offset, end));
  // tshark's field has sixteen bits, the RFC's flags and eight reserved ones.
  note("vxlan.flags", hex(vxlan.flags(view, offset) * 0x100));
  note("vxlan.vni", vxlan.vni(view, offset));
  frameFields(view, offset + vxlan.HEADER_LENGTH, end, note);
}
