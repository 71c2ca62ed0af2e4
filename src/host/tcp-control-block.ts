/**
 * What a host keeps of one connection (RFC 9293's TCB): its state, both halves, and what its application is yet to
 * hear. The application hears it when a segment has been dealt with, so that what it does then, or throws, costs
 * nothing.
 */
import type { Namespace } from "../datapath/index.ts";
import { NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND } from "../datapath/index.ts";
import { tcp, TcpFlag } from "../wire/index.ts";
import { Deadline } from "./deadline.ts";
import { Inbox } from "./tcp-inbox.ts";
import { WINDOW_SHIFT, TcpReceiver } from "./tcp-receiver.ts";
import { sendSegment, type TcpEndpoints, type TcpSegment } from "./tcp-segment.ts";
import { type SenderOwner, TcpSender } from "./tcp-sender.ts";
import {
  mayReceive,
  maySend,
  newCounters,
  type TcpCounters,
  type TcpError,
  type TcpErrorCause,
  type TcpState,
} from "./tcp-state.ts";

/** Twice the longest that a segment may live: Linux's TCP_TIMEWAIT_LEN. RFC 9293 says four minutes. */
export const TIME_WAIT: number = 60 * NANOSECONDS_PER_SECOND;

/** Linux's tcp_invalid_ratelimit: how often a connection answers what it does not take. */
const CHALLENGE_INTERVAL = 500 * NANOSECONDS_PER_MILLISECOND;

/** What the connection asks of the stack. */
export interface ControlBlockOwner {
  readonly namespace: Namespace;
  /** Bytes of payload that one segment to there may have, and that one from there may. */
  outgoingSegmentSize(remoteAddress: number): number;
  incomingSegmentSize(remoteAddress: number): number;
  /** The connection has left SYN-RECEIVED, which the listener counts. */
  settled(block: TcpControlBlock): void;
  /** The connection is over: nothing more is for it. */
  forget(block: TcpControlBlock): void;
}

export interface ControlBlockOptions {
  readonly initialSequence: number;
  readonly sendBuffer: number;
  readonly receiveBuffer: number;
}

/** Bytes: net.ipv4.tcp_min_snd_mss. */
const SMALLEST_SEGMENT = 48;

export class TcpControlBlock implements SenderOwner {
  readonly owner: ControlBlockOwner;
  readonly ends: TcpEndpoints;
  readonly counters: TcpCounters = newCounters();
  readonly sender: TcpSender;
  readonly receiver: TcpReceiver;
  readonly inbox: Inbox = new Inbox();
  state: TcpState = "CLOSED";
  /** Opened by a listener, and not yet given to its application. */
  isPassive = false;
  #isEnding = false;
  /** The last `send` took less than it was given. */
  #wantsDrain = false;
  /** What both SYNs must offer for windows to be shifted. */
  #offersShift = true;
  readonly #timeWait: Deadline;
  #challengedAt = -Infinity;

  constructor(owner: ControlBlockOwner, ends: TcpEndpoints, options: ControlBlockOptions) {
    const { engine } = owner.namespace;
    this.owner = owner;
    this.ends = ends;
    this.sender = new TcpSender(engine, this, this.counters, options.initialSequence, options.sendBuffer);
    this.receiver = new TcpReceiver(engine, options.receiveBuffer, () => this.acknowledge());
    this.#timeWait = new Deadline(engine, () => this.close());
  }

  /** An active open: RFC 9293 section 3.10.1. */
  connect(isReachable: boolean): void {
    this.state = "SYN-SENT";
    if (isReachable) this.sender.synchronize(TcpFlag.SYN);
    else this.fail("unreachable");
  }

  /** A passive one: SYN came to a listener (section 3.10.7.2). */
  accept(segment: TcpSegment): void {
    this.isPassive = true;
    this.state = "SYN-RECEIVED";
    this.synchronize(segment);
    this.sender.synchronize(TcpFlag.SYN | TcpFlag.ACK);
  }

  /** The other side's SYN: its sequence and options. */
  synchronize(segment: TcpSegment): void {
    this.receiver.synchronize(segment.sequence);
    this.#offersShift = segment.windowShift !== undefined;
    if (segment.windowShift !== undefined) {
      this.sender.window.shift = segment.windowShift;
      this.receiver.shift = WINDOW_SHIFT;
    }
    // Linux takes 0 for no option, and nobody has it send smaller segments than tcp_min_snd_mss (CVE-2019-11479).
    if (segment.maximumSegmentSize) this.sender.segmentSize = Math.max(SMALLEST_SEGMENT, segment.maximumSegmentSize);
    this.receiver.segmentSize = this.owner.incomingSegmentSize(this.ends.remoteAddress);
  }

  /** Our SYN is acknowledged. */
  establish(segment: TcpSegment): void {
    this.state = "ESTABLISHED";
    this.owner.settled(this);
    this.inbox.isConnected = true;
    this.isPassive = false;
    const path = this.owner.outgoingSegmentSize(this.ends.remoteAddress);
    this.sender.established(Math.min(this.sender.segmentSize, path), segment);
    if (this.#isEnding) this.#sendFin("FIN-WAIT-1");
  }

  /** Sends one segment: SYN, data, or what `flags` say alone. */
  emit(sequence: number, flags: number, offset: number, length: number): void {
    const isSynchronizing = (flags & TcpFlag.SYN) !== 0;
    const isAcknowledging = (flags & TcpFlag.ACK) !== 0;
    const window = this.receiver.advertise(isSynchronizing);
    if (isAcknowledging) this.receiver.acknowledged(length > 0);
    this.counters.segmentsSent++;
    const { outcome } = sendSegment(this.owner.namespace, this.ends, {
      sequence,
      acknowledgment: isAcknowledging ? this.receiver.next : 0,
      flags,
      window,
      ...(isSynchronizing && { options: this.#synOptions() }),
      payloadLength: length,
      fill: (bytes, at) => this.sender.buffer.copy(offset, length, bytes, at),
    });
    if (outcome === "network-unreachable" && this.state === "SYN-SENT") this.fail("unreachable");
  }

  #synOptions(): Uint8Array {
    const size = this.owner.incomingSegmentSize(this.ends.remoteAddress);
    return tcp.buildOptions([
      { name: "maximumSegmentSize", size },
      ...(this.#offersShift ? [{ name: "nop" } as const, { name: "windowScale", shift: WINDOW_SHIFT } as const] : []),
    ]);
  }

  /** Sends an acknowledgment of its own. */
  acknowledge(): void {
    this.emit(this.sender.acceptableSequence, TcpFlag.ACK, 0, 0);
  }

  /**
   * Tells the other side where we stand, since it sent what cannot be right (RFC 5961): not more often than Linux
   * does, so that two sides that disagree do not answer each other for ever.
   */
  challenge(): void {
    const { now } = this.owner.namespace.engine;
    if (now - this.#challengedAt < CHALLENGE_INTERVAL) return;
    this.#challengedAt = now;
    this.counters.challengeAcknowledgments++;
    this.acknowledge();
  }

  /** The application has no more to send (RFC 9293 section 3.10.4). */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (this.state === "ESTABLISHED") this.#sendFin("FIN-WAIT-1");
    else if (this.state === "CLOSE-WAIT") this.#sendFin("LAST-ACK");
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  #sendFin(state: TcpState): void {
    this.state = state;
    this.sender.finish();
  }

  /** FIN came, and all before it (section 3.10.7.4, eighth check). True when its acknowledgment must not wait. */
  receiveFin(): boolean {
    this.inbox.isEnded = true;
    if (this.state === "ESTABLISHED") {
      // The application may have something to say to it, and most often its own end: Linux waits for that.
      this.state = "CLOSE-WAIT";
      this.receiver.endQuick();
      return false;
    }
    if (this.state === "FIN-WAIT-1") this.state = this.sender.isFinAcknowledged ? "TIME-WAIT" : "CLOSING";
    else if (this.state === "FIN-WAIT-2") this.state = "TIME-WAIT";
    if (this.state === "TIME-WAIT") this.enterTimeWait();
    return true;
  }

  enterTimeWait(): void {
    this.state = "TIME-WAIT";
    this.sender.close();
    this.restartTimeWait();
    this.inbox.isClosed = true;
  }

  restartTimeWait(): void {
    this.#timeWait.set(TIME_WAIT);
  }

  /** Takes bytes to send, as many as there is room for, and returns how many. */
  send(bytes: Uint8Array): number {
    const taken = this.sender.buffer.append(bytes);
    this.#wantsDrain = taken < bytes.length;
    this.sender.transmit();
    return taken;
  }

  /** Whether an application that was refused room is to be told of some: when half of the buffer is free. */
  isDrainDue(): boolean {
    const { buffer } = this.sender;
    const isDue = this.#wantsDrain && buffer.free >= buffer.capacity / 2 && maySend(this.state);
    if (isDue) this.#wantsDrain = false;
    return isDue;
  }

  /** Lets the application hear what there is, and keeps what it does not take. @throws what it throws. */
  tell(): void {
    try {
      this.inbox.tell();
    } finally {
      this.receiver.unreadLength = this.inbox.keep();
    }
  }

  /** The application takes bytes again. @throws what it throws. */
  resume(): void {
    this.inbox.isPaused = false;
    this.tell();
    if (mayReceive(this.state) && this.receiver.isWindowUpdateDue) this.acknowledge();
  }

  /** Ends without a word to the application but that it is over. */
  close(): void {
    if (this.state === "CLOSED") return;
    if (this.state !== "TIME-WAIT") this.inbox.isClosed = true;
    this.#release();
  }

  #release(): void {
    this.owner.settled(this);
    this.state = "CLOSED";
    this.sender.close();
    this.receiver.close();
    this.#timeWait.stop();
    this.owner.forget(this);
  }

  /** Ends with an error. */
  fail(error: TcpError, cause: TcpErrorCause = {}): void {
    this.inbox.error = { error, cause };
    this.close();
  }

  giveUp(): void {
    this.fail("timeout");
    this.tell();
  }

  /** The application wants no more of it (section 3.10.5). */
  abort(): void {
    const { state } = this;
    this.inbox.clear();
    if (state === "CLOSED") return;
    this.#release();
    // Who has both ends needs no reset, and who has not answered SYN has nothing to reset.
    if (state !== "SYN-SENT" && state !== "CLOSING" && state !== "LAST-ACK" && state !== "TIME-WAIT")
      this.emit(this.sender.acceptableSequence, TcpFlag.RST | TcpFlag.ACK, 0, 0);
  }
}
