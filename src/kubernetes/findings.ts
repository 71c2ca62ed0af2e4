/** What a plugin cannot do on an underlay, said in lines for people. */
import { formatPrefix } from "../wire/index.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";

/**
 * A line for each node whose pods cannot reach those of some others. `reaches`: whether packets get from the first
 * node to the second; `why`: what is missing, for the line's end.
 */
export function describeGaps(
  { nodes }: Cluster,
  reaches: (from: ClusterNode, to: ClusterNode) => boolean,
  why: string,
): string[] {
  return nodes.flatMap((from) => {
    const missing = nodes.filter((to) => to !== from && !reaches(from, to));
    return missing.length === 0 ? [] : [`pods of ${from.name} cannot reach those of ${listOf(missing)}: ${why}`];
  });
}

/** As many as a line takes. */
const SHOWN = 3;

function listOf(nodes: readonly ClusterNode[]): string {
  const shown = nodes.slice(0, SHOWN).map(({ name, podCidr }) => `${name} (${formatPrefix(podCidr)})`);
  const more = nodes.length - SHOWN;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** Why packets that go from node to node as they are get lost on this underlay. */
export function describeLoss({ underlay }: Cluster): string {
  return underlay.kind === "vpc"
    ? "their packets go out as they are, and the VPC's route table has no pod ranges"
    : "their packets go out as they are, and the router between the subnets has no routes to pods";
}
