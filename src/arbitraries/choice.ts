/**
 * What a test may fix and what varies: wherever an option asks for a choice, it takes a value, which is then always
 * that, or an arbitrary of values.
 */
import fc from "fast-check";
import type { FieldCheck, FieldChecks } from "./field-check.ts";

/** A value, or an arbitrary of such values. */
export type Choice<T> = T | fc.Arbitrary<T>;

/**
 * A choice for some of the fields; those left out vary as they usually do. Fields named in `Addresses` take text too:
 * "10.0.0.1", "02:00:00:00:00:01".
 */
export type Choices<Fields, Addresses extends keyof Fields = never> = {
  readonly [Name in keyof Fields]?: Choice<NonNullable<Fields[Name]> | (Name extends Addresses ? string : never)>;
};

/** An arbitrary for every field. */
export type FieldArbitraries<Fields> = {
  readonly [Name in keyof Fields]-?: fc.Arbitrary<NonNullable<Fields[Name]>>;
};

/** The arbitrary that a choice stands for. */
export function arbitraryOf<T>(choice: Choice<T>): fc.Arbitrary<T> {
  return isArbitrary(choice) ? choice : fc.constant(choice);
}

/** By its methods: fast-check may be loaded twice, as a module and by require, and has then two classes. */
function isArbitrary<T>(choice: Choice<T>): choice is fc.Arbitrary<T> {
  return typeof (choice as { generate?: unknown } | null)?.generate === "function";
}

/**
 * A choice of what the check takes: a value at once, of an arbitrary each value when it is drawn.
 *
 * @throws TypeError, RangeError for a value that a field of this name cannot hold
 */
export function checkedChoice<T>(name: string, choice: Choice<unknown>, check: FieldCheck<T>): Choice<T> {
  if (!isArbitrary(choice)) return check(name, choice);
  return fc.tuple(choice).map(([value]) => check(name, value));
}

/**
 * The choices that were made. @throws TypeError for one of a field that there is none of, and as `checkedChoice` does
 */
export function checkedChoices<Fields>(
  choices: Choices<Fields, keyof Fields>,
  checks: FieldChecks<Fields>,
): Choices<Fields> {
  const made = Object.entries(choices).filter(([, choice]) => choice !== undefined);
  const entries = made.map(([name, choice]) => {
    if (!Object.hasOwn(checks, name)) throw unknownChoice(name, Object.keys(checks));
    return [name, checkedChoice(name, choice, checks[name as keyof Fields])];
  });
  return Object.fromEntries(entries) as Choices<Fields>;
}

/** Fields that vary as `usual` says, but for those that were chosen. */
export function fieldsOf<Fields>(
  usual: FieldArbitraries<Fields>,
  choices: Choices<Fields>,
): fc.Arbitrary<{ [Name in keyof Fields]-?: NonNullable<Fields[Name]> }> {
  const arbitraries: Record<string, fc.Arbitrary<unknown>> = { ...usual };
  for (const [name, choice] of Object.entries(choices)) {
    if (choice !== undefined) arbitraries[name] = arbitraryOf(choice);
  }
  return fc.record(arbitraries) as fc.Arbitrary<{ [Name in keyof Fields]-?: NonNullable<Fields[Name]> }>;
}

function unknownChoice(name: string, known: readonly string[]): TypeError {
  return new TypeError(`expected a choice for one of ${known.join(", ")}, found one for ${JSON.stringify(name)}`);
}

/** Kinds that there are, one at least. @throws RangeError that lists the known ones, TypeError for what is no list */
export function checkKinds(what: string, kinds: readonly string[], known: readonly string[]): void {
  if (!Array.isArray(kinds)) throw new TypeError(`expected a list of ${what}, found a value of type ${typeof kinds}`);
  const unknown = kinds.find((kind) => !known.includes(kind));
  if (unknown === undefined && kinds.length > 0) return;
  const found = kinds.length === 0 ? "none" : JSON.stringify(unknown);
  throw new RangeError(`expected ${what} (${known.join(", ")}), found ${found}`);
}

/** The usual value half of the time, and what a failing case shrinks to; otherwise one of `others`. */
export function usually<T>(value: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ withCrossShrink: true }, fc.constant(value), others);
}

/** Unsigned integers of so many bits, up to 48. */
export function bits(count: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 2 ** count - 1 });
}

/** `length` numbers from 0, in the order in which a failing case shrinks, as `at` maps them. */
export function indexed<T>(length: number, at: (index: number) => T): fc.Arbitrary<T> {
  return fc.integer({ min: 0, max: length - 1 }).map(at);
}
