/** Times on the command line, exact to the nanosecond: seconds as text never become one number. */
import type { CaptureTime } from "../capture/index.ts";
import { UsageError } from "./errors.ts";

const NANOSECONDS = 1_000_000_000;

const SECONDS = /^([+-]?)(\d{1,15})(?:\.(\d{1,9}))?$/;
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/;

/** A time that an option gives: since 1970, or since the first packet. */
export interface TimeOption extends CaptureTime {
  readonly isRelative: boolean;
}

/** Seconds such as "-1.5". @throws UsageError for anything else */
export function secondsOption(option: string, text: string): CaptureTime {
  const match = SECONDS.exec(text);
  if (match !== null) return signedTime(match);
  throw new UsageError(`expected ${option} in seconds such as 1.5 or -0.000001, found ${JSON.stringify(text)}`);
}

/**
 * A time: "2026-01-01T12:00:00.5Z" (in UTC when no zone is given), seconds since 1970, or, with "+" before it, seconds
 * since the first packet. @throws UsageError for anything else
 */
export function timeOption(option: string, text: string): TimeOption {
  const seconds = SECONDS.exec(text);
  if (seconds !== null && seconds[1] !== "-") return { ...signedTime(seconds), isRelative: seconds[1] === "+" };
  const date = DATE.exec(text);
  const [, day, clock = "00:00", fraction, zone = "Z"] = date ?? [];
  const milliseconds = date === null ? NaN : Date.parse(`${day}T${clock}${zone}`);
  if (!Number.isNaN(milliseconds)) {
    return { seconds: milliseconds / 1000, nanoseconds: nanosecondsOf(fraction), isRelative: false };
  }
  const forms = "2026-01-01T12:00:00Z, seconds since 1970, or +SECONDS since the first packet";
  throw new UsageError(`expected ${option} as ${forms}, found ${JSON.stringify(text)}`);
}

/** The sum of two times, its nanoseconds below 10^9. */
export function addTimes(a: CaptureTime, b: CaptureTime): CaptureTime {
  const nanoseconds = a.nanoseconds + b.nanoseconds;
  const carry = nanoseconds >= NANOSECONDS ? 1 : 0;
  return { seconds: a.seconds + b.seconds + carry, nanoseconds: nanoseconds - carry * NANOSECONDS };
}

/** Orders times: negative, zero or positive. */
export function compareTimes(a: CaptureTime, b: CaptureTime): number {
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds;
}

/** Minus 1.5 s is minus 2 s and half a second. */
function signedTime([, sign, whole, fraction]: RegExpExecArray): CaptureTime {
  const nanoseconds = nanosecondsOf(fraction);
  if (sign !== "-") return { seconds: Number(whole), nanoseconds };
  if (nanoseconds === 0) return { seconds: 0 - Number(whole), nanoseconds };
  return { seconds: -Number(whole) - 1, nanoseconds: NANOSECONDS - nanoseconds };
}

function nanosecondsOf(fraction: string | undefined): number {
  return Number((fraction ?? "").padEnd(9, "0"));
}
