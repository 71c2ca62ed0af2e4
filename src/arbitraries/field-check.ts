/** What a header's field can hold: whoever chooses something else is told so, and gets no frame with another value. */
import { parseIpv4, parseMac } from "../wire/index.ts";

/**
 * Takes what was chosen for a field, and returns it as the field has it. @throws TypeError for what is of another type,
 * RangeError for what the field cannot hold: "expected timeToLive from 0 to 255, found 300"
 */
export type FieldCheck<T> = (name: string, value: unknown) => T;

/** A check for every field. */
export type FieldChecks<Fields> = {
  readonly [Name in keyof Fields]-?: FieldCheck<NonNullable<Fields[Name]>>;
};

/** Integers of a range, and of a step where that is not 1. */
export function integers(minimum: number, maximum: number, step = 1): FieldCheck<number> {
  return (name, value) => {
    if (typeof value !== "number") throw wrongType(name, "a number", value);
    if (Number.isInteger(value) && value >= minimum && value <= maximum && value % step === 0) return value;
    const steps = step === 1 ? "" : ` in steps of ${step}`;
    throw new RangeError(`expected ${name} from ${minimum} to ${maximum}${steps}, found ${value}`);
  };
}

/** Unsigned integers of so many bits. */
export function unsigned(bitCount: number): FieldCheck<number> {
  return integers(0, 2 ** bitCount - 1);
}

/** True and false. */
export function flag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrongType(name, "true or false", value);
}

/** Bytes, whatever they are. */
export function someBytes(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw wrongType(name, "a Uint8Array", value);
}

/** Options with their padding, which the header's length counts in words: 40 bytes at most. */
export function headerOptions(name: string, value: unknown): Uint8Array {
  const options = someBytes(name, value);
  if (options.length <= 40 && options.length % 4 === 0) return options;
  throw new RangeError(`expected ${name} of 0 to 40 bytes in steps of 4, found ${options.length}`);
}

/** IPv4 addresses: unsigned, or text such as "10.0.0.1". */
export const ipv4AddressOf: FieldCheck<number> = addressOf(32, parseIpv4);

/** MAC addresses: below 2^48, or text such as "02:00:00:00:00:01". */
export const macAddressOf: FieldCheck<number> = addressOf(48, parseMac);

function addressOf(bitCount: number, parse: (text: string) => number): FieldCheck<number> {
  const check = unsigned(bitCount);
  return (name, value) => {
    if (typeof value !== "string") return check(name, value);
    try {
      return parse(value);
    } catch (error) {
      throw new RangeError(`${name}: ${(error as Error).message}`);
    }
  };
}

function wrongType(name: string, expected: string, value: unknown): TypeError {
  const found = value === null ? "null" : value instanceof Uint8Array ? "bytes" : `a value of type ${typeof value}`;
  return new TypeError(`expected ${name} to be ${expected}, found ${found}`);
}
