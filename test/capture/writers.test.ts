/** Captures as other programs read them: Wireshark's tshark and capinfos, tcpdump, scapy. */

import { beforeAll, describe, expect, it } from "vitest";
import { parseHex } from "../../src/bytes/hex.ts";
import { LinkType, MemorySink, PcapngWriter, PcapWriter } from "../../src/capture/index.ts";
import type { PcapngOptions } from "../../src/capture/index.ts";
import { describeWith, pythonWithScapy, scapy, tool } from "../tools/requirements.ts";
import { capinfos, judge, readFields, run, withFile } from "../tools/tshark.ts";
import { PING, TUNNELLED } from "./frames.ts";

const WIRESHARK = [tool("tshark"), tool("capinfos")];
const EPOCH_SECONDS = 1_700_000_000;

/** The bytes of a pcapng capture with what `use` writes. */
function pcapng(use: (writer: PcapngWriter) => void, options: PcapngOptions = {}): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapngWriter(sink, { epochSeconds: EPOCH_SECONDS, ...options });
  use(writer);
  writer.flush();
  return sink.bytes();
}

describeWith(WIRESHARK, "tshark reads what PcapngWriter writes", () => {
  it("names and descriptions of interfaces", () => {
    const capture = pcapng((writer) => {
      const bridge = writer.addInterface({ name: "node-a/cni0", description: "bridge of the pods on node-a" });
      const tunnel = writer.addInterface({ name: "node-ä/flannel.1" });
      for (const id of [tunnel, bridge]) writer.writePacket(id, 0, PING, 0, PING.length);
    });
    const rows = readFields(capture, ["frame.interface_id", "frame.interface_name", "frame.interface_description"]);
    expect(rows.map((row) => Object.values(row))).toEqual([
      ["1", "node-ä/flannel.1", ""],
      ["0", "node-a/cni0", "bridge of the pods on node-a"],
    ]);
  });

  it("times to the nanosecond, through carries of 32 bits", () => {
    const times = [0, 1, 999_999_999, 1_000_000_000, 2 ** 32 - 1, 2 ** 32, 86_400e9 + 7];
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "eth0" });
      for (const time of times) writer.writePacket(0, time, PING, 0, PING.length);
    });
    expect(readFields(capture, ["frame.time_epoch"]).map((row) => row["frame.time_epoch"])).toEqual([
      "1700000000.000000000",
      "1700000000.000000001",
      "1700000000.999999999",
      "1700000001.000000000",
      "1700000004.294967295",
      "1700000004.294967296",
      "1700086400.000000007",
    ]);
  });

  it("directions", () => {
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "eth0" });
      writer.writePacket(0, 0, PING, 0, PING.length, { direction: "in" });
      writer.writePacket(0, 0, PING, 0, PING.length, { direction: "out" });
      writer.writePacket(0, 0, PING, 0, PING.length);
    });
    const rows = readFields(capture, ["frame.packet_flags_direction"]);
    expect(rows.map((row) => row["frame.packet_flags_direction"])).toEqual(["0x00000001", "0x00000002", ""]);
  });

  it("packet ids of more than 32 bits", () => {
    const ids = [0, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "eth0" });
      for (const packetId of ids) writer.writePacket(0, 0, PING, 0, PING.length, { packetId });
    });
    expect(readFields(capture, ["frame.packet_id"]).map((row) => Number(row["frame.packet_id"]))).toEqual(ids);
  });

  it("comments in any script, on several lines, and as long as they may be", () => {
    const comments = ["cni0: learned port 3", 'a, "b"\n\tc', "é → 😀", "x".repeat(65_535)];
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "eth0" });
      for (const comment of comments) writer.writePacket(0, 0, PING, 0, PING.length, { comment });
    });
    expect(readFields(capture, ["frame.comment"]).map((row) => row["frame.comment"])).toEqual(comments);
  });

  it("names of addresses", () => {
    const capture = pcapng((writer) => {
      writer.addNames([
        { address: 0x0af40105, names: ["pod-a.default"] },
        { address: 0x0af40208, names: ["alias", "pod-bé"] },
      ]);
      writer.writePacket(writer.addInterface({ name: "eth0" }), 0, PING, 0, PING.length);
    });
    // Of several names of an address, Wireshark shows the last.
    expect(readFields(capture, ["ip.src_host", "ip.dst_host"], { resolve: "n" })).toEqual([
      { "ip.src_host": "pod-a.default", "ip.dst_host": "pod-bé" },
    ]);
  });

  it("20,000 names, in many blocks", () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => ({ address: index, names: [`pod-${index}`] }));
    const report = capinfos(pcapng((writer) => writer.addNames(entries)));
    expect(report).toContain("Number of resolved IPv4 addresses in file: 20000\n");
  });

  it("what lies beyond the snap length as not captured", () => {
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "eth0", snapLength: 40 });
      writer.writePacket(0, 0, PING, 0, PING.length);
      writer.writePacket(0, 0, PING, 0, 34, { originalLength: PING.length });
    });
    expect(readFields(capture, ["frame.cap_len", "frame.len"])).toEqual([
      { "frame.cap_len": "40", "frame.len": "50" },
      { "frame.cap_len": "34", "frame.len": "50" },
    ]);
  });

  it("IP packets of a device without Ethernet", () => {
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "tunl0", linkType: LinkType.RAW });
      writer.writePacket(0, 0, PING, 14, PING.length - 14);
    });
    expect(readFields(capture, ["frame.protocols"])).toEqual([{ "frame.protocols": "raw:ip:icmp:data" }]);
    judge(capture);
  });

  it("the longest packet that Wireshark takes, among others", () => {
    const large = new Uint8Array(300_000);
    large.set(parseHex("ffffffffffff 020000000001 88b5"));
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "eth0" });
      for (const length of [60, 65_549, large.length, 61]) writer.writePacket(0, 0, large, 0, length);
    });
    expect(readFields(capture, ["frame.cap_len", "frame.len"]).map((row) => Object.values(row))).toEqual([
      ["60", "60"],
      ["65549", "65549"],
      ["262144", "300000"],
      ["61", "61"],
    ]);
  });

  it("a thousand packets on a hundred interfaces", () => {
    const capture = pcapng((writer) => {
      for (let id = 0; id < 100; id++) writer.addInterface({ name: `veth${id}` });
      for (let count = 0; count < 1_000; count++) {
        writer.writePacket(count % 100, count, TUNNELLED, 0, TUNNELLED.length);
      }
    });
    const rows = readFields(capture, ["frame.interface_name", "ip.src"]);
    expect(rows.map((row) => row["frame.interface_name"])).toEqual(rows.map((_, index) => `veth${index % 100}`));
    expect(rows.length).toBe(1_000);
    expect(rows[999]!["ip.src"]).toBe("192.168.1.10,10.244.1.5");
    judge(capture);
  });
});

describeWith(WIRESHARK, "capinfos reads what PcapngWriter writes", () => {
  let report: string;
  beforeAll(() => {
    const options = {
      hardware: "none",
      operatingSystem: "podwire kernel",
      application: "podwire 0.1.0",
      comment: "two nodes",
    };
    report = capinfos(
      pcapng((writer) => {
        const veth = { name: "veth0", description: "to pod-a", mac: 0x0a58_0af4_0105, speed: 10_000_000_000 };
        writer.addInterface({ ...veth, filter: "icmp", hardware: "veth pair" });
        writer.addInterface({ name: "cni0", snapLength: 96 });
        writer.writePacket(0, 1, PING, 0, PING.length);
        writer.writePacket(0, 2, PING, 0, PING.length);
        writer.writeStatistics(0, 3, { startTime: 0, endTime: 3, received: 2, dropped: 0, delivered: 2 });
        writer.writeStatistics(0, 4, { received: 2 });
      }, options),
    );
  });

  it.each([
    ["the type", "File type:           Wireshark/... - pcapng"],
    ["the precision", "File timestamp precision:  nanoseconds (9)"],
    ["the first packet's time", "First packet time:   2023-11-14 22:13:20.000000001"],
    ["the hardware", "Capture hardware:    none"],
    ["the operating system", "Capture oper-sys:    podwire kernel"],
    ["the application", "Capture application: podwire 0.1.0"],
    ["the comment", "Capture comment:     two nodes"],
    ["the interfaces", "Number of interfaces in file: 2"],
    ["an interface's name", "                     Name = veth0"],
    ["an interface's description", "                     Description = to pod-a"],
    ["an interface's hardware", "                     Hardware = veth pair"],
    ["an interface's speed", "                     Speed = 10000000000"],
    ["an interface's filter", "                     Filter string = icmp"],
    ["an interface's snap length", "                     Capture length = 96"],
    ["an interface's packets", "                     Number of packets = 2"],
    ["an interface's statistics", "                     Number of stat entries = 2"],
  ])("%s", (_name, line) => {
    expect(report.split("\n")).toContain(line);
  });
});

/** The bytes of a classic capture with packets at three times. */
function pcap(precision: "microseconds" | "nanoseconds"): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapWriter(sink, { precision, epochSeconds: EPOCH_SECONDS });
  for (const time of [1_001, 1_999_999_999, 2 ** 32]) writer.writePacket(time, PING, 0, PING.length);
  writer.writePacket(5e9, TUNNELLED, 0, 60, TUNNELLED.length);
  writer.flush();
  return sink.bytes();
}

const PCAP_TIMES = {
  microseconds: ["1700000000.000001", "1700000001.999999", "1700000004.294967", "1700000005.000000"],
  nanoseconds: ["1700000000.000001001", "1700000001.999999999", "1700000004.294967296", "1700000005.000000000"],
} as const;

describe.each(["microseconds", "nanoseconds"] as const)("classic pcap in %s", (precision) => {
  describeWith(WIRESHARK, "is read by tshark and capinfos", () => {
    it("with times and lengths", () => {
      const rows = readFields(pcap(precision), ["frame.time_epoch", "frame.cap_len", "frame.len"]);
      const times = PCAP_TIMES[precision].map((time) => time.padEnd("1700000000.000000000".length, "0"));
      expect(rows.map((row) => row["frame.time_epoch"])).toEqual(times);
      expect(rows[3]).toMatchObject({ "frame.cap_len": "60", "frame.len": "100" });
      expect(capinfos(pcap(precision))).toContain(`File timestamp precision:  ${precision}`);
    });
  });

  describeWith(tool("tcpdump"), "is read by tcpdump", () => {
    it("with times and contents", () => {
      const args = ["-nn", "-tt", `--time-stamp-precision=${precision === "nanoseconds" ? "nano" : "micro"}`];
      const printed = withFile(pcap(precision), (path) => run("tcpdump", [...args, "-r", path]));
      // A line that does not begin with a time goes on about the packet before.
      const lines = printed.match(/^\d.*$/gm) ?? [];
      expect(lines.map((line) => line.split(" ")[0])).toEqual(PCAP_TIMES[precision]);
      expect(lines[0]).toMatch(/IP 10\.244\.1\.5 > 10\.244\.2\.8: ICMP echo request, id 1, seq 1, length 16$/);
    });
  });

  describeWith(scapy(), "is read by scapy", () => {
    it("with times, lengths and bytes", () => {
      const script = [
        "import sys; from scapy.utils import RawPcapReader",
        "for data, m in RawPcapReader(sys.argv[1]): print(m.sec, m.usec, m.wirelen, data.hex())",
      ].join("\n");
      const printed = withFile(pcap(precision), (path) => run(pythonWithScapy()!, ["-c", script, path]));
      const [ping, cut] = [Buffer.from(PING).toString("hex"), Buffer.from(TUNNELLED.subarray(0, 60)).toString("hex")];
      const packets = [`50 ${ping}`, `50 ${ping}`, `50 ${ping}`, `100 ${cut}`];
      const times = PCAP_TIMES[precision].map((time) => time.split(".").map(Number).join(" "));
      expect(printed.trim().split("\n")).toEqual(packets.map((packet, index) => `${times[index]} ${packet}`));
    });
  });
});

describeWith(tool("tcpdump"), "tcpdump reads what PcapngWriter writes", () => {
  it("from several interfaces", () => {
    const capture = pcapng((writer) => {
      writer.addNames([{ address: 0x0af40105, names: ["pod-a"] }]);
      for (const name of ["eth0", "cni0"]) writer.addInterface({ name, description: "a device" });
      for (const id of [0, 1]) writer.writePacket(id, id + 7, PING, 0, PING.length, { comment: "é", direction: "in" });
      writer.writeStatistics(0, 9, { received: 1 });
    });
    const args = ["-nn", "-tt", "--time-stamp-precision=nano", "-r"];
    const lines = withFile(capture, (path) => run("tcpdump", [...args, path]))
      .trim()
      .split("\n");
    const line = "IP 10.244.1.5 > 10.244.2.8: ICMP echo request, id 1, seq 1, length 16";
    expect(lines).toEqual([`1700000000.000000007 ${line}`, `1700000000.000000008 ${line}`]);
  });
});

describeWith(scapy(), "scapy reads what PcapngWriter writes", () => {
  it("with times and bytes", () => {
    const capture = pcapng((writer) => {
      writer.addInterface({ name: "eth0" });
      writer.writePacket(0, 2 ** 32 + 5, PING, 0, PING.length, { comment: "é", direction: "out", packetId: 2 ** 40 });
    });
    const script = [
      "import sys; from scapy.utils import RawPcapNgReader",
      "for data, m in RawPcapNgReader(sys.argv[1]): print((m.tshigh << 32) + m.tslow, m.tsresol, data.hex())",
    ].join("\n");
    const printed = withFile(capture, (path) => run(pythonWithScapy()!, ["-c", script, path])).trim();
    expect(printed).toBe(`1700000004294967301 1000000000 ${Buffer.from(PING).toString("hex")}`);
  });
});
