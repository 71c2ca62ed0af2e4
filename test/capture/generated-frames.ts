/** Frames of every kind that the codecs write, drawn from a seed: the same on every machine. */

import fc from "fast-check";
import {
  arp,
  ArpOperation,
  ethernet,
  EtherType,
  icmpv4,
  IcmpType,
  ipv4,
  Protocol,
  tcp,
  udp,
  UnreachableCode,
  vlan,
  vxlan,
} from "../../src/wire/index.ts";

/** Ports that no tool takes for a protocol. */
const port = fc.integer({ min: 50_000, max: 59_999 });
const bits = (count: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** count - 1 });
const mac = fc.tuple(bits(16), bits(32)).map(([high, low]) => high * 2 ** 32 + low);
/** Nobody sends from a group's address (IEEE 802.3-2018 section 3.2.3). */
const sender = fc.tuple(bits(16), bits(32)).map(([high, low]) => (high & 0xfeff) * 2 ** 32 + low);
const payload = fc.uint8Array({ maxLength: 200 });

const ETHER_TYPE_LENGTH = 2;

/** Lists of TCP options that end at a multiple of four bytes. */
const TCP_OPTIONS = [
  [],
  [2, 4, 5, 0xb4],
  [1, 1, 4, 2],
  [2, 4, 5, 0xb4, 1, 3, 3, 7],
  [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
];

/** No options, no operation and the end of the list, and a record route. */
const IP_OPTIONS = [[], [1, 1, 1, 0], [7, 7, 4, 0, 0, 0, 0, 0]];

/** What `write` puts at the beginning of `length` bytes, and what follows it. */
function bytes(length: number, write: (view: DataView) => number, rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const whole = new Uint8Array(length + rest.length);
  const written = write(new DataView(whole.buffer));
  if (written !== length) throw new Error(`expected a header of ${length} bytes, found ${written}`);
  whole.set(rest, length);
  return whole;
}

/** A part of an IPv4 packet, and how its checksum is filled in once the header is before it. */
interface Transport {
  readonly protocol: number;
  readonly content: Uint8Array;
  readonly seal: (view: DataView, ipOffset: number, offset: number, end: number) => void;
}

const udpDatagram: fc.Arbitrary<Transport> = fc
  .tuple(port, port, payload, fc.boolean())
  .map(([sourcePort, destinationPort, data, hasChecksum]) => ({
    protocol: Protocol.UDP,
    content: bytes(
      udp.HEADER_LENGTH,
      (view) => udp.write(view, 0, { sourcePort, destinationPort, datagramLength: udp.HEADER_LENGTH + data.length }),
      data,
    ),
    seal: hasChecksum ? udp.updateChecksum : () => {},
  }));

const tcpSegment: fc.Arbitrary<Transport> = fc
  .record({
    sourcePort: port,
    destinationPort: port,
    sequenceNumber: bits(32),
    acknowledgmentNumber: bits(32),
    flags: bits(8),
    window: bits(16),
    urgentPointer: bits(16),
    options: fc.constantFrom(...TCP_OPTIONS).map((list) => Uint8Array.from(list)),
    data: payload,
  })
  .map(({ data, ...fields }) => ({
    protocol: Protocol.TCP,
    content: bytes(tcp.HEADER_LENGTH + fields.options.length, (view) => tcp.write(view, 0, fields), data),
    seal: tcp.updateChecksum,
  }));

const echo: fc.Arbitrary<Transport> = fc
  .record({
    type: fc.constantFrom(IcmpType.ECHO, IcmpType.ECHO_REPLY),
    identifier: bits(16),
    sequence: bits(16),
    data: payload,
  })
  .map(({ data, ...fields }) => icmpMessage(fields, data));

function icmpMessage(fields: icmpv4.IcmpFields, data: Uint8Array): Transport {
  return {
    protocol: Protocol.ICMP,
    content: bytes(icmpv4.HEADER_LENGTH, (view) => icmpv4.write(view, 0, fields), data),
    seal: (view, _ipOffset, offset, end) => icmpv4.updateChecksum(view, offset, end),
  };
}

function packetOf(transport: fc.Arbitrary<Transport>): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      transport,
      typeOfService: bits(8),
      identification: bits(16),
      dontFragment: fc.boolean(),
      timeToLive: fc.integer({ min: 1, max: 255 }),
      source: bits(32),
      destination: bits(32),
      options: fc.constantFrom(...IP_OPTIONS).map((list) => Uint8Array.from(list)),
    })
    .map(({ transport: { protocol, content, seal }, ...fields }) => {
      const headerLength = ipv4.HEADER_LENGTH + fields.options.length;
      const totalLength = headerLength + content.length;
      const packet = bytes(headerLength, (view) => ipv4.write(view, 0, { ...fields, protocol, totalLength }), content);
      seal(new DataView(packet.buffer), 0, headerLength, packet.length);
      return packet;
    });
}

/** Errors quote the whole packet: a tool that is given less guesses. */
const icmpError: fc.Arbitrary<Transport> = fc
  .tuple(
    packetOf(fc.oneof(udpDatagram, echo)),
    fc.constantFrom(UnreachableCode.HOST, UnreachableCode.PORT, UnreachableCode.FRAGMENTATION_NEEDED),
    bits(16),
  )
  .map(([quoted, code, mtu]) =>
    icmpMessage(
      {
        type: IcmpType.DESTINATION_UNREACHABLE,
        code,
        ...(code === UnreachableCode.FRAGMENTATION_NEEDED && { nextHopMtu: mtu }),
      },
      quoted,
    ),
  );

const arpPacket = fc
  .record({
    operation: fc.constantFrom(ArpOperation.REQUEST, ArpOperation.REPLY),
    senderHardware: sender,
    senderProtocol: bits(32),
    targetHardware: mac,
    targetProtocol: bits(32),
  })
  .map((fields) => bytes(arp.LENGTH, (view) => arp.write(view, 0, fields)));

const tag = fc.record({ priority: bits(3), dropEligible: fc.boolean(), vlanId: bits(12) });

/** No tag, a customer's, or one within a service provider's. */
const tags = fc.array(tag, { maxLength: 2 }).map((list) =>
  list.map((fields, index) => ({
    ...fields,
    tagProtocol: index < list.length - 1 ? EtherType.SERVICE_VLAN : EtherType.VLAN,
  })),
);

/** Tags stand where an untagged frame has its EtherType, and before that of what they carry. */
function frameOf(etherType: number, content: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(mac, sender, tags, content).map(([destination, source, list, rest]) => {
    const headerLength = ethernet.HEADER_LENGTH + vlan.TAG_LENGTH * list.length;
    const write = (view: DataView): number => {
      let offset = ethernet.write(view, 0, { destination, source, etherType }) - ETHER_TYPE_LENGTH;
      for (const fields of list) offset += vlan.write(view, offset, fields);
      view.setUint16(offset, etherType);
      return offset + ETHER_TYPE_LENGTH;
    };
    return bytes(headerLength, write, rest);
  });
}

const plainFrame = fc.oneof(
  frameOf(EtherType.ARP, arpPacket),
  ...[udpDatagram, tcpSegment, echo, icmpError].map((transport) => frameOf(EtherType.IPV4, packetOf(transport))),
);

const vxlanDatagram: fc.Arbitrary<Transport> = fc
  .tuple(port, bits(24), plainFrame, fc.boolean())
  .map(([sourcePort, vni, inner, hasChecksum]) => {
    const content = bytes(vxlan.HEADER_LENGTH, (view) => vxlan.write(view, 0, { vni }), inner);
    const fields = { sourcePort, destinationPort: vxlan.PORT, datagramLength: udp.HEADER_LENGTH + content.length };
    return {
      protocol: Protocol.UDP,
      content: bytes(udp.HEADER_LENGTH, (view) => udp.write(view, 0, fields), content),
      seal: hasChecksum ? udp.updateChecksum : () => {},
    };
  });

const anyFrame = fc.oneof(
  { weight: 5, arbitrary: plainFrame },
  { weight: 2, arbitrary: frameOf(EtherType.IPV4, packetOf(vxlanDatagram)) },
);

/** `count` frames, always the same. */
export function generateFrames(count: number): Uint8Array[] {
  return fc.sample(anyFrame, { seed: 20_260_101, numRuns: count });
}
