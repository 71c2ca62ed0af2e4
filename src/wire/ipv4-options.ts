/**
 * IPv4 options (RFC 791 section 3.1, "Options"; numbers: IANA "IP Option Numbers").
 *
 * An option is one byte of type, and except for END and NOP one byte of length (which counts both)
 * and its content. The engine carries options as bytes; these functions list, check and print them, and
 * ipv4-option-content.ts reads and builds what they say. `offset` is the IPv4 header's, whose `check` must
 * have returned 0.
 */

import { DropReason } from "./drop-reason.ts";
import { formatIpv4 } from "./ipv4-address.ts";

const OPTIONS = 20; // where options start in the header

/** Values of an option's type byte: copied flag, class and number together. */
export const OptionType = {
  END: 0,
  NOP: 1,
  RECORD_ROUTE: 7,
  TIMESTAMP: 68,
  SECURITY: 130,
  LOOSE_SOURCE_ROUTE: 131,
  STRICT_SOURCE_ROUTE: 137,
  ROUTER_ALERT: 148,
} as const;

/** Where one option stands. */
export interface Ipv4OptionPlace {
  readonly type: number;
  /** Position of the type byte in the view. */
  readonly offset: number;
  /** Length in bytes, type and length byte included. */
  readonly length: number;
}

/**
 * The options in order, without the END that closes them. The list stops before the first that is
 * malformed.
 */
export function options(view: DataView, offset: number): Ipv4OptionPlace[] {
  const found: Ipv4OptionPlace[] = [];
  const end = headerEnd(view, offset);
  let position = offset + OPTIONS;
  while (position < end && view.getUint8(position) !== OptionType.END) {
    const length = optionLength(view, position, end);
    if (length === 0) break;
    found.push({ type: view.getUint8(position), offset: position, length });
    position += length;
  }
  return found;
}

/** Whether the options are sound: `IP_OPTIONS` when a length is below 2 or beyond the header, otherwise 0. */
export function checkOptions(view: DataView, offset: number): DropReason {
  const end = headerEnd(view, offset);
  let position = offset + OPTIONS;
  while (position < end && view.getUint8(position) !== OptionType.END) {
    const length = optionLength(view, position, end);
    if (length === 0) return DropReason.IP_OPTIONS;
    position += length;
  }
  return DropReason.NONE;
}

/** Whether the packet asks for a loose or strict source route, which Linux refuses unless told otherwise. */
export function hasSourceRoute(view: DataView, offset: number): boolean {
  const end = headerEnd(view, offset);
  let position = offset + OPTIONS;
  while (position < end && view.getUint8(position) !== OptionType.END) {
    if (isSourceRoute(view.getUint8(position))) return true;
    const length = optionLength(view, position, end);
    if (length === 0) return false;
    position += length;
  }
  return false;
}

const NAMES: Readonly<Record<number, string>> = {
  [OptionType.END]: "EOL",
  [OptionType.NOP]: "NOP",
  [OptionType.RECORD_ROUTE]: "RR",
  [OptionType.TIMESTAMP]: "timestamp",
  [OptionType.SECURITY]: "security",
  [OptionType.LOOSE_SOURCE_ROUTE]: "LSRR",
  [OptionType.STRICT_SOURCE_ROUTE]: "SSRR",
  [OptionType.ROUTER_ALERT]: "RA",
};

/** The options as `tcpdump -v` prints them, `NOP,RR 10.0.0.1, 0.0.0.0`, timestamps without their content. */
export function optionsText(view: DataView, offset: number): string {
  const end = headerEnd(view, offset);
  const texts: string[] = [];
  let position = offset + OPTIONS;
  while (position < end) {
    const type = view.getUint8(position);
    const name = NAMES[type] ?? `unknown ${type}`;
    const length = type === OptionType.END ? 1 : optionLength(view, position, end);
    texts.push(length === 0 ? `${name} [bad length]` : `${name}${routeText(view, position, length)}`);
    if (type === OptionType.END || length === 0) break;
    position += length;
  }
  return texts.join(",");
}

/** The addresses of a route option; a comma follows those that the pointer has passed (RFC 791 section 3.1). */
function routeText(view: DataView, position: number, length: number): string {
  const type = view.getUint8(position);
  if ((type !== OptionType.RECORD_ROUTE && !isSourceRoute(type)) || length < 3) return "";
  const pointer = view.getUint8(position + 2) - 1;
  let text = "";
  for (let at = 3; at + 4 <= length; at += 4) {
    text += ` ${formatIpv4(view.getUint32(position + at))}${pointer > at ? "," : ""}`;
  }
  return text;
}

function isSourceRoute(type: number): boolean {
  return type === OptionType.LOOSE_SOURCE_ROUTE || type === OptionType.STRICT_SOURCE_ROUTE;
}

function headerEnd(view: DataView, offset: number): number {
  return offset + ((view.getUint8(offset) & 0x0f) << 2);
}

/** The option's length in bytes, 0 when it is malformed. */
function optionLength(view: DataView, position: number, end: number): number {
  if (view.getUint8(position) === OptionType.NOP) return 1;
  if (position + 2 > end) return 0;
  const length = view.getUint8(position + 1);
  return length < 2 || position + length > end ? 0 : length;
}
