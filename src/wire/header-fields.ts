/** The fields of each header that have their place in it, under the codecs' names. */

import * as arp from "./arp.ts";
import { checksumVerdict, verdictText } from "./checksum-verdict.ts";
import * as ethernet from "./ethernet.ts";
import { field, type FieldSpecification, hexadecimal, namedBy, type Read } from "./field-specification.ts";
import * as icmpv4 from "./icmpv4.ts";
import { hasIdentifier, IcmpType, UnreachableCode } from "./icmpv4-types.ts";
import { formatIpv4 } from "./ipv4-address.ts";
import * as ipv4 from "./ipv4.ts";
import { LayerKind } from "./layer-kinds.ts";
import * as llc from "./llc.ts";
import { addressFamily, PacketType } from "./link-headers.ts";
import { formatMac, readMac } from "./mac-address.ts";
import { etherTypeText, ipProtocolText } from "./protocol-names.ts";
import * as sctp from "./sctp.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";
import * as vlan from "./vlan.ts";
import * as vxlan from "./vxlan.ts";

type Getter<Value> = (view: DataView, offset: number) => Value;

const hex2 = hexadecimal(2);
const hex4 = hexadecimal(4);

/** A type field may hold the length of an 802.3 payload. */
const isLengthAt =
  (at: number): Getter<boolean> =>
  (view, offset) =>
    view.getUint16(offset + at) <= ethernet.MAXIMUM_PAYLOAD_LENGTH;
const not =
  (test: Getter<boolean>): Getter<boolean> =>
  (view, offset) =>
    !test(view, offset);

const ETHERNET: readonly FieldSpecification[] = [
  field("destination", 0, 6, ethernet.destination, formatMac),
  field("source", 6, 6, ethernet.source, formatMac),
  field("etherType", 12, 2, ethernet.etherType, etherTypeText, not(isLengthAt(12))),
  field("payloadLength", 12, 2, ethernet.etherType, String, isLengthAt(12)),
];

/** A tag's codec counts from the type field that announces it, the last of the header before. */
const tag =
  <Value>(get: Getter<Value>): Getter<Value> =>
  (view, offset) =>
    get(view, offset - 2);
const vlanType: Getter<number> = (view, offset) => view.getUint16(offset + 2);

const VLAN: readonly FieldSpecification[] = [
  field("priority", 0, 1, tag(vlan.priority)),
  field("dropEligible", 0, 1, tag(vlan.dropEligible)),
  field("vlanId", 0, 2, tag(vlan.vlanId)),
  field("etherType", 2, 2, vlanType, etherTypeText, not(isLengthAt(2))),
  field("payloadLength", 2, 2, vlanType, String, isLengthAt(2)),
];

const isControlShort: Getter<boolean> = (view, offset) => llc.headerLength(view, offset) !== llc.HEADER_LENGTH + 1;

const LLC: readonly FieldSpecification[] = [
  field("destination", 0, 1, llc.destination, hex2),
  field("source", 1, 1, llc.source, hex2),
  field("control", 2, 1, llc.control, hex2, isControlShort),
  field("control", 2, 2, llc.control, hex4, not(isControlShort)),
  field("organisation", 3, 3, llc.organisation, hexadecimal(6), llc.isSnap),
  field("protocol", 6, 2, llc.protocol, etherTypeText, llc.isSnap),
];

/** For addresses of other kinds, the packet gives lengths: their bytes are all there is to tell. */
const isCommon: Getter<boolean> = (view, offset) => arp.check(view, offset, offset + arp.LENGTH) === 0;

const ARP: readonly FieldSpecification[] = [
  field("hardwareType", 0, 2, (view, offset) => view.getUint16(offset)),
  field("protocolType", 2, 2, (view, offset) => view.getUint16(offset + 2), etherTypeText),
  field("hardwareLength", 4, 1, (view, offset) => view.getUint8(offset + 4)),
  field("protocolLength", 5, 1, (view, offset) => view.getUint8(offset + 5)),
  field("operation", 6, 2, arp.operation, namedBy(arp.ArpOperation)),
  field("senderHardware", 8, 6, arp.senderHardware, formatMac, isCommon),
  field("senderProtocol", 14, 4, arp.senderProtocol, formatIpv4, isCommon),
  field("targetHardware", 18, 6, arp.targetHardware, formatMac, isCommon),
  field("targetProtocol", 24, 4, arp.targetProtocol, formatIpv4, isCommon),
];

const verdict: Read<string> = (_view, _offset, layers, layer) => verdictText(checksumVerdict(layers, layer));

const isVersion4: Getter<boolean> = (view, offset) => ipv4.version(view, offset) === 4;

const IPV4: readonly FieldSpecification[] = [
  field("version", 0, 1, ipv4.version),
  field("headerLength", 0, 1, ipv4.headerLength, String, isVersion4),
  field("typeOfService", 1, 1, ipv4.typeOfService, hex2),
  field("dscp", 1, 1, ipv4.dscp),
  field("ecn", 1, 1, ipv4.ecn),
  field("totalLength", 2, 2, ipv4.totalLength),
  field("identification", 4, 2, ipv4.identification, hex4),
  field("reservedFlag", 6, 1, ipv4.reservedFlag),
  field("dontFragment", 6, 1, ipv4.dontFragment),
  field("moreFragments", 6, 1, ipv4.moreFragments),
  field("fragmentOffset", 6, 2, ipv4.fragmentOffset),
  field("timeToLive", 8, 1, ipv4.timeToLive),
  field("protocol", 9, 1, ipv4.protocol, ipProtocolText),
  field("headerChecksum", 10, 2, ipv4.headerChecksum, hex4),
  field("checksumVerdict", 10, 2, verdict),
  field("source", 12, 4, ipv4.source, formatIpv4),
  field("destination", 16, 4, ipv4.destination, formatIpv4),
];

/** Whether an ICMP message is one of these types. */
const isType =
  (...types: readonly number[]): Getter<boolean> =>
  (view, offset) =>
    types.includes(icmpv4.type(view, offset));
const isUnreachable = isType(IcmpType.DESTINATION_UNREACHABLE);
const isMtu: Getter<boolean> = (view, offset) =>
  isUnreachable(view, offset) && icmpv4.code(view, offset) === UnreachableCode.FRAGMENTATION_NEEDED;
const isTimestamp = isType(IcmpType.TIMESTAMP, IcmpType.TIMESTAMP_REPLY);
const isMask = isType(IcmpType.ADDRESS_MASK_REQUEST, IcmpType.ADDRESS_MASK_REPLY);
const isIdentified: Getter<boolean> = (view, offset) => hasIdentifier(icmpv4.type(view, offset));
const wordAt =
  (at: number): Getter<number> =>
  (view, offset) =>
    view.getUint32(offset + at);

const ICMPV4: readonly FieldSpecification[] = [
  field("type", 0, 1, icmpv4.type, namedBy(IcmpType)),
  field("code", 1, 1, icmpv4.code, namedBy(UnreachableCode), isUnreachable),
  field("code", 1, 1, icmpv4.code, String, not(isUnreachable)),
  field("messageChecksum", 2, 2, icmpv4.messageChecksum, hex4),
  field("checksumVerdict", 2, 2, verdict),
  field("restOfHeader", 4, 4, icmpv4.restOfHeader, hexadecimal(8)),
  field("identifier", 4, 2, icmpv4.identifier, String, isIdentified),
  field("sequence", 6, 2, icmpv4.sequence, String, isIdentified),
  field("nextHopMtu", 6, 2, icmpv4.nextHopMtu, String, isMtu),
  field("gateway", 4, 4, icmpv4.gateway, formatIpv4, isType(IcmpType.REDIRECT)),
  field("pointer", 4, 1, icmpv4.pointer, String, isType(IcmpType.PARAMETER_PROBLEM)),
  field("originateTimestamp", 8, 4, wordAt(8), String, isTimestamp),
  field("receiveTimestamp", 12, 4, wordAt(12), String, isTimestamp),
  field("transmitTimestamp", 16, 4, wordAt(16), String, isTimestamp),
  field("addressMask", 8, 4, wordAt(8), formatIpv4, isMask),
];

const UDP: readonly FieldSpecification[] = [
  field("sourcePort", 0, 2, udp.sourcePort),
  field("destinationPort", 2, 2, udp.destinationPort),
  field("datagramLength", 4, 2, udp.datagramLength),
  field("datagramChecksum", 6, 2, udp.datagramChecksum, hex4),
  field("checksumVerdict", 6, 2, verdict),
];

const TCP: readonly FieldSpecification[] = [
  field("sourcePort", 0, 2, tcp.sourcePort),
  field("destinationPort", 2, 2, tcp.destinationPort),
  field("sequenceNumber", 4, 4, tcp.sequenceNumber),
  field("acknowledgmentNumber", 8, 4, tcp.acknowledgmentNumber),
  field("headerLength", 12, 1, tcp.headerLength),
  field("reserved", 12, 1, tcp.reserved),
  field("flags", 13, 1, tcp.flags, (flags) => `${hex2(flags)} [${tcp.flagsText(flags)}]`),
  field("window", 14, 2, tcp.window),
  field("segmentChecksum", 16, 2, tcp.segmentChecksum, hex4),
  field("checksumVerdict", 16, 2, verdict),
  field("urgentPointer", 18, 2, tcp.urgentPointer),
];

const SCTP: readonly FieldSpecification[] = [
  field("sourcePort", 0, 2, sctp.sourcePort),
  field("destinationPort", 2, 2, sctp.destinationPort),
  field("verificationTag", 4, 4, sctp.verificationTag, hexadecimal(8)),
  field("packetChecksum", 8, 4, sctp.packetChecksum, hexadecimal(8)),
  field("checksumVerdict", 8, 4, verdict),
];

const policy =
  <Key extends keyof vxlan.GroupPolicy>(key: Key): Getter<Required<vxlan.GroupPolicy>[Key]> =>
  (view, offset) =>
    vxlan.groupPolicy(view, offset)[key];

const VXLAN: readonly FieldSpecification[] = [
  field("flags", 0, 1, vxlan.flags, hex2),
  field("reserved1", 1, 3, vxlan.reserved1, hexadecimal(6)),
  field("dontLearn", 1, 1, policy("dontLearn"), String, vxlan.hasGroupPolicy),
  field("isPolicyApplied", 1, 1, policy("isApplied"), String, vxlan.hasGroupPolicy),
  field("groupPolicyId", 2, 2, policy("id"), String, vxlan.hasGroupPolicy),
  field("vni", 4, 3, vxlan.vni),
  field("reserved2", 7, 1, vxlan.reserved2, hex2),
];

const LOOPBACK: readonly FieldSpecification[] = [field("addressFamily", 0, 4, addressFamily)];

const unsigned16 =
  (at: number): Getter<number> =>
  (view, offset) =>
    view.getUint16(offset + at);
const unsigned8 =
  (at: number): Getter<number> =>
  (view, offset) =>
    view.getUint8(offset + at);

const LINUX_SLL: readonly FieldSpecification[] = [
  field("packetType", 0, 2, unsigned16(0), namedBy(PacketType)),
  field("hardwareType", 2, 2, unsigned16(2)),
  field("addressLength", 4, 2, unsigned16(4)),
  field(
    "address",
    6,
    6,
    (view, offset) => readMac(view, offset + 6),
    formatMac,
    (view, offset) => unsigned16(4)(view, offset) === 6,
  ),
  field("protocol", 14, 2, unsigned16(14), etherTypeText),
];

const LINUX_SLL2: readonly FieldSpecification[] = [
  field("protocol", 0, 2, unsigned16(0), etherTypeText),
  field("interfaceIndex", 4, 4, (view, offset) => view.getUint32(offset + 4)),
  field("hardwareType", 8, 2, unsigned16(8)),
  field("packetType", 10, 1, unsigned8(10), namedBy(PacketType)),
  field("addressLength", 11, 1, unsigned8(11)),
  field(
    "address",
    12,
    6,
    (view, offset) => readMac(view, offset + 12),
    formatMac,
    (view, offset) => unsigned8(11)(view, offset) === 6,
  ),
];

/** By LayerKind; kinds that are missing have their bytes alone. */
export const HEADER_FIELDS: Readonly<Record<number, readonly FieldSpecification[]>> = {
  [LayerKind.ETHERNET]: ETHERNET,
  [LayerKind.VLAN]: VLAN,
  [LayerKind.LLC]: LLC,
  [LayerKind.ARP]: ARP,
  [LayerKind.IPV4]: IPV4,
  [LayerKind.ICMPV4]: ICMPV4,
  [LayerKind.UDP]: UDP,
  [LayerKind.TCP]: TCP,
  [LayerKind.VXLAN]: VXLAN,
  [LayerKind.LOOPBACK]: LOOPBACK,
  [LayerKind.LINUX_SLL]: LINUX_SLL,
  [LayerKind.LINUX_SLL2]: LINUX_SLL2,
  [LayerKind.SCTP]: SCTP,
};
