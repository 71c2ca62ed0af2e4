/**
 * The receiving half of VXLAN: one UDP port of a namespace, shared by its VXLAN devices. Each datagram goes to
 * the device that has its VNI, without its outer headers; no byte is copied (Linux vxlan_rcv).
 */
import { DropReason, ethernet, formatIpv4, ipv4, udp, vxlan } from "../wire/index.ts";
import type { Engine } from "./engine.ts";
import type { Namespace } from "./namespace.ts";
import { Stage, type StageWork } from "./stage.ts";
import { carryCongestion } from "./vxlan-congestion.ts";
import type { VxlanDevice } from "./vxlan-device.ts";
import { LearnResult } from "./vxlan-fdb.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { headerLength, source } = ipv4;
const { check: checkVxlan, hasVni, HEADER_LENGTH: VXLAN_HEADER_LENGTH, vni } = vxlan;
const { HEADER_LENGTH: UDP_HEADER_LENGTH } = udp;
const { NONE } = DropReason;

/** Before a device is made. @throws RangeError when another device has the VNI on this port, or a socket the port. */
export function checkVni(namespace: Namespace, port: number, vni: number): void {
  const present = namespace.udp.receiver(port)?.work;
  if (present === undefined) return;
  if (!(present instanceof VxlanDecapsulate))
    throw new RangeError(`expected a UDP port of ${namespace.name} for VXLAN, found ${port}, which is in use`);
  const owner = present.deviceOf(vni);
  if (owner !== undefined)
    throw new RangeError(
      `expected a new VNI on UDP port ${port} of ${namespace.name}, found ${vni}, which ${owner.name} has`,
    );
}

/** Lets a device receive its VNI on its port: `checkVni` has passed. */
export function bindVxlan(device: VxlanDevice): void {
  const { udp } = device.namespace;
  const present = udp.receiver(device.udpPort);
  const work = present?.work instanceof VxlanDecapsulate ? present.work : new VxlanDecapsulate(device.namespace);
  work.attach(device);
  if (present?.work !== work) udp.bind(device.udpPort, new Stage(device.engine, work));
}

/** The device of a namespace that takes packets with this VNI on a UDP port, if any: the namespace's changes tell when it no longer does. */
export function tunnelAt(namespace: Namespace, port: number, vni: number): VxlanDevice | undefined {
  const work = namespace.udp.receiver(port)?.work;
  if (!(work instanceof VxlanDecapsulate)) return undefined;
  namespace.udp.relyOn(port);
  return work.deviceOf(vni);
}

class VxlanDecapsulate implements StageWork {
  readonly #engine: Engine;
  readonly #namespace: Namespace;
  readonly #devices = new Map<number, VxlanDevice>();

  constructor(namespace: Namespace) {
    this.#engine = namespace.engine;
    this.#namespace = namespace;
  }

  attach(device: VxlanDevice): void {
    this.#devices.set(device.vni, device);
    this.#namespace.changes.note();
  }

  /** The device that has this VNI, if any. */
  deviceOf(vni: number): VxlanDevice | undefined {
    return this.#devices.get(vni);
  }

  run(handles: Int32Array, first: number, end: number): void {
    for (let i = first; i < end; i++) this.#decapsulate(handles[i]!);
  }

  #decapsulate(handle: number): void {
    const engine = this.#engine;
    const { pool, inquirer } = engine;
    const { view } = pool;
    const outer = pool.start[handle]!;
    const end = outer + pool.length[handle]!;
    const header = outer + headerLength(view, outer) + UDP_HEADER_LENGTH;
    const receivedOn = engine.devices[pool.ingress[handle]!] ?? this.#namespace.loopback;
    if (header + VXLAN_HEADER_LENGTH > end || !hasVni(view, header)) {
      engine.drop(handle, DropReason.VXLAN_INVALID_HDR, receivedOn);
      return;
    }
    const device = this.#devices.get(vni(view, header));
    if (device === undefined) {
      engine.drop(handle, DropReason.VXLAN_VNI_NOT_FOUND, receivedOn);
      return;
    }
    const inner = header + VXLAN_HEADER_LENGTH;
    if (device.peers?.admits(source(view, outer), end - outer) === false) {
      engine.drop(handle, DropReason.TUNNEL_STRANGER, device);
      return;
    }
    const refusal = this.#refusal(device, handle, outer, header, inner, end);
    if (refusal !== NONE) {
      engine.drop(handle, refusal, device);
      return;
    }
    if (inquirer !== null)
      inquirer.explain(
        handle,
        `${device.name}: VNI ${device.vni} from VTEP ${formatIpv4(source(view, outer))}, outer headers taken off`,
      );
    pool.strip(handle, inner - outer);
    device.receiver.push(handle);
  }

  /**
   * 0, or why the device does not take the frame. Linux drops a header with any reserved bit set, where RFC 7348
   * section 5 would ignore the bit.
   */
  #refusal(device: VxlanDevice, handle: number, outer: number, header: number, inner: number, end: number): DropReason {
    const { view } = this.#engine.pool;
    if (checkVxlan(view, header, end) !== NONE) return DropReason.VXLAN_INVALID_HDR;
    if (inner + ETHERNET_HEADER_LENGTH > end) return DropReason.HDR_TRUNC;
    const sourceHigh = view.getUint16(inner + 6);
    const sourceLow = view.getInt32(inner + 8);
    if (sourceLow === device.macLow && sourceHigh === device.macHigh) return DropReason.LOCAL_MAC;
    if (device.learning) {
      if ((sourceHigh & 0x0100) !== 0 || (sourceHigh | sourceLow) === 0) return DropReason.MAC_INVALID_SOURCE;
      const learned = device.fdb.learn(sourceHigh, sourceLow, source(view, outer));
      if (learned === LearnResult.CONTRADICTS_PERMANENT) return DropReason.VXLAN_ENTRY_EXISTS;
    }
    return carryCongestion(this.#engine.pool, handle, outer, inner, end);
  }
}
