/** The words of ping, as iputils has them. */
import type { IcmpMessage, Ping, PingEvent } from "../host/index.ts";
import type { Cluster } from "../kubernetes/index.ts";
import { formatIpv4, IcmpType, TimeExceededCode, UnreachableCode } from "../wire/index.ts";

/** ICMP and IPv4 headers: what the payload grows by. */
const HEADERS_LENGTH = 28;

export interface PingDestination {
  /** As the user gave it: a name or an address. */
  readonly label: string;
  readonly address: number;
}

export class PingText {
  readonly #destination: PingDestination;
  readonly #size: number;
  readonly #names: ReadonlyMap<number, string>;

  constructor(cluster: Cluster, destination: PingDestination, size: number) {
    this.#destination = destination;
    this.#size = size;
    this.#names = new Map(cluster.addressNames().map(({ address, names }) => [address, names[0]!]));
  }

  opening(): string {
    const { label, address } = this.#destination;
    return `PING ${label} (${formatIpv4(address)}) ${this.#size}(${this.#size + HEADERS_LENGTH}) bytes of data.\n`;
  }

  event(event: PingEvent): string {
    if (event.kind === "reply") {
      const duplicate = event.isDuplicate ? " (DUP!)" : "";
      return `${event.bytes} bytes from ${this.#name(event.from)}: icmp_seq=${event.sequence} ttl=${event.timeToLive} time=${milliseconds(event.roundTrip)} ms${duplicate}\n`;
    }
    if (event.kind === "error")
      return `From ${this.#name(event.message.from)} icmp_seq=${event.sequence} ${errorText(event.message)}\n`;
    if (event.result.outcome === "message-too-long")
      return `ping: local error: message too long, mtu=${event.result.mtu}\n`;
    return `ping: sendmsg: ${event.result.outcome === "network-unreachable" ? "Network is unreachable" : "No buffer space available"}\n`;
  }

  closing(ping: Ping): string {
    const summary = pingSummary(this.#destination, ping);
    const duplicates = summary.duplicates > 0 ? `, +${summary.duplicates} duplicates` : "";
    const errors = summary.errors > 0 ? `, +${summary.errors} errors` : "";
    const lines = [
      "",
      `--- ${this.#destination.label} ping statistics ---`,
      `${summary.transmitted} packets transmitted, ${summary.received} received${duplicates}${errors}, ${Number(summary.lossPercent.toPrecision(6))}% packet loss, time ${Math.round(summary.time)}ms`,
    ];
    const { roundTrip } = summary;
    // Where nothing came back, iputils leaves the line of times empty.
    lines.push(
      roundTrip === null
        ? ""
        : `rtt min/avg/max/mdev = ${[roundTrip.minimum, roundTrip.average, roundTrip.maximum, roundTrip.deviation].map((time) => time.toFixed(3)).join("/")} ms`,
    );
    return `${lines.join("\n")}\n`;
  }

  /** "pod-b (10.244.2.8)" when the user spoke of names, the address alone otherwise. */
  #name(address: number): string {
    const text = formatIpv4(address);
    const name =
      this.#destination.label === formatIpv4(this.#destination.address) ? undefined : this.#names.get(address);
    return name === undefined ? text : `${name} (${text})`;
  }
}

/** Whether an event is the sender's own failure, which ping tells on standard error. */
export function isLocalError({ kind }: PingEvent): boolean {
  return kind === "not-sent";
}

/** What a ping came to; times in milliseconds, `roundTrip` null when nothing came back. */
export interface PingSummary {
  readonly destination: string;
  readonly address: string;
  readonly transmitted: number;
  readonly received: number;
  readonly errors: number;
  readonly duplicates: number;
  readonly lossPercent: number;
  /** From the first request to the last event. */
  readonly time: number;
  readonly roundTrip: {
    readonly minimum: number;
    readonly average: number;
    readonly maximum: number;
    readonly deviation: number;
  } | null;
}

export function pingSummary(destination: PingDestination, ping: Ping): PingSummary {
  // As iputils counts: a request that could not be sent was transmitted nevertheless.
  const transmitted = ping.attemptCount;
  return {
    destination: destination.label,
    address: formatIpv4(destination.address),
    transmitted,
    received: ping.receivedCount,
    errors: ping.errorCount,
    duplicates: ping.duplicateCount,
    lossPercent: transmitted === 0 ? 0 : ((transmitted - ping.receivedCount) * 100) / transmitted,
    time: ping.duration / 1e6,
    roundTrip: roundTripSummary(ping.roundTrips),
  };
}

function roundTripSummary(roundTrips: readonly number[]): PingSummary["roundTrip"] {
  if (roundTrips.length === 0) return null;
  const times = roundTrips.map((time) => time / 1e6);
  const average = times.reduce((total, time) => total + time, 0) / times.length;
  const variance = times.reduce((total, time) => total + (time - average) ** 2, 0) / times.length;
  return { minimum: Math.min(...times), average, maximum: Math.max(...times), deviation: Math.sqrt(variance) };
}

/** Three significant digits, and never less than a microsecond: ping's way with times. 9.996 ms are 10.0 ms. */
function milliseconds(nanoseconds: number): string {
  const time = Math.round(nanoseconds / 1e3) / 1e3;
  return time.toFixed(time >= 99.95 ? 0 : time >= 9.995 ? 1 : time >= 1 ? 2 : 3);
}

const UNREACHABLE_TEXTS: Readonly<Record<number, string>> = {
  [UnreachableCode.NET]: "Destination Net Unreachable",
  [UnreachableCode.HOST]: "Destination Host Unreachable",
  [UnreachableCode.PROTOCOL]: "Destination Protocol Unreachable",
  [UnreachableCode.PORT]: "Destination Port Unreachable",
  [UnreachableCode.ADMINISTRATIVELY_PROHIBITED]: "Packet filtered",
};

/** What an ICMP error says. */
export function errorText(message: IcmpMessage): string {
  const { type, code } = message;
  if (type === IcmpType.TIME_EXCEEDED)
    return code === TimeExceededCode.REASSEMBLY ? "Frag reassembly time exceeded" : "Time to live exceeded";
  if (type !== IcmpType.DESTINATION_UNREACHABLE) return `ICMP type ${type} code ${code}`;
  if (code === UnreachableCode.FRAGMENTATION_NEEDED) return `Frag needed and DF set (mtu = ${message.nextHopMtu})`;
  return UNREACHABLE_TEXTS[code] ?? `Dest Unreachable, Bad Code: ${code}`;
}
