/** `podwire decode`: what captures hold, packet by packet. */
import type { CaptureRecord } from "../capture/index.ts";
import { readCaptureFile } from "./capture-source.ts";
import { timeOption } from "./capture-time.ts";
import { type CommandLine, readCommandLine, wholeNumber } from "./command-line.ts";
import { Failure, UsageError } from "./errors.ts";
import { filterHelp } from "./filter-help.ts";
import { filterOption } from "./filter-option.ts";
import { print } from "./output.ts";
import { type PacketPlan, PacketSteps } from "./packet-steps.ts";
import { openPrinter, type PacketPrinter, type PrinterForm } from "./packet-printers.ts";
import { reportError } from "./program.ts";
import { TextStream } from "./text-stream.ts";

const HELP = `Tells what captures hold: a line a packet as tcpdump prints it, in local time, or more.

Usage: podwire decode FILE... [-V | --json | --tsv | -x] [--filter EXPR] [-c N] [--from TIME] [--to TIME]
                      [--vxlan-ports LIST]

  FILE               pcap or pcapng, packed with gzip or not; - for standard input
  -V                 (--tree) every layer and field, with the bytes that it stands in and what is wrong with it
  --json             an object a line: packet, layers, fields, problems
  --tsv              a row a packet, tab-separated, under tshark's names for fields; of several files, with a
                     last column "file"
  -x                 (--hex) the line, the layers, and the bytes, in the colours of their layers on a terminal
  --filter EXPR      packets that match, in tcpdump's words: "host 10.244.1.5 and not port 53", "vxlan 1 and arp"
  -c N               (--count) packets to tell, at most, of all files together
  --from, --to TIME  packets from this time on, and before that: 2026-01-01T12:00:00.5Z, seconds since 1970,
                     or +SECONDS since the first packet
  --vxlan-ports LIST UDP ports that carry VXLAN (default 4789,8472)
  --help-filter      all that --filter takes, and what of tcpdump's it does not

Exits 0 when all was told, 1 when a file cannot be read, is no capture, broken or cut: what comes before that is told.
2 for a wrong command line.
`;

const OPTIONS = {
  tree: { type: "boolean", short: "V" },
  json: { type: "boolean" },
  tsv: { type: "boolean" },
  hex: { type: "boolean", short: "x" },
  filter: { type: "string" },
  count: { type: "string", short: "c" },
  from: { type: "string" },
  to: { type: "string" },
  "vxlan-ports": { type: "string" },
  help: { type: "boolean", short: "h" },
  "help-filter": { type: "boolean" },
} as const;

/** Options that ask for a form; none asks for lines. */
const FORMS: readonly PrinterForm[] = ["tree", "json", "tsv", "hex"];

interface Request {
  readonly files: readonly string[];
  readonly form: PrinterForm;
  readonly plan: PacketPlan;
  readonly vxlanPorts: readonly number[] | undefined;
}

/**
 * @param stream where packets are told, standard output when left out
 * @returns 0, or 1 when a file was not read to its end
 * @throws UsageError, Failure
 */
export function decode(arguments_: readonly string[], stream: TextStream = new TextStream()): number {
  const commandLine = readCommandLine("decode", arguments_, OPTIONS);
  if (commandLine.values["help"] === true) return print(HELP);
  if (commandLine.values["help-filter"] === true) return print(filterHelp());
  const { files, form, plan, vxlanPorts } = readRequest(commandLine);
  const printer = openPrinter(form, stream, vxlanPorts);
  let exitCode = 0;
  let count = 0;
  for (const file of files) {
    if (count === plan.limit) break;
    const limit = plan.limit && plan.limit - count;
    const steps = new PacketSteps({ ...plan, limit }, (record) => printer.print(record));
    try {
      decodeFile(file, files.length > 1, steps, printer);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      printer.flush();
      exitCode = reportError("podwire", error);
    }
    count += steps.packetCount;
  }
  printer.flush();
  return exitCode;
}

function decodeFile(file: string, isOneOfMany: boolean, steps: PacketSteps, printer: PacketPrinter): void {
  printer.openFile(isOneOfMany ? file : undefined);
  const visit = (record: CaptureRecord): void => {
    printer.count(record);
    steps.take(record);
  };
  const afterChunk = (): boolean => {
    printer.flush();
    return steps.isDone;
  };
  readCaptureFile(file, visit, { afterChunk });
}

function readRequest(commandLine: CommandLine): Request {
  const { values, positionals: files } = commandLine;
  if (files.length === 0) throw new UsageError("decode: expected FILE, found none: see podwire decode --help");
  if (files.filter((path) => path === "-").length > 1) {
    throw new UsageError("decode: expected standard input once, found it several times");
  }
  const forms = FORMS.filter((form) => values[form] === true);
  if (forms.length > 1) {
    throw new UsageError(`decode: expected one of -V, --json, --tsv and -x, found ${forms.length}`);
  }
  const vxlanPorts = portsOption(values);
  return { files, form: forms[0] ?? "line", plan: readPlan(values, vxlanPorts), vxlanPorts };
}

function readPlan(values: CommandLine["values"], vxlanPorts: readonly number[] | undefined): PacketPlan {
  const text = (option: string): string | undefined => values[option] as string | undefined;
  const [from, to, count, filter] = ["from", "to", "count", "filter"].map(text);
  return {
    from: from === undefined ? undefined : timeOption("--from", from),
    to: to === undefined ? undefined : timeOption("--to", to),
    filter: filter === undefined ? undefined : filterOption("decode", filter, vxlanPorts),
    limit: count === undefined ? undefined : wholeNumber("-c", count, 1, Number.MAX_SAFE_INTEGER),
  };
}

function portsOption(values: CommandLine["values"]): number[] | undefined {
  const text = values["vxlan-ports"] as string | undefined;
  return text?.split(",").map((port) => wholeNumber("--vxlan-ports", port, 0, 65_535));
}
