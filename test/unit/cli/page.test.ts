/** What the page shows behind `$ npx podwire ...` is what the command prints. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { podwireHere } from "./command.ts";

const PAGE = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

interface Shown {
  readonly command: string;
  readonly lines: readonly string[];
}

/** Commands with the lines that the page shows below them, in code blocks. */
const SHOWN: readonly Shown[] = Array.from(PAGE.matchAll(/^```\n([^]*?)^```$/gm), ([, block]) => block!).flatMap(
  (block) =>
    block
      .split(/^\$ /m)
      .filter((part) => part.startsWith("npx podwire "))
      .map((part) => {
        const [command, ...lines] = part.trimEnd().split("\n");
        return { command: command!.slice("npx podwire ".length), lines };
      }),
);

describe("the page shows what is printed by", () => {
  it.each(SHOWN)("$command", async ({ command, lines }) => {
    const { stdout } = await podwireHere(command.split(" "));
    const printed = stdout.split("\n").map((line) => line.trimEnd());
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [start = "", end = ""] = line.split("…").map((part) => part.trimEnd());
      expect(
        printed.some(
          (own) => own === line.trimEnd() || (line.includes("…") && own.startsWith(start) && own.endsWith(end)),
        ),
      ).toBe(true);
    }
  });
});

it("shows some", () => {
  expect(SHOWN.length).toBeGreaterThan(3);
});
