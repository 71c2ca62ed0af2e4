/**
 * What becomes of a tracked connection's state with each packet, and how long it is remembered after it: the states
 * and default timeouts of Linux (net/netfilter/nf_conntrack_proto_tcp.c, _udp.c, _sctp.c, _icmp.c). Sequence numbers
 * and verification tags are not checked, as with nf_conntrack_tcp_be_liberal.
 */
import { IcmpType, Protocol, TcpFlag } from "../wire/index.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { ICMP, SCTP, TCP, UDP } = Protocol;
const { SYN, ACK, FIN, RST } = TcpFlag;

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
} as const;

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

const { SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE } = TcpTrack;

/** By state, in milliseconds. */
const TCP_LIVES = [0, 120, 60, 432_000, 120, 60, 30, 120, 10].map(milliseconds);
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

/** What a connection has that begins with this packet: `control` is TCP's flags, SCTP's first chunk or ICMP's type. -1: none can begin so. */
export function firstState(protocol: number, control: number): number {
  if (protocol === TCP) {
    const flags = control & (SYN | ACK | FIN | RST);
    // Without SYN it is one whose beginning nobody saw (nf_conntrack_tcp_loose).
    return flags === SYN ? SYN_SENT : flags === ACK ? ESTABLISHED : -1;
  }
  if (protocol === SCTP) {
    if (control === Chunk.INIT) return SctpTrack.COOKIE_WAIT;
    return control === Chunk.HEARTBEAT ? SctpTrack.HEARTBEAT_SENT : -1;
  }
  return protocol === ICMP && control !== IcmpType.ECHO ? -1 : TcpTrack.NONE;
}

/** Whether a packet begins a new connection between ends whose old one is over. */
export function reopens(protocol: number, state: number, control: number): boolean {
  if (protocol === TCP) return (control & (SYN | ACK | FIN | RST)) === SYN && (state === TIME_WAIT || state === CLOSE);
  return protocol === SCTP && control === Chunk.INIT && state === SctpTrack.CLOSED;
}

/** The state after a packet. */
export function nextState(protocol: number, state: number, control: number, isReply: boolean): number {
  if (protocol === TCP) return nextTcpState(state, control, isReply);
  return protocol === SCTP ? nextSctpState(state, control) : state;
}

function nextTcpState(state: number, flags: number, isReply: boolean): number {
  if ((flags & RST) !== 0) return CLOSE;
  if ((flags & SYN) !== 0) return (flags & ACK) !== 0 && isReply && state === SYN_SENT ? SYN_RECV : state;
  if ((flags & FIN) !== 0) {
    if (state === SYN_RECV || state === ESTABLISHED) return FIN_WAIT;
    return state === FIN_WAIT || state === CLOSE_WAIT ? LAST_ACK : state;
  }
  if ((flags & ACK) === 0) return state;
  if (state === SYN_RECV) return isReply ? SYN_RECV : ESTABLISHED;
  if (state === FIN_WAIT) return CLOSE_WAIT;
  return state === LAST_ACK ? TIME_WAIT : state;
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
