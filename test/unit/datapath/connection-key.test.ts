import { describe, expect, it } from "vitest";
import { FilterCount } from "../../../src/datapath/index.ts";
import { IcmpType } from "../../../src/wire/index.ts";
import { concatenate, counting, icmp, packet, viewOf } from "../../conformance/frames.ts";
import { BACK, datagram, FilterLab, PORTS, REMOTE, TO_POD, TO_REMOTE } from "./filter-lab.ts";

describe("the key of a connection", () => {
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

  describe("of a packet that an error quotes", () => {
    const QUOTED = datagram(TO_REMOTE, [40_000, 53]);

    /** Whether an error passes that quotes so many bytes of a packet: of one of a known connection, with these changes. */
    function passes(length: number, change: (quoted: Uint8Array) => void, behind = new Uint8Array(0)): boolean {
      const lab = new FilterLab();
      lab.ingress.change([]);
      lab.send("pod", QUOTED);
      const quoted = QUOTED.slice(0, length);
      change(quoted);
      const error = packet({ ...TO_POD, protocol: 1, payload: icmp(IcmpType.TIME_EXCEEDED, 0, 0, quoted) });
      return lab.send("remote", concatenate(error, behind)) === 1;
    }

    it("is known from its header and eight bytes, and from no less, whatever lies behind the error", () => {
      expect(passes(28, () => {})).toBe(true);
      for (const length of [0, 8, 19, 20, 23, 24, 27])
        expect(passes(length, () => {}, QUOTED.slice(length, 60))).toBe(false);
    });

    it("is that of a whole datagram or its first fragment", () => {
      const withFragment = (field: number) => (quoted: Uint8Array) => viewOf(quoted).setUint16(6, field);
      expect(passes(28, withFragment(0x2000))).toBe(true);
      for (const field of [1, 0x2001, 0x1fff]) expect(passes(28, withFragment(field))).toBe(false);
    });

    it("is that of an IPv4 packet", () => {
      expect(passes(28, (quoted) => (quoted[0] = 0x65))).toBe(false);
      // A header of 24 bytes: its last four are taken for options.
      expect(passes(28, (quoted) => (quoted[0] = 0x46))).toBe(false);
    });
  });
});
