/** What pcap-samples/ shows: a cluster each, and what happens in it. */
import {
  type Cluster,
  CNI_NAMES,
  type CniName,
  createCni,
  createExampleCluster,
  examplePolicies,
  type UnderlayDescription,
} from "../kubernetes/index.ts";
import { pingUntilDone } from "../commands/index.ts";

export interface Scenario {
  /** Of its files: "same-node". */
  readonly name: string;
  /** What a reader sees in it. */
  readonly shows: string;
  /** The example cluster on IANA's VXLAN port when left out. */
  readonly create?: () => Cluster;
  readonly play: (cluster: Cluster) => void;
}

/** On the example cluster with flannel. */
const BASICS: readonly Scenario[] = [
  {
    name: "same-node",
    shows:
      "pod-a pings frontend on its own node: ARP flooded by `cni0`, then echo request and reply across the bridge; TTL stays 64",
    play: (cluster) => ping(cluster, "pod-a", "frontend", 56),
  },
  {
    name: "cross-node-flannel",
    shows:
      "pod-a pings pod-b on the other node: gateway ARP, route into `flannel.1`, underlay ARP, VXLAN with the inner source address preserved, ARP on the far bridge; TTL 62 at pod-b",
    play: (cluster) => ping(cluster, "pod-a", "pod-b", 56),
  },
  {
    name: "mtu",
    shows:
      "pod-a's MTU is wrongly 1500: 1,422 bytes fill `flannel.1`'s 1,450 and pass, 1,472 bytes with DF come back as ICMP fragmentation needed (mtu 1450)",
    play: (cluster) => {
      widenMtu(cluster, "pod-a", 1500);
      ping(cluster, "pod-a", "pod-b", 1422);
      ping(cluster, "pod-a", "pod-b", 1472);
    },
  },
  {
    name: "mtu-black-hole",
    shows:
      "the same where a firewall eats the node's ICMP: 1,472 bytes with DF vanish at `cni0` and nobody hears of it, while 56 bytes pass",
    play: (cluster) => {
      widenMtu(cluster, "pod-a", 1500);
      for (const { namespace } of cluster.nodes) namespace.icmp.silent = true;
      ping(cluster, "pod-a", "pod-b", 56);
      ping(cluster, "pod-a", "pod-b", 1472);
    },
  },
  {
    name: "arp-failure",
    shows:
      "pod-a pings 10.244.2.99, which nobody has: the frame crosses the tunnel, node-b asks three times in vain and answers host unreachable from its `flannel.1` address",
    play: (cluster) =>
      void pingUntilDone(cluster, cluster.endpoint("pod-a").host, 0x0af40263, { pathMtuDiscovery: "do" }),
  },
  {
    name: "vpc-without-routes",
    shows:
      "Calico without a tunnel in a VPC that was not told of pods: the echo request reaches the provider's router as it is and is dropped there, `route blackhole default`",
    create: () =>
      createExampleCluster({
        cni: createCni("calico"),
        underlay: { kind: "vpc", prefix: "192.168.1.0/24", routes: "none" },
      }),
    play: (cluster) => ping(cluster, "pod-a", "pod-b", 56),
  },
  {
    name: "network-policy",
    shows:
      "policies under flannel: frontend's TCP connection to backend's port 8080 is allowed, its SYN to database's port 5432 dropped at database's veth; the comment names the policy, and `frame.verdict.ebpf_tc` is 0 (pass) or 2 (drop)",
    play: (cluster) => {
      cluster.policies.set(examplePolicies());
      connect(cluster, "frontend", "backend", 8080);
      connect(cluster, "frontend", "database", 5432);
    },
  },
];

/** How long a connection is tried, in nanoseconds: for one SYN. */
const CONNECT_TIME = 900e6;

function connect(cluster: Cluster, from: string, to: string, port: number): void {
  const connection = cluster.endpoint(from).host.tcp.connect(cluster.endpoint(to).address, port, {
    onConnect: () => connection.end(),
  });
  cluster.engine.run(cluster.engine.now + CONNECT_TIME);
  if (connection.state === "SYN-SENT") connection.abort();
}

/** Plugins in modes that do one thing on a subnet and another between subnets. */
const TWO_WAYS: readonly CniName[] = ["flannel-directrouting", "calico-ipip-crosssubnet", "calico-vxlan-crosssubnet"];

/** What is to be seen of each plugin and mode when pod-a pings a pod of another node, on the plugin's own ports. */
const CROSSING: Readonly<Record<Exclude<CniName, "flannel">, string>> = {
  "flannel-directrouting":
    "a plain route `via 192.168.1.20 dev eth0` to pod-b on the same subnet, VXLAN on UDP port 8472 through the router to pod-c on another",
  "flannel-host-gw": "a plain route via the other node: no tunnel, the LAN sees the pods' addresses, MTU 1500",
  "flannel-ipip": "a route through `flannel.ipip`: IP protocol 4, 20 bytes of outer header, MTU 1480",
  calico:
    "ARP for 169.254.1.1 answered by the node with ee:ee:ee:ee:ee:ee, BGP's route to the block via the other node, no bridge and no tunnel",
  "calico-ipip": "BGP's route to the block through `tunl0`: IP protocol 4, MTU 1480",
  "calico-ipip-crosssubnet":
    "as it is to pod-b on the same subnet, IP protocol 4 through the router to pod-c on another",
  "calico-vxlan": "Felix's route through `vxlan.calico`: VNI 4096 on UDP port 4789, MTU 1450",
  "calico-vxlan-crosssubnet": "as it is to pod-b on the same subnet, VXLAN through the router to pod-c on another",
  cilium: "programs at `lxc...` and `cilium_vxlan` in place of a bridge; the VNI is the sender's security identity",
  "cilium-native": "programs at `lxc...`, then the node's direct route to the other: no tunnel",
  weave:
    "one layer-2 overlay: pod-a's own ARP crosses the nodes, VXLAN on UDP port 6784 with the peers' short ids for a VNI",
  kubenet: "`cbr0`, then out by the default route: the VPC's route table knows the nodes' pod ranges",
};

/** All that is rendered, in the order of the page. */
export const SCENARIOS: readonly Scenario[] = [
  ...BASICS,
  ...CNI_NAMES.filter((name) => name !== "flannel").map((name) => crossing(name)),
];

function crossing(name: Exclude<CniName, "flannel">): Scenario {
  const isTwoWays = TWO_WAYS.includes(name);
  return {
    name: `cross-node-${name}`,
    shows: `${name}: ${CROSSING[name]}`,
    create: () => (isTwoWays ? createTwoSubnets(name) : createExampleCluster({ cni: createCni(name) })),
    play: (cluster) => {
      ping(cluster, "pod-a", "pod-b", 56);
      if (isTwoWays) ping(cluster, "pod-a", "pod-c", 56);
    },
  };
}

/** The example cluster and one more node, behind a router. */
function createTwoSubnets(name: CniName): Cluster {
  const underlay: UnderlayDescription = { kind: "subnets", prefixes: ["192.168.1.0/24", "192.168.2.0/24"] };
  const cluster = createExampleCluster({ cni: createCni(name), underlay });
  cluster.addNode({ name: "node-c", address: "192.168.2.30", podCidr: "10.244.3.0/24" });
  cluster.addPod({ name: "pod-c", node: "node-c", address: "10.244.3.7" });
  return cluster;
}

function ping(cluster: Cluster, from: string, to: string, size: number): void {
  pingUntilDone(cluster, cluster.endpoint(from).host, cluster.endpoint(to).address, { size, pathMtuDiscovery: "do" });
}

/** What a CNI configuration without an MTU does: the pod's interface, its other end and the bridge get the LAN's. */
export function widenMtu(cluster: Cluster, podName: string, mtu: number): void {
  const pod = cluster.pods.find(({ name }) => name === podName)!;
  pod.namespace.device("eth0").mtu = mtu;
  for (const device of pod.node.namespace.devices.values())
    if (device.kind === "bridge" || device.port !== null) device.mtu = mtu;
}
