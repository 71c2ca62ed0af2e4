/** A run in words. */

import type { Finding, Report } from "./fuzz.ts";

/** What was found: the seed and number that make it again, what is wrong, and the smallest input in hexadecimal. */
export function findingText(seed: number, { number, text, input }: Finding): string {
  if (input === undefined) return `finding, seed ${seed}: ${text}\n`;
  const { target, bytes, linkType, missing } = input;
  const frame = target === "frame" ? `, link type ${linkType}${missing > 0 ? `, ${missing} bytes missing` : ""}` : "";
  const hex = Buffer.from(bytes)
    .toString("hex")
    .replace(/.{64}(?=.)/g, "$&\n  ");
  return [
    `finding, seed ${seed}, input ${number}: ${text}`,
    `  the smallest ${target} that shows it has ${bytes.length} bytes${frame}:`,
    `  ${hex}`,
    `  again: npm run fuzz -- --seed ${seed} --input ${number}\n`,
  ].join("\n");
}

/** How many inputs were tried, and how many things found. */
export function summaryText(seed: number, { counts, findings }: Report, seconds: number): string {
  const total = counts.frame + counts.capture + counts.filter;
  const parts = `${counts.frame} frames, ${counts.capture} captures, ${counts.filter} filters`;
  return `seed ${seed}: ${total} inputs (${parts}) in ${seconds.toFixed(1)} s, ${findings.length} findings\n`;
}
