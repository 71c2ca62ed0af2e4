/** Follows one packet from a pod or node to another: every device that it passes, and what decided there. */
import {
  type Direction,
  type Hop,
  type HopSink,
  type LateDrop,
  type Namespace,
  NANOSECONDS_PER_SECOND,
  type NetDevice,
} from "../datapath/index.ts";
import { type Host, sendDatagram, type SendResult } from "../host/index.ts";
import { DropReason, icmpv4, IcmpType, Protocol, tcp, TcpFlag, udp } from "../wire/index.ts";
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
}

/** One packet's way. */
export interface Path {
  readonly hops: readonly PathHop[];
  /** Why it ended on the way, in words; empty when it arrived. */
  readonly lost: string;
  readonly dropReason: DropReason;
}

export interface PathTrace {
  /** Why nothing could be sent, as errno names it; "sent" when it was. */
  readonly outcome: SendResult["outcome"];
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
  const { outcome } = send(host, destination, probe, size);
  engine.run(engine.now + PATIENCE);
  taps.delete(recorder);
  return { outcome, ...recorder.paths(host.namespace, destination) };
}

function send(source: Host, destination: number, probe: Probe, size: number): SendResult {
  const { namespace } = source;
  const { protocol } = probe;
  const [number, headerLength] =
    protocol === "icmp"
      ? [Protocol.ICMP, icmpv4.HEADER_LENGTH]
      : protocol === "udp"
        ? [Protocol.UDP, udp.HEADER_LENGTH]
        : [Protocol.TCP, tcp.HEADER_LENGTH];
  const length = headerLength + (protocol === "tcp" ? 0 : size);
  const options = { protocol: number, destination, pathMtuDiscovery: "want" as const };
  return sendDatagram(namespace, options, length, (view, ipOffset, offset, end) => {
    if (protocol === "icmp") {
      icmpv4.write(view, offset, { type: IcmpType.ECHO, identifier: 1, sequence: 1 });
      icmpv4.updateChecksum(view, offset, end);
      return;
    }
    const ports = { sourcePort: SOURCE_PORT, destinationPort: probe.port };
    if (protocol === "udp") {
      udp.write(view, offset, { ...ports, datagramLength: end - offset });
      udp.updateChecksum(view, ipOffset, offset);
    } else {
      tcp.write(view, offset, {
        ...ports,
        sequenceNumber: namespace.engine.random(),
        acknowledgmentNumber: 0,
        flags: TcpFlag.SYN,
        window: 64_240,
      });
      tcp.updateChecksum(view, ipOffset, offset, end);
    }
  });
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
