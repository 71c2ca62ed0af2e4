/** `podwire compare`: the same packet under several CNI plugins, side by side. */
import { type CniComparison, differingFields, DRAWN_FIELDS, measurePacket, type Probe } from "../commands/index.ts";
import { type Cluster, CNI_NAMES, type CniName } from "../kubernetes/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openCluster } from "./cluster-options.ts";
import { type CommandLine, oneOf, readCommandLine, textOption, wholeNumber } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { placeOf } from "./exec.ts";
import { print, printError, style } from "./output.ts";
import { Session } from "./session.ts";
import { frameText } from "./trace-printer.ts";

/** What a packet may hold where nothing fragments it, in the smallest of all plugins' MTUs. */
const LARGEST_SIZE = 1300;

const HELP = `Sends the same packet under several CNI plugins and sets side by side what becomes of it: devices on the way, headers
around it, bytes that they cost, MTU, what the underlay sees, and the fields that differ.

Usage: podwire compare SOURCE DESTINATION [--cni NAME,NAME...] [OPTION...]

  SOURCE, DESTINATION  pods, by name or address
  --cni NAMES          plugins to compare, the first is what others are held against (default: all)
  --udp PORT           send a UDP datagram (default: an ICMP echo request)
  -s BYTES             (--size) payload, up to ${LARGEST_SIZE} (default 56)
  -w FILE              a capture of each: FILE's name with the plugin's before its ending
  --json               print one JSON object in place of text
${CLUSTER_HELP.replace(/^ *--cni.*\n(?: {18}.*\n)*/m, "").replace(/^ *-w FILE.*\n(?: {17}.*\n)*/m, "")}
Exits 0 when the packet arrived under every plugin, 1 when it did not, 2 when the command line is wrong.
`;

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  udp: { type: "string" },
  size: { type: "string", short: "s" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws UsageError, Failure */
export function compare(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("compare", arguments_, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  const [source, destination, ...others] = positionals;
  if (source === undefined || destination === undefined || others.length > 0)
    throw new UsageError(
      `compare: expected SOURCE and DESTINATION, found ${positionals.length === 0 ? "neither" : positionals.join(" ")}: see podwire compare --help`,
    );
  if (values["write"] === "-") throw new UsageError("compare: expected -w FILE, a file for each plugin, found -");
  const names = cniNames(textOption(commandLine, "cni", CNI_NAMES.join(",")));
  const compared = names.map((name) => ({ name, ...measure(commandLine, name, source, destination) }));
  if (values["json"] === true) print(`${JSON.stringify(compared.map(record))}\n`);
  else print(compared.length === 0 ? "" : text(compared));
  for (const { summary } of compared) printError(summary);
  return compared.every(({ comparison }) => comparison.received !== undefined) ? 0 : 1;
}

interface Compared {
  readonly name: CniName;
  readonly comparison: CniComparison;
  readonly vxlanPorts: readonly number[];
  /** Of the capture. */
  readonly summary: string;
}

function cniNames(text: string): CniName[] {
  return text.split(",").map((name) => oneOf("--cni", name, CNI_NAMES));
}

function measure(commandLine: CommandLine, cni: CniName, source: string, destination: string): Omit<Compared, "name"> {
  const { values } = commandLine;
  const cluster = openCluster({ ...commandLine, values: { ...values, cni } });
  const target = values["write"] as string | undefined;
  const file = target?.replace(/(\.[a-z.]+)?$/, (ending) => `-${cni}${ending}`);
  const session = new Session(cluster, file, `compare ${source} ${destination}`, [], values["interface"] as string);
  const place = placeOf("compare", session, source);
  const pod = podOf(cluster, destination);
  const udp = values["udp"] as string | undefined;
  const probe: Probe =
    udp === undefined ? { protocol: "icmp" } : { protocol: "udp", port: wholeNumber("--udp", udp, 1, 65_535) };
  const size = wholeNumber("-s", textOption(commandLine, "size", "56"), 0, LARGEST_SIZE);
  const comparison = session.run(() => measurePacket(place, pod, probe, size));
  const summary = session.captureSummary().map((line) => `${line}\n`);
  return { comparison, vxlanPorts: cluster.cni.vxlanPorts, summary: summary.join("") };
}

function podOf(cluster: Cluster, text: string): Cluster["pods"][number] {
  const address = cluster.endpoint(text).address;
  const pod = cluster.pods.find((candidate) => candidate.address === address);
  if (pod === undefined) throw new UsageError(`compare: expected a pod as DESTINATION, found ${text}`);
  return pod;
}

const COLUMNS = ["plugin", "arrives", "hops", "pod MTU", "overhead", "headers on the underlay"] as const;

function text(compared: readonly Compared[]): string {
  const rows = compared.map(({ name, comparison }) => [
    name,
    comparison.received === undefined ? "no" : "yes",
    String(comparison.trace.there.hops.length),
    String(comparison.podMtu),
    `${comparison.overhead} bytes`,
    comparison.underlayLayers.map(({ protocol }) => protocol).join(" / ") || "never there",
  ]);
  const widths = COLUMNS.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join("  ")
      .trimEnd();
  const table = [style("bold", line(COLUMNS)), ...rows.map(line)].join("\n");
  return `${table}\n\n${compared.map((each) => details(each, compared[0]!)).join("\n")}`;
}

function details({ name, comparison, vxlanPorts }: Compared, first: Compared): string {
  const { trace, onUnderlay, sent, received } = comparison;
  const devices = trace.there.hops.map(({ device }) => device.fullName);
  const lines = [style("bold", name), `  way       ${devices.join(" > ")}`];
  if (trace.there.lost !== "") lines.push(`  ${style("red", `lost      ${trace.there.lost}`)}`);
  if (onUnderlay !== undefined) lines.push(`  underlay  ${frameText(onUnderlay, vxlanPorts)}`);
  if (sent !== undefined && received !== undefined)
    lines.push(`  changed   ${differences(sent.bytes, received.bytes)}`);
  const base = first.comparison.received;
  if (first.name !== name && base !== undefined && received !== undefined)
    lines.push(`  as against ${first.name}, at the receiver: ${differences(base.bytes, received.bytes, DRAWN_FIELDS)}`);
  return `${lines.join("\n")}\n`;
}

function differences(a: Uint8Array, b: Uint8Array, without: readonly string[] = []): string {
  const fields = differingFields(a, b).filter(({ name }) => !without.includes(name));
  const found = fields.map(({ name, texts, offset }) => `${name} (byte ${offset}) ${texts[0]} > ${texts[1]}`);
  return found.length === 0 ? "nothing" : found.join(", ");
}

function record({ name, comparison }: Compared): object {
  const { podMtu, overhead, underlayLayers, trace, sent, received, onUnderlay } = comparison;
  const hex = (bytes: Uint8Array | undefined): string | null =>
    bytes === undefined ? null : Buffer.from(bytes).toString("hex");
  return {
    plugin: name,
    podMtu,
    overhead,
    headers: underlayLayers.map(({ protocol }) => protocol),
    devices: trace.there.hops.map(({ device }) => device.fullName),
    lost: trace.there.lost === "" ? null : trace.there.lost,
    sent: hex(sent?.bytes),
    onUnderlay: hex(onUnderlay?.bytes),
    received: hex(received?.bytes),
  };
}
