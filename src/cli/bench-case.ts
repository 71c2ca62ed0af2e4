/** One case of a bench, from workload to figures: made, timed, watched for allocation, verified. */
import { median, type Workload, type WorkloadCase } from "../workload/index.ts";
import { allocatedBytes } from "./allocation.ts";

/** What a case came to. */
export interface CaseOutcome {
  /** Bytes of the frames without their frame check sequence, on average; 0 when no frames are timed. */
  readonly frameLength: number;
  /** Nanoseconds an operation. */
  readonly samples: readonly number[];
  /** Bytes an operation; 0 for less than ALLOCATION_RESOLUTION. */
  readonly allocatedBytes: number;
  /** In one line, what was wrong: then there are no figures. */
  readonly error: string | null;
}

/** Runs a case. `time` gives nanoseconds an operation, sample by sample. */
export function runCase({ create }: WorkloadCase, time: (workload: Workload) => readonly number[]): CaseOutcome {
  try {
    const workload = create();
    const samples = time(workload);
    const bytes = allocatedBytes(workload);
    workload.verify();
    return { frameLength: workload.frameLength, samples, allocatedBytes: bytes, error: null };
  } catch (error) {
    return failedCase((error as Error).message);
  }
}

/** Several runs of a case as one: when one failed, all did. */
export function pooled(outcomes: readonly CaseOutcome[]): CaseOutcome {
  const failed = outcomes.find(({ error }) => error !== null);
  if (failed !== undefined) return failed;
  return {
    ...outcomes[0]!,
    samples: outcomes.flatMap(({ samples }) => samples),
    allocatedBytes: median(outcomes.map((outcome) => outcome.allocatedBytes)),
  };
}

/** A case without figures. */
export function failedCase(message: string): CaseOutcome {
  return { frameLength: 0, samples: [], allocatedBytes: 0, error: message.split("\n")[0]! };
}
