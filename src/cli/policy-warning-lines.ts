/** What is odd about network policies, with the place that they were read from. */
import { type Cluster, type Finding, type PolicySet, policyWarnings } from "../kubernetes/index.ts";
import { oneLine, printError } from "./output.ts";

/** A finding, and where its object was read: "deny.json: document 1". */
export interface PlacedFinding extends Finding {
  readonly origin: string;
}

/** What was found in reading policies, with where each was read; `source` for what is no policy. */
export function placed(findings: readonly Finding[], policies: PolicySet, source: string): PlacedFinding[] {
  const origins = originsOf(policies);
  return findings.map((finding) => ({ ...finding, origin: origins.get(finding.object) ?? source }));
}

/**
 * Tells, on standard error, what is odd about policies under the cluster's pods, a line each, and what was odd in reading
 * them.
 * @param told of those that hold, the ones to speak of: all when left out
 */
export function tellPolicyWarnings(
  cluster: Cluster,
  read: readonly PlacedFinding[],
  policies: PolicySet,
  told: PolicySet = policies,
  say: (text: string) => void = printError,
): void {
  const origins = originsOf(told);
  const found = policyWarnings(policies, cluster.pods, cluster.namespaceLabels);
  const own = found.filter(({ object }) => origins.has(object));
  for (const finding of [...read, ...placed(own, told, "")]) say(`${warningLine(finding)}\n`);
}

function warningLine({ origin, object, field, text }: PlacedFinding): string {
  return oneLine(`podwire: warning: ${origin === "" ? "" : `${origin}, `}${object}, ${field}: ${text}`);
}

/** By what findings call a policy. */
function originsOf({ networkPolicies, adminPolicies }: PolicySet): ReadonlyMap<string, string> {
  return new Map([
    ...networkPolicies.map(({ namespace, name, origin }) => [`NetworkPolicy ${namespace}/${name}`, origin] as const),
    ...adminPolicies.map(
      ({ isBaseline, name, origin }) =>
        [`${isBaseline ? "BaselineAdminNetworkPolicy" : "AdminNetworkPolicy"} ${name}`, origin] as const,
    ),
  ]);
}
