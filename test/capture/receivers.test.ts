/**
 * What others receive of frames that the codecs write: 600 of every kind, drawn from a seed, in classic pcap,
 * read by tshark, tcpdump and scapy with the fields that the codecs read; and sent over a wire of the kernel's.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { MemorySink, PcapWriter } from "../../src/capture/index.ts";
import { describeFrame, ethernet, formatMac, vlan } from "../../src/wire/index.ts";
import { describeWith, pythonWithScapy, type Requirement, root, scapy, tool } from "../tools/requirements.ts";
import { judge, readFields, run, withFile } from "../tools/tshark.ts";
import { temporaryFolder } from "../unit/cli/command.ts";
import { dissect, FIELDS, type Field } from "./dissection.ts";
import { readFrames } from "./frame-reader.ts";
import { generateFrames } from "./generated-frames.ts";
import { SCAPY_FIELDS } from "./scapy-fields.ts";

const FRAMES = generateFrames(600);
const EXPECTED = FRAMES.map(dissect);
const EPOCH_SECONDS = 1_767_225_600;

/** The frames as a capture, a microsecond apart. */
function pcap(): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapWriter(sink, { precision: "nanoseconds", epochSeconds: EPOCH_SECONDS });
  FRAMES.forEach((frame, index) => writer.writePacket(1_000 * index, frame, 0, frame.length));
  writer.flush();
  return sink.bytes();
}

function linux(): Requirement {
  return { missing: process.platform === "linux" ? undefined : "not Linux" };
}

describe("the frames", () => {
  it("are of every kind, with no tag, one and two, inside the tunnel and out", () => {
    const having = (field: Field, pattern: RegExp): number =>
      EXPECTED.filter((fields) => pattern.test(fields[field])).length;
    expect(having("arp.opcode", /^1/)).toBeGreaterThan(20);
    expect(having("arp.opcode", /^2/)).toBeGreaterThan(20);
    expect(having("icmp.type", /^[08]$/)).toBeGreaterThan(40);
    expect(having("icmp.mtu", /./)).toBeGreaterThan(5);
    expect(having("tcp.hdr_len", /^20$/)).toBeGreaterThan(10);
    expect(having("tcp.hdr_len", /^32$/)).toBeGreaterThan(10);
    expect(having("ip.hdr_len", /^(24|28|32|36)/)).toBeGreaterThan(40);
    expect(
      EXPECTED.filter((fields) => fields["vlan.id"] !== "" && fields["ieee8021ad.id"] === "").length,
    ).toBeGreaterThan(100);
    expect(having("ieee8021ad.id", /./)).toBeGreaterThan(100);
    expect(having("vxlan.vni", /./)).toBeGreaterThan(100);
    expect(
      EXPECTED.filter((fields) => fields["vxlan.vni"] !== "" && fields["tcp.flags"] !== "").length,
    ).toBeGreaterThan(10);
    expect(
      EXPECTED.filter((fields) => fields["vxlan.vni"] !== "" && fields["arp.opcode"] !== "").length,
    ).toBeGreaterThan(10);
  });

  it("come back out of the capture", () => {
    expect(readFrames(pcap())).toEqual(FRAMES);
  });
});

// Segments drawn at random are no conversation.
const NO_CONVERSATIONS = { preferences: ["tcp.analyze_sequence_numbers:FALSE"] };

describeWith(tool("tshark"), "tshark", () => {
  it("reads of each frame what the codecs read", () => {
    const read = readFields(pcap(), FIELDS, NO_CONVERSATIONS);
    expect(read.length).toBe(FRAMES.length);
    expect(read).toEqual(EXPECTED);
  });

  it("finds every checksum right", () => {
    const statuses = [
      "ip.checksum.status",
      "icmp.checksum.status",
      "udp.checksum.status",
      "tcp.checksum.status",
    ] as const;
    for (const row of readFields(pcap(), statuses, NO_CONVERSATIONS)) {
      // 1 is good, 3 not there; 2, unverified, is what tshark says of the checksums in a quoted packet.
      for (const status of statuses) expect(row[status]).toMatch(/^([123](,[123])*)?$/);
    }
  });
});

describeWith([linux(), root(), tool("tcpdump")], "tcpdump", () => {
  /** A line for each frame: what it goes on about on indented or further lines follows after " | ". */
  function lines(...options: string[]): string[] {
    const printed = withFile(pcap(), (path) =>
      run("tcpdump", ["-nn", "-tt", "--time-stamp-precision=nano", "-S", ...options, "-r", path]),
    );
    return printed
      .trimEnd()
      .replaceAll(/\n(?!1767225600\.)\s*/g, " | ")
      .split("\n");
  }

  it("prints of each frame the line that describeFrame gives, at its time", () => {
    const expected = FRAMES.map((frame, index) => {
      const line = describeFrame(new DataView(untagged(frame).buffer), 0, untagged(frame).length);
      // Without -v, tcpdump tells neither VLAN tags nor what an ICMP error quotes.
      const time = `${EPOCH_SECONDS}.${String(1_000 * index).padStart(9, "0")}`;
      return `${time} ${line.replace(/ \| quoting .*/, "").replaceAll(/vlan \d+, p \d, (?:DEI, )?/g, "")}`;
    });
    expect(lines()).toEqual(expected);
  });

  it("prints of each frame the addresses, types, tags and length that the codecs read", () => {
    const read = lines("-e").map((line) => {
      const head = /^\S+ (\S+) > (\S+), ethertype [^(]*\((0x....)\), length (\d+): /.exec(line)!;
      const outside = line.replace(/VXLAN.*/, "");
      const list = [...outside.matchAll(/vlan (\d+), p (\d)(, DEI)?, ethertype [^(]*\((0x....)\)/g)];
      return [
        ...head.slice(1),
        ...list.flatMap(([, id, priority, dei, type]) => [id, priority, dei !== undefined, type]),
      ];
    });
    expect(read).toEqual(FRAMES.map(linkLayer));
  });
});

/** The outer Ethernet header and tags, in the order in which tcpdump prints them. */
function linkLayer(frame: Uint8Array): unknown[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const hex = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
  const found: unknown[] = [
    formatMac(ethernet.source(view, 0)),
    formatMac(ethernet.destination(view, 0)),
    hex(ethernet.etherType(view, 0)),
    String(frame.length),
  ];
  for (let offset = ethernet.HEADER_LENGTH - 2; vlan.isTag(view.getUint16(offset)); offset += vlan.TAG_LENGTH) {
    found.push(
      String(vlan.vlanId(view, offset)),
      String(vlan.priority(view, offset)),
      vlan.dropEligible(view, offset),
      hex(vlan.tagProtocol(view, offset + vlan.TAG_LENGTH)),
    );
  }
  return found;
}

/** The frame without its tags. */
function untagged(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const typeOffset = ethernet.HEADER_LENGTH - 2;
  let end = typeOffset;
  while (vlan.isTag(view.getUint16(end))) end += vlan.TAG_LENGTH;
  const whole = new Uint8Array(frame.length - (end - typeOffset));
  whole.set(frame.subarray(0, typeOffset));
  whole.set(frame.subarray(end), typeOffset);
  return whole;
}

/** A line for each frame: its time and fields. */
const SCAPY_PROGRAM = `
import sys
from scapy.all import rdpcap
${SCAPY_FIELDS}
for packet in rdpcap(sys.argv[1]):
    print(json.dumps([str(packet.time), fields(packet)]))
`;

describeWith([linux(), root(), scapy()], "scapy", () => {
  it("reads of each frame what the codecs read, at its time", () => {
    const printed = withFile(pcap(), (path) => run(pythonWithScapy()!, ["-c", SCAPY_PROGRAM, path]));
    const read = printed
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as [string, Partial<Record<Field, string>>]);
    expect(read.map(([time]) => Number(time).toFixed(6))).toEqual(
      FRAMES.map((_, index) => (EPOCH_SECONDS + index / 1e6).toFixed(6)),
    );
    const none = Object.fromEntries(FIELDS.map((field) => [field, ""]));
    expect(read.map(([, fields]) => ({ ...none, ...fields }))).toEqual(EXPECTED);
  });
});

/** Sends the frames of a capture into one end of a cable, while tcpdump listens at the other. */
const WIRE_SCRIPT = `
set -e
# Or the kernel speaks of its own accord.
if test -d /proc/sys/net/ipv6; then sysctl -qw net.ipv6.conf.default.disable_ipv6=1; fi
ip link add near mtu 9000 type veth peer name far mtu 9000
ip link set near up
ip link set far up
tcpdump -q -i far -Q in -c "$3" -s 2048 -B 8192 --immediate-mode -w "$2" 2>"$2.log" &
until grep -q listening "$2.log"; do sleep 0.02; done
"$PYTHON" -c '
import socket, struct, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); wire.bind(("near", 0))
data = open(sys.argv[1], "rb").read(); offset = 24
while offset < len(data):
    length = struct.unpack_from("<I", data, offset + 8)[0]
    wire.send(data[offset + 16 : offset + 16 + length]); offset += 16 + length
' "$1"
wait
`;

describeWith([linux(), root(), tool("tcpdump"), tool("unshare"), tool("ip"), scapy()], "the kernel", () => {
  const inside = temporaryFolder();
  let program: string;
  beforeAll(() => {
    program = WIRE_SCRIPT.replace("$PYTHON", pythonWithScapy()!);
  });

  it("carries each frame over a cable of its own, byte for byte", () => {
    writeFileSync(inside("sent.pcap"), pcap());
    run("timeout", [
      "30",
      "unshare",
      "-n",
      "sh",
      "-c",
      program,
      "sh",
      inside("sent.pcap"),
      inside("received.pcap"),
      String(FRAMES.length),
    ]);
    const received = readFrames(readFileSync(inside("received.pcap")));
    expect(received.map((frame) => Buffer.from(frame).toString("hex"))).toEqual(
      FRAMES.map((frame) => Buffer.from(frame).toString("hex")),
    );
  });
});

describeWith([tool("tshark"), tool("capinfos")], "the judge", () => {
  it("has nothing against the frames but TCP's, once addresses may be drawn twice", () => {
    const sink = new MemorySink();
    const writer = new PcapWriter(sink, { precision: "nanoseconds" });
    FRAMES.filter((_, index) => EXPECTED[index]!["tcp.flags"] === "").forEach((frame) =>
      writer.writePacket(0, frame, 0, frame.length),
    );
    writer.flush();
    judge(sink.bytes(), { preferences: ["arp.detect_duplicate_ips:FALSE"] });
  });
});
