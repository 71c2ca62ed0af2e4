/** Signs of a CNI plugin in a cluster's file, and where to look for them. */
import { formatPrefix, type Ipv4Prefix } from "../wire/index.ts";
import type { FileContents, FileNode, FileWorkload } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import { isObject, type JsonObject } from "./cluster-file-object.ts";
import type { CniOptions } from "./cni-catalogue.ts";

/** How good a sign is: an annotation may be left over from a plugin that has gone. */
export const SignRank = { provider: 0, annotation: 1, condition: 2, workload: 3 } as const;

/** What a plugin's signs come to. */
export interface Recognition {
  /** A name of the catalogue; undefined when what runs is known, and nothing that podwire has does the same. */
  readonly cni: string | undefined;
  readonly options: CniOptions;
  /** "annotation flannel.alpha.coreos.com/backend-type is vxlan (node-a and 2 more)". */
  readonly why: string;
  readonly rank: number;
  /** All pods' addresses, where the plugin's settings say so. */
  readonly clusterCidr?: ClusterRange | undefined;
  /** What is not as the real one has it. */
  readonly caveat?: string | undefined;
}

/** All pods' addresses, and who says so. */
export interface ClusterRange {
  readonly prefix: Ipv4Prefix;
  readonly why: string;
}

/** Looks for one plugin. */
export type Recogniser = (contents: FileContents, findings: FindingList) => Recognition | undefined;

/** The container of that name that runs in a pod or daemonset, by exact name; the daemonset's own if it is there. */
export function findContainer(
  { workloads }: FileContents,
  isMeant: (container: FileWorkload["containers"][number]) => boolean,
): { readonly title: string; readonly environment: Readonly<Record<string, string>> } | undefined {
  const running = workloads.filter(({ containers }) => containers.some(isMeant));
  const found = running.find(({ title }) => title.startsWith("DaemonSet ")) ?? running[0];
  return found && { title: found.title, environment: found.containers.find(isMeant)!.environment };
}

/** The nodes whose network was declared up for that reason, in words: "node-a says FlannelIsUp". */
export function findCondition({ nodes }: FileContents, reason: string): string | undefined {
  const found = nodes.filter(({ networkReason }) => networkReason === reason);
  return found.length === 0 ? undefined : `condition NetworkUnavailable says ${reason} (${namesOf(found)})`;
}

/** Nodes with an annotation of that name. */
export function annotated({ nodes }: FileContents, annotation: string): FileNode[] {
  return nodes.filter(({ annotations }) => Object.hasOwn(annotations, annotation));
}

/** "node-a and 2 more". */
export function namesOf(nodes: readonly FileNode[]): string {
  return nodes.length === 1 ? nodes[0]!.name : `${nodes[0]!.name} and ${nodes.length - 1} more`;
}

/** JSON inside a text of the file, when it is an object; a warning when it is none. */
export function innerObject(text: string, title: string, field: string, findings: FindingList): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
    if (value === null) return {};
  } catch {
    // Told below: whoever wrote the annotation is not the one who reads this file.
  }
  findings.warning(title, field, "expected an object of JSON: it is passed over");
  return {};
}

/** A whole number from a setting, where it is one within its range; a warning and undefined where it is not. */
export function settingNumber(
  value: unknown,
  [minimum, maximum]: readonly [number, number],
  [title, field]: readonly [string, string],
  findings: FindingList,
): number | undefined {
  if (value === undefined || value === null || value === "" || value === 0 || value === "0") return undefined;
  const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= minimum && number <= maximum) return number;
  findings.warning(title, field, `expected a whole number from ${minimum} to ${maximum}: it is passed over`);
  return undefined;
}

/** What MTUs, UDP ports and VNIs may be. */
export const MTU_RANGE: readonly [number, number] = [576, 65_535];
export const PORT_RANGE: readonly [number, number] = [1, 65_535];
export const VNI_RANGE: readonly [number, number] = [1, 2 ** 24 - 1];

/** "10.244.0.0/16 from ...": how a cluster range is told. */
export function rangeText({ prefix, why }: ClusterRange): string {
  return `${formatPrefix(prefix)}, ${why}`;
}
