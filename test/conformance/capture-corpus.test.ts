/**
 * Every capture of ../shared/corpus, 1,656 files of other projects' test suites, 187 of them fuzzed on purpose: read to
 * its end or to a CaptureError, with the packets that tshark 4.0 finds; and pcapng-test-generator's files, block by
 * block. Each difference is named here with its reason.
 */

import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import {
  CaptureError,
  CaptureReader,
  LinkType,
  PcapngRecordWriter,
  PcapRecordWriter,
} from "../../src/capture/index.ts";
import type { CaptureRecord, InterfaceRecord, PacketRecord } from "../../src/capture/index.ts";
import { kept, read, write } from "../property/capture-records.ts";
import { describeWith, shared, sharedPath } from "../tools/requirements.ts";

const CUSTOM_BLOCKS = [0xbad, 0x4000_0bad];

/** Link types that tshark 4.0 does not open at all. */
const UNKNOWN_TO_TSHARK = [132, 182, 281, 284];

/** SunATM's header of four bytes before each packet is no part of it for tshark. */
const SUNATM = 123;
const SUNATM_HEADER_LENGTH = 4;

/** tshark takes a longer one for this. */
const LONGEST_FOR_TSHARK = 0x7fff_ffff;

const FUZZED = "PcapPlusPlus__Fuzzers__RegressionTests__regression_samples__";

/** Packets that are there for libpcap (tcpdump 4.99) and not for tshark, which takes the files for other variants. */
const MORE_FOR_LIBPCAP: Readonly<Record<string, number>> = {
  // Version 2.3 with its lengths swapped, in the only packet.
  [`${FUZZED}clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328`]: 1,
  // The third packet's length is impossible.
  [`${FUZZED}crash-exception-cast-constructed-record`]: 1,
};

interface CorpusFile {
  readonly name: string;
  readonly records: readonly CaptureRecord[];
  readonly error: CaptureError | undefined;
  /** tshark's rows: number, captured and whole length, time. */
  readonly expected: readonly (readonly string[])[];
}

function readCorpusFile(name: string, index: number): CorpusFile {
  const capture = readFileSync(sharedPath(`corpus/captures/${name}`));
  const rows = readFileSync(sharedPath(`corpus/expect/${name}.tsv`), "utf8")
    .trimEnd()
    .split("\n")
    .slice(1);
  const expected = rows.map((row) => row.split("\t"));
  const records: CaptureRecord[] = [];
  const reader = new CaptureReader((record) => records.push(kept(record)));
  const chunk = 1 + ((index * 7_919) % 4_096);
  try {
    for (let at = 0; at < capture.length; at += chunk) reader.push(capture.subarray(at, at + chunk));
    reader.end();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { name, records, error, expected };
  }
  return { name, records, error: undefined, expected };
}

/** What tshark numbers: packets and custom blocks. */
function frames({ records }: CorpusFile): CaptureRecord[] {
  return records.filter(
    (record) => record.kind === "packet" || (record.kind === "other" && CUSTOM_BLOCKS.includes(record.blockType)),
  );
}

function interfaces({ records }: CorpusFile): InterfaceRecord[] {
  return records.filter((record) => record.kind === "interface");
}

describeWith(shared("corpus/captures"), "the corpus of captures", () => {
  let files: CorpusFile[];
  beforeAll(() => {
    files = readdirSync(sharedPath("corpus/captures")).map(readCorpusFile);
  });

  it("is there", () => {
    expect(files.length).toBe(1_656);
    expect(files.flatMap(({ expected }) => expected).length).toBe(23_823);
  });

  it("has as many packets as tshark finds", () => {
    const differences = files.filter((file) => {
      const isClosed = interfaces(file).some(({ linkType }) => UNKNOWN_TO_TSHARK.includes(linkType));
      const more = MORE_FOR_LIBPCAP[file.name] ?? 0;
      return frames(file).length !== file.expected.length + more && !(isClosed && file.expected.length === 0);
    });
    expect(differences.map((file) => [file.name, frames(file).length, file.expected.length])).toEqual([]);
  });

  it("has their lengths and times", () => {
    const differences: unknown[] = [];
    let count = 0;
    let impossibleTimes = 0;
    for (const file of files) {
      const linkTypes = interfaces(file).map(({ linkType }) => linkType);
      file.expected.forEach((row, index) => {
        const record = frames(file)[index]!;
        if (record.kind !== "packet") return;
        const header = linkTypes[record.interfaceId] === SUNATM ? SUNATM_HEADER_LENGTH : 0;
        const [captured, original] = [record.bytes.length - header, record.originalLength - header];
        // A second of 10^6 microseconds and more: tshark lets the number of 32 bits run over.
        const isImpossible = /^-|\.\d{10}/.test(row[4]!);
        const time = isImpossible ? row[4] : timeText(record);
        const found = [`${captured}`, `${Math.min(original, LONGEST_FOR_TSHARK)}`, time];
        if (found.join() !== [row[1], row[2], row[4]].join()) differences.push([file.name, index + 1, row, found]);
        count++;
        impossibleTimes += Number(isImpossible);
      });
    }
    expect(differences).toEqual([]);
    expect([count, impossibleTimes]).toEqual([23_809, 12]);
  });

  it("is read to its end, but for files that are broken or cut", () => {
    const broken = files.filter(({ error }) => error !== undefined);
    for (const { error } of broken) expect(error!.message).toMatch(/^expected .*, found .*, at byte \d+$/);
    expect(broken.length).toBe(15);
    expect(files.find(({ name }) => name.startsWith("libpcap__pcap-invalid-version-1"))!.error!.message).toBe(
      "expected pcap version 2.4, found 1.4, at byte 4",
    );
    expect(files.find(({ name }) => name.endsWith("epb-unbounded-length"))!.error!.message).toBe(
      "expected a packet of 65536 bytes, found a block with room for 0, at byte 68",
    );
  });

  it("is the same when it was written and read again", () => {
    let count = 0;
    for (const { name, records } of files) {
      if (records[0]?.kind !== "section") continue;
      // The section alone tells classic pcap and its byte order.
      const start = records[0].format === "pcap" ? 1 : 0;
      const expected = textOf(records.slice(start));
      expect(textOf(read(write(records, PcapngRecordWriter)).slice(start)), name).toBe(expected);
      count += records.length;
      if (start === 0) continue;
      expect(textOf(read(write(records, PcapRecordWriter)).slice(start)), name).toBe(expected);
    }
    expect(count).toBeGreaterThan(23_823);
  });

  it.each([
    ["basic/test001", "section interface packet packet packet packet"],
    ["basic/test004", "section interface interface packet packet packet packet"],
    ["basic/test005", "section interface packet interface packet packet packet"],
    ["basic/test006", "section interface interface packet packet packet packet packet"],
    ["basic/test007", "section interface packet"],
    ["basic/test011", "section interface simple packet simple packet"],
    ["basic/test013", "section interface statistics"],
    ["basic/test015", "section interface names"],
    ["basic/test018", "section interface other simple packet other simple other packet other"],
    [
      "advanced/test100",
      "section interface names simple names interface names packet interface names simple packet packet names",
    ],
    [
      "advanced/test102",
      "section other names interface interface statistics packet statistics statistics other interface packet " +
        "statistics simple names packet statistics packet other names statistics",
    ],
    ["difficult/test200", "section interface section interface section interface"],
  ])("pcapng-test-generator's %s has its blocks, the same in both byte orders", (test, kinds) => {
    const [little, big] = ["le", "be"].map((order) => {
      const name = `pcapng-test-generator__output_${order}__${test.replace("/", "__")}.pcapng`;
      return files.find((file) => file.name === name)!;
    });
    for (const { records, error } of [little!, big!]) {
      expect(error).toBeUndefined();
      expect(records.map(kindOf).join(" ")).toBe(kinds);
    }
    expect(big!.records.map(inEitherOrder)).toEqual(little!.records.map(inEitherOrder));
  });

  it("pcapng-test-generator's test102 has what its blocks say", () => {
    const { records } = files.find(({ name }) => name.endsWith("be__advanced__test102.pcapng"))!;
    const comment = "test102";
    const machine = { hardware: "Apple MBP", operatingSystem: "OS-X 10.10.5", application: "pcap_writer.lua" };
    expect(records[0]).toMatchObject({ byteOrder: "big", comment, ...machine });
    expect(records.filter((record) => record.kind === "interface")).toMatchObject([
      { id: 0, name: "eth0", linkType: LinkType.ETHERNET, snapLength: 96 },
      { id: 1, name: "null1", linkType: LinkType.NULL, snapLength: 0 },
      { id: 2, name: "silly!\r\nethernet interface 2", linkType: LinkType.ETHERNET },
    ]);
    expect(records.filter((record) => record.kind === "statistics").at(-2)).toMatchObject({
      interfaceId: 0,
      startTime: { seconds: 1_340_954_905, nanoseconds: 298_858_000 },
      endTime: { seconds: 1_340_954_905, nanoseconds: 299_858_000 },
      ...{ received: 100, dropped: 1, acceptedByFilter: 9, osDropped: 42, delivered: 6 },
      comments: ["test102 ISB-0"],
    });
    expect(records.filter((record) => record.kind === "names").at(-1)).toMatchObject({
      entries: [
        { address: 0xc0a80102, names: ["qux.example.com"] },
        { address: 0xc0a80103, names: ["bar.example.com"] },
        { address: 0x0a010204, names: ["bar.example.org"] },
      ],
      comments: ["test102 NRB"],
    });
  });
});

/** As tshark prints it; nothing for a packet without one. */
function timeText({ hasTime, seconds, nanoseconds }: PacketRecord): string {
  return hasTime ? `${seconds}.${String(nanoseconds).padStart(9, "0")}` : "";
}

function kindOf(record: CaptureRecord): string {
  return record.kind === "packet" && !record.hasTime ? "simple" : record.kind;
}

/** Without what is kept as bytes in the section's byte order. */
function inEitherOrder(record: CaptureRecord): unknown {
  if (record.kind === "section") return { ...record, byteOrder: undefined, options: record.options.length };
  return record.kind === "other" ? { ...record, bytes: record.bytes.length } : record;
}

/** Records as text, which compares in a hundredth of the time. */
function textOf(records: readonly CaptureRecord[]): string {
  const withBytes = (_key: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
  return records.map((record) => JSON.stringify(record, withBytes)).join("\n");
}
