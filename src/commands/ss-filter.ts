/** The words behind `ss`'s options that choose sockets: states, and conditions that all must hold (misc/ssfilter.y). */
import { formatPrefix, type Ipv4Prefix, parseIpv4, parsePrefix, prefixContains } from "../wire/index.ts";
import { CommandError } from "./command.ts";

/** What a filter looks at. */
export interface FilteredSocket {
  /** As ss shortens it: "ESTAB". */
  readonly state: string;
  readonly local: number;
  readonly localPort: number;
  /** 0 for none. */
  readonly peer: number;
  readonly peerPort: number;
}

export interface SocketFilter {
  /** Undefined for those that the options choose. */
  readonly states: ReadonlySet<string> | undefined;
  readonly matches: (socket: FilteredSocket) => boolean;
}

/** By ss's names for them. */
const STATES: Readonly<Record<string, string>> = {
  established: "ESTAB",
  "syn-sent": "SYN-SENT",
  "syn-recv": "SYN-RECV",
  "syn-rcv": "SYN-RECV",
  "fin-wait-1": "FIN-WAIT-1",
  "fin-wait-2": "FIN-WAIT-2",
  "time-wait": "TIME-WAIT",
  unconnected: "UNCONN",
  close: "UNCONN",
  closed: "UNCONN",
  "close-wait": "CLOSE-WAIT",
  "last-ack": "LAST-ACK",
  listening: "LISTEN",
  closing: "CLOSING",
};

export const ALL_STATES: readonly string[] = [...new Set(Object.values(STATES))];

/** All but the named ones. */
function allBut(...left: readonly string[]): string[] {
  return ALL_STATES.filter((state) => !left.includes(state));
}

/** Those of what has begun and not ended: what `ss` shows by itself. */
export const CONNECTED_STATES: readonly string[] = allBut("LISTEN", "UNCONN", "TIME-WAIT", "SYN-RECV");

const STATE_GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: ALL_STATES,
  connected: allBut("UNCONN", "LISTEN"),
  synchronized: allBut("UNCONN", "LISTEN", "SYN-SENT"),
  bucket: ["SYN-RECV", "TIME-WAIT"],
  big: allBut("SYN-RECV", "TIME-WAIT"),
};

/** @throws CommandError for a state that there is not, or a condition that is not read here. */
export function readSocketFilter(operands: readonly string[]): SocketFilter {
  const words = operands.join(" ").split(/\s+/).filter(Boolean);
  let states: ReadonlySet<string> | undefined;
  let at = 0;
  for (; ["state", "exclude"].includes(words[at] ?? ""); at += 2) {
    const named = readStates(words[at + 1]);
    const known = [...(states ?? (words[at] === "state" ? [] : ALL_STATES))];
    states = new Set(words[at] === "state" ? [...known, ...named] : known.filter((state) => !named.includes(state)));
  }
  const conditions = readConditions(words.slice(at));
  return { states, matches: (socket) => conditions.every((holds) => holds(socket)) };
}

function readStates(name: string | undefined): readonly string[] {
  const text = name?.toLowerCase() ?? "";
  const states = STATE_GROUPS[text] ?? (STATES[text] === undefined ? undefined : [STATES[text]]);
  if (states === undefined) throw new CommandError(`ss: wrong state name: ${name ?? ""}`, 255);
  return states;
}

type Condition = (socket: FilteredSocket) => boolean;

/** Joined by "and" or nothing. */
function readConditions(words: readonly string[]): Condition[] {
  const conditions: Condition[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (["and", "&", "&&"].includes(word)) continue;
    const key = ["src", "dst", "sport", "dport"].find((each) => each === word);
    if (key === undefined) throw notRead(word);
    const operator = words[at + 1] ?? "";
    const isOperator = ["=", "==", "eq", "!=", "ne", "neq"].includes(operator);
    at += isOperator ? 2 : 1;
    const holds = readCondition(key, words[at] ?? "");
    conditions.push(isOperator && /^[!n]/.test(operator) ? (socket) => !holds(socket) : holds);
  }
  return conditions;
}

function notRead(word: string): CommandError {
  return new CommandError(
    `ss: expected state, src, dst, sport or dport, found "${word}": no other filter is modelled`,
    1,
  );
}

/** "10.0.0.1", "10.0.0.0/8", with a port behind it or a port alone: ":80", and behind sport and dport "80". */
function readCondition(key: string, text: string): Condition {
  const [, host = "", port] = (key.endsWith("port") ? /^([^:]*?):?(\d+)$/ : /^([^:]*)(?::(\d+|\*))?$/).exec(text) ?? [];
  const prefix = host === "" || host === "*" ? undefined : readHost(host);
  if (prefix === undefined && port === undefined) throw notRead(text);
  const isLocal = key.startsWith("s");
  return (socket) => {
    const [address, own] = isLocal ? [socket.local, socket.localPort] : [socket.peer, socket.peerPort];
    const isPort = port === undefined || port === "*" || own === Number(port);
    return isPort && (prefix === undefined || prefixContains(prefix, address));
  };
}

function readHost(host: string): Ipv4Prefix {
  try {
    return parsePrefix(host.includes("/") ? host : formatPrefix({ address: parseIpv4(host), length: 32 }));
  } catch {
    throw new CommandError(
      `Error: an inet prefix is expected rather than "${host}".\nCannot parse dst/src address.`,
      1,
    );
  }
}
