/**
 * Flannel with its VXLAN backend: each node has one VTEP, `flannel.1`, and knows every other node's by a
 * permanent neighbour, a permanent FDB entry and a route. Pod ARP never crosses nodes
 * (github.com/flannel-io/flannel, pkg/backend/vxlan).
 */
import { VXLAN_OVERHEAD, VxlanDevice } from "../datapath/index.ts";
import { formatIpv4, formatMac, formatPrefix, vxlan } from "../wire/index.ts";
import { addBridgedPod } from "./bridge-cni.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { CniPlugin } from "./cni-plugin.ts";

export interface FlannelOptions {
  /** UDP port of the tunnel: the kernel's 8472 when left out, as flannel leaves it; many set 4789, IANA's. */
  readonly port?: number;
  /** VXLAN network identifier; 1 when left out. The device is named after it. */
  readonly vni?: number;
}

export class Flannel implements CniPlugin {
  readonly name = "flannel (vxlan)";
  readonly port: number;
  readonly vni: number;

  /** @throws RangeError for a VNI above 24 bits. */
  constructor(options: FlannelOptions = {}) {
    this.port = options.port ?? vxlan.LINUX_PORT;
    this.vni = options.vni ?? 1;
    if (!Number.isInteger(this.vni) || this.vni < 0 || this.vni >= 2 ** 24)
      throw new RangeError(`expected a VNI from 0 to 16777215, found ${this.vni}`);
  }

  addNode(cluster: Cluster, node: ClusterNode): void {
    const device = new VxlanDevice(node.namespace, {
      name: `flannel.${this.vni}`,
      vni: this.vni,
      local: formatIpv4(node.address),
      port: this.port,
      learning: false,
      mtu: this.#mtu(cluster),
    });
    node.namespace.addAddress(device, `${formatIpv4(node.podCidr.address)}/32`);
    for (const other of cluster.nodes) {
      this.#introduce(node, other);
      this.#introduce(other, node);
    }
  }

  #mtu(cluster: Cluster): number {
    return cluster.underlayMtu - VXLAN_OVERHEAD;
  }

  /** Programs `node` for `other`'s subnet, in flanneld's order: neighbour, FDB entry, route. */
  #introduce(node: ClusterNode, other: ClusterNode): void {
    const device = this.#deviceOf(node);
    const remoteMac = this.#deviceOf(other).mac;
    const subnetBase = formatIpv4(other.podCidr.address);
    node.namespace.addNeighbour(device, subnetBase, formatMac(remoteMac));
    device.fdb.setPermanent(remoteMac, other.address);
    node.namespace.addRoute({ to: formatPrefix(other.podCidr), via: subnetBase, device, isOnlink: true });
  }

  #deviceOf(node: ClusterNode): VxlanDevice {
    return node.namespace.device(`flannel.${this.vni}`) as VxlanDevice;
  }

  addPod(cluster: Cluster, pod: ClusterPod): void {
    addBridgedPod(cluster, pod, { bridge: "cni0", mtu: this.#mtu(cluster), hairpin: true });
  }
}
