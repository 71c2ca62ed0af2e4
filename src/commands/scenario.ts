/** Trouble that people meet: a cluster that is well, what breaks in it, and the commands that show it. */
import type { Cluster, UnderlayDescription } from "../kubernetes/index.ts";

/** What happens next in a scenario. */
export type ScenarioStep =
  /** Words for who reads along. */
  | { readonly kind: "say"; readonly text: string }
  /** A line as `podwire shell` takes it. */
  | { readonly kind: "run"; readonly line: string }
  /** What breaks, or is mended; `text` says what. */
  | { readonly kind: "do"; readonly text: string; readonly change: (cluster: Cluster) => void };

export interface Scenario {
  readonly name: string;
  /** What people see of it. */
  readonly summary: string;
  /** The plugin that it happens with, one of `CNI_NAMES`. */
  readonly cni: string;
  /** What joins the nodes; one LAN when left out. */
  readonly underlay?: UnderlayDescription;
  readonly steps: readonly ScenarioStep[];
}

export function say(text: string): ScenarioStep {
  return { kind: "say", text };
}

export function run(line: string): ScenarioStep {
  return { kind: "run", line };
}

export function change(text: string, action: (cluster: Cluster) => void): ScenarioStep {
  return { kind: "do", text, change: action };
}
