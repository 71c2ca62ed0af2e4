import { describe, expect, it } from "vitest";
import { FilterCount } from "../../../src/datapath/index.ts";
import { DropReason, IcmpType, parseIpv4 } from "../../../src/wire/index.ts";
import { cut, fragments } from "../../conformance/fragments.ts";
import { counting, frame, icmp, packet, udpPacket } from "../../conformance/frames.ts";
import { BACK, chunk, datagram, FilterLab, handshake, PORTS, REMOTE, segment, TO_POD, TO_REMOTE } from "./filter-lab.ts";

describe("connection tracking", () => {
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

  it("passes what is of no connection from the pod's own node, and to it where rules are not asked about that", () => {
    const lab = new FilterLab();
    lab.ingress.change([]);
    lab.egress.change([]);
    const transmit = (bytes: Uint8Array): number => {
      const before = lab.taken.length;
      lab.device.transmit(frame(2, 4, 0x0800, bytes));
      lab.engine.run(lab.engine.now);
      return lab.taken.length - before;
    };
    expect(STRAYS.map(transmit)).toEqual(STRAYS.map(() => 1));
    lab.node.addAddress(lab.device, "10.0.0.9/24");
    const toNode = { source: TO_REMOTE.source, destination: "10.0.0.9" };
    const stray = (ends: typeof toNode): Uint8Array =>
      packet({ ...ends, protocol: 1, payload: icmp(IcmpType.ECHO_REPLY) });
    expect([lab.send("pod", stray(toNode)), lab.send("pod", stray(TO_REMOTE))]).toEqual([1, 0]);
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

  it("takes an INIT behind the end of an SCTP association for a new one", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    expect(lab.send("remote", chunk(TO_POD, PORTS, 1), chunk(TO_POD, PORTS, 6))).toBe(2);
    lab.ingress.change([]);
    lab.send("pod", chunk(TO_REMOTE, BACK, 6));
    expect(lab.send("remote", chunk(TO_POD, PORTS, 1))).toBe(0);
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
      if (days % 24 === 2 && days > 2) expect(lab.send("pod", datagram(TO_REMOTE, BACK))).toBe(0);
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

  it("relates no ICMP error to a connection that another filter has yet to allow", () => {
    for (const isFiltered of [false, true]) {
      const lab = new FilterLab();
      if (isFiltered) lab.tracker.noteFiltered(parseIpv4(REMOTE) | 0);
      lab.ingress.change([]);
      const sent = datagram(TO_REMOTE, [40_000, 53]);
      const error = packet({ ...TO_POD, protocol: 1, payload: icmp(IcmpType.TIME_EXCEEDED, 0, 0, sent) });
      expect([lab.send("pod", sent), lab.send("remote", error)]).toEqual([1, isFiltered ? 0 : 1]);
    }
  });
});
