/**
 * What of a packet says to which connection it belongs. One object is used for packet after packet.
 *
 * The two directions of an ICMP query, an echo for one, differ by their type alone: its key has the identifier for both
 * ports, and who asks what beside the protocol.
 */
import { icmpv4, IcmpType, ipv4, Protocol, tcp } from "../wire/index.ts";
import { isQuery } from "./connection-state.ts";
import type { FragmentPorts } from "./fragment-ports.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { ICMP, SCTP, TCP, UDP } = Protocol;
const { isError } = icmpv4;

/** What a packet is to connection tracking. */
export const PacketKind = {
  /** Of a connection, or the first of one. */
  PLAIN: 0,
  /** A fragment without ports of its own, whose datagram is known. */
  LATER_FRAGMENT: 1,
  /** An ICMP error: the key is that of the packet that it quotes. */
  ERROR: 2,
  /** Too short, an ICMP message that neither asks nor answers, or a fragment that came before its first. */
  INVALID: 3,
  /** No sound IPv4 packet: its receiver refuses it. */
  UNSOUND: 4,
} as const;

const { PLAIN, LATER_FRAGMENT, ERROR, INVALID, UNSOUND } = PacketKind;

/** Beside the protocol in the key of an ICMP query: who asks, and above them the type of what asks. */
const LOWER_ASKS = 0x100;
const HIGHER_ASKS = 0x200;
const QUERY_SHIFT = 12;

const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;
const SCTP_CHUNK_AT = 12;
/** Of an ICMP error before the packet that it quotes. */
const ERROR_HEADER_LENGTH = 8;

export class ConnectionKey {
  /** As the packet has them, signed. */
  source = 0;
  destination = 0;
  /** -1 where the protocol has none. */
  sourcePort = -1;
  destinationPort = -1;
  protocol = 0;
  /** TCP's flags, SCTP's first chunk, ICMP's type. */
  control = 0;
  /** Of TCP: the number behind the segment's last, and the one that it acknowledges, signed. */
  sequenceEnd = 0;
  acknowledgment = 0;
  /** The key itself. */
  low = 0;
  high = 0;
  ports = 0;
  word = 0;
  /** The packet's source is the higher end. */
  isSwapped = false;
  readonly #fragments: FragmentPorts;
  /** The datagram of which the packet is the first fragment, of several; or -1. */
  #firstOf = -1;

  constructor(fragments: FragmentPorts) {
    this.#fragments = fragments;
  }

  /** Reads an IPv4 packet in offset..end, at `now` (milliseconds), and says what it is. */
  read(view: DataView, offset: number, end: number, now: number): number {
    this.#firstOf = -1;
    if (ipv4.check(view, offset, end) !== 0) return UNSOUND;
    this.#readAddresses(view, offset);
    const last = offset + ipv4.totalLength(view, offset);
    const fragment = view.getUint16(offset + ipv4.FRAGMENT);
    if ((fragment & FRAGMENT_OFFSET) !== 0) return this.#readLaterFragment(view, offset, now);
    if ((fragment & MORE_FRAGMENTS) !== 0) this.#firstOf = this.#datagram(view, offset);
    return this.#readTransport(view, offset + ipv4.headerLength(view, offset), last);
  }

  /** The packet is let through: where it is a datagram's first fragment, those that follow are to be known by it. */
  letThrough(now: number): void {
    if (this.#firstOf < 0) return;
    const ports = (this.sourcePort << 16) | (this.destinationPort & 0xffff);
    this.#fragments.keep(this.source, this.destination, this.#firstOf, ports, now);
  }

  #readAddresses(view: DataView, offset: number): void {
    this.source = view.getInt32(offset + ipv4.SOURCE);
    this.destination = view.getInt32(offset + ipv4.DESTINATION);
    this.protocol = view.getUint8(offset + ipv4.PROTOCOL);
    this.sourcePort = -1;
    this.destinationPort = -1;
    this.control = 0;
  }

  #datagram(view: DataView, offset: number): number {
    return (ipv4.identification(view, offset) << 8) | this.protocol;
  }

  #readLaterFragment(view: DataView, offset: number, now: number): number {
    const datagram = this.#datagram(view, offset);
    const { source, destination } = this;
    if (!this.#fragments.has(source, destination, datagram, now)) return INVALID;
    const ports = this.#fragments.portsOf(source, destination, datagram);
    if (this.protocol === ICMP) {
      // Of queries and their answers: the type and the identifier.
      this.#makeQueryKey(ports >>> 16, ports & 0xffff);
    } else if (hasPorts(this.protocol)) {
      this.sourcePort = ports >>> 16;
      this.destinationPort = ports & 0xffff;
      this.#makeKey();
    } else {
      this.#makeKey();
    }
    return LATER_FRAGMENT;
  }

  #readTransport(view: DataView, at: number, end: number): number {
    const { protocol } = this;
    if (protocol === ICMP) return this.#readIcmp(view, at, end);
    if (hasPorts(protocol)) {
      if (at + leastLength(protocol) > end) return INVALID;
      this.sourcePort = view.getUint16(at);
      this.destinationPort = view.getUint16(at + 2);
      if (protocol === TCP) this.#readTcp(view, at, end);
      if (protocol === SCTP) this.control = view.getUint8(at + SCTP_CHUNK_AT);
    }
    this.#makeKey();
    return PLAIN;
  }

  #readTcp(view: DataView, at: number, end: number): void {
    this.control = tcp.flags(view, at);
    this.acknowledgment = tcp.acknowledgmentNumber(view, at) | 0;
    // A SYN has a number of its own.
    const length = end - at - tcp.headerLength(view, at) + ((this.control >>> 1) & 1);
    this.sequenceEnd = (tcp.sequenceNumber(view, at) + length) | 0;
  }

  #readIcmp(view: DataView, at: number, end: number): number {
    if (at + icmpv4.HEADER_LENGTH > end) return INVALID;
    const type = icmpv4.type(view, at);
    this.control = type;
    if (isError(type)) return this.#readQuoted(view, at + ERROR_HEADER_LENGTH, end) ? ERROR : INVALID;
    if (!icmpv4.hasIdentifier(type)) return INVALID;
    this.#makeQueryKey(type, icmpv4.identifier(view, at));
    return PLAIN;
  }

  /**
   * The key of the packet that an error quotes, of which eight bytes behind the header are there. Who is told of it must
   * be who sent it (Linux nf_conntrack_inet_error): others have no part in its connection.
   */
  #readQuoted(view: DataView, offset: number, end: number): boolean {
    const told = this.destination;
    if (offset + ipv4.HEADER_LENGTH > end || ipv4.version(view, offset) !== 4) return false;
    const at = offset + ipv4.headerLength(view, offset);
    if (at + 8 > end || (view.getUint16(offset + ipv4.FRAGMENT) & FRAGMENT_OFFSET) !== 0) return false;
    this.#readAddresses(view, offset);
    if (this.source !== told) return false;
    if (this.protocol === ICMP) {
      const type = icmpv4.type(view, at);
      if (!icmpv4.hasIdentifier(type)) return false;
      this.#makeQueryKey(type, icmpv4.identifier(view, at));
      return true;
    }
    if (hasPorts(this.protocol)) {
      this.sourcePort = view.getUint16(at);
      this.destinationPort = view.getUint16(at + 2);
    }
    this.#makeKey();
    return true;
  }

  #makeQueryKey(type: number, identifier: number): void {
    const isRequest = isQuery(type);
    const query = isRequest ? type : type === IcmpType.ECHO_REPLY ? IcmpType.ECHO : type - 1;
    this.isSwapped = this.source > this.destination;
    this.low = this.isSwapped ? this.destination : this.source;
    this.high = this.isSwapped ? this.source : this.destination;
    this.ports = (identifier << 16) | identifier;
    this.word = ICMP | (this.isSwapped === isRequest ? HIGHER_ASKS : LOWER_ASKS) | (query << QUERY_SHIFT);
    // For fragments that follow.
    this.sourcePort = type;
    this.destinationPort = identifier;
  }

  #makeKey(): void {
    const { source, destination } = this;
    const from = Math.max(this.sourcePort, 0);
    const to = Math.max(this.destinationPort, 0);
    this.isSwapped = source > destination || (source === destination && from > to);
    this.low = this.isSwapped ? destination : source;
    this.high = this.isSwapped ? source : destination;
    this.ports = this.isSwapped ? (to << 16) | from : (from << 16) | to;
    this.word = this.protocol;
  }
}

function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP;
}

/** Bytes of the header, as far as it is read; SCTP's with the type of its first chunk. */
function leastLength(protocol: number): number {
  return protocol === TCP ? 20 : protocol === SCTP ? 13 : 8;
}
