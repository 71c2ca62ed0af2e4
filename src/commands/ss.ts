/** `ss`: the sockets of a namespace, in iproute2's own form (misc/ss.c). */
import type { TcpState } from "../host/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import type { Command, Place } from "./command.ts";
import { readWordOptions } from "./word-options.ts";

interface SocketRow {
  readonly network: "tcp" | "udp";
  readonly state: string;
  readonly received: number;
  readonly sent: number;
  readonly local: string;
  readonly peer: string;
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

/** `ss [-s | -t | -u | -l | -a | -n | -4]`. */
export const ss: Command = (place, words, terminal) => {
  const { values } = readWordOptions("ss", words, "stulan4pH");
  if (values.has("s")) {
    terminal.out(summary(place));
    return 0;
  }
  const isEither = !values.has("t") && !values.has("u");
  const rows = socketRows(place).filter(({ network, state }) => {
    if (!isEither && !values.has(network === "tcp" ? "t" : "u")) return false;
    const isListening = state === "LISTEN" || state === "UNCONN";
    return values.has("a") || isListening === values.has("l");
  });
  terminal.out(table(rows, isEither));
  return 0;
};

function socketRows({ namespace, host }: Place): SocketRow[] {
  const udpPorts = namespace.udp.ports();
  return [
    ...udpPorts.map((port) => unconnected("udp", "UNCONN", port, 0)),
    ...host.tcp.listeners().map(({ port, backlog }) => unconnected("tcp", "LISTEN", port, backlog)),
    ...host.tcp.connections().map((connection): SocketRow => ({
      network: "tcp",
      state: STATE_NAMES[connection.state],
      received: connection.receiveQueueLength,
      sent: connection.sendQueueLength,
      local: `${formatIpv4(connection.localAddress)}:${connection.localPort}`,
      peer: `${formatIpv4(connection.remoteAddress)}:${connection.remotePort}`,
    })),
  ];
}

function unconnected(network: "tcp" | "udp", state: string, port: number, sent: number): SocketRow {
  return { network, state, received: 0, sent, local: `0.0.0.0:${port}`, peer: "0.0.0.0:*" };
}

function table(rows: readonly SocketRow[], hasNetwork: boolean): string {
  const columns: { title: string; isRight: boolean; text: (row: SocketRow) => string }[] = [
    ...(hasNetwork ? [{ title: "Netid", isRight: false, text: (row: SocketRow) => row.network }] : []),
    { title: "State", isRight: false, text: ({ state }) => state },
    { title: "Recv-Q", isRight: false, text: ({ received }) => String(received) },
    { title: "Send-Q", isRight: false, text: ({ sent }) => String(sent) },
    { title: "Local Address:Port", isRight: true, text: ({ local }) => local },
    { title: "Peer Address:Port", isRight: true, text: ({ peer }) => peer },
  ];
  const widths = columns.map(({ title, text }) => Math.max(title.length, ...rows.map((row) => text(row).length)));
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell, at) => (columns[at]!.isRight ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(" ")}\n`;
  return [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))]
    .map(line)
    .join("");
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
