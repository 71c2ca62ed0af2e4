import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { CaptureRecord } from "../../../src/capture/index.ts";
import { convert as convertCommand } from "../../../src/cli/convert.ts";
import { describeWith, tool } from "../../tools/requirements.ts";
import * as frames from "../wire/frames.ts";
import { captureOf, interfaceOf, packetAt, recordsIn, timesOf } from "./captures.ts";
import { expectOneLineError, type Outcome, podwire, shell, temporaryFolder, within } from "./command.ts";

const inside = temporaryFolder();

/** `podwire convert` in the folder of the test. */
function convert(...arguments_: readonly string[]): Outcome {
  return within(inside(), convertCommand, arguments_);
}

const NAMES = {
  kind: "names",
  entries: [{ address: 1, names: ["a"] }],
  others: [],
  comments: [],
  options: [],
} as const;
const PACKETS = [1, 2, 3.5].map((seconds) => packetAt(seconds));
const CAPTURE = captureOf([interfaceOf(0, { name: "eth0" }), NAMES, ...PACKETS]);
const CLASSIC = captureOf([interfaceOf(0, { snapLength: 65_535 }), ...PACKETS], "pcap");

describe("podwire convert", () => {
  it("makes classic pcap of pcapng, and tells what has no room there", () => {
    writeFileSync(inside("a.pcapng"), CAPTURE);
    expect(convert("a.pcapng", "b.pcap")).toEqual({
      status: 0,
      stdout:
        "b.pcap: 3 packets, 213 bytes\nleft out, as classic pcap has no room for it: blocks of names, statistics and others (1)\n",
      stderr: "",
    });
    expect(recordsIn(inside("b.pcap")).slice(2)).toEqual(PACKETS);
    expect(readdirSync(inside()).sort()).toEqual(["a.pcapng", "b.pcap"]);
  });

  it("tells in how many times it cut what classic pcap has begun without, and has room for longer packets", () => {
    const first = { ...packetAt(1), nanoseconds: 1_000 } as CaptureRecord;
    const second = { ...packetAt(2, 1), nanoseconds: 1_001 } as CaptureRecord;
    const later = interfaceOf(1, { unitsPerSecond: 1e9 });
    writeFileSync(inside("a.pcapng"), captureOf([interfaceOf(0, { snapLength: 70 }), first, later, second]));
    expect(convert("a.pcapng", "b.pcap").stdout).toBe(
      "b.pcap: 2 packets, 150 bytes\nleft out, as classic pcap has no room for it: " +
        "what is finer than the microseconds of the first packet in times (1)\n",
    );
    expect(recordsIn(inside("b.pcap"))[1]).toMatchObject({ snapLength: 262_144, unitsPerSecond: 1e6 });
  });

  it("makes pcapng of classic pcap", () => {
    writeFileSync(inside("a.pcap"), CLASSIC);
    expect(convert("a.pcap", "b.pcapng")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^b\.pcapng: 3 packets, \d+ bytes\n$/),
    });
    expect(recordsIn(inside("b.pcapng")).slice(2)).toEqual(PACKETS);
  });

  it.each(["pcap", "pcapng"] as const)("copies %s byte for byte, onto itself too", (format) => {
    const contents = format === "pcap" ? CLASSIC : CAPTURE;
    writeFileSync(inside(`a.${format}`), contents);
    expect(convert(`a.${format}`, `a.${format}`).status).toBe(0);
    expect(Buffer.compare(readFileSync(inside(`a.${format}`)), contents)).toBe(0);
  });

  it("takes the format from -F, and from the name otherwise", () => {
    writeFileSync(inside("a.pcapng"), CAPTURE);
    for (const [file, option, format] of [
      ["b", "-Fpcap", "pcap"],
      ["c.pcap", "--format=pcapng", "pcapng"],
      ["d.pcap.gz", "-c5", "pcap"],
      ["e.cap", "-c5", "pcapng"],
    ] as const) {
      expect(convert("a.pcapng", file, option).status).toBe(0);
      expect(recordsIn(inside(file))[0]).toMatchObject({ format });
    }
  });

  it("packs and unpacks gzip", () => {
    writeFileSync(inside("a.pcap.gz"), gzipSync(CLASSIC));
    expect(convert("a.pcap.gz", "b.pcapng.gz").status).toBe(0);
    expect(readFileSync(inside("b.pcapng.gz")).subarray(0, 2).toString("hex")).toBe("1f8b");
    expect(recordsIn(inside("b.pcapng.gz")).slice(2)).toEqual(PACKETS);
  });

  it("reads standard input, writes standard output, and tells the rest on standard error", () => {
    writeFileSync(inside("a.pcap"), CLASSIC);
    const line = `cat a.pcap | "$NODE" "$MAIN" convert - - -F pcap 2>errors | cmp - a.pcap && cat errors`;
    expect(shell(line, { cwd: inside() })).toEqual({
      ...{ status: 0, stderr: "" },
      stdout: "standard output: 3 packets, 213 bytes\n",
    });
  });

  describeWith(tool("python3"), "from a pipe that makes nobody wait", () => {
    it("waits until something comes, and until two bytes tell whether it is gzip", () => {
      writeFileSync(inside("a.pcap"), CLASSIC);
      writeFileSync(inside("a.gz"), gzipSync(CLASSIC));
      const start = "import os, sys; os.set_blocking(0, False); os.execv(sys.argv[1], sys.argv[1:])";
      const feed = `{ head -c 1 a.gz; sleep 0.8; tail -c +2 a.gz; }`;
      const line = `${feed} | python3 -c '${start}' "$NODE" "$MAIN" convert - b.pcap && cmp b.pcap a.pcap`;
      expect(shell(line, { cwd: inside() })).toMatchObject({ status: 0, stderr: "" });
    });
  });

  it("cuts by count and time, and moves in time", () => {
    writeFileSync(inside("a.pcapng"), CAPTURE);
    const times = (...options: readonly string[]): number[] => {
      expect(convert("a.pcapng", "b.pcapng", ...options)).toMatchObject({ status: 0, stderr: "" });
      return timesOf(recordsIn(inside("b.pcapng")));
    };
    expect(times("-c", "2")).toEqual([1, 2]);
    expect(times("--from", "2")).toEqual([2, 3.5]);
    expect(times("--to", "1970-01-01T00:00:03.5Z")).toEqual([1, 2]);
    expect(times("--from", "+1", "--to", "+2.5")).toEqual([2]);
    expect(times("--shift", "0.25")).toEqual([1.25, 2.25, 3.75]);
    expect(times("--shift=-1")).toEqual([0, 1, 2.5]);
    expect(times("--shift", "-0.5")).toEqual([0.5, 1.5, 3]);
    expect(times("--from", "2", "--shift", "10", "-c", "1")).toEqual([12]);
  });

  it("keeps what a filter selects", () => {
    const list = [frames.ARP_REQUEST, frames.UDP_DATAGRAM, frames.TCP_SYN];
    const packets = list.map((frame, index) => packetAt(index, 0, frame));
    writeFileSync(inside("a.pcap"), captureOf([interfaceOf(0), ...packets], "pcap"));
    expect(convert("a.pcap", "b.pcapng", "--filter", "tcp or arp")).toMatchObject({ status: 0, stderr: "" });
    expect(timesOf(recordsIn(inside("b.pcapng")))).toEqual([0, 2]);
    const refused = convert("a.pcap", "c.pcap", "--filter", "tcp and");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^podwire: convert: --filter: expected [^\n]*\ntcp and\n {7}\^\n$/);
  });

  it("takes tunnels off, gives other addresses, and fixes checksums", () => {
    const wrong = frames.VXLAN_ECHO_REQUEST.slice();
    wrong[50 + 24]! ^= 1;
    writeFileSync(inside("a.pcap"), captureOf([interfaceOf(0), packetAt(1, 0, wrong)], "pcap"));
    const packet = (...options: readonly string[]): Uint8Array => {
      expect(convert("a.pcap", "b.pcap", ...options).status).toBe(0);
      const record = recordsIn(inside("b.pcap"))[2];
      return record?.kind === "packet" ? record.bytes : new Uint8Array(0);
    };
    const inner = frames.VXLAN_ECHO_REQUEST.subarray(50);
    expect(packet("--decap", "--fix-checksums")).toEqual(inner);
    expect(packet("--decap")).toEqual(wrong.subarray(50));
    const [first, again, other] = [packet("--anonymize", "1"), packet("--anonymize", "1"), packet("--anonymize", "-2")];
    expect(first).toEqual(again);
    expect(first.subarray(26, 34)).not.toEqual(wrong.subarray(26, 34));
    expect(first.subarray(26, 34)).not.toEqual(other.subarray(26, 34));
  });

  it("tells on standard error what it did not look into", () => {
    const cut = { ...packetAt(2, 0, frames.TCP_DATA.subarray(0, -1)), originalLength: frames.TCP_DATA.length };
    const list = [packetAt(1, 0, frames.LOCAL_EXPERIMENT), cut as CaptureRecord, packetAt(3)];
    writeFileSync(inside("a.pcap"), captureOf([interfaceOf(0), ...list], "pcap"));
    expect(convert("a.pcap", "b.pcap", "--anonymize", "1").stderr).toBe(
      "podwire: convert: --anonymize did not look into, so that addresses there stay: " +
        "local-experiment (1 packet), payload of tcp (1 packet), payload of udp (1 packet)\n",
    );
    expect(convert("a.pcap", "b.pcap", "--fix-checksums").stderr).toBe(
      "podwire: convert: --fix-checksums did not look into: local-experiment (1 packet)\n" +
        "podwire: convert: --fix-checksums left, as not all that they cover is there: checksums (1)\n",
    );
    expect(convert("a.pcap", "b.pcap", "--decap").stderr).toBe("");
  });
});

describe("podwire convert merges", () => {
  const a = captureOf([interfaceOf(0, { name: "a" }), ...[1, 3, 5].map((time) => packetAt(time))]);
  const b = captureOf([
    interfaceOf(0, { name: "b0" }),
    interfaceOf(1, { name: "b1" }),
    packetAt(2, 1),
    packetAt(3, 0),
    NAMES,
  ]);

  it("by time, the first capture first where times are the same, each interface with its packets", () => {
    writeFileSync(inside("a"), a);
    writeFileSync(inside("b"), b);
    expect(convert("a", "b", "c.pcapng").stdout).toMatch(/^c\.pcapng: 5 packets, \d+ bytes\n$/);
    const records = recordsIn(inside("c.pcapng"));
    expect(records[0]).toMatchObject({
      kind: "section",
      comment: "merged from a, b",
      application: expect.stringMatching(/^podwire /),
    });
    const names = records.flatMap((record) => (record.kind === "interface" ? record.name : []));
    expect(names.sort()).toEqual(["a", "b0", "b1"]);
    const nameOf = (id: number): unknown => records.find((record) => record.kind === "interface" && record.id === id);
    const order = records.flatMap((record) =>
      record.kind === "packet" ? [[record.seconds, (nameOf(record.interfaceId) as { name: string }).name]] : [],
    );
    expect(order).toEqual([
      [1, "a"],
      [2, "b1"],
      [3, "a"],
      [3, "b0"],
      [5, "a"],
    ]);
    expect(records.filter(({ kind }) => kind === "names")).toEqual([NAMES]);
  });

  it("pcap, gzip and standard input as well, and cuts and moves the whole", () => {
    writeFileSync(inside("a.gz"), gzipSync(a));
    writeFileSync(inside("b"), b);
    writeFileSync(inside("c.pcap"), captureOf([interfaceOf(0), packetAt(4)], "pcap"));
    const line = `"$NODE" "$MAIN" convert a.gz - c.pcap d.pcap --from +1 --shift 10 -c 4 <b`;
    expect(shell(line, { cwd: inside() })).toMatchObject({ status: 0, stderr: "" });
    expect(timesOf(recordsIn(inside("d.pcap")))).toEqual([12, 13, 13, 14]);
  });

  it("keeps the order within a capture, whatever its times", () => {
    writeFileSync(inside("a"), captureOf([interfaceOf(0), packetAt(5), packetAt(1)]));
    writeFileSync(inside("b"), captureOf([interfaceOf(0), packetAt(3)]));
    expect(convert("a", "b", "c").status).toBe(0);
    expect(timesOf(recordsIn(inside("c")))).toEqual([3, 5, 1]);
  });

  it("without the options and blocks of a section in the other byte order, which nobody can turn", () => {
    const options = [{ code: 99, value: new Uint8Array(4) }];
    const other = { kind: "other", blockType: 9, bytes: new Uint8Array(4) } as const;
    writeFileSync(inside("a"), a);
    writeFileSync(inside("b"), captureOf([interfaceOf(0, { options }), other, packetAt(2)], "pcapng", "big"));
    expect(convert("a", "b", "c").stdout).toMatch(
      /^c: 4 packets, \d+ bytes\nleft out, as its byte order is another: options and blocks \(2\)\n$/,
    );
    expect(recordsIn(inside("c")).filter(({ kind }) => kind === "other")).toEqual([]);
  });

  it("what comes before the ends of captures that are cut, and names each", () => {
    const [cutA, cutC] = [a.subarray(0, -1), CLASSIC.subarray(0, -1)];
    writeFileSync(inside("a"), cutA);
    writeFileSync(inside("c.pcap"), cutC);
    const { status, stderr } = convert("a", "c.pcap", "d");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^podwire: a: expected a block of .*; c\.pcap: expected a packet of [^;]*\n$/);
    expect(timesOf(recordsIn(inside("d")))).toEqual([1, 1, 2, 3]);
  });

  it("what comes before the end of a capture that is cut", () => {
    writeFileSync(inside("a"), a);
    writeFileSync(inside("b"), b.subarray(0, -60));
    const { status, stdout, stderr } = convert("a", "b", "c");
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^c: \d packets/)]);
    expect(stderr).toMatch(
      /^podwire: b: expected a block of \d+ bytes, found the end of the file after \d+, at byte \d+\n$/,
    );
    expect(timesOf(recordsIn(inside("c"))).length).toBeGreaterThanOrEqual(4);
  });
});

describe("podwire convert ends with one line", () => {
  it("and writes what comes before the end of a capture that is cut or broken", () => {
    writeFileSync(inside("a.pcap"), CLASSIC.subarray(0, -1));
    expect(convert("a.pcap", "b.pcap")).toEqual({
      status: 1,
      stdout: "b.pcap: 2 packets, 150 bytes\n",
      stderr: "podwire: a.pcap: expected a packet of 63 bytes, found the end of the file after 62, at byte 150\n",
    });
    expect(recordsIn(inside("b.pcap"))).toHaveLength(4);
  });

  it.each<[string, string[], string]>([
    ["itself", ["a.pcap", "a.pcap"], "a.pcap"],
    ["itself by another name", ["a.pcap", "./x/../a.pcap"], "./x/../a.pcap"],
    ["a symbolic link to it", ["a.pcap", "symbolic.pcap"], "symbolic.pcap"],
    ["a hard link to it", ["hard.pcap", "a.pcap"], "a.pcap"],
    ["one of several", ["good.pcap", "a.pcap", "a.pcap"], "a.pcap"],
    ["a sound one of several", ["a.pcap", "good.pcap", "good.pcap"], "good.pcap"],
  ])("and leaves a broken capture alone that is to be converted onto %s", (_what, arguments_, output) => {
    mkdirSync(inside("x"));
    writeFileSync(inside("a.pcap"), CLASSIC.subarray(0, -1));
    writeFileSync(inside("good.pcap"), CLASSIC);
    symlinkSync("a.pcap", inside("symbolic.pcap"));
    linkSync(inside("a.pcap"), inside("hard.pcap"));
    const before = readdirSync(inside());
    const broken = arguments_.find((name) => name !== "good.pcap")!;
    const reason = `${broken}: expected a packet of 63 bytes, found the end of the file after 62, at byte 150`;
    const message = `${reason}: ${output} stays as it was, as it is one of the captures that are read`;
    expectOneLineError(convert(...arguments_), 1, message);
    expect(readdirSync(inside())).toEqual(before);
    expect(readFileSync(inside("a.pcap"))).toEqual(Buffer.from(CLASSIC.subarray(0, -1)));
    expect(readFileSync(inside("good.pcap"))).toEqual(Buffer.from(CLASSIC));
    expect(lstatSync(inside("symbolic.pcap")).isSymbolicLink()).toBe(true);
  });

  it("and leaves a broken capture alone that comes on standard input", () => {
    writeFileSync(inside("a.pcap"), CLASSIC.subarray(0, -1));
    const found = shell(`"$NODE" "$MAIN" convert - a.pcap <a.pcap`, { cwd: inside() });
    expectOneLineError(found, 1, /^podwire: standard input: .*: a\.pcap stays as it was, as it is one of the captures/);
    expect(readFileSync(inside("a.pcap"))).toEqual(Buffer.from(CLASSIC.subarray(0, -1)));
  });

  it("and writes what comes before damage in gzip, alone or with others", () => {
    const packed = gzipSync(CLASSIC);
    writeFileSync(inside("a.gz"), packed.fill(0, packed.length - 8, packed.length - 4));
    const message =
      /^podwire: a\.gz: expected the CRC-32 0x[0-9a-f]{8}, found 0x00000000, at byte \d+ of the packed file\n$/;
    for (const others of [[], ["b.pcap"]]) {
      writeFileSync(inside("b.pcap"), captureOf([interfaceOf(0)], "pcap"));
      const { status, stderr } = convert("a.gz", ...others, "c.pcap");
      expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
      expect(timesOf(recordsIn(inside("c.pcap")))).toEqual([1, 2, 3.5]);
    }
  });

  it.each([
    ["a file that is missing", "missing", "expected a file that can be read, found missing: no such file or folder"],
    ["a folder", ".", "expected a file that can be read, found .: it is a folder"],
    [
      "what is no capture",
      "text",
      "text: expected a pcap or pcapng capture, found a file that begins with 6e6f2063, at byte 0",
    ],
    ["what is empty", "empty", "empty: expected a pcap or pcapng capture, found an empty file, at byte 0"],
    [
      "what is half packed",
      "half.gz",
      "half.gz: expected the rest of the gzip stream, found the end of the file, at byte 12 of the packed file",
    ],
  ])("and leaves nothing behind for %s, alone or with others", (_name, file, message) => {
    writeFileSync(inside("text"), "no capture");
    writeFileSync(inside("empty"), "");
    writeFileSync(inside("half.gz"), gzipSync(CAPTURE).subarray(0, 12));
    writeFileSync(inside("a.pcapng"), CAPTURE);
    const before = readdirSync(inside());
    expectOneLineError(convert(file, "b.pcapng"), 1, message);
    expectOneLineError(convert("a.pcapng", file, "b.pcapng"), 1, message);
    expect(readdirSync(inside())).toEqual(before);
  });

  it("for a file that cannot be written, before it reads", () => {
    expectOneLineError(
      podwire(["convert", "missing", "missing/b.pcapng"], { cwd: inside() }),
      1,
      "expected a file that can be written, found missing/b.pcapng: no such file or folder",
    );
  });

  it("for link types that classic pcap cannot have together, and leaves nothing behind", () => {
    const interfaces = [interfaceOf(0), interfaceOf(1, { linkType: 101 })];
    writeFileSync(inside("a.pcapng"), captureOf([...interfaces, packetAt(1), packetAt(2, 1)]));
    const message = "b.pcap: expected packets of the link type ETHERNET alone, as classic pcap has one, found RAW";
    expectOneLineError(convert("a.pcapng", "b.pcap"), 1, message);
    expect(existsSync(inside("b.pcap"))).toBe(false);
  });

  it("for times that the format cannot hold", () => {
    writeFileSync(inside("a.pcap"), CLASSIC);
    const [pcap, pcapng] = [convert("a.pcap", "b.pcap", "--shift=-5"), convert("a.pcap", "b", "--shift=-5")];
    expectOneLineError(
      pcap,
      1,
      "b.pcap: expected the Unix time of a packet to be an integer from 0 to 4294967295, found -4",
    );
    expectOneLineError(pcapng, 1, "b: expected a time that 64 bits hold, found -4 s");
  });

  it.each<[string, string[], string | RegExp]>([
    ["no files", [], "convert: expected IN and OUT, found neither: see podwire convert --help"],
    ["one file", ["a"], "convert: expected IN and OUT, found only a: see podwire convert --help"],
    ["standard input twice", ["-", "-", "b"], "convert: expected standard input once, found it several times"],
    ["an unknown format", ["a", "b", "-F", "snoop"], 'expected -F to be pcap or pcapng, found "snoop"'],
    ["a count of nothing", ["a", "b", "-c", "0"], /expected -c from 1 to \d+, found "0"/],
    ["a negative count", ["a", "b", "-c", "-1"], /expected -c from 1 to \d+, found "-1"/],
    [
      "a seed that a shell's variable has lost",
      ["a", "b", "--anonymize", ""],
      'expected --anonymize with a seed that nobody can guess, found ""',
    ],
    [
      "a seed of blanks",
      ["a", "b", "--anonymize= "],
      'expected --anonymize with a seed that nobody can guess, found " "',
    ],
    ["a shift that is no number", ["a", "b", "--shift", "1h"], /expected --shift in seconds such as 1\.5/],
    [
      "a time that is none",
      ["a", "b", "--from", "noon"],
      /expected --from as 2026-01-01T12:00:00Z, seconds since 1970, or/,
    ],
    ["an unknown option", ["a", "b", "--bogus"], "convert: unknown option '--bogus': see podwire convert --help"],
  ])("and exit code 2 for %s", (_name, arguments_, message) => expectOneLineError(convert(...arguments_), 2, message));
});
