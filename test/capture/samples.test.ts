/** `pcap-samples/` is what the engine writes today, byte for byte. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PcapngRecordWriter } from "../../src/capture/index.ts";
import { renderSamples } from "../../src/cli/samples.ts";
import { read, write } from "../property/capture-records.ts";
import { readFrames } from "./frame-reader.ts";

const FOLDER = fileURLToPath(new URL("../../pcap-samples/", import.meta.url));

describe("pcap-samples", () => {
  const samples = renderSamples();

  it("holds a capture and a text of each scenario, a page, and nothing else", () => {
    expect(samples.length).toBeGreaterThanOrEqual(9);
    expect(readdirSync(FOLDER).sort()).toEqual(samples.map(({ name }) => name).sort());
  });

  it.each(samples)("$name is as `npm run samples` writes it", ({ name, contents }) => {
    const found = readFileSync(FOLDER + name);
    if (!name.endsWith(".pcapng")) expect(found.toString()).toBe(Buffer.from(contents).toString());
    expect(found.equals(contents)).toBe(true);
  });

  it("is the same however often it is written", () => {
    expect(renderSamples()).toEqual(samples);
  });

  it.each(samples.filter(({ name }) => name.endsWith(".pcapng")))(
    "$name has equal records, and the same bytes, when it is read and written again",
    ({ contents }) => {
      const records = read(contents, [1_000]);
      for (const kind of ["interface", "names", "packet", "statistics"])
        expect(records.some((record) => record.kind === kind)).toBe(true);
      const again = write(records, PcapngRecordWriter);
      expect(read(again)).toEqual(records);
      expect(Buffer.compare(again, contents)).toBe(0);
    },
  );

  it("has a text line for each frame and for each end of one that waited, and a row of the page for each capture", () => {
    const text = (name: string): string =>
      Buffer.from(samples.find((sample) => sample.name === name)!.contents).toString();
    const page = text("README.md");
    for (const { name, contents } of samples.filter((sample) => sample.name.endsWith(".pcapng"))) {
      const frameCount = readFrames(contents).length;
      const lines = text(name.replace(/pcapng$/, "txt"))
        .trimEnd()
        .split("\n");
      expect(lines.filter((line) => !/ end {2}dropped at /.test(line)).length).toBe(frameCount);
      for (const line of lines) expect(line).toMatch(/^\d+\.\d{9} {2}#\d+ +[\w.-]+\/[\w.-]+ +(in|out|end) {1,2}/);
      expect(page).toContain(`| [${name}](${name}) | [text](${name.replace(/pcapng$/, "txt")}) | ${frameCount} | `);
    }
  });
});
