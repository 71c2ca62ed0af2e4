/** `podwire generate`: frames from the arbitraries, as a capture for those who test in other languages. */
import type { GeneratedFrame, GeneratedKind, GenerateOptions } from "../arbitraries/index.ts";
import { PcapngWriter, PcapWriter } from "../capture/index.ts";
import { CaptureFile } from "./capture-file.ts";
import { oneOf, readCommandLine, textOption, wholeNumber } from "./command-line.ts";
import { EPOCH_SECONDS } from "../datapath/index.ts";
import { Failure, UsageError } from "./errors.ts";
import { print, textPrinter } from "./output.ts";
import { progressLine } from "./progress-line.ts";
import { version } from "./version.ts";

const KINDS: Readonly<Record<GeneratedKind, string>> = {
  any: "any frame, tagged or not, in a VXLAN tunnel or not",
  udp: "UDP datagrams",
  icmp: "ICMP echo requests and replies",
  "icmp-error": "ICMP errors about a packet that they quote",
  tcp: "TCP segments, with options",
  arp: "ARP requests and replies",
  ipip: "IPv4 in IPv4",
  snap: "802.3 frames with a length in place of a type",
  vlan: "any frame with one 802.1Q or 802.1ad tag or two",
  vxlan: "any frame in a VXLAN tunnel",
  conversation: "any of the conversations below, whole and in order",
  "arp-exchange": "ARP requests until the reply",
  ping: "echo requests and their replies",
  "udp-exchange": "a datagram and those that answer it",
  "tcp-connection": "TCP connections from the handshake on",
  fragments: "a UDP datagram in fragments",
};

const KIND_NAMES = Object.keys(KINDS) as GeneratedKind[];

/** Frames in a file, at most: a capture of some hundred megabytes. */
const COUNT_LIMIT = 1_000_000;
const SEED_LIMIT = 2 ** 31 - 1;

/** Frames between two looks at the progress line. */
const PROGRESS_STEP = 5_000;

const HELP = `Writes frames for tests of other programs: valid ones, or such that break exactly one rule each.

Usage: podwire generate [--seed N] [--count N] [--kind KIND]... [--invalid] -w FILE

  --seed N      the same seed gives the same frames, and a larger count more of them (default 1)
  --count N     frames to write, 1 to ${COUNT_LIMIT}; a conversation is written to its end (default 100)
  --kind KIND   what to write; several, repeated or separated by commas, take turns (default any)
  --invalid     break one rule in each frame, with lengths and checksums right otherwise; a comment at the frame says
                which rule, at which byte, and what was to be there
  -w FILE       (--write) where the capture goes: pcapng, or classic pcap, which has no comments, when FILE ends in
                .pcap; - for standard output, and the text goes to standard error

  Kinds:
${KIND_NAMES.map((name) => `  ${name.padEnd(14)}  ${KINDS[name]}`).join("\n")}

Needs the package fast-check, 4 or later, beside podwire: npm install fast-check.
Exits 0 when the capture is written, 1 when it cannot be, 2 when the command line is wrong.
`;

const OPTIONS = {
  seed: { type: "string" },
  count: { type: "string" },
  kind: { type: "string", multiple: true },
  invalid: { type: "boolean" },
  write: { type: "string", short: "w" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns 0. @throws UsageError; Failure when fast-check is not installed or the capture cannot be written. */
export async function generate(arguments_: readonly string[]): Promise<number> {
  const commandLine = readCommandLine("generate", arguments_, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  if (positionals.length > 0)
    throw new UsageError(`generate: expected no argument, found ${positionals.join(" ")}: see podwire generate --help`);
  const target = textOption(commandLine, "write", "");
  if (target === "") throw new UsageError("generate: expected -w FILE, found none: see podwire generate --help");
  const options: GenerateOptions = {
    seed: wholeNumber("--seed", textOption(commandLine, "seed", "1"), 0, SEED_LIMIT),
    count: wholeNumber("--count", textOption(commandLine, "count", "100"), 1, COUNT_LIMIT),
    kinds: readKinds((values["kind"] as unknown as string[] | undefined) ?? ["any"]),
    isInvalid: values["invalid"] === true,
  };
  const { generateFrames } = await importArbitraries();
  const summary = writeCapture(target, options, generateFrames(options));
  textPrinter(target)(summary);
  return 0;
}

function readKinds(texts: readonly string[]): GeneratedKind[] {
  return texts.flatMap((text) => text.split(",")).map((name) => oneOf("--kind", name, KIND_NAMES));
}

/** The arbitraries, when what they need is there: whoever installed the command alone may not have it. */
async function importArbitraries(): Promise<typeof import("../arbitraries/index.ts")> {
  try {
    return await import("../arbitraries/index.ts");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    if (!isMissing || !/'fast-check'/.test((error as Error).message)) throw error;
    throw new Failure("expected the package fast-check beside podwire, found none: npm install fast-check");
  }
}

/** What takes the frames, in either format. */
interface Recording {
  write(frame: GeneratedFrame): void;
  flush(): void;
}

/** Writes the whole capture, or none. Returns what to say of it. */
function writeCapture(target: string, options: GenerateOptions, frames: Iterable<GeneratedFrame>): string {
  const file = new CaptureFile(target);
  const rules = new Map<string, number>();
  let count = 0;
  try {
    const recording = openRecording(file, options);
    for (const frame of frames) {
      recording.write(frame);
      if (frame.rule !== undefined) rules.set(frame.rule.name, (rules.get(frame.rule.name) ?? 0) + 1);
      if (++count % PROGRESS_STEP === 0) progressLine.show(`${count} of ${options.count} frames`);
    }
    recording.flush();
    file.finish();
  } catch (error) {
    file.discard();
    throw error;
  } finally {
    progressLine.clear();
  }
  const lines = [...rules].sort().map(([name, number]) => `  ${name.padEnd(26)} ${number}\n`);
  return `${target}: ${count} frames, ${file.byteCount} bytes, seed ${options.seed}\n${lines.join("")}`;
}

function openRecording(file: CaptureFile, { seed, kinds, isInvalid }: GenerateOptions): Recording {
  if (file.path.endsWith(".pcap")) {
    const writer = new PcapWriter(file, { precision: "nanoseconds", epochSeconds: EPOCH_SECONDS });
    return {
      write: ({ time, bytes }) => writer.writePacket(time, bytes, 0, bytes.length),
      flush: () => writer.flush(),
    };
  }
  const about = `${isInvalid ? "frames that break a rule each" : "valid frames"}: ${kinds.join(", ")}; seed ${seed}`;
  const writer = new PcapngWriter(file, {
    epochSeconds: EPOCH_SECONDS,
    application: `podwire ${version()}`,
    comment: about,
  });
  const id = writer.addInterface({ name: "generated" });
  return {
    write: ({ time, bytes, rule }) =>
      writer.writePacket(id, time, bytes, 0, bytes.length, {
        comment: rule === undefined ? undefined : `${rule.name}: ${rule.text}`,
      }),
    flush: () => writer.flush(),
  };
}
