/** A host: a namespace that answers and asks. Every pod and every node has one. */
import { type Namespace, Stage } from "../datapath/index.ts";
import { Protocol } from "../wire/index.ts";
import { IcmpReceiver } from "./icmp-receiver.ts";
import { Ping, type PingOptions } from "./ping.ts";
import { SctpStack } from "./sctp-stack.ts";
import { TcpStack } from "./tcp-stack.ts";
import { UdpSocket, type UdpSocketOptions } from "./udp-socket.ts";

export class Host {
  readonly namespace: Namespace;
  readonly icmp: IcmpReceiver;
  readonly tcp: TcpStack;
  readonly sctp: SctpStack;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.icmp = new IcmpReceiver(namespace);
    this.tcp = new TcpStack(namespace);
    namespace.protocols.set(Protocol.TCP, new Stage(namespace.engine, this.tcp));
    this.sctp = new SctpStack(namespace);
    namespace.protocols.set(Protocol.SCTP, new Stage(namespace.engine, this.sctp));
    this.icmp.segmentListener = (message, quoted) => this.tcp.receiveError(message, quoted);
  }

  /** Opens a UDP socket. @throws RangeError when its port is taken. */
  openUdp(options?: UdpSocketOptions): UdpSocket {
    return new UdpSocket(this, options);
  }

  /**
   * Starts to ping an IPv4 address, an unsigned 32-bit number as `parseIpv4` gives it; the engine's clock does the
   * rest. @throws TypeError for what is no number, RangeError for one that is no address, or a wrong option.
   */
  ping(destination: number, options?: PingOptions): Ping {
    if (typeof destination !== "number")
      throw new TypeError(`expected an IPv4 address as a number, as parseIpv4 gives it, found ${typeof destination}`);
    if (destination >>> 0 !== destination)
      throw new RangeError(`expected an IPv4 address from 0 to 4294967295, found ${destination}`);
    return new Ping(this, destination, options);
  }
}
