/**
 * What joins the nodes: a LAN, several LANs with a router between them, or a cloud provider's virtual network.
 * Pods' addresses mean nothing to it, unless the provider was told of them.
 */
import { createVethPair, type Engine, type LinkOptions, type Namespace, type Veth } from "../datapath/index.ts";
import type { Host } from "../host/index.ts";
import {
  formatIpv4,
  formatPrefix,
  type Ipv4Prefix,
  parseIpv4,
  parsePrefix,
  prefixBroadcast,
  prefixContains,
} from "../wire/index.ts";
import type { ClusterNode } from "./cluster-node.ts";

/** One LAN by its prefix ("192.168.1.0/24"), or what kind of network it is. */
export type UnderlayDescription =
  | string
  | (RouterAddresses & { readonly kind: "lan"; readonly prefix: string })
  | (RouterAddresses & { readonly kind: "subnets"; readonly prefixes: readonly string[] })
  | (RouterAddresses & {
      readonly kind: "vpc";
      readonly prefix: string;
      /** Whether the provider's route table has each node's pod range, as a cloud controller puts it there. */
      readonly routes: "nodes" | "none";
    });

/** Routers that do not have the first address of their subnet, as nodes may have that: each in another subnet. */
export interface RouterAddresses {
  readonly routers?: readonly string[];
}

/** What every kind is made with. */
export interface UnderlayOptions {
  readonly engine: Engine;
  /** MTU of its links in bytes. */
  readonly mtu: number;
  /** Latency and rate of each cable; an ideal one when left out. */
  readonly cable: LinkOptions | undefined;
}

/** A node that is about to join. */
export interface Joining {
  readonly namespace: Namespace;
  readonly address: number;
  readonly podCidr: Ipv4Prefix;
}

/** Where a cable ends. */
export interface FarEnd {
  readonly namespace: Namespace;
  readonly name: string;
  /** 48-bit number; one is drawn when left out. */
  readonly mac?: number;
}

/** QEMU's organisationally unique identifier, before the lower 24 bits of an address. */
const MAC_PREFIX = 0x52_54_00;

export abstract class Underlay {
  abstract readonly kind: "lan" | "subnets" | "vpc";
  readonly engine: Engine;
  readonly mtu: number;
  /** The nodes' subnets, which do not overlap. */
  readonly subnets: readonly Ipv4Prefix[];
  /** Of its switches and routers: names that are taken. */
  abstract readonly namespaces: readonly Namespace[];
  /** Who answers on the routers' addresses. */
  abstract readonly routers: readonly Host[];
  readonly #cable: LinkOptions | undefined;

  readonly #routers: ReadonlyMap<Ipv4Prefix, number>;

  /**
   * @param routers addresses of routers that do not have their subnet's first
   * @throws RangeError for subnets that are none, too small for a router and a node, or that overlap, and for routers outside
   */
  constructor(options: UnderlayOptions, prefixes: readonly string[], routers: readonly string[] = []) {
    this.engine = options.engine;
    this.mtu = options.mtu;
    this.#cable = options.cable;
    this.subnets = readSubnets(prefixes);
    this.#routers = new Map(routers.map((text) => readRouter(this.subnets, text)));
  }

  /** Cables a node into its subnet: an uplink with its address and a default route. */
  abstract join(node: Joining): Veth;

  /**
   * Whether packets between pods get from one node to another as they are, without a tunnel, when the first sends
   * them to the second: on one LAN they do; a router knows nothing of pods, a provider what he was told.
   */
  abstract carriesPods(from: ClusterNode, to: ClusterNode): boolean;

  /** Whether its routers know the nodes' pod ranges: then it does not matter which of them a packet is sent to. */
  abstract readonly routesPods: boolean;

  /** The subnet that an address is in; undefined for none. */
  subnetOf(address: number): Ipv4Prefix | undefined {
    return this.subnets.find((subnet) => prefixContains(subnet, address));
  }

  /** The address of a subnet's router. */
  routerOf(subnet: Ipv4Prefix): number {
    return this.#routers.get(subnet) ?? routerOf(subnet);
  }

  /** A cable from `eth0` of a joining node, with address and default route, to a device of the underlay. */
  protected cableNode(node: Joining, far: FarEnd): [Veth, Veth] {
    const { namespace, address } = node;
    const subnet = this.subnetOf(address)!;
    const ends = this.cable({ namespace, name: "eth0", address }, far);
    namespace.addAddress(ends[0], `${formatIpv4(address)}/${subnet.length}`);
    namespace.addRoute({ to: "default", via: formatIpv4(this.routerOf(subnet)), device: ends[0] });
    return ends;
  }

  /** A cable between two namespaces; the near end's MAC tells its address. */
  protected cable(
    near: { readonly namespace: Namespace; readonly name: string; readonly address: number },
    far: FarEnd,
  ): [Veth, Veth] {
    const { mtu } = this;
    const { namespace, name, address } = near;
    return createVethPair({ namespace, name, mac: macFor(address), mtu }, { ...far, mtu }, this.#cable);
  }
}

/** The address that a subnet's router has when nobody says otherwise: the first. */
export function routerOf(subnet: Ipv4Prefix): number {
  return subnet.address + 1;
}

/** 52:54:00 and the lower 24 bits of the address. */
export function macFor(address: number): number {
  return MAC_PREFIX * 2 ** 24 + (address & 0xffffff);
}

function readSubnets(prefixes: readonly string[]): Ipv4Prefix[] {
  if (prefixes.length === 0) throw new RangeError("expected the prefix of a subnet for the nodes, found none");
  const subnets = prefixes.map((text) => parsePrefix(text));
  subnets.forEach((subnet, index) => {
    if (subnet.length > 29)
      throw new RangeError(`expected a subnet of at most /29 for the nodes, found ${formatPrefix(subnet)}`);
    const other = subnets.slice(0, index).find((known) => overlap(known, subnet));
    if (other !== undefined)
      throw new RangeError(
        `expected subnets apart from each other, found ${formatPrefix(subnet)}, which overlaps ${formatPrefix(other)}`,
      );
  });
  return subnets;
}

function readRouter(subnets: readonly Ipv4Prefix[], text: string): [Ipv4Prefix, number] {
  const address = parseIpv4(text);
  const subnet = subnets.find((each) => prefixContains(each, address));
  if (subnet === undefined || address === subnet.address || address === prefixBroadcast(subnet))
    throw new RangeError(`expected a router's address in ${subnets.map(formatPrefix).join(" or ")}, found ${text}`);
  return [subnet, address];
}

/** Whether two prefixes share an address. */
export function overlap(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  return prefixContains(a, b.address) || prefixContains(b, a.address);
}
