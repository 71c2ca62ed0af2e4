/** `podwire ping`: prints what iputils' ping prints. */
import type { HopSink } from "../datapath/index.ts";
import { eventRecord, isLocalError, pingSummary, PingText, pingUntilDone } from "../commands/index.ts";
import type { PingEvent } from "../host/index.ts";
import { type Cluster, type Endpoint } from "../kubernetes/index.ts";
import { icmpv4, ipv4 } from "../wire/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openAndWarn } from "./cluster-options.ts";
import { type CommandLine, oneOf, readCommandLine, textOption, wholeNumber } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { dropSummary, refusalSummary } from "./drop-summary.ts";
import { hopRecord, lateDropRecord } from "./hop-record.ts";
import { print, printError, textPrinter } from "./output.ts";
import { Session, vxlanPorts } from "./session.ts";
import { destinationOf } from "./trace.ts";
import { TracePrinter } from "./trace-printer.ts";

/** The most that an IPv4 packet holds behind the ICMP header. */
const PAYLOAD_LIMIT = 0xffff - ipv4.HEADER_LENGTH - icmpv4.HEADER_LENGTH;

const HELP = `Sends ICMP echo requests from one pod or node to another.

Usage: podwire ping SOURCE DESTINATION [-c N] [-s BYTES] [-M HINT] [--trace] [--json] [OPTION...]

  SOURCE        a pod or node, by name or address; on the built-in cluster pod-a, frontend (on node-a), pod-b, backend,
                database (on node-b)
  DESTINATION   a name as above, or any IPv4 address
  -c N          (--count) requests to send, one a second of virtual time (default 1)
  -s BYTES      (--size) payload behind the ICMP header, up to ${PAYLOAD_LIMIT} (default 56)
  -M HINT       (--hint) path MTU discovery: do (never fragment), want (fragment here only; default), dont
  --trace       print every hop of every frame
  --json        print one JSON object in place of text: times in milliseconds, those of hops in nanoseconds
${CLUSTER_HELP}
Exits 0 when a reply came, 1 when none did or the capture cannot be written, 2 when the command line is wrong.
`;

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  count: { type: "string", short: "c" },
  size: { type: "string", short: "s" },
  hint: { type: "string", short: "M" },
  trace: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

interface Request {
  readonly source: Endpoint;
  readonly destination: { readonly label: string; readonly address: number };
  readonly count: number;
  readonly size: number;
  readonly hint: "do" | "want" | "dont";
  readonly write: string | undefined;
  readonly trace: boolean;
  readonly json: boolean;
}

/** @returns 0 when a reply came, 1 when none did. @throws UsageError, Failure. */
export function ping(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("ping", arguments_, OPTIONS);
  if (commandLine.values["help"] === true) return print(HELP);
  const cluster = openAndWarn(commandLine);
  const request = readRequest(cluster, commandLine);
  const say = textPrinter(request.write);
  const hops: object[] = [];
  const text = new PingText(cluster, request.destination, request.size);
  const sinks: HopSink[] = [];
  if (request.trace && request.json)
    sinks.push({
      hop: (hop) => hops.push(hopRecord(hop, vxlanPorts(cluster))),
      dropLate: (drop) => hops.push(lateDropRecord(drop)),
    });
  else if (request.trace) sinks.push(new TracePrinter(say, vxlanPorts(cluster)));
  const session = new Session(
    cluster,
    request.write,
    `ping ${request.source.name} ${request.destination.label}`,
    sinks,
    commandLine.values["interface"] as string,
  );
  if (!request.json) say(text.opening());
  const events: PingEvent[] = [];
  const { source, destination, count, size, hint } = request;
  const onEvent = (event: PingEvent): void => {
    events.push(event);
    if (!request.json) (isLocalError(event) ? printError : say)(text.event(event));
  };
  const result = session.run(() =>
    pingUntilDone(cluster, source.host, destination.address, { count, size, pathMtuDiscovery: hint, onEvent }),
  );
  if (request.json) {
    const summary = { source: request.source.name, size, ...pingSummary(request.destination, result) };
    say(
      `${JSON.stringify({ ...summary, events: events.map(eventRecord), capture: session.captured, ...(request.trace && { hops }) })}\n`,
    );
  } else
    say(
      text.closing(result) +
        session
          .captureSummary()
          .map((line) => `${line}\n`)
          .join(""),
    );
  // ping cannot know why neither a reply nor an error came back; whoever runs the network can.
  if (result.receivedCount + result.errorCount < result.attemptCount && cluster.engine.droppedCount > 0) {
    for (const text of [`dropped on the way: ${dropSummary(cluster.engine)}`, ...refusalSummary(cluster.policies)])
      printError(`podwire: ${text}\n`);
  }
  return result.receivedCount > 0 ? 0 : 1;
}

function readRequest(cluster: Cluster, commandLine: CommandLine): Request {
  const { values, positionals } = commandLine;
  if (positionals.length !== 2)
    throw new UsageError(
      `ping: expected SOURCE and DESTINATION, found ${positionals.length === 0 ? "neither" : positionals.join(" ")}: see podwire ping --help`,
    );
  return {
    source: endpoint(cluster, positionals[0]!),
    destination: { label: positionals[1]!, address: destinationOf("ping", cluster, positionals[1]!) },
    count: wholeNumber("-c", textOption(commandLine, "count", "1"), 1, 65_535),
    size: wholeNumber("-s", textOption(commandLine, "size", "56"), 0, PAYLOAD_LIMIT),
    hint: oneOf("-M", textOption(commandLine, "hint", "want"), ["do", "want", "dont"]),
    write: values["write"] as string | undefined,
    trace: values["trace"] === true,
    json: values["json"] === true,
  };
}

function endpoint(cluster: Cluster, text: string): Endpoint {
  try {
    return cluster.endpoint(text);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`ping: ${error.message}`) : error;
  }
}
