/** `pcap-samples/` is what the engine writes today, byte for byte. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PcapngRecordWriter } from "../../src/capture/index.ts";
import { renderSamples } from "../../src/cli/samples.ts";
import { CNI_NAMES, type CniName } from "../../src/kubernetes/index.ts";
import { read, write } from "../property/capture-records.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { JUDGED_FIELDS, objectionTo, readFields } from "../tools/tshark.ts";
import { comparable, DECODED_FIELDS, DECODED_PREFERENCES, decodedRows } from "./decoded-columns.ts";
import { readFrames } from "./frame-reader.ts";

const FOLDER = fileURLToPath(new URL("../../pcap-samples/", import.meta.url));

const samples = renderSamples();

describe("pcap-samples", () => {
  it("holds a capture and a text of each scenario, a page, and nothing else", () => {
    expect(samples.length).toBeGreaterThanOrEqual(9);
    expect(readdirSync(FOLDER).sort()).toEqual(samples.map(({ name }) => name).sort());
  });

  it.each(samples)("$name is as `npm run samples` writes it", ({ name, contents }) => {
    const found = readFileSync(FOLDER + name);
    if (!name.endsWith(".pcapng")) expect(found.toString()).toBe(Buffer.from(contents).toString());
    expect(found.equals(contents)).toBe(true);
  });

  it.each(samples.filter(({ name }) => name.endsWith(".pcapng")))(
    "$name has equal records, and the same bytes, when it is read and written again",
    ({ contents }) => {
      const records = read(contents, [1_000]);
      for (const kind of ["interface", "names", "packet", "statistics"])
        expect(records.some((record) => record.kind === kind)).toBe(true);
      const again = write(records, PcapngRecordWriter);
      expect(read(again)).toEqual(records);
      expect(Buffer.compare(again, contents)).toBe(0);
    },
  );

  it("has a text line for each frame and for each end of one that waited, and a row of the page for each capture", () => {
    const text = (name: string): string =>
      Buffer.from(samples.find((sample) => sample.name === name)!.contents).toString();
    const page = text("README.md");
    for (const { name, contents } of samples.filter((sample) => sample.name.endsWith(".pcapng"))) {
      const frameCount = readFrames(contents).length;
      const lines = text(name.replace(/pcapng$/, "txt"))
        .trimEnd()
        .split("\n");
      expect(lines.filter((line) => !/ end {2}dropped at /.test(line)).length).toBe(frameCount);
      for (const line of lines) expect(line).toMatch(/^\d+\.\d{9} {2}#\d+ +[\w.-]+\/[\w.-]+ +(in|out|end) {1,2}/);
      expect(page).toContain(`| [${name}](${name}) | [text](${name.replace(/pcapng$/, "txt")}) | ${frameCount} | `);
    }
  });
});

describeWith([tool("tshark")], "the page", () => {
  it("shows the verdicts that tshark finds in the sample of policies", () => {
    const fields = ["ip.dst", "tcp.dstport", "frame.verdict.ebpf_tc", "frame.comment"] as const;
    const path = `${FOLDER}network-policy.pcapng`;
    const frames = readFields(path, fields, { filter: "frame.verdict" }).map((frame) =>
      Object.values(frame).join("  "),
    );
    const page = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const shown = page.split("\n").filter((line) => /^10\.\S+ {2}\d+ {2}\d {2}/.test(line));
    expect(shown.length).toBe(3);
    for (const line of shown) {
      const parts = line.split("…").map((part) => part.trim());
      expect(frames.some((frame) => parts.every((part) => frame.includes(part)))).toBe(true);
    }
  });
});

/** What tshark is to find in pod-a's echo requests as node-a sends them to other nodes: layers, ports and VNIs. */
const ON_THE_UNDERLAY: Readonly<Record<CniName, readonly string[]>> = {
  flannel: ["ip:udp:vxlan:eth:ethertype:ip:icmp port 4789 VNI 1"],
  "flannel-directrouting": ["ip:icmp", "ip:udp:vxlan:eth:ethertype:ip:icmp port 8472 VNI 1"],
  "flannel-host-gw": ["ip:icmp"],
  "flannel-ipip": ["ip:ip:icmp"],
  calico: ["ip:icmp"],
  "calico-ipip": ["ip:ip:icmp"],
  "calico-ipip-crosssubnet": ["ip:icmp", "ip:ip:icmp"],
  "calico-vxlan": ["ip:udp:vxlan:eth:ethertype:ip:icmp port 4789 VNI 4096"],
  "calico-vxlan-crosssubnet": ["ip:icmp", "ip:udp:vxlan:eth:ethertype:ip:icmp port 4789 VNI 4096"],
  cilium: ["ip:udp:vxlan:eth:ethertype:ip:icmp port 8472 VNI 256"],
  "cilium-native": ["ip:icmp"],
  weave: ["ip:udp:vxlan:eth:ethertype:ip:icmp port 6784 VNI 7608177"],
  kubenet: ["ip:icmp"],
};

const SEEN_FIELDS = [
  ...JUDGED_FIELDS,
  "frame.interface_name",
  "icmp.type",
  "ip.src",
  "udp.dstport",
  "vxlan.vni",
] as const;

type SeenFrame = Record<string, string> & Record<(typeof SEEN_FIELDS)[number], string>;

describeWith([tool("tshark")], "tshark", () => {
  // Who answers for others by proxy ARP has their addresses, and Linux asks with a node's own address on any device.
  const options = { preferences: ["arp.detect_duplicate_ips:FALSE", ...DECODED_PREFERENCES] };
  const captures = samples.filter(({ name }) => name.endsWith(".pcapng"));
  const wanted = [...new Set([...SEEN_FIELDS, ...DECODED_FIELDS])];
  const read = new Map<string, SeenFrame[]>();
  /** Each capture is read once, and only when tshark is there. */
  const framesOf = (name: string): SeenFrame[] => {
    const frames = read.get(name) ?? (readFields(FOLDER + name, wanted, options) as SeenFrame[]);
    read.set(name, frames);
    return frames;
  };

  it.each(captures)("has nothing against $name", ({ name }) => {
    expect(framesOf(name).map(objectionTo).filter(Boolean)).toEqual([]);
  });

  // Weave's port is not one that either takes for VXLAN unasked.
  it.each(captures.filter(({ name }) => !name.includes("weave")))(
    "finds in $name what podwire decode --tsv finds",
    ({ name }) => {
      const rows = decodedRows(FOLDER + name);
      expect(rows.length).toBeGreaterThan(10);
      expect(rows).toEqual(framesOf(name).map(comparable));
    },
  );

  it.each(CNI_NAMES)("sees on the underlay what %s is known for, and pod-a's own address in it", (name) => {
    const frames = framesOf(`cross-node-${name}.pcapng`).filter(
      (frame) => frame["frame.interface_name"] === "node-a/eth0" && frame["icmp.type"] === "8",
    );
    const seen = frames.map((frame) => {
      const layers = frame["frame.protocols"].replace(/^eth:ethertype:(.*):data$/, "$1");
      return frame["vxlan.vni"] === "" ? layers : `${layers} port ${frame["udp.dstport"]} VNI ${frame["vxlan.vni"]}`;
    });
    expect(seen).toEqual(ON_THE_UNDERLAY[name]);
    const podA = name === "weave" ? /^10\.(3[2-9]|4[0-7])\./ : /^10\.244\.1\.5$/;
    for (const frame of frames) expect(frame["ip.src"].split(",").at(-1)).toMatch(podA);
  });
});
