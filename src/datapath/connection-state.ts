/**
 * What becomes of a tracked connection's state with each packet, and how long it is remembered after it: the states
 * and default timeouts of Linux (net/netfilter/nf_conntrack_proto_tcp.c, _udp.c, _sctp.c, _icmp.c). TCP's are in
 * connection-tcp.ts. SCTP's verification tags are not checked.
 */
import { IcmpType, Protocol } from "../wire/index.ts";
import { Step, stepTcp, TcpTrack } from "./connection-tcp.ts";
import { TrackBit } from "./track-bit.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { ICMP, SCTP, TCP, UDP } = Protocol;
const { STATE_MASK } = TrackBit;
const { INVALID, REOPENS } = Step;

/** States of SCTP. */
export const SctpTrack = {
  CLOSED: 1,
  COOKIE_WAIT: 2,
  COOKIE_ECHOED: 3,
  ESTABLISHED: 4,
  SHUTDOWN_SENT: 5,
  SHUTDOWN_RECD: 6,
  SHUTDOWN_ACK_SENT: 7,
  HEARTBEAT_SENT: 8,
} as const;

const { ESTABLISHED } = TcpTrack;

/** By state, in milliseconds. */
const TCP_LIVES = [0, 120, 60, 432_000, 120, 60, 30, 120, 10, 120].map(milliseconds);
/**
 * Of a TCP connection picked up in its middle that nobody has answered. Linux gives no more to one with data that are not
 * acknowledged, that were sent three times or met a closed window: these take the sequence numbers and windows.
 */
const UNACK_LIFE = milliseconds(300);
const SCTP_LIVES = [0, 10, 3, 3, 210, 3, 3, 3, 30].map(milliseconds);
/** The longest of all lives, in milliseconds. */
export const LONGEST_LIFE: number = Math.max(...TCP_LIVES);
const UDP_LIFE = milliseconds(30);
const UDP_STREAM_LIFE = milliseconds(120);
/** Milliseconds from its first packet on from which a UDP flow that is answered is a stream. */
export const STREAM_AGE: number = milliseconds(2);
const ICMP_LIFE = milliseconds(30);
const GENERIC_LIFE = milliseconds(600);

function milliseconds(seconds: number): number {
  return seconds * 1000;
}

/** Types of SCTP chunks (RFC 9260 section 3.2). */
const Chunk = {
  INIT: 1,
  INIT_ACK: 2,
  HEARTBEAT: 4,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const;

/**
 * The state of a connection that begins with this packet: `control` is TCP's flags, SCTP's first chunk or ICMP's type.
 * `Step.INVALID`: none can begin so. A TCP segment without SYN begins one whose beginning nobody saw
 * (nf_conntrack_tcp_loose).
 */
export function firstState(protocol: number, control: number): number {
  if (protocol === TCP) return stepTcp(TcpTrack.NONE, control, false, false);
  if (protocol === SCTP) {
    if (control === Chunk.INIT) return SctpTrack.COOKIE_WAIT;
    return control === Chunk.HEARTBEAT ? SctpTrack.HEARTBEAT_SENT : INVALID;
  }
  return protocol === ICMP && !isQuery(control) ? INVALID : TcpTrack.NONE;
}

/** Whether an ICMP message asks, and another one answers it. */
export function isQuery(type: number): boolean {
  return (
    type === IcmpType.ECHO ||
    type === IcmpType.TIMESTAMP ||
    type === IcmpType.INFORMATION_REQUEST ||
    type === IcmpType.ADDRESS_MASK_REQUEST
  );
}

/**
 * What a packet does to its connection, from its bits before: those after it, or what `Step` tells. `isResponse`: of TCP, it
 * acknowledges the SYN that was ignored last.
 */
export function step(protocol: number, bits: number, control: number, isReply: boolean, isResponse: boolean): number {
  if (protocol === TCP) return stepTcp(bits, control, isReply, isResponse);
  if (protocol !== SCTP) return bits;
  const state = bits & STATE_MASK;
  if (control === Chunk.INIT && state === SctpTrack.CLOSED) return REOPENS;
  return (bits & ~STATE_MASK) | nextSctpState(state, control);
}

function nextSctpState(state: number, chunk: number): number {
  switch (chunk) {
    case Chunk.COOKIE_ECHO:
      return SctpTrack.COOKIE_ECHOED;
    case Chunk.COOKIE_ACK:
      return SctpTrack.ESTABLISHED;
    case Chunk.SHUTDOWN:
      return state === SctpTrack.SHUTDOWN_SENT ? SctpTrack.SHUTDOWN_RECD : SctpTrack.SHUTDOWN_SENT;
    case Chunk.SHUTDOWN_ACK:
      return SctpTrack.SHUTDOWN_ACK_SENT;
    case Chunk.ABORT:
    case Chunk.SHUTDOWN_COMPLETE:
      return SctpTrack.CLOSED;
    default:
      return state;
  }
}

/**
 * Milliseconds for which a connection is remembered without packets, after one before which the other end had answered or
 * not. `age`: since its first one, in milliseconds.
 */
export function lifeOf(protocol: number, state: number, isReplied: boolean, age: number): number {
  if (protocol === TCP) return state === ESTABLISHED && !isReplied ? UNACK_LIFE : TCP_LIVES[state]!;
  if (protocol === UDP) return isReplied && age > STREAM_AGE ? UDP_STREAM_LIFE : UDP_LIFE;
  if (protocol === SCTP) return SCTP_LIVES[state]!;
  return protocol === ICMP ? ICMP_LIFE : GENERIC_LIFE;
}

/** A state's name, as `conntrack -L` prints it: "" for protocols that have none. */
export function stateName(protocol: number, state: number): string {
  const names = protocol === TCP ? TcpTrack : protocol === SCTP ? SctpTrack : null;
  return Object.entries(names ?? {}).find(([, number]) => number === state)?.[0] ?? "";
}
