/** Packets for a node with IP-in-IP tunnels: from its pod 10.244.1.5 at cali0, and from the underlay at eth0. */
import { IcmpType, Protocol, UnreachableCode } from "../../src/wire/index.ts";
import {
  concatenate,
  counting,
  icmp,
  packet,
  type PacketFields,
  udpPacket,
  viewOf,
  withHeaderChecksum,
} from "./frames.ts";
import { cut, echoRequest, fragments } from "./fragments.ts";

export interface IpipProbe {
  readonly about: string;
  readonly device: "eth0" | "cali0";
  readonly packet: Uint8Array;
  readonly isBroadcast?: boolean;
}

/** From the pod to the node behind one of the tunnels, `length` bytes in all. */
function leaving(subnet: number, fields: Partial<PacketFields> = {}, length = 46): IpipProbe {
  const { typeOfService = 0, timeToLive = 64, dontFragment = false } = fields;
  const payload = counting(length - 28 - (fields.options?.length ?? 0));
  return {
    about: `out to subnet ${subnet}: ${length} bytes, TOS ${typeOfService}, TTL ${timeToLive}, DF ${dontFragment}`,
    device: "cali0",
    packet: udpPacket(
      { source: "10.244.1.5", destination: `10.244.${subnet}.8`, identification: 0x1234, ...fields, payload },
      4000,
      4001,
    ),
  };
}

const NO_OPERATIONS = Uint8Array.of(1, 1, 1, 0);

export function departures(): IpipProbe[] {
  const services = [0, 1, 2, 3, 0xb8, 0xbb, 0x11];
  return [
    ...[2, 6, 7].flatMap((subnet) => services.map((typeOfService) => leaving(subnet, { typeOfService }))),
    ...[2, 6, 7].flatMap((subnet) => [
      leaving(subnet, { dontFragment: true }),
      leaving(subnet, { timeToLive: 2 }),
      leaving(subnet, { timeToLive: 1 }),
      leaving(subnet, { options: NO_OPERATIONS }),
      ...[1480, 1481, 1500].flatMap((length) =>
        [true, false].map((dontFragment) => leaving(subnet, { dontFragment }, length)),
      ),
    ]),
    ...[3, 4, 5].map((subnet) => leaving(subnet)),
  ];
}

const INNER = { source: "10.244.2.8", destination: "10.244.1.5", identification: 0x4321 };

/** An IP-in-IP packet from the underlay. */
function wrapped(about: string, inner: Uint8Array, fields: Partial<PacketFields> = {}): IpipProbe {
  const outer = { source: "192.168.1.20", destination: "192.168.1.10", protocol: Protocol.IPIP, ...fields };
  return { about: `in: ${about}`, device: "eth0", packet: packet({ ...outer, payload: inner }) };
}

function bent(change: (view: DataView) => void): Uint8Array {
  const bytes = udpPacket(INNER, 1, 2);
  change(viewOf(bytes));
  return bytes;
}

export function arrivals(): IpipProbe[] {
  const inner = udpPacket(INNER, 1, 2);
  const marks = [0, 1, 2, 3];
  return [
    ...marks.flatMap((outside) =>
      marks.map((inside) =>
        wrapped(
          `ECN ${outside} outside, ${inside} inside`,
          udpPacket({ ...INNER, typeOfService: 0xb8 | inside }, 1, 2),
          {
            typeOfService: outside,
          },
        ),
      ),
    ),
    ...["192.168.1.30", "192.168.1.40", "192.168.1.77"].map((source) => wrapped(`from ${source}`, inner, { source })),
    wrapped("options outside", inner, { options: NO_OPERATIONS }),
    wrapped("options inside", udpPacket({ ...INNER, options: NO_OPERATIONS }, 1, 2)),
    wrapped("TTL 1 outside", inner, { timeToLive: 1 }),
    wrapped("TTL 1 inside", udpPacket({ ...INNER, timeToLive: 1 }, 1, 2)),
    wrapped("19 bytes inside", inner.subarray(0, 19)),
    wrapped("20 bytes inside", withHeaderChecksum(Uint8Array.from(inner.subarray(0, 20)))),
    wrapped("padded inside", concatenate(inner, counting(7))),
    wrapped("cut inside", inner.subarray(0, 40)),
    wrapped(
      "version 6 inside",
      bent((view) => view.setUint8(0, 0x65)),
    ),
    wrapped(
      "wrong checksum inside",
      bent((view) => view.setUint16(10, 0x1234)),
    ),
    wrapped(
      "wrong checksum inside, CE outside",
      bent((view) => view.setUint16(10, 0x1234)),
      { typeOfService: 3 },
    ),
    wrapped("source of the node's own inside", udpPacket({ ...INNER, source: "192.168.1.10" }, 1, 2)),
    wrapped("no route inside", udpPacket({ ...INNER, destination: "10.9.9.9" }, 1, 2)),
    wrapped(
      "ping of tunl0's address inside",
      packet({ ...INNER, destination: "10.244.1.0", protocol: 1, payload: echoRequest(40) }),
    ),
    wrapped(
      "a tunnel in the tunnel",
      packet({ ...INNER, destination: "192.168.1.10", source: "192.168.1.20", protocol: 4, payload: inner }),
    ),
    { ...wrapped("to the link's broadcast address", inner, { destination: "192.168.1.255" }), isBroadcast: true },
    { ...wrapped("in a broadcast frame", inner), isBroadcast: true },
    ...fragments(
      { source: "192.168.1.20", destination: "192.168.1.10", protocol: Protocol.IPIP, identification: 77 },
      inner,
      cut(24, inner.length),
    ).map((piece, index) => ({ about: `in: fragment ${index + 1} of 2`, device: "eth0" as const, packet: piece })),
  ];
}

/** A router says that outer packets to `remote` must not be longer than 1,400 bytes, and what happens to packets then. */
function report(remote: string): IpipProbe {
  const outer = packet({
    source: "192.168.1.10",
    destination: remote,
    protocol: Protocol.IPIP,
    payload: udpPacket(INNER, 1, 2),
  });
  const message = icmp(IcmpType.DESTINATION_UNREACHABLE, UnreachableCode.FRAGMENTATION_NEEDED, 1400, outer);
  return {
    about: `in: fragmentation needed about a packet to ${remote}`,
    device: "eth0",
    packet: packet({ source: "192.168.1.77", destination: "192.168.1.10", protocol: Protocol.ICMP, payload: message }),
  };
}

export function reports(): IpipProbe[] {
  const lengths = [1380, 1381, 1480];
  return [
    report("192.168.1.20"),
    report("192.168.1.30"),
    ...[2, 6].flatMap((subnet) =>
      lengths.flatMap((length) => [true, false].map((dontFragment) => leaving(subnet, { dontFragment }, length))),
    ),
  ];
}
