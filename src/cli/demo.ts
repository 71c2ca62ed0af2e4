/** `podwire demo`: four exchanges on the built-in cluster, hop by hop, and a capture of all of them. */
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import type { PingEvent } from "../host/index.ts";
import { type Cluster, createExampleCluster } from "../kubernetes/index.ts";
import { readCommandLine, textOption } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { dropSummary } from "./drop-summary.ts";
import { print, style, textPrinter } from "./output.ts";
import { PingText, pingUntilDone } from "../commands/index.ts";
import { widenMtu } from "./sample-scenarios.ts";
import { Session, vxlanPorts } from "./session.ts";
import { TracePrinter } from "./trace-printer.ts";

const DEFAULT_FILE = "podwire-demo.pcapng";

const HELP = `Follows four exchanges through the built-in cluster, hop by hop: a ping on one node, a ping
across nodes, UDP near the MTU, and a ping that is too long and may not be fragmented.

Usage: podwire demo [-w FILE]

  -w FILE   where the capture goes (default ${DEFAULT_FILE}): pcapng, or classic pcap when FILE ends in .pcap;
            - for standard output, and the text goes to standard error
`;

const REQUEST_LENGTH = 300;
/** With UDP's and IPv4's headers a packet of 1,450 bytes: flannel's MTU, to the byte. */
const RESPONSE_LENGTH = 1422;
const HTTP_PORT = 8080;
/** With ICMP's and IPv4's headers a packet of 1,500 bytes. */
const TOO_LONG = 1472;
const MISCONFIGURED_MTU = 1500;

/** One step of the story. */
interface Scene {
  readonly title: string;
  readonly explanation: string;
  readonly play: (cluster: Cluster, say: (text: string) => void) => void;
}

const SCENES: readonly Scene[] = [
  {
    title: "pod-a pings frontend, on the same node",
    explanation: "ARP is flooded by the bridge cni0; the echo then stays on it. No route, no tunnel.",
    play: (cluster, say) => pingFrom(cluster, "pod-a", "frontend", 56, say),
  },
  {
    title: "pod-a pings pod-b, on the other node",
    explanation: "ARP for the gateway; the node routes into flannel.1; VXLAN carries the frame over the LAN.",
    play: (cluster, say) => pingFrom(cluster, "pod-a", "pod-b", 56, say),
  },
  {
    title: `frontend asks backend over UDP and gets ${RESPONSE_LENGTH} bytes`,
    explanation:
      "1,422 and 28 bytes of headers are 1,450, the MTU of flannel.1; with the tunnel's 50 the LAN's 1,500 are full.",
    play: exchangeUdp,
  },
  {
    title: `pod-a, its MTU wrongly set to ${MISCONFIGURED_MTU}, pings pod-b with ${TOO_LONG} bytes and DF`,
    explanation: "1,500 bytes do not fit into flannel.1: the node says so by ICMP, and pod-a remembers.",
    play: (cluster, say) => {
      widenMtu(cluster, "pod-a", MISCONFIGURED_MTU);
      pingFrom(cluster, "pod-a", "pod-b", TOO_LONG, say, 2);
    },
  },
];

/** @returns 0. @throws UsageError, Failure. */
export function demo(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("demo", arguments_, {
    write: { type: "string", short: "w" },
    help: { type: "boolean", short: "h" },
  });
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  if (positionals.length > 0)
    throw new UsageError(`demo: expected no argument, found ${positionals.join(" ")}: see podwire demo --help`);
  const target = textOption(commandLine, "write", DEFAULT_FILE);
  const say = textPrinter(target);
  const cluster = createExampleCluster();
  const session = new Session(cluster, target, "podwire demo: pod to pod on flannel", [
    new TracePrinter(say, vxlanPorts(cluster)),
  ]);
  say(introduction(cluster));
  session.run(() =>
    SCENES.forEach((scene, index) => {
      say(`\n${style("bold", `${index + 1}. ${scene.title}`)}\n   ${scene.explanation}\n\n`);
      scene.play(cluster, say);
    }),
  );
  say(`\n${summary(cluster)}\n${session.captureSummary().join("\n")}\n`);
  return 0;
}

function introduction(cluster: Cluster): string {
  const nodes = cluster.nodes.map((node) => {
    const pods = node.pods.map((pod) => `${pod.name} ${formatIpv4(pod.address)}`).join(", ");
    return `  ${style("bold", node.name)} ${formatIpv4(node.address)}, pods ${formatPrefix(node.podCidr)}: ${pods}\n`;
  });
  return `${cluster.nodes.length} nodes, ${cluster.pods.length} pods, ${cluster.cni.name}\n${nodes.join("")}\nEach line: virtual time in seconds, packet number, namespace/device, direction, what was done and why | the frame; "end" is a\npacket that waited in vain\n`;
}

function pingFrom(
  cluster: Cluster,
  from: string,
  to: string,
  size: number,
  say: (text: string) => void,
  count = 1,
): void {
  const destination = cluster.endpoint(to);
  const text = new PingText(cluster, { label: to, address: destination.address }, size);
  const lines: string[] = [];
  const onEvent = (event: PingEvent): void => void lines.push(text.event(event));
  pingUntilDone(cluster, cluster.endpoint(from).host, destination.address, {
    count,
    size,
    pathMtuDiscovery: "do",
    onEvent,
  });
  say(`\n${[text.opening(), ...lines].map((line) => `   ${style("cyan", line.trimEnd())}\n`).join("")}`);
}

function exchangeUdp(cluster: Cluster, say: (text: string) => void): void {
  const backend = cluster.endpoint("backend");
  const received: string[] = [];
  backend.host.openUdp({
    port: HTTP_PORT,
    onMessage: ({ from, fromPort, payload }, socket) => {
      received.push(
        `backend got ${payload.length} bytes from ${formatIpv4(from)}: the source is the pod's own, there is no NAT`,
      );
      socket.send(from, fromPort, new Uint8Array(RESPONSE_LENGTH).fill(0x2e));
    },
  });
  const client = cluster.endpoint("frontend").host.openUdp({
    onMessage: ({ payload }) => received.push(`frontend got ${payload.length} bytes back, in one piece`),
  });
  client.send(backend.address, HTTP_PORT, new Uint8Array(REQUEST_LENGTH).fill(0x2e));
  cluster.engine.run(cluster.engine.now + 1e9);
  say(`\n${received.map((line) => `   ${style("cyan", line)}\n`).join("")}`);
}

function summary(cluster: Cluster): string {
  const { engine } = cluster;
  const { pool } = engine;
  return [
    style("bold", "Summary"),
    `packets: ${pool.allocationCount} made + ${pool.cloneCount} clones by floods = ${engine.deliveredCount} delivered + ${engine.consumedCount} consumed by protocols + ${engine.droppedCount} dropped + ${pool.inFlightCount} left`,
    `copies: ${pool.copyCount}`,
    `drops: ${dropSummary(engine)}`,
  ].join("\n");
}
