/** The naive evaluator, which others are judged by, judged itself by the cases of cyclonus. */
import { expect, it } from "vitest";
import { mayReach, type NaivePod } from "../tools/naive-policy.ts";
import { describeWith } from "../tools/requirements.ts";
import { cyclonus, CYCLONUS_PORTS, cyclonusCases, type CyclonusStep, type Matrix, socketOf } from "./cyclonus.ts";

/** A step's matrices, with what the evaluator says of two different pods, and cyclonus' own word where they are one. */
function evaluate(step: CyclonusStep): Record<string, Record<"ingress" | "egress" | "combined", Matrix>> {
  const pods = step.pods.map((pod): NaivePod => ({ ...pod, ports: CYCLONUS_PORTS }));
  const ordered = step.order.map((name) => pods.find((pod) => `${pod.namespace}/${pod.name}` === name)!);
  const world = { ...step, pods };
  const matrix = (key: string, part: "ingress" | "egress" | "combined"): Matrix =>
    ordered.map((source, row) =>
      ordered
        .map((destination, column) => {
          if (row === column) return step.results[key]![part][row]![column]!;
          const verdict = mayReach(world, { source, destination, ...socketOf(key) });
          return (part === "combined" ? verdict.allowed : verdict[part]) ? "." : "X";
        })
        .join(""),
    );
  return Object.fromEntries(
    Object.keys(step.results).map((key) => [
      key,
      { ingress: matrix(key, "ingress"), egress: matrix(key, "egress"), combined: matrix(key, "combined") },
    ]),
  );
}

describeWith(cyclonus, "the naive evaluator", () => {
  it("gives the matrices of all cases, each direction and both", () => {
    const cases = cyclonusCases();
    expect(cases).toHaveLength(115);
    for (const { index, description, steps } of cases)
      for (const [number, step] of steps.entries())
        expect(evaluate(step), `case ${index}, ${description}, step ${number}`).toEqual(step.results);
  });
});
