import { describe, expect, it } from "vitest";
import { FilterCount, HopRecorder } from "../../../src/datapath/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { counting, frame, withHeaderChecksum } from "../../conformance/frames.ts";
import { BACK, datagram, FilterLab, handshake, PORTS, segment, TO_POD, TO_REMOTE } from "./filter-lab.ts";

describe("a filter of connections", () => {
  it("passes what rules allow and drops the rest, counted by reason", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    expect(lab.send("remote", segment(TO_POD, PORTS, "S"), segment(TO_POD, [1, 81], "S"))).toBe(1);
    expect(lab.dropped(DropReason.NETFILTER_DROP)).toBe(1);
    expect([lab.toPod.packets[FilterCount.ALLOWED], lab.toPod.packets[FilterCount.REFUSED]]).toEqual([1, 1]);
    expect(lab.toPod.bytes[FilterCount.ALLOWED]).toBe(54);
  });

  it("passes replies of what it allowed, though their direction is denied", () => {
    const lab = new FilterLab();
    lab.egress.change([]);
    expect(handshake(lab)).toBe(3);
    expect(lab.send("pod", segment(TO_REMOTE, BACK, "PA"))).toBe(1);
    expect(lab.send("pod", segment(TO_REMOTE, [41_000, 80], "S"))).toBe(0);
  });

  it("asks the rules once for a connection, and again when they have changed and nobody has answered", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    expect(lab.send("remote", ...Array.from({ length: 20 }, () => datagram(TO_POD, PORTS)))).toBe(20);
    // All of one vector are new as long as none of it has been decided on.
    expect(lab.send("remote", datagram(TO_POD, PORTS), datagram(TO_POD, PORTS))).toBe(2);
    const asked = lab.ingress.asked;
    expect([lab.send("remote", datagram(TO_POD, PORTS)), lab.ingress.asked]).toEqual([1, asked]);
    lab.ingress.change([]);
    expect([lab.send("remote", datagram(TO_POD, PORTS)), lab.tracker.table.count]).toEqual([0, 0]);
  });

  it("lets established connections go on when rules change, and new ones obey", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    handshake(lab);
    lab.send("remote", datagram(TO_POD, PORTS));
    lab.send("pod", datagram(TO_REMOTE, BACK));
    lab.ingress.change([]);
    lab.egress.change([]);
    const rest = [segment(TO_POD, PORTS, "PA"), datagram(TO_POD, PORTS)];
    expect(lab.send("remote", ...rest)).toBe(2);
    expect(lab.send("pod", segment(TO_REMOTE, BACK, "A"), datagram(TO_REMOTE, BACK))).toBe(2);
    expect(lab.send("remote", segment(TO_POD, [40_001, 80], "S"), datagram(TO_POD, [40_001, 80]))).toBe(0);
  });

  it("asks rules that have changed about the direction that began, where tracking is Cilium's", () => {
    const lab = new FilterLab({ kind: "cilium" });
    lab.ingress.change([80]);
    handshake(lab);
    lab.send("remote", datagram(TO_POD, PORTS));
    lab.send("pod", datagram(TO_REMOTE, BACK));
    const forth = [segment(TO_POD, PORTS, "PA"), datagram(TO_POD, PORTS)];
    const back = [segment(TO_REMOTE, BACK, "A"), datagram(TO_REMOTE, BACK)];
    const asked = lab.ingress.asked;
    expect([lab.send("remote", ...forth), lab.send("pod", ...back), lab.ingress.asked]).toEqual([2, 2, asked]);
    lab.ingress.change([]);
    lab.egress.change([]);
    expect([lab.send("remote", ...forth), lab.send("pod", ...back)]).toEqual([0, 2]);
    lab.ingress.change([80]);
    expect([lab.send("remote", ...forth), lab.send("pod", ...back)]).toEqual([2, 2]);
  });

  it("drops new connections when the table is at its bound, and keeps the old ones", () => {
    const lab = new FilterLab({ limit: 3 });
    for (const port of [1, 2, 3]) expect(handshake(lab, [40_000, port])).toBe(3);
    expect(lab.send("remote", segment(TO_POD, [40_000, 4], "S"))).toBe(0);
    expect(lab.dropped(DropReason.CT_TABLE_FULL)).toBe(1);
    for (const port of [1, 2, 3]) expect(lab.send("pod", segment(TO_REMOTE, [port, 40_000], "PA"))).toBe(1);
    lab.send("remote", segment(TO_POD, [40_000, 1], "R"));
    lab.wait(11);
    expect(lab.send("remote", segment(TO_POD, [40_000, 4], "S"))).toBe(1);
  });

  it("leaves alone what is no IPv4 packet, and what its receiver refuses", () => {
    const lab = new FilterLab();
    lab.egress.change([]);
    expect(lab.sendFrame(frame(2, 4, 0x0806, counting(28)))).toBe(1);
    const unsound = withHeaderChecksum(segment(TO_REMOTE, PORTS, "S"));
    unsound[10]! ^= 1;
    expect(lab.send("pod", unsound, segment(TO_REMOTE, PORTS, "S"))).toBe(1);
  });

  it("does not take what is flooded to it for its own, and decides on broadcasts one by one", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    const other = { source: "10.0.0.2", destination: "10.0.0.3" };
    expect([lab.send("remote", datagram(other, PORTS)), lab.tracker.table.count]).toEqual([1, 0]);
    lab.ingress.change([]);
    expect(lab.sendTo(4, datagram(other, PORTS))).toBe(1); // another station's: for the pod to drop
    expect(lab.sendTo(2, datagram(other, PORTS))).toBe(0);
    const everybody = datagram({ source: "10.0.0.2", destination: "10.0.0.255" }, PORTS);
    expect(lab.sendTo(0xffff_ffff_ffff, everybody)).toBe(0);
    lab.ingress.change([80]);
    expect([lab.sendTo(0xffff_ffff_ffff, everybody), lab.tracker.table.count]).toEqual([1, 0]);
  });

  it("passes what comes from the node itself, and tracks it", () => {
    const lab = new FilterLab();
    lab.ingress.change([]);
    lab.egress.change([]);
    lab.device.transmit(frame(2, 4, 0x0800, segment(TO_POD, PORTS, "S")));
    lab.engine.run(lab.engine.now);
    expect([lab.tracker.table.count, lab.send("pod", segment(TO_REMOTE, BACK, "SA"))]).toEqual([1, 1]);
  });

  it("decides alike on one packet and on a vector, whoever looks on", () => {
    const packets = Array.from({ length: 300 }, (_, i) =>
      i % 3 === 0
        ? datagram(TO_POD, [40_000 + (i % 7), 80 + (i % 2)])
        : segment(TO_POD, [40_000 + (i % 5), 80 + (i % 2)], ["S", "A", "PA"][i % 3]!),
    );
    const results = ["one by one", "as a vector", "asked"].map((how) => {
      const lab = new FilterLab();
      lab.ingress.change([80]);
      if (how === "asked") lab.engine.observer = new HopRecorder(lab.engine, []);
      if (how === "one by one") return packets.reduce((sum, one) => sum + lab.send("remote", one), 0);
      return lab.send("remote", ...packets);
    });
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toBeGreaterThan(100);
  });

  it("says why, and names the policy in the hop", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    const hops: string[] = [];
    lab.engine.observer = new HopRecorder(lab.engine, [
      {
        hop: ({ device, direction, comment, verdict }) =>
          hops.push(`${device.name} ${direction}: ${comment} [${verdict}]`),
      },
    ]);
    lab.send("remote", segment(TO_POD, PORTS, "S"));
    lab.send("pod", segment(TO_REMOTE, BACK, "SA"));
    lab.send("remote", segment(TO_POD, [1, 81], "S"));
    const drop = "dropped at node/veth0: NETFILTER_DROP, a network policy does not allow it";
    expect(hops.filter((text) => text.startsWith("eth0 in") || text.startsWith("veth0"))).toEqual([
      "eth0 in: decision 1 [the policy]",
      "veth0 out: decision 1 [the policy]",
      "eth0 in:  [undefined]",
      "veth0 in: established [undefined]",
      "eth0 in:  [undefined]",
      `eth0 in: decision -2; ${drop} [the policy]`,
    ]);
  });
});
