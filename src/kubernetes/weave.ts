/**
 * Weave Net with its fast datapath: one layer-2 network over all nodes. The bridge `weave` of each node leads to an
 * Open vSwitch datapath, which learns who is where and tunnels to the others (github.com/weaveworks/weave,
 * net/bridge.go, net/veth.go and plugin/net/cni.go).
 */
import { Bridge, createVethPair, ExternalVxlanDevice } from "../datapath/index.ts";
import { formatIpv4, formatPrefix, type Ipv4Prefix, parsePrefix } from "../wire/index.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { CniPlugin } from "./cni-plugin.ts";
import { nameDigits } from "./name-hash.ts";
import { WeaveDatapath } from "./weave-datapath.ts";
import { WeaveMesh, type WeavePeer } from "./weave-mesh.ts";
import { WeaveRing } from "./weave-ring.ts";

/** UDP port of the fast datapath: one above the port that peers connect to. */
export const WEAVE_PORT = 6784;

/**
 * What Weave allows for: the smallest underlay it knows of, Google's 1,460 bytes, less 50 bytes of headers and 34 for
 * encryption. It is the same on every underlay.
 */
const DEFAULT_MTU = 1376;

/** MTU of the tunnel's device, which lets everything through: the most that an outer packet holds. */
const TUNNEL_MTU = 65_485;

export interface WeaveOptions {
  /** MTU of the network in bytes (WEAVE_MTU); 1376 when left out. */
  readonly mtu?: number | undefined;
  /** UDP port of the tunnels; 6784 when left out. */
  readonly port?: number | undefined;
  /** All pods' addresses (IPALLOC_RANGE); 10.32.0.0/12 when left out. The nodes' own ranges are not used. */
  readonly range?: string | undefined;
}

/** What the nodes of one cluster have in common. */
export interface WeaveNetwork {
  readonly mesh: WeaveMesh;
  readonly ring: WeaveRing<ClusterNode>;
  readonly peers: Map<ClusterNode, WeavePeer>;
}

export class Weave implements CniPlugin {
  readonly name = "weave (fast datapath)";
  readonly port: number;
  readonly range: Ipv4Prefix;
  readonly #mtu: number;
  readonly #networks = new WeakMap<Cluster, WeaveNetwork>();

  /** @throws RangeError for a range that is none, or longer than /30. */
  constructor(options: WeaveOptions = {}) {
    this.port = options.port ?? WEAVE_PORT;
    this.range = parsePrefix(options.range ?? "10.32.0.0/12");
    if (this.range.length > 30)
      throw new RangeError(`expected a range of at most /30 for Weave, found ${formatPrefix(this.range)}`);
    this.#mtu = options.mtu ?? DEFAULT_MTU;
  }

  get vxlanPorts(): readonly number[] {
    return [this.port];
  }

  podMtu(): number {
    return this.#mtu;
  }

  /** Who knows whom, and whose addresses are whose. */
  network(cluster: Cluster): WeaveNetwork {
    const known = this.#networks.get(cluster);
    if (known !== undefined) return known;
    const mesh = new WeaveMesh(() => cluster.engine.random());
    const network = { mesh, ring: new WeaveRing<ClusterNode>(this.range), peers: new Map<ClusterNode, WeavePeer>() };
    this.#networks.set(cluster, network);
    return network;
  }

  addNode(cluster: Cluster, node: ClusterNode): void {
    const { namespace } = node;
    const { mesh, ring, peers } = this.network(cluster);
    const peer = mesh.join(node.name, node.address);
    peers.set(node, peer);
    const mtu = this.#mtu;
    const bridge = new Bridge(namespace, { name: "weave", mac: peer.name, mtu });
    const [bridgeEnd, datapathEnd] = createVethPair(
      { namespace, name: "vethwe-bridge", mtu },
      { namespace, name: "vethwe-datapath", mtu },
    );
    bridge.addPort(bridgeEnd);
    const tunnel = new ExternalVxlanDevice(namespace, {
      name: `vxlan-${this.port}`,
      mtu: TUNNEL_MTU,
      port: this.port,
      local: formatIpv4(node.address),
      dontFragment: true,
    });
    new WeaveDatapath(namespace, { name: "datapath", mtu }, mesh, peer, datapathEnd, tunnel);
    if (!ring.isClaimed) return;
    ring.donate(node);
    this.#expose(cluster, node);
  }

  /** `weave expose`: the bridge takes part in the network, and is its pods' gateway. */
  #expose(cluster: Cluster, node: ClusterNode): void {
    const address = this.network(cluster).ring.allocate(node);
    node.namespace.addAddress(node.namespace.device("weave"), `${formatIpv4(address)}/${this.range.length}`);
  }

  /**
   * The range is divided among the nodes that are there when the first address is asked for; later ones are given a
   * part of another's. An address that is asked for may be in any slice.
   */
  assignAddress(cluster: Cluster, node: ClusterNode, requested?: number): number {
    const { ring, peers } = this.network(cluster);
    if (!ring.isClaimed) {
      const inOrder = [...peers].sort(([, a], [, b]) => a.name - b.name).map(([owner]) => owner);
      ring.claim(inOrder);
      for (const owner of peers.keys()) this.#expose(cluster, owner);
    }
    if (requested === undefined) return ring.allocate(node);
    ring.take(requested);
    return requested;
  }

  addPod(cluster: Cluster, pod: ClusterPod): void {
    const { node, namespace } = pod;
    const bridge = node.namespace.device("weave") as Bridge;
    const [gateway] = node.namespace.addresses.list(bridge);
    const [inside, outside] = createVethPair(
      { namespace, name: "eth0", mtu: this.#mtu },
      { namespace: node.namespace, name: `vethwepl${nameDigits(pod.fullName, 7)}`, mtu: this.#mtu },
      cluster.podCable,
    );
    bridge.addPort(outside, { hairpin: true });
    namespace.addAddress(inside, `${formatIpv4(pod.address)}/${this.range.length}`);
    namespace.addRoute({ to: "default", via: formatIpv4(gateway!.address), device: inside });
  }
}
