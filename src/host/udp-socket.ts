/** UDP sockets (RFC 768): bound to a port of a namespace, sending and receiving on the virtual clock. */
import { Stage, type StageWork } from "../datapath/index.ts";
import { ipv4, Protocol, udp } from "../wire/index.ts";
import { type PathMtuDiscovery, sendDatagram, type SendResult } from "./datagram.ts";
import type { Host } from "./host.ts";
import type { IcmpMessage, QuotedDatagram } from "./icmp-receiver.ts";
import { receiveEach } from "./receive-each.ts";

/** A datagram that arrived. */
export interface UdpMessage {
  readonly from: number;
  readonly fromPort: number;
  readonly to: number;
  /** Valid during the call only. */
  readonly payload: Uint8Array;
}

export interface UdpSocketOptions {
  /** Local port; a free one of Linux's ephemeral range when left out. */
  readonly port?: number;
  readonly pathMtuDiscovery?: PathMtuDiscovery;
  /** 64 when left out. */
  readonly timeToLive?: number;
  /** Called for each datagram that arrives. */
  readonly onMessage?: (message: UdpMessage, socket: UdpSocket) => void;
  /** Called for each ICMP error about a datagram that this socket sent. */
  readonly onError?: (error: IcmpMessage, about: QuotedDatagram) => void;
}

export class UdpSocket implements StageWork {
  readonly host: Host;
  readonly port: number;
  receivedCount = 0;
  readonly #options: UdpSocketOptions;
  #isClosed = false;

  /** @throws RangeError when the port is taken. */
  constructor(host: Host, options: UdpSocketOptions = {}) {
    this.host = host;
    this.#options = options;
    this.port = host.namespace.udp.bind(options.port ?? 0, new Stage(host.namespace.engine, this));
    if (options.onError !== undefined) host.icmp.datagramListeners.set(this.port, options.onError);
  }

  /** Sends one datagram. @throws RangeError for a payload that no packet of the pool can hold. */
  send(destination: number, port: number, payload: Uint8Array): SendResult {
    const { pathMtuDiscovery = "want", timeToLive = 64 } = this.#options;
    const options = { protocol: Protocol.UDP, destination, pathMtuDiscovery, timeToLive };
    return sendDatagram(this.host.namespace, options, udp.HEADER_LENGTH + payload.length, (view, ipOffset, offset) => {
      udp.write(view, offset, {
        sourcePort: this.port,
        destinationPort: port,
        datagramLength: udp.HEADER_LENGTH + payload.length,
      });
      this.host.namespace.engine.pool.bytes.set(payload, offset + udp.HEADER_LENGTH);
      udp.updateChecksum(view, ipOffset, offset);
    });
  }

  run(handles: Int32Array, first: number, end: number): void {
    const { engine } = this.host.namespace;
    receiveEach(handles, first, end, (handle) => {
      try {
        this.#receive(handle);
      } finally {
        engine.deliver(handle);
      }
    });
  }

  #receive(handle: number): void {
    const { pool } = this.host.namespace.engine;
    const { view } = pool;
    const offset = pool.start[handle]!;
    const header = offset + ipv4.headerLength(view, offset);
    this.receivedCount++;
    const { onMessage } = this.#options;
    if (onMessage !== undefined) {
      this.host.namespace.engine.observer?.settle(); // who looks on hears of the packet before its receiver speaks
      const payload = pool.bytes.subarray(header + udp.HEADER_LENGTH, header + udp.datagramLength(view, header));
      onMessage(
        {
          from: ipv4.source(view, offset),
          fromPort: udp.sourcePort(view, header),
          to: ipv4.destination(view, offset),
          payload,
        },
        this,
      );
    }
  }

  /** Frees the port; a second time does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.host.namespace.udp.release(this.port);
    this.host.icmp.datagramListeners.delete(this.port);
  }
}
