import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/bytes/hex.ts";
import type { CaptureRecord, InterfaceRecord, PacketRecord } from "../../../src/capture/index.ts";
import { AddressAnonymizer } from "../../../src/cli/address-anonymizer.ts";
import { type PacketPlan, PacketSteps } from "../../../src/cli/packet-steps.ts";
import * as frames from "../wire/frames.ts";

const NONE = { comments: [], options: [] };
const SECTION: CaptureRecord = {
  ...{ kind: "section", format: "pcapng", byteOrder: "little", comment: "10.244.1.5", options: [] },
};
const INTERFACE: InterfaceRecord = {
  ...{ kind: "interface", id: 0, linkType: 1, snapLength: 0, unitsPerSecond: 1e6, offsetSeconds: 0 },
  ...{ name: "eth0", description: "to 10.244.1.5", mac: 0x001b_2100_0001, filter: "host 10.244.1.5" },
  comments: ["c"],
  options: [{ code: 4, value: new Uint8Array(8) }],
};

function packet(seconds: number, bytes: Uint8Array = frames.UDP_DATAGRAM): PacketRecord {
  const kind = { kind: "packet", interfaceId: 0, hasTime: true } as const;
  return { ...kind, seconds, nanoseconds: 0, bytes, originalLength: bytes.length, comments: ["c"], options: [] };
}

const UNTIMED: PacketRecord = { ...packet(0), hasTime: false };

/** What becomes of records. */
function take(plan: PacketPlan, ...records: readonly CaptureRecord[]): CaptureRecord[] {
  const written: CaptureRecord[] = [];
  const steps = new PacketSteps(plan, (record) =>
    written.push(record.kind === "packet" ? { ...record, bytes: record.bytes.slice() } : record),
  );
  for (const record of records) steps.take(record);
  return written;
}

/** The packets of it. */
function packets(plan: PacketPlan, ...records: readonly CaptureRecord[]): PacketRecord[] {
  return take(plan, SECTION, INTERFACE, ...records).filter((record) => record.kind === "packet");
}

describe("PacketSteps", () => {
  it("hands on what it takes, the same objects, when there is nothing to do", () => {
    const records = [SECTION, INTERFACE, packet(1), UNTIMED];
    const written: CaptureRecord[] = [];
    const steps = new PacketSteps({}, (record) => written.push(record));
    for (const record of records) steps.take(record);
    written.forEach((record, index) => expect(record).toBe(records[index]));
    expect(steps.packetCount).toBe(2);
  });

  it("takes so many packets, and nothing behind them", () => {
    const statistics: CaptureRecord = { kind: "statistics", interfaceId: 0, seconds: 0, nanoseconds: 0, ...NONE };
    expect(take({ limit: 2 }, SECTION, INTERFACE, packet(1), packet(2), statistics, packet(3))).toHaveLength(4);
  });

  it("takes packets from a time on, and before another", () => {
    const from = { seconds: 2, nanoseconds: 0, isRelative: false };
    const to = { seconds: 4, nanoseconds: 0, isRelative: false };
    const all = [1, 2, 3, 4].map((seconds) => packet(seconds));
    const times = (plan: PacketPlan): number[] => packets(plan, ...all, UNTIMED).map(({ seconds }) => seconds);
    expect(times({ from })).toEqual([2, 3, 4]);
    expect(times({ to })).toEqual([1, 2, 3]);
    expect(times({ from, to })).toEqual([2, 3]);
    expect(times({})).toEqual([1, 2, 3, 4, 0]);
    // From the first packet on.
    expect(times({ from: { ...from, isRelative: true } })).toEqual([3, 4]);
    expect(times({ to: { seconds: 0, nanoseconds: 1, isRelative: true } })).toEqual([1]);
  });

  it("adds a time to all times, of statistics too, and counts in nanoseconds then", () => {
    const shift = { seconds: -1, nanoseconds: 500_000_001 };
    const half = { seconds: 1, nanoseconds: 500_000_001 };
    const time = { seconds: 2, nanoseconds: 0 };
    const statistics: CaptureRecord = { kind: "statistics", interfaceId: 0, ...time, startTime: time, ...NONE };
    const [, source, first, second, third] = take({ shift }, SECTION, INTERFACE, packet(2), UNTIMED, statistics);
    expect(source).toMatchObject({ unitsPerSecond: 1e9 });
    expect(first).toMatchObject(half);
    expect(second).toEqual(UNTIMED);
    expect(third).toMatchObject({ ...half, startTime: half, endTime: undefined });
  });

  it("lets those pass that a filter lets pass, before anything else is done", () => {
    const isLong = (_view: DataView, offset: number, end: number): boolean => end - offset > 100;
    const found = packets({ filter: isLong, decapsulates: true }, packet(1), packet(2, frames.VXLAN_ECHO_REQUEST));
    expect(found.map(({ seconds, bytes }) => [seconds, bytes.length])).toEqual([[2, 98]]);
  });

  it("takes tunnels off, of Ethernet frames", () => {
    const cut = { ...packet(1, frames.VXLAN_ECHO_REQUEST.subarray(0, 70)), originalLength: 148 };
    const [inner, rest] = packets({ decapsulates: true }, cut, packet(2));
    expect(formatHex(inner!.bytes)).toBe(formatHex(frames.VXLAN_ECHO_REQUEST.subarray(50, 70)));
    expect(inner!.originalLength).toBe(98);
    expect(rest).toEqual(packet(2));
    const raw = { ...INTERFACE, linkType: 101 };
    expect(take({ decapsulates: true }, SECTION, raw, cut)[2]).toEqual(cut);
  });

  it("ends a frame that was in a tunnel with the datagram, and knows how long it was", () => {
    const frame = Uint8Array.of(...frames.VXLAN_ECHO_REQUEST, 1, 2, 3, 4);
    const [inner] = packets({ decapsulates: true }, packet(1, frame));
    expect(formatHex(inner!.bytes)).toBe(formatHex(frames.VXLAN_ECHO_REQUEST.subarray(50)));
    expect(inner!.originalLength).toBe(98);
    const cut = { ...packet(1, frame.subarray(0, 120)), originalLength: frame.length };
    const [rest] = packets({ decapsulates: true }, cut);
    expect([rest!.bytes.length, rest!.originalLength]).toEqual([70, 98]);
  });

  describe("that change bytes", () => {
    const sequence = [1, 2, 3, 4];
    const frame = frames.UDP_DATAGRAM;
    const whole = { ...packet(1, Uint8Array.of(...frame, ...sequence)), flags: 0x81 };
    const plans: readonly PacketPlan[] = [
      { decapsulates: true },
      { fixesChecksums: true },
      { anonymizer: new AddressAnonymizer("seed") },
    ];

    it.each(plans)("take check sequences off, by an interface's word or a packet's", (plan) => {
      for (const [source, taken] of [
        [
          { ...INTERFACE, fcsLength: 4 },
          { ...whole, flags: 1 },
        ],
        [INTERFACE, whole],
      ] as const) {
        const [, written, found] = take(plan, SECTION, source, taken);
        expect((written as InterfaceRecord).fcsLength).toBeUndefined();
        expect(found).toMatchObject({ originalLength: frame.length, flags: 1 });
        expect((found as PacketRecord).bytes.length).toBe(frame.length);
      }
      const cut = { ...whole, bytes: whole.bytes.subarray(0, -5) };
      expect(packets(plan, cut)[0]).toMatchObject({ originalLength: frame.length });
      expect(packets(plan, cut)[0]!.bytes.length).toBe(frame.length - 1);
    });

    it("take hashes off packets that have changed, and off no others", () => {
      const options = [
        { code: 3, value: new Uint8Array(5) },
        { code: 99, value: new Uint8Array(1) },
      ];
      const plan = { fixesChecksums: true };
      const [same] = packets(plan, { ...packet(1), options });
      expect(same!.options).toEqual(options);
      const wrong = frames.UDP_DATAGRAM.slice();
      wrong[24]! ^= 1;
      expect(packets(plan, { ...packet(1, wrong), options })[0]!.options).toEqual(options.slice(1));
      const [inner] = packets({ decapsulates: true }, { ...packet(1, frames.VXLAN_ARP_REQUEST), options });
      expect(inner!.options).toEqual(options.slice(1));
    });

    it("leave everything else in place when nothing is to be changed", () => {
      const source = { ...INTERFACE, fcsLength: 4 };
      expect(take({ limit: 5 }, SECTION, source, whole).slice(1)).toEqual([source, whole]);
    });
  });

  it("leave out what is not to be copied into a changed capture", () => {
    const options = [19_372, 2_988, 19_373].map((code) => ({ code, value: new Uint8Array(4) }));
    const copied = [{ code: 2_988, value: new Uint8Array(4) }];
    const blocks = [0xbad, 0x4000_0bad].map((blockType): CaptureRecord => ({
      kind: "other",
      blockType,
      bytes: new Uint8Array(4),
    }));
    const records = [
      { ...SECTION, options } as CaptureRecord,
      { ...INTERFACE, options },
      { ...packet(1), options },
      ...blocks,
    ];
    const changing: readonly PacketPlan[] = [
      { fixesChecksums: true },
      { decapsulates: true },
      { filter: () => true },
      { shift: { seconds: 1, nanoseconds: 0 } },
      { limit: 9 },
      { merges: true },
    ];
    for (const plan of changing) {
      const found = take(plan, ...records);
      expect(found).toHaveLength(4);
      for (const record of found.slice(0, 3)) expect((record as PacketRecord).options).toEqual(copied);
      expect(found[3]).toMatchObject({ blockType: 0xbad });
    }
    expect(take({}, ...records)).toEqual(records);
  });

  it("counts checksums that it cannot compute, and what it does not look into", () => {
    const steps = new PacketSteps({ fixesChecksums: true }, () => {});
    const cut = { ...packet(1, frames.UDP_DATAGRAM.subarray(0, -1)), originalLength: frames.UDP_DATAGRAM.length };
    const list = [packet(1), cut, packet(1, frames.LOCAL_EXPERIMENT), packet(1, frames.UNKNOWN_PROTOCOL)];
    for (const record of [SECTION, INTERFACE, ...list]) steps.take(record);
    expect(steps.unfixed.text).toBe("local-experiment (1 packet), ip-protocol-253 (1 packet)");
    expect([steps.unfixedCount, steps.unmapped.text]).toEqual([1, ""]);
  });

  it("computes checksums anew", () => {
    const wrong = frames.UDP_DATAGRAM.slice();
    wrong[24]! ^= 1;
    const [right] = packets({ fixesChecksums: true }, packet(1, wrong));
    expect(formatHex(right!.bytes)).toBe(formatHex(frames.UDP_DATAGRAM));
    expect(wrong[24]).not.toBe(frames.UDP_DATAGRAM[24]);
  });

  it("takes packets of any length", () => {
    const long = new Uint8Array(200_000).fill(7);
    expect(packets({ fixesChecksums: true }, packet(1, long))[0]!.bytes.length).toBe(200_000);
  });

  describe("with other addresses", () => {
    const plan: PacketPlan = { anonymizer: new AddressAnonymizer("seed") };

    it("leaves out what may hold addresses beside the packets", () => {
      const names: CaptureRecord = { kind: "names", entries: [], others: [], ...NONE };
      const other: CaptureRecord = { kind: "other", blockType: 10, bytes: new Uint8Array(4) };
      const [section, source, first, ...rest] = take(plan, SECTION, INTERFACE, names, other, packet(1));
      expect(section).toMatchObject({ comment: undefined, options: [] });
      expect(source).toMatchObject({ name: "eth0", description: undefined, filter: undefined, ...NONE });
      expect((source as InterfaceRecord).mac).toBe(plan.anonymizer!.mac(INTERFACE.mac!));
      expect(first).toMatchObject({ kind: "packet", ...NONE });
      expect(rest).toEqual([]);
    });

    it("counts packets by what it did not look into", () => {
      const steps = new PacketSteps(plan, () => {});
      const list = [frames.UDP_DATAGRAM, frames.LOCAL_EXPERIMENT, frames.TCP_SYN, frames.LOCAL_EXPERIMENT];
      for (const record of [SECTION, INTERFACE, ...list.map((frame) => packet(1, frame))]) steps.take(record);
      expect(steps.unmapped.text).toBe("local-experiment (2 packets), payload of udp (1 packet)");
      expect([steps.unfixed.text, steps.unfixedCount]).toEqual(["", 0]);
    });

    it("refuses packets of which it does not know where addresses are", () => {
      expect(() => take(plan, SECTION, { ...INTERFACE, linkType: 105 }, packet(1))).toThrow(
        "expected packets whose addresses --anonymize finds (Ethernet, IP, Linux cooked), found IEEE802_11",
      );
    });
  });
});
