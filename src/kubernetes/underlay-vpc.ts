/**
 * A cloud provider's virtual network. There is no LAN in it: each node's cable ends at the provider, who answers
 * ARP for all others and carries packets by their IP destination alone, to nodes and to what his route table
 * names. What he has no route for vanishes, and he sends no ICMP errors.
 */
import { Namespace, type Veth } from "../datapath/index.ts";
import { Host } from "../host/index.ts";
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import { type Joining, macFor, Underlay, type UnderlayOptions } from "./underlay.ts";

export class VpcUnderlay extends Underlay {
  override readonly kind = "vpc";
  readonly namespaces: readonly Namespace[];
  readonly routers: readonly Host[];
  readonly routesPods: boolean;
  readonly #provider: Namespace;
  #portCount = 0;

  constructor(options: UnderlayOptions, prefix: string, routes: "nodes" | "none", routers?: readonly string[]) {
    super(options, [prefix], routers);
    this.routesPods = routes === "nodes";
    const provider = new Namespace(this.engine, "vpc");
    provider.forwarding = true;
    provider.icmp.silent = true;
    provider.addAddress(provider.loopback, `${formatIpv4(this.routerOf(this.subnets[0]!))}/32`);
    provider.addRoute({ to: "default", type: "blackhole", note: "the provider's route table has no entry for it" });
    this.#provider = provider;
    this.namespaces = [provider];
    this.routers = [new Host(provider)];
  }

  carriesPods(): boolean {
    return this.routesPods;
  }

  join(node: Joining): Veth {
    const namespace = this.#provider;
    const mac = macFor(this.routerOf(this.subnets[0]!));
    const [uplink, device] = this.cableNode(node, { namespace, name: `port-${++this.#portCount}`, mac });
    device.proxyArp = true;
    const via = formatIpv4(node.address);
    namespace.addRoute({ to: via, device });
    if (this.routesPods) namespace.addRoute({ to: formatPrefix(node.podCidr), via, device });
    return uplink;
  }
}
