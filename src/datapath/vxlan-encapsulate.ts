/**
 * The sending half of a VXLAN device: looks the destination MAC up and puts outer IPv4, UDP and VXLAN headers
 * into the frame's headroom. What it hands on starts a journey of its own from the device's namespace.
 */
import { DropReason, EtherType, ethernet, formatIpv4, formatMac, ipv4, Protocol, udp, vxlan } from "../wire/index.ts";
import type { Engine } from "./engine.ts";
import { flowHash } from "./flow-hash.ts";
import type { StageWork } from "./stage.ts";
import { outerTypeOfService } from "./tunnel-ecn.ts";
import type { VxlanDevice } from "./vxlan-device.ts";
import { tunnelSourcePort, VALID_VNI } from "./vxlan-outer.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { etherType, HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { HEADER_LENGTH: IPV4_HEADER_LENGTH, typeOfService: ipv4TypeOfService } = ipv4;
const { IPV4 } = EtherType;
const { UDP } = Protocol;

const OUTER_LENGTH = ipv4.HEADER_LENGTH + udp.HEADER_LENGTH + vxlan.HEADER_LENGTH;
/** Bytes of the longest frame that an outer packet can hold. */
const LONGEST_INNER = 0xffff - OUTER_LENGTH;

export class VxlanEncapsulate implements StageWork {
  readonly #engine: Engine;
  readonly #device: VxlanDevice;

  constructor(device: VxlanDevice) {
    this.#engine = device.engine;
    this.#device = device;
  }

  run(handles: Int32Array, first: number, end: number): void {
    const device = this.#device;
    const { view, start } = this.#engine.pool;
    const sent = device.admitSent(handles, first, end, Math.min(device.longestFrame, LONGEST_INNER));
    const kept = device.namespace.flows.wrap(device, handles, first, sent);
    if (kept === first) return;
    if (!device.namespace.addresses.isLocal(device.local)) {
      // An outer packet may not claim a source that is not, or no longer, the namespace's (ip_route_output_key).
      for (let i = first; i < kept; i++) this.#engine.drop(handles[i]!, DropReason.IP_OUTNOROUTES, device);
      return;
    }
    for (let i = first; i < kept; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      const remote = device.fdb.find(view.getUint16(offset), view.getInt32(offset + 2));
      if (remote !== 0) this.#sendTo(handle, remote);
      else this.#flood(handle);
    }
  }

  /** To every VTEP of the flood list: clones for all but the last, which gets the frame. */
  #flood(handle: number): void {
    const engine = this.#engine;
    const remotes = this.#device.fdb.floodList;
    if (remotes.length === 0) {
      engine.drop(handle, DropReason.NO_TX_TARGET, this.#device);
      return;
    }
    for (let i = 0; i < remotes.length - 1; i++) {
      const copy = engine.clone(handle);
      if (copy >= 0) this.#sendTo(copy, remotes[i]!);
      else this.#device.countDrop(DropReason.NOMEM);
    }
    this.#sendTo(handle, remotes[remotes.length - 1]!);
  }

  #sendTo(handle: number, remote: number): void {
    const device = this.#device;
    const engine = this.#engine;
    const { pool, inquirer } = engine;
    if (inquirer !== null) this.#explain(handle, remote);
    const inner = pool.start[handle]!;
    const hash = flowHash(pool.view, inner, inner + pool.length[handle]!);
    const innerService = this.#innerTypeOfService(pool.view, inner, inner + pool.length[handle]!);
    if (!pool.makeWritable(handle)) engine.drop(handle, DropReason.NOMEM, device);
    else if (!pool.prepend(handle, OUTER_LENGTH)) engine.drop(handle, DropReason.DEV_HDR, device);
    else {
      this.#writeOuter(handle, remote, hash, outerTypeOfService(device.typeOfService, innerService));
      device.namespace.ipv4Output.push(handle);
    }
  }

  /** Words rather than fields: this is written for every packet. The header checksum is IPv4 output's. */
  #writeOuter(handle: number, remote: number, hash: number, typeOfService: number): void {
    const device = this.#device;
    const { view, start, length } = this.#engine.pool;
    const offset = start[handle]!;
    const total = length[handle]!;
    const identification = device.namespace.nextIdentification();
    view.setInt32(offset, (0x45 << 24) | (typeOfService << 16) | total);
    view.setInt32(offset + 4, identification << 16); // no flags: Linux leaves DF off unless told (IFLA_VXLAN_DF)
    view.setInt32(offset + 8, (device.timeToLive << 24) | (UDP << 16));
    view.setInt32(offset + 12, device.local);
    view.setInt32(offset + 16, remote);
    view.setInt32(offset + 20, (tunnelSourcePort(hash) << 16) | device.udpPort);
    view.setInt32(offset + 24, (total - IPV4_HEADER_LENGTH) << 16); // checksum 0 (RFC 7348 section 5)
    view.setInt32(offset + 28, VALID_VNI);
    view.setInt32(offset + 32, device.vni << 8);
  }

  #innerTypeOfService(view: DataView, inner: number, end: number): number {
    const network = inner + ETHERNET_HEADER_LENGTH;
    const isIpv4 = etherType(view, inner) === IPV4 && network + IPV4_HEADER_LENGTH <= end;
    return isIpv4 ? ipv4TypeOfService(view, network) : 0;
  }

  #explain(handle: number, remote: number): void {
    const device = this.#device;
    const { view, start } = this.#engine.pool;
    const offset = start[handle]!;
    const mac = formatMac(view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2));
    const isKnown = device.fdb.find(view.getUint16(offset), view.getInt32(offset + 2)) !== 0;
    const why = isKnown
      ? `${mac} is behind VTEP ${formatIpv4(remote)}`
      : `${mac} is unknown, flooded to VTEP ${formatIpv4(remote)}`;
    this.#engine.inquirer!.explain(
      handle,
      `${device.name}: ${why}, encapsulated with VNI ${device.vni} for UDP port ${device.udpPort}`,
    );
  }
}
