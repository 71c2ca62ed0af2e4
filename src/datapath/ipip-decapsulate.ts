/**
 * The receiving half of IP-in-IP: IP protocol 4 of a namespace, shared by its devices. Each packet goes to the device
 * whose ends are its addresses, without its outer header; no byte is copied (Linux tunnel4_rcv, ipip_tunnel_rcv).
 */
import { DropReason, formatIpv4, ipv4, Protocol } from "../wire/index.ts";
import type { IpipDevice } from "./ipip-device.ts";
import type { Namespace } from "./namespace.ts";
import { Stage, type StageWork } from "./stage.ts";
import { carryEcn } from "./tunnel-ecn.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { destination: ipv4Destination, ecn, headerLength, HEADER_LENGTH, source: ipv4Source } = ipv4;

/** Before a device is made. @throws RangeError when another has the same ends, or somebody else takes the protocol. */
export function checkEndpoints(namespace: Namespace, local: number, remote: number): void {
  const present = namespace.protocols.get(Protocol.IPIP)?.work;
  if (present === undefined) return;
  if (!(present instanceof IpipDecapsulate))
    throw new RangeError(`expected IP protocol 4 of ${namespace.name} for IP-in-IP, found it in use`);
  const owner = present.deviceOf(local, remote);
  if (owner !== undefined)
    throw new RangeError(
      `expected new tunnel ends in ${namespace.name}, found ${formatIpv4(local)} and ${formatIpv4(remote)}, which ${owner.name} has`,
    );
}

/** Lets a device receive: `checkEndpoints` has passed. */
export function bindIpip(device: IpipDevice): void {
  const { protocols } = device.namespace;
  const present = protocols.get(Protocol.IPIP)?.work;
  const work = present instanceof IpipDecapsulate ? present : new IpipDecapsulate(device.namespace);
  work.attach(device);
  if (present !== work) protocols.set(Protocol.IPIP, new Stage(device.engine, work));
}

class IpipDecapsulate implements StageWork {
  readonly #namespace: Namespace;
  readonly #devices: IpipDevice[] = [];

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  attach(device: IpipDevice): void {
    this.#devices.push(device);
  }

  /** The device with exactly these ends, 0 for any. */
  deviceOf(local: number, remote: number): IpipDevice | undefined {
    return this.#devices.find((device) => device.local === local && device.remote === remote);
  }

  run(handles: Int32Array, first: number, end: number): void {
    for (let i = first; i < end; i++) this.#decapsulate(handles[i]!);
  }

  #decapsulate(handle: number): void {
    const namespace = this.#namespace;
    const { engine } = namespace;
    const { pool, inquirer } = engine;
    const { view } = pool;
    const outer = pool.start[handle]!;
    const end = outer + pool.length[handle]!;
    const inner = outer + headerLength(view, outer);
    const receivedOn = engine.devices[pool.ingress[handle]!] ?? namespace.loopback;
    if (inner + HEADER_LENGTH > end) {
      engine.drop(handle, DropReason.PKT_TOO_SMALL, receivedOn);
      return;
    }
    const source = ipv4Source(view, outer);
    const device = this.#lookUp(ipv4Destination(view, outer), source);
    if (device === undefined) {
      // Linux's word for it, though protocols have no ports (tunnel4_rcv).
      namespace.icmp.sendPortUnreachable(handle);
      engine.drop(handle, DropReason.IP_NOPROTO, receivedOn);
      return;
    }
    if (device.peers?.admits(source, end - outer) === false) {
      engine.drop(handle, DropReason.TUNNEL_STRANGER, device);
      return;
    }
    const refusal = carryEcn(pool, handle, ecn(view, outer), inner, end);
    if (refusal !== DropReason.NONE) {
      engine.drop(handle, refusal, device);
      return;
    }
    inquirer?.explain(handle, `${device.name}: out of the tunnel from ${formatIpv4(source)}, outer header taken off`);
    pool.strip(handle, inner - outer);
    device.receiver.push(handle);
  }

  /** Both ends must be right; one that is named counts for more than any, the remote more than the local (ip_tunnel_lookup). */
  #lookUp(local: number, remote: number): IpipDevice | undefined {
    let best: IpipDevice | undefined;
    let bestScore = -1;
    for (const device of this.#devices) {
      const isFit =
        device.up &&
        (device.local === 0 || device.local === local) &&
        (device.remote === 0 || device.remote === remote);
      const score = (device.remote !== 0 ? 2 : 0) + (device.local !== 0 ? 1 : 0);
      if (isFit && score > bestScore) {
        best = device;
        bestScore = score;
      }
    }
    return best;
  }
}
