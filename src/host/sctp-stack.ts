/**
 * As much of SCTP (RFC 9260) as firewalls are about: who listens answers INIT with INIT ACK, who does not answers
 * ABORT, and a probe asks which of them it is. Associations are not made: an INIT ACK costs no state, its cookie has
 * all (section 5.1.3), and is not asked back.
 *
 *     backend.sctp.listen(38412);
 *     client.sctp.probe(backend.address, 38412, { onResult: (result) => print(result) }); // "open"
 */
import {
  EPHEMERAL_PORT_FIRST,
  EPHEMERAL_PORT_LAST,
  type Namespace,
  RouteType,
  type StageWork,
} from "../datapath/index.ts";
import {
  CHUNK_HEADER_LENGTH,
  chunks,
  DropReason,
  hasInitFields,
  initFields,
  initLength,
  ipv4,
  Protocol,
  REFLECTED_TAG,
  sctp,
  type SctpChunk,
  SctpChunkType,
  type SctpInitFields,
  writeChunkHeader,
  writeInit,
} from "../wire/index.ts";
import { sendDatagram } from "./datagram.ts";
import { receiveEach } from "./receive-each.ts";

/** open: INIT ACK came; closed: ABORT; unreachable: no route; timeout: nothing in time. */
export type SctpProbeResult = "open" | "closed" | "unreachable" | "timeout";

export interface SctpProbeOptions {
  /** A free one of Linux's ephemeral range when left out. */
  readonly localPort?: number;
  /** ns; a second, the first retransmission's (RTO.Initial, RFC 9260 section 16), when left out: one INIT is sent. */
  readonly timeout?: number;
  readonly onResult?: (result: SctpProbeResult) => void;
}

/** An INIT that came. */
export interface SctpRequest {
  readonly from: number;
  readonly fromPort: number;
  readonly to: number;
}

/** A port that answers. */
export interface SctpListener {
  readonly port: number;
  /** INITs that were answered. */
  receivedCount: number;
}

interface Listening extends SctpListener {
  readonly onRequest: ((request: SctpRequest) => void) | undefined;
}

interface Pending {
  readonly tag: number;
  readonly address: number;
  readonly port: number;
  readonly onResult: ((result: SctpProbeResult) => void) | undefined;
}

/** A packet that arrived, read once. */
interface SctpPacket {
  readonly from: number;
  readonly fromPort: number;
  readonly to: number;
  readonly toPort: number;
  readonly tag: number;
  readonly chunks: readonly SctpChunk[];
}

/** What an INIT says here: as Linux's, whose receive buffer is what its sysctls give. */
const USUAL_INIT: Omit<SctpInitFields, "initiateTag" | "initialTsn"> = {
  receiverWindow: 106_496,
  outboundStreams: 10,
  inboundStreams: 65_535,
};

const COOKIE_LENGTH = 16;

/** RFC 9260 section 16, RTO.Initial. */
const PROBE_TIMEOUT = 1_000_000_000;

export class SctpStack implements StageWork {
  readonly namespace: Namespace;
  readonly #listeners = new Map<number, Listening>();
  /** By local port. */
  readonly #probes = new Map<number, Pending>();

  constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  /** The ports that answer, in the order of `listen`. */
  listeners(): SctpListener[] {
    return [...this.#listeners.values()];
  }

  /**
   * Answers INIT on a port; `onRequest` is called for each.
   * @throws RangeError when the port is taken, or for what is no port
   */
  listen(port: number, onRequest?: (request: SctpRequest) => void): SctpListener {
    checkPort(port);
    if (this.#listeners.has(port))
      throw new RangeError(`expected a free SCTP port in ${this.namespace.name}, found ${port}, which is in use`);
    const listener = { port, receivedCount: 0, onRequest };
    this.#listeners.set(port, listener);
    return listener;
  }

  /** Answers no more. */
  close(port: number): void {
    this.#listeners.delete(port);
  }

  /**
   * Sends one INIT to an IPv4 address, an unsigned 32-bit number; what comes of it is told on the engine's clock.
   * @returns the local port
   * @throws RangeError for what is no port, or when none is free
   */
  probe(address: number, port: number, options: SctpProbeOptions = {}): number {
    checkPort(port);
    const { engine } = this.namespace;
    const localPort = options.localPort ?? this.#freePort();
    checkPort(localPort);
    if (this.#isTaken(localPort))
      throw new RangeError(`expected a free SCTP port in ${this.namespace.name}, found ${localPort}, which is in use`);
    const pending = { tag: this.#newTag(), address, port, onResult: options.onResult };
    this.#probes.set(localPort, pending);
    const fields = { ...USUAL_INIT, initiateTag: pending.tag, initialTsn: pending.tag };
    const ports = { sourcePort: localPort, destinationPort: port, verificationTag: 0 };
    const outcome = this.#send({ destination: address }, ports, initLength(), (view, offset) => {
      writeInit(view, offset, fields);
    });
    // Not from inside this call: the caller has not got the port yet.
    const result = outcome === "network-unreachable" ? "unreachable" : "timeout";
    const delay = outcome === "network-unreachable" ? 0 : (options.timeout ?? PROBE_TIMEOUT);
    engine.after(delay, { fire: () => this.#settle(localPort, pending, result) });
    return localPort;
  }

  #settle(localPort: number, pending: Pending, result: SctpProbeResult): void {
    if (this.#probes.get(localPort) !== pending) return;
    this.#probes.delete(localPort);
    pending.onResult?.(result);
  }

  #isTaken(port: number): boolean {
    return this.#listeners.has(port) || this.#probes.has(port);
  }

  #freePort(): number {
    const count = EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1;
    const first = this.namespace.engine.random() % count;
    for (let i = 0; i < count; i++) {
      const port = EPHEMERAL_PORT_FIRST + ((first + i) % count);
      if (!this.#isTaken(port)) return port;
    }
    throw new RangeError(`expected a free SCTP port in ${this.namespace.name}, found all in use`);
  }

  /** Any number but 0, which stands for none. */
  #newTag(): number {
    return this.namespace.engine.random() >>> 0 || 1;
  }

  run(handles: Int32Array, first: number, end: number): void {
    receiveEach(handles, first, end, (handle) => this.#receive(handle));
  }

  #receive(handle: number): void {
    const { engine, loopback } = this.namespace;
    const packet = this.#read(handle);
    const reason = typeof packet === "number" ? packet : this.#accept(packet, handle);
    if (reason !== DropReason.NONE)
      engine.drop(handle, reason, engine.devices[engine.pool.ingress[handle]!] ?? loopback);
  }

  /** The packet; or why it is none. A wrong checksum is not answered (RFC 9260 section 6.8). */
  #read(handle: number): SctpPacket | DropReason {
    const { engine, routes } = this.namespace;
    const { view, start, length } = engine.pool;
    const offset = start[handle]!;
    const end = offset + length[handle]!;
    const header = offset + ipv4.headerLength(view, offset);
    const reason = sctp.check(view, header, end);
    if (reason !== DropReason.NONE) return reason;
    if (!sctp.verifyChecksum(view, header, end)) return DropReason.SCTP_CSUM;
    const to = ipv4.destination(view, offset);
    if (routes.lookup(to).type !== RouteType.LOCAL) return DropReason.INVALID_PROTO;
    const found = chunks(view, header + sctp.HEADER_LENGTH, end);
    if (found.length === 0) return DropReason.PKT_TOO_SMALL;
    return {
      from: ipv4.source(view, offset),
      fromPort: sctp.sourcePort(view, header),
      to,
      toPort: sctp.destinationPort(view, header),
      tag: sctp.verificationTag(view, header),
      chunks: found,
    };
  }

  /** Delivers the packet, or says why it is dropped. */
  #accept(packet: SctpPacket, handle: number): DropReason {
    const { engine } = this.namespace;
    const [first] = packet.chunks;
    const init = first!.type === SctpChunkType.INIT ? first! : undefined;
    if (init !== undefined && !this.#isSound(packet, init)) return DropReason.INVALID_PROTO;
    const result = init === undefined ? this.#resultOf(packet) : undefined;
    const listener = init && this.#listeners.get(packet.toPort);
    if (result === undefined && listener === undefined) {
      this.#refuse(packet, init);
      return DropReason.NO_SOCKET;
    }
    engine.observer?.settle(); // who looks on hears of the packet before its receiver speaks
    try {
      if (listener !== undefined) this.#answer(packet, init!, listener);
      else this.#settle(packet.toPort, this.#probes.get(packet.toPort)!, result!);
    } finally {
      engine.deliver(handle);
    }
    return DropReason.NONE;
  }

  /** What is to be dropped without a word otherwise: RFC 9260 sections 3.3.2, 6.10 and 8.5.1. */
  #isSound({ tag, chunks: { length } }: SctpPacket, init: SctpChunk): boolean {
    if (tag !== 0 || length !== 1 || !hasInitFields(init)) return false;
    return initFields(this.namespace.engine.pool.view, init).initiateTag !== 0;
  }

  /** What a packet tells a probe, if it is an answer with the probe's tag. */
  #resultOf({ from, fromPort, toPort, tag, chunks: [first] }: SctpPacket): SctpProbeResult | undefined {
    const pending = this.#probes.get(toPort);
    if (pending === undefined || pending.tag !== tag || pending.address !== from || pending.port !== fromPort)
      return undefined;
    if (first!.type === SctpChunkType.INIT_ACK) return "open";
    return first!.type === SctpChunkType.ABORT ? "closed" : undefined;
  }

  #answer(packet: SctpPacket, init: SctpChunk, listener: Listening): void {
    const { view } = this.namespace.engine.pool;
    const theirs = initFields(view, init);
    const { from, fromPort, to, toPort } = packet;
    listener.receivedCount++;
    const initiateTag = this.#newTag();
    const cookie = new Uint8Array(COOKIE_LENGTH);
    const words = new DataView(cookie.buffer);
    [theirs.initiateTag, initiateTag, from, fromPort].forEach((word, index) => words.setUint32(4 * index, word));
    const fields = { ...USUAL_INIT, initiateTag, initialTsn: initiateTag };
    const ports = { sourcePort: toPort, destinationPort: fromPort, verificationTag: theirs.initiateTag };
    this.#send({ source: to, destination: from }, ports, initLength(COOKIE_LENGTH), (pool, offset) => {
      writeInit(pool, offset, fields, cookie);
    });
    listener.onRequest?.({ from, fromPort, to });
  }

  /** Says that there is nobody: RFC 9260 sections 5.1 and 8.4. What says so itself is not answered. */
  #refuse({ from, fromPort, to, toPort, tag, chunks: found }: SctpPacket, init: SctpChunk | undefined): void {
    const isFinal = ({ type }: SctpChunk): boolean =>
      type === SctpChunkType.ABORT ||
      type === SctpChunkType.SHUTDOWN_COMPLETE ||
      type === SctpChunkType.ERROR ||
      type === SctpChunkType.COOKIE_ACK;
    if (found.some(isFinal)) return;
    const { view } = this.namespace.engine.pool;
    // To INIT, the tag that it asks for; to the rest, the one that it came with, and a bit that says so.
    const verificationTag = init === undefined ? tag : initFields(view, init).initiateTag;
    const isShutdown = found[0]!.type === SctpChunkType.SHUTDOWN_ACK;
    const type = isShutdown ? SctpChunkType.SHUTDOWN_COMPLETE : SctpChunkType.ABORT;
    const flags = init === undefined ? REFLECTED_TAG : 0;
    const ports = { sourcePort: toPort, destinationPort: fromPort, verificationTag };
    this.#send({ source: to, destination: from }, ports, CHUNK_HEADER_LENGTH, (pool, offset) => {
      writeChunkHeader(pool, offset, type, flags, CHUNK_HEADER_LENGTH);
    });
  }

  #send(
    ends: { readonly source?: number; readonly destination: number },
    ports: sctp.SctpFields,
    length: number,
    write: (view: DataView, offset: number) => void,
  ): string {
    const options = { protocol: Protocol.SCTP, pathMtuDiscovery: "want", ...ends } as const;
    return sendDatagram(this.namespace, options, sctp.HEADER_LENGTH + length, (view, _ipOffset, offset, end) => {
      write(view, offset + sctp.write(view, offset, ports));
      sctp.updateChecksum(view, offset, end);
    }).outcome;
  }
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff)
    throw new RangeError(`expected an SCTP port from 1 to 65535, found ${port}`);
}
