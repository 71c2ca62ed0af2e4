/** Captures that are read, changed and written again, before Wireshark's programs: tshark, capinfos, editcap, mergecap. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CaptureRecord, MemorySink, PcapngRecordWriter, PcapngWriter } from "../../src/capture/index.ts";
import { convert as convertCommand } from "../../src/cli/convert.ts";
import { formatIpv4, parseIpv4 } from "../../src/wire/index.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { capinfos, readFields, run } from "../tools/tshark.ts";
import { readRecords } from "../unit/capture/reading.ts";
import { within } from "../unit/cli/command.ts";
import { recordsIn } from "../unit/cli/captures.ts";
import { TUNNELLED } from "./frames.ts";
import { generateFrames } from "./generated-frames.ts";

const COUNT = 300;
const TOOLS = ["tshark", "capinfos", "editcap", "mergecap"].map(tool);

const CHECKSUMS = ["ip", "icmp", "udp", "tcp"].map((layer) => `${layer}.checksum.status`);

/** Frames with a checksum that tshark calls bad; their TCP flags make no sense, and are not looked at. */
function wrongChecksums(path: string): number {
  const rows = readFields(path, CHECKSUMS);
  expect(rows.length).toBe(COUNT);
  return rows.filter((row) => Object.values(row).some((states) => states.split(",").includes("0"))).length;
}

/** Every `step`th generated frame from `first` on, a millisecond and a nanosecond apart, on two interfaces. */
function generated(first: number, step: number): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapngWriter(sink, { epochSeconds: 1_700_000_000, comment: "generated" });
  for (const name of ["eth0", "eth1"]) writer.addInterface({ name });
  // editcap and mergecap want interfaces before anything else.
  writer.addNames([{ address: 0x0a00_0001, names: ["one"] }]);
  generateFrames(COUNT).forEach((frame, index) => {
    if (index % step !== first) return;
    writer.writePacket(index % 2, index * 1_000_001, frame, 0, frame.length, { comment: `frame ${index}` });
  });
  writer.flush();
  return sink.bytes();
}

describeWith(TOOLS, "podwire convert", () => {
  let folder: string;
  const inside = (name: string): string => join(folder, name);
  const convert = (...arguments_: readonly string[]): void =>
    expect(within(folder, convertCommand, arguments_)).toMatchObject({ status: 0, stderr: "" });
  /** What records of packets and their times are, whatever else is in a file. */
  const packetsIn = (name: string): unknown[] =>
    recordsIn(inside(name)).flatMap((record) =>
      record.kind === "packet"
        ? [[record.seconds, record.nanoseconds, record.originalLength, Buffer.from(record.bytes).toString("hex")]]
        : [],
    );

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "podwire-"));
    writeFileSync(inside("all.pcapng"), generated(0, 1));
    for (const part of [0, 1, 2]) writeFileSync(inside(`${part}.pcapng`), generated(part, 3));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("merges as mergecap does", () => {
    convert("0.pcapng", "1.pcapng", "2.pcapng", "merged.pcapng");
    run("mergecap", ["-w", inside("theirs.pcapng"), ...[0, 1, 2].map((part) => inside(`${part}.pcapng`))]);
    const fields = ["frame.time_epoch", "frame.interface_name", "frame.comment", "frame.len", "eth.src"] as const;
    const merged = readFields(inside("merged.pcapng"), fields);
    expect(merged).toEqual(readFields(inside("theirs.pcapng"), fields));
    expect(merged).toHaveLength(COUNT);
    expect(packetsIn("merged.pcapng")).toEqual(packetsIn("all.pcapng"));
  });

  it.each([
    ["classic pcap in nanoseconds", "nsecpcap", ["-F", "pcap"]],
    ["pcapng", "pcapng", []],
  ])("has in %s the packets that editcap has", (_name, format, options) => {
    convert("all.pcapng", `ours.${format}`, ...options);
    run("editcap", ["-F", format, inside("all.pcapng"), inside(`theirs.${format}`)]);
    expect(packetsIn(`ours.${format}`)).toEqual(packetsIn(`theirs.${format}`));
    expect(capinfos(inside(`ours.${format}`))).toContain("File timestamp precision:  nanoseconds (9)");
  });

  it.each(["pcap", "modpcap"])("reads editcap's %s", (format) => {
    run("editcap", ["-F", format, inside("all.pcapng"), inside("theirs.pcap")]);
    convert("theirs.pcap", "ours.pcap");
    expect(packetsIn("ours.pcap")).toHaveLength(COUNT);
    expect(packetsIn("ours.pcap")).toEqual(
      (packetsIn("all.pcapng") as [number, number, ...unknown[]][]).map(([seconds, nanoseconds, ...rest]) => [
        ...[seconds, nanoseconds - (nanoseconds % 1_000)],
        ...rest,
      ]),
    );
    expect(capinfos(inside("ours.pcap"))).toContain("File timestamp precision:  microseconds (6)");
  });

  it("cuts and moves in time as editcap does", () => {
    const [from, to] = ["2023-11-14T22:13:20.1Z", "2023-11-14T22:13:20.2Z"];
    convert("all.pcapng", "ours.pcapng", "--from", from, "--to", to, "--shift=-3600.5");
    const between = ["-A", "1700000000.1", "-B", "1700000000.2"];
    run("editcap", [...between, "-t", "-3600.5", inside("all.pcapng"), inside("theirs.pcapng")]);
    expect(packetsIn("ours.pcapng")).toEqual(packetsIn("theirs.pcapng"));
    expect(packetsIn("ours.pcapng")).toHaveLength(100);
  });

  it("packs with gzip what Wireshark unpacks", () => {
    convert("all.pcapng", "ours.pcapng.gz");
    const lines = capinfos(inside("ours.pcapng.gz")).split("\n");
    expect(lines).toContain("File type:           Wireshark/... - pcapng (gzip compressed)");
    expect(lines).toContain(`Number of packets:   ${COUNT}`);
  });

  it("keeps comments, names, interfaces and the section's comment", () => {
    convert("all.pcapng", "ours.pcapng");
    const report = capinfos(inside("ours.pcapng"));
    expect(report).toContain("Capture comment:     generated\n");
    expect(report).toContain("Number of resolved IPv4 addresses in file: 1\n");
    expect(report).toContain("Name = eth1\n");
    const comments = readFields(inside("ours.pcapng"), ["frame.comment"]).map((row) => row["frame.comment"]);
    expect(comments).toEqual(comments.map((_, index) => `frame ${index}`));
  });

  describe("--anonymize", () => {
    const ADDRESSES = ["ip.src", "ip.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"] as const;
    const FIELDS = [...ADDRESSES, "eth.src", "ip.ttl", "icmp.type", "udp.srcport", "tcp.seq_raw", "vxlan.vni"] as const;

    it("gives other addresses, the same for the same, in all layers, and keeps the rest and the checksums", () => {
      const outcome = within(folder, convertCommand, ["all.pcapng", "other.pcapng", "--anonymize", "a seed"]);
      expect(outcome.stderr).toMatch(/^podwire: convert: --anonymize did not look into, [^\n]*\n$/);
      expect(wrongChecksums(inside("other.pcapng"))).toBe(0);
      const [before, after] = ["all.pcapng", "other.pcapng"].map((name) => readFields(inside(name), FIELDS));
      const mapped = new Map<string, string>();
      before!.forEach((row, index) => {
        for (const field of ADDRESSES) {
          const [from, to] = [row[field], after![index]![field]].map((list) => list.split(","));
          from!.forEach((address, place) => {
            if (address !== "") expect(mapped.get(address) ?? to![place]).toBe(to![place]);
            mapped.set(address, to![place]!);
          });
        }
        for (const field of FIELDS.slice(ADDRESSES.length + 1)) expect(after![index]![field]).toBe(row[field]);
      });
      mapped.delete("");
      expect(mapped.size).toBeGreaterThan(200);
      expect(new Set(mapped.values()).size).toBe(mapped.size);
      expectPrefixesKept([...mapped]);
    });
  });

  it("--decap leaves the frames that tunnels carry", () => {
    const isTunnel = (row: Record<"frame.protocols", string>): boolean => row["frame.protocols"].includes("vxlan");
    const before = readFields(inside("all.pcapng"), ["frame.protocols"]);
    convert("all.pcapng", "ours.pcapng", "--decap");
    const after = readFields(inside("ours.pcapng"), ["frame.protocols"]);
    expect(before.filter(isTunnel).length).toBeGreaterThan(50);
    expect(after).toEqual(
      before.map((row) => ({ "frame.protocols": row["frame.protocols"].replace(/^.*:vxlan:/, "") })),
    );
    expect(wrongChecksums(inside("ours.pcapng"))).toBe(0);
  });

  it("--fix-checksums leaves no wrong one", () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink);
    writer.addInterface({ name: "eth0" });
    for (const frame of generateFrames(COUNT)) writer.writePacket(0, 0, damaged(frame), 0, frame.length);
    writer.flush();
    writeFileSync(inside("wrong.pcapng"), sink.bytes());
    expect(wrongChecksums(inside("wrong.pcapng"))).toBeGreaterThan(50);
    convert("wrong.pcapng", "right.pcapng", "--fix-checksums");
    expect(wrongChecksums(inside("right.pcapng"))).toBe(0);
  });
});

/** Two addresses share as many leading bits as what stands for them. */
function expectPrefixesKept(mapped: readonly (readonly [from: string, to: string])[]): void {
  const shared = (a: string, b: string): number => Math.clz32(parseIpv4(a) ^ parseIpv4(b));
  for (let i = 1; i < mapped.length; i++) {
    const [[a, mappedA], [b, mappedB]] = [mapped[i - 1]!, mapped[i]!];
    expect(shared(mappedA, mappedB), `${a} ${b}`).toBe(shared(a, b));
    expect(formatIpv4(parseIpv4(mappedA))).toBe(mappedA);
  }
}

/** The frame with another header checksum, if it is IPv4 without tags. */
function damaged(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  if (frame[12] === 0x08 && frame[13] === 0x00) copy[25]! ^= 1;
  return copy;
}

describeWith([tool("tshark"), tool("capinfos")], "tshark reads what PcapngRecordWriter writes", () => {
  const NONE = { comments: [], options: [] };
  const usual = { snapLength: 0, unitsPerSecond: 1e6, offsetSeconds: 0, ...NONE };
  const RECORDS: readonly CaptureRecord[] = [
    { kind: "interface", id: 0, linkType: 1, ...usual, name: "be0", unitsPerSecond: 1e9, offsetSeconds: 1_700_000_000 },
    { kind: "interface", id: 1, linkType: 1, ...usual, name: "be1", unitsPerSecond: 1_024, comments: ["coarse"] },
    ...[0, 1].map((interfaceId): CaptureRecord => ({
      ...{ kind: "packet", interfaceId, hasTime: true, seconds: 1_700_000_000, nanoseconds: 500_000_000 },
      ...{ bytes: TUNNELLED, originalLength: TUNNELLED.length, direction: "out", packetId: 2 ** 40 },
      ...{ comments: ["one", "two"], options: [] },
    })),
    { kind: "statistics", interfaceId: 0, seconds: 1_700_000_001, nanoseconds: 0, received: 7, ...NONE },
    { kind: "names", entries: [{ address: 0x0af4_0105, names: ["pod-a"] }], others: [], ...NONE },
    { kind: "other", blockType: 0x0bad, bytes: Uint8Array.of(0, 0, 0x7e, 0xd9, 1, 2, 3, 4) },
    {
      ...{ kind: "packet", interfaceId: 0, hasTime: false, seconds: 0, nanoseconds: 0, bytes: TUNNELLED },
      ...{ originalLength: TUNNELLED.length, ...NONE },
    },
  ];

  it.each(["little", "big"] as const)("%s endian", (byteOrder) => {
    const sink = new MemorySink();
    const writer = new PcapngRecordWriter(sink);
    writer.write({ kind: "section", format: "pcapng", byteOrder, comment: "whole", options: [] });
    for (const record of RECORDS) writer.write(record);
    writer.flush();
    expect(readRecords(sink.bytes())).toHaveLength(RECORDS.length + 1);
    const fields = ["frame.interface_name", "frame.time_epoch", "frame.comment", "frame.packet_id", "ip.src"] as const;
    const rows = readFields(sink.bytes(), fields, { resolve: "n" }).map((row) => Object.values(row));
    const packet = ["1700000000.500000000", "one,two", `${2 ** 40}`, "192.168.1.10,10.244.1.5"];
    expect(rows[0]).toEqual(["be0", ...packet]);
    expect(rows[1]).toEqual(["be1", ...packet]);
    expect(rows.at(-1)).toEqual(["be0", "", "", "", "192.168.1.10,10.244.1.5"]);
    const report = capinfos(sink.bytes());
    for (const line of ["Capture comment:     whole", "Number of stat entries = 1", "Name = be1"])
      expect(report).toContain(line);
  });
});
