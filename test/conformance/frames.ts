/** Frames as the conformance tests give them in and read them out again: addresses as text, bytes by the codecs. */
import {
  arp,
  EtherType,
  ethernet,
  formatIpv4,
  icmpv4,
  ipv4,
  parseIpv4,
  Protocol,
  udp,
  vxlan,
} from "../../src/wire/index.ts";

/** An EtherType that no protocol here takes (IEEE 802 local experimental 1). */
export const EXPERIMENTAL = 0x88b5;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** `length` bytes that count up: what carries them can be told from what lost or moved some. */
export function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index & 0xff);
}

export function frame(
  destination: number,
  source: number,
  etherType: number = EXPERIMENTAL,
  payload: Uint8Array = counting(46),
): Uint8Array {
  const header = new Uint8Array(ethernet.HEADER_LENGTH);
  ethernet.write(viewOf(header), 0, { destination, source, etherType });
  return concatenate(header, payload);
}

/** The payload of a frame without tags. */
export function payloadOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(ethernet.HEADER_LENGTH);
}

export function isType(etherType: number): (bytes: Uint8Array) => boolean {
  return (bytes) => ethernet.etherType(viewOf(bytes), 0) === etherType;
}

export interface PacketFields extends Omit<Partial<ipv4.Ipv4Fields>, "source" | "destination" | "totalLength"> {
  readonly source: string;
  readonly destination: string;
  readonly payload?: Uint8Array;
}

/** An IPv4 packet; protocol 253 (RFC 3692) and 26 bytes of payload when nothing else is asked for. */
export function packet(fields: PacketFields): Uint8Array {
  const { source, destination, payload = counting(26), options, ...others } = fields;
  const header = new Uint8Array(ipv4.HEADER_LENGTH + (options?.length ?? 0));
  ipv4.write(viewOf(header), 0, {
    protocol: 253,
    ...others,
    ...(options !== undefined && { options }),
    totalLength: header.length + payload.length,
    source: parseIpv4(source),
    destination: parseIpv4(destination),
  });
  return concatenate(header, payload);
}

/** An ICMP message with its checksum. */
export function icmp(type: number, code = 0, rest = 0, content: Uint8Array = counting(24)): Uint8Array {
  const message = concatenate(new Uint8Array(icmpv4.HEADER_LENGTH), content);
  const view = viewOf(message);
  icmpv4.write(view, 0, { type, code });
  view.setUint32(4, rest);
  icmpv4.updateChecksum(view, 0, message.length);
  return message;
}

/** A UDP datagram in an IPv4 packet, with its checksum. */
export function udpPacket(fields: PacketFields, sourcePort: number, destinationPort: number): Uint8Array {
  const { payload = counting(18) } = fields;
  const header = new Uint8Array(udp.HEADER_LENGTH);
  udp.write(viewOf(header), 0, { sourcePort, destinationPort, datagramLength: header.length + payload.length });
  const whole = packet({ ...fields, protocol: Protocol.UDP, payload: concatenate(header, payload) });
  udp.updateChecksum(viewOf(whole), 0, ipv4.headerLength(viewOf(whole), 0));
  return whole;
}

/** An IPv4 packet that a test has bent out of shape, made sound again but for what it bent. */
export function withHeaderChecksum(bytes: Uint8Array): Uint8Array {
  ipv4.updateHeaderChecksum(viewOf(bytes), 0);
  return bytes;
}

export interface ReadPacket {
  readonly source: string;
  readonly destination: string;
  readonly timeToLive: number;
  readonly typeOfService: number;
  readonly totalLength: number;
  readonly headerLength: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  readonly fragmentOffset: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** Reads an IPv4 packet. @throws Error when its header would not pass a receiver. */
export function readPacket(bytes: Uint8Array): ReadPacket {
  const view = viewOf(bytes);
  if (ipv4.check(view, 0, bytes.length) !== 0) throw new Error("expected a sound IPv4 packet");
  const headerLength = ipv4.headerLength(view, 0);
  const totalLength = ipv4.totalLength(view, 0);
  return {
    source: formatIpv4(ipv4.source(view, 0)),
    destination: formatIpv4(ipv4.destination(view, 0)),
    timeToLive: ipv4.timeToLive(view, 0),
    typeOfService: ipv4.typeOfService(view, 0),
    totalLength,
    headerLength,
    identification: ipv4.identification(view, 0),
    dontFragment: ipv4.dontFragment(view, 0),
    moreFragments: ipv4.moreFragments(view, 0),
    fragmentOffset: ipv4.fragmentOffset(view, 0),
    protocol: ipv4.protocol(view, 0),
    payload: bytes.subarray(headerLength, totalLength),
  };
}

export interface ReadIcmp extends ReadPacket {
  readonly type: number;
  readonly code: number;
  readonly nextHopMtu: number;
  /** What stands behind the ICMP header: of an error, the quoted packet. */
  readonly content: Uint8Array;
}

/** Reads an IPv4 packet that carries ICMP. @throws Error when header or checksum is wrong. */
export function readIcmp(bytes: Uint8Array): ReadIcmp {
  const outer = readPacket(bytes);
  const view = viewOf(outer.payload);
  if (outer.protocol !== Protocol.ICMP || !icmpv4.verifyChecksum(view, 0, outer.payload.length))
    throw new Error("expected a sound ICMP message");
  return {
    ...outer,
    type: icmpv4.type(view, 0),
    code: icmpv4.code(view, 0),
    nextHopMtu: icmpv4.nextHopMtu(view, 0),
    content: outer.payload.subarray(icmpv4.HEADER_LENGTH),
  };
}

export interface ArpMessage {
  readonly operation: number;
  readonly senderHardware: number;
  readonly senderProtocol: string;
  readonly targetHardware?: number;
  readonly targetProtocol: string;
}

/** An ARP packet in a frame from the sender's hardware address. */
export function arpFrame(destination: number, message: ArpMessage): Uint8Array {
  const body = new Uint8Array(arp.LENGTH);
  arp.write(viewOf(body), 0, {
    ...message,
    senderProtocol: parseIpv4(message.senderProtocol),
    targetProtocol: parseIpv4(message.targetProtocol),
  });
  return frame(destination, message.senderHardware, EtherType.ARP, body);
}

/** Reads the ARP packet of a frame. */
export function readArp(bytes: Uint8Array): Required<ArpMessage> & { readonly destination: number } {
  const view = viewOf(bytes);
  const offset = ethernet.HEADER_LENGTH;
  return {
    destination: ethernet.destination(view, 0),
    operation: arp.operation(view, offset),
    senderHardware: arp.senderHardware(view, offset),
    senderProtocol: formatIpv4(arp.senderProtocol(view, offset)),
    targetHardware: arp.targetHardware(view, offset),
    targetProtocol: formatIpv4(arp.targetProtocol(view, offset)),
  };
}

export interface VxlanFields extends Omit<PacketFields, "payload"> {
  readonly vni: number;
  readonly inner: Uint8Array;
  readonly sourcePort?: number;
  readonly port?: number;
  /** Called with the eight header bytes before the datagram is closed. */
  readonly bend?: (header: Uint8Array) => void;
}

/** A VXLAN packet as a VTEP sends it: outer IPv4, UDP without checksum, VXLAN, the inner frame. */
export function vxlanPacket(fields: VxlanFields): Uint8Array {
  const { vni, inner, sourcePort = 49_152, port = vxlan.PORT, bend, ...outer } = fields;
  const header = new Uint8Array(vxlan.HEADER_LENGTH);
  vxlan.write(viewOf(header), 0, { vni });
  bend?.(header);
  const datagram = udpPacket({ ...outer, payload: concatenate(header, inner) }, sourcePort, port);
  udp.setDatagramChecksum(viewOf(datagram), ipv4.headerLength(viewOf(datagram), 0), 0);
  return datagram;
}

export interface ReadVxlan extends ReadPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly datagramLength: number;
  readonly datagramChecksum: number;
  readonly vni: number;
  /** The eight bytes of the VXLAN header. */
  readonly header: Uint8Array;
  readonly inner: Uint8Array;
}

/** Takes a VXLAN packet apart. @throws Error when its outer IPv4 header is wrong. */
export function readVxlan(bytes: Uint8Array): ReadVxlan {
  const outer = readPacket(bytes);
  const view = viewOf(outer.payload);
  return {
    ...outer,
    sourcePort: udp.sourcePort(view, 0),
    destinationPort: udp.destinationPort(view, 0),
    datagramLength: udp.datagramLength(view, 0),
    datagramChecksum: udp.datagramChecksum(view, 0),
    vni: vxlan.vni(view, udp.HEADER_LENGTH),
    header: outer.payload.subarray(udp.HEADER_LENGTH, udp.HEADER_LENGTH + vxlan.HEADER_LENGTH),
    inner: outer.payload.subarray(udp.HEADER_LENGTH + vxlan.HEADER_LENGTH),
  };
}
