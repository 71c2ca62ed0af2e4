/**
 * Cilium (github.com/cilium/cilium): programs at each pod's host end in place of a bridge, and maps in place of an FDB.
 * Nodes reach each other by VXLAN with the sender's security identity for a VNI, or natively: by the routes of the nodes
 * and of the network between them. Pods are routed, with legacy host routing, and none has a way to another's link.
 */
import { createVethPair, ExternalVxlanDevice, Route, RouteType, VXLAN_OVERHEAD } from "../datapath/index.ts";
import { DropReason, formatIpv4, formatPrefix, type Ipv4Prefix, vxlan } from "../wire/index.ts";
import { CiliumDatapath } from "./cilium-datapath.ts";
import { CiliumIdentities, ReservedIdentity } from "./cilium-identities.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { CniPlugin, PolicyEnforcement } from "./cni-plugin.ts";
import { describeGaps, describeLoss } from "./findings.ts";
import { nameDigits } from "./name-hash.ts";

export interface CiliumOptions {
  /** "tunnel" when left out. */
  readonly routing?: "tunnel" | "native" | undefined;
  /** MTU of all devices in bytes; the underlay's when left out. With a tunnel, routes to pods have 50 less. */
  readonly mtu?: number | undefined;
  /** UDP port of the tunnel; 8472 when left out. */
  readonly port?: number | undefined;
}

const EVERYTHING: Ipv4Prefix = { address: 0, length: 0 };

/** Endpoint ids are drawn from 1 to 4095 (pkg/endpointmanager/idallocator). */
const ENDPOINT_ID_COUNT = 4095;

export class Cilium implements CniPlugin {
  readonly name: string;
  readonly routing: "tunnel" | "native";
  readonly port: number;
  readonly vxlanPorts: readonly number[];
  /** In the endpoint's programs. The node itself is always let through to its pods (allow-localhost). */
  readonly enforcement: PolicyEnforcement = {
    reasons: {
      refused: DropReason.DROP_POLICY,
      invalid: DropReason.DROP_POLICY,
      full: DropReason.DROP_CT_CREATE_FAILED,
    },
    rulesOwnNode: true,
    tracking: "cilium",
    attach: (pod, filters) => {
      const endpoint = this.datapath(pod.node).endpoints.lookup(pod.address);
      if (endpoint?.isHost === false) endpoint.policy = filters;
    },
  };
  readonly #mtu: number | undefined;
  readonly #identities = new WeakMap<Cluster, CiliumIdentities>();
  readonly #datapaths = new WeakMap<ClusterNode, CiliumDatapath>();

  constructor(options: CiliumOptions = {}) {
    this.routing = options.routing ?? "tunnel";
    this.port = options.port ?? vxlan.LINUX_PORT;
    this.#mtu = options.mtu;
    this.name = this.routing === "tunnel" ? "cilium (vxlan)" : "cilium (native routing)";
    this.vxlanPorts = this.routing === "tunnel" ? [this.port] : [];
  }

  podMtu(underlayMtu: number): number {
    return this.#deviceMtu(underlayMtu) - (this.routing === "tunnel" ? VXLAN_OVERHEAD : 0);
  }

  #deviceMtu(underlayMtu: number): number {
    return this.#mtu ?? underlayMtu;
  }

  /** The security identities of a cluster's pods. */
  identities(cluster: Cluster): CiliumIdentities {
    const known = this.#identities.get(cluster);
    if (known !== undefined) return known;
    const identities = new CiliumIdentities();
    this.#identities.set(cluster, identities);
    return identities;
  }

  /** A node's programs and maps. @throws RangeError for a node of another plugin's. */
  datapath(node: ClusterNode): CiliumDatapath {
    const datapath = this.#datapaths.get(node);
    if (datapath === undefined) throw new RangeError(`expected a node with Cilium, found ${node.name}`);
    return datapath;
  }

  addNode(cluster: Cluster, node: ClusterNode): void {
    const datapath = this.#createDatapath(cluster, node);
    this.#datapaths.set(node, datapath);
    const { endpoints, ipcache } = datapath;
    ipcache.set(EVERYTHING, ReservedIdentity.WORLD);
    for (const address of [node.address, node.gateway]) {
      endpoints.set({ isHost: true, address });
      ipcache.set(host(address), ReservedIdentity.HOST);
    }
    for (const other of cluster.nodes) {
      this.#introduce(cluster, node, other);
      this.#introduce(cluster, other, node);
    }
    const identities = this.identities(cluster);
    for (const pod of cluster.pods)
      if (!pod.hostNetwork) ipcache.set(host(pod.address), identities.numberOf(pod), pod.node.address);
  }

  /** `cilium_host` has the range's first address, where the real one has any of the range. */
  #createDatapath(cluster: Cluster, { namespace, gateway, podCidr }: ClusterNode): CiliumDatapath {
    const mtu = this.#deviceMtu(cluster.underlayMtu);
    const [net, own] = createVethPair({ namespace, name: "cilium_net", mtu }, { namespace, name: "cilium_host", mtu });
    net.arp = false;
    own.arp = false;
    const router = formatIpv4(gateway);
    namespace.addAddress(own, `${router}/32`);
    // In the main table, behind the address's own route in the table "local".
    namespace.routes.append(
      new Route({ type: RouteType.UNICAST, prefix: host(gateway), device: own, protocol: "kernel" }),
    );
    namespace.addRoute({
      to: formatPrefix(podCidr),
      via: router,
      device: own,
      source: router,
      protocol: "kernel",
    });
    const tunnel =
      this.routing === "tunnel"
        ? new ExternalVxlanDevice(namespace, { name: "cilium_vxlan", mtu, port: this.port })
        : null;
    return new CiliumDatapath(namespace, { host: own, net, tunnel });
  }

  /** Tells `node` of `other`: its addresses are another node's, and its pods are behind it. */
  #introduce(cluster: Cluster, node: ClusterNode, other: ClusterNode): void {
    const { ipcache, devices } = this.datapath(node);
    ipcache.set(host(other.address), ReservedIdentity.REMOTE_NODE);
    ipcache.set(host(other.gateway), ReservedIdentity.REMOTE_NODE, other.address);
    const to = formatPrefix(other.podCidr);
    if (this.routing === "tunnel") {
      const router = formatIpv4(node.gateway);
      const mtu = this.podMtu(cluster.underlayMtu);
      node.namespace.addRoute({ to, via: router, device: devices.host, source: router, protocol: "kernel", mtu });
    } else if (isDirect(cluster, node, other)) {
      const via = formatIpv4(other.address);
      node.namespace.addRoute({ to, via, device: node.uplink, protocol: "kernel" });
    }
  }

  addPod(cluster: Cluster, pod: ClusterPod): void {
    const { node, namespace, address } = pod;
    const datapath = this.datapath(node);
    const mtu = this.#deviceMtu(cluster.underlayMtu);
    const [inside, outside] = createVethPair(
      { namespace, name: "eth0", mtu },
      { namespace: node.namespace, name: `lxc${nameDigits(pod.fullName, 12)}`, mtu },
      cluster.podCable,
    );
    const router = formatIpv4(node.gateway);
    namespace.addAddress(inside, `${formatIpv4(address)}/32`);
    namespace.addRoute({ to: router, device: inside, scope: "link" });
    const routeMtu = this.routing === "tunnel" ? { mtu: this.podMtu(cluster.underlayMtu) } : {};
    namespace.addRoute({ to: "default", via: router, device: inside, ...routeMtu });
    const identity = this.identities(cluster).numberOf(pod);
    const id = endpointId(cluster, datapath);
    datapath.attach({ isHost: false, address, id, identity, device: outside, mac: inside.mac });
    for (const other of cluster.nodes)
      this.datapath(other).ipcache.set(host(address), identity, other === node ? 0 : node.address);
  }

  /** Another identity, if the labels that count are others: known to all nodes at once. */
  podRelabelled(cluster: Cluster, pod: ClusterPod): void {
    if (pod.hostNetwork) return;
    const { node, address } = pod;
    const identity = this.identities(cluster).numberOf(pod);
    const endpoint = this.datapath(node).endpoints.lookup(address);
    if (endpoint?.isHost === false) endpoint.identity = identity;
    for (const other of cluster.nodes)
      this.datapath(other).ipcache.set(host(address), identity, other === node ? 0 : node.address);
  }

  findings(cluster: Cluster): readonly string[] {
    if (this.routing === "tunnel") return [];
    const reaches = (from: ClusterNode, to: ClusterNode): boolean => cluster.underlay.carriesPods(from, to);
    return describeGaps(cluster, reaches, describeLoss(cluster));
  }
}

/** autoDirectNodeRoutes: nodes of one LAN route to each other. In a VPC the provider does, as it was told. */
function isDirect({ underlay }: Cluster, node: ClusterNode, other: ClusterNode): boolean {
  return underlay.kind !== "vpc" && node.isOnSubnetOf(other);
}

function host(address: number): Ipv4Prefix {
  return { address, length: 32 };
}

/** A free one, drawn; where most are taken, the next one behind the draw. */
function endpointId({ engine }: Cluster, { endpoints }: CiliumDatapath): number {
  const taken = new Set(endpoints.list().map((endpoint) => (endpoint.isHost ? 0 : endpoint.id)));
  let id = 1 + (engine.random() % ENDPOINT_ID_COUNT);
  while (taken.has(id) && taken.size < ENDPOINT_ID_COUNT) id = (id % ENDPOINT_ID_COUNT) + 1;
  return id;
}
