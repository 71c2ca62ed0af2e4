/** What is sent to follow its way: a packet of each protocol, as an application would cause it. */
import { RouteType } from "../datapath/index.ts";
import { type Host, sendDatagram, type SendResult } from "../host/index.ts";
import { icmpv4, IcmpType, Protocol } from "../wire/index.ts";
import { findFlow } from "./flow-ends.ts";
import type { Path } from "./path-trace.ts";

/**
 * What is sent: an ICMP echo request, a UDP datagram, a TCP segment that asks for a connection or an SCTP INIT that asks
 * for an association.
 */
export type Probe =
  { readonly protocol: "icmp" } | { readonly protocol: "udp" | "tcp" | "sctp"; readonly port: number };

/** What became of the probe: "answered" by a reply or an accepted connection, "refused" by a reset or an ICMP error. */
export type ProbeEnd = "answered" | "refused" | "silence";

/** Source port of datagrams, where it is free. */
const SOURCE_PORT = 40_000;

/** What is under way. */
export interface Attempt {
  readonly outcome: SendResult["outcome"];
  end(back: Path | null): ProbeEnd;
  close(): void;
}

/** Sends it; `size` bytes behind its own header, where it is an echo request or a datagram. */
export function attemptProbe(host: Host, destination: number, probe: Probe, size: number): Attempt {
  if (probe.protocol === "tcp") return connect(host, destination, probe.port);
  if (probe.protocol === "sctp") return associate(host, destination, probe.port);
  return probe.protocol === "udp" ? sendUdp(host, destination, probe.port, size) : sendEcho(host, destination, size);
}

/** A connection of the host's own TCP: what is seen is what an application would cause. */
function connect(host: Host, destination: number, port: number): Attempt {
  let end: ProbeEnd = "silence";
  const connection = host.tcp.connect(destination, port, {
    onConnect: () => (end = "answered"),
    onError: (error) => (end = error === "timeout" ? "silence" : "refused"),
  });
  return {
    outcome: outcomeOf(host, destination),
    // An error without a packet is the sender's own: nobody answered its ARP.
    end: (back) => (back === null ? "silence" : end),
    close: () => connection.abort(),
  };
}

function associate(host: Host, destination: number, port: number): Attempt {
  let end: ProbeEnd = "silence";
  host.sctp.probe(destination, port, {
    onResult: (result) => (end = result === "open" ? "answered" : result === "closed" ? "refused" : "silence"),
  });
  return {
    outcome: outcomeOf(host, destination),
    end: (back) => (end === "silence" ? endOf(back, Protocol.SCTP) : end),
    close: () => undefined,
  };
}

function outcomeOf({ namespace }: Host, destination: number): SendResult["outcome"] {
  return namespace.routes.lookup(destination).type === RouteType.NONE ? "network-unreachable" : "sent";
}

/** From a socket that waits for the answer. */
function sendUdp(host: Host, destination: number, port: number, size: number): Attempt {
  const isFree = host.namespace.udp.receiver(SOURCE_PORT) === undefined;
  const socket = host.openUdp({ port: isFree ? SOURCE_PORT : 0 });
  const { outcome } = socket.send(destination, port, new Uint8Array(size));
  return { outcome, end: (back) => endOf(back, Protocol.UDP), close: () => socket.close() };
}

function sendEcho({ namespace }: Host, destination: number, size: number): Attempt {
  const options = { protocol: Protocol.ICMP, destination, pathMtuDiscovery: "want" } as const;
  const { outcome } = sendDatagram(namespace, options, icmpv4.HEADER_LENGTH + size, (view, _ipOffset, offset, end) => {
    icmpv4.write(view, offset, { type: IcmpType.ECHO, identifier: 1, sequence: 1 });
    icmpv4.updateChecksum(view, offset, end);
  });
  return { outcome, end: (back) => endOf(back, Protocol.ICMP), close: () => undefined };
}

/** An answer of the probe's own protocol, or an ICMP error. */
function endOf(back: Path | null, protocol: number): ProbeEnd {
  const last = back?.hops.at(-1);
  if (last === undefined || !back!.hasArrived) return "silence";
  const flow = findFlow(last.bytes, last.device.linkType, {});
  return flow?.protocol === protocol && !flow.isError ? "answered" : "refused";
}
