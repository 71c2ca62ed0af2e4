import { expect, it } from "vitest";
import { progressText } from "../../../src/cli/reading-progress.ts";

it.each([
  [[{ position: 41, length: 100 }], "41 %, 1,234,567 packets"],
  [
    [
      { position: 50, length: 100 },
      { position: 100, length: 100 },
    ],
    "75 %, 1,234,567 packets",
  ],
  [[{ position: 12_345_678, length: undefined }], "12 MB, 1,234,567 packets"],
  [
    [
      { position: 5e6, length: undefined },
      { position: 0, length: 100 },
    ],
    "5 MB, 1,234,567 packets",
  ],
  [[{ position: 0, length: 0 }], "0 MB, 1,234,567 packets"],
])("%j", (sources, text) => expect(progressText(sources, 1_234_567)).toBe(text));
