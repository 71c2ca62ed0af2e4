/**
 * What a host does with ICMP messages for it (RFC 1122 section 3.2.2): answers echo requests, hands echo
 * replies and errors to whoever waits for them, and believes routers about path MTUs.
 */
import { type Namespace, RouteType, Stage, type StageWork } from "../datapath/index.ts";
import { keepEchoedOptions } from "./echo-options.ts";
import { receiveEach } from "./receive-each.ts";
import type { TcpEndpoints } from "./tcp-segment.ts";
import { DropReason, icmpv4, IcmpType, ipv4, Protocol, tcp, UnreachableCode } from "../wire/index.ts";

/** An echo reply, or an error about something that this host sent. */
export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** Who sent it. */
  readonly from: number;
  readonly timeToLive: number;
  /** Identifier and sequence number: the reply's, or those of the echo request that the error quotes. */
  readonly identifier: number;
  readonly sequence: number;
  /** Bytes behind the IPv4 header. */
  readonly length: number;
  /** The next link's MTU, of a "fragmentation needed". */
  readonly nextHopMtu: number;
}

/** What an error quotes of a UDP datagram. */
export interface QuotedDatagram {
  readonly sourcePort: number;
  readonly destination: number;
  readonly destinationPort: number;
}

/** What an error quotes of a TCP segment: its sender is we. */
export interface QuotedSegment extends TcpEndpoints {
  readonly sequence: number;
}

const DEFAULT_TIME_TO_LIVE = 64;

export class IcmpReceiver implements StageWork {
  readonly namespace: Namespace;
  /** net.ipv4.icmp_echo_ignore_broadcasts: on as in Linux. */
  ignoresBroadcastEcho = true;
  /** By echo identifier: who waits for replies and errors. */
  readonly echoListeners: Map<number, (message: IcmpMessage) => void> = new Map();
  /** By local UDP port: who wants to hear of errors. */
  readonly datagramListeners: Map<number, (message: IcmpMessage, quoted: QuotedDatagram) => void> = new Map();

  /** Who wants to hear of errors about TCP segments. */
  segmentListener: ((message: IcmpMessage, quoted: QuotedSegment) => void) | undefined;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    namespace.protocols.set(Protocol.ICMP, new Stage(namespace.engine, this));
  }

  run(handles: Int32Array, first: number, end: number): void {
    receiveEach(handles, first, end, (handle) => this.#receive(handle));
  }

  #receive(handle: number): void {
    const { namespace } = this;
    const { engine } = namespace;
    const { view, start, length, ingress } = engine.pool;
    const offset = start[handle]!;
    const end = offset + length[handle]!;
    const message = offset + ipv4.headerLength(view, offset);
    const device = engine.devices[ingress[handle]!] ?? namespace.loopback;
    const reason = this.#check(view, offset, message, end);
    if (reason !== DropReason.NONE) {
      engine.drop(handle, reason, device);
      return;
    }
    const type = icmpv4.type(view, message);
    if (type === IcmpType.ECHO) {
      this.#answer(handle, message);
    } else {
      engine.observer?.settle(); // who looks on hears of the message before its receiver speaks
      try {
        if (type === IcmpType.ECHO_REPLY) this.#tellEcho(view, offset, message, end, message);
        else this.#receiveError(view, offset, message, end);
      } finally {
        engine.deliver(handle);
      }
    }
  }

  #check(view: DataView, offset: number, message: number, end: number): DropReason {
    const reason = icmpv4.check(view, message, end);
    if (reason !== DropReason.NONE) return reason;
    if (!icmpv4.verifyChecksum(view, message, end)) return DropReason.ICMP_CSUM;
    const type = icmpv4.type(view, message);
    if (type !== IcmpType.ECHO && type !== IcmpType.ECHO_REPLY && !icmpv4.isError(type)) return DropReason.ICMP_INVALID;
    if (this.namespace.routes.lookup(ipv4.destination(view, offset)).type === RouteType.LOCAL) return DropReason.NONE;
    // To a broadcast address only an echo request makes sense (RFC 1122 section 3.2.2.6).
    return type === IcmpType.ECHO && !this.ignoresBroadcastEcho ? DropReason.NONE : DropReason.INVALID_PROTO;
  }

  /** Turns the request into its reply, in place (RFC 792: addresses reversed, type changed, checksum anew). */
  #answer(handle: number, message: number): void {
    const { namespace } = this;
    const { engine } = namespace;
    const { pool, inquirer } = engine;
    const { view } = pool;
    const delta = message - pool.start[handle]!;
    if (!pool.makeWritable(handle)) {
      engine.drop(handle, DropReason.NOMEM, namespace.loopback);
      return;
    }
    const reply = pool.start[handle]! + delta;
    keepEchoedOptions(pool, handle);
    const offset = pool.start[handle]!;
    const asker = ipv4.source(view, offset);
    const asked = ipv4.destination(view, offset);
    ipv4.setSource(view, offset, this.#answerSource(asked, asker, pool.ingress[handle]!));
    ipv4.setDestination(view, offset, asker);
    ipv4.setTimeToLive(view, offset, DEFAULT_TIME_TO_LIVE);
    ipv4.setIdentification(view, offset, namespace.nextIdentification());
    ipv4.setFlags(view, offset, 0);
    icmpv4.setType(view, reply, IcmpType.ECHO_REPLY);
    icmpv4.updateChecksum(view, reply, offset + pool.length[handle]!);
    pool.renewId(handle);
    if (inquirer !== null) inquirer.explain(handle, `${namespace.name} answers the echo request`);
    namespace.ipv4Output.push(handle);
  }

  /** What was asked, if it is ours; for a broadcast address that of the way back (Linux fib_compute_spec_dst). */
  #answerSource(asked: number, asker: number, ingress: number): number {
    const { routes, addresses, loopback, engine } = this.namespace;
    if (routes.lookup(asked).type === RouteType.LOCAL) return asked;
    const back = routes.lookup(asker);
    return back.device !== null
      ? addresses.sourceFor(back)
      : addresses.select(engine.devices[ingress] ?? loopback, asker);
  }

  /** Tells who waits for echoes with this identifier. `echo`: where the echo message, ours or quoted, starts. */
  #tellEcho(view: DataView, offset: number, message: number, end: number, echo: number): void {
    const identifier = icmpv4.identifier(view, echo);
    this.echoListeners.get(identifier)?.(describe(view, offset, message, end, identifier, icmpv4.sequence(view, echo)));
  }

  #receiveError(view: DataView, offset: number, message: number, end: number): void {
    const quoted = icmpv4.quotedOffset(message);
    // RFC 792: a whole IPv4 header and eight bytes more, or it tells nothing.
    if (
      quoted + ipv4.HEADER_LENGTH > end ||
      ipv4.version(view, quoted) !== 4 ||
      ipv4.headerLength(view, quoted) < ipv4.HEADER_LENGTH
    )
      return;
    const transport = quoted + ipv4.headerLength(view, quoted);
    if (transport + 8 > end) return;
    // Nobody can tell us about packets that we did not send (Linux ipv4_update_pmtu).
    if (!this.namespace.addresses.isLocal(ipv4.source(view, quoted))) return;
    const isTooBig =
      icmpv4.type(view, message) === IcmpType.DESTINATION_UNREACHABLE &&
      icmpv4.code(view, message) === UnreachableCode.FRAGMENTATION_NEEDED;
    if (isTooBig) this.namespace.pathMtu.learn(ipv4.destination(view, quoted), icmpv4.nextHopMtu(view, message));
    const protocol = ipv4.protocol(view, quoted);
    if (protocol === Protocol.ICMP && icmpv4.type(view, transport) === IcmpType.ECHO)
      this.#tellEcho(view, offset, message, end, transport);
    if (protocol === Protocol.UDP) {
      const sourcePort = view.getUint16(transport);
      const about = {
        sourcePort,
        destination: ipv4.destination(view, quoted),
        destinationPort: view.getUint16(transport + 2),
      };
      this.datagramListeners.get(sourcePort)?.(describe(view, offset, message, end, 0, 0), about);
    }
    if (protocol === Protocol.TCP) {
      this.segmentListener?.(describe(view, offset, message, end, 0, 0), {
        localAddress: ipv4.source(view, quoted),
        localPort: tcp.sourcePort(view, transport),
        remoteAddress: ipv4.destination(view, quoted),
        remotePort: tcp.destinationPort(view, transport),
        sequence: tcp.sequenceNumber(view, transport),
      });
    }
  }
}

function describe(
  view: DataView,
  offset: number,
  message: number,
  end: number,
  identifier: number,
  sequence: number,
): IcmpMessage {
  return {
    type: icmpv4.type(view, message),
    code: icmpv4.code(view, message),
    from: ipv4.source(view, offset),
    timeToLive: ipv4.timeToLive(view, offset),
    identifier,
    sequence,
    length: end - message,
    nextHopMtu: icmpv4.nextHopMtu(view, message),
  };
}
