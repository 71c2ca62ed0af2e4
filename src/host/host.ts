/** A host: a namespace that answers and asks. Every pod and every node has one. */
import type { Namespace } from "../datapath/index.ts";
import { IcmpReceiver } from "./icmp-receiver.ts";
import { Ping, type PingOptions } from "./ping.ts";
import { UdpSocket, type UdpSocketOptions } from "./udp-socket.ts";

export class Host {
  readonly namespace: Namespace;
  readonly icmp: IcmpReceiver;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.icmp = new IcmpReceiver(namespace);
  }

  /** Opens a UDP socket. @throws RangeError when its port is taken. */
  openUdp(options?: UdpSocketOptions): UdpSocket {
    return new UdpSocket(this, options);
  }

  /** Starts to ping an IPv4 address; the engine's clock does the rest. @throws RangeError for a wrong option. */
  ping(destination: number, options?: PingOptions): Ping {
    return new Ping(this, destination, options);
  }
}
