/**
 * Cilium's datapath on one node: programs at the devices that decide by maps (github.com/cilium/cilium, bpf/).
 *
 *     pod --> lxcXXX ------- from-container --> endpoint map --> another pod's lxcYYY
 *     node --> cilium_host - from-host ------>  ipcache ------> cilium_vxlan --> other nodes
 *     cilium_vxlan --------- from-overlay --->  the node's stack
 *
 * Without a tunnel what goes to other nodes goes up to the node's stack, which routes it. While
 * there are policies, the endpoint's own are asked about what it sends before anything else is decided (bpf_lxc.c), and
 * about what is sent to it when it is found and routed (ipv4_local_delivery); connections are tracked there.
 */
import {
  attachEgress,
  attachIngress,
  type ExternalVxlanDevice,
  type Namespace,
  type NetDevice,
} from "../datapath/index.ts";
import { DropReason, ethernet, EtherType, formatIpv4, ipv4 } from "../wire/index.ts";
import { answerArp } from "./cilium-arp.ts";
import { CiliumEndpointMap, type PodEndpoint } from "./cilium-endpoint-map.ts";
import { identityText, ReservedIdentity } from "./cilium-identities.ts";
import { CiliumIpcache } from "./cilium-ipcache.ts";

const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { ARP, IPV4 } = EtherType;

export interface CiliumDevices {
  /** The node's end of its own pair, with its address, and the other end. */
  readonly host: NetDevice;
  readonly net: NetDevice;
  /** Null where other nodes are reached without a tunnel. */
  readonly tunnel: ExternalVxlanDevice | null;
}

export class CiliumDatapath {
  readonly namespace: Namespace;
  readonly devices: CiliumDevices;
  readonly endpoints: CiliumEndpointMap = new CiliumEndpointMap();
  readonly ipcache: CiliumIpcache = new CiliumIpcache();

  constructor(namespace: Namespace, devices: CiliumDevices) {
    this.namespace = namespace;
    this.devices = devices;
    attachEgress(devices.host, (handle) => this.#fromHost(handle));
    const { tunnel } = devices;
    if (tunnel !== null) attachIngress(tunnel, (handle) => this.#fromOverlay(tunnel, handle));
  }

  /** Puts a pod of this node under the programs. */
  attach(endpoint: PodEndpoint): void {
    this.endpoints.set(endpoint);
    attachIngress(endpoint.device, (handle) => this.#fromContainer(endpoint, handle));
  }

  /** Takes frames that a pod sent (bpf/bpf_lxc.c, cil_from_container). True: up to the node's stack. */
  #fromContainer(endpoint: PodEndpoint, handle: number): boolean {
    const { device } = endpoint;
    const { view, start } = device.engine.pool;
    const type = ethernet.etherType(view, start[handle]!);
    if (type === ARP) return !answerArp(device, handle, endpoint.address);
    if (type !== IPV4) return this.#drop(handle, DropReason.DROP_UNKNOWN_L3, device);
    if (!this.#hasIpv4Header(handle)) return this.#drop(handle, DropReason.DROP_INVALID, device);
    const network = start[handle]! + ETHERNET_HEADER_LENGTH;
    if (ipv4.source(view, network) !== endpoint.address) return this.#drop(handle, DropReason.DROP_INVALID_SIP, device);
    if (endpoint.policy?.fromPod.passes(handle) === false) return false;
    const destination = ipv4.destination(view, network);
    const local = this.endpoints.lookup(destination);
    if (local?.isHost === false) return this.#deliver(handle, local, endpoint.identity, device, "from-container");
    const { tunnelEndpoint } = this.ipcache.lookup(destination);
    if (local === undefined && this.devices.tunnel !== null && tunnelEndpoint !== 0)
      return this.#encapsulate(handle, endpoint.identity, destination, "from-container");
    return this.#toStack(handle, device, destination);
  }

  /** Takes frames that the node sends by cilium_host (bpf/bpf_host.c, cil_from_host). True: on to cilium_net, and up again. */
  #fromHost(handle: number): boolean {
    const { host, net, tunnel } = this.devices;
    const { pool } = this.namespace.engine;
    const { view, start } = pool;
    if (ethernet.etherType(view, start[handle]!) !== IPV4) return true;
    if (!this.#hasIpv4Header(handle)) return this.#drop(handle, DropReason.DROP_INVALID, host);
    const network = start[handle]! + ETHERNET_HEADER_LENGTH;
    const source = this.ipcache.lookup(ipv4.source(view, network)).identity;
    const destination = ipv4.destination(view, network);
    const local = this.endpoints.lookup(destination);
    if (local?.isHost === false) return this.#deliver(handle, local, source, host, "from-host");
    const { identity, tunnelEndpoint } = this.ipcache.lookup(destination);
    if (local === undefined && tunnel !== null && tunnelEndpoint !== 0)
      return this.#encapsulate(handle, source, destination, "from-host");
    if (this.#isAsked) this.#explain(handle, `from-host: ${this.ipcache.describe(destination)}`);
    if (local === undefined && identity === ReservedIdentity.WORLD)
      return this.#drop(handle, DropReason.DROP_UNROUTABLE, host);
    if (!pool.makeWritable(handle)) return this.#drop(handle, DropReason.NOMEM, host);
    ethernet.setDestination(view, start[handle]!, net.mac);
    return true;
  }

  /** Takes frames that came through the tunnel (bpf/bpf_overlay.c, cil_from_overlay). True: up to the node's stack. */
  #fromOverlay(tunnel: ExternalVxlanDevice, handle: number): boolean {
    const { view, start } = tunnel.engine.pool;
    if (ethernet.etherType(view, start[handle]!) !== IPV4) return true;
    if (!this.#hasIpv4Header(handle)) return this.#drop(handle, DropReason.DROP_INVALID, tunnel);
    const network = start[handle]! + ETHERNET_HEADER_LENGTH;
    const sent = tunnel.vniOf(handle);
    // Nodes send their own packets as another node's: nobody else is this host.
    if (sent === ReservedIdentity.HOST) return this.#drop(handle, DropReason.DROP_INVALID_IDENTITY, tunnel);
    const identity =
      sent === ReservedIdentity.REMOTE_NODE ? this.ipcache.lookup(ipv4.source(view, network)).identity : sent;
    const destination = ipv4.destination(view, network);
    const local = this.endpoints.lookup(destination);
    if (local?.isHost === false) return this.#deliver(handle, local, identity, tunnel, "from-overlay");
    return this.#toHost(handle, tunnel, destination);
  }

  /**
   * To a pod of this node (lib/local_delivery.h, ipv4_local_delivery): routed, and out of its host end. `identity` is
   * whose packet it is.
   */
  #deliver(handle: number, to: PodEndpoint, identity: number, from: NetDevice, program: string): false {
    if (this.#isAsked) {
      const who = `endpoint ${to.id} ${formatIpv4(to.address)} identity=${to.identity}`;
      const way = `${this.#ttlText(handle)}, from identity ${identityText(identity)} to ${to.device.name}`;
      this.#explain(handle, `${program}: ${who} is on this node, ${way}`);
    }
    const refusal = this.#route(handle, to.device.mac, to.mac);
    if (refusal !== DropReason.NONE) return this.#drop(handle, refusal, from);
    if (to.policy?.toPod.passes(handle) === false) return false;
    to.device.output.push(handle);
    return false;
  }

  /** Through the tunnel to the node of the ipcache's entry (lib/encap.h): the VNI says whose packet it is. */
  #encapsulate(handle: number, identity: number, destination: number, program: string): false {
    const sent = identity === ReservedIdentity.HOST ? ReservedIdentity.REMOTE_NODE : identity;
    const tunnel = this.devices.tunnel!;
    if (this.#isAsked) {
      const way = `to ${tunnel.name} from identity ${identityText(sent)}`;
      this.#explain(handle, `${program}: ${this.ipcache.describe(destination)}, ${way}`);
    }
    tunnel.send(handle, sent, this.ipcache.lookup(destination).tunnelEndpoint);
    return false;
  }

  /** Up to the node's stack where it came in, one hop on (bpf_lxc.c, pass_to_stack). */
  #toStack(handle: number, device: NetDevice, destination: number): boolean {
    if (this.#isAsked) {
      const isHost = this.endpoints.lookup(destination) !== undefined;
      const why = isHost ? `${formatIpv4(destination)} is the node itself` : this.ipcache.describe(destination);
      const way = `${this.#ttlText(handle)}, up to the stack of ${this.namespace.name}`;
      this.#explain(handle, `from-container: ${why}, ${way}`);
    }
    const refusal = this.#route(handle, null, device.mac);
    return refusal === DropReason.NONE || this.#drop(handle, refusal, device);
  }

  /** What came by the tunnel and is for no pod of this node is for the node itself, and arrives on cilium_host. */
  #toHost(handle: number, tunnel: NetDevice, destination: number): false {
    const { host, net } = this.devices;
    if (this.#isAsked) {
      const isHost = this.endpoints.lookup(destination) !== undefined;
      const why = `${formatIpv4(destination)} is ${isHost ? "the node itself" : "no pod of this node"}`;
      this.#explain(handle, `from-overlay: ${why}, ${this.#ttlText(handle)}, to ${host.name}`);
    }
    const refusal = this.#route(handle, tunnel.mac, host.mac);
    if (refusal !== DropReason.NONE) return this.#drop(handle, refusal, tunnel);
    net.output.push(handle);
    return false;
  }

  /** Takes a hop off the time to live and writes MACs (lib/l3.h, ipv4_l3). No ICMP error is sent where it ran out. */
  #route(handle: number, source: number | null, destination: number): DropReason {
    const { pool } = this.namespace.engine;
    const { view, start } = pool;
    if (ipv4.timeToLive(view, start[handle]! + ETHERNET_HEADER_LENGTH) <= 1) return DropReason.DROP_TTL_EXCEEDED;
    if (!pool.makeWritable(handle)) return DropReason.NOMEM;
    const offset = start[handle]!;
    ipv4.decrementTimeToLive(view, offset + ETHERNET_HEADER_LENGTH);
    if (source !== null) ethernet.setSource(view, offset, source);
    ethernet.setDestination(view, offset, destination);
    return DropReason.NONE;
  }

  #hasIpv4Header(handle: number): boolean {
    return this.namespace.engine.pool.length[handle]! >= ETHERNET_HEADER_LENGTH + ipv4.HEADER_LENGTH;
  }

  #drop(handle: number, reason: DropReason, device: NetDevice): false {
    device.engine.drop(handle, reason, device);
    return false;
  }

  /** Whether somebody wants to hear why. */
  get #isAsked(): boolean {
    return this.namespace.engine.inquirer !== null;
  }

  #explain(handle: number, text: string): void {
    this.namespace.engine.inquirer!.explain(handle, text);
  }

  #ttlText(handle: number): string {
    const { view, start } = this.namespace.engine.pool;
    const before = ipv4.timeToLive(view, start[handle]! + ETHERNET_HEADER_LENGTH);
    return `TTL ${before} to ${Math.max(0, before - 1)}`;
  }
}
