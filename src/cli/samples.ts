/**
 * Writes pcap-samples/: each scenario's capture, its frames as text, and the page that lists them. The same on
 * every machine, byte for byte: `npm run samples`, from the project's folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ByteSink, MemorySink } from "../capture/index.ts";
import { HopCapture, HopRecorder } from "../datapath/index.ts";
import { type Cluster, createExampleCluster } from "../kubernetes/index.ts";
import { EPOCH_SECONDS } from "./epoch.ts";
import { plain } from "./output.ts";
import { pingUntilDone } from "./ping.ts";
import { vxlanPorts } from "./session.ts";
import { TracePrinter } from "./trace-printer.ts";
import { version } from "./version.ts";

interface Scenario {
  readonly name: string;
  /** What a reader sees in it. */
  readonly shows: string;
  readonly play: (cluster: Cluster) => void;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "same-node",
    shows:
      "pod-a pings frontend on its own node: ARP flooded by `cni0`, then echo request and reply across the bridge; TTL stays 64",
    play: (cluster) => ping(cluster, "pod-a", "frontend", 56),
  },
  {
    name: "cross-node-flannel",
    shows:
      "pod-a pings pod-b on the other node: gateway ARP, route into `flannel.1`, underlay ARP, VXLAN with the inner source address preserved, ARP on the far bridge; TTL 62 at pod-b",
    play: (cluster) => ping(cluster, "pod-a", "pod-b", 56),
  },
  {
    name: "mtu",
    shows:
      "pod-a's MTU is wrongly 1500: 1,422 bytes fill `flannel.1`'s 1,450 and pass, 1,472 bytes with DF come back as ICMP fragmentation needed (mtu 1450)",
    play: (cluster) => {
      widenMtu(cluster, "pod-a", 1500);
      ping(cluster, "pod-a", "pod-b", 1422);
      ping(cluster, "pod-a", "pod-b", 1472);
    },
  },
  {
    name: "arp-failure",
    shows:
      "pod-a pings 10.244.2.99, which nobody has: the frame crosses the tunnel, node-b asks three times in vain and answers host unreachable from its `flannel.1` address",
    play: (cluster) =>
      void pingUntilDone(cluster, cluster.endpoint("pod-a").host, 0x0af40263, { pathMtuDiscovery: "do" }),
  },
];

function ping(cluster: Cluster, from: string, to: string, size: number): void {
  pingUntilDone(cluster, cluster.endpoint(from).host, cluster.endpoint(to).address, { size, pathMtuDiscovery: "do" });
}

/** What a CNI configuration without an MTU does: the pod's interface, its other end and the bridge get the LAN's. */
export function widenMtu(cluster: Cluster, podName: string, mtu: number): void {
  const pod = cluster.pods.find(({ name }) => name === podName)!;
  pod.namespace.device("eth0").mtu = mtu;
  for (const device of pod.node.namespace.devices.values())
    if (device.kind === "bridge" || device.port !== null) device.mtu = mtu;
}

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
  const cluster = createExampleCluster();
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
-e frame.packet_id -e _ws.col.Info -e frame.comment\`. To follow one packet, filter on its id: in cross-node-flannel.pcapng, \`frame.packet_id == 1\` is
the echo request on its whole way.
`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2] ?? "pcap-samples";
  mkdirSync(folder, { recursive: true });
  for (const { name, contents } of renderSamples()) writeFileSync(join(folder, name), contents);
}
