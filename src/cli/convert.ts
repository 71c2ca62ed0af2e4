/** `podwire convert`: captures into another format, merged, cut, moved in time, changed. */
import type { CaptureRecord } from "../capture/index.ts";
import { AddressAnonymizer } from "./address-anonymizer.ts";
import { type CaptureFormat, formatOfName } from "./capture-format.ts";
import { CaptureOutput } from "./capture-output.ts";
import { CaptureFailure, type CaptureSource, readCaptureFile } from "./capture-source.ts";
import { secondsOption, timeOption } from "./capture-time.ts";
import { type CommandLine, oneOf, readCommandLine, wholeNumber } from "./command-line.ts";
import { Failure, UsageError } from "./errors.ts";
import { filterHelp } from "./filter-help.ts";
import { filterOption } from "./filter-option.ts";
import { mergeCaptures } from "./merge-captures.ts";
import { print, printError, textPrinter } from "./output.ts";
import { type PacketPlan, PacketSteps } from "./packet-steps.ts";
import { ReadingProgress } from "./reading-progress.ts";
import { isSameFile } from "./same-file.ts";
import { version } from "./version.ts";

const FORMATS = ["pcap", "pcapng"] as const;

const HELP = `Converts captures: pcap and pcapng, packed with gzip or not, several into one.

Usage: podwire convert IN... OUT [-F FORMAT] [--filter EXPR] [-c N] [--from TIME] [--to TIME]
                       [--shift SECONDS] [--decap] [--anonymize SEED] [--fix-checksums]

  IN                 captures; several are merged by time, each in its own order; - for standard input
  OUT                classic pcap when its name ends in .pcap, pcapng otherwise; packed when it ends in .gz;
                     - for standard output, and the text goes to standard error. It may be one of IN
  -F FORMAT          (--format) pcap or pcapng, whatever the name
  --filter EXPR      packets that match, in tcpdump's words: "host 10.244.1.5 and not port 53"
  -c N               (--count) packets to write, at most
  --from, --to TIME  packets from this time on, and before that: 2026-01-01T12:00:00.5Z, seconds since 1970,
                     or +SECONDS since the first packet
  --shift SECONDS    add to all times; -1.5 for the way back
  --decap            take VXLAN's outer headers off (UDP ports 4789 and 8472)
  --anonymize SEED   other IPv4 and MAC addresses, prefix-preserving, the same for the same seed; those of groups and
                     loopback stay, names, comments and unknown blocks are left out. Payloads of UDP and TCP, IPv6 and
                     what else is not looked into stay as they are: standard error names each, with a count
  --fix-checksums    compute the checksums of IPv4, ICMP, UDP, TCP and SCTP anew
  --help-filter      all that --filter takes, and what of tcpdump's it does not

Exits 0 when all was converted, 1 when a file cannot be read or written, and also when a capture is broken or cut: what
comes before that is converted, unless OUT is one of IN, which then stays as it was. 2 for a wrong command line.
`;

const OPTIONS = {
  format: { type: "string", short: "F" },
  count: { type: "string", short: "c" },
  filter: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  shift: { type: "string" },
  decap: { type: "boolean" },
  anonymize: { type: "string" },
  "fix-checksums": { type: "boolean" },
  help: { type: "boolean", short: "h" },
  "help-filter": { type: "boolean" },
} as const;

interface Request {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly format: CaptureFormat;
  readonly plan: PacketPlan;
}

/** @returns 0. @throws UsageError, Failure */
export function convert(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("convert", arguments_, OPTIONS);
  if (commandLine.values["help"] === true) return print(HELP);
  if (commandLine.values["help-filter"] === true) return print(filterHelp());
  const request = readRequest(commandLine);
  const output = new CaptureOutput(request.output, request.format);
  const steps = new PacketSteps(request.plan, (record) => output.write(record));
  let outcome: Outcome;
  try {
    outcome = transfer(request.inputs, steps);
    refuseLoss(request, outcome);
    output.finish();
  } catch (error) {
    output.discard();
    throw error;
  }
  textPrinter(request.output)(summary(request, output, outcome, steps.packetCount));
  printError(notes(steps));
  if (outcome.failure !== undefined) throw outcome.failure;
  return 0;
}

/** Of a file that is to replace itself, what could not be read would be lost. @throws Failure */
function refuseLoss({ inputs, output }: Request, { failure }: Outcome): void {
  if (failure === undefined || !inputs.some((input) => isSameFile(input, output))) return;
  throw new Failure(`${failure.message}: ${output} stays as it was, as it is one of the captures that are read`);
}

function readRequest(commandLine: CommandLine): Request {
  const { values, positionals } = commandLine;
  const output = positionals.at(-1);
  const inputs = positionals.slice(0, -1);
  if (output === undefined || inputs.length === 0) {
    const found = output === undefined ? "neither" : `only ${output}`;
    throw new UsageError(`convert: expected IN and OUT, found ${found}: see podwire convert --help`);
  }
  if (inputs.filter((path) => path === "-").length > 1) {
    throw new UsageError("convert: expected standard input once, found it several times");
  }
  const format = values["format"] as string | undefined;
  return {
    inputs,
    output,
    format: format === undefined ? formatOfName(output) : oneOf("-F", format, FORMATS),
    plan: { ...readPlan(values), merges: inputs.length > 1 },
  };
}

function readPlan(values: CommandLine["values"]): PacketPlan {
  const text = (option: string): string | undefined => values[option] as string | undefined;
  const [from, to, filter, shift, count, seed] = ["from", "to", "filter", "shift", "count", "anonymize"].map(text);
  return {
    from: from === undefined ? undefined : timeOption("--from", from),
    to: to === undefined ? undefined : timeOption("--to", to),
    filter: filter === undefined ? undefined : filterOption("convert", filter),
    decapsulates: values["decap"] === true,
    anonymizer: seed === undefined ? undefined : new AddressAnonymizer(anonymizerSeed(seed)),
    fixesChecksums: values["fix-checksums"] === true,
    shift: shift === undefined ? undefined : secondsOption("--shift", shift),
    limit: count === undefined ? undefined : wholeNumber("-c", count, 1, Number.MAX_SAFE_INTEGER),
  };
}

/** What is no secret makes no addresses that nobody can turn back: "" is what an unset variable of a shell gives. */
function anonymizerSeed(text: string): string {
  if (text.trim() !== "") return text;
  throw new UsageError(`expected --anonymize with a seed that nobody can guess, found ${JSON.stringify(text)}`);
}

/** How the reading ended. */
interface Outcome {
  /** What ended a capture before its end. */
  readonly failure: Failure | undefined;
  /** Options and blocks in another byte order than the output's. */
  readonly leftOutCount: number;
}

/** Reads all captures through the steps. @throws Failure when there is nothing to convert */
function transfer(inputs: readonly string[], steps: PacketSteps): Outcome {
  const progress = new ReadingProgress(() => steps.packetCount);
  const afterChunk = (sources: readonly CaptureSource[]): boolean => {
    progress.show(sources);
    return steps.isDone;
  };
  const [first, ...others] = inputs;
  try {
    if (others.length === 0) return { failure: copyCapture(first!, steps, afterChunk), leftOutCount: 0 };
    const application = `podwire ${version()}`;
    const merged = mergeCaptures(inputs, application, (record) => steps.take(record), afterChunk);
    return { failure: oneOfAll(merged.failures), leftOutCount: merged.leftOutCount };
  } finally {
    progress.clear();
  }
}

/** All failures in one line; undefined when there is none. */
function oneOfAll(failures: readonly Failure[]): Failure | undefined {
  return failures.length === 0 ? undefined : new Failure(failures.map(({ message }) => message).join("; "));
}

/** Reads one capture. Returns what ended it before its end. @throws CaptureFailure when there is nothing of it */
function copyCapture(
  path: string,
  steps: PacketSteps,
  afterChunk: (sources: readonly CaptureSource[]) => boolean,
): CaptureFailure | undefined {
  let isCapture = false;
  const visit = (record: CaptureRecord): void => {
    isCapture = true;
    steps.take(record);
  };
  try {
    readCaptureFile(path, visit, { afterChunk: (source) => afterChunk([source]) });
    return undefined;
  } catch (error) {
    if (error instanceof CaptureFailure && isCapture) return error;
    throw error;
  }
}

/** What was written, and what was not. */
function summary(request: Request, output: CaptureOutput, outcome: Outcome, packetCount: number): string {
  const name = request.output === "-" ? "standard output" : request.output;
  const lines = [`${name}: ${packetCount} packets, ${output.byteCount} bytes`];
  if (output.leftOut !== "") lines.push(`left out, as classic pcap has no room for it: ${output.leftOut}`);
  if (outcome.leftOutCount > 0) {
    lines.push(`left out, as its byte order is another: options and blocks (${outcome.leftOutCount})`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** What was asked for and could not be done everywhere; "" when it was. */
function notes({ unmapped, unfixed, unfixedCount }: PacketSteps): string {
  const lines: string[] = [];
  if (unmapped.text !== "") lines.push(`--anonymize did not look into, so that addresses there stay: ${unmapped.text}`);
  if (unfixed.text !== "") lines.push(`--fix-checksums did not look into: ${unfixed.text}`);
  if (unfixedCount > 0) {
    lines.push(`--fix-checksums left, as not all that they cover is there: checksums (${unfixedCount})`);
  }
  return lines.map((line) => `podwire: convert: ${line}\n`).join("");
}
