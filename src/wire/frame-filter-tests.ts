/**
 * What a filter's primitives ask of a frame, as closures.
 *
 * A test answers YES, NO, or CUT when the frame ends before a byte that it needs: then the whole filter selects
 * nothing, as in the BPF programs that tcpdump makes. What is read, and in which order, is what those read: an
 * EtherType, addresses at their places, ports behind the IPv4 header's length; no length or checksum is verified.
 */

import { EtherType } from "./ethernet.ts";
import { Protocol } from "./ipv4-header.ts";
import { HEADER_LENGTH as VXLAN_HEADER_LENGTH } from "./vxlan.ts";

export const NO = 0;
export const YES = 1;
/** The frame ends before what was asked for. */
export const CUT = -1;
export type Verdict = typeof NO | typeof YES | typeof CUT;

/** Asks something of the frame in `offset..end`. */
export type FrameTest = (view: DataView, offset: number, end: number) => Verdict;

/** Which of two fields is meant. */
export type Direction = "source" | "destination" | "either" | "both";

/** Where a primitive looks: set by the `vlan` and `vxlan` to its left. */
export interface Place {
  /** For each `vxlan`, outermost first: the bytes of VLAN tags in the frame around it. */
  readonly tunnels: readonly number[];
  /** Bytes of VLAN tags in the frame itself. */
  readonly tags: number;
  /** UDP destination ports that carry VXLAN. */
  readonly vxlanPorts: readonly number[];
}

const { ARP, IPV4, IPV6, VLAN, SERVICE_VLAN } = EtherType;
const RARP = 0x8035;
/** Stacked tags before IEEE 802.1ad; libpcap's `vlan` knows it too. */
const OLD_SERVICE_VLAN = 0x9100;

const { TCP, UDP, SCTP } = Protocol;
const IPV6_FRAGMENT = 44;

// Positions from the frame, or from the network header.
const ETHERNET_DESTINATION = 0;
const ETHERNET_SOURCE = 6;
const ETHERNET_TYPE = 12;
const IPV4_FRAGMENT = 6;
const IPV4_PROTOCOL = 9;
const IPV4_SOURCE = 12;
const IPV4_DESTINATION = 16;
const IPV6_NEXT_HEADER = 6;
const IPV6_HEADER_LENGTH = 40;
const ARP_SENDER = 14;
const ARP_TARGET = 24;
const UDP_HEADER_LENGTH = 8;
/** The VNI and the eight reserved bits below it, with which the VXLAN header ends. */
const VNI_LENGTH = 4;

const FRAGMENT_OFFSET_MASK = 0x1fff;
const VLAN_ID_MASK = 0x0fff;
const VNI_IS_VALID = 0x08;

/** In place of a position: what was looked for is not there. */
const ABSENT = -2;

export function everything(): Verdict {
  return YES;
}

export function etherTypeIs(place: Place, etherType: number): FrameTest {
  const typeAt = ETHERNET_TYPE + place.tags;
  return within(place, (view, offset, end) => {
    const type = word16(view, offset + typeAt, end);
    return type === CUT ? CUT : type === etherType ? YES : NO;
  });
}

/** `icmp` is a protocol of IPv4 alone; for others, `isIpv6Too`, also behind one IPv6 fragment header. */
export function protocolIs(place: Place, protocol: number, isIpv6Too: boolean): FrameTest {
  const typeAt = ETHERNET_TYPE + place.tags;
  return within(place, (view, offset, end) => {
    const type = word16(view, offset + typeAt, end);
    const network = offset + typeAt + 2;
    if (type === CUT) return CUT;
    if (type === IPV4) return byteIs(view, network + IPV4_PROTOCOL, end, protocol);
    if (type !== IPV6 || !isIpv6Too) return NO;
    const next = byte(view, network + IPV6_NEXT_HEADER, end);
    if (next !== IPV6_FRAGMENT) return next === CUT ? CUT : next === protocol ? YES : NO;
    return byteIs(view, network + IPV6_HEADER_LENGTH, end, protocol);
  });
}

/** IPv4 addresses of IPv4 packets, and of ARP and RARP packets: those of one EtherType, or of all three for 0. */
export function addressIs(
  place: Place,
  etherType: number,
  direction: Direction,
  address: number,
  mask: number,
): FrameTest {
  const typeAt = ETHERNET_TYPE + place.tags;
  const expected = address & mask;
  const compare: FieldTest = (view, at, end) => {
    // Of any address nothing need be there: so tcpdump has it, unless told not to optimize.
    if (mask === 0) return YES;
    if (at + 4 > end) return CUT;
    return (view.getInt32(at) & mask) === expected ? YES : NO;
  };
  return within(place, (view, offset, end) => {
    const type = word16(view, offset + typeAt, end);
    if (type === CUT) return CUT;
    if (etherType !== 0 && type !== etherType) return NO;
    const network = offset + typeAt + 2;
    if (type === IPV4) return choose(compare, direction, view, network + IPV4_SOURCE, network + IPV4_DESTINATION, end);
    if (type === ARP || type === RARP)
      return choose(compare, direction, view, network + ARP_SENDER, network + ARP_TARGET, end);
    return NO;
  });
}

/** `mac`: a 48-bit number. */
export function macIs(place: Place, direction: Direction, mac: number): FrameTest {
  const high = Math.floor(mac / 2 ** 32);
  const low = mac >>> 0;
  const compare: FieldTest = (view, at, end) => {
    if (at + 6 > end) return CUT;
    return view.getUint32(at + 2) === low && view.getUint16(at) === high ? YES : NO;
  };
  return within(place, (view, offset, end) =>
    choose(compare, direction, view, offset + ETHERNET_SOURCE, offset + ETHERNET_DESTINATION, end),
  );
}

/** Ports from `first` to `last` of TCP, UDP or, for 0, either and SCTP; of no fragment but the first. */
export function portIs(place: Place, protocol: number, direction: Direction, first: number, last: number): FrameTest {
  const typeAt = ETHERNET_TYPE + place.tags;
  const compare: FieldTest = (view, at, end) => {
    const port = word16(view, at, end);
    return port === CUT ? CUT : port >= first && port <= last ? YES : NO;
  };
  return within(place, (view, offset, end) => {
    const ports = transport(view, offset + typeAt, end, protocol);
    return ports < 0 ? (ports === CUT ? CUT : NO) : choose(compare, direction, view, ports, ports + 2, end);
  });
}

/** `vlanId`: -1 for any. */
export function hasTag(place: Place, vlanId: number): FrameTest {
  const typeAt = ETHERNET_TYPE + place.tags;
  return within(place, (view, offset, end) => {
    const type = word16(view, offset + typeAt, end);
    if (type === CUT) return CUT;
    if (type !== VLAN && type !== SERVICE_VLAN && type !== OLD_SERVICE_VLAN) return NO;
    if (vlanId < 0) return YES;
    const control = word16(view, offset + typeAt + 2, end);
    return control === CUT ? CUT : (control & VLAN_ID_MASK) === vlanId ? YES : NO;
  });
}

/** `vni`: -1 for any. */
export function hasVxlan(place: Place, vni: number): FrameTest {
  return within(place, (view, offset, end) => {
    const inner = tunnelled(view, offset, end, place.tags, place.vxlanPorts);
    if (inner < 0) return inner === CUT ? CUT : NO;
    if (vni < 0) return YES;
    return inner > end ? CUT : view.getUint32(inner - VNI_LENGTH) >>> 8 === vni ? YES : NO;
  });
}

/** Asks the frame within the tunnels of `place`; where there is none, the answer is no. */
function within(place: Place, test: FrameTest): FrameTest {
  const { tunnels, vxlanPorts } = place;
  if (tunnels.length === 0) return test;
  return (view, offset, end) => {
    let frame = offset;
    for (const tags of tunnels) {
      frame = tunnelled(view, frame, end, tags, vxlanPorts);
      if (frame < 0) return frame === CUT ? CUT : NO;
    }
    return test(view, frame, end);
  };
}

/** The position of the frame in VXLAN in this frame, ABSENT or CUT. */
function tunnelled(view: DataView, offset: number, end: number, tags: number, ports: readonly number[]): number {
  const udp = transport(view, offset + ETHERNET_TYPE + tags, end, UDP);
  if (udp < 0) return udp;
  const port = word16(view, udp + 2, end);
  if (port === CUT) return CUT;
  if (!ports.includes(port)) return ABSENT;
  const flags = byte(view, udp + UDP_HEADER_LENGTH, end);
  if (flags === CUT) return CUT;
  return (flags & VNI_IS_VALID) === 0 ? ABSENT : udp + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH;
}

/** The position of the transport header of `protocol`, or of any that has ports for 0; ABSENT or CUT. */
function transport(view: DataView, typeAt: number, end: number, protocol: number): number {
  const type = word16(view, typeAt, end);
  const network = typeAt + 2;
  if (type === IPV4) {
    const found = byte(view, network + IPV4_PROTOCOL, end);
    if (!isWanted(found, protocol)) return found === CUT ? CUT : ABSENT;
    const fragment = word16(view, network + IPV4_FRAGMENT, end);
    if (fragment === CUT) return CUT;
    if ((fragment & FRAGMENT_OFFSET_MASK) !== 0) return ABSENT;
    return network + ((view.getUint8(network) & 0x0f) << 2);
  }
  if (type === IPV6) {
    const found = byte(view, network + IPV6_NEXT_HEADER, end);
    return isWanted(found, protocol) ? network + IPV6_HEADER_LENGTH : found === CUT ? CUT : ABSENT;
  }
  return type === CUT ? CUT : ABSENT;
}

function isWanted(found: number, protocol: number): boolean {
  return protocol === 0 ? found === TCP || found === UDP || found === SCTP : found === protocol;
}

type FieldTest = (view: DataView, at: number, end: number) => Verdict;

function choose(
  compare: FieldTest,
  direction: Direction,
  view: DataView,
  source: number,
  destination: number,
  end: number,
): Verdict {
  if (direction === "destination") return compare(view, destination, end);
  const first = compare(view, source, end);
  if (direction === "source" || first === CUT) return first;
  const isSettled = (first === YES) === (direction === "either");
  return isSettled ? first : compare(view, destination, end);
}

function word16(view: DataView, at: number, end: number): number {
  return at + 2 > end ? CUT : view.getUint16(at);
}

function byte(view: DataView, at: number, end: number): number {
  return at >= end ? CUT : view.getUint8(at);
}

function byteIs(view: DataView, at: number, end: number, expected: number): Verdict {
  const found = byte(view, at, end);
  return found === CUT ? CUT : found === expected ? YES : NO;
}
