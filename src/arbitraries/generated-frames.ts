/** Frames to be written to files: as many as one likes, from a seed, in the order of time. */
import fc from "fast-check";
import { anyConversation } from "./any-conversation.ts";
import { anyFrame, type FrameKind } from "./any-frame.ts";
import type { BrokenRule } from "./broken-frame.ts";
import { checkKinds } from "./choice.ts";
import { Conversation } from "./conversation.ts";
import { arpExchange, fragmentedDatagram, pingExchange, udpExchange } from "./exchanges.ts";
import type { Frame } from "./frame.ts";
import { nearlyValid } from "./nearly-valid.ts";
import { tcpConnection } from "./tcp-connection.ts";

/** Kinds of single frames: any, without tags and tunnels those of a protocol, and those with tags or in a tunnel. */
export type GeneratedFrameKind = "any" | Exclude<FrameKind, "other"> | "vlan" | "vxlan";

/** Kinds of conversations: any, and each. */
export type GeneratedConversationKind =
  "conversation" | "arp-exchange" | "ping" | "udp-exchange" | "tcp-connection" | "fragments";

export type GeneratedKind = GeneratedFrameKind | GeneratedConversationKind;

/** What `generateFrames` takes. */
export interface GenerateOptions {
  readonly seed: number;
  /** Frames, at least: a conversation is not cut off. */
  readonly count: number;
  /** One at least; of several, each is as likely as the others. */
  readonly kinds: readonly GeneratedKind[];
  /** Whether each frame is to break a rule; conversations then give their frames one by one. */
  readonly isInvalid: boolean;
}

/** A frame, its time, and what is wrong with it. */
export interface GeneratedFrame {
  /** Nanoseconds since the first. */
  readonly time: number;
  readonly bytes: Uint8Array;
  /** The rule that it breaks; undefined for a valid one. */
  readonly rule: BrokenRule | undefined;
}

/** Values drawn at a time, so that a million frames need no more memory than a thousand. */
const CHUNK = 1_000;
/** An odd number near 2^32 divided by the golden ratio: the seeds of chunks are far from each other. */
const SEED_STEP = 0x9e37_79b1;
/** Nanoseconds between a frame or conversation and the next. */
const GAP = 1_000_000;

/** The frames, one after the other: for the same seed and kinds the same, however many are asked for. */
export function* generateFrames(options: GenerateOptions): Generator<GeneratedFrame, void, undefined> {
  const { seed, count, isInvalid } = options;
  checkKinds("kinds", options.kinds, Object.keys(SOURCES));
  const sources = options.kinds.map((kind) => (isInvalid ? nearlyValid(framesOf(kind)) : SOURCES[kind]()));
  const source = fc.oneof(...(sources as fc.Arbitrary<Drawn>[]));
  let [start, written] = [0, 0];
  for (let chunk = 0; written < count; chunk++) {
    const numRuns = Math.min(CHUNK, count - written);
    for (const drawn of fc.sample(source, { seed: (seed + chunk * SEED_STEP) | 0, numRuns })) {
      if (written >= count) return;
      let end = start;
      for (const frame of timed(drawn)) {
        end = start + frame.time;
        yield { ...frame, time: end };
        written++;
      }
      start = end + GAP;
    }
  }
}

/** What is drawn: a frame with what may be wrong with it, or a conversation. */
type Drawn = Conversation | { readonly bytes: Uint8Array; readonly rule?: BrokenRule };

/** The frames of what was drawn, at times from 0 on. */
function timed(drawn: Drawn): GeneratedFrame[] {
  if (!(drawn instanceof Conversation)) return [{ time: 0, bytes: drawn.bytes, rule: drawn.rule }];
  return drawn.sent.map(({ time, frame }) => ({ time, bytes: frame.bytes, rule: undefined }));
}

const SOURCES: Readonly<Record<GeneratedKind, () => fc.Arbitrary<Frame> | fc.Arbitrary<Conversation>>> = {
  any: anyFrame,
  udp: () => plain("udp"),
  icmp: () => plain("icmp"),
  "icmp-error": () => plain("icmp-error"),
  tcp: () => plain("tcp"),
  arp: () => plain("arp"),
  ipip: () => plain("ipip"),
  snap: () => plain("snap"),
  vlan: () => anyFrame({ tags: [1, 2], tunnels: [0, 0] }),
  vxlan: () => anyFrame({ tunnels: [1, 1] }),
  conversation: anyConversation,
  "arp-exchange": arpExchange,
  ping: pingExchange,
  "udp-exchange": udpExchange,
  "tcp-connection": tcpConnection,
  fragments: fragmentedDatagram,
};

function plain(kind: FrameKind): fc.Arbitrary<Frame> {
  return anyFrame({ kinds: [kind], tags: [0, 0], tunnels: [0, 0] });
}

/** Single frames of a kind: of a conversation, one of its frames. */
function framesOf(kind: GeneratedKind): fc.Arbitrary<Frame> {
  const source = SOURCES[kind]() as fc.Arbitrary<Frame | Conversation>;
  return fc.tuple(source, fc.nat()).map(([drawn, number]) => {
    if (!(drawn instanceof Conversation)) return drawn;
    return drawn.frames[number % drawn.frames.length]!;
  });
}
