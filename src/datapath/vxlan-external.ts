/**
 * A VXLAN device whose packets bring their own VNI and VTEP: `ip link add NAME type vxlan external`, which Open vSwitch
 * and BPF programs send through (Linux vxlan_core.c, VXLAN_F_COLLECT_METADATA). It has no FDB. Each packet that goes
 * out needs a key, each that came in has one, which `handler` reads.
 */
import { DropReason, EtherType, ethernet, formatIpv4, ipv4, parseIpv4, Protocol, udp, vxlan } from "../wire/index.ts";
import { flowHash } from "./flow-hash.ts";
import type { Namespace } from "./namespace.ts";
import { NetDevice, type NetDeviceOptions } from "./net-device.ts";
import { RouteType } from "./route.ts";
import { Stage, type StageWork } from "./stage.ts";
import { outerTypeOfService } from "./tunnel-ecn.ts";
import { carryCongestion } from "./vxlan-congestion.ts";
import { tunnelSourcePort, VXLAN_OVERHEAD } from "./vxlan-outer.ts";

export interface ExternalVxlanOptions extends NetDeviceOptions {
  /** UDP port, here and at the remotes; Linux's own default, 8472, when left out. */
  readonly port?: number;
  /** Source address of outer packets, which must be the namespace's; by the route to the VTEP when left out. */
  readonly local?: string;
  /** Whether outer packets say that they may not be fragmented; false when left out. */
  readonly dontFragment?: boolean;
}

const DEFAULT_TIME_TO_LIVE = 64;
const OUTER_LENGTH = VXLAN_OVERHEAD - ethernet.HEADER_LENGTH;
/** Bytes of the longest frame that an outer packet can hold. */
const LONGEST_INNER = 0xffff - OUTER_LENGTH;

export class ExternalVxlanDevice extends NetDevice {
  override readonly kind = "vxlan";
  override readonly output: Stage;
  readonly udpPort: number;
  /** 0 for the source that the route to the VTEP gives. */
  readonly local: number;
  readonly dontFragment: boolean;
  /** By handle: the key, and the id of the packet that it is for, since handles are used again. */
  readonly #vnis: Int32Array;
  readonly #remotes: Int32Array;
  readonly #packetIds: Float64Array;

  /** @throws RangeError when the port is in use. */
  constructor(namespace: Namespace, options: ExternalVxlanOptions) {
    const udpPort = options.port ?? vxlan.LINUX_PORT;
    if (namespace.udp.receiver(udpPort) !== undefined)
      throw new RangeError(`expected a free UDP port in ${namespace.name}, found ${udpPort}, which is in use`);
    super(namespace, options);
    this.udpPort = udpPort;
    this.local = options.local === undefined ? 0 : parseIpv4(options.local);
    this.dontFragment = options.dontFragment ?? false;
    const handleCount = this.engine.pool.start.length;
    this.#vnis = new Int32Array(handleCount);
    this.#remotes = new Int32Array(handleCount);
    this.#packetIds = new Float64Array(handleCount).fill(-1);
    this.output = new Stage(this.engine, new ExternalEncapsulate(this));
    namespace.udp.bind(udpPort, new Stage(this.engine, new ExternalDecapsulate(this)));
  }

  /** Sends a frame to a VTEP: `vni` has 24 bits, `remote` is an IPv4 address. */
  send(handle: number, vni: number, remote: number): void {
    this.setKey(handle, vni, remote);
    this.output.push(handle);
  }

  /** Ties a key to a packet. */
  setKey(handle: number, vni: number, remote: number): void {
    this.#vnis[handle] = vni;
    this.#remotes[handle] = remote;
    this.#packetIds[handle] = this.engine.pool.id[handle]!;
  }

  /** Whether a packet has a key. */
  hasKey(handle: number): boolean {
    return this.#packetIds[handle] === this.engine.pool.id[handle];
  }

  /** The VNI of a packet that has a key. */
  vniOf(handle: number): number {
    return this.#vnis[handle]!;
  }

  /** The VTEP of a packet that has a key: where it came from, or goes. */
  remoteOf(handle: number): number {
    return this.#remotes[handle]! >>> 0;
  }

  override get description(): string {
    return `vxlan external, UDP port ${this.udpPort}`;
  }
}

class ExternalEncapsulate implements StageWork {
  readonly #device: ExternalVxlanDevice;

  constructor(device: ExternalVxlanDevice) {
    this.#device = device;
  }

  run(handles: Int32Array, first: number, end: number): void {
    const device = this.#device;
    const kept = device.admitSent(handles, first, end, Math.min(device.longestFrame, LONGEST_INNER));
    for (let i = first; i < kept; i++) this.#encapsulate(handles[i]!);
  }

  #encapsulate(handle: number): void {
    const device = this.#device;
    const { engine, namespace } = device;
    const { pool, inquirer } = engine;
    const hasKey = device.hasKey(handle);
    const local = hasKey ? this.#sourceTowards(device.remoteOf(handle)) : 0;
    const inner = pool.start[handle]!;
    const hash = flowHash(pool.view, inner, inner + pool.length[handle]!);
    const service = innerTypeOfService(pool.view, inner, inner + pool.length[handle]!);
    if (!hasKey) engine.drop(handle, DropReason.TUNNEL_TXINFO, device);
    else if (local === 0) engine.drop(handle, DropReason.IP_OUTNOROUTES, device);
    else if (!pool.makeWritable(handle)) engine.drop(handle, DropReason.NOMEM, device);
    else if (!pool.prepend(handle, OUTER_LENGTH)) engine.drop(handle, DropReason.DEV_HDR, device);
    else {
      if (inquirer !== null) inquirer.explain(handle, this.#text(handle));
      this.#writeOuter(handle, local, tunnelSourcePort(hash), outerTypeOfService(0, service));
      namespace.ipv4Output.push(handle);
    }
  }

  #text(handle: number): string {
    const device = this.#device;
    const remote = formatIpv4(device.remoteOf(handle));
    return `${device.name}: encapsulated with VNI ${device.vniOf(handle)} to VTEP ${remote}, UDP port ${device.udpPort}`;
  }

  /** The outer source, which must be the namespace's own (Linux ip_route_output_key). 0 when there is none. */
  #sourceTowards(remote: number): number {
    const { local, namespace } = this.#device;
    const { addresses, routes } = namespace;
    if (local !== 0) return addresses.isLocal(local) ? local : 0;
    const route = routes.lookup(remote);
    return route.type === RouteType.UNICAST || route.type === RouteType.LOCAL ? addresses.sourceFor(route) : 0;
  }

  #writeOuter(handle: number, local: number, sourcePort: number, typeOfService: number): void {
    const device = this.#device;
    const { view, start, length } = device.engine.pool;
    const offset = start[handle]!;
    const total = length[handle]!;
    const transport = offset + ipv4.HEADER_LENGTH;
    ipv4.write(view, offset, {
      typeOfService,
      totalLength: total,
      identification: device.namespace.nextIdentification(),
      dontFragment: device.dontFragment,
      timeToLive: DEFAULT_TIME_TO_LIVE,
      protocol: Protocol.UDP,
      source: local,
      destination: device.remoteOf(handle),
    });
    // Checksum 0 (RFC 7348 section 5).
    udp.write(view, transport, {
      sourcePort,
      destinationPort: device.udpPort,
      datagramLength: total - ipv4.HEADER_LENGTH,
    });
    vxlan.write(view, transport + udp.HEADER_LENGTH, { vni: device.vniOf(handle) });
  }
}

/** Datagrams on the device's port: it takes every VNI. */
class ExternalDecapsulate implements StageWork {
  readonly #device: ExternalVxlanDevice;

  constructor(device: ExternalVxlanDevice) {
    this.#device = device;
  }

  run(handles: Int32Array, first: number, end: number): void {
    for (let i = first; i < end; i++) this.#decapsulate(handles[i]!);
  }

  #decapsulate(handle: number): void {
    const device = this.#device;
    const { engine } = device;
    const { pool, inquirer } = engine;
    const { view } = pool;
    const outer = pool.start[handle]!;
    const end = outer + pool.length[handle]!;
    const header = outer + ipv4.headerLength(view, outer) + udp.HEADER_LENGTH;
    const refusal = this.#refusal(handle, outer, header, end);
    if (refusal !== DropReason.NONE) {
      engine.drop(handle, refusal, device);
      return;
    }
    const vni = vxlan.vni(view, header);
    const remote = ipv4.source(view, outer);
    inquirer?.explain(handle, `${device.name}: VNI ${vni} from VTEP ${formatIpv4(remote)}, outer headers taken off`);
    pool.strip(handle, header + vxlan.HEADER_LENGTH - outer);
    device.setKey(handle, vni, remote);
    device.receiver.push(handle);
  }

  /** 0, or why the device does not take the datagram, as for every other VXLAN device (vxlan-decapsulate.ts). */
  #refusal(handle: number, outer: number, header: number, end: number): DropReason {
    const device = this.#device;
    const { pool } = device.engine;
    const { view } = pool;
    const inner = header + vxlan.HEADER_LENGTH;
    if (inner > end || vxlan.check(view, header, end) !== DropReason.NONE) return DropReason.VXLAN_INVALID_HDR;
    if (inner + ethernet.HEADER_LENGTH > end) return DropReason.HDR_TRUNC;
    if (ethernet.source(view, inner) === device.mac) return DropReason.LOCAL_MAC;
    return carryCongestion(pool, handle, outer, inner, end);
  }
}

function innerTypeOfService(view: DataView, inner: number, end: number): number {
  const network = inner + ethernet.HEADER_LENGTH;
  const isIpv4 = ethernet.etherType(view, inner) === EtherType.IPV4 && network + ipv4.HEADER_LENGTH <= end;
  return isIpv4 ? ipv4.typeOfService(view, network) : 0;
}
