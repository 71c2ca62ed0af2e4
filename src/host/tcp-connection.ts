/**
 * One TCP connection as its application sees it (RFC 9293 section 3.9.1).
 *
 *     const connection = host.tcp.connect(address, 8080, {
 *       onConnect: (connection) => connection.send(request),
 *       onData: (bytes) => received.push(bytes.slice()),
 *       onEnd: (connection) => connection.end(),
 *     });
 *
 * Nothing is heard before the call that made the connection has returned: handlers may be set on it as well.
 */
import { LARGEST_THRESHOLD } from "./tcp-congestion.ts";
import type { InboxListener } from "./tcp-inbox.ts";
import type { TcpControlBlock } from "./tcp-control-block.ts";
import { maySend, type TcpCounters, type TcpError, type TcpErrorCause, type TcpState } from "./tcp-state.ts";

export interface TcpHandlers {
  /** The handshake is done. */
  readonly onConnect?: ((connection: TcpConnection) => void) | undefined;
  /** Bytes came, in order. They are valid during the call only. Without it they are thrown away. */
  readonly onData?: ((bytes: Uint8Array, connection: TcpConnection) => void) | undefined;
  /** The other side has no more to send. Without it, neither have we: the connection ends. */
  readonly onEnd?: ((connection: TcpConnection) => void) | undefined;
  /** There is room again after a `send` that did not take all. */
  readonly onDrain?: ((connection: TcpConnection) => void) | undefined;
  readonly onError?: ((error: TcpError, connection: TcpConnection, cause: TcpErrorCause) => void) | undefined;
  /** It is over: both sides have ended, or an error was told. Not after an `abort` of ours. */
  readonly onClose?: ((connection: TcpConnection) => void) | undefined;
}

export class TcpConnection {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  readonly counters: TcpCounters;
  onConnect: TcpHandlers["onConnect"];
  onData: TcpHandlers["onData"];
  onEnd: TcpHandlers["onEnd"];
  onDrain: TcpHandlers["onDrain"];
  onError: TcpHandlers["onError"];
  onClose: TcpHandlers["onClose"];
  /** What `onError` told. */
  error: TcpError | undefined;
  readonly #block: TcpControlBlock;

  /** Made by the stack. */
  constructor(block: TcpControlBlock, handlers: TcpHandlers = {}) {
    this.#block = block;
    ({
      localAddress: this.localAddress,
      localPort: this.localPort,
      remoteAddress: this.remoteAddress,
      remotePort: this.remotePort,
    } = block.ends);
    this.counters = block.counters;
    ({
      onConnect: this.onConnect,
      onData: this.onData,
      onEnd: this.onEnd,
      onDrain: this.onDrain,
      onError: this.onError,
      onClose: this.onClose,
    } = handlers);
    block.inbox.listener = this.#listener();
  }

  #listener(): InboxListener {
    return {
      connected: () => this.onConnect?.(this),
      data: (bytes) => this.onData?.(bytes, this),
      ended: () => (this.onEnd === undefined ? this.end() : this.onEnd(this)),
      drained: () => this.onDrain?.(this),
      failed: (error, cause) => {
        this.error = error;
        this.onError?.(error, this, cause);
      },
      closed: () => this.onClose?.(this),
    };
  }

  get state(): TcpState {
    return this.#block.state;
  }

  /** Bytes that came and wait for `resume`, and bytes that wait to be sent or acknowledged: `ss` shows both. */
  get receiveQueueLength(): number {
    return this.#block.receiver.unreadLength;
  }

  get sendQueueLength(): number {
    return this.#block.sender.buffer.length;
  }

  /** The smoothed round-trip time in nanoseconds, 0 before one was measured. */
  get roundTrip(): number {
    return this.#block.sender.timeout.smoothedRoundTrip;
  }

  /** How far round trips are from that, smoothed likewise. */
  get roundTripVariation(): number {
    return this.#block.sender.timeout.roundTripVariation;
  }

  /** How long the next segment is waited for, in nanoseconds (RFC 6298). */
  get retransmissionTimeout(): number {
    return this.#block.sender.timeout.current;
  }

  /** Bytes of payload in the longest segment that is sent. */
  get segmentSize(): number {
    return this.#block.sender.segmentSize;
  }

  /** Bytes that the network is held to take at once (RFC 5681). */
  get congestionWindow(): number {
    return this.#block.sender.congestion.window;
  }

  /** The congestion window, in bytes, from which on it grows more slowly; Infinity before a loss. */
  get slowStartThreshold(): number {
    const { threshold } = this.#block.sender.congestion;
    return threshold >= LARGEST_THRESHOLD ? Infinity : threshold;
  }

  /** Bits that the windows of the other side and of this one are shifted by; null when they are not. */
  get windowShifts(): { readonly send: number; readonly receive: number } | null {
    const [send, receive] = [this.#block.sender.window.shift, this.#block.receiver.shift];
    return receive === 0 ? null : { send, receive };
  }

  /** Bytes that the other side takes. */
  get sendWindow(): number {
    return this.#block.sender.window.size;
  }

  /** Whether small segments are sent though others are under way: Nagle's algorithm is off (TCP_NODELAY). */
  get noDelay(): boolean {
    return this.#block.sender.noDelay;
  }

  set noDelay(noDelay: boolean) {
    this.#block.sender.noDelay = noDelay;
    if (noDelay) this.#block.sender.transmit();
  }

  /**
   * Sends bytes, now or when the handshake is done. Returns how many were taken: less than given when the send buffer
   * is full (`onDrain` tells when to go on), none when the connection is gone. @throws Error after `end`.
   */
  send(bytes: Uint8Array): number {
    const block = this.#block;
    if (block.isEnding) throw new Error("expected a connection that has not ended, found send after end");
    return maySend(block.state) ? block.send(bytes) : 0;
  }

  /** Nothing more will be sent; the other side may go on (a half-closed connection, RFC 9293 section 3.6). */
  end(): void {
    this.#block.end();
  }

  /** Ends it at once, with a reset where the other side knows of it. Nothing more is told. */
  abort(): void {
    this.#block.abort();
  }

  /** Takes no more bytes for now: they wait, and the window closes behind them. */
  pause(): void {
    this.#block.inbox.isPaused = true;
  }

  /** Takes bytes again, those that wait first. @throws what `onData` throws. */
  resume(): void {
    this.#block.resume();
  }
}
