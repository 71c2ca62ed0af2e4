/** VXLAN on the wire: RFC 7348 sections 4 and 5, and the checks of Linux's vxlan_rcv in its order. */
import { describe, expect, it } from "vitest";
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST, VxlanDevice, type VxlanOptions } from "../../src/datapath/index.ts";
import { formatHex } from "../../src/bytes/hex.ts";
import {
  BROADCAST_MAC,
  DropReason,
  EtherType,
  formatIpv4,
  ipv4,
  parseIpv4,
  parseMac,
  udp,
  vxlan,
} from "../../src/wire/index.ts";
import {
  concatenate,
  counting,
  EXPERIMENTAL,
  frame,
  packet,
  type ReadVxlan,
  readPacket,
  readVxlan,
  udpPacket,
  viewOf,
  vxlanPacket,
  withHeaderChecksum,
} from "./frames.ts";
import { attach, drops, Lab, packetsOf } from "./lab.ts";

const REMOTE_MAC = parseMac("02:00:00:00:00:0b");
const VNI = 0xabcdef;

/** A tunnel device at 10.0.0.1 and, at the other end of its cable, whoever the test plays as VTEP 10.0.0.2. */
function build(options: Partial<VxlanOptions> = {}) {
  const lab = new Lab();
  const namespace = lab.namespace("node");
  const [peer, uplink] = attach(lab, namespace, "eth0");
  namespace.addAddress(uplink, "10.0.0.1/24");
  for (const remote of ["10.0.0.2", "10.0.0.3"]) namespace.addNeighbour(uplink, remote, "02:00:00:00:00:02");
  const device = new VxlanDevice(namespace, {
    name: "vxlan0",
    mac: parseMac("02:00:00:00:00:0a"),
    vni: VNI,
    local: "10.0.0.1",
    port: vxlan.PORT,
    mtu: 1450,
    ...options,
  });
  device.fdb.setPermanent(REMOTE_MAC, parseIpv4("10.0.0.2"));
  return { lab, namespace, peer, uplink, device };
}

type Tunnel = ReturnType<typeof build>;

/** What leaves the node when these frames leave the tunnel device. */
function encapsulate({ lab, device, uplink }: Tunnel, ...frames: readonly Uint8Array[]): Uint8Array[] {
  lab.exchange(device, ...frames);
  return packetsOf(lab.sent(uplink));
}

/** The frames that come out of the tunnel device when these packets arrive from the underlay. */
function decapsulate({ lab, peer, uplink, device }: Tunnel, ...packets: readonly Uint8Array[]): Uint8Array[] {
  lab.exchange(peer, ...packets.map((bytes) => frame(uplink.mac, peer.mac, EtherType.IPV4, bytes)));
  return lab.received(device);
}

const SENDER_MAC = parseMac("02:00:00:00:00:0c");
const INNER = frame(REMOTE_MAC, SENDER_MAC);
/** A frame as the remote VTEP would send it to this one. */
const INCOMING = frame(parseMac("02:00:00:00:00:0a"), REMOTE_MAC);

function incoming(more: Partial<Parameters<typeof vxlanPacket>[0]> = {}): Uint8Array {
  return vxlanPacket({ source: "10.0.0.2", destination: "10.0.0.1", vni: VNI, inner: INCOMING, ...more });
}

describe("section 5, the frame format", () => {
  it("puts 36 bytes before the frame, each field as it should be", () => {
    const [bytes] = encapsulate(build(), INNER);
    expect(bytes).toHaveLength(36 + INNER.length);
    const outer = readVxlan(bytes!);
    const expected: Partial<ReadVxlan> = {
      headerLength: 20,
      typeOfService: 0,
      totalLength: 36 + INNER.length,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      timeToLive: 64,
      protocol: 17,
      source: "10.0.0.1",
      destination: "10.0.0.2",
      destinationPort: 4789,
      datagramLength: 16 + INNER.length,
      datagramChecksum: 0,
      vni: VNI,
    };
    expect(outer).toMatchObject(expected);
    expect(formatHex(outer.header)).toBe("08000000abcdef00");
    expect(outer.inner).toEqual(INNER);
  });

  it.each([0, 1, 0xffffff])("VNI %i takes all of its 24 bits", (vni) => {
    expect(readVxlan(encapsulate(build({ vni }), INNER)[0]!).vni).toBe(vni);
  });

  it("the outer Ethernet header is the underlay's", () => {
    const tunnel = build();
    encapsulate(tunnel, INNER);
    expect(formatHex(tunnel.lab.sent(tunnel.uplink)[0]!.subarray(0, 14))).toBe(
      `020000000002${tunnel.uplink.mac.toString(16).padStart(12, "0")}0800`,
    );
  });

  it("every packet has a new identification, since it may be fragmented (RFC 6864)", () => {
    const identifications = encapsulate(build(), ...Array.from({ length: 100 }, () => INNER)).map(
      (bytes) => readPacket(bytes).identification,
    );
    expect(new Set(identifications).size).toBe(100);
  });

  it("a frame for a group goes to each VTEP of the flood list, one for nobody known to none without a list", () => {
    const tunnel = build();
    expect(encapsulate(tunnel, frame(BROADCAST_MAC, REMOTE_MAC))).toEqual([]);
    expect(drops(tunnel.device, DropReason.NO_TX_TARGET)).toBe(1);
    for (const remote of ["10.0.0.2", "10.0.0.3"]) tunnel.device.fdb.addFlood(parseIpv4(remote));
    expect(encapsulate(tunnel, frame(BROADCAST_MAC, REMOTE_MAC)).map((bytes) => readPacket(bytes).destination)).toEqual(
      ["10.0.0.2", "10.0.0.3"],
    );
  });
});

describe("section 5, the UDP source port", () => {
  const flow = (sourcePort: number, destination = "10.1.0.2"): Uint8Array =>
    frame(REMOTE_MAC, SENDER_MAC, EtherType.IPV4, udpPacket({ source: "10.1.0.1", destination }, sourcePort, 80));
  const portsOf = (frames: readonly Uint8Array[]): number[] =>
    encapsulate(build(), ...frames).map((bytes) => readVxlan(bytes).sourcePort);

  it("is one of the ephemeral range, and a thousand flows spread over it", () => {
    const ports = portsOf(Array.from({ length: 1000 }, (_, index) => flow(1024 + index)));
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(EPHEMERAL_PORT_FIRST);
    expect(Math.max(...ports)).toBeLessThanOrEqual(EPHEMERAL_PORT_LAST);
    expect(new Set(ports).size).toBeGreaterThan(950);
  });

  it("is the same for all packets of a flow", () => {
    expect(new Set(portsOf([flow(5000), flow(5000), flow(5000)])).size).toBe(1);
    expect(new Set(portsOf([flow(5000), flow(5000, "10.1.0.3")])).size).toBe(2);
  });

  it("is the same for all fragments of a packet, the first included", () => {
    const base = { source: "10.1.0.1", destination: "10.1.0.2", protocol: 17 };
    const pieces = [
      packet({ ...base, moreFragments: true, payload: counting(24) }),
      packet({ ...base, fragmentOffset: 24, moreFragments: true, payload: counting(40).subarray(16) }),
      packet({ ...base, fragmentOffset: 48, payload: new Uint8Array(8) }),
    ];
    expect(new Set(portsOf(pieces.map((bytes) => frame(REMOTE_MAC, SENDER_MAC, EtherType.IPV4, bytes)))).size).toBe(1);
  });

  it("tells frames that are no IPv4 apart by their MACs", () => {
    const ports = portsOf(Array.from({ length: 100 }, (_, index) => frame(REMOTE_MAC, SENDER_MAC + index)));
    expect(new Set(ports).size).toBeGreaterThan(90);
  });
});

describe("section 5, the UDP checksum", () => {
  const withChecksum = (change: number): Uint8Array => {
    const bytes = incoming();
    udp.updateChecksum(viewOf(bytes), 0, ipv4.HEADER_LENGTH);
    udp.setDatagramChecksum(
      viewOf(bytes),
      ipv4.HEADER_LENGTH,
      udp.datagramChecksum(viewOf(bytes), ipv4.HEADER_LENGTH) ^ change,
    );
    return bytes;
  };

  it("a packet without one is accepted, and one with the right one", () => {
    expect(decapsulate(build(), incoming(), withChecksum(0))).toEqual([INCOMING, INCOMING]);
  });

  it("a packet with a wrong one that is not zero is dropped", () => {
    const tunnel = build();
    expect(decapsulate(tunnel, withChecksum(1))).toEqual([]);
    expect(drops(tunnel.uplink, DropReason.UDP_CSUM)).toBe(1);
  });
});

describe("what a VTEP does not take", () => {
  const refused = (tunnel: Tunnel, bytes: Uint8Array): number[] => {
    expect(decapsulate(tunnel, bytes)).toEqual([]);
    return [tunnel.uplink, tunnel.device].flatMap((device) =>
      [...device.drops].flatMap((count, reason) => new Array<number>(count).fill(reason)),
    );
  };

  it("an unknown VNI", () => {
    expect(refused(build(), incoming({ vni: VNI - 1 }))).toEqual([DropReason.VXLAN_VNI_NOT_FOUND]);
  });

  it("a header without the I flag", () => {
    expect(refused(build(), incoming({ bend: (header) => void (header[0] = 0) }))).toEqual([
      DropReason.VXLAN_INVALID_HDR,
    ]);
  });

  it("a datagram that ends inside the VXLAN header", () => {
    expect(
      refused(
        build(),
        udpPacket(
          { source: "10.0.0.2", destination: "10.0.0.1", payload: Uint8Array.of(8, 0, 0, 0, 0xab, 0xcd, 0xef) },
          50_000,
          4789,
        ),
      ),
    ).toEqual([DropReason.VXLAN_INVALID_HDR]);
  });

  it.each([0, 13])("a frame of %i bytes, shorter than its Ethernet header", (length) => {
    expect(refused(build(), incoming({ inner: INCOMING.subarray(0, length) }))).toEqual([DropReason.HDR_TRUNC]);
  });

  it("a frame that ends inside its IPv4 header (pskb_inet_may_pull)", () => {
    const inner = frame(BROADCAST_MAC, REMOTE_MAC, EtherType.IPV4, counting(19));
    expect(refused(build(), incoming({ inner }))).toEqual([DropReason.PKT_TOO_SMALL]);
  });

  it("a frame from the device's own MAC: it has come round", () => {
    expect(refused(build(), incoming({ inner: frame(BROADCAST_MAC, parseMac("02:00:00:00:00:0a")) }))).toEqual([
      DropReason.LOCAL_MAC,
    ]);
  });

  it("a source that a static entry has behind another VTEP", () => {
    const tunnel = build();
    expect(refused(tunnel, incoming({ source: "10.0.0.3" }))).toEqual([DropReason.VXLAN_ENTRY_EXISTS]);
    expect(tunnel.device.fdb.list().map((entry) => formatIpv4(entry.remote))).toEqual(["10.0.0.2"]);
  });

  it("a device that does not learn does not mind", () => {
    expect(decapsulate(build({ learning: false }), incoming({ source: "10.0.0.3" }))).toEqual([INCOMING]);
  });

  it.each([0, parseMac("03:00:00:00:00:01")])(
    "a source MAC that is nobody's (%i), unless it does not learn",
    (source) => {
      const inner = frame(BROADCAST_MAC, source);
      expect(refused(build(), incoming({ inner }))).toEqual([DropReason.MAC_INVALID_SOURCE]);
      expect(decapsulate(build({ learning: false }), incoming({ inner }))).toEqual([inner]);
    },
  );
});

describe("what it takes", () => {
  it("the frame alone: bytes behind the UDP datagram are not part of it", () => {
    const bytes = concatenate(incoming(), counting(10));
    ipv4.setTotalLength(viewOf(bytes), 0, bytes.length);
    expect(decapsulate(build(), withHeaderChecksum(bytes))).toEqual([INCOMING]);
  });

  it("a packet from any source port and VTEP, with outer options", () => {
    const tunnel = build();
    const inner = frame(BROADCAST_MAC, parseMac("02:00:00:00:00:0d"), EXPERIMENTAL, counting(1400));
    expect(
      decapsulate(tunnel, incoming({ inner, source: "10.0.0.99", sourcePort: 1, options: Uint8Array.of(1, 1, 1, 0) })),
    ).toEqual([inner]);
    expect(tunnel.device.fdb.list().map((entry) => formatIpv4(entry.remote))).toContain("10.0.0.99");
  });

  it("two devices of one port each get their own VNI", () => {
    const tunnel = build();
    const other = new VxlanDevice(tunnel.namespace, { name: "vxlan1", vni: 7, local: "10.0.0.1", port: vxlan.PORT });
    decapsulate(tunnel, incoming(), incoming({ vni: 7 }), incoming({ vni: 7 }));
    expect([tunnel.device, other].map((device) => tunnel.lab.received(device).length)).toEqual([1, 2]);
  });

  it("section 4.1: it learns where the source is, and answers go there", () => {
    const tunnel = build();
    const mac = parseMac("02:00:00:00:00:0e");
    decapsulate(tunnel, incoming({ source: "10.0.0.3", inner: frame(BROADCAST_MAC, mac) }));
    expect(encapsulate(tunnel, frame(mac, REMOTE_MAC)).map((bytes) => readPacket(bytes).destination)).toEqual([
      "10.0.0.3",
    ]);
  });
});

describe("section 4.3, size", () => {
  it("a frame of the underlay's MTU less 50 fits, with an MTU of 1500 outside", () => {
    const inner = frame(REMOTE_MAC, SENDER_MAC, EXPERIMENTAL, counting(1450));
    expect(encapsulate(build(), inner).map((bytes) => bytes.length)).toEqual([1500]);
  });

  it("a longer packet is fragmented outside, since the outer header has no DF (Linux's default)", () => {
    const inner = frame(REMOTE_MAC, SENDER_MAC, EXPERIMENTAL, counting(1451));
    expect(encapsulate(build({ mtu: 1500 }), inner).map((bytes) => bytes.length)).toEqual([1500, 21]);
  });
});
