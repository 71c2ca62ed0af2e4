/**
 * A cluster: nodes on an underlay, pods on nodes, and a CNI plugin that makes them reach each other.
 *
 *     const cluster = new Cluster({ cni: new Flannel() });
 *     cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" });
 *     const pod = cluster.addPod({ name: "pod-a", node: "node-a" });
 *     pod.host.ping(address);
 *     cluster.engine.run();
 */
import type { AddressNames } from "../capture/index.ts";
import { Engine, type EngineOptions, type LinkOptions, Namespace } from "../datapath/index.ts";
import {
  formatIpv4,
  formatPrefix,
  type Ipv4Prefix,
  parseInterfaceAddress,
  parseIpv4,
  parsePrefix,
  prefixContains,
  prefixMask,
} from "../wire/index.ts";
import { type Endpoint, findEndpoint } from "./cluster-endpoint.ts";
import { ClusterNode, type NodeDescription } from "./cluster-node.ts";
import { ClusterPod, type PodDescription } from "./cluster-pod.ts";
import { type ServiceDescription, serviceAt } from "./cluster-service.ts";
import type { CniPlugin } from "./cni-plugin.ts";
import { createUnderlay } from "./create-underlay.ts";
import { assignHostLocal } from "./host-local.ts";
import type { Labels } from "./label-selector.ts";
import { PolicyTable } from "./policy-table.ts";
import { overlap, type Underlay, type UnderlayDescription } from "./underlay.ts";

export interface ClusterOptions extends EngineOptions {
  readonly cni: CniPlugin;
  /** All pods' addresses; 10.244.0.0/16 when left out. */
  readonly clusterCidr?: string;
  /**
   * What joins the nodes. When left out, 192.168.1.0/24: a LAN, or for a plugin that needs a provider's routes a
   * VPC that has them.
   */
  readonly underlay?: UnderlayDescription;
  /** MTU of the underlay in bytes; 1500 when left out. */
  readonly underlayMtu?: number;
  /** Latency and rate of each node's cable into the underlay; an ideal one when left out. */
  readonly cable?: LinkOptions | undefined;
  /** The same for the veth pair between each pod and its node. */
  readonly podCable?: LinkOptions | undefined;
  /** Connections that a node tracks at most, for policies; nf_conntrack_max, 262,144, when left out. */
  readonly connectionLimit?: number | undefined;
}

const DEFAULT_SUBNET = "192.168.1.0/24";
/** What the controller manager gives each node (--node-cidr-mask-size). */
const NODE_RANGE_LENGTH = 24;

const DNS_LABEL = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export class Cluster {
  readonly engine: Engine;
  readonly cni: CniPlugin;
  readonly clusterCidr: Ipv4Prefix;
  readonly underlay: Underlay;
  readonly underlayMtu: number;
  readonly nodes: ClusterNode[] = [];
  readonly pods: ClusterPod[] = [];
  readonly services: ServiceDescription[] = [];
  readonly podCable: LinkOptions | undefined;
  /** Labels by the namespace's name; `kubernetes.io/metadata.name` is implied. Change them by `relabelNamespace`. */
  readonly namespaceLabels: Map<string, Labels> = new Map();
  /** Network policies: none at first. */
  readonly policies: PolicyTable;
  readonly #podsByName = new Map<string, ClusterPod>();
  readonly #nodesByName = new Map<string, ClusterNode>();
  readonly #namespaceNames: Set<string>;

  constructor(options: ClusterOptions) {
    if (options?.cni === undefined)
      throw new TypeError("expected a cluster's options with a CNI plugin as cni, found none");
    this.engine = new Engine(options);
    this.cni = options.cni;
    this.clusterCidr = parsePrefix(options.clusterCidr ?? "10.244.0.0/16");
    this.underlayMtu = options.underlayMtu ?? 1500;
    this.podCable = options.podCable;
    this.underlay = createUnderlay(options.underlay ?? usualUnderlay(options.cni), {
      engine: this.engine,
      mtu: this.underlayMtu,
      cable: options.cable,
    });
    this.policies = new PolicyTable(this, options.connectionLimit);
    this.#namespaceNames = new Set(this.underlay.namespaces.map(({ name }) => name));
  }

  /** A new node, cabled to the underlay and programmed by the plugin. @throws RangeError for a name or range that is taken or wrong. */
  addNode(description: NodeDescription): ClusterNode {
    const { name } = description;
    checkName(name);
    if (this.#namespaceNames.has(name)) throw takenName(name);
    const address = parseIpv4(description.address);
    const podCidr = description.podCidr === undefined ? this.#freeRange(name) : parsePrefix(description.podCidr);
    this.#checkNode(name, address, podCidr);
    const namespace = new Namespace(this.engine, name);
    namespace.forwarding = true;
    const uplink = this.underlay.join({ namespace, address, podCidr });
    const node = new ClusterNode(
      description,
      { address, podCidr, subnet: this.underlay.subnetOf(address)! },
      namespace,
      uplink,
    );
    this.cni.addNode(this, node);
    this.#namespaceNames.add(name);
    this.#nodesByName.set(name, node);
    this.nodes.push(node);
    return node;
  }

  #freeRange(name: string): Ipv4Prefix {
    const { address, length } = this.clusterCidr;
    const range = { address, length: Math.max(NODE_RANGE_LENGTH, length) };
    for (; prefixContains(this.clusterCidr, range.address); range.address += 2 ** (32 - range.length))
      if (!this.nodes.some(({ podCidr }) => overlap(podCidr, range))) return range;
    throw new RangeError(`expected a free pod range of ${formatPrefix(this.clusterCidr)} for ${name}, found all taken`);
  }

  #checkNode(name: string, address: number, podCidr: Ipv4Prefix): void {
    const subnet = this.underlay.subnetOf(address);
    if (subnet === undefined)
      throw new RangeError(
        `expected an address of ${this.underlay.subnets.map(formatPrefix).join(" or ")} for ${name}, found ${formatIpv4(address)}`,
      );
    const router = this.underlay.routerOf(subnet);
    if (address === router || (address & ~prefixMask(subnet.length)) === 0)
      throw new RangeError(
        `expected an address beside the router's, ${formatIpv4(router)}, for ${name}, found ${formatIpv4(address)}`,
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
      if (overlap(node.podCidr, podCidr)) {
        throw new RangeError(
          `expected a pod range of its own for ${name}, found ${formatPrefix(podCidr)}, which overlaps ${formatPrefix(node.podCidr)} of ${node.name}`,
        );
      }
    }
  }

  /** A new pod with an address and an interface. @throws RangeError for a name or address that is taken, or an unknown node. */
  addPod(description: PodDescription): ClusterPod {
    const { name, kubernetesNamespace = "default" } = description;
    checkName(name);
    checkName(kubernetesNamespace);
    if (this.#podsByName.has(`${kubernetesNamespace}/${name}`)) throw takenName(`${kubernetesNamespace}/${name}`);
    const node = this.#nodesByName.get(description.node);
    if (node === undefined)
      throw new RangeError(
        `expected a node (${this.nodes.map((known) => known.name).join(", ")}) for pod ${name}, found ${JSON.stringify(description.node)}`,
      );
    const pod = description.hostNetwork === true ? this.#nodesOwn(description, node) : this.#connect(description, node);
    node.pods.push(pod);
    this.pods.push(pod);
    this.#podsByName.set(pod.fullName, pod);
    this.policies.addPod(pod);
    return pod;
  }

  /** `kubectl label pod --overwrite`, all labels at once: policies go by them from the next connection on. */
  relabel(pod: ClusterPod, labels: Labels): void {
    pod.labels = labels;
    this.cni.podRelabelled?.(this, pod);
    this.policies.relabelPod(pod);
  }

  /** The same for a namespace. */
  relabelNamespace(name: string, labels: Labels): void {
    this.namespaceLabels.set(name, labels);
    this.policies.relabelNamespace(name);
  }

  #nodesOwn(description: PodDescription, node: ClusterNode): ClusterPod {
    if (description.address !== undefined && parseIpv4(description.address) !== node.address)
      throw new RangeError(
        `expected ${formatIpv4(node.address)}, its node's address, for pod ${description.name} with hostNetwork, found ${description.address}`,
      );
    return new ClusterPod(description, node, null);
  }

  #connect(description: PodDescription, node: ClusterNode): ClusterPod {
    const requested =
      description.address === undefined ? undefined : parseInterfaceAddress(`${description.address}/32`).address;
    const address = this.cni.assignAddress?.(this, node, requested) ?? assignHostLocal(node, requested);
    const namespace = new Namespace(this.engine, this.#namespaceName(description));
    const pod = new ClusterPod(description, node, { namespace, address });
    this.cni.addPod(this, pod);
    this.#namespaceNames.add(namespace.name);
    return pod;
  }

  /** The pod's name, and more where another namespace has that. */
  #namespaceName({ name, kubernetesNamespace = "default" }: PodDescription): string {
    let free = name;
    for (let count = 1; this.#namespaceNames.has(free); count++)
      free = count === 1 ? `${name}.${kubernetesNamespace}` : `${name}.${kubernetesNamespace}.${count}`;
    return free;
  }

  /** Notes a service, so that who sends to its address can be told that kube-proxy is not modelled. */
  addService(description: ServiceDescription): void {
    if (/^[\d.]+$/.test(description.clusterIP)) parseIpv4(description.clusterIP);
    this.services.push(description);
  }

  /** The service that has this address. */
  serviceAt(address: number): ServiceDescription | undefined {
    return serviceAt(this.services, address);
  }

  /** Why pods of some nodes cannot reach each other over this underlay, a line each; nothing when all can. */
  findings(): readonly string[] {
    return this.cni.findings?.(this) ?? [];
  }

  /**
   * The pod, node or router that a person means by a name ("pod-a", "default/pod-a") or an address.
   * @throws RangeError when there is none, or when pods of several Kubernetes namespaces have the name.
   */
  endpoint(text: string): Endpoint {
    return findEndpoint(this, text);
  }

  /** Every address of the cluster with its name, for captures: a pod's and a node's own, others with their device. */
  addressNames(): AddressNames[] {
    const owners = [...this.nodes, ...this.pods.filter(({ hostNetwork }) => !hostNetwork)];
    const own = new Map(owners.map(({ address, namespace }) => [address, namespace.name]));
    const namespaces = [
      ...owners.map(({ namespace }) => namespace),
      ...this.underlay.routers.map((host) => host.namespace),
    ];
    return namespaces.flatMap((namespace) =>
      namespace.addresses
        .list()
        .filter(({ address }) => address >>> 24 !== 127)
        .map(({ address, device }) => ({
          address,
          names: [own.get(address) ?? `${device.name}.${namespace.name}`],
        })),
    );
  }
}

function usualUnderlay(cni: CniPlugin): UnderlayDescription {
  return cni.needsProviderRoutes === true ? { kind: "vpc", prefix: DEFAULT_SUBNET, routes: "nodes" } : DEFAULT_SUBNET;
}

function checkName(name: string): void {
  if (!DNS_LABEL.test(name) || name.length > 253)
    throw new RangeError(`expected a name of lower-case letters, digits, '-' and '.', found ${JSON.stringify(name)}`);
}

function takenName(name: string): RangeError {
  return new RangeError(`expected a new name, found ${name}, which is taken`);
}
