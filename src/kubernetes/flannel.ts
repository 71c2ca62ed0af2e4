/**
 * Flannel (github.com/flannel-io/flannel, pkg/backend) with one of its backends.
 *
 * vxlan: each node has one VTEP, `flannel.1`, and knows every other node's by a permanent neighbour, a permanent FDB
 * entry and a route; pod ARP never crosses nodes. With DirectRouting, nodes of one subnet have a plain route instead.
 * host-gw: a plain route via each other node, which the kernel refuses for a node on another subnet.
 * ipip: one `flannel.ipip`, and a route via each other node through it.
 */
import { IpipDevice, VXLAN_OVERHEAD, VxlanDevice } from "../datapath/index.ts";
import { formatIpv4, ipv4, vxlan } from "../wire/index.ts";
import { addBridgedPod } from "./bridge-cni.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { CniPlugin, PolicyEnforcement } from "./cni-plugin.ts";
import { describeGaps, describeLoss } from "./findings.ts";
import { addNodeRoute } from "./node-routes.ts";
import { KUBE_ROUTER } from "./policy-filters.ts";

export type FlannelBackend = "vxlan" | "host-gw" | "ipip";

export interface FlannelOptions {
  /** "vxlan" when left out, as in flannel's own manifest. */
  readonly backend?: FlannelBackend;
  /** No tunnel between nodes of one subnet; the vxlan backend's option. */
  readonly directRouting?: boolean;
  /** MTU of the tunnel and the pods in bytes; what the headers leave of the underlay's when left out. */
  readonly mtu?: number | undefined;
  /** UDP port of the tunnel: the kernel's 8472 when left out, as flannel leaves it; many set 4789, IANA's. */
  readonly port?: number | undefined;
  /** VXLAN network identifier; 1 when left out. The device is named after it. */
  readonly vni?: number | undefined;
}

const OVERHEAD: Readonly<Record<FlannelBackend, number>> = {
  vxlan: VXLAN_OVERHEAD,
  "host-gw": 0,
  ipip: ipv4.HEADER_LENGTH,
};

const IPIP_DEVICE = "flannel.ipip";

export class Flannel implements CniPlugin {
  readonly name: string;
  readonly backend: FlannelBackend;
  readonly directRouting: boolean;
  readonly port: number;
  readonly vni: number;
  readonly vxlanPorts: readonly number[];
  readonly enforcement: PolicyEnforcement = KUBE_ROUTER;
  readonly #mtu: number | undefined;

  /** @throws RangeError for a VNI above 24 bits, or DirectRouting of another backend than vxlan. */
  constructor(options: FlannelOptions = {}) {
    this.backend = options.backend ?? "vxlan";
    this.directRouting = options.directRouting ?? false;
    this.port = options.port ?? vxlan.LINUX_PORT;
    this.vni = options.vni ?? 1;
    this.#mtu = options.mtu;
    if (!Number.isInteger(this.vni) || this.vni < 0 || this.vni >= 2 ** 24)
      throw new RangeError(`expected a VNI from 0 to 16777215, found ${this.vni}`);
    if (this.directRouting && this.backend !== "vxlan")
      throw new RangeError(`expected DirectRouting with the backend vxlan, found ${this.backend}`);
    this.name = `flannel (${this.backend}${this.directRouting ? ", DirectRouting" : ""})`;
    this.vxlanPorts = this.backend === "vxlan" ? [this.port] : [];
  }

  podMtu(underlayMtu: number): number {
    return this.#mtu ?? underlayMtu - OVERHEAD[this.backend];
  }

  addNode(cluster: Cluster, node: ClusterNode): void {
    if (this.backend !== "host-gw") this.#addTunnel(node, this.podMtu(cluster.underlayMtu));
    for (const other of cluster.nodes) {
      this.#introduce(node, other);
      this.#introduce(other, node);
    }
  }

  /** The node's end of all tunnels. Its address is there for packets that the node itself sends to pods. */
  #addTunnel({ namespace, address, podCidr }: ClusterNode, mtu: number): void {
    const local = formatIpv4(address);
    if (this.backend === "ipip") {
      // The kernel's module makes this one for itself; flanneld leaves it as it is (pkg/backend/ipip).
      const fallback = new IpipDevice(namespace, { name: "tunl0" });
      fallback.up = false;
    }
    const device =
      this.backend === "ipip"
        ? new IpipDevice(namespace, { name: IPIP_DEVICE, local, mtu })
        : new VxlanDevice(namespace, {
            name: `flannel.${this.vni}`,
            vni: this.vni,
            local,
            port: this.port,
            learning: false,
            mtu,
          });
    namespace.addAddress(device, `${formatIpv4(podCidr.address)}/32`);
  }

  /** Programs `node` for `other`'s subnet. */
  #introduce(node: ClusterNode, other: ClusterNode): void {
    if (this.#isDirect(node, other)) this.#addDirectRoute(node, other);
    else if (this.backend === "vxlan") this.#addVxlanRoute(node, other);
    else if (this.backend === "ipip") this.#addIpipRoute(node, other);
  }

  /** Whether the node sends to the other's pods without a tunnel: flannel asks the kernel for its route to the node. */
  #isDirect(node: ClusterNode, other: ClusterNode): boolean {
    return (this.backend === "host-gw" || this.directRouting) && node.isOnSubnetOf(other);
  }

  #addDirectRoute({ namespace, uplink }: ClusterNode, other: ClusterNode): void {
    addNodeRoute(namespace, { prefix: other.podCidr, gateway: other.address, device: uplink });
  }

  /** In flanneld's order: neighbour, FDB entry, route. */
  #addVxlanRoute({ namespace }: ClusterNode, other: ClusterNode): void {
    const name = `flannel.${this.vni}`;
    const device = namespace.device(name) as VxlanDevice;
    const remoteMac = other.namespace.device(name).mac;
    const gateway = other.podCidr.address;
    namespace.neighbours.setPermanent(device, gateway, remoteMac);
    device.fdb.setPermanent(remoteMac, other.address);
    addNodeRoute(namespace, { prefix: other.podCidr, gateway, device, isOnlink: true });
  }

  #addIpipRoute({ namespace }: ClusterNode, other: ClusterNode): void {
    const device = namespace.device(IPIP_DEVICE);
    addNodeRoute(namespace, { prefix: other.podCidr, gateway: other.address, device, isOnlink: true });
  }

  addPod(cluster: Cluster, pod: ClusterPod): void {
    addBridgedPod(cluster, pod, { bridge: "cni0", mtu: this.podMtu(cluster.underlayMtu), hairpin: true });
  }

  findings(cluster: Cluster): readonly string[] {
    const { underlay } = cluster;
    if (this.backend === "host-gw" && underlay.kind === "subnets")
      return describeGaps(
        cluster,
        (from, to) => from.isOnSubnetOf(to),
        "they are on other subnets, and host-gw needs all nodes on one: the kernel refuses the routes (Nexthop has invalid gateway)",
      );
    return describeGaps(
      cluster,
      (from, to) => !this.#isDirect(from, to) || underlay.carriesPods(from, to),
      describeLoss(cluster),
    );
  }
}
