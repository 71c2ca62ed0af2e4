/** What happened to an echo request as a JSON object: what ping's line says, in fields. */
import type { PingEvent } from "../host/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import { errorText } from "./ping-text.ts";

/** `sequence` is ping's icmp_seq; `roundTrip` in milliseconds; addresses as people write them. */
export type PingRecord =
  | {
      readonly kind: "reply";
      readonly sequence: number;
      readonly from: string;
      readonly bytes: number;
      readonly timeToLive: number;
      readonly roundTrip: number;
      readonly isDuplicate: boolean;
    }
  | {
      readonly kind: "error";
      readonly sequence: number;
      readonly from: string;
      readonly type: number;
      readonly code: number;
      readonly nextHopMtu: number;
      readonly text: string;
    }
  | { readonly kind: "not-sent"; readonly sequence: number; readonly outcome: string; readonly mtu: number | null };

export function eventRecord(event: PingEvent): PingRecord {
  const { kind, sequence } = event;
  if (kind === "reply") {
    const { from, bytes, timeToLive, roundTrip, isDuplicate } = event;
    return { kind, sequence, from: formatIpv4(from), bytes, timeToLive, roundTrip: roundTrip / 1e6, isDuplicate };
  }
  if (kind === "error") {
    const { from, type, code, nextHopMtu } = event.message;
    return { kind, sequence, from: formatIpv4(from), type, code, nextHopMtu, text: errorText(event.message) };
  }
  const { result } = event;
  return { kind, sequence, outcome: result.outcome, mtu: result.outcome === "message-too-long" ? result.mtu : null };
}
