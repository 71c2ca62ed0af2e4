/** Invariants of forwarding, in random networks under random traffic. */
import fc from "fast-check";
import { type Hop, HopRecorder } from "podwire";
import { buildNetwork, perform, topology, traffic } from "podwire/arbitraries";
import { DropReason, ethernet, EtherType, ipv4 } from "podwire/wire";
import { expect, test } from "vitest";

// Up to three LANs and a router. With quirks there are small MTUs too, switches that forget, and small pools.
const networks = topology({ quirks: false, overlays: false });
const talk = traffic({ kinds: ["ping", "datagram", "wait"], maxSteps: 10 });

test("a router takes one from the time to live, and leaves the checksum right", () => {
  let forwardedCount = 0;
  fc.assert(
    fc.property(networks, talk, (plan, steps) => {
      const network = buildNetwork(plan);
      const received = new Map<number, number>(); // time to live, by packet
      const hop = ({ device, direction, packetId, bytes }: Hop): void => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        if (device.namespace.name !== "router" || ethernet.etherType(view, 0) !== EtherType.IPV4) return;
        expect(ipv4.check(view, 14, bytes.length)).toBe(DropReason.NONE);
        if (direction === "in") received.set(packetId, ipv4.timeToLive(view, 14));
        if (direction === "in" || !received.has(packetId)) return;
        expect(ipv4.timeToLive(view, 14)).toBe(received.get(packetId)! - 1);
        forwardedCount++;
      };
      network.engine.observer = new HopRecorder(network.engine, [{ hop }]);
      for (const step of steps) perform(network, step);
      network.engine.run();
    }),
    { numRuns: 50 },
  );
  expect(forwardedCount).toBeGreaterThan(20);
});

test("every host reaches every other, and no packet is lost without a reason", () => {
  fc.assert(
    fc.property(networks, talk, fc.nat(), fc.nat(), (plan, steps, from, to) => {
      const network = buildNetwork(plan);
      const { engine, hosts } = network;
      for (const step of steps) perform(network, step);
      const { namespace } = hosts[to % hosts.length]!;
      const [own] = namespace.addresses.list(namespace.device("eth0"));
      const ping = hosts[from % hosts.length]!.ping(own!.address);
      engine.run();
      expect(ping.receivedCount).toBe(1);
      const made = engine.pool.allocationCount + engine.pool.cloneCount;
      expect(engine.deliveredCount + engine.consumedCount + engine.droppedCount).toBe(made);
    }),
    { numRuns: 50 },
  );
});
