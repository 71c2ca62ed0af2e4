/** Every capture that the command writes, before tshark: no objection, and each field as the codecs read it. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith, tool } from "../tools/requirements.ts";
import { capinfos, JUDGED_FIELDS, objectionTo, readFields, run } from "../tools/tshark.ts";
import { shell } from "../unit/cli/command.ts";
import { dissect, FIELDS } from "./dissection.ts";
import { readFrames } from "./frame-reader.ts";

/** A capture and what capinfos should call it. */
interface Written {
  readonly name: string;
  readonly type: string;
  readonly frameCount: number;
  readonly write: () => Uint8Array;
}

const PCAPNG = "Wireshark/... - pcapng";
const PCAP = "Wireshark/tcpdump/... - nanosecond pcap";

/** A line of the shell that writes a file, in a folder of its own; it is run once, when somebody asks. */
function writtenBy(line: string, file = "capture"): () => Uint8Array {
  let written: Uint8Array | undefined;
  const write = (): Uint8Array => {
    const folder = mkdtempSync(join(tmpdir(), "podwire-"));
    try {
      const { status, stderr } = shell(line, { cwd: folder });
      if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
      return readFileSync(join(folder, file));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  return () => (written ??= write());
}

const PING = '"$NODE" "$MAIN" ping pod-a pod-b -c 2';

const DEMO_CAPTURE: Written = {
  name: "podwire demo",
  type: PCAPNG,
  frameCount: 124,
  write: writtenBy('"$NODE" "$MAIN" demo', "podwire-demo.pcapng"),
};
const PING_CAPTURE: Written = {
  name: "podwire ping -w",
  type: PCAPNG,
  frameCount: 79,
  write: writtenBy(`${PING} -w capture`),
};
const CLASSIC_CAPTURE: Written = {
  name: "podwire ping -w, classic",
  type: PCAP,
  frameCount: 79,
  write: writtenBy(`${PING} -w x.pcap`, "x.pcap"),
};

/** What the command wrote once; the samples are judged in samples.test.ts. */
const FAILURE: Written = {
  name: "arp-failure.pcapng",
  type: PCAPNG,
  frameCount: 60,
  write: () => readFileSync(new URL("../../pcap-samples/arp-failure.pcapng", import.meta.url)),
};

const CAPTURES: readonly Written[] = [
  DEMO_CAPTURE,
  {
    name: "podwire demo, classic",
    type: PCAP,
    frameCount: 124,
    write: writtenBy('"$NODE" "$MAIN" demo -w demo.pcap', "demo.pcap"),
  },
  PING_CAPTURE,
  CLASSIC_CAPTURE,
  {
    name: "podwire ping -w - to a pipe",
    type: PCAPNG,
    frameCount: 79,
    write: writtenBy(`${PING} -w - 2>/dev/null | cat >capture`),
  },
  {
    name: "podwire ping -w to a named pipe",
    type: PCAPNG,
    frameCount: 79,
    write: writtenBy(`mkfifo pipe; cat pipe >capture & ${PING} -w pipe >/dev/null; wait`),
  },
  {
    name: "podwire ping to nobody",
    type: PCAPNG,
    frameCount: 60,
    write: writtenBy('"$NODE" "$MAIN" ping pod-a 10.244.2.99 -w capture; test $? = 1'),
  },
];

describeWith([tool("tshark"), tool("capinfos"), tool("mkfifo")], "tshark", () => {
  describe.each(CAPTURES)("$name", ({ type, frameCount, write }) => {
    let capture: Uint8Array;
    beforeAll(() => {
      capture = write();
    });

    it("is whole for capinfos", () => {
      const lines = capinfos(capture).split("\n");
      expect(lines).toContain(`File type:           ${type}`);
      expect(lines).toContain("File timestamp precision:  nanoseconds (9)");
      expect(lines.find((line) => line.startsWith("Number of packets: "))).toMatch(new RegExp(` ${frameCount}$`));
      expect(lines).toContain("Strict time order:   True");
    });

    it("has in every field of every frame what the codecs read there, and nothing to object to", () => {
      const frames = readFrames(capture);
      const read = readFields(capture, [...FIELDS, ...JUDGED_FIELDS]);
      expect(frames.length).toBe(frameCount);
      expect(read.map(objectionTo).filter((objection) => objection !== "")).toEqual([]);
      expect(read).toMatchObject(frames.map(dissect));
    });
  });

  it("reads a ping from a pipe while it is written, as the README has it", () => {
    const { status, stdout } = shell(
      `"$NODE" "$MAIN" ping pod-a pod-b -w - 2>/dev/null | tshark -n -r - -T fields -e frame.number 2>/dev/null | tail -1`,
    );
    expect([status, stdout]).toEqual([0, "55\n"]);
  });

  it("has the frames of pcapng in classic pcap", () => {
    const [pcapng, pcap] = [PING_CAPTURE.write(), CLASSIC_CAPTURE.write()];
    expect(readFrames(pcap)).toEqual(readFrames(pcapng));
    const times = ["frame.time_epoch"] as const;
    expect(readFields(pcap, times)).toEqual(readFields(pcapng, times));
  });
});

describeWith(["tshark", "editcap", "mergecap"].map(tool), "Wireshark's editors write again what they read of", () => {
  const WHAT = ["frame.time_epoch", "frame.interface_name", "frame.packet_id", "frame.comment"] as const;
  let folder: string;
  const inside = (name: string): string => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "podwire-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([DEMO_CAPTURE, FAILURE])("$name", ({ frameCount, write }) => {
    writeFileSync(inside("ours"), write());
    run("editcap", [inside("ours"), inside("edited")]);
    run("mergecap", ["-a", "-w", inside("twice"), inside("ours"), inside("ours")]);
    const [ours, edited] = ["ours", "edited"].map((name) => readFields(inside(name), WHAT));
    expect(ours!.length).toBe(frameCount);
    expect(edited).toEqual(ours);
    expect(capinfos(inside("twice"))).toMatch(new RegExp(`^Number of packets: +${2 * frameCount}$`, "m"));
  });
});

describeWith([tool("tshark")], "the frames of the demonstration", () => {
  const WHAT = [
    "frame.interface_name",
    "frame.len",
    "frame.protocols",
    "icmp.type",
    "ip.dst",
    "ip.len",
    "ip.src",
    "ip.ttl",
  ] as const;
  let frames: Record<(typeof WHAT)[number], string>[];
  beforeAll(() => {
    frames = readFields(DEMO_CAPTURE.write(), WHAT);
  });

  it("show a packet of 1,450 bytes in a tunnel that fills the LAN's 1,500", () => {
    const full = frames.filter((frame) => frame["ip.len"].endsWith(",1450"));
    expect(full.length).toBe(4);
    for (const frame of full)
      expect(frame).toMatchObject({ "frame.len": "1514", "ip.len": "1500,1450", "ip.src": "192.168.1.20,10.244.2.20" });
  });

  it("show no tunnel while both pods are on one node", () => {
    const pods = ["10.244.1.5", "10.244.1.10"];
    const between = frames.filter((frame) => [frame["ip.src"], frame["ip.dst"]].sort().join() === pods.sort().join());
    expect(new Set(between.map((frame) => frame["frame.protocols"]))).toEqual(new Set(["eth:ethertype:ip:icmp:data"]));
  });

  it("show the inner source address at the other node, and a TTL two lower", () => {
    const arrived = frames.filter(
      (frame) => frame["frame.interface_name"] === "pod-b/eth0" && frame["icmp.type"] === "8",
    );
    expect(arrived).toMatchObject([{ "ip.src": "10.244.1.5", "ip.dst": "10.244.2.8", "ip.ttl": "62" }]);
    expect(arrived.length).toBe(1);
  });
});
