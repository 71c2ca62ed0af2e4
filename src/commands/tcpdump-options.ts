/** The options of tcpdump, with its complaints. */
import type { NetDevice } from "../datapath/index.ts";
import { compileFilter, FilterError, type FrameFilter } from "../wire/index.ts";
import { CommandError, type Place } from "./command.ts";
import { numberOption, readWordOptions, type WordOptions } from "./word-options.ts";

const USAGE =
  "tcpdump [-AeqStvxX] [-c COUNT] [-i DEVICE|any] [-Q in|out|inout] [-s LENGTH] [-w FILE] [-D] [-n] [-lpU] [EXPRESSION]";

/** What podwire's tcpdump is compared with. */
const VERSION = "tcpdump version 4.99, as podwire has it";

/** Bytes of a packet where nothing else is asked for, which is the most that can be. */
const LONGEST_SNAP = 262_144;

export interface TcpdumpWords {
  /** Null for all devices of the place. */
  readonly device: NetDevice | null;
  readonly filter: FrameFilter;
  /** Packets after which it stops. */
  readonly limit: number;
  /** Which way packets are to go. */
  readonly direction: "in" | "out" | "inout";
  readonly snapLength: number;
  /** The capture to write instead of lines. */
  readonly path: string | undefined;
  readonly verbosity: number;
  readonly hasLinkHeaders: boolean;
  readonly isQuick: boolean;
  readonly hasAbsoluteNumbers: boolean;
  /** How many `-t`. */
  readonly timeForm: number;
  /** Bytes behind the line: with `-x` and `-X` in hexadecimal, with `-A` as text, twice with the link header. */
  readonly dump: { readonly form: "none" | "hex" | "hex-and-text" | "text"; readonly hasLinkHeader: boolean };
}

/** @throws CommandError as the original for a device, an option or an expression that is wrong. */
export function readTcpdumpWords(place: Place, words: readonly string[]): TcpdumpWords {
  const options = readWordOptions("tcpdump", words, "nei:c:w:lUpvxXAtqs:SQ:");
  const { values, counts } = options;
  const direction = values.get("Q") ?? "inout";
  if (direction !== "in" && direction !== "out" && direction !== "inout")
    throw new CommandError(`tcpdump: unknown capture direction \`${direction}'`, 1);
  return {
    device: findDevice(place, values.get("i") ?? "eth0"),
    filter: compile(options.operands.join(" "), place.cluster.cni.vxlanPorts),
    limit: numberOption("tcpdump", options, "c", Infinity, 1, 2 ** 31),
    direction,
    snapLength: snapLength(values.get("s")),
    path: values.get("w"),
    verbosity: counts.get("v") ?? 0,
    hasLinkHeaders: values.has("e"),
    isQuick: values.has("q"),
    hasAbsoluteNumbers: values.has("S"),
    timeForm: counts.get("t") ?? 0,
    dump: dump(options),
  };
}

/** What is said at once by an option that asks for nothing else, undefined when there is none. */
export function tcpdumpAnswer(place: Place, words: readonly string[]): string | undefined {
  const [first] = words;
  if (words.length !== 1) return undefined;
  if (first === "-h" || first === "--help") return `Usage: ${USAGE}\n`;
  if (first === "--version") return `${VERSION}\n`;
  return first === "-D" || first === "--list-interfaces" ? deviceList(place) : undefined;
}

/** As libpcap sorts them: devices that are up, `any` behind them, then the loopback device. */
function deviceList({ namespace }: Place): string {
  const devices = [...namespace.devices.values()];
  const state = ({ up }: NetDevice): string => (up ? "Up, Running" : "none");
  const lines = [
    ...devices.filter(({ up, kind }) => up && kind !== "loopback").map((each) => `${each.name} [${state(each)}]`),
    "any (Pseudo-device that captures on all interfaces) [Up, Running]",
    ...devices.filter(({ kind }) => kind === "loopback").map((each) => `${each.name} [${state(each)}, Loopback]`),
    ...devices.filter(({ up, kind }) => !up && kind !== "loopback").map((each) => `${each.name} [${state(each)}]`),
  ];
  return lines.map((line, index) => `${index + 1}.${line}\n`).join("");
}

function findDevice({ namespace }: Place, name: string): NetDevice | null {
  if (name === "any") return null;
  const device = namespace.devices.get(name);
  if (device === undefined)
    throw new CommandError(`tcpdump: ${name}: No such device exists\n(SIOCGIFHWADDR: No such device)`, 1);
  return device;
}

function compile(expression: string, vxlanPorts: readonly number[]): FrameFilter {
  if (expression === "") return () => true;
  try {
    return compileFilter(expression, { vxlanPorts });
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new CommandError(`tcpdump: ${error.message}\ntcpdump: expected ${USAGE}`, 1);
  }
}

/** 0 stands for all. */
function snapLength(text: string = "0"): number {
  const length = /^\d+$/.test(text) ? Number(text) : Infinity;
  if (length > LONGEST_SNAP)
    throw new CommandError(`tcpdump: invalid snaplen ${text} (must be >= 0 and <= ${LONGEST_SNAP})`, 1);
  return length === 0 ? LONGEST_SNAP : length;
}

/** The original prints one dump at most: `-X` goes before `-x`, and that before `-A`. */
function dump({ counts }: WordOptions): TcpdumpWords["dump"] {
  const letter = ["X", "x", "A"].find((each) => counts.has(each));
  if (letter === undefined) return { form: "none", hasLinkHeader: false };
  const form = letter === "X" ? "hex-and-text" : letter === "x" ? "hex" : "text";
  return { form, hasLinkHeader: counts.get(letter)! > 1 };
}
