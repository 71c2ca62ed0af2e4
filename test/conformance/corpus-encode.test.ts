/** Every frame of ../shared/corpus, taken apart and put together again: the same bytes, and options as well. */

import { beforeAll, expect, it } from "vitest";
import { dissect, type Dissection, encodeFrame, ipv4, type Layer, tcp } from "../../src/wire/index.ts";
import { describeWith, shared } from "../tools/requirements.ts";
import { corpusFiles, visitPackets } from "./corpus-files.ts";

/** Why options do not come back from what they say. */
const UNEQUAL_OPTIONS = [
  "malformed: what stands behind the fault is no option",
  "other padding than the zeroes that fill the last word; it has no meaning (RFC 9293 section 3.1)",
] as const;

interface Outcome {
  frameCount: number;
  /** Frames without any problem but a wrong checksum or bytes that the capture lacks. */
  soundCount: number;
  readonly unequalFrames: string[];
  readonly gaps: string[];
  optionCount: number;
  readonly unequalOptions: { readonly place: string; readonly why: string | undefined }[];
}

/** Whether layers lie side by side from the first byte to the last. */
function covers({ layers }: Dissection, length: number): boolean {
  const end = layers.reduce((position, layer) => (layer.offset === position ? position + layer.length : NaN), 0);
  return end === length;
}

function isSound({ layers }: Dissection): boolean {
  const problems = layers.flatMap((layer) => layer.problems);
  return problems.every(({ text }) => /^the (checksum is|capture has) /.test(text));
}

/** The options of a header, built from what they say. */
function rebuilt(layer: Layer, view: DataView): Uint8Array {
  if (layer.protocol === "ipv4") {
    return ipv4.buildOptions(ipv4.options(view, layer.offset).map((place) => ipv4.readOption(view, place)));
  }
  return tcp.buildOptions(tcp.options(view, layer.offset).map((place) => tcp.readOption(view, place)));
}

function whyUnequal({ problems, fields }: Layer): (typeof UNEQUAL_OPTIONS)[number] | undefined {
  if (problems.some(({ text }) => /^the length of an option /.test(text))) return UNEQUAL_OPTIONS[0];
  const padding = fields.find(({ name }) => name.endsWith(".option.end"))?.value;
  return padding instanceof Uint8Array && (padding.length > 3 || padding.some((byte) => byte !== 0))
    ? UNEQUAL_OPTIONS[1]
    : undefined;
}

function encodeCorpus(): Outcome {
  const outcome: Outcome = {
    frameCount: 0,
    soundCount: 0,
    unequalFrames: [],
    gaps: [],
    optionCount: 0,
    unequalOptions: [],
  };
  for (const file of corpusFiles()) {
    visitPackets(file, ({ number, view, end, originalLength, linkType }, bytes) => {
      const place = `${file} frame ${number}`;
      const dissection = dissect(view, 0, end, originalLength, linkType);
      outcome.frameCount++;
      if (isSound(dissection)) outcome.soundCount++;
      if (!covers(dissection, end)) outcome.gaps.push(place);
      if (Buffer.compare(encodeFrame(dissection), bytes) !== 0) outcome.unequalFrames.push(place);
      for (const layer of dissection.layers) {
        const options = layer.fields.find(({ name }) => name.endsWith(".options"))?.value;
        if (!(options instanceof Uint8Array)) continue;
        outcome.optionCount++;
        const isEqual = Buffer.compare(rebuilt(layer, view), options) === 0;
        if (!isEqual) outcome.unequalOptions.push({ place, why: whyUnequal(layer) });
      }
    });
  }
  return outcome;
}

/** In milliseconds: on a busy machine, 23,823 frames take longer than a hook may. */
const TIMEOUT = 60_000;

describeWith(shared("corpus/captures"), "the corpus of captures", () => {
  let outcome: Outcome;
  beforeAll(() => {
    outcome = encodeCorpus();
    const { frameCount, soundCount, optionCount, unequalOptions } = outcome;
    console.log(
      `${frameCount} frames put together again, ${soundCount} of them sound; ` +
        `${optionCount - unequalOptions.length} of ${optionCount} headers' options from what they say`,
    );
  }, TIMEOUT);

  it("has layers side by side in every frame", () => {
    expect(outcome.gaps).toEqual([]);
  });

  it("comes back byte for byte, sound or not", () => {
    expect(outcome.frameCount).toBe(23_861);
    expect(outcome.soundCount).toBeGreaterThan(23_700);
    expect(outcome.unequalFrames).toEqual([]);
  });

  it("has options that come back from what they say, but for named reasons", () => {
    expect(outcome.unequalOptions.filter(({ why }) => why === undefined)).toEqual([]);
    const counts = UNEQUAL_OPTIONS.map((reason) => outcome.unequalOptions.filter(({ why }) => why === reason).length);
    expect(outcome.optionCount).toBeGreaterThan(7_000);
    expect(counts).toEqual([9, 9]);
  });
});
