/** UDP's demultiplexer (RFC 768): which stage takes the datagrams of a port. Sockets and tunnels bind here. */
import { DropReason, ipv4, udp } from "../wire/index.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import type { Stage } from "./stage.ts";

/** Linux's net.ipv4.ip_local_port_range: ports given out when none is asked for. */
export const EPHEMERAL_PORT_FIRST = 32_768;
export const EPHEMERAL_PORT_LAST = 60_999;

// Module constants: V8 folds these, but not what it reads through another module's object.
const { headerLength } = ipv4;
const { check, datagramLength, destinationPort, verifyChecksum } = udp;

export class UdpPorts {
  readonly #namespace: Namespace;
  readonly #receivers = new Map<number, Stage>();

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

  /** Who takes a port's datagrams, if anybody. */
  receiver(port: number): Stage | undefined {
    return this.#receivers.get(port);
  }

  /** Frees a port. */
  release(port: number): void {
    this.#receivers.delete(port);
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
