/**
 * A cluster's file: Kubernetes JSON or YAML as `kubectl get nodes,pods,namespaces,networkpolicies,services -A -o json`
 * prints it, with `daemonsets,configmaps` for more signs of the plugin. Lists, several documents and bare lists are taken.
 *
 *     const { specification, findings } = parseClusterFile(text, "cluster.json");
 *     const cluster = buildCluster(specification);
 */
import { formatIpv4, formatPrefix, prefixContains } from "../wire/index.ts";
import { chooseCni } from "./cluster-file-cni.ts";
import { readContents, type FileContents } from "./cluster-file-contents.ts";
import { readObjects } from "./cluster-file-documents.ts";
import { ClusterFileError } from "./cluster-file-error.ts";
import { type Finding, FindingList } from "./cluster-file-findings.ts";
import { placeNodes, withoutSwallowed } from "./cluster-file-nodes.ts";
import { PodPlacer } from "./cluster-file-pods.ts";
import { placeRanges, type RangedNode } from "./cluster-file-ranges.ts";
import { checkReach } from "./cluster-file-reach.ts";
import { rangeText } from "./cluster-file-signs.ts";
import { guessUnderlay, isHost, subnetOf, type UnderlayGuess, withRouters } from "./cluster-file-underlay.ts";
import { placeTunnels } from "./cluster-file-tunnels.ts";
import type { NodeDescription } from "./cluster-node.ts";
import type { PodDescription } from "./cluster-pod.ts";
import type { ServiceDescription } from "./cluster-service.ts";
import type { ClusterSpecification } from "./cluster-specification.ts";
import { readPolicies } from "./policy-file.ts";
import { type PolicyPod, policyWarnings } from "./policy-warnings.ts";
import type { UnderlayDescription } from "./underlay.ts";
import { CNI_NAMES } from "./cni-catalogue.ts";

/** What the user knows better than the file. */
export interface ClusterFileOptions {
  /** One of `CNI_NAMES`; recognised when left out. */
  readonly cni?: string | undefined;
  /** Concluded from the nodes when left out. */
  readonly underlay?: UnderlayDescription | undefined;
}

/** What a file comes to. */
export interface ClusterFile {
  readonly specification: ClusterSpecification;
  readonly findings: readonly Finding[];
  /** Why the plugin, the underlay and the range of pods' addresses are what they are. */
  readonly reasons: { readonly cni: string; readonly underlay: string; readonly clusterCidr: string };
}

/**
 * The cluster that a file describes. What can be read and not be built is left out, with a finding.
 * @throws ClusterFileError, one line, for what is neither JSON nor YAML or has a field of the wrong kind, for a file without nodes,
 *   for a network policy that the API server would refuse, and when no plugin is recognised and none is given; RangeError for a plugin that is not in the catalogue
 */
export function parseClusterFile(text: string, fileName: string, options: ClusterFileOptions = {}): ClusterFile {
  const { cni } = options;
  if (cni !== undefined && !(CNI_NAMES as readonly string[]).includes(cni))
    throw new RangeError(`expected a CNI plugin (${CNI_NAMES.join(", ")}), found ${JSON.stringify(cni)}`);
  try {
    return readFile(text, fileName, options);
  } catch (error) {
    throw error instanceof ClusterFileError ? new ClusterFileError(`${fileName}: ${error.message}`) : error;
  }
}

function readFile(text: string, fileName: string, options: ClusterFileOptions): ClusterFile {
  const findings = new FindingList();
  const contents = readContents(readObjects(text), findings);
  if (contents.nodes.length === 0) throw new ClusterFileError("expected at least one Node, found none");
  const cni = chooseCni(contents, options.cni, findings);
  const placed = placeNodes(contents, findings);
  const { nodes: ranged, cluster } = placeRanges(contents, placed, cni, findings);
  const free = withoutSwallowed(ranged, findings);
  const guess = chooseUnderlay(free, cni.cni, options);
  const nodes = onUnderlay(free, guess.underlay, findings);
  checkReach(nodes, cni.cni, guess.underlay, findings);
  const tunnels = placeTunnels(contents, nodes, [cni.cni, cluster.prefix], findings);
  const place = { nodes, tunnels, cni: cni.cni, clusterCidr: cluster.prefix };
  const { networkPolicies, adminPolicies, warnings } = readPolicies(contents.policies, fileName);
  for (const { object, field, text: warning } of warnings) findings.warning(object, field, warning);
  const pods = new PodPlacer(contents, place, findings).place(contents.pods);
  const policies = { networkPolicies, adminPolicies };
  for (const { object, field, text: warning } of policyWarnings(policies, pods.map(policyPod), contents.namespaces))
    findings.warning(object, field, warning);
  const specification = {
    clusterCidr: formatPrefix(cluster.prefix),
    underlay: guess.underlay,
    cni: cni.cni,
    cniOptions: cni.options,
    nodes: nodes.map((node) => nodeSpecification(node, tunnels.get(node.file.name))),
    pods,
    services: readServices(contents, nodes, findings),
    namespaces: contents.namespaces,
    ...policies,
  };
  const reasons = { cni: cni.why, underlay: guess.why, clusterCidr: rangeText(cluster) };
  return { specification, findings: findings.list(), reasons };
}

/** A pod as policies see it, before it is built. */
function policyPod({
  kubernetesNamespace = "default",
  labels = {},
  containers = [],
  hostNetwork = false,
}: PodDescription): PolicyPod {
  return { kubernetesNamespace, labels, containers, hostNetwork };
}

function chooseUnderlay(nodes: readonly RangedNode[], cni: string, { underlay }: ClusterFileOptions): UnderlayGuess {
  const guess = underlay === undefined ? guessUnderlay(nodes, cni) : { underlay, why: "as asked for" };
  return {
    ...guess,
    underlay: withRouters(
      guess.underlay,
      nodes.map(({ address }) => address),
    ),
  };
}

/** Leaves out nodes that an underlay of the user's has no place for. */
function onUnderlay(nodes: readonly RangedNode[], underlay: UnderlayDescription, findings: FindingList): RangedNode[] {
  return nodes.filter(({ file, address }) => {
    const subnet = subnetOf(underlay, address);
    if (subnet !== undefined && isHost(subnet, address)) return true;
    const reason = subnet === undefined ? "in no subnet of the underlay" : `no node's in ${formatPrefix(subnet)}`;
    findings.error(file.title, "status.addresses", `${formatIpv4(address)} is ${reason}: the node is left out`);
    return false;
  });
}

function nodeSpecification({ file, address, podCidr }: RangedNode, tunnel: number | undefined): NodeDescription {
  return {
    name: file.name,
    address: formatIpv4(address),
    podCidr: formatPrefix(podCidr),
    ...(tunnel !== undefined && { tunnelAddress: formatIpv4(tunnel) }),
  };
}

/** Services that have an address. */
function readServices(
  { services }: FileContents,
  nodes: readonly RangedNode[],
  findings: FindingList,
): ServiceDescription[] {
  const owners = new Map<number, string>();
  return services.flatMap(({ title, name, namespace, clusterIP, ports }) => {
    if (clusterIP === undefined) return [];
    const owner = owners.get(clusterIP);
    const node = nodes.find(({ podCidr, address }) => prefixContains(podCidr, clusterIP) || address === clusterIP);
    if (owner !== undefined)
      findings.error(title, "spec.clusterIP", `${formatIpv4(clusterIP)} is the address of ${owner} too`);
    if (node !== undefined)
      findings.error(
        title,
        "spec.clusterIP",
        `${formatIpv4(clusterIP)} is an address of ${node.file.name} or its pods`,
      );
    owners.set(clusterIP, title);
    return [{ name, namespace, clusterIP: formatIpv4(clusterIP), ports }];
  });
}
