/** IPv4 between two subnets: Linux selftests forwarding/router.sh and router_broadcast.sh. */
import { describe, expect, it } from "vitest";
import { BROADCAST_MAC, DropReason, EtherType, parseIpv4, parseMac } from "../../src/wire/index.ts";
import { frame, icmp, packet, readPacket, udpPacket } from "./frames.ts";
import { addHost, buildRouter, drops, introduce, packetsOf, ping, type RoutedPair, sendToRouter } from "./lab.ts";

/** The packets that left the router towards h2. */
function forwarded({ lab, rp2 }: RoutedPair): Uint8Array[] {
  return packetsOf(lab.sent(rp2));
}

describe("router.sh", () => {
  it("R1 two connected subnets ping each other, in both directions", () => {
    const pair = buildRouter();
    const there = ping(pair.lab, pair.h1, "198.51.100.2", { count: 3 });
    const back = ping(pair.lab, pair.h2, "192.0.2.2", { count: 3 });
    expect([there.receivedCount, back.receivedCount]).toEqual([3, 3]);
    const [request, reply] = [forwarded(pair)[0]!, packetsOf(pair.lab.received(pair.h1.device))[0]!];
    expect([readPacket(request).timeToLive, readPacket(reply).timeToLive]).toEqual([63, 63]);
  });

  it("R2 a source in 240.0.0.0/4 is forwarded", () => {
    const pair = buildRouter();
    introduce(pair);
    const packets = Array.from({ length: 5 }, () =>
      udpPacket({ source: "240.0.0.1", destination: "198.51.100.2" }, 54_321, 12_345),
    );
    sendToRouter(pair, ...packets);
    expect(forwarded(pair).map((bytes) => readPacket(bytes).source)).toEqual(new Array(5).fill("240.0.0.1"));
    expect(packetsOf(pair.lab.received(pair.h2.device))).toHaveLength(5);
  });

  it("R3 a packet whose source is its destination is forwarded", () => {
    const pair = buildRouter();
    introduce(pair);
    const packets = Array.from({ length: 5 }, () =>
      udpPacket({ source: "198.51.100.2", destination: "198.51.100.2" }, 54_321, 12_345),
    );
    sendToRouter(pair, ...packets);
    expect(forwarded(pair)).toHaveLength(5);
    // The receiver is the one that minds: its own address came from outside (fib_validate_source).
    expect(drops(pair.h2.device, DropReason.IP_LOCAL_SOURCE)).toBe(5);
  });

  it("R4 a 169.254.0.0/16 destination with a route and a neighbour is forwarded", () => {
    const pair = buildRouter();
    const mac = parseMac("00:0a:0b:0c:0d:0e");
    pair.router.addRoute({ to: "169.254.1.0/24", device: pair.rp2 });
    pair.router.addNeighbour(pair.rp2, "169.254.1.1", "00:0a:0b:0c:0d:0e");
    sendToRouter(
      pair,
      ...Array.from({ length: 5 }, () =>
        udpPacket({ source: "192.0.2.2", destination: "169.254.1.1" }, 54_321, 12_345),
      ),
    );
    expect(forwarded(pair).map((bytes) => readPacket(bytes).destination)).toEqual(new Array(5).fill("169.254.1.1"));
    expect(pair.lab.sent(pair.rp2)[0]!.subarray(0, 6)).toEqual(frame(mac, 0).subarray(0, 6));
  });
});

describe("router_broadcast.sh", () => {
  /** Everybody here answers echoes to broadcast addresses, as the suite has it. */
  function build(): RoutedPair {
    const pair = buildRouter();
    for (const { icmp } of [pair.routerHost, pair.h1.host, pair.h2.host]) icmp.ignoresBroadcastEcho = false;
    introduce(pair);
    return pair;
  }

  it("R6 an echo to another subnet's broadcast address is answered by the router from its ingress address, and goes no further", () => {
    const pair = build();
    const answers: number[] = [];
    ping(pair.lab, pair.h1, "198.51.100.255", {
      onEvent: (event) => void (event.kind === "reply" && answers.push(event.from)),
    });
    expect(answers).toEqual([parseIpv4("192.0.2.1")]);
    expect(forwarded(pair)).toEqual([]);
  });

  it("R6 an echo to the ingress subnet's broadcast address is answered likewise", () => {
    const pair = build();
    const answers: number[] = [];
    ping(pair.lab, pair.h1, "192.0.2.255", {
      onEvent: (event) => void (event.kind === "reply" && answers.push(event.from)),
    });
    expect(answers).toEqual([parseIpv4("192.0.2.1")]);
    expect(forwarded(pair)).toEqual([]);
  });

  it("R6 with icmp_echo_ignore_broadcasts on, which is the default, nobody answers", () => {
    const pair = build();
    pair.routerHost.icmp.ignoresBroadcastEcho = true;
    expect(ping(pair.lab, pair.h1, "198.51.100.255").receivedCount).toBe(0);
    expect(drops(pair.rp1, DropReason.INVALID_PROTO)).toBe(1);
  });

  it("R8 255.255.255.255 is delivered to the router and never forwarded", () => {
    const pair = build();
    const echo = packet({ source: "192.0.2.2", destination: "255.255.255.255", protocol: 1, payload: icmp(8) });
    pair.lab.exchange(pair.h1.device, frame(BROADCAST_MAC, pair.h1.device.mac, EtherType.IPV4, echo));
    expect(forwarded(pair)).toEqual([]);
    expect(packetsOf(pair.lab.received(pair.h1.device)).map((bytes) => readPacket(bytes).source)).toEqual([
      "192.0.2.1",
    ]);
  });

  it("R8 not even in a unicast frame, with a default route that would cover it", () => {
    const pair = build();
    const far = addHost(pair.lab, pair.router, "rp3", "h3", "203.0.113.2/24");
    pair.router.addAddress(far.near, "203.0.113.1/24");
    pair.router.addRoute({ to: "default", via: "203.0.113.2" });
    sendToRouter(pair, packet({ source: "192.0.2.2", destination: "255.255.255.255" }));
    expect([pair.lab.sent(pair.rp2), pair.lab.sent(far.near)]).toEqual([[], []]);
  });
});
