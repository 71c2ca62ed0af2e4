/** The commands that people debug with, as functions of a pod's or node's namespace. */
export {
  type Command,
  CommandError,
  nodeOf,
  type OutputFile,
  type Place,
  type Running,
  type Terminal,
} from "./command.ts";
export { addressNames, type Destination, findDestination, serviceText } from "./destination.ts";
export { type OutsideSender, outsideSender } from "./outside-sender.ts";
export { pingUntilDone } from "./ping.ts";
export { eventRecord, type PingRecord } from "./ping-record.ts";
export { errorText, isLocalError, type PingDestination, type PingSummary, pingSummary, PingText } from "./ping-text.ts";
export {
  type CniComparison,
  differingFields,
  DRAWN_FIELDS,
  type FieldDifference,
  measurePacket,
} from "./cni-comparison.ts";
export { drawCluster, type DrawnPath } from "./cluster-drawing.ts";
export type { Probe, ProbeEnd } from "./path-probe.ts";
export { type Path, type PathHop, type PathTrace, tracePath } from "./path-trace.ts";
export { answerText, NO_ANSWER } from "./probe-answer.ts";
export { COMMAND_NAMES, runCommand, startCommand } from "./run.ts";
export { type Scenario, type ScenarioStep } from "./scenario.ts";
export { SCENARIOS } from "./scenarios.ts";
export { Taps } from "./taps.ts";
export type { Tcpdump } from "./tcpdump.ts";
export { type Expectation, expectedPorts, parseExpectations, unmetExpectations } from "./expectations.ts";
export { groupPods, type PodGroup, portText, type TriedPort } from "./pod-groups.ts";
export { PolicyDeniers } from "./policy-deniers.ts";
export { PolicyQuestions } from "./policy-questions.ts";
export { type Choose, PairKind, Reachability, type ReachabilityOptions } from "./reachability.ts";
export { drawMatrix } from "./reachability-drawing.ts";
export {
  cellText,
  type Matrix,
  type MatrixCell,
  type MatrixColumn,
  namespaceMatrix,
  podMatrix,
} from "./reachability-matrix.ts";
export {
  type Outcome,
  POLICY_REFUSALS,
  ReachabilityProbe,
  type Trial,
  type TrialResult,
} from "./reachability-probe.ts";
export {
  type EndExplanation,
  type ExplainedConnection,
  explainVerdict,
  type PolicyEnd,
  type PolicyScene,
  type SelectingPolicy,
} from "./policy-explanation.ts";
export { type AskedConnection, type RuleFit, ruleFits } from "./rule-mismatch.ts";
