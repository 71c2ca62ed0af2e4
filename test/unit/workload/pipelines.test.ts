import { describe, expect, it } from "vitest";
import { VECTOR_LENGTH } from "../../../src/datapath/index.ts";
import { findFrameSize } from "../../../src/workload/frame-size.ts";
import {
  counted,
  DEFAULT_PIPELINE_OPTIONS,
  type PipelineName,
  type PipelineOptions,
  PIPELINES,
} from "../../../src/workload/pipelines.ts";

const NAMES = Object.keys(PIPELINES) as PipelineName[];

/** One of everything, and a frame longer than a pod's MTU. */
const SHORT: PipelineOptions = {
  frameSizes: [findFrameSize("IMIX")!],
  flows: [100],
  routes: [300],
  macs: [6000],
};

describe("every pipeline", () => {
  it.each(NAMES)("%s starts with no work, and names its cases apart", (name) => {
    const options = { ...DEFAULT_PIPELINE_OPTIONS, frameSizes: ["64", "1518"].map((size) => findFrameSize(size)!) };
    const cases = PIPELINES[name].cases(options);
    expect(cases[0]!.name).toBe("no work");
    const names = cases.map((found) => `${found.name} ${found.frameSize!.name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(2);
  });

  it.each(NAMES.flatMap((name) => PIPELINES[name].cases(SHORT).map((found) => [name, found.name, found] as const)))(
    "%s, %s: every packet comes out right",
    (_pipeline, _name, { create, frameSize }) => {
      const workload = create();
      expect(workload.operationsPerRound).toBe(VECTOR_LENGTH);
      const lengths = frameSize!.frameLengths;
      expect(workload.frameLength).toBeCloseTo(lengths.reduce((sum, length) => sum + length) / lengths.length);
      workload.round();
      workload.verify();
    },
  );

  it.each(NAMES)("%s has packets for more flows than usual", (name) => {
    const options = { ...SHORT, flows: [4097] };
    const last = PIPELINES[name].cases(options).findLast(({ name }) => !name.includes("slots"))!;
    expect(() => last.create().verify()).not.toThrow();
  });

  it("shortens frames that do not fit a pod's MTU, and those of no other", () => {
    const shortened = NAMES.filter((name) =>
      PIPELINES[name].cases(SHORT).some(({ frameSize }) => frameSize!.shortenedTo !== null),
    );
    expect(shortened).toEqual(["pod-to-pod"]);
  });
});

describe("counted", () => {
  it("has one of a thing, several, and thousands in groups", () => {
    expect([counted(1, "flow"), counted(2, "flow")]).toEqual(["1 flow", "2 flows"]);
    expect(counted(65_536, "MAC")).toBe("65,536 MACs");
  });
});
