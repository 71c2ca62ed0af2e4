/** What the tests of ICMP errors share: packets from h1 to the router of `buildRouter`, and the errors that come back. */
import { IcmpType } from "../../src/wire/index.ts";
import { type ReadIcmp, readIcmp } from "./frames.ts";
import { buildRouter, introduce, packetsOf, type RoutedPair, sendToRouter } from "./lab.ts";

export const THROUGH = { source: "192.0.2.2", destination: "198.51.100.2" } as const;
export const TO_ROUTER = { source: "192.0.2.2", destination: "192.0.2.1" } as const;
/** What provokes a time exceeded unless a rule forbids it. */
export const EXPIRING = { ...THROUGH, timeToLive: 1 } as const;
/** Type and code of that error. */
export const EXCEEDED: readonly number[] = [IcmpType.TIME_EXCEEDED, 0];

/** `buildRouter`, with all neighbours known and the log empty. */
export function build(options?: Parameters<typeof buildRouter>[0]): RoutedPair {
  const pair = buildRouter(options);
  introduce(pair);
  return pair;
}

/** The ICMP messages that h1 has heard since the log was cleared. */
export function errorsAt({ lab, h1 }: RoutedPair): ReadIcmp[] {
  return packetsOf(lab.received(h1.device)).map(readIcmp);
}

/** Those that it hears when it sends these packets to the router at once. */
export function errors(pair: RoutedPair, ...packets: readonly Uint8Array[]): ReadIcmp[] {
  sendToRouter(pair, ...packets);
  return errorsAt(pair);
}

/** Type and code of each. */
export function kinds(heard: readonly ReadIcmp[]): number[][] {
  return heard.map(({ type, code }) => [type, code]);
}
