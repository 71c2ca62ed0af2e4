/** The 115 cases of ../shared/corpus/policy/cyclonus.json: clusters, policies, and who reaches whom. */
import { readFileSync } from "node:fs";
import type { Manifest, NaivePod } from "../tools/naive-policy.ts";
import { type Requirement, shared, sharedPath } from "../tools/requirements.ts";

const PATH = "corpus/policy/cyclonus.json";

/** Of each source in the order of `order`, a character for each destination: "." reached, "X" not. */
export type Matrix = readonly string[];

/** One state of a case's cluster. */
export interface CyclonusStep {
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly pods: readonly Pick<NaivePod, "namespace" | "name" | "ip" | "labels">[];
  readonly policies: readonly Manifest[];
  /** "x/a". */
  readonly order: readonly string[];
  /** By "TCP/80". */
  readonly results: Readonly<Record<string, Record<"ingress" | "egress" | "combined", Matrix>>>;
}

export interface CyclonusCase {
  readonly index: number;
  readonly description: string;
  readonly steps: readonly CyclonusStep[];
}

export const cyclonus: Requirement = shared(PATH);

/** All cases; a policy that came without its kind has it. */
export function cyclonusCases(): CyclonusCase[] {
  const { cases } = JSON.parse(readFileSync(sharedPath(PATH), "utf8")) as { readonly cases: CyclonusCase[] };
  const type = { kind: "NetworkPolicy", apiVersion: "networking.k8s.io/v1" };
  return cases.map((one) => ({
    ...one,
    steps: one.steps.map((step) => ({ ...step, policies: step.policies.map((policy) => ({ ...type, ...policy })) })),
  }));
}

/** What each pod of the cases listens on. */
export const CYCLONUS_PORTS: readonly { readonly name: string; readonly number: number; readonly protocol: string }[] =
  [80, 81].flatMap((number) =>
    ["TCP", "UDP", "SCTP"].map((protocol) => ({
      name: `serve-${number}-${protocol.toLowerCase()}`,
      number,
      protocol,
    })),
  );

/** "TCP/80" as protocol and port. */
export function socketOf(key: string): { readonly protocol: string; readonly port: number } {
  const [protocol, port] = key.split("/");
  return { protocol: protocol!, port: Number(port) };
}
