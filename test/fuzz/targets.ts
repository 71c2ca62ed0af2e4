/** The checks by target, and what went wrong in words. */

import { tryCapture } from "./capture-target.ts";
import { tryFilter } from "./filter-target.ts";
import { tryFrame } from "./frame-target.ts";
import type { Input, Target } from "./input.ts";

const CHECKS: Readonly<Record<Target, (input: Input) => void>> = {
  frame: tryFrame,
  capture: tryCapture,
  filter: tryFilter,
};

/** Tries an input. @throws StepFailure when something does not hold */
export function tryInput(input: Input): void {
  CHECKS[input.target](input);
}
