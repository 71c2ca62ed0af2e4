/** A cluster's file to start from: nodes, pods and the plugin's signs as `kubectl get -o json` would print them. */
import { formatIpv4, formatPrefix, type Ipv4Prefix, parseIpv4 } from "../wire/index.ts";
import { networkOf } from "./cluster-file-address.ts";
import { type InitialNode, pluginSigns } from "./cluster-file-init-plugin.ts";
import { familyOf } from "./cluster-file-cni.ts";

/** What is asked for. */
export interface InitialCluster {
  /** 1 to `INITIAL_LIMIT`. */
  readonly nodes: number;
  /** 0 to `INITIAL_LIMIT`. */
  readonly podsPerNode: number;
  /** One of `CNI_NAMES`. */
  readonly cni: string;
}

/** Nodes, and pods on each, at most: the ranges of all nodes then still fit a /12. */
export const INITIAL_LIMIT = 1_000;

/** As long as a node's range is where its pods fit, and the cluster's where its nodes' ranges do. */
const NODE_RANGE_LENGTH = 24;
const CLUSTER_RANGE_LENGTH = 16;
const CLUSTER_BASE = "10.244.0.0";
/** What weave hands out unless told otherwise. */
const WEAVE_RANGE: Ipv4Prefix = { address: parseIpv4("10.32.0.0"), length: 12 };

/** The first node's address, and as many nodes as fit behind it into one /24. */
const FIRST_NODE = "192.168.1.10";
const FIRST_PROVIDER_NODE = "10.128.1.10";
const SMALL_COUNT = 200;
const SMALL_LENGTH = 24;
const LARGE_LENGTH = 16;

/** Addresses of a range that no pod has: the first, the bridge's and the last. */
const RESERVED_COUNT = 3;

/** What pods there are, one after another. */
const APPLICATIONS = [
  { name: "frontend", containerPort: 80 },
  { name: "backend", containerPort: 8080 },
  { name: "database", containerPort: 5432 },
] as const;

/**
 * The text of the file: a List with nodes, namespaces, pods with labels, ports and addresses, Services, and the
 * daemonset, config map and annotations by which the plugin is recognised. @throws RangeError for wrong counts
 */
export function initialClusterFile(wanted: InitialCluster): string {
  checkCount("nodes", wanted.nodes, 1);
  checkCount("pods on each node", wanted.podsPerNode, 0);
  const { nodes, clusterCidr } = layOut(wanted);
  const signs = pluginSigns(wanted.cni, formatPrefix(clusterCidr));
  const items = [
    ...nodes.map((node) => nodeObject(node, signs.annotations(node), signs)),
    ...["default", "kube-system"].map(namespaceObject),
    ...signs.objects,
    ...nodes.flatMap((node) => podObjects(node, wanted.podsPerNode)),
    serviceObject("kubernetes", "10.96.0.1", 443),
    serviceObject("backend", "10.96.0.80", 80),
  ];
  const list = { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
  return `${JSON.stringify(list, null, 4)}\n`;
}

function checkCount(what: string, count: number, minimum: number): void {
  if (!Number.isInteger(count) || count < minimum || count > INITIAL_LIMIT)
    throw new RangeError(`expected ${minimum} to ${INITIAL_LIMIT} ${what}, found ${count}`);
}

function layOut({ nodes, podsPerNode, cni }: InitialCluster): { nodes: InitialNode[]; clusterCidr: Ipv4Prefix } {
  const length = Math.min(NODE_RANGE_LENGTH, 32 - bitsFor(podsPerNode + RESERVED_COUNT));
  const wide = Math.min(CLUSTER_RANGE_LENGTH, length - bitsFor(nodes));
  const usual = networkOf({ address: parseIpv4(CLUSTER_BASE), length: wide });
  const clusterCidr = familyOf(cni) === "weave" ? WEAVE_RANGE : usual;
  const isSmall = nodes <= SMALL_COUNT;
  const first = parseIpv4(cni === "kubenet" ? FIRST_PROVIDER_NODE : FIRST_NODE);
  const all = Array.from({ length: nodes }, (_, index) => ({
    name: `node-${index + 1}`,
    address: first + index,
    subnetLength: isSmall ? SMALL_LENGTH : LARGE_LENGTH,
    podCidr: { address: clusterCidr.address + index * 2 ** (32 - length), length },
  }));
  return { nodes: all, clusterCidr };
}

/** Bits of an index that tells so many things apart. */
function bitsFor(count: number): number {
  return Math.ceil(Math.log2(count));
}

function nodeObject(
  { name, address, podCidr }: InitialNode,
  annotations: Readonly<Record<string, string>>,
  signs: { readonly reason: string; readonly provider: string },
): object {
  const range = formatPrefix(podCidr);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { annotations, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" }, name },
    spec: {
      podCIDR: range,
      podCIDRs: [range],
      ...(signs.provider !== "" && { providerID: `${signs.provider}${name}` }),
    },
    status: {
      addresses: [
        { address: formatIpv4(address), type: "InternalIP" },
        { address: name, type: "Hostname" },
      ],
      conditions: [
        { reason: signs.reason, status: "False", type: "NetworkUnavailable" },
        { reason: "KubeletReady", status: "True", type: "Ready" },
      ],
    },
  };
}

function namespaceObject(name: string): object {
  const labels = { "kubernetes.io/metadata.name": name };
  return { apiVersion: "v1", kind: "Namespace", metadata: { labels, name }, status: { phase: "Active" } };
}

function podObjects(node: InitialNode, count: number): object[] {
  return Array.from({ length: count }, (_, index) => {
    const { name, containerPort } = APPLICATIONS[index % APPLICATIONS.length]!;
    const address = formatIpv4(node.podCidr.address + 2 + index);
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        labels: { app: name },
        name: `${name}-${node.name.slice("node-".length)}-${Math.floor(index / APPLICATIONS.length) + 1}`,
        namespace: "default",
      },
      spec: { containers: [{ name, ports: [{ containerPort, protocol: "TCP" }] }], nodeName: node.name },
      status: { hostIP: formatIpv4(node.address), phase: "Running", podIP: address, podIPs: [{ ip: address }] },
    };
  });
}

function serviceObject(name: string, clusterIP: string, port: number): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default" },
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port, protocol: "TCP" }], type: "ClusterIP" },
  };
}
