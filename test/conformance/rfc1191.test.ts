/** Path MTU discovery at the sender: RFC 1191 sections 3 to 6 as Linux keeps it (net.ipv4.route.min_pmtu, mtu_expires). */
import { describe, expect, it } from "vitest";
import type { PathMtuDiscovery, UdpSocket } from "../../src/host/index.ts";
import { DropReason, EtherType, IcmpType, parseIpv4, Protocol, UnreachableCode } from "../../src/wire/index.ts";
import { concatenate, counting, frame, icmp, packet, type ReadPacket, readPacket, udpPacket } from "./frames.ts";
import { buildRouter, introduce, packetsOf, type RoutedPair } from "./lab.ts";

const FAR = parseIpv4("198.51.100.2");
const OTHER = parseIpv4("198.51.100.3");
const HEADERS = 28;
const TEN_MINUTES = 600;

interface PathLab extends RoutedPair {
  readonly socket: UdpSocket;
  readonly errors: number[];
}

/** A sender on a link of 1,500 bytes whose packets meet one of `mtu` behind the router. */
function build(mtu: number, pathMtuDiscovery: PathMtuDiscovery = "want"): PathLab {
  const pair = buildRouter({ mtu2: mtu });
  introduce(pair);
  pair.h2.host.openUdp({ port: 7 });
  const errors: number[] = [];
  return {
    ...pair,
    errors,
    socket: pair.h1.host.openUdp({ pathMtuDiscovery, onError: (error) => errors.push(error.nextHopMtu) }),
  };
}

/** Sends a datagram that makes a packet of so many bytes, and returns the packets that h1 sent for it. */
function send(path: PathLab, length: number, destination = FAR): ReadPacket[] {
  path.lab.clear();
  path.socket.send(destination, 7, counting(length - HEADERS));
  path.lab.run();
  return packetsOf(path.lab.sent(path.h1.device)).map(readPacket);
}

function shape(packets: readonly ReadPacket[]): (number | boolean)[][] {
  return packets.map(({ totalLength, dontFragment }) => [totalLength, dontFragment]);
}

function limit({ h1 }: RoutedPair, destination = FAR): number {
  return h1.host.namespace.pathMtu.limit(destination, h1.device.mtu);
}

/** The router tells h1 that a packet to `destination` met a link of `mtu`, though none did. */
function claim(
  path: PathLab,
  mtu: number,
  quoted: Uint8Array = udpPacket({ source: "192.0.2.2", destination: "198.51.100.2" }, 1, 7),
): void {
  const message = icmp(IcmpType.DESTINATION_UNREACHABLE, UnreachableCode.FRAGMENTATION_NEEDED, mtu, quoted);
  const bytes = packet({ source: "192.0.2.1", destination: "192.0.2.2", protocol: Protocol.ICMP, payload: message });
  path.lab.exchange(path.rp1, frame(path.h1.device.mac, path.rp1.mac, EtherType.IPV4, bytes));
}

describe("learning", () => {
  it("packets go out with DF, and a router's message lowers the path's MTU to what it says", () => {
    const path = build(1400);
    expect(shape(send(path, 1500))).toEqual([[1500, true]]);
    expect([path.errors, limit(path)]).toEqual([[1400], 1400]);
  });

  it("from then on packets that fit keep DF, and longer ones are cut here", () => {
    const path = build(1400);
    send(path, 1500);
    expect(shape(send(path, 1400))).toEqual([[1400, true]]);
    expect(shape(send(path, 1500))).toEqual([
      [1396, false],
      [124, false],
    ]);
    expect(path.errors).toEqual([1400]);
    expect(packetsOf(path.lab.received(path.h2.device)).map((bytes) => bytes.length)).toEqual([1396, 124]);
  });

  it("it holds for that destination alone", () => {
    const path = build(1400);
    send(path, 1500);
    expect(limit(path, OTHER)).toBe(1500);
  });

  it("a smaller MTU replaces a larger one; a larger one is not believed (section 6.3)", () => {
    const path = build(1500);
    claim(path, 1400);
    claim(path, 1000);
    expect(limit(path)).toBe(1000);
    claim(path, 1400);
    expect(limit(path)).toBe(1000);
  });

  it("an MTU above the link's own changes nothing", () => {
    const path = build(1500);
    claim(path, 9000);
    expect(limit(path)).toBe(1500);
  });

  it.each([
    [
      "cut before the transport's ports",
      udpPacket({ source: "192.0.2.2", destination: "198.51.100.2" }, 1, 7).subarray(0, 27),
    ],
    [
      "of another IP version",
      concatenate(
        Uint8Array.of(0x65),
        udpPacket({ source: "192.0.2.2", destination: "198.51.100.2" }, 1, 7).subarray(1),
      ),
    ],
    [
      "with a header below 20 bytes",
      concatenate(
        Uint8Array.of(0x44),
        udpPacket({ source: "192.0.2.2", destination: "198.51.100.2" }, 1, 7).subarray(1),
      ),
    ],
  ])("a message whose quoted packet is %s tells nothing", (_, quoted) => {
    const path = build(1500);
    claim(path, 1000, quoted);
    expect(limit(path)).toBe(1500);
  });
});

describe("ageing (section 6.3)", () => {
  it("after ten minutes the sender tries the full size again", () => {
    const path = build(1400);
    send(path, 1500);
    path.lab.run(TEN_MINUTES - 0.001);
    expect(limit(path)).toBe(1400);
    path.lab.run(0.001);
    expect(limit(path)).toBe(1500);
    expect(shape(send(path, 1500))).toEqual([[1500, true]]);
    expect([path.errors, limit(path)]).toEqual([[1400, 1400], 1400]);
  });

  it("a larger MTU that was not believed does not prolong it", () => {
    const path = build(1500);
    claim(path, 1000);
    path.lab.run(TEN_MINUTES / 2);
    claim(path, 1400);
    path.lab.run(TEN_MINUTES / 2);
    expect(limit(path)).toBe(1500);
  });
});

describe("the floor", () => {
  it("below it a further message neither changes nor prolongs what is believed", () => {
    const path = build(1500);
    claim(path, 500);
    path.lab.run(TEN_MINUTES / 2);
    claim(path, 500);
    path.lab.run(TEN_MINUTES / 2);
    expect(limit(path)).toBe(1500);
  });

  it.each([0, 68, 551])("an MTU of %i is taken for 552, and DF is left out so that routers can cut", (mtu) => {
    const path = build(1500);
    claim(path, mtu);
    expect(limit(path)).toBe(552);
    expect(shape(send(path, 552))).toEqual([[552, false]]);
  });

  it("552 itself is a path MTU like others", () => {
    const path = build(1500);
    claim(path, 552);
    expect(shape(send(path, 552))).toEqual([[552, true]]);
  });

  it("what is sent over a link below the floor arrives, in pieces", () => {
    const path = build(500);
    send(path, 552);
    send(path, 552);
    expect(packetsOf(path.lab.received(path.h2.device)).map((bytes) => bytes.length)).toEqual([500, 72]);
  });
});

describe("IP_MTU_DISCOVER, as ping -M names it", () => {
  it("do: a packet that does not fit is refused with the MTU, on the link and on the path", () => {
    const path = build(1400, "do");
    expect(path.socket.send(FAR, 7, counting(1473))).toEqual({ outcome: "message-too-long", mtu: 1500 });
    expect(shape(send(path, 1500))).toEqual([[1500, true]]);
    expect(path.socket.send(FAR, 7, counting(1373))).toEqual({ outcome: "message-too-long", mtu: 1400 });
    expect(shape(send(path, 1400))).toEqual([[1400, true]]);
  });

  it("do: DF stays even below the floor", () => {
    const path = build(1500, "do");
    claim(path, 500);
    expect(shape(send(path, 552))).toEqual([[552, true]]);
  });

  it("dont: no DF, and the router cuts what is too long", () => {
    const path = build(1400, "dont");
    expect(shape(send(path, 1500))).toEqual([[1500, false]]);
    expect([path.errors, limit(path)]).toEqual([[], 1500]);
    expect(packetsOf(path.lab.received(path.h2.device)).map((bytes) => bytes.length)).toEqual([1396, 124]);
  });
});

describe("a route's own MTU (ip route add ... mtu)", () => {
  it("is its sender's, for longer packets are cut or refused there", () => {
    const path = build(1500);
    path.h1.host.namespace.addRoute({ to: "198.51.100.2", via: "192.0.2.1", mtu: 1400 });
    expect(shape(send(path, 1400))).toEqual([[1400, true]]);
    expect(shape(send(path, 1500))).toEqual([
      [1396, false],
      [124, false],
    ]);
    const strict = path.h1.host.openUdp({ pathMtuDiscovery: "do" });
    expect(strict.send(FAR, 7, counting(1473))).toEqual({ outcome: "message-too-long", mtu: 1400 });
  });

  it("is a router's, who cuts or reports", () => {
    const path = build(1500);
    path.router.addRoute({ to: "198.51.100.2", device: path.rp2, mtu: 1400 });
    send(path, 1500);
    expect(path.errors).toEqual([1400]);
    const plain = build(1500, "dont");
    plain.router.addRoute({ to: "198.51.100.2", device: plain.rp2, mtu: 1400 });
    send(plain, 1500);
    expect(packetsOf(plain.lab.received(plain.h2.device)).map((bytes) => bytes.length)).toEqual([1396, 124]);
  });
});

describe("a black hole (RFC 2923 section 2.1)", () => {
  it("swallows long packets for good where no ICMP error gets out, and short ones pass", () => {
    const path = build(1400);
    path.router.icmp.silent = true;
    for (let i = 0; i < 3; i++) expect(shape(send(path, 1500))).toEqual([[1500, true]]);
    expect([path.errors, limit(path), path.rp1.drops[DropReason.PKT_TOO_BIG]]).toEqual([[], 1500, 3]);
    send(path, 1400);
    expect(packetsOf(path.lab.received(path.h2.device)).map((bytes) => bytes.length)).toEqual([1400]);
    path.router.icmp.silent = false;
    send(path, 1500);
    expect(path.errors).toEqual([1400]);
  });
});

describe("a claim about a packet that we did not send", () => {
  it("is not believed: the quoted source must be ours (ipv4_update_pmtu)", () => {
    const path = build(1500);
    claim(path, 1000, udpPacket({ source: "203.0.113.9", destination: "198.51.100.2" }, 1, 7));
    expect([limit(path), path.errors]).toEqual([1500, []]);
    claim(path, 1000);
    expect(limit(path)).toBe(1000);
  });
});
