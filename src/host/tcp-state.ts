/** States of a connection, and why one ends (RFC 9293 section 3.3.2). */
import type { IcmpMessage } from "./icmp-receiver.ts";

/** The RFC's names. LISTEN is a listener's, which is no connection yet. */
export type TcpState =
  | "LISTEN"
  | "SYN-SENT"
  | "SYN-RECEIVED"
  | "ESTABLISHED"
  | "FIN-WAIT-1"
  | "FIN-WAIT-2"
  | "CLOSE-WAIT"
  | "CLOSING"
  | "LAST-ACK"
  | "TIME-WAIT"
  | "CLOSED";

/**
 * Why a connection failed. "refused": a reset answered SYN; "reset": a reset came later; "timeout": the other side
 * did not acknowledge, however often it was sent; "unreachable": an ICMP error, or no route.
 */
export type TcpError = "refused" | "reset" | "timeout" | "unreachable";

/** What more is known of an error: the ICMP message that told of it. */
export interface TcpErrorCause {
  readonly icmp?: IcmpMessage;
}

/** What happened on a connection. All counts are of this side. */
export interface TcpCounters {
  segmentsSent: number;
  segmentsReceived: number;
  /** Bytes of the application, those sent again not counted twice. */
  bytesSent: number;
  bytesAcknowledged: number;
  bytesReceived: number;
  /** Segments sent again, and how often because the timer ran out or three duplicates asked for it. */
  segmentsRetransmitted: number;
  timeouts: number;
  fastRetransmits: number;
  /** Acknowledgments that came again, and segments that came out of order, twice, or outside the window. */
  duplicateAcknowledgments: number;
  outOfOrder: number;
  duplicates: number;
  outOfWindow: number;
  zeroWindowProbes: number;
  challengeAcknowledgments: number;
}

export function newCounters(): TcpCounters {
  return {
    segmentsSent: 0,
    segmentsReceived: 0,
    bytesSent: 0,
    bytesAcknowledged: 0,
    bytesReceived: 0,
    segmentsRetransmitted: 0,
    timeouts: 0,
    fastRetransmits: 0,
    duplicateAcknowledgments: 0,
    outOfOrder: 0,
    duplicates: 0,
    outOfWindow: 0,
    zeroWindowProbes: 0,
    challengeAcknowledgments: 0,
  };
}

/** Whether the application may still give bytes to send. */
export function maySend(state: TcpState): boolean {
  return state === "SYN-SENT" || state === "SYN-RECEIVED" || state === "ESTABLISHED" || state === "CLOSE-WAIT";
}

/** Whether bytes of the other side are still expected (RFC 9293 section 3.10.7.4, seventh check). */
export function mayReceive(state: TcpState): boolean {
  return state === "ESTABLISHED" || state === "FIN-WAIT-1" || state === "FIN-WAIT-2";
}
