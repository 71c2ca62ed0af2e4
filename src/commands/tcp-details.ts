/** What `ss -i` tells of a connection (misc/ss.c, tcp_stats_print): what podwire's TCP keeps, in the original's order. */
import type { TcpConnection } from "../host/index.ts";

/** Of one that listens: how its connections begin. */
export const NEW_DETAILS = " reno cwnd:10";

/** @param isNumeric `-n`: rates are given in full */
export function tcpDetails(connection: TcpConnection, isNumeric: boolean): string {
  const { counters, segmentSize, roundTrip, windowShifts, slowStartThreshold, congestionWindow } = connection;
  const windowSegments = segmentSize === 0 ? 0 : Math.floor(congestionWindow / segmentSize);
  const rate = roundTrip === 0 ? 0 : (windowSegments * segmentSize * 8e9) / roundTrip;
  const counted = (name: string, value: number): string => (value === 0 ? "" : ` ${name}:${value}`);
  return [
    // RFC 5681 with RFC 6582, which Linux calls so.
    " reno",
    windowShifts === null ? "" : ` wscale:${windowShifts.send},${windowShifts.receive}`,
    ` rto:${milliseconds(connection.retransmissionTimeout)}`,
    roundTrip === 0 ? "" : ` rtt:${milliseconds(roundTrip)}/${milliseconds(connection.roundTripVariation)}`,
    counted("mss", segmentSize),
    counted("cwnd", windowSegments),
    slowStartThreshold === Infinity ? "" : counted("ssthresh", Math.floor(slowStartThreshold / (segmentSize || 1))),
    counted("bytes_sent", counters.bytesSent),
    counted("bytes_acked", counters.bytesAcknowledged),
    counted("bytes_received", counters.bytesReceived),
    counted("segs_out", counters.segmentsSent),
    counted("segs_in", counters.segmentsReceived),
    rate === 0 ? "" : ` send ${rateText(rate, isNumeric)}bps`,
    counters.segmentsRetransmitted === 0 ? "" : ` retrans:0/${counters.segmentsRetransmitted}`,
    counted("rcv_ooopack", counters.outOfOrder),
    counted("snd_wnd", connection.sendWindow),
  ].join("");
}

/** printf's %g: six digits, no zeros at the end. */
function shortest(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** The kernel counts whole microseconds. */
function milliseconds(nanoseconds: number): string {
  return shortest(Math.floor(nanoseconds / 1e3) / 1e3, 6);
}

function rateText(rate: number, isNumeric: boolean): string {
  if (isNumeric) return rate.toFixed(0);
  for (const [unit, name] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const)
    if (rate >= unit) return `${shortest(rate / unit, 3)}${name}`;
  return shortest(rate, 6);
}
