/**
 * Calico (github.com/projectcalico/calico) on Linux's own dataplane. There is no bridge: each pod hangs on the node
 * by a veth pair of its own, with a /32 at one end, no address at the other, and a gateway that is nobody's,
 * 169.254.1.1, for which the node answers by proxy ARP. Nodes route to each other's blocks of addresses: as they are,
 * by IP-in-IP, or by VXLAN, and with CrossSubnet by the tunnel only between subnets.
 *
 * Routes to blocks come from BIRD, which speaks BGP with all other nodes, or with VXLAN from Felix, which also
 * programs a permanent neighbour and FDB entry for each VTEP.
 *
 * Felix lets no pod pass policies by (felix/rules/endpoints.go, static.go): it drops VXLAN and IP-in-IP packets that pods
 * send (cali-fw-), packets under an address that is not the pod's (cali-PREROUTING of the raw table; and rp_filter, which it
 * sets on the pods' devices to what the node's new devices have, strict if it cannot tell), and tunnel packets that do not
 * come from another node (cali-INPUT). With flannel, kubenet and Weave Net nothing of this is there: those that enforce
 * policies for them pass what a pod sends in a tunnel of its own as UDP or protocol 4, and under another's address on a
 * connection that they know. Cilium knows each endpoint's address (DROP_INVALID_SIP).
 */
import { formatHex } from "../bytes/hex.ts";
import { sha1 } from "../bytes/sha1.ts";
import {
  attachInputFilter,
  attachOutputFilter,
  createVethPair,
  IpipDevice,
  TunnelPeers,
  type Veth,
  VXLAN_OVERHEAD,
  VxlanDevice,
  WorkloadFilter,
} from "../datapath/index.ts";
import { formatIpv4, formatMac, formatPrefix, ipv4, vxlan } from "../wire/index.ts";
import { CalicoIpam, type Holding } from "./calico-ipam.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { CniPlugin, PolicyEnforcement } from "./cni-plugin.ts";
import { describeGaps, describeLoss } from "./findings.ts";
import { addNodeRoute } from "./node-routes.ts";
import { FORWARD_AND_INPUT_CHAINS } from "./policy-filters.ts";

export type CalicoEncapsulation = "none" | "ipip" | "vxlan";

export interface CalicoOptions {
  /** "none" when left out: BGP's routes alone. */
  readonly encapsulation?: CalicoEncapsulation;
  /** No tunnel between nodes of one subnet. */
  readonly crossSubnet?: boolean;
  /** MTU of the tunnel and the pods in bytes; what the headers leave of the underlay's when left out (veth_mtu). */
  readonly mtu?: number | undefined;
  /** UDP port of the VXLAN tunnels; 4789 when left out. */
  readonly port?: number | undefined;
  /** VXLAN network identifier; 4096 when left out. */
  readonly vni?: number | undefined;
}

const OVERHEAD: Readonly<Record<CalicoEncapsulation, number>> = {
  none: 0,
  ipip: ipv4.HEADER_LENGTH,
  vxlan: VXLAN_OVERHEAD,
};

const TITLE: Readonly<Record<CalicoEncapsulation, string>> = { none: "BGP", ipip: "IP-in-IP", vxlan: "VXLAN" };

/** The pods' gateway, which no device has. */
const GATEWAY = "169.254.1.1";
/** ee:ee:ee:ee:ee:ee, the same on all host ends. */
const HOST_END_MAC = 0xee_ee_ee_ee_ee_ee;
/** What routes are marked with by BIRD, and by Felix, whose number iproute2 has no name for. */
const BIRD = "bird";
const FELIX = "80";

export class Calico implements CniPlugin {
  readonly name: string;
  readonly encapsulation: CalicoEncapsulation;
  readonly crossSubnet: boolean;
  readonly port: number;
  readonly vni: number;
  readonly vxlanPorts: readonly number[];
  /** cali-tw- and cali-fw- at the host end of the pair; cali-wl-to-host goes through cali-fw- as well. */
  readonly enforcement: PolicyEnforcement = {
    ...FORWARD_AND_INPUT_CHAINS,
    attach(pod, { fromPod, toPod }) {
      workloadFilterOf(pod)!.setNext(fromPod);
      attachOutputFilter(hostEndOf(pod), toPod);
    },
  };
  readonly #mtu: number | undefined;
  readonly #ipams = new WeakMap<Cluster, CalicoIpam>();
  /** Addresses of each cluster's nodes: Felix's sets all-hosts-net and all-vxlan-net. */
  readonly #hosts = new WeakMap<Cluster, Set<number>>();
  readonly #tunnelAddresses = new WeakMap<ClusterNode, number>();

  /** @throws RangeError for a VNI above 24 bits, or CrossSubnet without a tunnel. */
  constructor(options: CalicoOptions = {}) {
    this.encapsulation = options.encapsulation ?? "none";
    this.crossSubnet = options.crossSubnet ?? false;
    this.port = options.port ?? vxlan.PORT;
    this.vni = options.vni ?? 4096;
    this.#mtu = options.mtu;
    if (!Number.isInteger(this.vni) || this.vni < 0 || this.vni >= 2 ** 24)
      throw new RangeError(`expected a VNI from 0 to 16777215, found ${this.vni}`);
    if (this.crossSubnet && this.encapsulation === "none")
      throw new RangeError("expected CrossSubnet with the encapsulation ipip or vxlan, found none");
    this.name = `calico (${TITLE[this.encapsulation]}${this.crossSubnet ? ", CrossSubnet" : ""})`;
    this.vxlanPorts = this.encapsulation === "vxlan" ? [this.port] : [];
  }

  podMtu(underlayMtu: number): number {
    return this.#mtu ?? underlayMtu - OVERHEAD[this.encapsulation];
  }

  #ipam(cluster: Cluster): CalicoIpam {
    const present = this.#ipams.get(cluster);
    if (present !== undefined) return present;
    const ipam = new CalicoIpam(cluster);
    this.#ipams.set(cluster, ipam);
    return ipam;
  }

  assignAddress(cluster: Cluster, node: ClusterNode, requested?: number): number {
    const { address, gained } = this.#ipam(cluster).assign(node, requested);
    if (gained !== null) this.#announce(cluster, gained);
    return address;
  }

  /** The tunnel's address is one of the node's own blocks, as a pod's. */
  addNode(cluster: Cluster, node: ClusterNode): void {
    const ipam = this.#ipam(cluster);
    const known = [...ipam.holdings];
    this.#hostsOf(cluster).add(node.address);
    if (this.encapsulation !== "none") this.#joinTunnels(cluster, node, ipam);
    for (const holding of known) this.#addRoute(node, holding);
  }

  #hostsOf(cluster: Cluster): Set<number> {
    const known = this.#hosts.get(cluster) ?? new Set();
    this.#hosts.set(cluster, known);
    return known;
  }

  #joinTunnels(cluster: Cluster, node: ClusterNode, ipam: CalicoIpam): void {
    const { address, gained } = ipam.assign(node, node.tunnelAddress);
    const device = this.#createTunnel(node, this.podMtu(cluster.underlayMtu));
    device.peers = new TunnelPeers(this.#hostsOf(cluster));
    node.namespace.addAddress(device, `${formatIpv4(address)}/32`);
    this.#tunnelAddresses.set(node, address);
    if (this.encapsulation === "vxlan") for (const other of cluster.nodes) this.#introduceVteps(node, other);
    if (gained !== null) this.#announce(cluster, gained);
  }

  /** What a node got: packets to what is free in a block of its own end there, and all others have a route. */
  #announce({ nodes }: Cluster, holding: Holding): void {
    const { node: owner, prefix } = holding;
    if (prefix.length < 32)
      owner.namespace.addRoute({ to: formatPrefix(prefix), type: "blackhole", protocol: this.#protocol });
    for (const node of nodes) if (node !== owner) this.#addRoute(node, holding);
  }

  get #protocol(): string {
    return this.encapsulation === "vxlan" ? FELIX : BIRD;
  }

  #createTunnel({ namespace, name, address }: ClusterNode, mtu: number): IpipDevice | VxlanDevice {
    if (this.encapsulation === "ipip") return new IpipDevice(namespace, { name: "tunl0", mtu });
    return new VxlanDevice(namespace, {
      name: "vxlan.calico",
      vni: this.vni,
      port: this.port,
      local: formatIpv4(address),
      learning: false,
      mac: vtepMac(name),
      mtu,
    });
  }

  #introduceVteps(node: ClusterNode, other: ClusterNode): void {
    for (const [here, there] of [
      [node, other],
      [other, node],
    ] as const) {
      const device = here.namespace.device("vxlan.calico") as VxlanDevice;
      const mac = there.namespace.device("vxlan.calico").mac;
      here.namespace.neighbours.setPermanent(device, this.#tunnelAddresses.get(there)!, mac);
      device.fdb.setPermanent(mac, there.address);
    }
  }

  /** The route on `node` to what another has. */
  #addRoute(node: ClusterNode, { node: owner, prefix }: Holding): void {
    const { namespace, uplink } = node;
    if (this.#isDirect(node, owner)) {
      const protocol = this.#protocol;
      const gateway = nextHop(node, owner);
      addNodeRoute(namespace, { prefix, gateway, device: uplink, protocol, isOnlink: protocol === FELIX });
    } else if (this.encapsulation === "ipip") {
      const device = namespace.device("tunl0");
      addNodeRoute(namespace, { prefix, gateway: owner.address, device, protocol: BIRD, isOnlink: true });
    } else {
      const device = namespace.device("vxlan.calico");
      addNodeRoute(namespace, { prefix, gateway: this.#tunnelAddresses.get(owner)!, device, isOnlink: true });
    }
  }

  #isDirect(node: ClusterNode, owner: ClusterNode): boolean {
    return this.encapsulation === "none" || (this.crossSubnet && node.isOnSubnetOf(owner));
  }

  addPod(cluster: Cluster, pod: ClusterPod): void {
    const { namespace, node } = pod;
    const mtu = this.podMtu(cluster.underlayMtu);
    const [inside, outside] = createVethPair(
      { namespace, name: "eth0", mtu },
      { namespace: node.namespace, name: hostEndName(pod), mac: HOST_END_MAC, mtu },
      cluster.podCable,
    );
    outside.proxyArp = true;
    outside.reversePathFilter = 1;
    const checks = { device: outside, address: pod.address, vxlanPort: this.port };
    attachInputFilter(outside, new WorkloadFilter(checks));
    const address = formatIpv4(pod.address);
    namespace.addAddress(inside, `${address}/32`);
    namespace.addRoute({ to: GATEWAY, device: inside, scope: "link" });
    namespace.addRoute({ to: "default", via: GATEWAY, device: inside });
    node.namespace.addRoute({ to: address, device: outside, scope: "link" });
    // Felix knows the MAC that the CNI plugin gave: it never asks for it (felix/dataplane/linux/endpoint_mgr.go).
    node.namespace.addNeighbour(outside, address, formatMac(inside.mac));
  }

  findings(cluster: Cluster): readonly string[] {
    const { underlay } = cluster;
    return describeGaps(
      cluster,
      (from, to) => !this.#isDirect(from, to) || underlay.carriesPods(from, to),
      describeLoss(cluster),
    );
  }
}

/** A pod's end of its pair on the node. */
function hostEndOf({ namespace }: ClusterPod): Veth {
  return (namespace.device("eth0") as Veth).peer;
}

/** What Felix refuses of a pod whatever policies say; undefined for a pod of another plugin. */
export function workloadFilterOf(pod: ClusterPod): WorkloadFilter | undefined {
  const { inputFilter } = hostEndOf(pod);
  return inputFilter instanceof WorkloadFilter ? inputFilter : undefined;
}

/** BIRD resolves the way to the owner of a block in the kernel's routes: to another subnet it is the router. */
function nextHop(node: ClusterNode, owner: ClusterNode): number {
  return node.namespace.routes.lookup(owner.address).gateway || owner.address;
}

/** The first 11 digits of a SHA-1 of "namespace.pod", as the CNI plugin names them. */
function hostEndName(pod: ClusterPod): string {
  return `cali${formatHex(sha1(utf8(`${pod.kubernetesNamespace}.${pod.name}`))).slice(0, 11)}`;
}

/** 66 and the first five bytes of the SHA-1 of the node's name, as Felix has it. */
function vtepMac(nodeName: string): number {
  return sha1(utf8(nodeName))
    .subarray(0, 5)
    .reduce((mac, byte) => mac * 256 + byte, 0x66);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
