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
import type { SendResult } from "../host/index.ts";
import { DropReason } from "../wire/index.ts";
import type { Place } from "./command.ts";
import { findFlow, type FlowEnds } from "./flow-ends.ts";
import { attemptProbe, type Probe, type ProbeEnd } from "./path-probe.ts";

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
  /** Whether it came to where its destination address is, be there a socket for it or not. */
  readonly hasArrived: boolean;
}

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

/** Why a packet ends that has arrived: nobody wants it there. */
const REASONS_OF_ARRIVED: readonly DropReason[] = [
  DropReason.NO_SOCKET,
  DropReason.SOCKET_RCVBUFF,
  DropReason.TCP_LISTEN_OVERFLOW,
];

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
  const attempt = attemptProbe(host, destination, probe, size);
  engine.run(engine.now + PATIENCE);
  taps.delete(recorder);
  attempt.close();
  const paths = recorder.paths(host.namespace, destination);
  return { outcome: attempt.outcome, end: attempt.end(paths.back), ...paths };
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
    if (first === undefined) return { there: this.#unseen(namespace), back: null };
    const source = this.#ends(first)!.source;
    const answer = this.#hops.find((hop) => hop.packetId !== first.packetId && this.#ends(hop)?.destination === source);
    return {
      there: this.#path(first.packetId, destination),
      back: answer === undefined ? null : this.#path(answer.packetId, source),
    };
  }

  /** Of a packet that never left: it may have waited for a neighbour in vain. */
  #unseen(namespace: Namespace): Path {
    const seen = new Set(this.#hops.map(({ packetId }) => packetId));
    const late = [...this.#late.values()].find(
      (drop) => drop.device.namespace === namespace && !seen.has(drop.packetId),
    );
    return { hops: [], lost: late?.comment ?? "", dropReason: late?.reason ?? DropReason.NONE, hasArrived: false };
  }

  #path(packetId: number, destination: number): Path {
    const hops = this.#hops.filter((hop) => hop.packetId === packetId);
    const late = this.#late.get(packetId);
    const dropped = hops.find(({ dropReason }) => dropReason !== DropReason.NONE);
    const dropReason = late?.reason ?? dropped?.dropReason ?? DropReason.NONE;
    const isThere = hops.at(-1)?.device.namespace.addresses.isLocal(destination | 0) === true;
    return {
      hops,
      // What a device said before it dropped the packet is part of its hop's comment.
      lost: late?.comment ?? dropped?.comment.replace(/^.*(?=dropped at )/, "") ?? "",
      dropReason,
      hasArrived: isThere && (dropReason === DropReason.NONE || REASONS_OF_ARRIVED.includes(dropReason)),
    };
  }
}
