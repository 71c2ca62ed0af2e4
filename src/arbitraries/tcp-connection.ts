/** TCP connections (RFC 9293): opened, used and closed as two hosts do that lose nothing. */
import fc from "fast-check";
import { TcpFlag } from "../wire/index.ts";
import { arbitraryOf, bits, checkedChoice, type Choice, usually } from "./choice.ts";
import { type Conversation, type ConversationOptions, settingOf, type Side, Transcript } from "./conversation.ts";
import { integers } from "./field-check.ts";
import type { LayerPlan } from "./frame-layer.ts";
import { payloadBytes } from "./payload-bytes.ts";
import { connectionOptions } from "./tcp-fields.ts";

const { ACK, FIN, PSH, RST, SYN } = TcpFlag;

/** What one side says at a time. */
export interface Message {
  readonly from: Side;
  readonly bytes: Uint8Array;
}

/** How a connection ends: closed by one side first, reset by one, or not at all. */
export type Ending = `${Side} closes` | `${Side} resets` | "open";

/** What `tcpConnection` takes. */
export interface TcpConnectionOptions extends ConversationOptions {
  /** What is said, in turn; up to four messages of up to 64 bytes when left out. */
  readonly messages?: Choice<readonly Message[]>;
  readonly ending?: Choice<Ending>;
  /** The longest segment's payload; 1460 or less when left out. */
  readonly maximumSegmentSize?: Choice<number>;
}

/** What holds for a connection as a whole. */
interface Plan {
  readonly messages: readonly Message[];
  readonly ending: Ending;
  readonly maximumSegmentSize: number;
  /** Sequence numbers that the sides start from. */
  readonly first: { readonly client: number; readonly server: number };
  readonly windowScale: number | undefined;
  readonly hasTimestamps: boolean;
}

const WINDOW = 64_240;
/** The timestamps option with two no-operations before it. */
const TIMESTAMPS_LENGTH = 12;
const TIMESTAMP_CLOCK = 1_000_000; // a tick a millisecond, as Linux has it

const message: fc.Arbitrary<Message> = fc.record({
  from: fc.constantFrom<Side[]>("client", "server"),
  bytes: payloadBytes(64, 1),
});

const segmentSize = usually(1460, fc.integer({ min: 16, max: 1460 }));

const endings = fc.constantFrom<Ending[]>("client closes", "server closes", "open", "client resets", "server resets");

/** Handshake, messages in segments with their acknowledgments, and the end: sequence numbers may pass 2^32. */
export function tcpConnection(options: TcpConnectionOptions = {}): fc.Arbitrary<Conversation> {
  const plan: fc.Arbitrary<Plan> = fc.record({
    messages: arbitraryOf<readonly Message[]>(options.messages ?? fc.array(message, { maxLength: 4 })),
    ending: arbitraryOf<Ending>(options.ending ?? endings),
    maximumSegmentSize: arbitraryOf(
      checkedChoice("maximumSegmentSize", options.maximumSegmentSize ?? segmentSize, integers(1, 65_495)),
    ),
    first: fc.record({ client: usually(1, bits(32)), server: usually(1, bits(32)) }),
    windowScale: usually<number | undefined>(undefined, fc.integer({ min: 0, max: 14 })),
    hasTimestamps: fc.boolean(),
  });
  return fc.tuple(settingOf(options), plan).map(([setting, own]) => {
    const connection = new Connection(new Transcript(setting), own);
    connection.open();
    for (const { from, bytes } of own.messages) connection.say(from, bytes);
    connection.finish(own.ending);
    return connection.transcript.end("tcp");
  });
}

/** Both ends of a connection, and what they know of each other. */
class Connection {
  readonly transcript: Transcript;
  readonly #plan: Plan;
  /** The next sequence number of each side. */
  readonly #next: Record<Side, number>;
  /** The latest timestamp of each side, which the other echoes. */
  readonly #stamps: Record<Side, number> = { client: 0, server: 0 };

  constructor(transcript: Transcript, plan: Plan) {
    this.transcript = transcript;
    this.#plan = plan;
    this.#next = { ...plan.first };
  }

  open(): void {
    this.#send("client", SYN);
    this.#send("server", SYN | ACK);
    this.#send("client", ACK);
  }

  /** Segments of a message, each second one acknowledged, and the last. */
  say(from: Side, bytes: Uint8Array): void {
    // RFC 9293 section 3.7.1: options take of what the segment size allows.
    const step = Math.max(1, this.#plan.maximumSegmentSize - (this.#plan.hasTimestamps ? TIMESTAMPS_LENGTH : 0));
    let unacknowledged = 0;
    for (let offset = 0; offset < bytes.length; offset += step) {
      const isLast = offset + step >= bytes.length;
      this.#send(from, isLast ? PSH | ACK : ACK, bytes.slice(offset, offset + step));
      if (++unacknowledged === 2 || isLast) {
        this.#send(other(from), ACK);
        unacknowledged = 0;
      }
    }
  }

  finish(ending: Ending): void {
    if (ending === "open") return;
    const [side, how] = ending.split(" ") as [Side, "closes" | "resets"];
    if (how === "resets") return this.#send(side, RST | ACK);
    this.#send(side, FIN | ACK);
    this.#send(other(side), FIN | ACK);
    this.#send(side, ACK);
  }

  #send(from: Side, flags: number, bytes: Uint8Array = new Uint8Array(0)): void {
    const { source, destination } = this.transcript.ends(from);
    const header: LayerPlan = {
      protocol: "tcp",
      fields: {
        sourcePort: source.port,
        destinationPort: destination.port,
        sequenceNumber: this.#next[from],
        acknowledgmentNumber: flags & ACK ? this.#next[other(from)] : 0,
        flags,
        window: WINDOW,
        options: this.#options(from, flags),
      },
    };
    // SYN and FIN count as a byte each (RFC 9293 section 3.4).
    const control = flags & (SYN | FIN) ? 1 : 0;
    this.#next[from] = (this.#next[from] + bytes.length + control) >>> 0;
    this.transcript.sendIpv4(from, [header, { protocol: "payload", fields: { bytes } }]);
  }

  #options(from: Side, flags: number): Uint8Array {
    const { maximumSegmentSize, windowScale, hasTimestamps, first } = this.#plan;
    if (!hasTimestamps) return connectionOptions(flags, maximumSegmentSize, windowScale, undefined);
    const stamp = (first[from] + Math.floor(this.transcript.time / TIMESTAMP_CLOCK)) >>> 0;
    this.#stamps[from] = stamp;
    return connectionOptions(flags, maximumSegmentSize, windowScale, [stamp, this.#stamps[other(from)]]);
  }
}

function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}
