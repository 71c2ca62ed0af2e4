/** Rules about one field of a header, each broken by a wrong value there. */
import { DropReason } from "../wire/index.ts";
import {
  allBits,
  another,
  bitsSet,
  type FindFault,
  frameLengthBeyond,
  lengthBelowHeader,
  lengthBeyond,
  oneOf,
  optionLength,
  withBits,
  wordsBeyond,
  wrongChecksum,
} from "./fault.ts";
import type { LayerProtocol } from "./frame-layer.ts";

const { NONE, ARP_INVALID, ICMP_CSUM, IP_CSUM, IP_INHDR, IP_OPTIONS } = DropReason;
const { PKT_TOO_SMALL, TCP_CSUM, UDP_CSUM, VXLAN_INVALID_HDR } = DropReason;

/** Rules about one field, by the header that it is in. */
export type FieldRuleName =
  | "ethernet.source-group"
  | "ethernet.length-beyond"
  | "vlan.reserved-id"
  | "arp.hardware-type"
  | "arp.protocol-type"
  | "arp.hardware-length"
  | "arp.protocol-length"
  | "arp.operation"
  | "ipv4.version"
  | "ipv4.header-length-short"
  | "ipv4.header-length-beyond"
  | "ipv4.total-length-short"
  | "ipv4.total-length-beyond"
  | "ipv4.reserved-flag"
  | "ipv4.checksum"
  | "ipv4.option-length"
  | "icmpv4.checksum"
  | "udp.length-short"
  | "udp.length-beyond"
  | "udp.checksum"
  | "tcp.data-offset-short"
  | "tcp.data-offset-beyond"
  | "tcp.reserved-bits"
  | "tcp.checksum"
  | "tcp.option-length"
  | "vxlan.instance-flag"
  | "vxlan.reserved-flags"
  | "vxlan.reserved-field-1"
  | "vxlan.reserved-field-2";

/** How a rule is broken. */
export interface FieldRule {
  /** Whose header the field is in. */
  readonly protocol: LayerProtocol;
  /** The field, in a sentence. */
  readonly field: string;
  /** What podwire's checks give; NONE where they do not look, or where receivers are to take it. */
  readonly reason: DropReason;
  readonly fault: FindFault;
}

function rule(protocol: LayerProtocol, field: string, reason: DropReason, fault: FindFault): FieldRule {
  return { protocol, field, reason, fault };
}

/** Multiples of 16 from 0 to 240 but 4 times 16: versions of IP in the upper half of a byte. */
const OTHER_VERSIONS = [6, 0, 1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((version) => version << 4);
/** Header lengths in words that are less than IPv4's and TCP's five. */
const SHORT_WORDS = [0, 1, 2, 3, 4];
/** The same in the upper half of a byte. */
const SHORT_UPPER_WORDS = SHORT_WORDS.map((words) => words << 4);

/** By name, in the order in which fields stand. */
export const FIELD_RULES: Readonly<Record<FieldRuleName, FieldRule>> = {
  // IEEE 802.3 clause 3.2.3: a group is a destination, never a source.
  "ethernet.source-group": rule("ethernet", "the source's group bit", NONE, bitsSet(6, 1, 0x01)),
  "ethernet.length-beyond": rule("ethernet", "the 802.3 length", NONE, frameLengthBeyond),
  // IEEE 802.1Q-2018 table 9-2: 4095 is never sent.
  "vlan.reserved-id": rule("vlan", "the VLAN id", NONE, allBits(2, 2, 0x0fff)),
  "arp.hardware-type": rule("arp", "the hardware type", ARP_INVALID, another(0, 2, 0, 0xffff)),
  "arp.protocol-type": rule("arp", "the protocol type", ARP_INVALID, another(2, 2, 0, 0xffff)),
  "arp.hardware-length": rule("arp", "the hardware address length", ARP_INVALID, another(4, 1, 0, 0xff)),
  "arp.protocol-length": rule("arp", "the protocol address length", ARP_INVALID, another(5, 1, 0, 0xff)),
  // RFC 5494 section 3: both values are reserved. Who takes which operation is the receiver's to say.
  "arp.operation": rule("arp", "the operation", NONE, oneOf(6, 2, [0, 0xffff])),
  "ipv4.version": rule("ipv4", "version and header length", IP_INHDR, withBits(0, 0xf0, OTHER_VERSIONS)),
  "ipv4.header-length-short": rule("ipv4", "version and header length", IP_INHDR, withBits(0, 0x0f, SHORT_WORDS)),
  "ipv4.header-length-beyond": rule("ipv4", "version and header length", IP_INHDR, wordsBeyond(0, 0)),
  "ipv4.total-length-short": rule("ipv4", "the total length", IP_INHDR, lengthBelowHeader(2)),
  "ipv4.total-length-beyond": rule("ipv4", "the total length", PKT_TOO_SMALL, lengthBeyond(2)),
  // RFC 791 section 3.1: "must be zero".
  "ipv4.reserved-flag": rule("ipv4", "the reserved flag", NONE, bitsSet(6, 1, 0x80)),
  "ipv4.checksum": rule("ipv4", "the header checksum", IP_CSUM, wrongChecksum),
  "ipv4.option-length": rule("ipv4", "the length of an option", IP_OPTIONS, optionLength),
  "icmpv4.checksum": rule("icmpv4", "the ICMP checksum", ICMP_CSUM, wrongChecksum),
  "udp.length-short": rule("udp", "the UDP length", PKT_TOO_SMALL, lengthBelowHeader(4)),
  "udp.length-beyond": rule("udp", "the UDP length", PKT_TOO_SMALL, lengthBeyond(4)),
  "udp.checksum": rule("udp", "the UDP checksum", UDP_CSUM, wrongChecksum),
  "tcp.data-offset-short": rule(
    "tcp",
    "data offset and reserved bits",
    PKT_TOO_SMALL,
    withBits(12, 0xf0, SHORT_UPPER_WORDS),
  ),
  "tcp.data-offset-beyond": rule("tcp", "data offset and reserved bits", PKT_TOO_SMALL, wordsBeyond(12, 4)),
  // RFC 9293 section 3.1: zero when sent, ignored when received.
  "tcp.reserved-bits": rule("tcp", "data offset and reserved bits", NONE, bitsSet(12, 1, 0x0f)),
  "tcp.checksum": rule("tcp", "the TCP checksum", TCP_CSUM, wrongChecksum),
  // RFC 9293 section 3.1, MUST-7: an illegal option length is handled without crashing; Linux goes on with the segment.
  "tcp.option-length": rule("tcp", "the length of an option", NONE, optionLength),
  // RFC 7348 section 5 has reserved bits ignored; Linux drops the packet, and podwire does as Linux.
  "vxlan.instance-flag": rule("vxlan", "the I flag", VXLAN_INVALID_HDR, withBits(0, 0x08, [0])),
  "vxlan.reserved-flags": rule("vxlan", "the reserved flags", VXLAN_INVALID_HDR, bitsSet(0, 1, 0xf7)),
  "vxlan.reserved-field-1": rule("vxlan", "the first reserved field", VXLAN_INVALID_HDR, bitsSet(1, 3, 0xffffff)),
  "vxlan.reserved-field-2": rule("vxlan", "the second reserved field", VXLAN_INVALID_HDR, bitsSet(7, 1, 0xff)),
};
