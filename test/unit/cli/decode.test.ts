import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { MemorySink, PcapWriter } from "../../../src/capture/index.ts";
import { COLUMN_NAMES, type JsonLayer } from "../../../src/wire/index.ts";
import { hexDump } from "../../../src/bytes/hex.ts";
import { describeWith, shared, sharedPath, tool } from "../../tools/requirements.ts";
import * as frames from "../wire/frames.ts";
import { environment, expectOneLineError, podwire, shell, temporaryFolder } from "./command.ts";
import { decodeHere } from "./decode-here.ts";

const SAMPLE = fileURLToPath(new URL("../../../pcap-samples/same-node.pcapng", import.meta.url));

/** The lines of a decoding in which nothing went wrong. */
function linesOf(...arguments_: string[]): string[] {
  const { status, stdout, stderr } = decodeHere(...arguments_);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout === "" || stdout.endsWith("\n")).toBe(true);
  return stdout.split("\n").slice(0, -1);
}

interface JsonPacket {
  readonly number: number;
  readonly time: string | null;
  readonly capturedLength: number;
  readonly originalLength: number;
  readonly linkType: string;
  readonly interface: string | number;
  readonly comments?: readonly string[];
  readonly layers: readonly JsonLayer[];
  readonly file?: string;
}

function packetsOf(...arguments_: string[]): JsonPacket[] {
  return linesOf("--json", ...arguments_).map((line) => JSON.parse(line) as JsonPacket);
}

/** A classic capture of frames a tenth of a second apart, in microseconds from 2026-01-01T00:00:00Z on. */
function capture(linkType: number, ...list: readonly Uint8Array[]): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapWriter(sink, { precision: "microseconds", linkType, epochSeconds: 1_767_225_600 });
  list.forEach((frame, index) => writer.writePacket(index * 1e8, frame, 0, frame.length));
  writer.flush();
  return sink.bytes();
}

const { ARP_REQUEST, UDP_DATAGRAM, TCP_SYN, VXLAN_ECHO_REQUEST } = frames;
const LIST = [ARP_REQUEST, UDP_DATAGRAM, TCP_SYN, VXLAN_ECHO_REQUEST];

describe("podwire decode", () => {
  const inside = temporaryFolder();
  const written = (linkType = 1, list: readonly Uint8Array[] = LIST, name = "x.pcap"): string => {
    writeFileSync(inside(name), capture(linkType, ...list));
    return inside(name);
  };

  it("prints a line a packet, as tcpdump does", () => {
    expect(linesOf(written())).toEqual([
      "00:00:00.000000 ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28",
      "00:00:00.100000 IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5",
      "00:00:00.200000 IP 10.244.1.5.34246 > 10.244.2.8.8080: Flags [S], seq 225322849, win 65280, " +
        "options [mss 1360,sackOK,TS val 3191072262 ecr 0,nop,wscale 10], length 0",
      "00:00:00.300000 IP 10.244.1.5.42233 > 10.244.2.8.4789: VXLAN, flags [I] (0x08), vni 1 | " +
        "IP 172.16.0.1 > 172.16.0.2: ICMP echo request, id 8870, seq 1, length 64",
    ]);
  });

  it("has times in local time, and nanoseconds where the capture has them", () => {
    const line = (zone: string): string =>
      podwire(["decode", SAMPLE, "-c", "1"], { env: environment({ TZ: zone }) }).stdout;
    expect(line("UTC")).toMatch(/^00:00:00\.000000000 ARP/);
    expect(line("Asia/Tokyo")).toMatch(/^09:00:00\.000000000 ARP/);
  });

  it("prints a tree with -V", () => {
    const lines = linesOf(written(), "-V");
    expect(lines[0]).toBe("packet 1, 42 bytes, 2026-01-01T00:00:00.000000000Z");
    expect(lines.slice(1, 4)).toEqual([
      "ethernet, bytes 0 to 13",
      "      0-5  destination  ff:ff:ff:ff:ff:ff",
      "     6-11  source       0a:58:0a:f4:01:05",
    ]);
    expect(lines.filter((line) => line.startsWith("packet "))).toHaveLength(4);
    expect(lines.filter((line) => line === "")).toHaveLength(4);
  });

  it("tells with -V what the capture says of a packet", () => {
    const [first, comment] = linesOf(SAMPLE, "-V", "-c", "1");
    expect(first).toBe("packet 1, 42 bytes, 2026-01-01T00:00:00.000000000Z, pod-a/eth0, out");
    expect(comment).toMatch(/^comment: who has 10\.244\.1\.10\?/);
    expect(linesOf(written(101, [UDP_DATAGRAM.subarray(14)]), "-V")[0]).toMatch(/Z, RAW$/);
  });

  it("prints bytes with -x, under the line and the layers", () => {
    const lines = linesOf(written(1, [UDP_DATAGRAM]), "-x");
    expect(lines).toEqual([
      "00:00:00.000000 IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5",
      "\tethernet 14 ipv4 20 udp 8 payload 5",
      ...hexDump(UDP_DATAGRAM)
        .split("\n")
        .map((line) => `\t${line}`),
    ]);
  });

  it("prints an object a line with --json", () => {
    const packets = packetsOf(written());
    expect(packets.map(({ number, time }) => [number, time])).toEqual([
      [1, "1767225600.000000000"],
      [2, "1767225600.100000000"],
      [3, "1767225600.200000000"],
      [4, "1767225600.300000000"],
    ]);
    const { layers, ...packet } = packets[1]!;
    expect(packet).toEqual({
      number: 2,
      time: "1767225600.100000000",
      capturedLength: 47,
      originalLength: 47,
      linkType: "ETHERNET",
      interface: 0,
    });
    expect(layers.map(({ protocol }) => protocol)).toEqual(["ethernet", "ipv4", "udp", "payload"]);
    expect(packetsOf(SAMPLE)[0]).toMatchObject({
      interface: "pod-a/eth0",
      direction: "out",
      comments: [/who has/] as unknown,
    });
  });

  it("prints rows of columns with --tsv", () => {
    const [header, ...rows] = linesOf(written(), "--tsv");
    expect(header).toBe(COLUMN_NAMES.join("\t"));
    expect(rows.map((row) => row.split("\t")[COLUMN_NAMES.indexOf("frame.protocols")])).toEqual([
      "eth:ethertype:arp",
      "eth:ethertype:ip:udp:data",
      "eth:ethertype:ip:tcp",
      "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:icmp:data",
    ]);
  });

  it("tells packets that a filter selects, up to a count, under the numbers that they have in the file", () => {
    const path = written();
    expect(packetsOf(path, "--filter", "udp").map(({ number }) => number)).toEqual([2, 4]);
    expect(packetsOf(path, "--filter", "udp", "-c", "1").map(({ number }) => number)).toEqual([2]);
    expect(packetsOf(path, "--filter", "vxlan 1 and icmp").map(({ number }) => number)).toEqual([4]);
  });

  it("tells packets of a stretch of time", () => {
    const numbers = (...arguments_: string[]): number[] =>
      packetsOf(written(), ...arguments_).map(({ number }) => number);
    expect(numbers("--from", "+0.1", "--to", "+0.3")).toEqual([2, 3]);
    expect(numbers("--from", "2026-01-01T00:00:00.2Z")).toEqual([3, 4]);
    expect(numbers("--from", "+0.05", "--filter", "udp")).toEqual([2, 4]);
  });

  it("filters packets without an Ethernet header by what follows", () => {
    const packet = UDP_DATAGRAM.subarray(14);
    expect(linesOf(written(101, [packet]), "--filter", "udp port 9999")).toHaveLength(1);
    expect(linesOf(written(101, [packet]), "--filter", "tcp")).toEqual([]);
  });

  it("tells packets of other link types", () => {
    const packet = UDP_DATAGRAM.subarray(14);
    const line = "00:00:00.000000 IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5";
    expect(linesOf(written(101, [packet]))).toEqual([line]);
    expect(linesOf(written(0, [Uint8Array.of(2, 0, 0, 0, ...packet)]))).toEqual([line]);
    expect(linesOf(written(105, [packet]))).toEqual(["00:00:00.000000 IEEE802_11, length 33"]);
  });

  it("finds VXLAN on the ports that it is told", () => {
    const path = written(1, [VXLAN_ECHO_REQUEST]);
    expect(linesOf(path, "--vxlan-ports", "9999")[0]).toMatch(/: UDP, length 106$/);
    expect(linesOf(path, "--vxlan-ports", "9999", "--filter", "vxlan")).toEqual([]);
    expect(packetsOf(path, "--vxlan-ports", "9999,4789", "--filter", "vxlan")[0]!.layers).toHaveLength(8);
  });

  it("reads standard input, packed or not", () => {
    writeFileSync(inside("x.pcap"), capture(1, ...LIST));
    const line = 'cat x.pcap | "$NODE" "$MAIN" decode - -c 1; gzip -c x.pcap | "$NODE" "$MAIN" decode - -c 1';
    const { status, stdout, stderr } = shell(line, { cwd: inside(), env: { TZ: "UTC" } });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.match(/^00:00:00\.000000 ARP, .*$/gm)).toHaveLength(2);
  });

  it("tells several files one after another, each with its name", () => {
    const [one, other] = [written(), written(1, [ARP_REQUEST], "y.pcap")];
    const lines = linesOf(one, other);
    expect(lines[0]).toBe(`${one}:`);
    expect(lines[5]).toBe(`${other}:`);
    expect(lines).toHaveLength(7);
    expect(packetsOf(one, other).map(({ file, number }) => [file, number])).toEqual([
      [one, 1],
      [one, 2],
      [one, 3],
      [one, 4],
      [other, 1],
    ]);
  });

  it("names the file in a last column of rows when there are several, and leaves those of one as they are", () => {
    const [one, other] = [written(), written(1, [ARP_REQUEST], "y$&\t.pcap")];
    const alone = [linesOf("--tsv", one), linesOf("--tsv", other)] as const;
    expect(alone[0][0]!.split("\t")).not.toContain("file");
    expect(linesOf("--tsv", one, other)).toEqual([
      `${alone[0][0]}\tfile`,
      ...alone[0].slice(1).map((row) => `${row}\t${one}`),
      ...alone[1].slice(1).map((row) => `${row}\t${other.replace("\t", "\\u0009")}`),
    ]);
    expect(decodeHere("--tsv", inside("none"), one).stdout.split("\n")[0]).toBe(`${alone[0][0]}\tfile`);
  });

  it("counts packets over all files, and opens none when it has told enough", () => {
    const [one, other] = [written(), written(1, LIST, "y.pcap")];
    const told = (...arguments_: string[]): (string | undefined)[] =>
      packetsOf(one, other, inside("none"), ...arguments_).map(
        ({ file, number }) => `${file === one ? "x" : "y"} ${number}`,
      );
    expect(told("-c", "6")).toEqual(["x 1", "x 2", "x 3", "x 4", "y 1", "y 2"]);
    expect(told("-c", "3", "--filter", "udp")).toEqual(["x 2", "x 4", "y 2"]);
    expect(linesOf(one, other, "-c", "4").filter((line) => line.endsWith(":"))).toEqual([`${one}:`]);
  });

  it("goes on after a file that it cannot read, says so, and exits 1", () => {
    const good = written();
    const { status, stdout, stderr } = decodeHere(inside("none"), good);
    expect(stdout.split("\n")).toHaveLength(1 + 1 + 4 + 1);
    expect(stderr).toBe(`podwire: expected a file that can be read, found ${inside("none")}: no such file or folder\n`);
    expect(status).toBe(1);
  });

  it("tells what comes before a cut, then where the file is cut", () => {
    const bytes = capture(1, ...LIST);
    writeFileSync(inside("cut.pcap"), bytes.subarray(0, bytes.length - 1));
    const { status, stdout, stderr } = decodeHere(inside("cut.pcap"));
    expect(stdout.match(/\n/g)).toHaveLength(3);
    expect(stderr).toMatch(/^podwire: .*cut\.pcap: expected a packet of 164 bytes, found [^\n]*, at byte \d+\n$/);
    expect(status).toBe(1);
  });

  it("prints nothing that steers a terminal, whatever a capture holds", () => {
    copyFileSync(SAMPLE, inside("evil.pcapng"));
    const bytes = readFileSync(inside("evil.pcapng"));
    const at = bytes.indexOf("who has");
    bytes[at] = 0x1b;
    writeFileSync(inside("evil.pcapng"), bytes);
    const { stdout } = decodeHere("-V", inside("evil.pcapng"), "-c", "1");
    expect(stdout).toContain("comment: \\u001bho has");
    expect(stdout).not.toContain("\u001b");
  });

  it("ends quietly when nobody reads it any more", () => {
    written(1, Array<Uint8Array>(20_000).fill(TCP_SYN));
    for (const form of ["", "--tsv"]) {
      const { status, stdout, stderr } = shell(`"$NODE" "$MAIN" decode x.pcap ${form} | head -1`, { cwd: inside() });
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout.match(/\n/g)).toHaveLength(1);
    }
  });
});

describe("podwire decode refuses with one line and exit code 2", () => {
  it.each<[string, string[], string]>([
    ["no file", [], "decode: expected FILE, found none: see podwire decode --help"],
    ["two forms", ["-V", "--json", "x"], "decode: expected one of -V, --json, --tsv and -x, found 2"],
    ["standard input twice", ["-", "-"], "decode: expected standard input once, found it several times"],
    ["no count", ["-c", "0", "x"], 'expected -c from 1 to 9007199254740991, found "0"'],
    ["no port", ["--vxlan-ports", "1,x", "x"], 'expected --vxlan-ports from 0 to 65535, found "x"'],
    [
      "no time",
      ["--from", "now", "x"],
      'expected --from as 2026-01-01T12:00:00Z, seconds since 1970, or +SECONDS since the first packet, found "now"',
    ],
    ["an unknown option", ["--bogus", "x"], "decode: unknown option '--bogus': see podwire decode --help"],
  ])("%s", (_what, arguments_, message) => expectOneLineError(decodeHere(...arguments_), 2, message));

  it("a wrong filter, and points at the character", () => {
    const { status, stdout, stderr } = decodeHere("--filter", "host 10.244.1.5 and foo", "x");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.split("\n").slice(1)).toEqual(["host 10.244.1.5 and foo", "                    ^", ""]);
    expect(stderr).toMatch(/^podwire: decode: --filter: expected [^\n]*, found "foo"\n/);
  });
});

describeWith(tool("script"), "podwire decode on a terminal", () => {
  const inside = temporaryFolder();
  const shown = (form: string, changes: NodeJS.ProcessEnv = {}): string => {
    writeFileSync(inside("x.pcap"), capture(1, UDP_DATAGRAM));
    const env = environment({ TERM: "xterm-256color", TZ: "UTC", ...changes });
    return shell(`script -qec '"$NODE" "$MAIN" decode x.pcap ${form}' /dev/null`, { cwd: inside(), env }).stdout;
  };

  it("shows bytes in the colours of their layers", () => {
    const text = shown("-x");
    expect(text).toContain("\u001b[36methernet 14\u001b[39m \u001b[33mipv4 20\u001b[39m \u001b[32mudp 8\u001b[39m");
    expect(text).toContain("\u001b[36m0a58 0af4 0101 0a58 0af4 0105 0800\u001b[39m \u001b[33m4500\u001b[39m");
    expect(shown("-x", { NO_COLOR: "1" })).not.toContain("\u001b");
  });

  it.each(["--json", "--tsv"])("has no colour in %s, which programs read", (form) => {
    expect(shown(form)).not.toContain("\u001b");
  });
});

describeWith(shared("corpus/captures"), "podwire decode on every file of the corpus", () => {
  // A tree is more than a line: what breaks the one breaks the other.
  it("ends in a result or a one-line error", () => {
    const { status, stdout, stderr } = shell(`"$NODE" "$MAIN" decode -V ./* >/dev/null`, {
      cwd: sharedPath("corpus/captures"),
    });
    expect([status, stdout]).toEqual([1, ""]);
    const errors = stderr.split("\n").slice(0, -1);
    expect(errors).toHaveLength(15);
    for (const error of errors) expect(error).toMatch(/^podwire: \.\/\S+: expected .*, found .*, at byte \d+$/);
  });
});
