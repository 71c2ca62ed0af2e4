/** What is wrong with an option of an IPv4 header (RFC 791, RFC 2113) or a TCP header (RFC 9293, RFC 2018, RFC 7323). */

import type { Problem } from "./dissection.ts";
import { timestampLength } from "./ipv4-option-content.ts";
import { OptionType } from "./ipv4-options.ts";
import { isUsable, type WalkedOption } from "./option-walk.ts";
import { fixedLength, OptionKind } from "./tcp-options.ts";

/** Where a pointer to the first slot points, counted from 1. */
const FIRST_ROUTE = 4;
const FIRST_TIMESTAMP = 5;
const ROUTER_ALERT_LENGTH = 4;
/** Of the security option, the least (RFC 1108 section 2). */
const SECURITY_LENGTH = 3;
const SACK_BLOCK_LENGTH = 8;

/** What is wrong with an IPv4 option: nothing, or several things. Offsets are the view's. */
export function ipv4OptionProblems(view: DataView, option: WalkedOption): Problem[] {
  if (!isUsable(option)) return [unusable(option)];
  switch (option.type) {
    case OptionType.RECORD_ROUTE:
    case OptionType.LOOSE_SOURCE_ROUTE:
    case OptionType.STRICT_SOURCE_ROUTE:
      return slotProblems(view, option, FIRST_ROUTE, 4);
    case OptionType.TIMESTAMP:
      return timestampProblems(view, option);
    case OptionType.ROUTER_ALERT:
      return option.length === ROUTER_ALERT_LENGTH ? [] : [wrongLength(option, ROUTER_ALERT_LENGTH)];
    case OptionType.SECURITY:
      return option.length >= SECURITY_LENGTH ? [] : [wrongLength(option, SECURITY_LENGTH)];
    default:
      return [];
  }
}

/** The same for a TCP option. */
export function tcpOptionProblems(option: WalkedOption): Problem[] {
  if (!isUsable(option)) return [unusable(option)];
  const { type, length } = option;
  const odd = type === OptionKind.SACK ? (length - 2) % SACK_BLOCK_LENGTH : 0;
  const required = fixedLength(type) ?? length - odd;
  return length === required ? [] : [wrongLength(option, required)];
}

/** An option whose length is missing, less than its own two bytes, or more than what is left. */
function unusable({ offset, length, end }: WalkedOption): Problem {
  const there = end - offset;
  if (there < 2) return { text: "the length of an option is not there", offset, required: 2, actual: there };
  if (length < 2) return { ...lengthText(length, 2), offset: offset + 1 };
  const text = `the length of an option is ${length} bytes, ${there} are left`;
  return { text, offset: offset + 1, required: length, actual: there };
}

function wrongLength({ offset, length }: WalkedOption, required: number): Problem {
  return { ...lengthText(length, required), offset: offset + 1 };
}

function lengthText(actual: number, required: number): Pick<Problem, "text" | "required" | "actual"> {
  return { text: `the length of an option is ${actual} bytes, ${required} would be right`, required, actual };
}

function timestampProblems(view: DataView, option: WalkedOption): Problem[] {
  const { offset, length } = option;
  if (length < FIRST_TIMESTAMP - 1) return [wrongLength(option, FIRST_TIMESTAMP - 1)];
  const flag = view.getUint8(offset + 3) & 0x0f;
  const slotLength = timestampLength(flag);
  if (slotLength === 0) return [{ text: `the timestamp flag ${flag} has no meaning`, offset: offset + 3 }];
  return slotProblems(view, option, FIRST_TIMESTAMP, slotLength);
}

/**
 * What is wrong with an option that has slots of `size` bytes behind its third byte, the pointer, and of timestamps
 * their fourth. The pointer counts from 1: `first` is the first slot's, and behind the last slot it says that all are
 * full.
 */
function slotProblems(view: DataView, option: WalkedOption, first: number, size: number): Problem[] {
  const { offset, length } = option;
  if (length < first - 1) return [wrongLength(option, first - 1)];
  const odd = (length - first + 1) % size;
  const problems = odd === 0 ? [] : [wrongLength(option, length - odd)];
  const actual = view.getUint8(offset + 2);
  const last = length + 1 - odd;
  const nearest = Math.min(Math.max(actual, first), last);
  const required = nearest - ((nearest - first) % size);
  if (actual === required) return problems;
  const text = `the pointer of an option is ${actual}, from ${first} to ${last} in steps of ${size} are possible`;
  return [...problems, { text, offset: offset + 2, required, actual }];
}
