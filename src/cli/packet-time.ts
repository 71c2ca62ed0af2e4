/** When packets were captured, as text. */
import type { PacketRecord } from "../capture/index.ts";

/** Digits of a second's fraction for what an interface counts in: 6, or 9 where microseconds are not fine enough. */
export function fractionDigits(unitsPerSecond: number): 6 | 9 {
  return unitsPerSecond > 1e6 ? 9 : 6;
}

/** Writes times of day as tcpdump does, in local time: `16:20:09.000055`. Packets of one second follow each other. */
export class ClockText {
  #seconds = NaN;
  #text = "";

  of(seconds: number, nanoseconds: number, digits: 6 | 9): string {
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      this.#text = clock(new Date(seconds * 1000));
    }
    return `${this.#text}.${String(nanoseconds).padStart(9, "0").slice(0, digits)}`;
  }
}

/** What no clock can show has no text. */
function clock(date: Date): string {
  if (Number.isNaN(date.getTime())) return "??:??:??";
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Seconds since 1970 with nine digits behind the point, undefined for a packet without a time. */
export function epochText({ hasTime, seconds, nanoseconds }: PacketRecord): string | undefined {
  return hasTime ? `${seconds}.${String(nanoseconds).padStart(9, "0")}` : undefined;
}

/** Date and time in UTC, to the nanosecond; seconds since 1970 for what no calendar has. */
export function dateText(packet: PacketRecord): string {
  const date = new Date(packet.seconds * 1000);
  if (!packet.hasTime || Number.isNaN(date.getTime())) return epochText(packet) ?? "no time";
  return date.toISOString().replace("000Z", `${String(packet.nanoseconds).padStart(9, "0")}Z`);
}
