/**
 * TCP of one host (RFC 9293): its ports, its connections, and which of them a segment is for.
 *
 *     backend.tcp.listen(8080, (connection) => { connection.onData = (bytes) => connection.send(bytes); });
 *     client.tcp.connect(backend.address, 8080, { onConnect: (connection) => connection.send(hello) });
 */
import {
  EPHEMERAL_PORT_FIRST,
  EPHEMERAL_PORT_LAST,
  type Namespace,
  RouteType,
  type StageWork,
} from "../datapath/index.ts";
import { DropReason, ethernet, IcmpType, ipv4, tcp, TcpFlag, UnreachableCode } from "../wire/index.ts";
import type { IcmpMessage, QuotedSegment } from "./icmp-receiver.ts";
import { receiveEach } from "./receive-each.ts";
import { TcpConnection, type TcpHandlers } from "./tcp-connection.ts";
import { type ControlBlockOwner, TcpControlBlock } from "./tcp-control-block.ts";
import { ConnectionTable, InitialSequence } from "./tcp-identity.ts";
import { mayReopen, receiveSegment, sequenceAfter } from "./tcp-input.ts";
import { DEFAULT_BACKLOG, TcpListener } from "./tcp-listener.ts";
import { checkSegment, readSegment, sendReset, type TcpEndpoints, type TcpSegment } from "./tcp-segment.ts";
import { distance } from "./tcp-sequence.ts";

export interface ListenOptions {
  /** Handshakes under way at once; 128 when left out. */
  readonly backlog?: number;
}

export interface ConnectOptions extends TcpHandlers {
  /** A free one of Linux's ephemeral range when left out. */
  readonly localPort?: number;
}

/** IPv4's and TCP's headers without options: what a segment size leaves out (RFC 9293 section 3.7.1). */
const HEADERS_LENGTH = ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH;

/** RFC 9293 section 3.7.1: where nothing is known. */
const DEFAULT_SEGMENT_SIZE = 536;
/** What the option can say. */
const LONGEST_SEGMENT = 0xffff;

export class TcpStack implements StageWork, ControlBlockOwner {
  readonly namespace: Namespace;
  /** Connections at once, those in TIME-WAIT included: the oldest of these give way, then new ones are refused. */
  connectionLimit = 4096;
  /** Bytes that a new connection takes from its application ahead of the network, and from the network ahead of it. */
  sendBuffer: number = 256 * 1024;
  receiveBuffer: number = 256 * 1024;
  readonly #listeners = new Map<number, TcpListener>();
  readonly #table = new ConnectionTable();
  readonly #sequence: InitialSequence;
  readonly #connections = new Map<TcpControlBlock, TcpConnection>();
  /** Who is answering SYN for which listener. */
  readonly #pending = new Map<TcpControlBlock, TcpListener>();

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.#sequence = new InitialSequence(namespace.engine);
  }

  /** The connections, the oldest first, those in SYN-RECEIVED and TIME-WAIT included. */
  connections(): TcpConnection[] {
    return [...this.#connections.values()];
  }

  listeners(): TcpListener[] {
    return [...this.#listeners.values()];
  }

  /**
   * Takes connections to a port; `onConnection` is called with each whose handshake is done.
   * @throws RangeError when somebody listens there already, or for what is no port.
   */
  listen(port: number, onConnection: (connection: TcpConnection) => void, options: ListenOptions = {}): TcpListener {
    checkPort(port);
    if (this.#listeners.has(port))
      throw new RangeError(`expected a free TCP port in ${this.namespace.name}, found ${port}, which is in use`);
    const listener = new TcpListener(port, options.backlog ?? DEFAULT_BACKLOG, onConnection, () =>
      this.#close(listener),
    );
    this.#listeners.set(port, listener);
    return listener;
  }

  #close(listener: TcpListener): void {
    if (this.#listeners.get(listener.port) !== listener) return;
    this.#listeners.delete(listener.port);
    for (const [block, owner] of this.#pending) if (owner === listener) block.abort();
  }

  /**
   * Opens a connection to an IPv4 address, an unsigned 32-bit number. That it cannot be is told to `onError`.
   * @throws RangeError for what is no address or port, or when no port or connection is left.
   */
  connect(address: number, port: number, options: ConnectOptions = {}): TcpConnection {
    if (!Number.isInteger(address) || address >>> 0 !== address)
      throw new RangeError(`expected an IPv4 address from 0 to 4294967295, found ${address}`);
    checkPort(port);
    const { namespace } = this;
    const route = namespace.routes.lookup(address);
    const isReachable = route.type === RouteType.LOCAL || route.type === RouteType.UNICAST;
    const localAddress = isReachable ? namespace.addresses.sourceFor(route) : 0;
    const remote = { remoteAddress: address, remotePort: port };
    const localPort = options.localPort ?? this.#freePort({ localAddress, ...remote });
    const ends = { localAddress, localPort, ...remote };
    if (options.localPort !== undefined) checkPort(localPort);
    if (this.#table.find(ends) !== undefined)
      throw new RangeError(`expected a free TCP port in ${namespace.name}, found ${localPort}, which is in use`);
    if (!this.#makeRoom())
      throw new RangeError(
        `expected fewer than ${this.connectionLimit} connections in ${namespace.name}, found as many`,
      );
    const block = this.#newBlock(ends, this.#sequence.next(ends));
    const connection = this.#newConnection(block, options);
    block.connect(isReachable);
    // Not from inside this call: the caller has not got the connection yet.
    if (block.state === "CLOSED") namespace.engine.after(0, { fire: () => block.tell() });
    return connection;
  }

  #freePort(ends: Omit<TcpEndpoints, "localPort">): number {
    const count = EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1;
    const first = this.namespace.engine.random() % count;
    for (let i = 0; i < count; i++) {
      const localPort = EPHEMERAL_PORT_FIRST + ((first + i) % count);
      if (!this.#listeners.has(localPort) && this.#table.find({ ...ends, localPort }) === undefined) return localPort;
    }
    throw new RangeError(`expected a free TCP port in ${this.namespace.name}, found all in use`);
  }

  #newBlock(ends: TcpEndpoints, initialSequence: number): TcpControlBlock {
    const { sendBuffer, receiveBuffer } = this;
    const block = new TcpControlBlock(this, ends, { initialSequence, sendBuffer, receiveBuffer });
    this.#table.add(block);
    return block;
  }

  #newConnection(block: TcpControlBlock, handlers: TcpHandlers): TcpConnection {
    const connection = new TcpConnection(block, handlers);
    this.#connections.set(block, connection);
    return connection;
  }

  /** Whether one connection more may be: the oldest in TIME-WAIT makes room. */
  #makeRoom(): boolean {
    if (this.#table.all.size < this.connectionLimit) return true;
    for (const block of this.#table.all) {
      if (block.state !== "TIME-WAIT") continue;
      block.close();
      return true;
    }
    return false;
  }

  /** The route's MTU, or what is known of the path, without headers. */
  incomingSegmentSize(remoteAddress: number): number {
    const { routes, loopback, pathMtu } = this.namespace;
    const route = routes.lookup(remoteAddress);
    if (route.device === null) return DEFAULT_SEGMENT_SIZE;
    const routeLimit = route.type === RouteType.LOCAL ? loopback.mtu : route.packetLimit;
    return Math.min(pathMtu.limit(remoteAddress, routeLimit) - HEADERS_LENGTH, LONGEST_SEGMENT);
  }

  /** The same, and what an ordinary slot of the pool holds: the large ones are few. */
  outgoingSegmentSize(remoteAddress: number): number {
    const room = this.namespace.engine.pool.frameCapacity - ethernet.HEADER_LENGTH - HEADERS_LENGTH;
    return Math.min(this.incomingSegmentSize(remoteAddress), room);
  }

  run(handles: Int32Array, first: number, end: number): void {
    receiveEach(handles, first, end, (handle) => this.#receive(handle));
  }

  #receive(handle: number): void {
    const { engine, loopback } = this.namespace;
    const device = engine.devices[engine.pool.ingress[handle]!] ?? loopback;
    let reason: DropReason = this.#check(handle);
    let block: TcpControlBlock | undefined;
    if (reason === DropReason.NONE) {
      const segment = readSegment(this.namespace, handle);
      block = this.#table.find(segment);
      if (block !== undefined && mayReopen(block, segment) && this.#listeners.has(segment.localPort)) {
        const sequence = sequenceAfter(block);
        block.close();
        reason = this.#listen(segment, sequence);
      } else if (block === undefined) reason = this.#listen(segment, this.#sequence.next(segment));
      else reason = receiveSegment(block, segment);
    }
    if (reason !== DropReason.NONE) {
      engine.drop(handle, reason, device);
      block?.tell();
      return;
    }
    engine.observer?.settle(); // who looks on hears of the segment before its receiver speaks
    try {
      block?.tell();
    } finally {
      engine.deliver(handle);
    }
  }

  /** Segments to a broadcast address are nobody's (RFC 9293 section 3.9.2.3, MUST-57). */
  #check(handle: number): DropReason {
    const { engine, routes } = this.namespace;
    const reason = checkSegment(this.namespace, handle);
    if (reason !== DropReason.NONE) return reason;
    const destination = ipv4.destination(engine.pool.view, engine.pool.start[handle]!);
    return routes.lookup(destination).type === RouteType.LOCAL ? DropReason.NONE : DropReason.INVALID_PROTO;
  }

  /** A segment of no connection: RFC 9293 sections 3.10.7.1 and 3.10.7.2. */
  #listen(segment: TcpSegment, initialSequence: number): DropReason {
    const listener = this.#listeners.get(segment.localPort);
    const { flags } = segment;
    if (listener === undefined || (flags & (TcpFlag.ACK | TcpFlag.SYN)) !== TcpFlag.SYN) {
      if (listener === undefined || (flags & TcpFlag.ACK) !== 0) sendReset(this.namespace, segment);
      return listener === undefined ? DropReason.NO_SOCKET : DropReason.TCP_FLAGS;
    }
    if ((flags & (TcpFlag.RST | TcpFlag.FIN)) !== 0) return DropReason.TCP_FLAGS;
    if (listener.pendingCount >= listener.backlog || !this.#makeRoom()) {
      listener.overflowCount++;
      return DropReason.TCP_LISTEN_OVERFLOW;
    }
    const { localAddress, localPort, remoteAddress, remotePort } = segment;
    const block = this.#newBlock({ localAddress, localPort, remoteAddress, remotePort }, initialSequence);
    listener.pendingCount++;
    this.#pending.set(block, listener);
    this.#newConnection(block, {});
    block.accept(segment);
    return DropReason.NONE;
  }

  settled(block: TcpControlBlock): void {
    const listener = this.#pending.get(block);
    if (listener === undefined) return;
    this.#pending.delete(block);
    listener.pendingCount--;
    if (block.state !== "ESTABLISHED") return;
    listener.acceptedCount++;
    this.#connections.get(block)!.onConnect = listener.onConnection;
  }

  forget(block: TcpControlBlock): void {
    this.#table.remove(block);
    this.#connections.delete(block);
  }

  /** An ICMP error about a segment of ours: RFC 9293 section 3.9.2.2, as RFC 5461 tells how it is done. */
  receiveError(message: IcmpMessage, quoted: QuotedSegment): void {
    const block = this.#table.find(quoted);
    if (block === undefined || message.type !== IcmpType.DESTINATION_UNREACHABLE) return;
    const { sender, state } = block;
    // Only about what is under way: anybody can make up the rest (RFC 5927 section 4.1).
    const position = distance(sender.unacknowledged, quoted.sequence);
    if (position < 0 || position >= Math.max(1, distance(sender.unacknowledged, sender.highest))) return;
    if (message.code === UnreachableCode.FRAGMENTATION_NEEDED) {
      sender.shrinkSegments(this.outgoingSegmentSize(quoted.remoteAddress));
    } else if (state === "SYN-SENT" || state === "SYN-RECEIVED") {
      block.fail(message.code === UnreachableCode.PORT ? "refused" : "unreachable", { icmp: message });
      block.tell();
    }
  }
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff)
    throw new RangeError(`expected a TCP port from 1 to 65535, found ${port}`);
}
