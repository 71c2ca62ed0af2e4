/**
 * The CNI `bridge` plugin, which others delegate to: a bridge on the node that is the pods' gateway, and a veth
 * pair from each pod to a port of it (github.com/containernetworking/plugins, plugins/main/bridge).
 */
import { Bridge, createVethPair } from "../datapath/index.ts";
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import { nameDigits } from "./name-hash.ts";

/** 0a:58 before an IPv4 address: how the plugin made MACs that people can read. */
const MAC_PREFIX = 0x0a58;

export interface BridgeCniOptions {
  /** Name of the bridge: "cni0". */
  readonly bridge: string;
  /** MTU of the bridge, the pods' interfaces and their other ends. */
  readonly mtu: number;
  /** Whether a frame may go back to the pod that it came from. */
  readonly hairpin: boolean;
  /** Whether pods get a route for the cluster's range besides their default one, as flannel asks for; true when left out. */
  readonly clusterRoute?: boolean;
}

/** The ADD command: the bridge if the node has none yet, the pair, the address, the default route. */
export function addBridgedPod(cluster: Cluster, pod: ClusterPod, options: BridgeCniOptions): void {
  const { node, namespace } = pod;
  const bridge = ensureBridge(node, options);
  const { length } = node.podCidr;
  const gateway = formatIpv4(node.gateway);
  const name = `veth${nameDigits(pod.fullName, 8)}`;
  const [inside, outside] = createVethPair(
    { namespace, name: "eth0", mac: macFor(pod.address), mtu: options.mtu },
    { namespace: node.namespace, name, mtu: options.mtu },
    cluster.podCable,
  );
  bridge.addPort(outside, { hairpin: options.hairpin });
  namespace.addAddress(inside, `${formatIpv4(pod.address)}/${length}`);
  namespace.addRoute({ to: "default", via: gateway, device: inside });
  if (options.clusterRoute !== false && length > cluster.clusterCidr.length)
    namespace.addRoute({ to: formatPrefix(cluster.clusterCidr), via: gateway, device: inside });
}

function ensureBridge(node: ClusterNode, options: BridgeCniOptions): Bridge {
  const present = node.namespace.devices.get(options.bridge);
  if (present instanceof Bridge) return present;
  const bridge = new Bridge(node.namespace, { name: options.bridge, mac: macFor(node.gateway), mtu: options.mtu });
  node.namespace.addAddress(bridge, `${formatIpv4(node.gateway)}/${node.podCidr.length}`);
  return bridge;
}

function macFor(address: number): number {
  return MAC_PREFIX * 2 ** 32 + address;
}
