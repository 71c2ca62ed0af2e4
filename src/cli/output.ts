/** Text for people, on standard output and standard error, with colour only where a terminal shows it. */
import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colour only on a terminal that has it, and not when NO_COLOR is set (Node minds it in hasColors). */
const hasColour = process.stdout.isTTY === true && process.stdout.hasColors() && (process.env["NO_COLOR"] ?? "") === "";

/** What `style` and `plain` are. */
export type Style = (format: Format, text: string) => string;

/** The text in a format such as "bold" or "red", where colours are shown. */
export function style(format: Format, text: string): string {
  return hasColour ? styleText(format, text) : text;
}

/** The text as it is, for files. */
export function plain(_format: Format, text: string): string {
  return text;
}

/**
 * Text from outside on one line: arguments and what captures say may hold anything, and line breaks and what else steers
 * a terminal is escaped.
 */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Writes to standard output; returns 0, the exit code of a command that only had to say something. */
export function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** Writes to standard error. */
export function printError(text: string): void {
  process.stderr.write(text);
}

/** Where a command's text goes: to standard error while a capture takes standard output. */
export function textPrinter(captureTarget: string | undefined): (text: string) => void {
  return captureTarget === "-" ? printError : print;
}
