/**
 * What IPv4 options say, read and built: routes and timestamps (RFC 791 section 3.1, "Options"), router alert
 * (RFC 2113).
 */

import { formatIpv4 } from "./ipv4-address.ts";
import { type Ipv4OptionPlace, OptionType } from "./ipv4-options.ts";
import { contentOf, optionWith, paddedOptions, word } from "./option-bytes.ts";

/** Where a pointer that has passed nothing yet points: the first byte behind itself, counted from 1. */
const FIRST_ROUTE = 4;
const FIRST_TIMESTAMP = 5;

/** Values of the timestamp option's flag: which slots have an address. */
const TimestampFlag = {
  TIMES_ALONE: 0,
  WITH_ADDRESSES: 1,
  PRESPECIFIED: 3,
} as const;

/** One slot of a timestamp option. */
export interface Ipv4Timestamp {
  /** Who stamped, or should; missing where the flag is 0. */
  readonly address?: number;
  /** Milliseconds since midnight UT, or with the highest bit set anything else. */
  readonly time: number;
}

/**
 * What an option says. END is none: `buildOptions` pads with it. A pointer counts bytes from the option's first,
 * which is 1; left out, it points to the first slot.
 */
export type Ipv4Option =
  | { readonly name: "nop" }
  | {
      readonly name: "recordRoute" | "looseSourceRoute" | "strictSourceRoute";
      readonly pointer?: number;
      /** Every slot, filled or not. */
      readonly addresses: readonly number[];
    }
  | {
      readonly name: "timestamp";
      readonly pointer?: number;
      /** Count of routers that found no slot, 0 to 15; 0 when left out. */
      readonly overflow?: number;
      /** 0: times alone, 1: each with its address, 3: for the addresses given. */
      readonly flag: number;
      /** Every slot, filled or not. */
      readonly timestamps: readonly Ipv4Timestamp[];
    }
  | { readonly name: "routerAlert"; /** 0: every router shall look at the packet. */ readonly value: number }
  | { readonly name: "unknown"; readonly type: number; readonly content: Uint8Array };

const ROUTE_TYPES = {
  recordRoute: OptionType.RECORD_ROUTE,
  looseSourceRoute: OptionType.LOOSE_SOURCE_ROUTE,
  strictSourceRoute: OptionType.STRICT_SOURCE_ROUTE,
} as const;

const ROUTE_TEXTS = {
  recordRoute: "record route",
  looseSourceRoute: "loose source route",
  strictSourceRoute: "strict source route",
} as const;

/**
 * What one of the options that `options` lists says. One whose length does not fit its type is "unknown": its
 * content is all there is to say.
 */
export function readOption(view: DataView, place: Ipv4OptionPlace): Ipv4Option {
  const { type, offset, length } = place;
  switch (type) {
    case OptionType.NOP:
      return { name: "nop" };
    case OptionType.RECORD_ROUTE:
      return readRoute(view, "recordRoute", place);
    case OptionType.LOOSE_SOURCE_ROUTE:
      return readRoute(view, "looseSourceRoute", place);
    case OptionType.STRICT_SOURCE_ROUTE:
      return readRoute(view, "strictSourceRoute", place);
    case OptionType.TIMESTAMP:
      return readTimestamps(view, place);
    case OptionType.ROUTER_ALERT:
      return length === 4 ? { name: "routerAlert", value: view.getUint16(offset + 2) } : readUnknown(view, place);
    default:
      return readUnknown(view, place);
  }
}

function readRoute(view: DataView, name: keyof typeof ROUTE_TYPES, place: Ipv4OptionPlace): Ipv4Option {
  const { offset, length } = place;
  if (length < 3 || (length - 3) % 4 !== 0) return readUnknown(view, place);
  const addresses = Array.from({ length: (length - 3) / 4 }, (_, slot) => view.getUint32(offset + 3 + 4 * slot));
  return { name, pointer: view.getUint8(offset + 2), addresses };
}

function readTimestamps(view: DataView, place: Ipv4OptionPlace): Ipv4Option {
  const { offset, length } = place;
  if (length < 4) return readUnknown(view, place);
  const flag = view.getUint8(offset + 3) & 0x0f;
  const slotLength = timestampLength(flag);
  if (slotLength === 0 || (length - 4) % slotLength !== 0) return readUnknown(view, place);
  const timestamps = Array.from({ length: (length - 4) / slotLength }, (_, slot) => {
    const at = offset + 4 + slot * slotLength;
    if (slotLength === 4) return { time: view.getUint32(at) };
    return { address: view.getUint32(at), time: view.getUint32(at + 4) };
  });
  const overflow = view.getUint8(offset + 3) >> 4;
  return { name: "timestamp", pointer: view.getUint8(offset + 2), overflow, flag, timestamps };
}

/** Length of a timestamp option's slot in bytes, 0 for a flag without meaning. */
export function timestampLength(flag: number): number {
  if (flag === TimestampFlag.TIMES_ALONE) return 4;
  return flag === TimestampFlag.WITH_ADDRESSES || flag === TimestampFlag.PRESPECIFIED ? 8 : 0;
}

function readUnknown(view: DataView, { type, offset, length }: Ipv4OptionPlace): Ipv4Option {
  return { name: "unknown", type, content: contentOf(view, offset, length) };
}

/**
 * The bytes of options, for the `options` of `write`: padded with END to a multiple of four.
 *
 * @throws RangeError when they take more than 40 bytes, or when a timestamp's slots are not as its flag has them
 */
export function buildOptions(list: readonly Ipv4Option[]): Uint8Array {
  return paddedOptions("IPv4", list.flatMap(optionBytes));
}

function optionBytes(option: Ipv4Option): number[] {
  switch (option.name) {
    case "nop":
      return [OptionType.NOP];
    case "timestamp": {
      const { pointer = FIRST_TIMESTAMP, overflow = 0, flag, timestamps } = option;
      const slots = timestamps.flatMap((timestamp) => timestampBytes(timestamp, timestampLength(flag)));
      return optionWith(OptionType.TIMESTAMP, [pointer, (overflow << 4) | flag, ...slots]);
    }
    case "routerAlert":
      return optionWith(OptionType.ROUTER_ALERT, [option.value >> 8, option.value & 0xff]);
    case "unknown":
      return optionWith(option.type, [...option.content]);
    default: {
      const { name, pointer = FIRST_ROUTE, addresses } = option;
      return optionWith(ROUTE_TYPES[name], [pointer, ...addresses.flatMap(word)]);
    }
  }
}

function timestampBytes({ address, time }: Ipv4Timestamp, length: number): number[] {
  if (length === 0) throw new RangeError("expected a timestamp option's flag to be 0, 1 or 3");
  if ((address === undefined) !== (length === 4)) {
    throw new RangeError(`expected timestamps ${length === 4 ? "without" : "with"} addresses, as the flag has it`);
  }
  return address === undefined ? word(time) : [...word(address), ...word(time)];
}

/** One option in words: `record route 10.0.0.1 0.0.0.0, pointer 8`. */
export function optionText(option: Ipv4Option): string {
  switch (option.name) {
    case "nop":
      return "nop";
    case "routerAlert":
      return `router alert ${option.value}`;
    case "unknown":
      return `type ${option.type}, ${option.content.length} bytes of content`;
    case "timestamp": {
      const { pointer = FIRST_TIMESTAMP, overflow = 0, flag, timestamps } = option;
      const slots = timestamps.map(
        ({ address, time }) => `${address === undefined ? "" : `${formatIpv4(address)}@`}${time}`,
      );
      return `timestamp ${slots.join(" ")}, pointer ${pointer}, flag ${flag}, overflow ${overflow}`;
    }
    default: {
      const { name, pointer = FIRST_ROUTE, addresses } = option;
      return `${ROUTE_TEXTS[name]} ${addresses.map(formatIpv4).join(" ")}, pointer ${pointer}`;
    }
  }
}
