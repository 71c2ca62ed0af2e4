/** `podwire cluster check`: what a cluster's file holds, and what is wrong with it. */
import type { ClusterFile, ClusterFileOptions, Finding, Severity, UnderlayDescription } from "../kubernetes/index.ts";
import { readClusterFile } from "./cluster-source.ts";
import { oneLine, print, style } from "./output.ts";

const COLOURS = { error: "red", warning: "yellow", info: "dim" } as const;

/** @returns 0, or 1 when something is wrong. @throws Failure for a file that cannot be a cluster. */
export function checkCluster(path: string, options: ClusterFileOptions, isJson: boolean): number {
  const file = readClusterFile(path, options);
  print(isJson ? jsonText(path, file) : checkText(file));
  return countOf(file, "error") === 0 ? 0 : 1;
}

function jsonText(file: string, { specification, findings, reasons }: ClusterFile): string {
  const { nodes, pods, services, namespaces, networkPolicies, cni, cniOptions, underlay, clusterCidr } = specification;
  const counts = { nodes: nodes.length, pods: pods.length, services: services.length };
  const others = { namespaces: namespaces.size, networkPolicies: networkPolicies.length };
  return `${JSON.stringify({ file, ...counts, ...others, cni, cniOptions, underlay, clusterCidr, reasons, findings })}\n`;
}

/** A summary of five lines, and a line for each finding. */
export function checkText(file: ClusterFile): string {
  const { specification, findings, reasons } = file;
  const { nodes, pods, services, networkPolicies, cni, cniOptions } = specification;
  const ownNetwork = pods.filter(({ hostNetwork }) => hostNetwork !== true).length;
  const options = Object.entries(cniOptions).map(([name, value]) => `, ${name} ${value}`);
  const summary: [string, string][] = [
    ["nodes", String(nodes.length)],
    ["pods", `${pods.length}, ${ownNetwork} with an address of their own`],
    ["others", `${services.length} services, ${networkPolicies.length} network policies`],
    ["plugin", `${cni}${options.join("")}: ${reasons.cni}`],
    ["pod range", reasons.clusterCidr],
    ["underlay", `${underlayText(specification.underlay)}: ${reasons.underlay}`],
  ];
  const lines = summary.map(([name, text]) => `${style("bold", name.padEnd(9))}  ${oneLine(text)}`);
  return [...lines, ...findings.map(findingText), closing(file)].map((line) => `${line}\n`).join("");
}

function underlayText(underlay: UnderlayDescription): string {
  if (typeof underlay === "string") return underlay;
  const { routers } = underlay;
  // Where a node has the first address of its subnet, which is the router's otherwise.
  const router = routers === undefined ? "" : `, router ${routers.join(", ")}`;
  if (underlay.kind === "lan") return `one LAN, ${underlay.prefix}${router}`;
  if (underlay.kind === "subnets") return `subnets ${underlay.prefixes.join(", ")} with a router between${router}`;
  const routes = underlay.routes === "nodes" ? "routes for" : "no routes for";
  return `a provider's network, ${underlay.prefix}${router}, with ${routes} the nodes' ranges`;
}

function findingText({ severity, object, field, text }: Finding): string {
  return `${style(COLOURS[severity], severity.padEnd(9))}  ${oneLine(`${object}, ${field}: ${text}`)}`;
}

function closing(file: ClusterFile): string {
  const counts = (["error", "warning"] as const).map((severity) => {
    const count = countOf(file, severity);
    return `${count} ${severity}${count === 1 ? "" : "s"}`;
  });
  return counts.join(", ");
}

function countOf({ findings }: ClusterFile, severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}
