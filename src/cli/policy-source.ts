/** Network policies of files, and the built-in ones. */
import {
  applyPolicies,
  ClusterFileError,
  EXAMPLE_POLICY_NAME,
  examplePolicies,
  type ParsedPolicies,
  parsePolicyFile,
  type PolicySet,
} from "../kubernetes/index.ts";
import { failureOf, readSource } from "./cluster-source.ts";
import { type CommandLine, textsOption } from "./command-line.ts";
import { placed, type PlacedFinding } from "./policy-warning-lines.ts";

/** What files hold, and what is odd about them. */
export interface PolicyFiles extends PolicySet {
  readonly warnings: readonly PlacedFinding[];
}

/** The policies of all files, in order, as if applied one after the other. @throws Failure, one line that names the file */
export function readPolicyFiles(paths: readonly string[]): PolicyFiles {
  const files = paths.map(readPolicyFile);
  const none: PolicySet = { networkPolicies: [], adminPolicies: [] };
  const policies = files.reduce<PolicySet>((before, file) => applyPolicies(before, file), none);
  return { ...policies, warnings: files.flatMap((file, index) => placed(file.warnings, file, paths[index]!)) };
}

/** What `--policy` names; for the built-in cluster without any, its example, and whether that is so. @throws Failure */
export function addedPolicies(commandLine: CommandLine): PolicyFiles & { readonly isExample: boolean } {
  const paths = textsOption(commandLine, "policy");
  const isBuiltIn = paths.length === 0 && commandLine.values["cluster"] === undefined;
  return { ...readPolicyFiles(isBuiltIn ? [EXAMPLE_POLICY_NAME] : paths), isExample: isBuiltIn };
}

function readPolicyFile(path: string): ParsedPolicies {
  if (path === EXAMPLE_POLICY_NAME) return examplePolicies();
  const { text, name } = readSource(path);
  try {
    return parsePolicyFile(text, name);
  } catch (error) {
    throw error instanceof ClusterFileError ? failureOf(error) : error;
  }
}
