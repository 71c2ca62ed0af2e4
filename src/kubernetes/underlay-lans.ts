/** LANs: a switch for each, and a router that has an address of every one, the first unless told otherwise. */
import { Bridge, Namespace, type Veth } from "../datapath/index.ts";
import { Host } from "../host/index.ts";
import { formatIpv4, type Ipv4Prefix } from "../wire/index.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { type Joining, Underlay, type UnderlayOptions } from "./underlay.ts";

export class LanUnderlay extends Underlay {
  readonly kind: "lan" | "subnets";
  readonly routesPods = false;
  readonly namespaces: readonly Namespace[];
  readonly routers: readonly Host[];
  readonly #switches = new Map<Ipv4Prefix, Bridge>();
  readonly #ground: Namespace;
  #portCount = 0;

  constructor(
    options: UnderlayOptions,
    kind: "lan" | "subnets",
    prefixes: readonly string[],
    routers?: readonly string[],
  ) {
    super(options, prefixes, routers);
    this.kind = kind;
    this.#ground = new Namespace(this.engine, "underlay");
    const router = new Namespace(this.engine, "router");
    router.forwarding = true;
    this.namespaces = [this.#ground, router];
    this.subnets.forEach((subnet, index) => this.#lay(subnet, router, index));
    this.routers = [new Host(router)];
  }

  /** The switch of one subnet, with the router on a port of it. */
  #lay(subnet: Ipv4Prefix, router: Namespace, index: number): void {
    const suffix = this.kind === "lan" ? "" : `-${index + 1}`;
    const lan = new Bridge(this.#ground, { name: `lan${suffix}`, mtu: this.mtu });
    this.#switches.set(subnet, lan);
    const address = this.routerOf(subnet);
    const [inside, port] = this.cable(
      { namespace: router, name: `eth${index}`, address },
      { namespace: this.#ground, name: `router${suffix}` },
    );
    router.addAddress(inside, `${formatIpv4(address)}/${subnet.length}`);
    lan.addPort(port);
  }

  carriesPods(from: ClusterNode, to: ClusterNode): boolean {
    return from.isOnSubnetOf(to);
  }

  join(node: Joining): Veth {
    const [uplink, port] = this.cableNode(node, { namespace: this.#ground, name: `port-${++this.#portCount}` });
    this.#switches.get(this.subnetOf(node.address)!)!.addPort(port);
    return uplink;
  }
}
