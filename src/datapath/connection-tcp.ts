/**
 * What becomes of a tracked TCP connection with each segment: Linux's table of states and what it does beside it
 * (net/netfilter/nf_conntrack_proto_tcp.c of Linux 6). Windows are not checked, as with nf_conntrack_tcp_be_liberal.
 */
import { TcpFlag } from "../wire/index.ts";
import { TrackBit } from "./track-bit.ts";

const { SYN, ACK, FIN, RST, URG } = TcpFlag;
const { STATE_MASK, CLOSE_BEGUN, RESET_LAST, SYN_IGNORED, BOTH_BEGAN } = TrackBit;

/** States of TCP, in Linux's order. UDP and ICMP have none but NONE. */
export const TcpTrack = {
  NONE: 0,
  SYN_SENT: 1,
  SYN_RECV: 2,
  ESTABLISHED: 3,
  FIN_WAIT: 4,
  CLOSE_WAIT: 5,
  LAST_ACK: 6,
  TIME_WAIT: 7,
  CLOSE: 8,
  /** Both ends have sent a SYN. */
  SYN_SENT2: 9,
} as const;

const { SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, LAST_ACK, TIME_WAIT, SYN_SENT2 } = TcpTrack;

/** What a packet does to its connection, where it does not lead to a state. */
export const Step = {
  /** No packet of this connection can be so. */
  INVALID: -1,
  /** It begins a new connection between ends whose old one is over. */
  REOPENS: -2,
  /** Beside the bits that the connection has then: the packet passes, and the connection lives no longer for it. */
  IGNORED: 0x1_0000,
} as const;

const { INVALID, REOPENS, IGNORED } = Step;

/** Kinds of segments: rows of the table. */
const [SYN_ROW, SYN_ACK_ROW, FIN_ROW, ACK_ROW, RST_ROW] = [0, 1, 2, 3, 4] as const;
const ROWS = 5;
const COLUMNS = 10;

/**
 * The next state by who sent the segment, its kind and the state (a column each, in the order of TcpTrack): "x" for none,
 * as no such segment can be; "." for none, as the ends may know better than who looks on.
 */
const NEXT = Int8Array.from(
  [
    // From the end that began: SYN, SYN and ACK, FIN, ACK, RST.
    "11.....119",
    "xx2xxxxxx2",
    "xx4466678x",
    "3x3355778x",
    "x888888888",
    // From the other one.
    "x9xxxxx1x9",
    "x2.......2",
    "xx4466678x",
    "x.2355778.",
    "x888888888",
  ]
    .join("")
    .split(""),
  (text) => (text === "x" ? INVALID : text === "." ? COLUMNS : Number(text)),
);

/** By SYN, ACK, FIN, RST and URG: the kinds of the nine combinations that a segment may have (tcp_valid_flags). */
const ROW_OF_FLAGS = new Int8Array(64).fill(INVALID);
for (const [flags, row] of [
  [SYN, SYN_ROW],
  [SYN | URG, SYN_ROW],
  [SYN | ACK, SYN_ACK_ROW],
  [FIN | ACK, FIN_ROW],
  [FIN | ACK | URG, FIN_ROW],
  [ACK, ACK_ROW],
  [ACK | URG, ACK_ROW],
  [RST, RST_ROW],
  [RST | ACK, RST_ROW],
] as const)
  ROW_OF_FLAGS[flags] = row;

/**
 * The bits of TrackBit that a connection has after a segment, from those before it; or what `Step` tells.
 * `isResponse`: it acknowledges the SYN that was ignored last, if one was.
 */
export function stepTcp(bits: number, flags: number, isReply: boolean, isResponse: boolean): number {
  const row = ROW_OF_FLAGS[flags & (SYN | ACK | FIN | RST | URG)]!;
  if (row === INVALID) return INVALID;
  const state = bits & STATE_MASK;
  let next = NEXT[((isReply ? ROWS : 0) + row) * COLUMNS + state]!;
  if (next === INVALID) return INVALID;
  if (next === SYN_SENT && state >= TIME_WAIT) {
    if ((bits & CLOSE_BEGUN) !== 0 || ((bits & RESET_LAST) !== 0 && !isReply)) return REOPENS;
    next = COLUMNS;
  }
  let kept = bits & ~(STATE_MASK | RESET_LAST | SYN_IGNORED);
  if ((bits & SYN_IGNORED) !== 0 && isReply) {
    if (row === SYN_ACK_ROW && next === COLUMNS && isResponse) {
      // The ends are at the beginning of a connection where this one seemed to be in its middle.
      next = SYN_RECV;
      kept &= ~(CLOSE_BEGUN | BOTH_BEGAN);
    } else if (row === ACK_ROW && state === LAST_ACK) {
      // RFC 5961: an answer to that SYN, and not to the last FIN.
      next = COLUMNS;
    }
  }
  if (next === COLUMNS) {
    const isSyn = row === SYN_ROW && !isReply;
    return IGNORED | (isSyn ? (kept & ~BOTH_BEGAN) | SYN_IGNORED : kept) | state;
  }
  if (next === SYN_SENT2) kept |= BOTH_BEGAN;
  if (next === FIN_WAIT) kept |= CLOSE_BEGUN;
  if (row === RST_ROW && !isReply) kept |= RESET_LAST;
  return kept | (next === SYN_RECV && row === ACK_ROW && (bits & BOTH_BEGAN) !== 0 ? ESTABLISHED : next);
}

/** Whether a segment is a RST, after which a connection that nobody has answered is none. */
export function isReset(flags: number): boolean {
  return (flags & RST) !== 0;
}

/** Whether a SYN that was sent again changes nothing: it prolongs no life. */
export function isRepeatedSyn(before: number, after: number): boolean {
  return before === SYN_SENT && after === SYN_SENT;
}
