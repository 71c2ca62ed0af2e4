/** `ss`: the sockets of a namespace, in iproute2's own form (misc/ss.c). Ports are always numbers. */
import type { TcpConnection, TcpState } from "../host/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import { type Command, CommandError, type Place } from "./command.ts";
import { ALL_STATES, CONNECTED_STATES, type FilteredSocket, readSocketFilter } from "./ss-filter.ts";
import { type SocketCells, socketTable } from "./ss-table.ts";
import { NEW_DETAILS, tcpDetails } from "./tcp-details.ts";
import { readWordOptions } from "./word-options.ts";

interface SocketRow extends FilteredSocket {
  readonly network: "tcp" | "udp";
  readonly received: number;
  readonly sent: number;
  /** For one that is connected. */
  readonly connection?: TcpConnection;
}

/** As ss shortens them. */
const STATE_NAMES: Readonly<Record<TcpState, string>> = {
  LISTEN: "LISTEN",
  "SYN-SENT": "SYN-SENT",
  "SYN-RECEIVED": "SYN-RECV",
  ESTABLISHED: "ESTAB",
  "FIN-WAIT-1": "FIN-WAIT-1",
  "FIN-WAIT-2": "FIN-WAIT-2",
  "CLOSE-WAIT": "CLOSE-WAIT",
  CLOSING: "CLOSING",
  "LAST-ACK": "LAST-ACK",
  "TIME-WAIT": "TIME-WAIT",
  CLOSED: "UNCONN",
};

const USAGE = `Usage: ss [ OPTIONS ] [ state STATE ] [ { src | dst } ADDRESS[:PORT] ] [ { sport | dport } = :PORT ]
   -t, --tcp           TCP sockets
   -u, --udp           UDP sockets
   -a, --all           all of them
   -l, --listening     those that wait for others
   -i, --info          what TCP knows of the way
   -p, --processes     accepted: no processes are modelled
   -n, --numeric       ports are numbers, as they always are here
   -s, --summary       how many there are
   -O, --oneline       a line for each
   -H, --no-header     without the first line
   -4, -6              IPv4, or IPv6, which no socket here has
`;

const LONG_OPTIONS: Readonly<Record<string, string>> = {
  "--tcp": "-t",
  "--udp": "-u",
  "--raw": "-w",
  "--unix": "-x",
  "--all": "-a",
  "--listening": "-l",
  "--info": "-i",
  "--processes": "-p",
  "--numeric": "-n",
  "--summary": "-s",
  "--oneline": "-O",
  "--no-header": "-H",
  "--ipv4": "-4",
  "--ipv6": "-6",
  "--help": "-h",
  "--version": "-V",
};

/** Kinds of sockets, of which only the first two are here. */
const KINDS = ["t", "u", "w", "x"] as const;

/** What the original shows and podwire does not keep: timers, memory, numbers of files and the like. */
const MISSING = ["o", "e", "m", "r", "K", "E", "Z", "z", "N", "b", "D", "F", "T"];

/** `ss [-t | -u] [-l | -a] [-i] [-s] [-O] [-H] [FILTER]`. */
export const ss: Command = (place, words, terminal) => {
  const options = words.map((word) => LONG_OPTIONS[word] ?? word);
  const { values, operands } = readWordOptions("ss", options, `stuwxlanih46pOHV${MISSING.join("")}`);
  const missing = MISSING.find((letter) => values.has(letter));
  if (missing !== undefined) throw new CommandError(`ss: option -${missing} is not modelled`, 1);
  if (values.has("h") || values.has("V") || values.has("s")) {
    terminal.out(
      values.has("h") ? USAGE : values.has("V") ? "ss utility of podwire, as iproute2-6.1.0\n" : summary(place),
    );
    return 0;
  }
  const kinds = KINDS.filter((letter) => values.has(letter));
  const filter = readSocketFilter(operands);
  const states = filter.states ?? statesOf(options, kinds);
  const isKind = (network: "tcp" | "udp"): boolean =>
    kinds.length === 0 || kinds.includes(network === "tcp" ? "t" : "u");
  const rows = socketRows(place).filter(
    (row) => isKind(row.network) && states.has(row.state) && filter.matches(row) && !values.has("6"),
  );
  const details = values.has("i") ? (values.has("O") ? "line" : "block") : "none";
  terminal.out(
    socketTable(
      rows.map((row) => cells(row, details, values.has("n"))),
      { hasNetwork: kinds.length !== 1, hasState: states.size > 1, hasHeader: !values.has("H") },
    ),
  );
  return 0;
};

/** The states that the options choose: of -a and -l the last one counts. */
function statesOf(options: readonly string[], kinds: readonly string[]): ReadonlySet<string> {
  const letters = options.filter((word) => word.startsWith("-")).join("");
  const [all, listening] = [letters.lastIndexOf("a"), letters.lastIndexOf("l")];
  if (all > listening) return new Set(ALL_STATES);
  if (listening >= 0) return new Set(["LISTEN", "UNCONN"]);
  // A connectionless socket is connected or not: then the state tells nothing.
  return new Set(kinds.length === 0 || kinds.includes("t") || kinds.includes("x") ? CONNECTED_STATES : ["ESTAB"]);
}

function socketRows({ namespace, host }: Place): SocketRow[] {
  return [
    ...namespace.udp.ports().map((port) => unconnected("udp", "UNCONN", port, 0)),
    ...host.tcp.listeners().map(({ port, backlog }) => unconnected("tcp", "LISTEN", port, backlog)),
    ...host.tcp.connections().map((connection): SocketRow => ({
      network: "tcp",
      state: STATE_NAMES[connection.state],
      received: connection.receiveQueueLength,
      sent: connection.sendQueueLength,
      local: connection.localAddress,
      localPort: connection.localPort,
      peer: connection.remoteAddress,
      peerPort: connection.remotePort,
      connection,
    })),
  ];
}

function unconnected(network: "tcp" | "udp", state: string, localPort: number, sent: number): SocketRow {
  return { network, state, received: 0, sent, local: 0, localPort, peer: 0, peerPort: 0 };
}

/** Queues stand below their titles even where those are left out. */
const QUEUE_WIDTH = 6;

function cells(row: SocketRow, details: "none" | "line" | "block", isNumeric: boolean): SocketCells {
  const { network, state, received, sent, local, localPort, peer, peerPort, connection } = row;
  const lineStart = details === "block" && network === "tcp" ? "\n\t" : "";
  // In TIME-WAIT nothing is kept but the addresses.
  const known = details === "none" || state === "TIME-WAIT" ? undefined : connection;
  const about =
    known !== undefined ? tcpDetails(known, isNumeric) : details !== "none" && state === "LISTEN" ? NEW_DETAILS : "";
  return {
    network,
    state,
    others: [
      ...[String(received).padEnd(QUEUE_WIDTH), String(sent).padEnd(QUEUE_WIDTH)],
      ...[`${formatIpv4(local)}:`, String(localPort)],
      ...[`${formatIpv4(peer)}:`, peerPort === 0 ? "*" : String(peerPort)],
      lineStart + about,
    ],
  };
}

function summary(place: Place): string {
  const rows = socketRows(place);
  const tcp = rows.filter(({ network }) => network === "tcp");
  const count = (state: string): number => tcp.filter((row) => row.state === state).length;
  const udp = rows.length - tcp.length;
  const open = tcp.length - count("TIME-WAIT") - count("UNCONN");
  const closed = tcp.length - open;
  const transports: [string, number][] = [
    ["RAW", 0],
    ["UDP", udp],
    ["TCP", open],
    ["INET", udp + open],
    ["FRAG", 0],
  ];
  const line = ([name, value]: [string, number]): string =>
    `${name}\t  ${String(value).padEnd(9)} ${String(value).padEnd(9)} ${"0".padEnd(9)}\n`;
  return (
    `Total: ${rows.length}\n` +
    `TCP:   ${tcp.length} (estab ${count("ESTAB")}, closed ${closed}, orphaned 0, timewait ${count("TIME-WAIT")})\n\n` +
    "Transport Total     IP        IPv6\n" +
    `${transports.map(line).join("")}\n`
  );
}
