import { describe, expect, it } from "vitest";
import {
  attachEgress,
  attachIngress,
  Counter,
  createVethPair,
  Engine,
  Namespace,
  type Veth,
} from "../../../src/datapath/index.ts";
import { Host } from "../../../src/host/index.ts";
import { DropReason, parseIpv4 } from "../../../src/wire/index.ts";

function create(): { engine: Engine; a: Host; b: Host; near: Veth; far: Veth } {
  const engine = new Engine({ slotCount: 16 });
  const [a, b] = [new Host(new Namespace(engine, "a")), new Host(new Namespace(engine, "b"))];
  const [near, far] = createVethPair(
    { namespace: a.namespace, name: "eth0" },
    { namespace: b.namespace, name: "eth0" },
  );
  a.namespace.addAddress(near, "10.0.0.1/24");
  b.namespace.addAddress(far, "10.0.0.2/24");
  return { engine, a, b, near, far };
}

describe("a program at a device", () => {
  it("at the ingress sees each packet before the namespace, and lets it go up or takes it", () => {
    const { engine, a, far } = create();
    let count = 0;
    attachIngress(far, (handle) => {
      if (++count !== 3) return true;
      engine.drop(handle, DropReason.DROP_INVALID, far);
      return false;
    });
    const ping = a.ping(parseIpv4("10.0.0.2"), { count: 3, interval: 1e6 });
    engine.run(1e9);
    // A request for the address, and three echoes: the second is gone.
    expect([count, ping.receivedCount, far.drops[DropReason.DROP_INVALID]]).toEqual([4, 2, 1]);
  });

  it("at the egress sees each packet before it counts as sent", () => {
    const { engine, a, near } = create();
    let count = 0;
    attachEgress(near, (handle) => {
      if (++count !== 3) return true;
      engine.drop(handle, DropReason.DROP_INVALID, near);
      return false;
    });
    const ping = a.ping(parseIpv4("10.0.0.2"), { count: 3, interval: 1e6 });
    engine.run(1e9);
    expect([count, ping.receivedCount, near.counters[Counter.TX_PACKETS]]).toEqual([4, 2, 3]);
  });
});

describe("a device without ARP", () => {
  it("asks nobody, sends to its own MAC, and hears no ARP", () => {
    const { engine, a, near, far } = create();
    near.arp = false;
    const frames: Uint8Array[] = [];
    attachIngress(far, (handle) => {
      frames.push(engine.pool.contents(handle).slice());
      return true;
    });
    a.ping(parseIpv4("10.0.0.2"), { count: 2, interval: 1e6 });
    engine.run(1e9);
    const macs = frames.map((frame) => [...frame.subarray(0, 12)]);
    const own = [...frames[0]!.subarray(6, 12)];
    expect(macs).toEqual([
      [...own, ...own],
      [...own, ...own],
    ]);
    expect(far.drops[DropReason.OTHERHOST]).toBe(2);
    expect([near.arp, a.namespace.neighbours.describe(near, parseIpv4("10.0.0.2"))]).toEqual([
      false,
      expect.stringMatching(/^neighbour 10\.0\.0\.2 at .*, no ARP$/),
    ]);
  });

  it("ignores who asks for its address", () => {
    const { engine, b, near } = create();
    near.arp = false;
    const ping = b.ping(parseIpv4("10.0.0.1"));
    engine.run(10e9);
    expect(ping.receivedCount).toBe(0);
  });
});
