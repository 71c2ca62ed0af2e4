/** Options in the manner of getopt(3), with its complaints: what the originals of these commands use. */
import { CommandError } from "./command.ts";

export interface WordOptions {
  /** By letter: the option's value, or "" for a switch. */
  readonly values: ReadonlyMap<string, string>;
  /** By letter: how often the option is there. */
  readonly counts: ReadonlyMap<string, number>;
  readonly operands: readonly string[];
}

/**
 * @param letters options as getopt takes them: "c:nv", a colon behind those with a value
 * @throws CommandError (exit code 2) for an option that is not there, or one whose value is missing
 */
export function readWordOptions(program: string, words: readonly string[], letters: string): WordOptions {
  const values = new Map<string, string>();
  const counts = new Map<string, number>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--") {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    for (let position = 1; position < word.length; position++) {
      const letter = word[position]!;
      const known = letter === ":" ? -1 : letters.indexOf(letter);
      if (known < 0) throw new CommandError(`${program}: invalid option -- '${letter}'`, 2);
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
      if (letters[known + 1] !== ":") {
        values.set(letter, "");
        continue;
      }
      const value = position + 1 < word.length ? word.slice(position + 1) : words[++at];
      if (value === undefined) throw new CommandError(`${program}: option requires an argument -- '${letter}'`, 2);
      values.set(letter, value);
      break;
    }
  }
  return { values, counts, operands };
}

/** A number that an option has. @throws CommandError (exit code 2) when it is none, or outside minimum..maximum. */
export function numberOption(
  program: string,
  { values }: WordOptions,
  letter: string,
  usual: number,
  minimum: number,
  maximum: number,
): number {
  const text = values.get(letter);
  if (text === undefined) return usual;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value >= minimum && value <= maximum))
    throw new CommandError(
      `${program}: invalid argument: '${text}': out of range: ${minimum} <= value <= ${maximum}`,
      2,
    );
  return value;
}
