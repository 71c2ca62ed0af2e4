/**
 * Writes pcap-samples/: each scenario's capture, its frames as text, and the page that lists them. The same on
 * every machine, byte for byte: `npm run samples`, from the project's folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ByteSink, MemorySink } from "../capture/index.ts";
import { EPOCH_SECONDS, HopCapture, HopRecorder } from "../datapath/index.ts";
import { createExampleCluster } from "../kubernetes/index.ts";
import { plain } from "./output.ts";
import { type Scenario, SCENARIOS } from "./sample-scenarios.ts";
import { vxlanPorts } from "./session.ts";
import { TracePrinter } from "./trace-printer.ts";
import { version } from "./version.ts";

/** A file of pcap-samples/. */
export interface SampleFile {
  readonly name: string;
  readonly contents: Uint8Array;
}

/** Plays every scenario on a fresh cluster and returns the files, the page that lists them last. */
export function renderSamples(): SampleFile[] {
  const encoder = new TextEncoder();
  const files: SampleFile[] = [];
  const rows: string[] = [];
  for (const scenario of SCENARIOS) {
    const capture = new MemorySink();
    const lines: string[] = [];
    const frameCount = record(scenario, capture, lines);
    files.push(
      { name: `${scenario.name}.pcapng`, contents: capture.bytes() },
      { name: `${scenario.name}.txt`, contents: encoder.encode(lines.join("")) },
    );
    rows.push(
      `| [${scenario.name}.pcapng](${scenario.name}.pcapng) | [text](${scenario.name}.txt) | ${frameCount} | ${scenario.shows} |`,
    );
  }
  return [...files, { name: "README.md", contents: encoder.encode(page(rows)) }];
}

function record(scenario: Scenario, capture: ByteSink, lines: string[]): number {
  const cluster = scenario.create?.() ?? createExampleCluster();
  const recording = new HopCapture(capture, {
    epochSeconds: EPOCH_SECONDS,
    names: cluster.addressNames(),
    application: `podwire ${version()}`,
    comment: scenario.shows,
  });
  const printer = new TracePrinter((text) => lines.push(text), vxlanPorts(cluster), plain);
  cluster.engine.observer = new HopRecorder(cluster.engine, [recording, printer]);
  scenario.play(cluster);
  recording.end(cluster.engine.now);
  return recording.frameCount;
}

function page(rows: readonly string[]): string {
  return `# Captures to look at

Written by \`npm run samples\`, the same on every machine. Each capture has one interface a device, named
namespace/device; every frame carries a comment that says what the device did with it and why, and a packet id
that stays the same from hop to hop. The text has a line a frame, and one more, marked \`end\`, for a packet that waited
in vain, which no device saw then. Names of pods and nodes are in the file: in Wireshark, switch on
View > Name Resolution > Resolve Network Addresses.

| capture | frames as text | frames | what it shows |
|---|---|---|---|
${rows.join("\n")}

With tshark: \`tshark -r cross-node-flannel.pcapng -N n -T fields -e frame.time_relative -e frame.interface_name
-e frame.packet_id -e _ws.col.Info -e frame.comment\`. Tunnels on
ports of their own, which tshark takes for something else, show with \`-d udp.port==8472,vxlan -d udp.port==6784,vxlan\`. To follow one packet, filter on its id: in cross-node-flannel.pcapng, \`frame.packet_id == 1\` is
the echo request on its whole way.
`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2] ?? "pcap-samples";
  mkdirSync(folder, { recursive: true });
  for (const { name, contents } of renderSamples()) writeFileSync(join(folder, name), contents);
}
