/**
 * Tries whether packets arrive, by sending them: a TCP SYN, a UDP datagram or an SCTP INIT, each with its number inside,
 * and at the other end somebody who looks for it in place of whoever listens there.
 */
import { type Engine, type Namespace, NANOSECONDS_PER_SECOND, Stage } from "../datapath/index.ts";
import { sendDatagram } from "../host/index.ts";
import type { Cluster, ClusterPod, PolicyProtocol } from "../kubernetes/index.ts";
import {
  DROP_REASON_COUNT,
  DropReason,
  dropReasonName,
  initLength,
  ipv4,
  Protocol,
  sctp,
  tcp,
  TcpFlag,
  udp,
  writeInit,
} from "../wire/index.ts";

/** denied: a policy's filter dropped it. lost: it did not arrive, and no policy is the reason. */
export type Outcome = "allowed" | "denied" | "lost";

/** A packet to send. */
export interface Trial {
  readonly source: ClusterPod;
  readonly destination: ClusterPod;
  readonly protocol: PolicyProtocol;
  readonly port: number;
}

/** What became of it. */
export interface TrialResult {
  readonly outcome: Outcome;
  /** Where it was lost: the reason's name, or errno's where it could not be sent; "" otherwise. */
  readonly reason: string;
}

/** Virtual time between a round of packets and the next: neighbours answer meanwhile. */
const ROUND = 2_000_000;
/** How long the last ones are waited for: three ARP requests in vain. */
const PATIENCE = 4 * NANOSECONDS_PER_SECOND;
/** How often a packet is sent again that got lost for no policy. */
const ATTEMPTS = 3;
/** Source ports: one for each time that packets are sent, so that none is of a connection that was tracked before. */
const SOURCE_PORTS = [33_000, 61_000] as const;
const SOURCE_PORT_COUNT = 1_000;

const REFUSALS: readonly number[] = [DropReason.NETFILTER_DROP, DropReason.DROP_POLICY];
const ALLOWED: TrialResult = { outcome: "allowed", reason: "" };
const DENIED: TrialResult = { outcome: "denied", reason: "" };

export class ReachabilityProbe {
  readonly #engine: Engine;
  #run = 0;
  /** Packets sent so far. */
  sentCount = 0;
  /** By number of the trial: whether its packet has come. */
  #arrived = new Uint8Array(0);
  #trials: readonly Trial[] = [];

  constructor(cluster: Cluster) {
    this.#engine = cluster.engine;
  }

  /**
   * Sends a packet for each trial, in rounds, and says what became of it. Within a round no pod should send or get more than
   * a few: those behind an unanswered ARP request wait in a queue that is not long.
   */
  try(rounds: readonly (readonly Trial[])[]): Map<Trial, TrialResult> {
    const trials = rounds.flat();
    const receivers = this.#receive(trials);
    try {
      const missing = this.#tryAll(rounds, trials);
      return new Map(trials.map((trial, index) => [trial, missing.get(index) ?? ALLOWED]));
    } finally {
      for (const restore of receivers) restore();
    }
  }

  /** By the trial's number: those whose packet has not arrived. */
  #tryAll(rounds: readonly (readonly Trial[])[], trials: readonly Trial[]): Map<number, TrialResult> {
    const { policyDrops } = this.#drops();
    const sourcePort = this.#begin(trials);
    let number = 0;
    for (const round of rounds) {
      for (const trial of round) this.#send(trial, number++, sourcePort);
      this.#engine.run(this.#engine.now + ROUND);
    }
    this.#engine.run(this.#engine.now + PATIENCE);
    const missing = [...trials.keys()].filter((index) => this.#arrived[index] === 0);
    // When as many were refused as are missing, policies refused them all; else each is asked about by itself.
    if (this.#drops().policyDrops - policyDrops === missing.length)
      return new Map(missing.map((index) => [index, DENIED]));
    return new Map(missing.map((index) => [index, this.#tryAlone(trials[index]!)]));
  }

  #tryAlone(trial: Trial): TrialResult {
    let reason = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = this.#drops();
      const outcome = this.#send(trial, 0, this.#begin([trial]));
      this.#engine.run(this.#engine.now + ROUND);
      if (this.#arrived[0] === 0 && this.#drops().policyDrops === before.policyDrops)
        this.#engine.run(this.#engine.now + PATIENCE);
      if (this.#arrived[0] === 1) return ALLOWED;
      const after = this.#drops();
      if (after.policyDrops > before.policyDrops) return DENIED;
      const lost = after.counts.findIndex((count, index) => count > before.counts[index]!);
      reason = outcome === "sent" ? (lost < 0 ? "" : dropReasonName(lost as DropReason)) : outcome;
    }
    return { outcome: "lost", reason };
  }

  /** @returns the source port of the packets that follow */
  #begin(trials: readonly Trial[]): number {
    this.#trials = trials;
    this.#arrived = new Uint8Array(trials.length);
    const isTried = (base: number): boolean =>
      trials.some(({ port }) => port >= base && port < base + SOURCE_PORT_COUNT);
    return SOURCE_PORTS.find((base) => !isTried(base))! + (this.#run++ % SOURCE_PORT_COUNT);
  }

  #drops(): { readonly counts: Float64Array; readonly policyDrops: number } {
    const counts = new Float64Array(DROP_REASON_COUNT);
    for (const device of this.#engine.devices)
      device?.drops.forEach((count, reason) => (counts[reason] = counts[reason]! + count));
    return { counts, policyDrops: REFUSALS.reduce((sum, reason) => sum + counts[reason]!, 0) };
  }

  #send({ source, destination, protocol, port }: Trial, number: number, sourcePort: number): string {
    this.sentCount++;
    const { namespace } = source.host;
    const options = {
      protocol: Protocol[protocol],
      destination: destination.address,
      pathMtuDiscovery: "want",
    } as const;
    const ports = { sourcePort, destinationPort: port };
    return sendDatagram(namespace, options, PACKET_LENGTHS[protocol], (view, ipOffset, offset, end) => {
      if (protocol === "TCP") {
        const flags = TcpFlag.SYN;
        tcp.write(view, offset, { ...ports, sequenceNumber: number, acknowledgmentNumber: 0, flags, window: 64_240 });
        tcp.updateChecksum(view, ipOffset, offset, end);
      } else if (protocol === "UDP") {
        udp.write(view, offset, { ...ports, datagramLength: end - offset });
        view.setUint32(offset + udp.HEADER_LENGTH, number);
        udp.updateChecksum(view, ipOffset, offset);
      } else {
        const start = offset + sctp.write(view, offset, { ...ports, verificationTag: 0 });
        writeInit(view, start, { ...INIT, initiateTag: number + 1, initialTsn: number });
        sctp.updateChecksum(view, offset, end);
      }
    }).outcome;
  }

  /** Looks for the packets at all destinations. @returns what puts everybody back who listened there */
  #receive(trials: readonly Trial[]): (() => void)[] {
    const ends = new Map<string, Trial>();
    for (const trial of trials) {
      const { protocol, destination, port } = trial;
      ends.set(`${destination.namespace.name} ${protocol} ${protocol === "UDP" ? port : ""}`, trial);
    }
    return [...ends.values()].map(({ protocol, destination, port }) =>
      protocol === "UDP"
        ? this.#receiveUdp(destination.namespace, port)
        : this.#receiveRest(destination.namespace, protocol),
    );
  }

  #receiveUdp(namespace: Namespace, port: number): () => void {
    const { udp: ports, changes } = namespace;
    const usual = ports.receiver(port);
    ports.release(port);
    ports.bind(
      port,
      this.#stage(namespace, (view, offset) => view.getUint32(offset + udp.HEADER_LENGTH)),
    );
    changes.note();
    return () => {
      ports.release(port);
      if (usual !== undefined) ports.bind(port, usual);
      changes.note();
    };
  }

  #receiveRest(namespace: Namespace, protocol: "TCP" | "SCTP"): () => void {
    const { protocols, changes } = namespace;
    const usual = protocols.get(Protocol[protocol]);
    const numberAt = protocol === "TCP" ? tcp.sequenceNumber : initialTsn;
    protocols.set(Protocol[protocol], this.#stage(namespace, numberAt));
    changes.note();
    return () => {
      if (usual === undefined) protocols.delete(Protocol[protocol]);
      else protocols.set(Protocol[protocol], usual);
      changes.note();
    };
  }

  #stage(namespace: Namespace, numberAt: (view: DataView, offset: number) => number): Stage {
    const { pool } = this.#engine;
    return new Stage(this.#engine, {
      run: (handles, first, end) => {
        for (let i = first; i < end; i++) {
          const handle = handles[i]!;
          const offset = pool.start[handle]!;
          const number = numberAt(pool.view, offset + ipv4.headerLength(pool.view, offset));
          if (this.#trials[number]?.destination.namespace === namespace) this.#arrived[number] = 1;
          this.#engine.deliver(handle);
        }
      },
    });
  }
}

/** Of an SCTP packet that is an INIT: behind its header, the chunk's, its tag, window and streams. */
function initialTsn(view: DataView, offset: number): number {
  return view.getUint32(offset + sctp.HEADER_LENGTH + 16);
}

const INIT = { receiverWindow: 106_496, outboundStreams: 10, inboundStreams: 65_535 } as const;

/** Behind the IPv4 header. */
const PACKET_LENGTHS: Readonly<Record<PolicyProtocol, number>> = {
  TCP: tcp.HEADER_LENGTH,
  UDP: udp.HEADER_LENGTH + 4,
  SCTP: sctp.HEADER_LENGTH + initLength(),
};
