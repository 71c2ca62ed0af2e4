/** Sends ICMP echo requests at intervals and keeps the score, as iputils' ping does. */
import { NANOSECONDS_PER_SECOND, type Namespace, type Timer } from "../datapath/index.ts";
import { icmpv4, IcmpType, Protocol } from "../wire/index.ts";
import { longestPayload, type PathMtuDiscovery, sendDatagram, type SendResult } from "./datagram.ts";
import type { Host } from "./host.ts";
import type { IcmpMessage } from "./icmp-receiver.ts";

export interface PingOptions {
  /** Echo requests to send; 1 when left out. */
  readonly count?: number;
  /** Bytes behind the ICMP header; 56 when left out. */
  readonly size?: number;
  readonly pathMtuDiscovery?: PathMtuDiscovery;
  /** 64 when left out. */
  readonly timeToLive?: number;
  /** Nanoseconds between requests; a second when left out. */
  readonly interval?: number;
  /**
   * Nanoseconds after which all ends. Until then requests go out, more than `count` if need be: it ends before when
   * `count` are answered or an error comes (ping -w).
   */
  readonly deadline?: number;
  /** Nanoseconds to wait after the last request while nothing has come back; 10 s when left out (ping -W). */
  readonly linger?: number;
  readonly onEvent?: (event: PingEvent) => void;
}

/** What happened to the request with this sequence number. */
export type PingEvent =
  | {
      readonly kind: "reply";
      readonly sequence: number;
      readonly from: number;
      readonly bytes: number;
      readonly timeToLive: number;
      readonly roundTrip: number;
      readonly isDuplicate: boolean;
    }
  | { readonly kind: "error"; readonly sequence: number; readonly message: IcmpMessage }
  | { readonly kind: "not-sent"; readonly sequence: number; readonly result: SendResult };

const LINGER = 10 * NANOSECONDS_PER_SECOND;

/** Sequence numbers are not used twice. */
const LARGEST_COUNT = 65_535;

/** Where ping starts to fill the payload with consecutive bytes: behind its time stamp. */
const TIMESTAMP_LENGTH = 16;

const NANOSECONDS_PER_MICROSECOND = 1_000;

export class Ping implements Timer {
  readonly destination: number;
  readonly size: number;
  readonly count: number;
  /** Requests that were to be sent so far, and those that the network took. */
  attemptCount = 0;
  sentCount = 0;
  receivedCount = 0;
  errorCount = 0;
  duplicateCount = 0;
  /** Round-trip times in nanoseconds, in order of arrival. */
  readonly roundTrips: number[] = [];
  /** Nanoseconds from the first request to what was sent or came last. */
  duration = 0;
  /** Nothing more will happen: all is answered, or waited for in vain. */
  isDone = false;

  readonly #host: Host;
  readonly #options: PingOptions;
  readonly #identifier: number;
  readonly #interval: number;
  /** Requests that go out at most. */
  readonly #limit: number;
  readonly #startedAt: number;
  readonly #sentAt = new Map<number, number>();
  readonly #answered = new Set<number>();
  /** Answered, reported lost, or never sent. */
  readonly #settled = new Set<number>();

  constructor(host: Host, destination: number, options: PingOptions = {}) {
    this.#host = host;
    this.destination = destination;
    this.#options = options;
    this.count = natural("count", options.count ?? 1, 1, LARGEST_COUNT);
    this.#limit = options.deadline === undefined ? this.count : LARGEST_COUNT;
    this.size = natural("size", options.size ?? 56, 0, longestEcho(host.namespace));
    this.#interval = options.interval ?? NANOSECONDS_PER_SECOND;
    if (!(this.#interval >= 0 && this.#interval < Infinity))
      throw new RangeError(`expected ping's interval of 0 ns or more, found ${this.#interval}`);
    this.#identifier = this.#freeIdentifier();
    this.#startedAt = this.#now;
    host.icmp.echoListeners.set(this.#identifier, (message) => this.#receive(message));
    if (options.deadline !== undefined) this.#finishAfter(positive("deadline", options.deadline));
    this.fire();
  }

  /** Sends no more, and waits for nothing: what SIGINT does. */
  stop(): void {
    if (!this.isDone) this.#finish();
  }

  get #now(): number {
    return this.#host.namespace.engine.now;
  }

  #freeIdentifier(): number {
    const { echoListeners } = this.#host.icmp;
    let identifier = this.#host.namespace.engine.random() & 0xffff;
    while (echoListeners.has(identifier)) identifier = (identifier + 1) & 0xffff;
    return identifier;
  }

  /** Sends the next request, or, when all are sent, gives up on what has not come. */
  fire(): void {
    if (this.isDone) return;
    if (this.attemptCount === this.#limit) {
      if (this.#options.deadline === undefined) this.#finish();
      return;
    }
    const sequence = ++this.attemptCount;
    const result = this.#send(sequence);
    this.duration = this.#now - this.#startedAt;
    if (result.outcome === "sent") {
      this.sentCount++;
      this.#sentAt.set(sequence, this.#now);
    } else {
      this.#settle(sequence);
      this.errorCount++;
      this.#tell({ kind: "not-sent", sequence, result });
    }
    this.#host.namespace.engine.after(this.attemptCount === this.#limit ? this.#linger() : this.#interval, this);
    this.#finishWhenSettled();
  }

  /** How long to wait for what is still out: not as long where the way is known (iputils, schedule_exit). */
  #linger(): number {
    if (this.receivedCount === 0) return positive("linger", this.#options.linger ?? LINGER);
    return Math.max(2 * Math.max(...this.roundTrips), this.#interval);
  }

  #send(sequence: number): SendResult {
    const { namespace } = this.#host;
    const options = {
      protocol: Protocol.ICMP,
      destination: this.destination,
      pathMtuDiscovery: this.#options.pathMtuDiscovery ?? "want",
      timeToLive: this.#options.timeToLive ?? 64,
    };
    return sendDatagram(namespace, options, icmpv4.HEADER_LENGTH + this.size, (view, _, offset, end) => {
      icmpv4.write(view, offset, { type: IcmpType.ECHO, identifier: this.#identifier, sequence: sequence & 0xffff });
      writePayload(view, offset + icmpv4.HEADER_LENGTH, end, this.#now);
      icmpv4.updateChecksum(view, offset, end);
    });
  }

  #receive(message: IcmpMessage): void {
    const { sequence } = message;
    const sentAt = this.#sentAt.get(sequence);
    if (sentAt === undefined) return;
    // A redirect or a source quench is about the way, not about the request's fate.
    if (message.type === IcmpType.REDIRECT || message.type === IcmpType.SOURCE_QUENCH) return;
    if (message.type !== IcmpType.ECHO_REPLY) {
      this.errorCount++;
      this.#settle(sequence);
      this.#tell({ kind: "error", sequence, message });
    } else {
      const isDuplicate = this.#answered.has(sequence);
      this.#answered.add(sequence);
      const roundTrip = this.#now - sentAt;
      if (isDuplicate) this.duplicateCount++;
      else this.receivedCount++;
      this.roundTrips.push(roundTrip);
      this.#settle(sequence);
      this.#tell({
        kind: "reply",
        sequence,
        from: message.from,
        bytes: message.length,
        timeToLive: message.timeToLive,
        roundTrip,
        isDuplicate,
      });
    }
    this.#finishWhenSettled();
  }

  #settle(sequence: number): void {
    this.#settled.add(sequence);
    this.duration = this.#now - this.#startedAt;
  }

  #tell(event: PingEvent): void {
    this.#options.onEvent?.(event);
  }

  #finishWhenSettled(): void {
    if (this.#options.deadline === undefined) {
      if (this.#settled.size === this.count) this.#finish();
      return;
    }
    if (this.receivedCount + this.errorCount >= this.count) this.#finish();
    // What comes at the same instant counts too.
    else if (this.errorCount > 0) this.#finishAfter(0);
  }

  #finishAfter(delay: number): void {
    const finish = (): void => {
      if (!this.isDone) this.#finish();
    };
    this.#host.namespace.engine.after(delay, { fire: finish });
  }

  #finish(): void {
    this.isDone = true;
    this.#host.icmp.echoListeners.delete(this.#identifier);
  }
}

/** The most bytes that `size` may ask for in this namespace. */
export function longestEcho(namespace: Namespace): number {
  return longestPayload(namespace) - icmpv4.HEADER_LENGTH;
}

/** Seconds and microseconds, little endian in eight bytes each, then bytes that count up from 0x10: as ping's on a 64-bit PC. */
function writePayload(view: DataView, offset: number, end: number, now: number): void {
  for (let position = offset; position < end; position++) view.setUint8(position, (position - offset) & 0xff);
  if (end - offset < TIMESTAMP_LENGTH) return;
  const seconds = Math.floor(now / NANOSECONDS_PER_SECOND);
  const microseconds = Math.floor((now % NANOSECONDS_PER_SECOND) / NANOSECONDS_PER_MICROSECOND);
  [seconds, 0, microseconds, 0].forEach((word, index) => view.setUint32(offset + 4 * index, word, true));
}

function natural(name: string, value: number, minimum: number, maximum: number): number {
  if (!Number.isInteger(value) || value < minimum || value > maximum)
    throw new RangeError(`expected ping's ${name} from ${minimum} to ${maximum}, found ${value}`);
  return value;
}

function positive(name: string, nanoseconds: number): number {
  if (nanoseconds > 0 && nanoseconds < Infinity) return nanoseconds;
  throw new RangeError(`expected ping's ${name} of more than 0 ns, found ${nanoseconds}`);
}
