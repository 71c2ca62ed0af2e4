/** A fixed count of damaged inputs; `npm run fuzz` tries more. And the fuzzer itself, which must find what is wrong. */

import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/errors.ts";
import { describeWith, shared, sharedPath } from "../tools/requirements.ts";
import { type Finding, fuzz, type Report } from "./fuzz.ts";
import { type Look, tryPlaces } from "./frame-target.ts";
import { type Input, require, step } from "./input.ts";
import { Inputs } from "./inputs.ts";
import { minimize } from "./minimize.ts";
import { mutateFrame } from "./mutate.ts";
import { HELP, readRequest } from "./options.ts";
import { Random } from "./random.ts";
import { findingText, summaryText } from "./report.ts";
import { corpusSeeds, type Seeds } from "./seeds.ts";
import { endsWithin, MemoryWatch } from "./watch.ts";

const NO_CORPUS: Seeds = { frames: [], captures: [] };
const SEED = 20_260_101;

const usual = { seed: SEED, corpus: NO_CORPUS, first: 0 };

function run(corpus: Seeds, count: number, check?: (input: Input) => void): Report {
  return fuzz({ ...usual, corpus, batch: 100, goesOn: (next) => next < count }, check);
}

function texts(findings: readonly Finding[]): string[] {
  return findings.map((finding) => findingText(SEED, finding));
}

describe("damaged inputs from the generators", () => {
  it("give results or declared errors, of nothing but their own bytes", () => {
    const { counts, findings } = run(NO_CORPUS, 400);
    expect(texts(findings)).toEqual([]);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(10);
  });
});

describeWith(shared("corpus/captures"), "damaged inputs from the corpus as well", () => {
  it("give results or declared errors, of nothing but their own bytes", () => {
    const corpus = corpusSeeds(sharedPath("corpus/captures"));
    expect(corpus.frames.length).toBeGreaterThan(1_000);
    expect(texts(run(corpus, 600).findings)).toEqual([]);
  });
});

describe("the fuzzer", () => {
  const frame: Input = { target: "frame", bytes: new Uint8Array(), linkType: 1, missing: 0 };

  it("tries the same inputs for the same seed, whichever is the first, and others for another", () => {
    const [one, again, other] = [SEED, SEED, 1].map((seed) => new Inputs(seed, NO_CORPUS));
    const first = Array.from({ length: 50 }, (_, number) => one!.at(number));
    expect(again!.at(49)).toEqual(first[49]);
    expect(again!.at(3)).toEqual(first[3]);
    expect(other!.at(3)).not.toEqual(first[3]);
  });

  it("cuts some inputs at every length", () => {
    const inputs = new Inputs(SEED, NO_CORPUS);
    const cut = Array.from({ length: 1_000 }, (_, number) => inputs.at(number)).find((list) => list.length > 20)!;
    expect(cut.map(({ bytes }) => bytes.length)).toEqual(cut.map((_, length) => length));
  });

  it("finds what throws, once, and shows the smallest frame", () => {
    const { findings } = run(NO_CORPUS, 300, ({ target, bytes }) => {
      if (target === "frame" && bytes.length >= 20) {
        step("reader", () => new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint8(bytes.length + 100));
      }
    });
    expect(findings).toHaveLength(1);
    const { number, input, text } = findings[0]!;
    expect(text).toMatch(/^reader: RangeError: Offset is outside the bounds of the DataView at /);
    expect(input).toEqual({ ...frame, bytes: new Uint8Array(20), linkType: 1 });
    expect(texts(findings)[0]).toBe(
      `finding, seed ${SEED}, input ${number}: ${text}\n` +
        "  the smallest frame that shows it has 20 bytes, link type 1:\n" +
        `  ${"00".repeat(20)}\n  again: npm run fuzz -- --seed ${SEED} --input ${number}\n`,
    );
  });

  it("finds what takes too long", () => {
    const wait = new Int32Array(new SharedArrayBuffer(4));
    const limits = { slow: 10, hang: 5_000 };
    const slow = ({ target, bytes }: Input): void => {
      if (target === "filter" && bytes.length >= 8) Atomics.wait(wait, 0, 0, 15);
    };
    const { findings } = fuzz({ ...usual, batch: 50, goesOn: (next) => next < 50, limits }, slow);
    expect(findings.map(({ text, input }) => [text, input?.target])).toEqual([["takes too long", "filter"]]);
  });

  it("stops what does not come to an end, and goes on behind it", () => {
    const limits = { slow: 500, hang: 20 };
    const loop = ({ target }: Input): void => {
      while (target === "filter");
    };
    const { findings, counts, next } = fuzz({ ...usual, batch: 30, goesOn: (next) => next < 60, limits }, loop);
    expect(findings.map(({ text, input }) => [text, input?.target])).toEqual([
      ["does not come to an end within 20 ms", "filter"],
    ]);
    expect(findings[0]!.input!.bytes).toHaveLength(0);
    expect(counts.filter).toBeGreaterThan(1);
    expect(next).toBeGreaterThanOrEqual(60);
  });

  it("lets errors through that come before the time is over", () => {
    expect(endsWithin(5_000, () => undefined)).toBe(true);
    expect(() => endsWithin(5_000, () => require(false, "a violation"))).toThrow("a violation");
  });

  it("finds memory that grows and stays", () => {
    const measures = [300, 200, 230, 249].map((megabytes) => megabytes * 2 ** 20);
    const watch = new MemoryWatch(() => measures.shift()!);
    expect([watch.measure(), watch.measure(), watch.measure()]).toEqual(["", "", ""]);
    expect(watch.measure()).toBe(`memory has grown from ${200 * 2 ** 20} to ${249 * 2 ** 20} bytes`);
    expect(new MemoryWatch().measure()).toBe("");
  });

  it.each([
    ["behind", (view: DataView, _offset: number, end: number) => (end < view.byteLength ? view.getUint8(end) : 0)],
    ["before", (view: DataView, offset: number) => (offset > 0 ? view.getUint8(offset - 1) : 0)],
  ])("finds a reader that looks at the byte %s a frame", (_where, read) => {
    const look: Look = (_input, place) => {
      const { view, offset, end } = place();
      return new Map([["reader", String(read(view, offset, end))]]);
    };
    const bytes = new Uint8Array(14);
    expect(() => tryPlaces({ ...frame, bytes }, look)).toThrow("reader: reads what stands beside the frame");
    expect(() => tryPlaces({ ...frame, bytes }, () => new Map([["reader", "0"]]))).not.toThrow();
  });

  it("leaves out of an input what does not matter", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    const small = minimize({ ...frame, bytes, missing: 9 }, (input) => input.bytes.includes(77), 1_000);
    expect(small).toEqual({ ...frame, bytes: Uint8Array.of(77) });
  });

  it("leaves out a short stretch wherever it stands", () => {
    const tagged = Uint8Array.of(1, 2, 3, 4, 5, 0x81, 0, 0, 0, 8, 6, 7);
    const small = minimize({ ...frame, bytes: tagged }, ({ bytes }) => bytes[5] === 8 || bytes[9] === 8, 1_000);
    expect(small.bytes).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 8));
  });

  it("tries a frame as it is that cannot be taken apart to be damaged", () => {
    const linkType = Object.assign(Object.create(null), { toString: () => require(false, "a fault") }) as never;
    const bytes = new Uint8Array(60);
    for (let number = 0; number < 50; number++)
      expect(mutateFrame(new Random(1, number), bytes, bytes, linkType)).toBeInstanceOf(Uint8Array);
  });

  it("counts what it has tried", () => {
    const report = { counts: { frame: 5, capture: 2, filter: 1 }, next: 8, findings: [] };
    expect(summaryText(3, report, 1.25)).toBe(
      "seed 3: 8 inputs (5 frames, 2 captures, 1 filters) in 1.3 s, 0 findings\n",
    );
  });
});

describe("npm run fuzz", () => {
  it("takes minutes, a seed and an input", () => {
    expect(readRequest([])).toEqual({ minutes: 1, seed: 1, input: undefined });
    expect(readRequest("--minutes 0.5 --seed 7 --input 9".split(" "))).toEqual({ minutes: 0.5, seed: 7, input: 9 });
  });

  it("helps, on lines that a terminal has room for", () => {
    expect(readRequest(["--help"])).toBeNull();
    for (const line of HELP.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each([
    ["--minutes 0", 'expected --minutes from 0.01 to 10000, found "0"'],
    ["--minutes many", 'expected --minutes from 0.01 to 10000, found "many"'],
    ["--seed -1", 'expected --seed from 0 to 2147483647, found "-1"'],
    ["--seed 1.5", 'expected --seed from 0 to 2147483647, found "1.5"'],
    ["--input x", 'expected --input from 0 to 2147483647, found "x"'],
    ["fast", "expected no argument, found fast: see npm run fuzz -- --help"],
    ["--fast", "unknown option '--fast'"],
  ])("refuses %s in one line", (text, message) => {
    const attempt = (): unknown => readRequest(text.split(" "));
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow("\n");
  });
});
