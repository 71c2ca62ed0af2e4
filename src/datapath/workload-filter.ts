/**
 * What a node takes from no workload, whatever policies say: packets under an address that is not the workload's, and
 * those that are tunnel packets already, which would carry anything past the policies of both ends. In front of
 * connection tracking, as the raw table's checks are, so that nothing of this changes a connection.
 *
 * Connections are not asked before tunnel packets are dropped: with VXLAN they are never tracked, and otherwise it makes
 * a difference only to an answer to somebody else's tunnel.
 */
import { DropReason, ethernet, EtherType, formatIpv4, ipv4, isLimitedBroadcast, Protocol } from "../wire/index.ts";
import type { PacketPool } from "../packet/index.ts";
import type { DeviceFilter } from "./device-filter.ts";
import type { NetDevice } from "./net-device.ts";
import { checkReversePath } from "./reverse-path.ts";
import type { Stage } from "./stage.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { etherType, HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { headerLength, HEADER_LENGTH: IPV4_HEADER_LENGTH, isFragment, fragmentOffset } = ipv4;
const { IPV4 } = EtherType;
const { IPIP, UDP } = Protocol;

/** In a frame: EtherType and the first byte behind it, and what they are before an IPv4 header without options. */
const TYPE_AT = 12;
const PLAIN_IPV4 = 0x080045;
/** An IPv4 packet's protocol and addresses, and without options its destination port. */
const PROTOCOL_AT = 23;
const SOURCE_AT = 26;
const DESTINATION_AT = 30;
const PLAIN_PORT_AT = 36;
const LEAST_FRAME = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH;
const LEAST_WITH_PORTS = LEAST_FRAME + 4;
/** In a UDP header. */
const DESTINATION_PORT_AT = 2;

/** Indexes into `WorkloadFilter.packets` and `.bytes`. */
export const WorkloadCount = { SPOOFED: 0, VXLAN: 1, IPIP: 2 } as const;

export interface WorkloadFilterOptions {
  /** The workload's device on its node. */
  readonly device: NetDevice;
  /** The workload's address, which is always believed; others as the device's reverse path filter has it. */
  readonly address: number;
  /** UDP port of VXLAN. */
  readonly vxlanPort: number;
}

export class WorkloadFilter implements DeviceFilter {
  onward: Stage | null = null;
  private next: DeviceFilter | null = null;
  /** Packets that were dropped, and bytes of their frames, by `WorkloadCount`. */
  readonly packets: Float64Array = new Float64Array(3);
  readonly bytes: Float64Array = new Float64Array(3);
  private readonly device: NetDevice;
  private readonly pool: PacketPool;
  private readonly findOdd: FindOdd;
  private readonly address: number;
  private readonly vxlanPort: number;

  constructor({ device, address, vxlanPort }: WorkloadFilterOptions) {
    this.device = device;
    this.pool = device.engine.pool;
    this.findOdd = findOddIn(this.pool);
    this.address = address | 0;
    this.vxlanPort = vxlanPort;
  }

  /** Whoever filters what passes here. */
  setNext(filter: DeviceFilter): void {
    this.next = filter;
    filter.onward = this.onward;
  }

  run(handles: Int32Array, first: number, end: number): number {
    const odd = this.findOdd(handles, first, end, this.address, this.vxlanPort);
    let kept = odd;
    for (let i = odd; i < end; i++) {
      const handle = handles[i]!;
      if (this.passes(handle)) handles[kept++] = handle;
    }
    return this.next === null ? kept : this.next.run(handles, first, kept);
  }

  private passes(handle: number): boolean {
    const { view, start, length } = this.pool;
    const offset = start[handle]!;
    // Whatever is no whole packet is refused by who reads it.
    if (etherType(view, offset) !== IPV4 || length[handle]! < LEAST_FRAME) return true;
    if (view.getInt32(offset + SOURCE_AT) !== this.address && !this.isBelieved(offset)) return this.dropSpoofed(handle);
    const protocol = view.getUint8(offset + PROTOCOL_AT);
    if (protocol === UDP) return !this.isVxlan(offset, offset + length[handle]!) || this.dropTunnelled(handle, false);
    return protocol !== IPIP || this.dropTunnelled(handle, true);
  }

  /** Who asks for an address by broadcast has none yet (Linux xt_rpfilter). */
  private isBelieved(offset: number): boolean {
    const { namespace } = this.device;
    const { view } = this.pool;
    const source = view.getUint32(offset + SOURCE_AT);
    if (source >>> 24 === 0 && isLimitedBroadcast(view.getUint32(offset + DESTINATION_AT))) return true;
    return checkReversePath(namespace, this.device, source) === DropReason.NONE;
  }

  /** Of a datagram in fragments only the first says so; the others come to nothing without it. */
  private isVxlan(offset: number, end: number): boolean {
    const { view } = this.pool;
    const network = offset + ETHERNET_HEADER_LENGTH;
    if (isFragment(view, network) && fragmentOffset(view, network) !== 0) return false;
    const port = network + headerLength(view, network) + DESTINATION_PORT_AT;
    return port + 2 <= end && view.getUint16(port) === this.vxlanPort;
  }

  private dropSpoofed(handle: number): false {
    const { engine } = this.device;
    const source = formatIpv4(engine.pool.view.getUint32(engine.pool.start[handle]! + SOURCE_AT));
    engine.inquirer?.explain(handle, `${source} is not the pod's address, ${formatIpv4(this.address >>> 0)}`);
    return this.drop(handle, WorkloadCount.SPOOFED, DropReason.IP_RPFILTER);
  }

  private dropTunnelled(handle: number, isIpip: boolean): false {
    const { engine } = this.device;
    engine.inquirer?.explain(handle, `${isIpip ? "IP-in-IP" : "VXLAN"} packets originating in workloads are dropped`);
    return this.drop(handle, isIpip ? WorkloadCount.IPIP : WorkloadCount.VXLAN, DropReason.WORKLOAD_ENCAP);
  }

  private drop(handle: number, what: number, reason: DropReason): false {
    const { engine } = this.device;
    this.packets[what] = this.packets[what]! + 1;
    this.bytes[what] = this.bytes[what]! + engine.pool.length[handle]!;
    engine.drop(handle, reason, this.device);
    return false;
  }
}

type FindOdd = (handles: Int32Array, first: number, end: number, address: number, vxlanPort: number) => number;

const loops = new WeakMap<PacketPool, FindOdd>();

/** A closure over one pool's arrays, as those in flow-match-loops.ts are: a packet costs 3 ns, in a method 6. */
function findOddIn(pool: PacketPool): FindOdd {
  const known = loops.get(pool) ?? createFindOdd(pool);
  loops.set(pool, known);
  return known;
}

/** The first that has to be looked at closely, or `end`: one loop for the usual vector, of the pod's own TCP and UDP. */
function createFindOdd({ view, start, length }: PacketPool): FindOdd {
  return (handles, first, end, address, vxlanPort) => {
    let i = first;
    for (; i < end; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      if (length[handle]! < LEAST_WITH_PORTS || view.getInt32(offset + TYPE_AT) >>> 8 !== PLAIN_IPV4) break;
      const protocol = view.getUint8(offset + PROTOCOL_AT);
      if (view.getInt32(offset + SOURCE_AT) !== address || protocol === IPIP) break;
      if (view.getUint16(offset + PLAIN_PORT_AT) === vxlanPort && protocol === UDP) break;
    }
    return i;
  };
}
