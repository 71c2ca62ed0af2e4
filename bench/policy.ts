/**
 * Network policies: the filter of a pod alone, for packets of connections that it knows and for the first of new ones, and
 * the whole way from pod to pod through two of them. All policies select both pods, and the last rule of the last one
 * is what allows.
 */
import { ConnectionFilter } from "../src/datapath/index.ts";
import { type Cluster, type ClusterPod, createExampleCluster } from "../src/kubernetes/index.ts";
import type { LabelSelector, NetworkPolicy, PolicyRule } from "../src/kubernetes/network-policy.ts";
import { ethernet, ipv4 } from "../src/wire/index.ts";
import { createPodToPodWorkload, DEFAULT_WORKLOAD, type Workload, type WorkloadCase } from "../src/workload/index.ts";
import { writeUdpFrame } from "../src/workload/udp-packet.ts";
import type { Bench } from "./bench.ts";
import { indexedWorkload } from "./indexed-workload.ts";

const POLICY_COUNTS = [1, 10, 100, 1000];
const PORT = 9000;
const FLOW_COUNT = 4096;
const FIRST_SOURCE_PORT = 1024;

const EVERYTHING: LabelSelector = { matchLabels: {}, matchExpressions: [] };

export const policy: Bench = {
  question: "What does a network policy cost a packet, by how many there are?",
  operation: "packet",
  varies: [],
  cases: () => [
    { name: "no work", frameSize: null, create: () => filterWorkload("no work", 1, "no work") },
    ...POLICY_COUNTS.map((count) => filterCase(count, "established")),
    ...POLICY_COUNTS.map((count) => filterCase(count, "first packet")),
    ...[0, ...POLICY_COUNTS].map(pathCase),
  ],
};

type Kind = "no work" | "established" | "first packet";

function filterCase(count: number, kind: Kind): WorkloadCase {
  const name = `the filter alone, ${kind}, ${policies(count)}`;
  return { name, frameSize: null, create: () => filterWorkload(name, count, kind) };
}

function pathCase(count: number): WorkloadCase {
  const name = `one node, pod to pod, ${policies(count)}`;
  const create = (): Workload =>
    createPodToPodWorkload(true, DEFAULT_WORKLOAD, (cluster) => setPolicies(cluster, count));
  return { name, frameSize: null, create };
}

function policies(count: number): string {
  return count === 1 ? "1 policy" : `${count.toLocaleString("en-US")} policies`;
}

function setPolicies(cluster: Cluster, count: number): void {
  cluster.policies.set({ networkPolicies: Array.from({ length: count }, (_, i) => manyPolicy(i, i === count - 1)) });
}

/** Allows other ports than the one that is sent to, if it is not the last. */
function manyPolicy(index: number, isLast: boolean): NetworkPolicy {
  const peers = [{ kind: "pods", podSelector: EVERYTHING, namespaceSelector: null }] as const;
  const port = isLast ? PORT : 10_000 + 2 * index;
  const rules: PolicyRule[] = [{ peers, ports: [{ protocol: "UDP", port, endPort: null }] }];
  const name = `policy-${String(index).padStart(4, "0")}`;
  return { name, namespace: "default", podSelector: EVERYTHING, ingress: rules, egress: rules, origin: "" };
}

function filterWorkload(name: string, count: number, kind: Kind): Workload {
  const cluster = createExampleCluster({
    cable: undefined,
    podCable: undefined,
    slotCount: FLOW_COUNT + 64,
    frameCapacity: 128,
  });
  setPolicies(cluster, count);
  const source = cluster.pods.find((pod) => pod.name === "pod-b")!;
  const pod = cluster.pods.find((one) => one.name === "frontend")!;
  const handles = framesTo(cluster, source, pod);
  const filter: ConnectionFilter = cluster.policies.filters(pod)!.toPod;
  const { table } = filter.tracker;
  const vector = new Int32Array(256);
  const touch = (first: number, end: number): number => {
    const { view, start } = cluster.engine.pool;
    let sum = 0;
    for (let i = first; i < end; i++) sum += view.getUint8(start[handles[i]!]! + ethernet.HEADER_LENGTH) & 1;
    return sum;
  };
  const pass = (first: number, end: number): number => {
    if (kind === "first packet" && first === 0) table.clear();
    for (let i = first; i < end; i++) vector[i - first] = handles[i]!;
    return filter.run(vector, 0, end - first);
  };
  if (kind === "established") for (let first = 0; first < FLOW_COUNT; first += 256) pass(first, first + 256);
  return indexedWorkload({
    name,
    count: FLOW_COUNT,
    run: kind === "no work" ? touch : pass,
    expected: () => FLOW_COUNT,
  });
}

/** A frame of each flow, as it comes to the pod's device on its node from another. */
function framesTo({ engine }: Cluster, source: ClusterPod, pod: ClusterPod): Int32Array {
  const { pool } = engine;
  const device = pod.node.uplink.index;
  return Int32Array.from({ length: FLOW_COUNT }, (_, index) => {
    const handle = pool.allocate(60);
    pool.ingress[handle] = device;
    const offset = pool.start[handle]!;
    writeUdpFrame(
      pool.view,
      offset,
      { source: 1, destination: 2 },
      {
        totalLength: 46,
        source: source.address,
        destination: pod.address,
        sourcePort: FIRST_SOURCE_PORT + index,
        destinationPort: PORT,
      },
    );
    ipv4.updateHeaderChecksum(pool.view, offset + ethernet.HEADER_LENGTH);
    return handle;
  });
}
