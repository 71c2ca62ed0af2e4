/** `apply` and `delete` of `podwire shell`: network policies that change while connections are open. */
import type { Terminal } from "../commands/index.ts";
import {
  applyPolicies,
  type Cluster,
  deletePolicies,
  type PolicyChange,
  policyChanges,
  type PolicyKind,
} from "../kubernetes/index.ts";
import { UsageError } from "./errors.ts";
import { type PolicyFiles, readPolicyFiles } from "./policy-source.ts";
import { tellPolicyWarnings } from "./policy-warning-lines.ts";

/** What kubectl calls them, without and with an s. */
const RESOURCES: Readonly<Record<PolicyKind, readonly [one: string, many: string, group: string]>> = {
  NetworkPolicy: ["networkpolicy", "networkpolicies", "networking.k8s.io"],
  AdminNetworkPolicy: ["adminnetworkpolicy", "adminnetworkpolicies", "policy.networking.k8s.io"],
  BaselineAdminNetworkPolicy: [
    "baselineadminnetworkpolicy",
    "baselineadminnetworkpolicies",
    "policy.networking.k8s.io",
  ],
};

/**
 * `apply FILE...`: all files are read before the first is applied. What is established goes on.
 * @returns the exit code. @throws UsageError, Failure
 */
export function applyFiles(cluster: Cluster, words: readonly string[], terminal: Terminal): number {
  const files = readFiles("apply", words);
  let policies = cluster.policies.list();
  for (const file of files) {
    for (const { kind, name, outcome } of policyChanges(policies, file))
      terminal.out(`${resource(kind)}/${name} ${outcome}\n`);
    policies = applyPolicies(policies, file);
  }
  cluster.policies.set(policies);
  for (const { warnings, ...file } of files) tellPolicyWarnings(cluster, warnings, policies, file, terminal.error);
  return 0;
}

/** `delete FILE...`: 1 when one of them is not there. @throws UsageError, Failure */
export function deleteFiles(cluster: Cluster, words: readonly string[], terminal: Terminal): number {
  let policies = cluster.policies.list();
  let status = 0;
  for (const { path, ...file } of readFiles("delete", words)) {
    const deleted = deletePolicies(policies, file);
    ({ policies } = deleted);
    for (const change of deleted.changes) {
      const isGone = change.outcome === "deleted";
      if (!isGone) status = 1;
      if (isGone) terminal.out(deletedText(change));
      else terminal.error(notFoundText(change, path));
    }
  }
  cluster.policies.set(policies);
  return status;
}

/** As kubectl says it since 1.34. */
function deletedText({ kind, name, namespace }: PolicyChange): string {
  return `${resource(kind)} "${name}" deleted${namespace === "" ? "" : ` from ${namespace} namespace`}\n`;
}

function notFoundText({ kind, name }: PolicyChange, path: string): string {
  const [, many, group] = RESOURCES[kind];
  return `Error from server (NotFound): error when deleting "${path}": ${many}.${group} "${name}" not found\n`;
}

function resource(kind: PolicyKind): string {
  const [one, , group] = RESOURCES[kind];
  return `${one}.${group}`;
}

/** Each file with its policies; kubectl's -f may stand in front of each. */
function readFiles(command: string, words: readonly string[]): (PolicyFiles & { readonly path: string })[] {
  const paths = words.filter((word) => word !== "-f");
  if (paths.length === 0) throw new UsageError(`expected ${command} FILE..., found no file`);
  if (paths.includes("-"))
    throw new UsageError(`expected ${command} FILE..., found -: standard input has the commands`);
  return paths.map((path) => {
    const file = readPolicyFiles([path]);
    if (file.networkPolicies.length + file.adminPolicies.length === 0)
      throw new UsageError(`expected policies to ${command}, found none in ${path}`);
    return { path, ...file };
  });
}
