/**
 * The steady state allocates nothing, and what watches for that sees a workload that does.
 * In processes of their own, on what was built: what V8 allocates depends on what it has compiled.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { DEFAULT_PIPELINE_OPTIONS, type PipelineName, PIPELINES } from "../../src/workload/index.ts";

/** Rounds before V8 has compiled what is hot, and not again. */
const WARM_UP_ROUNDS = 6000;

/** Makes a workload by an expression, and prints how many bytes it allocates a packet. */
function bytesOf(expression: string): number {
  const program = `
    import { allocatedBytes } from ${JSON.stringify(built("cli/allocation.js"))};
    import * as workloads from ${JSON.stringify(built("workload/index.js"))};
    const workload = ${expression};
    for (let i = 0; i < ${WARM_UP_ROUNDS}; i++) workload.round();
    console.log(allocatedBytes(workload));
    workload.verify();`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return Number(stdout);
}

function built(path: string): string {
  return new URL(`../../dist/${path}`, import.meta.url).href;
}

const options = { ...DEFAULT_PIPELINE_OPTIONS, macs: [256] };
const cases = (Object.keys(PIPELINES) as PipelineName[]).flatMap((pipeline) =>
  PIPELINES[pipeline].cases(options).flatMap(({ name }, index) => {
    // Floors are all the same, and with more slots nothing but the number of packets is different.
    const isTwin = name.includes("slots") || (name === "no work" && pipeline !== "bridge");
    return isTwin ? [] : [[pipeline, name, index] as const];
  }),
);

describe("the steady state", () => {
  it.each(cases)("of %s, %s, allocates nothing", (pipeline, _name, index) => {
    const made = `PIPELINES[${JSON.stringify(pipeline)}].cases(${JSON.stringify(options)})[${index}].create()`;
    expect(Math.abs(bytesOf(`workloads.${made}`))).toBeLessThan(0.1);
  });

  it("is not taken for granted: a number a packet on the heap is found", () => {
    const leaking = `(() => {
      const inner = workloads.PIPELINES.bridge.cases(${JSON.stringify(options)})[1].create();
      const kept = [];
      return {
        operationsPerRound: inner.operationsPerRound,
        verify: () => inner.verify(),
        round: () => {
          inner.round();
          for (let i = 0; i < inner.operationsPerRound; i++) kept[i] = { number: i };
        },
      };
    })()`;
    expect(bytesOf(leaking)).toBeGreaterThan(8);
  });
});
