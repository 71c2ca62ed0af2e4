/**
 * ICMP errors that a namespace sends about packets it could not forward or deliver (RFC 792, RFC 1812
 * section 4.3, RFC 1122 section 3.2.2), and how many it may send.
 */
import {
  DropReason,
  ethernet,
  formatIpv4,
  icmpv4,
  IcmpType,
  ipv4,
  isLimitedBroadcast,
  isMulticastIpv4,
  Protocol,
  TimeExceededCode,
  UnreachableCode,
} from "../wire/index.ts";
import { IcmpRateLimit } from "./icmp-rate-limit.ts";
import type { Namespace } from "./namespace.ts";
import { RouteType } from "./route.ts";

/** An ICMP error is at most this long, and no longer than its path takes (RFC 1812 section 4.3.2.3). */
const LENGTH_LIMIT = 576;

/** Precedence "internetwork control": what routers mark their errors with (RFC 1812 section 4.3.2.5). */
const PRECEDENCE_INTERNETWORK_CONTROL = 0xc0;
/** The bits of the offending packet's type of service that its error keeps. */
const TYPE_OF_SERVICE_KEPT = 0x1e;

const DEFAULT_TIME_TO_LIVE = 64;

export class IcmpErrors {
  /** Errors that were due but over the rate limit. */
  limitedCount = 0;
  /** Whether none gets out, as behind a firewall that eats them: then nobody learns of a path's MTU (RFC 2923 section 2.1). */
  silent = false;
  readonly #namespace: Namespace;
  readonly #limit: IcmpRateLimit;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.#limit = new IcmpRateLimit(namespace.engine);
  }

  sendTimeExceeded(handle: number): void {
    this.#send(handle, IcmpType.TIME_EXCEEDED, TimeExceededCode.IN_TRANSIT, 0, "its time to live ran out");
  }

  /** About the first fragment of a datagram whose other fragments did not come. */
  sendReassemblyTimeExceeded(handle: number): void {
    this.#send(handle, IcmpType.TIME_EXCEEDED, TimeExceededCode.REASSEMBLY, 0, "the rest of it did not come in time");
  }

  /** `mtu`: of the link that the packet did not fit, in bytes (RFC 1191 section 4). */
  sendFragmentationNeeded(handle: number, mtu: number): void {
    this.#send(
      handle,
      IcmpType.DESTINATION_UNREACHABLE,
      UnreachableCode.FRAGMENTATION_NEEDED,
      mtu,
      `it may not be fragmented and the next link takes ${mtu} bytes`,
    );
  }

  sendNetUnreachable(handle: number): void {
    this.#send(
      handle,
      IcmpType.DESTINATION_UNREACHABLE,
      UnreachableCode.NET,
      0,
      "there is no route to its destination",
    );
  }

  sendHostUnreachable(handle: number): void {
    this.#send(
      handle,
      IcmpType.DESTINATION_UNREACHABLE,
      UnreachableCode.HOST,
      0,
      "its destination does not answer or is declared unreachable",
    );
  }

  sendProhibited(handle: number): void {
    this.#send(
      handle,
      IcmpType.DESTINATION_UNREACHABLE,
      UnreachableCode.ADMINISTRATIVELY_PROHIBITED,
      0,
      "a route prohibits it",
    );
  }

  sendProtocolUnreachable(handle: number): void {
    this.#send(
      handle,
      IcmpType.DESTINATION_UNREACHABLE,
      UnreachableCode.PROTOCOL,
      0,
      "nobody here speaks its protocol",
    );
  }

  sendPortUnreachable(handle: number): void {
    this.#send(handle, IcmpType.DESTINATION_UNREACHABLE, UnreachableCode.PORT, 0, "no socket is bound to its port");
  }

  /**
   * About an Ethernet frame that a filter refuses: iptables' REJECT as it is without options (nf_send_unreach). Nobody is
   * told of what came to a group (icmp_send).
   */
  sendRejected(handle: number): void {
    const { view, start, length } = this.#namespace.engine.pool;
    const [offset, size] = [start[handle]!, length[handle]!];
    if ((view.getUint8(offset) & 1) === 1) return;
    start[handle] = offset + ethernet.HEADER_LENGTH;
    length[handle] = ipv4.totalLength(view, offset + ethernet.HEADER_LENGTH);
    this.#send(handle, IcmpType.DESTINATION_UNREACHABLE, UnreachableCode.PORT, 0, "a filter rejects it");
    start[handle] = offset;
    length[handle] = size;
  }

  /** Points at the first option that is malformed (RFC 792; Linux ip_options_compile). */
  sendParameterProblem(handle: number): void {
    const { view, start } = this.#namespace.engine.pool;
    const offset = start[handle]!;
    const last = ipv4.options(view, offset).at(-1);
    const pointer = last === undefined ? ipv4.HEADER_LENGTH : last.offset + last.length - offset;
    this.#send(
      handle,
      IcmpType.PARAMETER_PROBLEM,
      0,
      pointer,
      `the option at byte ${pointer} of its header is malformed`,
    );
  }

  /** Whether a packet that no route takes may be answered at all: asked before, and counted (Linux ip_error). */
  mayRefuse(handle: number): boolean {
    const { view, start } = this.#namespace.engine.pool;
    const isAllowed = this.#limit.allowsRefusal(ipv4.source(view, start[handle]!));
    if (!isAllowed) this.#countLimited(handle);
    return isAllowed;
  }

  #countLimited(handle: number): void {
    this.limitedCount++;
    this.#namespace.engine.inquirer?.explain(handle, "an ICMP error was due, but over the rate limit");
  }

  /**
   * Builds an error that quotes the packet (its IPv4 header first), if the RFCs and the rate limit allow one. It
   * comes from the address that the packet was sent to, if that is ours, otherwise from that of the way back.
   * `detail`: the pointer of a parameter problem, otherwise the next hop's MTU, 0 for none.
   */
  #send(handle: number, type: number, code: number, detail: number, why: string): void {
    const namespace = this.#namespace;
    const { engine, routes, addresses } = namespace;
    const { pool, inquirer } = engine;
    const { view } = pool;
    const offset = pool.start[handle]!;
    const end = offset + pool.length[handle]!;
    const destination = ipv4.destination(view, offset);
    if (!mayProvokeError(view, offset, end) || routes.lookup(destination).type === RouteType.BROADCAST) return;
    const sender = ipv4.source(view, offset);
    const back = routes.lookup(sender);
    if (back.type !== RouteType.UNICAST && back.type !== RouteType.LOCAL) return;
    const isExempt = code === UnreachableCode.FRAGMENTATION_NEEDED && type === IcmpType.DESTINATION_UNREACHABLE;
    if (!isExempt && !this.#limit.allows(sender, back.type === RouteType.LOCAL)) {
      this.#countLimited(handle);
      return;
    }
    if (this.silent) {
      inquirer?.explain(handle, `${namespace.name} would tell its sender, but no ICMP error gets out`);
      return;
    }
    const room =
      Math.min(LENGTH_LIMIT, namespace.pathMtu.limit(sender, back.packetLimit)) -
      ipv4.HEADER_LENGTH -
      icmpv4.HEADER_LENGTH;
    const quoted = Math.min(end - offset, room);
    const total = ipv4.HEADER_LENGTH + icmpv4.HEADER_LENGTH + quoted;
    const error = pool.allocate(total);
    if (error < 0) {
      back.device!.countDrop(DropReason.NOMEM);
      return;
    }
    const start = pool.start[error]!;
    const message = start + ipv4.HEADER_LENGTH;
    ipv4.write(view, start, {
      typeOfService: (ipv4.typeOfService(view, offset) & TYPE_OF_SERVICE_KEPT) | PRECEDENCE_INTERNETWORK_CONTROL,
      totalLength: total,
      identification: namespace.nextIdentification(),
      timeToLive: DEFAULT_TIME_TO_LIVE,
      protocol: Protocol.ICMP,
      source: addresses.isLocal(destination) ? destination : addresses.sourceFor(back),
      destination: sender,
    });
    icmpv4.write(view, message, { type, code });
    if (type === IcmpType.PARAMETER_PROBLEM) icmpv4.setPointer(view, message, detail);
    else icmpv4.setNextHopMtu(view, message, detail);
    pool.bytes.copyWithin(message + icmpv4.HEADER_LENGTH, offset, offset + quoted);
    icmpv4.updateChecksum(view, message, start + total);
    if (inquirer !== null)
      inquirer.explain(error, `${namespace.name} tells ${formatIpv4(sender)} that its packet ended here: ${why}`);
    namespace.ipv4Output.push(error);
  }
}

/** ICMP types that ask or answer, of those up to 18. Linux holds every other to be an error (icmp_pointers). */
const QUERY_TYPES = (1 << IcmpType.ECHO_REPLY) | (1 << IcmpType.ECHO) | (0x3f << IcmpType.TIMESTAMP);
const LAST_ICMP_TYPE = 18;

/**
 * No error about an ICMP error, about a fragment but the first, about a packet to a group, or to a source
 * that is no single host (RFC 1122 section 3.2.2). 240/4 is as good a source as any, as Linux has it, and a
 * loopback address can only have come from here.
 */
function mayProvokeError(view: DataView, offset: number, end: number): boolean {
  if (ipv4.fragmentOffset(view, offset) !== 0) return false;
  const destination = ipv4.destination(view, offset);
  if (isMulticastIpv4(destination) || isLimitedBroadcast(destination)) return false;
  const source = ipv4.source(view, offset);
  if (source === 0 || isMulticastIpv4(source) || isLimitedBroadcast(source)) return false;
  if (ipv4.protocol(view, offset) !== Protocol.ICMP) return true;
  const message = offset + ipv4.headerLength(view, offset);
  if (message >= end) return false;
  const type = icmpv4.type(view, message);
  return type <= LAST_ICMP_TYPE && (QUERY_TYPES & (1 << type)) !== 0;
}
