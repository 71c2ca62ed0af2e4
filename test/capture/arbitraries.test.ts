/**
 * The arbitraries at work on somebody else's code: thousands of frames that scapy and tshark read and podwire wrote, and
 * frames that scapy wrote and podwire reads. Each tool runs once for all frames of a test.
 */
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import {
  anyConversation,
  anyFrame,
  type BrokenFrame,
  type CaptureFile,
  ethernetFrame,
  nearlyValid,
  pcapFile,
  pcapngFile,
  type RuleName,
} from "../../src/arbitraries/index.ts";
import { formatHex, parseHex } from "../../src/bytes/hex.ts";
import { MemorySink, PcapngWriter } from "../../src/capture/index.ts";
import { DropReason } from "../../src/wire/index.ts";
import { verdictOnFrame } from "../property/verdict.ts";
import { describeWith, pythonWithScapy, scapy, tool } from "../tools/requirements.ts";
import { objections, readFields, run, withFile } from "../tools/tshark.ts";
import { dissect, FIELDS, type Field } from "./dissection.ts";
import { readableFrame } from "./generated-frames.ts";
import { SCAPY_FIELDS } from "./scapy-fields.ts";

const SEED = 20_260_101;

/** Frames at these times, in nanoseconds, as a capture. */
function capture(frames: readonly { readonly time?: number; readonly bytes: Uint8Array }[]): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapngWriter(sink);
  writer.addInterface({ name: "eth0" });
  for (const { time = 0, bytes } of frames) writer.writePacket(0, time, bytes, 0, bytes.length);
  writer.flush();
  return sink.bytes();
}

/** Random frames are no conversation, addresses come twice, and random bytes may look like RTCP. */
const UNRELATED = {
  preferences: ["tcp.analyze_sequence_numbers:FALSE", "arp.detect_duplicate_ips:FALSE"],
  without: ["rtcp", "rtp"],
};

/** What tshark has against each frame, but for resets, of which it warns as such. */
function seriousObjections(file: Uint8Array, options: typeof UNRELATED | { without: string[] }): string[] {
  return objections(file, options).map((text) => {
    const isReset = /Connection reset \(RST\)/.test(text) && !/malformed|checksum\.status: .*[04]/.test(text);
    return isReset ? "" : text;
  });
}

describeWith([tool("tshark")], "tshark", () => {
  it("reads of 800 frames every field that the codecs read", () => {
    const frames = fc.sample(readableFrame, { seed: SEED, numRuns: 800 });
    expect(readFields(capture(frames), FIELDS, UNRELATED)).toEqual(frames.map(({ bytes }) => dissect(bytes)));
  });

  it("has nothing against 800 frames of all kinds, in up to two tunnels", () => {
    const frames = fc.sample(anyFrame({ tunnels: [0, 2] }), { seed: SEED + 2, numRuns: 800 });
    expect(seriousObjections(capture(frames), UNRELATED).filter((text) => text !== "")).toEqual([]);
  });

  it("has nothing against 100 conversations, sequence numbers and all", () => {
    const conversations = fc.sample(anyConversation(), { seed: SEED, numRuns: 100 });
    const frames = conversations.flatMap(({ sent }, index) =>
      sent.map(({ time, frame }) => ({ time: time + index * 20e9, bytes: frame.bytes })),
    );
    expect(frames.length).toBeGreaterThan(300);
    const found = objections(capture(frames), { preferences: ["arp.detect_duplicate_ips:FALSE"], without: ["rtcp"] });
    expect(found.filter((text) => text !== "" && !/Connection reset \(RST\)/.test(text))).toEqual([]);
  });
});

/**
 * Rules that tshark does not hold frames to: for VXLAN, reserved bits are to be ignored (RFC 7348 section 5), and of an
 * ARP packet of another kind it has nothing to say.
 */
const TOLERATED: readonly RuleName[] = [
  "vxlan.instance-flag",
  "vxlan.reserved-flags",
  "vxlan.reserved-field-1",
  "vxlan.reserved-field-2",
  "arp.hardware-type",
  "arp.protocol-type",
  "arp.hardware-length",
  "arp.protocol-length",
];

/** Where nothing at all is left of a header, tshark shows no layer, and no fault. */
function hasNothingLeft({ rule }: BrokenFrame): boolean {
  return rule.name.endsWith(".short") && / found 0$/.test(rule.text);
}

describeWith([tool("tshark")], "tshark on nearly valid frames", () => {
  it("objects to each of 800 that breaks a rule which receivers check", () => {
    const broken = fc.sample(nearlyValid(), { seed: SEED, numRuns: 800 });
    const found = objections(capture(broken), UNRELATED);
    const missed = broken.filter((own, index) => own.rule.reason !== DropReason.NONE && found[index] === "");
    const unexpected = missed.filter((own) => !TOLERATED.includes(own.rule.name) && !hasNothingLeft(own));
    expect(unexpected.map(String)).toEqual([]);
    expect(found.filter((text) => text !== "").length).toBeGreaterThan(480);
  });

  it("finds the checksum wrong that the rule names, in each of 400", () => {
    const broken = fc.sample(nearlyValid(anyFrame(), { rules: CHECKSUM_RULES }), { seed: SEED, numRuns: 400 });
    const statuses = CHECKSUM_RULES.map(statusField);
    const rows = readFields(capture(broken), statuses, UNRELATED);
    const missed = broken.filter(({ rule }, index) => !rows[index]![statusField(rule.name)]!.split(",").includes("0"));
    expect(missed.map(String)).toEqual([]);
  });
});

const CHECKSUM_RULES: readonly RuleName[] = ["ipv4.checksum", "icmpv4.checksum", "udp.checksum", "tcp.checksum"];

/** The field in which tshark gives its verdict: 0 for a wrong checksum. */
function statusField(rule: RuleName): string {
  return `${rule.replace("ipv4", "ip").replace("icmpv4", "icmp")}.status`;
}

/** Reads each frame of standard input, a line of hexadecimal, and prints its fields and the bytes that scapy makes of them. */
const READ_AND_WRITE = `
import sys
${SCAPY_FIELDS}
def forget(p):
    while p:
        for name in ("len", "chksum", "ihl", "dataofs"):
            if name in p.fields and not (name == "chksum" and isinstance(p, UDP) and p.chksum == 0): del p.fields[name]
        p.raw_packet_cache = None
        p = p.payload

for line in open(sys.argv[1]):
    packet = Ether(bytes.fromhex(line))
    found = fields(packet)
    forget(packet)
    print(json.dumps([found, bytes(packet).hex()]))
`;

/** Runs a Python program with a file of lines; returns the JSON of each line that it prints. */
function runPython(program: string, lines: readonly string[]): unknown[] {
  const input = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const printed = withFile(input, (path) => run(pythonWithScapy()!, ["-c", program, path]));
  return printed
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

/** A frame's fields as scapy has them: those that it has not are "". */
function allFields(found: Partial<Record<Field, string>>): Record<Field, string> {
  return Object.fromEntries(FIELDS.map((field) => [field, found[field] ?? ""])) as Record<Field, string>;
}

/** Padding of a frame in a tunnel is what scapy leaves out when it writes, and what an error quotes it makes whole. */
const plain = { minimumLength: 0 };
const writableFrame = fc.oneof(
  ethernetFrame().arp(),
  ethernetFrame().vlan().vlan({ tagProtocol: 0x8100 }).ipv4().icmpEcho(),
  ethernetFrame().ipv4().tcp(),
  ethernetFrame().vlan().ipv4().ipv4().udp(),
  ethernetFrame().vlan().ipv4().udp().vxlan().ethernet(plain).ipv4().tcp(),
  ethernetFrame().ipv4().udp().vxlan().ethernet(plain).vlan().ipv4().udp(),
  ethernetFrame().ipv4().udp({ hasChecksum: true }).vxlan().ethernet(plain).arp(),
);

describeWith([scapy()], "scapy, of frames that podwire wrote,", () => {
  const readable = fc.sample(readableFrame, { seed: SEED + 1, numRuns: 300 });
  const writable = fc.sample(writableFrame, { seed: SEED + 1, numRuns: 300 });
  const frames = [...readable, ...writable];
  let rows: [Partial<Record<Field, string>>, string][];
  beforeAll(() => {
    rows = runPython(
      READ_AND_WRITE,
      frames.map(({ bytes }) => formatHex(bytes)),
    ) as typeof rows;
  }, 60_000);

  it("reads of 600 every field that the codecs read", () => {
    expect(rows.map(([fields]) => allFields(fields))).toEqual(frames.map(({ bytes }) => dissect(bytes)));
  });

  it("writes of 300 the same bytes, with lengths and checksums of its own", () => {
    const written = rows.slice(readable.length).map(([, hex]) => hex);
    expect(written).toEqual(writable.map(({ bytes }) => formatHex(bytes)));
  });
});

/** Writes as many frames as the file's one line says, of stacks and fields drawn at random: their bytes and fields. */
const WRITE = `
import random, sys
${SCAPY_FIELDS}
from scapy.all import IPOption_RR, IPOption_Router_Alert, Raw
draw = random.Random(${SEED})

def mac(): return "02:" + ":".join("%02x" % draw.randrange(256) for _ in range(5))
def address(): return "10." + ".".join(str(draw.randrange(256)) for _ in range(3))
def port(): return draw.randrange(50000, 60000)
def data(): return Raw(draw.randbytes(draw.randrange(60)))

def options():
    return draw.choice([[], [], [IPOption_Router_Alert()], [IPOption_RR(length=11, routers=[address(), "0.0.0.0"])]])
def ip():
    return IP(src=address(), dst=address(), ttl=draw.randrange(1, 256), id=draw.randrange(65536), options=options(),
              tos=draw.randrange(256), flags=draw.choice([0, "DF"]))
def ether():
    frame = Ether(src=mac(), dst=mac())
    tag = lambda kind: kind(prio=draw.randrange(8), vlan=draw.randrange(1, 4095))
    return draw.choice([lambda: frame, lambda: frame / tag(Dot1Q), lambda: frame / tag(Dot1AD) / tag(Dot1Q)])()
def segment():
    options = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (draw.randrange(2**32), 0)), ("NOP", None), ("WScale", 7)]
    return TCP(sport=port(), dport=port(), seq=draw.randrange(2**32), ack=draw.randrange(2**32),
               flags=draw.choice(["S", "SA", "A", "PA", "FA", "R"]), window=draw.randrange(65536),
               options=options[:draw.randrange(6)]) / data()
def plain():
    return draw.choice([
        lambda: ether() / ARP(op=draw.choice([1, 2]), hwsrc=mac(), psrc=address(), hwdst=mac(), pdst=address()),
        lambda: ether() / ip() / ICMP(type=draw.choice([0, 8]), id=draw.randrange(65536), seq=1) / data(),
        lambda: ether() / ip() / UDP(sport=port(), dport=port()) / data(),
        lambda: ether() / ip() / segment(),
    ])()
def tunnelled():
    header = UDP(sport=port(), dport=4789, **draw.choice([{}, {"chksum": 0}]))
    return ether() / ip() / header / VXLAN(flags=8, vni=draw.randrange(2**24)) / plain()

for line in open(sys.argv[1]):
    for _ in range(int(line)):
        written = bytes(tunnelled() if draw.random() < 0.3 else plain())
        print(json.dumps([written.hex(), fields(Ether(written))]))
`;

describeWith([scapy()], "podwire, of frames that scapy wrote,", () => {
  it("takes every layer of 300, and reads every field that scapy reads", () => {
    const rows = runPython(WRITE, ["300"]) as [string, Partial<Record<Field, string>>][];
    const frames = rows.map(([hex]) => parseHex(hex));
    expect(frames.length).toBe(300);
    expect(frames.filter((frame) => verdictOnFrame(frame).reason !== DropReason.NONE).map(dissect)).toEqual([]);
    expect(frames.map(dissect)).toEqual(rows.map(([, fields]) => allFields(fields)));
  });
});

/** What a capture file must hold, in tshark's words. */
function expectedRows({ contents }: CaptureFile): Record<string, string>[] {
  return contents.packets.map(({ hasTime, seconds, nanoseconds, bytes, originalLength, comments }) => ({
    "frame.time_epoch": hasTime ? `${seconds}.${String(nanoseconds).padStart(9, "0")}` : "",
    "frame.cap_len": String(bytes.length),
    "frame.len": String(originalLength),
    "frame.comment": comments.join(","),
  }));
}

describeWith([tool("tshark")], "tshark finds in capture files", () => {
  const fields = ["frame.time_epoch", "frame.cap_len", "frame.len", "frame.comment"] as const;

  it.each([
    ["classic, in both byte orders", pcapFile({ maxPackets: 20 })],
    // tshark counts a custom block as a packet.
    [
      "pcapng",
      pcapngFile({ blocks: ["enhanced", "simple", "obsolete", "names", "statistics", "unknown"], maxBlocks: 20 }),
    ],
  ])("%s, the packets that they say they have", (_name, files) => {
    const sample = fc
      .sample(files, { seed: SEED, numRuns: 40 })
      .filter(({ contents }) => contents.packets.length > 4)
      // Of units finer than nanoseconds, tshark's sums pass 64 bits.
      .filter(({ contents }) => contents.interfaces.every(({ unitsPerSecond }) => unitsPerSecond < 1e12))
      .slice(0, 3);
    expect(sample.length).toBe(3);
    for (const file of sample)
      expect(readFields(file.bytes, fields, { without: ["rtcp"] })).toEqual(expectedRows(file));
  });
});
