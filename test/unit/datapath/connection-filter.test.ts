import { describe, expect, it } from "vitest";
import { FilterCount, HopRecorder } from "../../../src/datapath/index.ts";
import { DropReason, IcmpType } from "../../../src/wire/index.ts";
import { cut, fragments } from "../../conformance/fragments.ts";
import { counting, frame, icmp, packet, udpPacket, withHeaderChecksum } from "../../conformance/frames.ts";
import { chunk, datagram, FilterLab, REMOTE, segment, TO_POD, TO_REMOTE } from "./filter-lab.ts";

const PORTS = [40_000, 80] as const;
const BACK = [80, 40_000] as const;

/** A TCP handshake from outside, packet by packet: how many of the three pass. */
function handshake(lab: FilterLab, [from, to]: readonly [number, number] = PORTS): number {
  return (
    lab.send("remote", segment(TO_POD, [from, to], "S")) +
    lab.send("pod", segment(TO_REMOTE, [to, from], "SA")) +
    lab.send("remote", segment(TO_POD, [from, to], "A"))
  );
}

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

  it("takes a SYN behind the end of a connection for a new one", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    handshake(lab);
    lab.ingress.change([]);
    expect(lab.send("remote", segment(TO_POD, PORTS, "S"))).toBe(1); // in the middle of it: answered by the receiver
    expect(lab.send("remote", segment(TO_POD, PORTS, "RA"))).toBe(1);
    expect(lab.send("remote", segment(TO_POD, PORTS, "S"))).toBe(0);
  });

  const STRAYS = [
    segment(TO_POD, PORTS, "SA"),
    segment(TO_POD, PORTS, "R"),
    segment(TO_POD, PORTS, "FA"),
    segment(TO_POD, PORTS, "P"),
    chunk(TO_POD, PORTS, 0),
    packet({ ...TO_POD, protocol: 1, payload: icmp(IcmpType.ECHO_REPLY) }),
    packet({ ...TO_POD, protocol: 1, payload: icmp(IcmpType.TIMESTAMP_REPLY) }),
    packet({ ...TO_POD, protocol: 1, payload: icmp(IcmpType.ROUTER_ADVERTISEMENT) }),
    packet({ ...TO_POD, protocol: 6, payload: counting(8) }),
  ];

  it.each([
    ["whatever the rules are, under netfilter", "netfilter", 0],
    ["where rules may refuse anything, under Cilium", "cilium", STRAYS.length],
  ] as const)("drops what belongs to no connection and can begin none, %s", (_where, kind, unruled) => {
    const lab = new FilterLab({ kind });
    expect([lab.send("remote", ...STRAYS), lab.dropped(DropReason.REJECTED)]).toEqual([
      unruled,
      STRAYS.length - unruled,
    ]);
    lab.ingress.change([0, 80, PORTS[1]]);
    expect([lab.send("remote", ...STRAYS), lab.dropped(DropReason.REJECTED)]).toEqual([0, 2 * STRAYS.length - unruled]);
    // The middle of a TCP connection may be one whose beginning nobody saw (nf_conntrack_tcp_loose).
    expect(lab.send("remote", segment(TO_POD, PORTS, "A"))).toBe(1);
  });

  it("drops what no packet of a connection can be, under netfilter", () => {
    for (const [kind, passed] of [
      ["netfilter", 0],
      ["cilium", 1],
    ] as const) {
      const lab = new FilterLab({ kind });
      handshake(lab);
      expect(lab.send("pod", segment(TO_REMOTE, BACK, "S"))).toBe(passed);
      expect(lab.send("remote", segment(TO_POD, PORTS, "P"))).toBe(passed);
      expect(lab.send("remote", segment(TO_POD, PORTS, "PA"))).toBe(1);
      expect(lab.fromPod.packets[FilterCount.INVALID]).toBe(1 - passed);
    }
  });

  it("lets what it ignores prolong no life, and a SYN that is sent again neither", () => {
    const lab = new FilterLab();
    lab.egress.change([]);
    for (let i = 0; i < 4; i++) {
      expect(lab.send("remote", segment(TO_POD, PORTS, "S"))).toBe(1);
      lab.wait(31);
    }
    expect(lab.send("pod", segment(TO_REMOTE, BACK, "SA"))).toBe(0);
    const other = [40_001, 80] as const;
    handshake(lab, other);
    lab.send("remote", segment(TO_POD, other, "FA"));
    for (let i = 0; i < 4; i++) {
      expect(lab.send("remote", segment(TO_POD, other, "S"))).toBe(1);
      lab.wait(31);
    }
    expect(lab.send("pod", segment(TO_REMOTE, [80, 40_001], "A"))).toBe(0);
  });

  it("tracks ICMP's queries, each kind by itself", () => {
    const lab = new FilterLab();
    lab.egress.change([]);
    const query = (ends: typeof TO_POD | typeof TO_REMOTE, type: number): Uint8Array =>
      packet({ ...ends, protocol: 1, payload: icmp(type, 0, 0x0007_0001, counting(12)) });
    const queries = [
      [IcmpType.ECHO, IcmpType.ECHO_REPLY],
      [IcmpType.TIMESTAMP, IcmpType.TIMESTAMP_REPLY],
      [IcmpType.INFORMATION_REQUEST, IcmpType.INFORMATION_REPLY],
      [IcmpType.ADDRESS_MASK_REQUEST, IcmpType.ADDRESS_MASK_REPLY],
    ] as const;
    for (const [request, answer] of queries) {
      expect(lab.send("pod", query(TO_REMOTE, answer))).toBe(0);
      expect(lab.send("remote", query(TO_POD, request))).toBe(1);
      expect(lab.send("pod", query(TO_REMOTE, answer))).toBe(1);
      expect(lab.send("pod", query(TO_REMOTE, request))).toBe(0);
    }
    expect(lab.tracker.table.count).toBe(queries.length);
  });

  it("tracks SCTP by its chunks", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    lab.egress.change([]);
    expect(lab.send("remote", chunk(TO_POD, PORTS, 1))).toBe(1);
    expect(lab.send("pod", chunk(TO_REMOTE, BACK, 2))).toBe(1);
    lab.send("remote", chunk(TO_POD, PORTS, 10));
    lab.send("pod", chunk(TO_REMOTE, BACK, 11));
    lab.wait(200);
    expect(lab.send("remote", chunk(TO_POD, PORTS, 0))).toBe(1);
    expect(lab.send("pod", chunk(TO_REMOTE, [81, 40_000], 2))).toBe(0);
  });

  it("tells two who ping each other with one identifier apart", () => {
    const lab = new FilterLab();
    lab.egress.change([]);
    const echo = (ends: typeof TO_POD | typeof TO_REMOTE, type: number): Uint8Array =>
      packet({ ...ends, protocol: 1, payload: icmp(type, 0, 0x0007_0001) });
    expect(lab.send("remote", echo(TO_POD, IcmpType.ECHO))).toBe(1);
    expect(lab.send("pod", echo(TO_REMOTE, IcmpType.ECHO_REPLY))).toBe(1);
    expect(lab.send("pod", echo(TO_REMOTE, IcmpType.ECHO))).toBe(0);
  });

  it("passes ICMP errors about connections, and no others", () => {
    const lab = new FilterLab();
    lab.egress.change([53]);
    lab.ingress.change([]);
    const about = (port: number): Uint8Array =>
      packet({
        ...TO_POD,
        protocol: 1,
        payload: icmp(IcmpType.DESTINATION_UNREACHABLE, 3, 0, datagram(TO_REMOTE, [40_000, port]).subarray(0, 28)),
      });
    expect(lab.send("pod", datagram(TO_REMOTE, [40_000, 53]))).toBe(1);
    expect([lab.send("remote", about(53)), lab.send("remote", about(54))]).toEqual([1, 0]);
    expect(lab.toPod.packets[FilterCount.RELATED]).toBe(1);
  });

  it("passes no ICMP error to whom did not send what it quotes", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    const error = (quoted: Uint8Array): Uint8Array =>
      packet({ ...TO_POD, protocol: 1, payload: icmp(IcmpType.DESTINATION_UNREACHABLE, 3, 0, quoted.subarray(0, 28)) });
    const others = { source: "10.0.0.3", destination: REMOTE };
    // Three connections are known: the pod is an end of two of them, and began one of these.
    lab.send("pod", datagram(TO_REMOTE, [40_000, 53]), datagram(others, [40_000, 53]));
    lab.send("remote", datagram(TO_POD, PORTS));
    expect(lab.tracker.table.count).toBe(3);
    expect(lab.send("remote", error(datagram(TO_REMOTE, [40_000, 53])))).toBe(1);
    expect(lab.send("remote", error(datagram(others, [40_000, 53])))).toBe(0);
    expect(lab.send("remote", error(datagram(TO_POD, PORTS)))).toBe(0);
    expect(lab.send("remote", error(datagram(TO_REMOTE, BACK)))).toBe(1);
    expect(lab.toPod.packets[FilterCount.RELATED]).toBe(2);
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

  it("forgets by Linux's timeouts", () => {
    const lab = new FilterLab();
    lab.egress.change([]);
    const reply = datagram(TO_REMOTE, BACK);
    lab.send("remote", datagram(TO_POD, PORTS));
    lab.wait(31);
    expect(lab.send("pod", reply)).toBe(0);
    lab.send("remote", datagram(TO_POD, PORTS));
    lab.wait(3);
    lab.send("pod", reply);
    lab.wait(29);
    expect(lab.send("pod", reply)).toBe(1);
    lab.wait(119);
    expect(lab.send("pod", reply)).toBe(1);
    lab.wait(121);
    expect(lab.send("pod", reply)).toBe(0);
    handshake(lab);
    lab.wait(431_999);
    expect(lab.send("pod", segment(TO_REMOTE, BACK, "A"))).toBe(1);
    lab.send("pod", segment(TO_REMOTE, BACK, "FA"));
    lab.wait(121);
    expect(lab.send("pod", segment(TO_REMOTE, BACK, "FA"))).toBe(0);
  });

  it("forgets a connection that it picked up in its middle after 300 seconds, while nobody answers", () => {
    const lab = new FilterLab();
    const forth = segment(TO_POD, PORTS, "A");
    const back = segment(TO_REMOTE, BACK, "A");
    lab.egress.change([]);
    lab.send("remote", forth, forth);
    for (let i = 0; i < 3; i++) {
      // The second goes the fast way.
      expect(lab.send("remote", forth)).toBe(1);
      lab.wait(299);
    }
    expect(lab.send("remote", forth)).toBe(1);
    lab.wait(301);
    expect(lab.send("pod", back)).toBe(0);
    // Linux takes the first answer for one only when it has been through.
    lab.send("remote", forth);
    expect(lab.send("pod", back)).toBe(1);
    lab.wait(301);
    expect(lab.send("pod", back)).toBe(0);
    lab.send("remote", forth);
    lab.send("pod", back);
    expect(lab.send("remote", forth)).toBe(1);
    lab.wait(431_999);
    expect(lab.send("pod", back)).toBe(1);
  });

  const DAY = 86_400;

  it.each([1, 4, 9, 11, 24, 25, 30, 49, 50, 75])("has forgotten after %d days, whatever its clock shows", (days) => {
    const lab = new FilterLab();
    lab.egress.change([]);
    lab.send("remote", datagram(TO_POD, PORTS));
    lab.wait(days * DAY);
    expect([lab.send("pod", datagram(TO_REMOTE, BACK)), lab.tracker.table.count]).toEqual([0, 0]);
  });

  it("has forgotten so while another connection lives on", () => {
    const lab = new FilterLab();
    handshake(lab);
    lab.send("remote", datagram(TO_POD, PORTS));
    lab.egress.change([]);
    for (let days = 2; days < 60; days += 2) {
      lab.wait(2 * DAY);
      expect(lab.send("pod", segment(TO_REMOTE, BACK, "A"))).toBe(1);
      if (days % 10 === 6) expect(lab.send("pod", datagram(TO_REMOTE, BACK))).toBe(0);
    }
  });

  it("has forgotten a datagram's ports after 30 seconds, and after 30 days, under Cilium", () => {
    const lab = new FilterLab({ kind: "cilium" });
    lab.ingress.change([80]);
    const [first, second] = fragments(
      { ...TO_POD, protocol: 17, identification: 1 },
      udpPacket({ ...TO_POD, payload: counting(100) }, ...PORTS).subarray(20),
      cut(48, 108),
    );
    for (const [seconds, passed] of [
      [29, 1],
      [31, 0],
      [30 * DAY, 0],
    ] as const) {
      expect(lab.send("remote", first!)).toBe(1);
      lab.wait(seconds);
      expect(lab.send("remote", second!)).toBe(passed);
    }
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
