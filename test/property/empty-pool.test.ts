/** Networks whose pool is empty at the worst moment: nothing throws, and everything is counted. */
import { describe, expect, it } from "vitest";
import { Bridge, createVethPair, Engine, Namespace } from "../../src/datapath/index.ts";
import { Host } from "../../src/host/index.ts";
import { BROADCAST_MAC, DropReason, EtherType, ethernet, parseIpv4 } from "../../src/wire/index.ts";
import { expectRest } from "./books.ts";

/** Takes slots out of circulation until `left` are free, and gives them back. */
function hoard(engine: Engine, left: number): () => void {
  const held: number[] = [];
  while (engine.pool.slotCount - engine.pool.slotsInUse > left) held.push(engine.pool.allocate(1));
  return () => held.forEach((handle) => engine.consume(handle));
}

/** Two hosts and a router between them, 576 bytes wide on the far side, on engines with 64 slots. */
function routedPair(): { engine: Engine; near: Host; router: Namespace; far: Host } {
  const engine = new Engine({ slotCount: 64 });
  const [near, router, far] = ["near", "router", "far"].map((name) => new Namespace(engine, name)) as [
    Namespace,
    Namespace,
    Namespace,
  ];
  router.forwarding = true;
  const [nearEnd, left] = createVethPair({ namespace: near, name: "eth0" }, { namespace: router, name: "eth0" });
  const [right, farEnd] = createVethPair(
    { namespace: router, name: "eth1", mtu: 576 },
    { namespace: far, name: "eth0", mtu: 576 },
  );
  near.addAddress(nearEnd, "10.0.0.2/24");
  router.addAddress(left, "10.0.0.1/24");
  router.addAddress(right, "10.0.1.1/24");
  far.addAddress(farEnd, "10.0.1.2/24");
  near.addRoute({ to: "default", via: "10.0.0.1" });
  far.addRoute({ to: "default", via: "10.0.1.1" });
  return { engine, near: new Host(near), router, far: new Host(far) };
}

const FAR = parseIpv4("10.0.1.2");

/** How often packets of this namespace never came to be, or could not be written. */
function shortages(namespace: Namespace): number {
  return [...namespace.devices.values()].reduce((total, device) => total + device.drops[DropReason.NOMEM]!, 0);
}

describe("an empty pool", () => {
  it("in the middle of a flood: the copies that have no handle are counted at the ports they were for", () => {
    const engine = new Engine({ slotCount: 4 }); // eight handles
    const place = new Namespace(engine, "switch");
    const bridge = new Bridge(place, { name: "br0" });
    const ports = Array.from({ length: 12 }, (_, index) => {
      const [port] = createVethPair(
        { namespace: place, name: `port${index}` },
        { namespace: new Namespace(engine, `host-${index}`), name: "eth0" },
      );
      bridge.addPort(port);
      return port;
    });
    const frame = new Uint8Array(60);
    ethernet.write(new DataView(frame.buffer), 0, {
      destination: BROADCAST_MAC,
      source: 0x0200_0000_0001,
      etherType: EtherType.IPV4,
    });
    ports[0]!.arrive(frame);
    engine.run();
    // Eight handles: seven copies and the frame itself, which goes up to the bridge's own namespace.
    expect(engine.pool.cloneCount).toBe(7);
    expect(ports.filter((port) => port.drops[DropReason.NOMEM] === 1)).toEqual(ports.slice(8));
    expectRest(engine);
  });

  it("when a neighbour must be asked: the request that never came to be is counted, and asked again", () => {
    const { engine, near, router } = routedPair();
    const ping = near.ping(FAR);
    const release = hoard(engine, 0);
    engine.run(500_000_000);
    expect(shortages(near.namespace)).toBe(1);
    release();
    engine.run();
    expect(ping.receivedCount).toBe(1);
    expect(shortages(router)).toBe(0);
    expectRest(engine);
  });

  it("when an ICMP error is due: the error that never came to be is counted", () => {
    const { engine, near, router } = routedPair();
    near.ping(FAR); // so that the neighbours know each other
    engine.run();
    const socket = near.openUdp({ onError: () => expect.fail("an error came out of an empty pool") });
    expect(socket.send(parseIpv4("10.0.0.1"), 9, new Uint8Array(8)).outcome).toBe("sent");
    const release = hoard(engine, 0);
    engine.run();
    release();
    expect(shortages(router)).toBe(1);
    expectRest(engine);
  });

  it.each([1, 2, 3, 4])(
    "in the middle of fragmentation, with %i slots left: what has gone has gone, the rest is dropped",
    (left) => {
      const { engine, near, router } = routedPair();
      near.ping(FAR);
      engine.run();
      const socket = near.openUdp({ pathMtuDiscovery: "dont" });
      socket.send(FAR, 9, new Uint8Array(1400));
      const sent = router.device("eth1").counters[2]!;
      const release = hoard(engine, left);
      engine.run(engine.now + 1e9);
      release();
      // 1,428 bytes are three fragments of 556, 556 and 356 bytes.
      expect(router.device("eth1").counters[2]! - sent).toBe(Math.min(left, 3));
      expect(shortages(router)).toBe(left < 3 ? 1 : 0);
      engine.run();
      expectRest(engine);
    },
  );

  it("when a shared packet must be written: it is dropped where it cannot be, the others go their way", () => {
    const engine = new Engine({ slotCount: 8 });
    const place = new Namespace(engine, "switch");
    const bridge = new Bridge(place, { name: "br0" });
    const hosts = [1, 2, 3].map((number) => {
      const namespace = new Namespace(engine, `host-${number}`);
      const [inside, outside] = createVethPair(
        { namespace, name: "eth0" },
        { namespace: place, name: `port${number}` },
      );
      bridge.addPort(outside);
      namespace.addAddress(inside, `10.0.0.${number}/24`);
      const host = new Host(namespace);
      host.icmp.ignoresBroadcastEcho = false;
      return host;
    });
    for (const number of [2, 3]) hosts[0]!.ping(parseIpv4(`10.0.0.${number}`)); // so that answers need no ARP
    engine.run();
    const ping = hosts[0]!.ping(parseIpv4("10.0.0.255"));
    const release = hoard(engine, 0);
    engine.run(engine.now + 1_000_000);
    release();
    // Both answer in place. The first finds the bytes shared and no slot for its own; the second is alone by then.
    expect(hosts.map(({ namespace }) => shortages(namespace))).toEqual([0, 1, 0]);
    expect(ping.receivedCount).toBe(1);
    engine.run();
    expectRest(engine);
  });

  it("when a socket sends: the caller is told", () => {
    const { engine, near } = routedPair();
    const release = hoard(engine, 0);
    expect(near.openUdp().send(FAR, 9, new Uint8Array(8))).toEqual({ outcome: "out-of-memory" });
    const ping = near.ping(FAR);
    expect([ping.sentCount, ping.errorCount, ping.isDone]).toEqual([0, 1, true]);
    release();
    engine.run();
    expectRest(engine);
  });
});
