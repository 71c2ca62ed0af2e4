/**
 * An IP-in-IP device (RFC 2003; Linux ipip.c, ip_tunnel.c): IPv4 packets that leave through it travel in IPv4 packets,
 * protocol 4, and those that come out of such packets arrive on it. There is no link: its frames are the packets.
 *
 * With a remote it is a line to there. Without one, as Linux's own `tunl0`, each packet goes to the gateway of the
 * route that it takes: `10.244.2.0/24 via 192.168.1.20 dev tunl0 onlink`.
 */
import { formatIpv4, ipv4, parseIpv4 } from "../wire/index.ts";
import { IpipEncapsulate } from "./ipip-encapsulate.ts";
import { bindIpip, checkEndpoints } from "./ipip-decapsulate.ts";
import type { Namespace } from "./namespace.ts";
import { DeviceReceive, NetDevice, type NetDeviceOptions } from "./net-device.ts";
import { receiveIpv4 } from "./ipv4-input.ts";
import { Stage } from "./stage.ts";
import type { TunnelPeers } from "./tunnel-peers.ts";

export interface IpipOptions extends Omit<NetDeviceOptions, "mac"> {
  /** Source address of outer packets, and the only one that packets are taken for; any of the namespace's when left out. */
  readonly local?: string;
  /** Where all packets go, and whence alone they are taken; the route's gateway, and from anywhere, when left out. */
  readonly remote?: string;
  /** Outer time to live; the inner packet's when left out or 0 ("ttl inherit"). */
  readonly ttl?: number;
  /** Outer type of service, or "inherit" to take the inner one's; 0 when left out. Its ECN bits are never used. */
  readonly tos?: number | "inherit";
  /**
   * Whether outer packets never may be fragmented ("pmtudisc"). Otherwise, as on `tunl0`, an outer packet may be if the
   * inner one may.
   */
  readonly pathMtuDiscovery?: boolean;
}

/** What a packet grows by: the outer header. */
export const IPIP_OVERHEAD: number = ipv4.HEADER_LENGTH;

/** Bytes of the longest packet that an outer one can hold. */
const LONGEST_INNER = 0xffff - IPIP_OVERHEAD;

/** The MTU of a link that nothing is known of. */
const ETHERNET_MTU = 1500;

export class IpipDevice extends NetDevice {
  override readonly kind = "ipip";
  override readonly output: Stage;
  /** 0 for any. */
  readonly local: number;
  /** 0 for that of the route. */
  readonly remote: number;
  /** 0 for the inner packet's. */
  readonly timeToLive: number;
  readonly typeOfService: number | "inherit";
  readonly pathMtuDiscovery: boolean;
  /** By handle: the next hop of a packet that waits to be sent, 0 for none. */
  readonly nextHops: Int32Array;
  /** Whose packets a firewall lets through to it; null: everybody's. */
  peers: TunnelPeers | null = null;

  /** @throws RangeError for a TTL or TOS above 8 bits, or when another device has this local and remote address. */
  constructor(namespace: Namespace, options: IpipOptions) {
    const local = options.local === undefined ? 0 : parseIpv4(options.local);
    const remote = options.remote === undefined ? 0 : parseIpv4(options.remote);
    requireByte("a TTL", options.ttl ?? 0);
    if (options.tos !== "inherit") requireByte("a type of service", options.tos ?? 0);
    checkEndpoints(namespace, local, remote);
    const mtu = options.mtu ?? usualMtu(namespace, remote);
    super(namespace, { name: options.name, mtu }, (device) => new IpipReceive(device), false);
    this.local = local;
    this.remote = remote;
    this.timeToLive = options.ttl ?? 0;
    this.typeOfService = options.tos ?? 0;
    this.pathMtuDiscovery = options.pathMtuDiscovery ?? false;
    this.nextHops = new Int32Array(this.engine.pool.start.length);
    this.output = new Stage(this.engine, new IpipEncapsulate(this));
    bindIpip(this);
  }

  override sendPacket(handle: number, nextHop: number): void {
    this.nextHops[handle] = nextHop;
    this.output.push(handle);
  }

  /** A tunnel does not hold packets against its MTU: that was for the route to do (Linux ip_tunnel_xmit). */
  override get longestFrame(): number {
    return LONGEST_INNER;
  }

  override get description(): string {
    const end = (address: number): string => (address === 0 ? "any" : formatIpv4(address));
    return `ipip, local ${end(this.local)}, remote ${end(this.remote)}`;
  }
}

/** Packets that came out of the tunnel: no Ethernet header says whose they are, so they are the namespace's. */
class IpipReceive extends DeviceReceive {
  protected override takeUp(handles: Int32Array, first: number, kept: number): void {
    const { device } = this;
    if (kept === first) return;
    if (device.handler !== null) device.handler.run(handles, first, kept);
    else receiveIpv4(device.namespace, device, handles, first, kept);
  }
}

/** What the link towards the remote takes, less the outer header (Linux ip_tunnel_bind_dev). */
function usualMtu(namespace: Namespace, remote: number): number {
  const { device } = namespace.routes.lookup(remote);
  const linkMtu = remote === 0 || device === null ? ETHERNET_MTU : device.mtu;
  return linkMtu - IPIP_OVERHEAD;
}

function requireByte(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 255)
    throw new RangeError(`expected ${what} from 0 to 255, found ${value}`);
}
