/** One number for all packets of a flow: what spreads tunnelled flows over paths (RFC 7348 section 5). */
import { EtherType, ethernet, ipv4, Protocol } from "../wire/index.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { etherType, HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const {
  destination,
  headerLength,
  HEADER_LENGTH: IPV4_HEADER_LENGTH,
  isFragment,
  protocol: ipv4Protocol,
  source,
} = ipv4;
const { IPV4 } = EtherType;
const { TCP, UDP } = Protocol;

/**
 * Mixes addresses, protocol and ports of an Ethernet frame in offset..end; of a frame that is no IPv4, or an
 * IPv4 fragment, as much as all of its flow share. 32 bits, signed.
 */
export function flowHash(view: DataView, offset: number, end: number): number {
  const network = offset + ETHERNET_HEADER_LENGTH;
  if (etherType(view, offset) !== IPV4 || network + IPV4_HEADER_LENGTH > end) {
    return mix(view.getInt32(offset) ^ view.getInt32(offset + 4), view.getInt32(offset + 8));
  }
  const protocol = ipv4Protocol(view, network);
  const transport = network + headerLength(view, network);
  const hasPorts = (protocol === UDP || protocol === TCP) && !isFragment(view, network) && transport + 4 <= end;
  const ports = hasPorts ? view.getInt32(transport) : 0;
  return ipv4FlowHash(source(view, network) | 0, destination(view, network) | 0, protocol, ports);
}

/** The same of an IPv4 packet whose fields are at hand: addresses signed, `ports` the two of UDP or TCP as one word, or 0. */
export function ipv4FlowHash(source: number, destination: number, protocol: number, ports: number): number {
  return mix(source ^ protocol ^ ports, destination);
}

/** Two multiplications spread neighbouring addresses and ports over all 32 bits (constants of murmur3's finaliser). */
function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
