/**
 * A VXLAN device (RFC 7348, Linux vxlan_core.c): Ethernet frames that leave through it travel in UDP to the
 * VTEP that has their destination MAC, and those that come from a VTEP arrive on it.
 */
import { ethernet, formatIpv4, parseIpv4, vxlan } from "../wire/index.ts";
import { type FlowPlan, planOutput } from "./flow-plan.ts";
import type { Namespace } from "./namespace.ts";
import { NetDevice, type NetDeviceOptions } from "./net-device.ts";
import type { TunnelPeers } from "./tunnel-peers.ts";
import { VxlanFdb } from "./vxlan-fdb.ts";
import { Stage } from "./stage.ts";
import { VXLAN_OVERHEAD } from "./vxlan-outer.ts";
import { VxlanEncapsulate } from "./vxlan-encapsulate.ts";
import { bindVxlan, checkVni } from "./vxlan-decapsulate.ts";

export interface VxlanOptions extends NetDeviceOptions {
  /** VXLAN network identifier, 24 bits. */
  readonly vni: number;
  /** Source address of outer packets: the node's. */
  readonly local: string;
  /** UDP port, here and at the remotes; Linux's own default, 8472, when left out. */
  readonly port?: number;
  /** Whether source MACs of arriving frames are learned; true as in Linux when left out. */
  readonly learning?: boolean;
  /** Milliseconds after which a silent MAC is forgotten; 300 s when left out. */
  readonly ageingTime?: number;
  /** FDB entries allowed at once; no limit when left out. */
  readonly maximumAddresses?: number;
  /** Outer time to live; 64 when left out or 0, as in Linux. */
  readonly ttl?: number;
  /** Outer type of service, or "inherit" to take the inner one's; 0 when left out. Its ECN bits are never used. */
  readonly tos?: number | "inherit";
}

const DEFAULT_AGEING_TIME = 300_000;
const DEFAULT_TIME_TO_LIVE = 64;

export class VxlanDevice extends NetDevice {
  override readonly kind = "vxlan";
  override readonly output: Stage;
  readonly vni: number;
  readonly local: number;
  readonly udpPort: number;
  readonly learning: boolean;
  readonly timeToLive: number;
  /** As it was asked for, 0 for "auto", which is 64. */
  readonly configuredTimeToLive: number;
  readonly typeOfService: number | "inherit";
  readonly fdb: VxlanFdb;
  /** Whose packets a firewall lets through to it; null: everybody's. Set before any packet comes. */
  peers: TunnelPeers | null = null;

  /** @throws RangeError for a VNI above 24 bits, a TTL or TOS above 8, or when another device has the VNI on this port. */
  constructor(namespace: Namespace, options: VxlanOptions) {
    const local = parseIpv4(options.local);
    const udpPort = options.port ?? vxlan.LINUX_PORT;
    requireInteger("a VNI", options.vni, 2 ** 24 - 1);
    requireInteger("a TTL", options.ttl ?? 0, 255);
    if (options.tos !== "inherit") requireInteger("a type of service", options.tos ?? 0, 255);
    checkVni(namespace, udpPort, options.vni);
    super(namespace, options);
    this.vni = options.vni;
    this.local = local;
    this.udpPort = udpPort;
    this.learning = options.learning ?? true;
    this.configuredTimeToLive = options.ttl ?? 0;
    this.timeToLive = options.ttl || DEFAULT_TIME_TO_LIVE;
    this.typeOfService = options.tos ?? 0;
    this.fdb = new VxlanFdb(
      this.engine,
      options.ageingTime ?? DEFAULT_AGEING_TIME,
      options.maximumAddresses,
      namespace.changes,
    );
    this.output = new Stage(this.engine, new VxlanEncapsulate(this));
    bindVxlan(this);
  }

  override planOutput(plan: FlowPlan): boolean {
    const header = plan.header!;
    const remote = this.fdb.find(header.macHigh, header.macLow);
    const isOwn = this.namespace.addresses.isLocal(this.local);
    if (!this.up || remote === 0 || !isOwn || plan.tunnel !== null) return false;
    plan.hops.push({ device: this, overhead: plan.overhead });
    plan.tunnel = { device: this, remote, header };
    plan.overhead += VXLAN_OVERHEAD;
    const longest = Math.min(this.longestFrame - ethernet.HEADER_LENGTH, 0xffff - VXLAN_OVERHEAD);
    plan.restrict(longest, this.fdb.lifetime(header.macHigh, header.macLow));
    return planOutput(plan, this.namespace, remote);
  }

  override get description(): string {
    return `vxlan, VNI ${this.vni}, UDP port ${this.udpPort}, local ${formatIpv4(this.local)}`;
  }
}

function requireInteger(what: string, value: number, maximum: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maximum)
    throw new RangeError(`expected ${what} from 0 to ${maximum}, found ${value}`);
}
