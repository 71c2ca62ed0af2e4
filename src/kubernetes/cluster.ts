/**
 * A cluster: nodes on one LAN, pods on nodes, and a CNI plugin that makes them reach each other.
 *
 *     const cluster = new Cluster({ cni: new Flannel() });
 *     cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" });
 *     const pod = cluster.addPod({ name: "pod-a", node: "node-a" });
 *     pod.host.ping(address);
 *     cluster.engine.run();
 */
import type { AddressNames } from "../capture/index.ts";
import { Bridge, createVethPair, Engine, type EngineOptions, type LinkOptions, Namespace } from "../datapath/index.ts";
import type { Host } from "../host/index.ts";
import {
  formatIpv4,
  formatPrefix,
  type Ipv4Prefix,
  isLoopbackIpv4,
  parseInterfaceAddress,
  parseIpv4,
  parsePrefix,
  prefixContains,
} from "../wire/index.ts";
import { ClusterNode, type NodeDescription } from "./cluster-node.ts";
import { ClusterPod, type PodDescription } from "./cluster-pod.ts";
import type { CniPlugin } from "./cni-plugin.ts";

export interface ClusterOptions extends EngineOptions {
  readonly cni: CniPlugin;
  /** All pods' addresses; 10.244.0.0/16 when left out. */
  readonly clusterCidr?: string;
  /** The LAN that nodes are on; 192.168.1.0/24 when left out. */
  readonly underlay?: string;
  /** MTU of the LAN in bytes; 1500 when left out. */
  readonly underlayMtu?: number;
  /** Latency and rate of each node's cable into the LAN; an ideal one when left out. */
  readonly cable?: LinkOptions | undefined;
  /** The same for the veth pair between each pod and its node. */
  readonly podCable?: LinkOptions | undefined;
}

/** Somebody to send from or to: a pod or a node. */
export interface Endpoint {
  readonly name: string;
  readonly address: number;
  readonly host: Host;
}

/** QEMU's organisationally unique identifier, before the lower 24 bits of a node's address. */
const NODE_MAC_PREFIX = 0x52_54_00;

const DNS_LABEL = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export class Cluster {
  readonly engine: Engine;
  readonly cni: CniPlugin;
  readonly clusterCidr: Ipv4Prefix;
  readonly underlayPrefix: Ipv4Prefix;
  readonly underlayMtu: number;
  readonly underlay: Namespace;
  readonly nodes: ClusterNode[] = [];
  readonly pods: ClusterPod[] = [];
  readonly #lan: Bridge;
  readonly #cable: LinkOptions | undefined;
  readonly podCable: LinkOptions | undefined;

  constructor(options: ClusterOptions) {
    if (options?.cni === undefined)
      throw new TypeError("expected a cluster's options with a CNI plugin as cni, found none");
    this.engine = new Engine(options);
    this.cni = options.cni;
    this.clusterCidr = parsePrefix(options.clusterCidr ?? "10.244.0.0/16");
    this.underlayPrefix = parsePrefix(options.underlay ?? "192.168.1.0/24");
    this.underlayMtu = options.underlayMtu ?? 1500;
    this.#cable = options.cable;
    this.podCable = options.podCable;
    this.underlay = new Namespace(this.engine, "underlay");
    this.#lan = new Bridge(this.underlay, { name: "lan", mtu: this.underlayMtu });
  }

  /** A new node, cabled to the LAN and programmed by the plugin. @throws RangeError for a name or range that is taken or wrong. */
  addNode(description: NodeDescription): ClusterNode {
    const { name } = description;
    this.#checkName(name);
    const address = parseIpv4(description.address);
    const podCidr = parsePrefix(description.podCidr);
    this.#checkNode(name, address, podCidr);
    const namespace = new Namespace(this.engine, name);
    namespace.forwarding = true;
    const mac = NODE_MAC_PREFIX * 2 ** 24 + (address & 0xffffff);
    const port = `port-${this.nodes.length + 1}`;
    const [uplink, lanPort] = createVethPair(
      { namespace, name: "eth0", mac, mtu: this.underlayMtu },
      { namespace: this.underlay, name: port, mtu: this.underlayMtu },
      this.#cable,
    );
    namespace.addAddress(uplink, `${description.address}/${this.underlayPrefix.length}`);
    this.#lan.addPort(lanPort);
    const node = new ClusterNode(name, address, podCidr, namespace, uplink);
    this.cni.addNode(this, node);
    this.nodes.push(node);
    return node;
  }

  #checkNode(name: string, address: number, podCidr: Ipv4Prefix): void {
    if (!prefixContains(this.underlayPrefix, address))
      throw new RangeError(
        `expected an address of ${formatPrefix(this.underlayPrefix)} for ${name}, found ${formatIpv4(address)}`,
      );
    if (
      podCidr.length < this.clusterCidr.length ||
      podCidr.length > 30 ||
      !prefixContains(this.clusterCidr, podCidr.address)
    ) {
      throw new RangeError(
        `expected a pod range of at most /30 inside ${formatPrefix(this.clusterCidr)} for ${name}, found ${formatPrefix(podCidr)}`,
      );
    }
    for (const node of this.nodes) {
      if (node.address === address)
        throw new RangeError(
          `expected a new address for ${name}, found ${formatIpv4(address)}, which ${node.name} has`,
        );
      if (prefixContains(node.podCidr, podCidr.address) || prefixContains(podCidr, node.podCidr.address)) {
        throw new RangeError(
          `expected a pod range of its own for ${name}, found ${formatPrefix(podCidr)}, which overlaps ${formatPrefix(node.podCidr)} of ${node.name}`,
        );
      }
    }
  }

  /** A new pod with an address and an interface. @throws RangeError for a name or address that is taken, or an unknown node. */
  addPod(description: PodDescription): ClusterPod {
    const { name, kubernetesNamespace = "default" } = description;
    this.#checkName(name);
    const node = this.nodes.find((candidate) => candidate.name === description.node);
    if (node === undefined)
      throw new RangeError(
        `expected a node (${this.nodes.map((known) => known.name).join(", ")}) for pod ${name}, found ${JSON.stringify(description.node)}`,
      );
    const address = node.assignAddress(
      description.address === undefined ? undefined : parseInterfaceAddress(`${description.address}/32`).address,
    );
    const pod = new ClusterPod(name, kubernetesNamespace, node, address, new Namespace(this.engine, name));
    this.cni.addPod(this, pod);
    node.pods.push(pod);
    this.pods.push(pod);
    return pod;
  }

  #checkName(name: string): void {
    if (!DNS_LABEL.test(name) || name.length > 253)
      throw new RangeError(`expected a name of lower-case letters, digits, '-' and '.', found ${JSON.stringify(name)}`);
    if (name === this.underlay.name || this.#endpoints().some((endpoint) => endpoint.name === name))
      throw new RangeError(`expected a new name, found ${name}, which is taken`);
  }

  #endpoints(): Endpoint[] {
    return [...this.pods, ...this.nodes];
  }

  /**
   * The pod or node that a person means by a name ("pod-a", "default/pod-a") or an address.
   * @throws RangeError when there is none.
   */
  endpoint(text: string): Endpoint {
    const isMeant = ({ name, address }: Endpoint): boolean => name === text || formatIpv4(address) === text;
    const found =
      this.pods.find((pod) => pod.fullName === text) ?? this.#endpoints().find(isMeant) ?? this.#ownerOf(text);
    if (found !== undefined) return found;
    const known = this.#endpoints()
      .map((endpoint) => endpoint.name)
      .join(", ");
    throw new RangeError(`expected a pod, a node (${known}) or an address of one, found ${JSON.stringify(text)}`);
  }

  /** Who has this address on one of its devices: a node has its bridge's and its tunnel's besides its own. */
  #ownerOf(text: string): Endpoint | undefined {
    if (!/^[\d.]+$/.test(text)) return undefined;
    const address = parseIpv4(text);
    const owner = this.#endpoints().find(
      ({ host }) => !isLoopbackIpv4(address) && host.namespace.addresses.isLocal(address),
    );
    return owner === undefined ? undefined : { name: owner.name, address, host: owner.host };
  }

  /** Every address of the cluster with its name, for captures: a pod's and a node's own, others with their device. */
  addressNames(): AddressNames[] {
    const endpointNames = new Map(this.#endpoints().map((endpoint) => [endpoint.address, endpoint.name]));
    return [...this.nodes, ...this.pods].flatMap(({ namespace }) =>
      namespace.addresses
        .list()
        .filter(({ device }) => device !== namespace.loopback)
        .map(({ address, device }) => ({
          address,
          names: [endpointNames.get(address) ?? `${device.name}.${namespace.name}`],
        })),
    );
  }
}
