/**
 * IPv4 (RFC 791), the codec: check, getters and setters come from ipv4-header.ts, which has the header's
 * diagram, options from ipv4-options.ts and ipv4-option-content.ts; checksum, `write` and text follow here.
 *
 * `offset` is the version's byte. No accessor may be called before `check` has returned 0.
 */

import { fold, sum, update } from "../bytes/checksum.ts";
import { formatIpv4 } from "./ipv4-address.ts";
import * as header from "./ipv4-header.ts";
import { headerLength, headerSum } from "./ipv4-header.ts";
import { optionsText } from "./ipv4-options.ts";

export * from "./ipv4-header.ts";
export { buildOptions, type Ipv4Option, type Ipv4Timestamp, readOption } from "./ipv4-option-content.ts";
export { checkOptions, hasSourceRoute, type Ipv4OptionPlace, options, OptionType } from "./ipv4-options.ts";

/** Where fields stand, in bytes from `offset`, for those who read several at once or as signed numbers. */
export const FRAGMENT = 6; // flags and fragment offset
export const PROTOCOL = 9;
export const SOURCE = 12;
export const DESTINATION = 16;

const TIME_TO_LIVE = 8; // with the protocol behind it, one word of the checksum
const HEADER_CHECKSUM = 10;

/** Length of the longest header, in bytes. */
export const MAXIMUM_HEADER_LENGTH = 60;

/** Fields that `write` needs; what is left out has the value that most packets carry. */
export interface Ipv4Fields {
  /** DSCP and ECN, eight bits; 0 when left out. */
  readonly typeOfService?: number;
  /** Length of header and payload in bytes. */
  readonly totalLength: number;
  /** 0 when left out, which a packet that is never fragmented may carry (RFC 6864 section 4.1). */
  readonly identification?: number;
  /** The flag without a meaning, "must be zero" (RFC 791); false when left out. */
  readonly reservedFlag?: boolean;
  /** False when left out. */
  readonly dontFragment?: boolean;
  /** False when left out. */
  readonly moreFragments?: boolean;
  /** Position of the payload in the whole datagram, in bytes, a multiple of 8; 0 when left out. */
  readonly fragmentOffset?: number;
  /** 64 when left out, what Linux sends. */
  readonly timeToLive?: number;
  readonly protocol: number;
  /** IPv4 address, unsigned. */
  readonly source: number;
  /** IPv4 address, unsigned. */
  readonly destination: number;
  /** Options with their padding, a multiple of 4 and at most 40 bytes; none when left out. */
  readonly options?: Uint8Array;
}

/** The checksum that the header should carry, whatever it carries now. */
export function computeHeaderChecksum(view: DataView, offset: number): number {
  const present = view.getUint16(offset + HEADER_CHECKSUM);
  return ~fold(headerSum(view, offset, headerLength(view, offset)) + (~present & 0xffff)) & 0xffff;
}

/** Whether the header checksum is right. */
export function verifyHeaderChecksum(view: DataView, offset: number): boolean {
  return fold(headerSum(view, offset, headerLength(view, offset))) === 0xffff;
}

/** Computes the header checksum and stores it. */
export function updateHeaderChecksum(view: DataView, offset: number): void {
  view.setUint16(offset + HEADER_CHECKSUM, computeHeaderChecksum(view, offset));
}

/**
 * Takes one from the time to live and updates the checksum by RFC 1624 instead of computing it anew:
 * a header that was damaged on the way stays so, and the next hop sees it (RFC 1812 section 4.2.2.5).
 *
 * The time to live must not be 0.
 */
export function decrementTimeToLive(view: DataView, offset: number): void {
  const word = view.getUint16(offset + TIME_TO_LIVE);
  view.setUint16(offset + HEADER_CHECKSUM, update(view.getUint16(offset + HEADER_CHECKSUM), word, word - 0x0100));
  view.setUint16(offset + TIME_TO_LIVE, word - 0x0100);
}

/**
 * The sum of the pseudo-header that UDP and TCP checksums start from: source, destination, protocol
 * and length (RFC 768, RFC 9293 section 3.1).
 *
 * @param length length of the transport header and its payload, in bytes
 */
export function pseudoHeaderSum(view: DataView, offset: number, length: number): number {
  return sum(view, offset + SOURCE, offset + header.HEADER_LENGTH, header.protocol(view, offset) + length);
}

/**
 * Writes the header, options and checksum included.
 *
 * @returns its length in bytes
 * @throws RangeError when the options are no multiple of 4 bytes or more than 40
 */
export function write(view: DataView, offset: number, fields: Ipv4Fields): number {
  const length = header.HEADER_LENGTH + writeOptions(view, offset + header.HEADER_LENGTH, fields.options);
  header.setHeaderLength(view, offset, length);
  header.setTypeOfService(view, offset, fields.typeOfService ?? 0);
  header.setTotalLength(view, offset, fields.totalLength);
  header.setIdentification(view, offset, fields.identification ?? 0);
  header.setFlags(view, offset, flagsOf(fields));
  header.setFragmentOffset(view, offset, fields.fragmentOffset ?? 0);
  header.setTimeToLive(view, offset, fields.timeToLive ?? 64);
  header.setProtocol(view, offset, fields.protocol);
  header.setSource(view, offset, fields.source);
  header.setDestination(view, offset, fields.destination);
  updateHeaderChecksum(view, offset);
  return length;
}

function flagsOf({ reservedFlag, dontFragment, moreFragments }: Ipv4Fields): number {
  const { RESERVED, DONT_FRAGMENT, MORE_FRAGMENTS } = header.Flag;
  return (reservedFlag ? RESERVED : 0) | (dontFragment ? DONT_FRAGMENT : 0) | (moreFragments ? MORE_FRAGMENTS : 0);
}

function writeOptions(view: DataView, offset: number, bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 0;
  if (bytes.length % 4 !== 0 || bytes.length > MAXIMUM_HEADER_LENGTH - header.HEADER_LENGTH) {
    throw new RangeError(`expected IPv4 options of at most 40 bytes in words of 4, found ${bytes.length} bytes`);
  }
  for (let index = 0; index < bytes.length; index++) view.setUint8(offset + index, bytes[index]!);
  return bytes.length;
}

const ECN_TEXTS = ["", ",ECT(1)", ",ECT(0)", ",CE"];
const FLAG_TEXTS = ["none", "+", "DF", "+, DF", "rsvd", "+, rsvd", "DF, rsvd", "+, DF, rsvd"];
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  [header.Protocol.ICMP]: "ICMP",
  [header.Protocol.IPIP]: "IPIP",
  [header.Protocol.TCP]: "TCP",
  [header.Protocol.UDP]: "UDP",
  [header.Protocol.SCTP]: "SCTP",
};

/** "UDP", or "protocol 89" for one that this codec has no name for. */
export function protocolText(protocol: number): string {
  return PROTOCOL_NAMES[protocol] ?? `protocol ${protocol}`;
}

/**
 * The header as `tcpdump -v` prints it:
 * `IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto ICMP (1), length 84) 10.244.1.5 > 10.244.2.8`.
 *
 * A header that cannot be read is told as far as it goes; a wrong checksum is told with the right one.
 */
export function text(view: DataView, offset: number, end: number): string {
  const fault = headerFault(view, offset, end);
  if (fault !== "") return fault;
  const proto = header.protocol(view, offset);
  const details = [
    `tos 0x${header.typeOfService(view, offset).toString(16)}${ECN_TEXTS[header.ecn(view, offset)]}`,
    `ttl ${header.timeToLive(view, offset)}`,
    `id ${header.identification(view, offset)}`,
    `offset ${header.fragmentOffset(view, offset)}`,
    `flags [${FLAG_TEXTS[header.flags(view, offset)]}]`,
    `proto ${PROTOCOL_NAMES[proto] ?? "unknown"} (${proto})`,
    `length ${header.totalLength(view, offset)}`,
  ];
  if (header.headerLength(view, offset) > header.HEADER_LENGTH) details.push(`options (${optionsText(view, offset)})`);
  const wrong = checksumFault(view, offset);
  if (wrong !== "") details.push(wrong);
  const addresses = `${formatIpv4(header.source(view, offset))} > ${formatIpv4(header.destination(view, offset))}`;
  return `IP (${details.join(", ")}) ${addresses}`;
}

/** Why the header cannot be read, as tcpdump says it; empty when it can. */
export function headerFault(view: DataView, offset: number, end: number): string {
  if (offset >= end) return "IP [|ip]";
  if (header.version(view, offset) === 6) return "IP6, wrong link-layer encapsulation (invalid)";
  if (header.version(view, offset) !== 4) return `IP${header.version(view, offset)} (invalid)`;
  if (offset + header.HEADER_LENGTH > end) return "IP [|ip]";
  const length = header.headerLength(view, offset);
  if (length < header.HEADER_LENGTH) return `IP bad-hlen ${length}`;
  if (offset + length > end) return `IP [remaining ${end - offset} < header length ${length}]`;
  if (header.totalLength(view, offset) < length) return `IP bad-len ${header.totalLength(view, offset)}`;
  return "";
}

/** A wrong header checksum as `tcpdump -v` tells it; empty when it is right. The header must be readable. */
export function checksumFault(view: DataView, offset: number): string {
  if (verifyHeaderChecksum(view, offset)) return "";
  const found = header.headerChecksum(view, offset).toString(16);
  return `bad cksum ${found} (->${computeHeaderChecksum(view, offset).toString(16)})!`;
}
