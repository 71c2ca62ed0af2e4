/** `podwire trace`: one packet's way, device by device, with what decided at each. */
import {
  type Path,
  type PathHop,
  type PathTrace,
  type Place,
  type Probe,
  serviceText,
  tracePath,
} from "../commands/index.ts";
import { type Cluster } from "../kubernetes/index.ts";
import { DropReason, dropReasonName, formatIpv4, parseIpv4 } from "../wire/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openCluster } from "./cluster-options.ts";
import { readCommandLine, textOption, wholeNumber } from "./command-line.ts";
import { Failure, UsageError } from "./errors.ts";
import { placeOf } from "./exec.ts";
import { hopRecord } from "./hop-record.ts";
import { print, printError, style, textPrinter } from "./output.ts";
import { Session } from "./session.ts";
import { frameText } from "./trace-printer.ts";

const HELP = `Follows one packet, and its answer, from a pod or node to another: every device on the way, with the entry that
decided there.

Usage: podwire trace SOURCE DESTINATION [--tcp PORT | --udp PORT] [OPTION...]

  SOURCE        a pod or node, by name or address
  DESTINATION   the same, or any IPv4 address
  --tcp PORT    send a TCP segment that asks for a connection (default: an ICMP echo request)
  --udp PORT    send a UDP datagram
  -s BYTES      (--size) payload of the echo request or datagram (default 56)
  --json        print one JSON object in place of text
${CLUSTER_HELP}
Exits 0 when an answer came that is no ICMP error, 1 when none did, 2 when the command line is wrong.
`;

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  tcp: { type: "string" },
  udp: { type: "string" },
  size: { type: "string", short: "s" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** The most that fits behind IPv4's and UDP's headers. */
const LARGEST_SIZE = 65_507;

/** @throws UsageError, Failure */
export function trace(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("trace", arguments_, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  if (positionals.length !== 2)
    throw new UsageError(
      `trace: expected SOURCE and DESTINATION, found ${positionals.length === 0 ? "neither" : positionals.join(" ")}: see podwire trace --help`,
    );
  const cluster = openCluster(commandLine);
  const target = values["write"] as string | undefined;
  const say = textPrinter(target);
  const session = new Session(cluster, target, `trace ${arguments_.join(" ")}`, [], values["interface"] as string);
  const place = placeOf("trace", session, positionals[0]!);
  const destination = destinationOf("trace", cluster, positionals[1]!);
  const probe = readProbe(values["tcp"] as string | undefined, values["udp"] as string | undefined);
  const size = wholeNumber("-s", textOption(commandLine, "size", "56"), 0, LARGEST_SIZE);
  const traced = session.run(() => tracePath(place, destination, probe, size));
  if (values["json"] === true) say(`${JSON.stringify(traceRecord(cluster, place, destination, traced))}\n`);
  else say(traceText(cluster, place, destination, probe, traced));
  for (const line of session.captureSummary()) printError(`${line}\n`);
  return hasArrived(place, traced) ? 0 : 1;
}

function readProbe(tcp: string | undefined, udp: string | undefined): Probe {
  if (tcp !== undefined && udp !== undefined) throw new UsageError("trace: expected --tcp or --udp, found both");
  if (tcp !== undefined) return { protocol: "tcp", port: wholeNumber("--tcp", tcp, 1, 65_535) };
  if (udp !== undefined) return { protocol: "udp", port: wholeNumber("--udp", udp, 1, 65_535) };
  return { protocol: "icmp" };
}

/** @throws UsageError for a name that nobody has, Failure for a Service. */
export function destinationOf(command: string, cluster: Cluster, text: string): number {
  try {
    const address = /^[\d.]+$/.test(text) ? parseIpv4(text) : cluster.endpoint(text).address;
    const service = cluster.serviceAt(address);
    if (service !== undefined) throw new Failure(`${command}: ${serviceText(service, text)}`);
    return address;
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`${command}: ${error.message}`) : error;
  }
}

/** Whether the packet came to its destination, and what came back came to its sender. */
function hasArrived(place: Place, { there, back }: PathTrace): boolean {
  return (
    there.lost === "" && back !== null && back.lost === "" && back.hops.at(-1)?.device.namespace === place.namespace
  );
}

function probeText(probe: Probe): string {
  if (probe.protocol === "icmp") return "ICMP echo request";
  return probe.protocol === "udp" ? `UDP datagram to port ${probe.port}` : `TCP SYN to port ${probe.port}`;
}

function traceText(cluster: Cluster, place: Place, destination: number, probe: Probe, traced: PathTrace): string {
  const { there, back, outcome } = traced;
  const title = style("bold", `${place.name} to ${nameOf(cluster, destination)}: ${probeText(probe)}`);
  if (outcome !== "sent") return `${title}\nnot sent: ${outcome.replaceAll("-", " ")}\n`;
  const answer = back === null ? "no answer came\n" : `\n${style("bold", "and back")}\n${pathText(cluster, back)}`;
  return `${title}\n${pathText(cluster, there)}${answer}`;
}

function nameOf(cluster: Cluster, address: number): string {
  const name = cluster.addressNames().find((entry) => entry.address === address)?.names[0];
  return name === undefined ? formatIpv4(address) : `${name} (${formatIpv4(address)})`;
}

function pathText(cluster: Cluster, { hops, lost, dropReason }: Path): string {
  const width = Math.max(0, ...hops.map(({ device }) => device.fullName.length));
  const lines = hops.map((hop, index) => hopText(cluster, hop, index + 1, width));
  const [first, last] = [hops[0], hops.at(-1)];
  if (first === undefined || last === undefined) return `${style("red", "nothing was seen of it")}\n`;
  const end =
    dropReason === DropReason.NONE
      ? `arrived at ${last.device.namespace.name} after ${((last.time - first.time) / 1e3).toFixed(0)} us`
      : style("red", `lost: ${lost}`);
  return `${lines.join("")}${end}\n`;
}

function hopText(cluster: Cluster, hop: PathHop, number: number, width: number): string {
  const { device, direction, comment, dropReason } = hop;
  const paint = dropReason === DropReason.NONE ? "green" : "red";
  const place = style("bold", device.fullName.padEnd(width));
  const start = `${String(number).padStart(2)}  ${place}  ${direction.padEnd(3)}  ${frameText(hop, cluster.cni.vxlanPorts)}\n`;
  return comment === "" ? start : `${start}      ${style(paint, comment)}\n`;
}

function traceRecord(cluster: Cluster, place: Place, destination: number, traced: PathTrace): object {
  const path = ({ hops, lost, dropReason }: Path): object => ({
    lost: dropReason === DropReason.NONE ? null : { reason: dropReasonName(dropReason), text: lost },
    hops: hops.map((hop) => hopRecord(hop, cluster.cni.vxlanPorts)),
  });
  return {
    source: place.name,
    destination: formatIpv4(destination),
    cni: cluster.cni.name,
    outcome: traced.outcome,
    there: path(traced.there),
    back: traced.back === null ? null : path(traced.back),
  };
}
