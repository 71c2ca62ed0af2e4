/** Follows one packet from a pod or node to another: every device that it passes, and what decided there. */
import {
  type Direction,
  type Hop,
  type HopSink,
  type LateDrop,
  type Namespace,
  NANOSECONDS_PER_SECOND,
  RouteType,
  type NetDevice,
} from "../datapath/index.ts";
import { type Host, sendDatagram, type SendResult } from "../host/index.ts";
import { DropReason, icmpv4, IcmpType, Protocol, udp } from "../wire/index.ts";
import { findFlow, type FlowEnds } from "./flow-ends.ts";
import type { Place } from "./command.ts";

/** What is sent: an ICMP echo request, a UDP datagram or a TCP segment that asks for a connection. */
export type Probe = { readonly protocol: "icmp" } | { readonly protocol: "udp" | "tcp"; readonly port: number };

export interface PathHop {
  /** Virtual time in nanoseconds. */
  readonly time: number;
  readonly device: NetDevice;
  readonly direction: Direction;
  readonly packetId: number;
  /** The frame as it was there. */
  readonly bytes: Uint8Array;
  /** What the device did with it, and why. */
  readonly comment: string;
  readonly dropReason: DropReason;
  /** The policy that let it pass here, or refused it. */
  readonly verdict?: string;
}

/** One packet's way. */
export interface Path {
  readonly hops: readonly PathHop[];
  /** Why it ended on the way, in words; empty when it arrived. */
  readonly lost: string;
  readonly dropReason: DropReason;
}

/** What became of the probe: "answered" by a reply or an accepted connection, "refused" by a reset or an ICMP error. */
export type ProbeEnd = "answered" | "refused" | "silence";

export interface PathTrace {
  /** Why nothing could be sent, as errno names it; "sent" when it was. */
  readonly outcome: SendResult["outcome"];
  readonly end: ProbeEnd;
  readonly there: Path;
  /** What answered, or an ICMP error on its way to the sender; null when nothing came. */
  readonly back: Path | null;
}

/** How long an answer is waited for: the three ARP requests that fail take three seconds. */
const PATIENCE = 4 * NANOSECONDS_PER_SECOND;

/** Source port of what is sent. */
const SOURCE_PORT = 40_000;

/** Sends a probe of `size` bytes behind its own header, and lets time pass until nothing moves any more. */
export function tracePath(
  { cluster, host, taps }: Place,
  destination: number,
  probe: Probe,
  size: number = 56,
): PathTrace {
  const { engine } = cluster;
  const recorder = new PathRecorder(cluster.cni.vxlanPorts);
  taps.add(recorder);
  const attempt =
    probe.protocol === "tcp" ? connect(host, destination, probe.port) : send(host, destination, probe, size);
  engine.run(engine.now + PATIENCE);
  taps.delete(recorder);
  attempt.close();
  const paths = recorder.paths(host.namespace, destination);
  return { outcome: attempt.outcome, end: attempt.end(paths.back), ...paths };
}

interface Attempt {
  readonly outcome: SendResult["outcome"];
  end(back: Path | null): ProbeEnd;
  close(): void;
}

/** A connection of the host's own TCP: what is seen is what an application would cause. */
function connect(host: Host, destination: number, port: number): Attempt {
  let end: ProbeEnd = "silence";
  const connection = host.tcp.connect(destination, port, {
    onConnect: () => (end = "answered"),
    onError: (error) => (end = error === "timeout" ? "silence" : "refused"),
  });
  const isUnreachable = host.namespace.routes.lookup(destination).type === RouteType.NONE;
  return {
    outcome: isUnreachable ? "network-unreachable" : "sent",
    end: () => end,
    close: () => connection.abort(),
  };
}

function send({ namespace }: Host, destination: number, probe: Probe, size: number): Attempt {
  const isEcho = probe.protocol === "icmp";
  const protocol = isEcho ? Protocol.ICMP : Protocol.UDP;
  const options = { protocol, destination, pathMtuDiscovery: "want" as const };
  // ICMP's and UDP's headers have the same length.
  const { outcome } = sendDatagram(namespace, options, udp.HEADER_LENGTH + size, (view, ipOffset, offset, end) => {
    if (isEcho) {
      icmpv4.write(view, offset, { type: IcmpType.ECHO, identifier: 1, sequence: 1 });
      icmpv4.updateChecksum(view, offset, end);
      return;
    }
    const ports = { sourcePort: SOURCE_PORT, destinationPort: probe.port };
    udp.write(view, offset, { ...ports, datagramLength: end - offset });
    udp.updateChecksum(view, ipOffset, offset);
  });
  return { outcome, end: (back) => endOf(back, protocol), close: () => undefined };
}

/** An answer of the probe's own protocol, or an ICMP error. */
function endOf(back: Path | null, protocol: number): ProbeEnd {
  const last = back?.hops.at(-1);
  if (last === undefined || (back!.dropReason !== DropReason.NONE && protocol === Protocol.ICMP)) return "silence";
  const flow = findFlow(last.bytes, last.device.linkType, {});
  return flow?.protocol === protocol && flow.isError !== true ? "answered" : "refused";
}

/** Keeps all that is seen while the probe is under way: which packets are the probe and its answer shows afterwards. */
class PathRecorder implements HopSink {
  readonly #vxlanPorts: readonly number[];
  readonly #hops: PathHop[] = [];
  readonly #late = new Map<number, LateDrop>();

  constructor(vxlanPorts: readonly number[]) {
    this.#vxlanPorts = vxlanPorts;
  }

  #ends({ bytes, device }: PathHop): FlowEnds | undefined {
    return findFlow(bytes, device.linkType, { vxlanPorts: this.#vxlanPorts });
  }

  hop({ bytes, ...hop }: Hop): void {
    this.#hops.push({ ...hop, bytes: bytes.slice() });
  }

  dropLate(drop: LateDrop): void {
    this.#late.set(drop.packetId, drop);
  }

  paths(namespace: Namespace, destination: number): { there: Path; back: Path | null } {
    const first = this.#hops.find(
      (hop) =>
        hop.device.namespace === namespace && hop.direction === "out" && this.#ends(hop)?.destination === destination,
    );
    const source = first === undefined ? undefined : this.#ends(first)?.source;
    const there = this.#path(first?.packetId);
    const answer = this.#hops.find(
      (hop) => hop.packetId !== first?.packetId && this.#ends(hop)?.destination === source,
    );
    return { there, back: answer === undefined ? null : this.#path(answer.packetId) };
  }

  #path(packetId: number | undefined): Path {
    const hops = this.#hops.filter((hop) => hop.packetId === packetId);
    const late = packetId === undefined ? undefined : this.#late.get(packetId);
    const dropped = hops.find(({ dropReason }) => dropReason !== DropReason.NONE);
    return {
      hops,
      // What a device said before it dropped the packet is part of its hop's comment.
      lost: late?.comment ?? dropped?.comment.replace(/^.*(?=dropped at )/, "") ?? "",
      dropReason: late?.reason ?? dropped?.dropReason ?? DropReason.NONE,
    };
  }
}
