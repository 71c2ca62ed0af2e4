/**
 * What the tunnel does with TTL, DSCP and ECN, and with reserved bits: Linux selftests forwarding/
 * vxlan_bridge_1d.sh (V5 to V8) and vxlan_reserved.sh (V20).
 */
import { describe, expect, it } from "vitest";
import { DropReason } from "../../src/wire/index.ts";
import { frame, packet, payloadOf, readPacket, vxlanPacket } from "./frames.ts";
import { drops, packetsOf } from "./lab.ts";
import { buildVxlan, deliverFrom, ipFrame, tunnelled, VNI, VTEPS, type VxlanLab, warmUnderlay } from "./vxlan-lab.ts";

/** A frame from h1 to the host behind the first remote VTEP. */
function fromH1(net: VxlanLab, fields: Partial<Parameters<typeof packet>[0]>): Uint8Array {
  return ipFrame(
    net.w1.device.mac,
    net.h1.device.mac,
    packet({ source: "192.0.2.1", destination: "192.0.2.3", ...fields }),
  );
}

/** A frame from that host to h1. */
function toH1(net: VxlanLab, fields: Partial<Parameters<typeof packet>[0]>): Uint8Array {
  return ipFrame(
    net.h1.device.mac,
    net.w1.device.mac,
    packet({ source: "192.0.2.3", destination: "192.0.2.1", ...fields }),
  );
}

function build(options: Parameters<typeof buildVxlan>[0]): VxlanLab {
  const net = buildVxlan(options);
  warmUnderlay(net);
  return net;
}

describe("test_ttl", () => {
  it.each([1, 64, 255])(
    "V5 the outer TTL is the configured 100, and 99 behind a router, with %i inside",
    (timeToLive) => {
      const net = build({ ttl: 100 });
      net.lab.exchange(net.h1.device, ...Array.from({ length: 10 }, () => fromH1(net, { timeToLive })));
      const sent = tunnelled(net.lab, net.local.uplink);
      const arrived = packetsOf(net.lab.received(net.remotes[0].uplink)).map(readPacket);
      expect(sent.filter((outer) => outer.destination === VTEPS.first).map((outer) => outer.timeToLive)).toEqual(
        new Array(10).fill(100),
      );
      expect(arrived.map((outer) => outer.timeToLive)).toEqual(new Array(10).fill(99));
      expect(sent.map((outer) => readPacket(payloadOf(outer.inner)).timeToLive)).toEqual(
        new Array(20).fill(timeToLive),
      );
    },
  );
});

describe("test_tos", () => {
  it("V6 tos inherit: the outer DSCP is the inner one", () => {
    const net = build({ tos: "inherit" });
    const services = [0x00, 0x40, 0xb8, 0xfc];
    net.lab.exchange(net.h1.device, ...services.map((typeOfService) => fromH1(net, { typeOfService })));
    const arrived = packetsOf(net.lab.received(net.remotes[0].uplink)).map(readPacket);
    expect(arrived.map((outer) => outer.typeOfService)).toEqual(services);
  });

  it("V6 a configured tos is the outer DSCP whatever is inside", () => {
    const net = build({ tos: 0x28 });
    net.lab.exchange(net.h1.device, ...[0x00, 0x40, 0xfc].map((typeOfService) => fromH1(net, { typeOfService })));
    expect(packetsOf(net.lab.received(net.remotes[0].uplink)).map((outer) => readPacket(outer).typeOfService)).toEqual([
      0x28, 0x28, 0x28,
    ]);
  });
});

describe("test_ecn_encap", () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 2],
  ])("V7 inner ECN %i gives outer ECN %i", (inner, outer) => {
    const net = build({ tos: "inherit" });
    net.lab.exchange(net.h1.device, fromH1(net, { typeOfService: 0xb8 | inner }));
    const [arrived] = packetsOf(net.lab.received(net.remotes[0].uplink)).map(readPacket);
    expect(arrived!.typeOfService).toBe(0xb8 | outer);
    expect(readPacket(packetsOf(net.lab.received(net.w1.device))[0]!).typeOfService).toBe(0xb8 | inner);
  });
});

describe("test_ecn_decap", () => {
  /** By inner, then outer ECN: the inner one afterwards (RFC 6040 figure 4 as Linux has it), -1 for a drop. */
  const TABLE = [
    [0, 0, 0, -1],
    [1, 1, 1, 3],
    [2, 1, 2, 3],
    [3, 3, 3, 3],
  ];
  const cases = TABLE.flatMap((row, inner) => row.map((after, outer) => [inner, outer, after] as const));

  it.each(cases)("V8 inner %i under outer %i becomes %i", (inner, outer, after) => {
    const net = build({});
    deliverFrom(net, VTEPS.first, toH1(net, { typeOfService: 0x50 | inner, payload: Uint8Array.of(1, 2, 3) }), {
      typeOfService: outer,
    });
    const arrived = packetsOf(net.lab.received(net.h1.device)).map(readPacket);
    expect(arrived.map((packet) => packet.typeOfService)).toEqual(after < 0 ? [] : [0x50 | after]);
    expect(drops(net.local.vxlan, DropReason.IP_TUNNEL_ECN)).toBe(after < 0 ? 1 : 0);
  });

  it("V8 a flooded frame whose mark changes is changed in every copy", () => {
    const net = build({});
    deliverFrom(
      net,
      VTEPS.first,
      ipFrame(
        0xffffffffffff,
        net.w1.device.mac,
        packet({ source: "192.0.2.3", destination: "192.0.2.15", typeOfService: 1 }),
      ),
      { typeOfService: 3 },
    );
    const marks = [net.h1, net.h2].map((host) =>
      packetsOf(net.lab.received(host.device)).map((bytes) => readPacket(bytes).typeOfService),
    );
    expect(marks).toEqual([[3], [3]]);
  });
});

describe("vxlan_reserved", () => {
  /** All bits of the header but the I flag and the VNI, as byte and bit: 39. */
  const RESERVED = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => bit !== 4 && (bit < 32 || bit >= 56));

  it("there are 39 of them", () => expect(RESERVED).toHaveLength(39));

  it("V20 a header with any reserved bit set is dropped and counted, each of the 39", () => {
    const net = build({});
    const inner = frame(net.h1.device.mac, net.w1.device.mac);
    const outcomes = RESERVED.map((bit) => {
      const before = drops(net.local.vxlan, DropReason.VXLAN_INVALID_HDR);
      deliverFrom(net, VTEPS.first, inner, { bend: (header) => void (header[bit >> 3]! ^= 0x80 >> (bit & 7)) });
      return [net.lab.received(net.h1.device).length, drops(net.local.vxlan, DropReason.VXLAN_INVALID_HDR) - before];
    });
    expect(outcomes).toEqual(RESERVED.map(() => [0, 1]));
  });

  it("V20 with no reserved bit set it passes", () => {
    const net = build({});
    const inner = frame(net.h1.device.mac, net.w1.device.mac);
    deliverFrom(net, VTEPS.first, inner);
    expect(net.lab.received(net.h1.device)).toEqual([inner]);
    expect(vxlanPacket({ source: VTEPS.first, destination: VTEPS.local, vni: VNI, inner }).subarray(28, 36)).toEqual(
      Uint8Array.of(8, 0, 0, 0, 0, 3, 0xe8, 0),
    );
  });
});
