/** Fields of IPv4 headers, and the options behind them. */
import fc from "fast-check";
import { ipv4 } from "../wire/index.ts";
import { ipv4Address } from "./addresses.ts";
import { bits, checkedChoices, type Choices, fieldsOf, indexed, usually } from "./choice.ts";
import { type FieldChecks, flag, headerOptions, integers, ipv4AddressOf, unsigned } from "./field-check.ts";
import type { Ipv4LayerFields } from "./frame-layer.ts";

/** What Linux sends. */
const USUAL_TIME_TO_LIVE = 64;

/** What may be chosen for an IPv4 header. */
export type Ipv4Choices = Choices<Ipv4LayerFields, "source" | "destination">;

const CHECKS: FieldChecks<Ipv4LayerFields> = {
  typeOfService: unsigned(8),
  identification: unsigned(16),
  reservedFlag: flag,
  dontFragment: flag,
  moreFragments: flag,
  fragmentOffset: integers(0, 65_528, 8),
  timeToLive: unsigned(8),
  source: ipv4AddressOf,
  destination: ipv4AddressOf,
  options: headerOptions,
};

/**
 * Headers that anybody may send: unicast addresses, a time to live of at least 1, the reserved flag clear, whole
 * datagrams. One in four has options. Source routes are not among them: nobody forwards these, and with one the
 * checksum of UDP and TCP covers the last hop's address and not the header's.
 */
export function ipv4Fields(choices: Ipv4Choices = {}): fc.Arbitrary<Ipv4LayerFields> {
  return fieldsOf<Ipv4LayerFields>(
    {
      typeOfService: usually(0, bits(8)),
      identification: usually(0, bits(16)),
      reservedFlag: fc.constant(false),
      dontFragment: fc.boolean(),
      moreFragments: fc.constant(false),
      fragmentOffset: fc.constant(0),
      timeToLive: usually(
        USUAL_TIME_TO_LIVE,
        indexed(255, (index) => index + 1),
      ),
      source: ipv4Address(1),
      destination: ipv4Address(2),
      options: usually(new Uint8Array(0), usually(new Uint8Array(0), ipv4OptionBytes())),
    },
    checkedChoices(choices, CHECKS),
  );
}

/** Options with their padding: no operation, record route, timestamp and router alert, one or two of them. */
export function ipv4OptionBytes(): fc.Arbitrary<Uint8Array> {
  const option = fc.oneof(routerAlert, recordRoute, timestamp, fc.constant<ipv4.Ipv4Option>({ name: "nop" }));
  return fc.array(option, { minLength: 1, maxLength: 2 }).map(ipv4.buildOptions);
}

/** RFC 2113: the value 0, "every router shall examine the packet". */
const routerAlert = fc.constant<ipv4.Ipv4Option>({ name: "routerAlert", value: 0 });

/** RFC 791: up to three places, the first of them filled in. */
const recordRoute = fc
  .record({ places: fc.integer({ min: 1, max: 3 }), filled: fc.nat(3), address: ipv4Address() })
  .map(({ places, filled, address }): ipv4.Ipv4Option => {
    const passed = Math.min(filled, places);
    const addresses = Array.from({ length: places }, (_, place) => (place < passed ? address : 0));
    return { name: "recordRoute", pointer: 4 + 4 * passed, addresses };
  });

/** RFC 791: timestamps alone (flag 0), milliseconds since midnight UT, none overflowed. */
const timestamp = fc
  .record({ places: fc.integer({ min: 1, max: 2 }), filled: fc.nat(2), milliseconds: fc.nat(86_399_999) })
  .map(({ places, filled, milliseconds }): ipv4.Ipv4Option => {
    const passed = Math.min(filled, places);
    const timestamps = Array.from({ length: places }, (_, place) => ({ time: place < passed ? milliseconds : 0 }));
    return { name: "timestamp", pointer: 5 + 4 * passed, flag: 0, timestamps };
  });
