/**
 * Tries whether packets arrive, by sending them: a TCP SYN, a UDP datagram or an SCTP INIT, each with its number inside,
 * and at the other end somebody who looks for it in place of whoever listens there.
 */
import { type Engine, type Namespace, NANOSECONDS_PER_SECOND, Stage } from "../datapath/index.ts";
import { sendDatagram } from "../host/index.ts";
import type { Cluster, ClusterPod, PolicyProtocol } from "../kubernetes/index.ts";
import {
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
/** Packets at once: neighbours' queues are not long, and the pool is not endless. */
const ROUND_SIZE = 128;
/** Source ports: one for each time that packets are sent, so that none is of a connection that was tracked before. */
const SOURCE_PORTS = [33_000, 61_000] as const;
const SOURCE_PORT_COUNT = 1_000;

/** Why packets end that a policy refuses. */
export const POLICY_REFUSALS: readonly number[] = [DropReason.NETFILTER_DROP, DropReason.DROP_POLICY];
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

  /** Sends a packet for each trial, a few at a time, and says what became of it. */
  try(trials: readonly Trial[]): Map<Trial, TrialResult> {
    const receivers = this.#receive(trials);
    const results = new Map<Trial, TrialResult>();
    try {
      // In ever smaller rounds what is not clear.
      let unclear = trials;
      for (let size = ROUND_SIZE; size >= 1 && unclear.length > 0; size = Math.floor(size / 4)) {
        const sourcePort = this.#nextSourcePort(trials);
        unclear = deal(unclear, size).flatMap((round) => this.#tryRound(round, sourcePort, results));
      }
      for (const trial of unclear) results.set(trial, this.#tryAlone(trial));
    } finally {
      for (const restore of receivers) restore();
    }
    return results;
  }

  /** @returns those of which it is not clear what became of them */
  #tryRound(round: readonly Trial[], sourcePort: number, results: Map<Trial, TrialResult>): readonly Trial[] {
    const before = this.#engine.drops.slice();
    this.#expect(round);
    const sent = round.map((trial, number) => this.#send(trial, number, sourcePort));
    this.#engine.run(this.#engine.now + ROUND);
    let fate = this.#fateOfMissing(before);
    if (fate === undefined) {
      // Until nothing is under way any more that a later round could take for its own.
      this.#engine.run(this.#engine.now + PATIENCE);
      fate = sent.every((outcome) => outcome === "sent") ? this.#fateOfMissing(before) : undefined;
    }
    for (const [number, trial] of round.entries())
      if (this.#arrived[number] === 1) results.set(trial, ALLOWED);
      else if (fate !== undefined) results.set(trial, fate);
    return fate === undefined ? this.#missing() : [];
  }

  /** What became of all that have not arrived, when as many were dropped for one reason, and none for another. */
  #fateOfMissing(before: Float64Array): TrialResult | undefined {
    const missing = this.#missing().length;
    if (missing === 0) return ALLOWED;
    const counts = this.#engine.drops.map((count, reason) => count - before[reason]!);
    const reasons = [...counts.keys()].filter((reason) => counts[reason]! > 0);
    const [reason] = reasons;
    if (reason === undefined || reasons.length > 1 || counts[reason] !== missing) return undefined;
    if (POLICY_REFUSALS.includes(reason)) return DENIED;
    return { outcome: "lost", reason: dropReasonName(reason as DropReason) };
  }

  #missing(): readonly Trial[] {
    return this.#trials.filter((_trial, number) => this.#arrived[number] === 0);
  }

  #tryAlone(trial: Trial): TrialResult {
    const { drops } = this.#engine;
    let reason = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = drops.slice();
      const isRefused = (): boolean => POLICY_REFUSALS.some((refusal) => drops[refusal]! > before[refusal]!);
      this.#expect([trial]);
      const outcome = this.#send(trial, 0, this.#nextSourcePort([trial]));
      this.#engine.run(this.#engine.now + ROUND);
      if (this.#arrived[0] === 0 && !isRefused()) this.#engine.run(this.#engine.now + PATIENCE);
      if (this.#arrived[0] === 1) return ALLOWED;
      if (isRefused()) return DENIED;
      const lost = drops.findIndex((count, index) => count > before[index]!);
      reason = outcome === "sent" ? (lost < 0 ? "" : dropReasonName(lost as DropReason)) : outcome;
    }
    return { outcome: "lost", reason };
  }

  #expect(trials: readonly Trial[]): void {
    this.#trials = trials;
    this.#arrived = new Uint8Array(trials.length);
  }

  /** For packets of pairs that may have exchanged some before. */
  #nextSourcePort(trials: readonly Trial[]): number {
    const isTried = (base: number): boolean =>
      trials.some(({ port }) => port >= base && port < base + SOURCE_PORT_COUNT);
    return SOURCE_PORTS.find((base) => !isTried(base))! + (this.#run++ % SOURCE_PORT_COUNT);
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

/** Dealt like cards, so that what stands together, as the packets of one sender do, is not of one round. */
function deal<Item>(list: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(list.length / size);
  const rounds = Array.from({ length: count }, (): Item[] => []);
  list.forEach((item, index) => rounds[index % count]!.push(item));
  return rounds;
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
