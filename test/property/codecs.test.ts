import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arp, DropReason, ethernet, icmpv4, ipv4, llc, tcp, udp, vlan, vxlan } from "../../src/wire/index.ts";

type Getter = (view: DataView, offset: number) => number | boolean;
type Setter = (view: DataView, offset: number, value: never) => void;
type Field = [name: string, get: Getter, set: Setter, values: fc.Arbitrary<unknown>];

const bits = (count: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** count - 1 });
const mac = fc.maxSafeNat().map((number) => number % 2 ** 48);
const address = bits(32);
const optionBytes = fc.nat(10).chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words }));

/** Every field with a getter and a setter. Those of one list do not overlap. */
const FIELDS: Record<string, Field[]> = {
  ethernet: [
    ["destination", ethernet.destination, ethernet.setDestination, mac],
    ["source", ethernet.source, ethernet.setSource, mac],
    ["etherType", ethernet.etherType, ethernet.setEtherType, bits(16)],
  ],
  vlan: [
    ["tagProtocol", vlan.tagProtocol, vlan.setTagProtocol, bits(16)],
    ["priority", vlan.priority, vlan.setPriority, bits(3)],
    ["dropEligible", vlan.dropEligible, vlan.setDropEligible, fc.boolean()],
    ["vlanId", vlan.vlanId, vlan.setVlanId, bits(12)],
  ],
  arp: [
    ["operation", arp.operation, arp.setOperation, bits(16)],
    ["senderHardware", arp.senderHardware, arp.setSenderHardware, mac],
    ["senderProtocol", arp.senderProtocol, arp.setSenderProtocol, address],
    ["targetHardware", arp.targetHardware, arp.setTargetHardware, mac],
    ["targetProtocol", arp.targetProtocol, arp.setTargetProtocol, address],
  ],
  ipv4: [
    ["headerLength", ipv4.headerLength, ipv4.setHeaderLength, bits(4).map((words) => 4 * words)],
    ["dscp", ipv4.dscp, ipv4.setDscp, bits(6)],
    ["ecn", ipv4.ecn, ipv4.setEcn, bits(2)],
    ["totalLength", ipv4.totalLength, ipv4.setTotalLength, bits(16)],
    ["identification", ipv4.identification, ipv4.setIdentification, bits(16)],
    ["flags", ipv4.flags, ipv4.setFlags, bits(3)],
    ["fragmentOffset", ipv4.fragmentOffset, ipv4.setFragmentOffset, bits(13).map((units) => 8 * units)],
    ["timeToLive", ipv4.timeToLive, ipv4.setTimeToLive, bits(8)],
    ["protocol", ipv4.protocol, ipv4.setProtocol, bits(8)],
    ["headerChecksum", ipv4.headerChecksum, ipv4.setHeaderChecksum, bits(16)],
    ["source", ipv4.source, ipv4.setSource, address],
    ["destination", ipv4.destination, ipv4.setDestination, address],
  ],
  "ipv4, type of service": [["typeOfService", ipv4.typeOfService, ipv4.setTypeOfService, bits(8)]],
  "icmpv4, echo": [
    ["type", icmpv4.type, icmpv4.setType, bits(8)],
    ["code", icmpv4.code, icmpv4.setCode, bits(8)],
    ["messageChecksum", icmpv4.messageChecksum, icmpv4.setMessageChecksum, bits(16)],
    ["identifier", icmpv4.identifier, icmpv4.setIdentifier, bits(16)],
    ["sequence", icmpv4.sequence, icmpv4.setSequence, bits(16)],
  ],
  "icmpv4, fragmentation needed": [["nextHopMtu", icmpv4.nextHopMtu, icmpv4.setNextHopMtu, bits(16)]],
  "icmpv4, redirect": [["gateway", icmpv4.gateway, icmpv4.setGateway, address]],
  "icmpv4, parameter problem": [["pointer", icmpv4.pointer, icmpv4.setPointer, bits(8)]],
  udp: [
    ["sourcePort", udp.sourcePort, udp.setSourcePort, bits(16)],
    ["destinationPort", udp.destinationPort, udp.setDestinationPort, bits(16)],
    ["datagramLength", udp.datagramLength, udp.setDatagramLength, bits(16)],
    ["datagramChecksum", udp.datagramChecksum, udp.setDatagramChecksum, bits(16)],
  ],
  tcp: [
    ["sourcePort", tcp.sourcePort, tcp.setSourcePort, bits(16)],
    ["destinationPort", tcp.destinationPort, tcp.setDestinationPort, bits(16)],
    ["sequenceNumber", tcp.sequenceNumber, tcp.setSequenceNumber, bits(32)],
    ["acknowledgmentNumber", tcp.acknowledgmentNumber, tcp.setAcknowledgmentNumber, bits(32)],
    ["headerLength", tcp.headerLength, tcp.setHeaderLength, bits(4).map((words) => 4 * words)],
    ["reserved", tcp.reserved, tcp.setReserved, bits(4)],
    ["flags", tcp.flags, tcp.setFlags, bits(8)],
    ["window", tcp.window, tcp.setWindow, bits(16)],
    ["segmentChecksum", tcp.segmentChecksum, tcp.setSegmentChecksum, bits(16)],
    ["urgentPointer", tcp.urgentPointer, tcp.setUrgentPointer, bits(16)],
  ],
  vxlan: [
    ["flags", vxlan.flags, vxlan.setFlags, bits(8)],
    ["reserved1", vxlan.reserved1, vxlan.setReserved1, bits(24)],
    ["vni", vxlan.vni, vxlan.setVni, bits(24)],
    ["reserved2", vxlan.reserved2, vxlan.setReserved2, bits(8)],
  ],
};

/** A codec's `write`, what it takes, and how each field is read back. */
interface Codec<Fields> {
  readonly write: (view: DataView, offset: number, fields: Fields) => number;
  readonly fields: fc.Arbitrary<Fields>;
  readonly getters: Record<string, (view: DataView, offset: number) => unknown>;
}

function codec<Fields>(
  write: (view: DataView, offset: number, fields: Fields) => number,
  arbitraries: { [Name in keyof Fields]-?: fc.Arbitrary<NonNullable<Fields[Name]>> },
  getters: { [Name in keyof Fields]-?: (view: DataView, offset: number) => unknown },
): Codec<Fields> {
  return { write, fields: fc.record(arbitraries) as unknown as fc.Arbitrary<Fields>, getters };
}

function bytesBehind(headerLength: (view: DataView, offset: number) => number) {
  return (view: DataView, offset: number): Uint8Array =>
    new Uint8Array(view.buffer, offset + 20, headerLength(view, offset) - 20);
}

const CODECS = {
  ethernet: codec(ethernet.write, { destination: mac, source: mac, etherType: bits(16) }, ethernet),
  vlan: codec(
    vlan.write,
    { tagProtocol: bits(16), priority: bits(3), dropEligible: fc.boolean(), vlanId: bits(12) },
    vlan,
  ),
  arp: codec(
    arp.write,
    { operation: bits(16), senderHardware: mac, senderProtocol: address, targetHardware: mac, targetProtocol: address },
    arp,
  ),
  ipv4: codec(
    ipv4.write,
    {
      typeOfService: bits(8),
      totalLength: bits(16),
      identification: bits(16),
      reservedFlag: fc.boolean(),
      dontFragment: fc.boolean(),
      moreFragments: fc.boolean(),
      fragmentOffset: bits(13).map((units) => 8 * units),
      timeToLive: bits(8),
      protocol: bits(8),
      source: address,
      destination: address,
      options: optionBytes,
    },
    { ...ipv4, options: bytesBehind(ipv4.headerLength) },
  ),
  "icmpv4, echo": codec<Pick<icmpv4.IcmpFields, "type" | "code" | "identifier" | "sequence">>(
    icmpv4.write,
    { type: bits(8), code: bits(8), identifier: bits(16), sequence: bits(16) },
    icmpv4,
  ),
  "icmpv4, fragmentation needed": codec<Pick<icmpv4.IcmpFields, "type" | "code" | "nextHopMtu">>(
    icmpv4.write,
    { type: bits(8), code: bits(8), nextHopMtu: bits(16) },
    icmpv4,
  ),
  "icmpv4, redirect": codec<Pick<icmpv4.IcmpFields, "type" | "gateway">>(
    icmpv4.write,
    { type: bits(8), gateway: address },
    icmpv4,
  ),
  "icmpv4, parameter problem": codec<Pick<icmpv4.IcmpFields, "type" | "pointer">>(
    icmpv4.write,
    { type: bits(8), pointer: bits(8) },
    icmpv4,
  ),
  "icmpv4, any": codec<Pick<icmpv4.IcmpFields, "type" | "restOfHeader">>(
    icmpv4.write,
    { type: bits(8), restOfHeader: bits(32) },
    icmpv4,
  ),
  llc: codec<Omit<llc.LlcFields, "organisation" | "protocol">>(
    llc.write,
    {
      destination: bits(8),
      source: bits(8),
      control: bits(16).map((value) => ((value & 3) === 3 ? value & 0xff : value)),
    },
    llc,
  ),
  "llc, snap": codec<llc.LlcFields>(
    llc.write,
    {
      destination: fc.constant(0xaa),
      source: fc.constant(0xaa),
      control: fc.constant(3),
      organisation: bits(24),
      protocol: bits(16),
    },
    llc,
  ),
  udp: codec(udp.write, { sourcePort: bits(16), destinationPort: bits(16), datagramLength: bits(16) }, udp),
  tcp: codec(
    tcp.write,
    {
      sourcePort: bits(16),
      destinationPort: bits(16),
      sequenceNumber: bits(32),
      acknowledgmentNumber: bits(32),
      reserved: bits(4),
      flags: bits(8),
      window: bits(16),
      urgentPointer: bits(16),
      options: optionBytes,
    },
    { ...tcp, options: bytesBehind(tcp.headerLength) },
  ),
  vxlan: codec(vxlan.write, { vni: bits(24), flags: bits(8), reserved1: bits(24), reserved2: bits(8) }, vxlan),
};

describe.each(Object.entries(FIELDS))("setters of %s", (_codec, fields) => {
  it("set what the getter reads, change no other field, and write no byte outside the header", () => {
    const change = fc.nat(fields.length - 1).chain((index) => fc.tuple(fc.constant(index), fields[index]![3]));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 44, maxLength: 44 }), change, (bytes, [index, value]) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const before = Uint8Array.from(bytes);
        const expected = fields.map(([, get]) => get(view, 8));
        expected[index] = value as number | boolean;
        fields[index]![2](view, 8, value as never);
        expect(fields.map(([, get]) => get(view, 8))).toEqual(expected);
        expect(bytes.subarray(0, 8)).toEqual(before.subarray(0, 8));
        expect(bytes.subarray(36)).toEqual(before.subarray(36));
      }),
    );
  });
});

describe.each(Object.entries(CODECS))("write of %s", (_codec, { write, fields, getters }) => {
  it("is read back field by field, over any bytes, and writes as many as it says", () => {
    const background = fc.uint8Array({ minLength: 80, maxLength: 80 });
    fc.assert(
      fc.property(background, fields as fc.Arbitrary<object>, (bytes, values) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const before = Uint8Array.from(bytes);
        const length = write(view, 9, values as never);
        for (const [name, value] of Object.entries(values)) expect(getters[name]!(view, 9), name).toEqual(value);
        expect(bytes.subarray(0, 9)).toEqual(before.subarray(0, 9));
        expect(bytes.subarray(9 + length)).toEqual(before.subarray(9 + length));
      }),
    );
  });
});

describe("ipv4", () => {
  it("write gives a header that check takes, and decrementTimeToLive keeps it so", () => {
    fc.assert(
      fc.property(CODECS.ipv4.fields, (fields) => {
        const totalLength = 20 + fields.options!.length;
        const view = new DataView(new ArrayBuffer(60));
        ipv4.write(view, 0, { ...fields, totalLength, timeToLive: fields.timeToLive! || 1 });
        expect(ipv4.check(view, 0, totalLength)).toBe(DropReason.NONE);
        ipv4.decrementTimeToLive(view, 0);
        expect(ipv4.check(view, 0, totalLength)).toBe(DropReason.NONE);
        expect(ipv4.headerChecksum(view, 0)).toBe(ipv4.computeHeaderChecksum(view, 0));
      }),
    );
  });
});

describe("transport checksums", () => {
  it("are right after an update, and udp's is never 0 (RFC 768)", () => {
    const anyPayload = fc.uint8Array({ minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(address, address, anyPayload, (source, destination, payload) => {
        const bytes = Uint8Array.from([...new Uint8Array(20), ...payload]);
        const view = new DataView(bytes.buffer);
        ipv4.write(view, 0, { totalLength: bytes.length, protocol: ipv4.Protocol.UDP, source, destination });
        udp.setDatagramLength(view, 20, payload.length);
        udp.updateChecksum(view, 0, 20);
        expect(udp.verifyChecksum(view, 0, 20)).toBe(true);
        expect(udp.datagramChecksum(view, 20)).not.toBe(0);
        tcp.updateChecksum(view, 0, 20, bytes.length);
        expect(tcp.verifyChecksum(view, 0, 20, bytes.length)).toBe(true);
        icmpv4.updateChecksum(view, 20, bytes.length);
        expect(icmpv4.verifyChecksum(view, 20, bytes.length)).toBe(true);
      }),
    );
  });
});
