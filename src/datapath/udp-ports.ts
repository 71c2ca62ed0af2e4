/** UDP's demultiplexer (RFC 768): which stage takes the datagrams of a port. Sockets and tunnels bind here. */
import { DropReason, ipv4, udp } from "../wire/index.ts";
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST } from "./ephemeral-ports.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import type { Stage } from "./stage.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { headerLength } = ipv4;
const { check, datagramLength, destinationPort, verifyChecksum } = udp;

export class UdpPorts {
  readonly #namespace: Namespace;
  readonly #receivers = new Map<number, Stage>();
  /** Ports whose receiver somebody has kept. Sockets come and go: not every release is worth a note. */
  readonly #reliedOn = new Set<number>();

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Binds a port; 0 asks for a free one. Returns the port. @throws RangeError when it is taken or none is free. */
  bind(port: number, receiver: Stage): number {
    if (!Number.isInteger(port) || port < 0 || port > 0xffff)
      throw new RangeError(`expected a UDP port from 0 to 65535, found ${port}`);
    const chosen = port === 0 ? this.#freePort() : port;
    if (this.#receivers.has(chosen))
      throw new RangeError(`expected a free UDP port in ${this.#namespace.name}, found ${chosen}, which is in use`);
    this.#receivers.set(chosen, receiver);
    return chosen;
  }

  #freePort(): number {
    const count = EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1;
    const first = this.#namespace.engine.random() % count;
    for (let i = 0; i < count; i++) {
      const port = EPHEMERAL_PORT_FIRST + ((first + i) % count);
      if (!this.#receivers.has(port)) return port;
    }
    throw new RangeError(`expected a free UDP port in ${this.#namespace.name}, found all in use`);
  }

  /** The ports that somebody has, in the order in which they were bound. */
  ports(): number[] {
    return [...this.#receivers.keys()];
  }

  /** Who takes a port's datagrams, if anybody. */
  receiver(port: number): Stage | undefined {
    return this.#receivers.get(port);
  }

  /** For who keeps the answer: the namespace's changes tell when it is no longer right. */
  relyOn(port: number): void {
    this.#reliedOn.add(port);
  }

  /** Frees a port. */
  release(port: number): void {
    this.#receivers.delete(port);
    if (this.#reliedOn.delete(port)) this.#namespace.changes.note();
  }

  /** Takes a vector of datagrams addressed to one of this namespace's own addresses, their IPv4 headers first. */
  receiveAll(handles: Int32Array, first: number, end: number, device: NetDevice): void {
    const { loops } = this.#namespace.engine;
    const { results } = loops;
    loops.receiveUdp(handles, first, end);
    for (let i = first; i < end;) {
      const port = results[i - first]!;
      const next = first + loops.endOfRun(i - first, end - first);
      const receiver = this.#receivers.get(port);
      if (receiver !== undefined) receiver.pushAll(handles, i, next);
      else while (i < next) this.receive(handles[i++]!, device, true);
      i = next;
    }
  }

  /** Takes a datagram addressed to this namespace, its IPv4 header first; `isUnicast`: to one of its own addresses. */
  receive(handle: number, device: NetDevice, isUnicast: boolean): void {
    const { engine, icmp } = this.#namespace;
    const { pool } = engine;
    const { view, start, length } = pool;
    const offset = start[handle]!;
    const udpOffset = offset + headerLength(view, offset);
    const reason = check(view, udpOffset, offset + length[handle]!) as DropReason;
    if (reason !== DropReason.NONE) {
      engine.drop(handle, reason, device);
    } else if (!verifyChecksum(view, offset, udpOffset)) {
      engine.drop(handle, DropReason.UDP_CSUM, device);
    } else {
      // Bytes of the packet behind the datagram's own length are nobody's (Linux __udp4_lib_rcv).
      pool.trim(handle, udpOffset - offset + datagramLength(view, udpOffset));
      const receiver = this.#receivers.get(destinationPort(view, udpOffset));
      if (receiver !== undefined) {
        receiver.push(handle);
      } else {
        if (isUnicast) icmp.sendPortUnreachable(handle);
        engine.drop(handle, DropReason.NO_SOCKET, device);
      }
    }
  }
}
