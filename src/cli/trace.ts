/** `podwire trace`: one packet's way, device by device, with what decided at each. */
import { type Probe, serviceText, tracePath } from "../commands/index.ts";
import { type Cluster } from "../kubernetes/index.ts";
import { parseIpv4 } from "../wire/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openAndWarn } from "./cluster-options.ts";
import { type CommandLine, readCommandLine, textOption, wholeNumber } from "./command-line.ts";
import { refusalSummary } from "./drop-summary.ts";
import { Failure, UsageError } from "./errors.ts";
import { placeOf } from "./exec.ts";
import { print, printError, textPrinter } from "./output.ts";
import { Session } from "./session.ts";
import { traceRecord, traceText } from "./trace-text.ts";

const HELP = `Follows one packet, and its answer, from a pod or node to another: every device on the way, with the entry that
decided there.

Usage: podwire trace SOURCE DESTINATION [--tcp PORT | --udp PORT | --sctp PORT] [OPTION...]

  SOURCE        a pod or node, by name or address
  DESTINATION   the same, or any IPv4 address
  --tcp PORT    open a TCP connection (default: an ICMP echo request)
  --udp PORT    send a UDP datagram
  --sctp PORT   ask for an SCTP association
  -s BYTES      (--size) payload of the echo request or datagram (default 56)
  --json        print one JSON object in place of text
${CLUSTER_HELP}
Exits 0 when it was answered (an echo reply, a datagram, an accepted connection), 1 when it was refused or nothing came,
2 when the command line is wrong.
`;

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  tcp: { type: "string" },
  udp: { type: "string" },
  sctp: { type: "string" },
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
  const cluster = openAndWarn(commandLine);
  const target = values["write"] as string | undefined;
  const say = textPrinter(target);
  const session = new Session(cluster, target, `trace ${arguments_.join(" ")}`, [], values["interface"] as string);
  const place = placeOf("trace", session, positionals[0]!);
  const destination = destinationOf("trace", cluster, positionals[1]!);
  const probe = readProbe("trace", commandLine);
  const size = wholeNumber("-s", textOption(commandLine, "size", "56"), 0, LARGEST_SIZE);
  const traced = session.run(() => tracePath(place, destination, probe, size));
  if (values["json"] === true) say(`${JSON.stringify(traceRecord(cluster, place, destination, traced))}\n`);
  else say(traceText(cluster, place, destination, probe, traced));
  for (const line of [
    ...refusalSummary(cluster.policies).map((text) => `podwire: ${text}`),
    ...session.captureSummary(),
  ])
    printError(`${line}\n`);
  return traced.end === "answered" ? 0 : 1;
}

/** What is to be sent, by a command's options --tcp, --udp and --sctp. @throws UsageError for two, or what is no port */
export function readProbe(command: string, { values }: CommandLine): Probe {
  const [protocol, ...others] = (["tcp", "udp", "sctp"] as const).filter((name) => values[name] !== undefined);
  if (protocol === undefined) return { protocol: "icmp" };
  if (others.length > 0)
    throw new UsageError(`${command}: expected --tcp, --udp or --sctp, found --${protocol} and --${others[0]}`);
  return { protocol, port: wholeNumber(`--${protocol}`, values[protocol] as string, 1, 65_535) };
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
