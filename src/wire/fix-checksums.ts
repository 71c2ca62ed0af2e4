/**
 * Right checksums for a captured packet: as when a network card was to fill them in and the capture came first, or
 * after somebody has changed bytes.
 */

import { EtherType } from "./ethernet.ts";
import * as icmpv4 from "./icmpv4.ts";
import { type Ipv4Extent, ipv4Extent } from "./ipv4-extent.ts";
import * as ipv4 from "./ipv4.ts";
import { ethernetPayload, findNetworkLayer, type NetworkLayer } from "./network-layer.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";
import * as vxlan from "./vxlan.ts";

const VXLAN_PORTS: readonly number[] = [vxlan.PORT, vxlan.LINUX_PORT];

/** Packets within packets that are looked at: what is deeper was made to be deep. */
const DEPTH_LIMIT = 8;

/**
 * Computes the checksums of IPv4, ICMP, UDP and TCP anew, in tunnels from inside out (VXLAN, IP in IP). What cannot be
 * computed stays: the payload's of a fragment or of a packet that is cut, and a UDP checksum of 0, which says that
 * there is none (RFC 768).
 */
export function fixChecksums(view: DataView, offset: number, end: number, linkType: number): void {
  fixNetworkLayer(view, findNetworkLayer(view, offset, end, linkType), end, 0);
}

function fixNetworkLayer(view: DataView, layer: NetworkLayer | undefined, end: number, depth: number): void {
  if (layer?.etherType === EtherType.IPV4) fixIpv4(view, layer.offset, end, depth);
}

function fixIpv4(view: DataView, offset: number, end: number, depth: number): void {
  const extent = ipv4Extent(view, offset, end);
  if (extent === undefined || depth === DEPTH_LIMIT) return;
  if (extent.isWhole && !ipv4.isFragment(view, offset)) fixPayload(view, offset, extent, depth);
  ipv4.updateHeaderChecksum(view, offset);
}

function fixPayload(view: DataView, ipOffset: number, { payload, end }: Ipv4Extent, depth: number): void {
  const protocol = ipv4.protocol(view, ipOffset);
  if (protocol === ipv4.Protocol.IPIP) fixIpv4(view, payload, end, depth + 1);
  else if (protocol === ipv4.Protocol.UDP && udp.check(view, payload, end) === 0)
    fixUdp(view, ipOffset, payload, depth);
  else if (protocol === ipv4.Protocol.TCP && tcp.check(view, payload, end) === 0) {
    tcp.updateChecksum(view, ipOffset, payload, end);
  } else if (protocol === ipv4.Protocol.ICMP && icmpv4.check(view, payload, end) === 0) {
    icmpv4.updateChecksum(view, payload, end);
  }
}

/** The checksum of a datagram covers the frame in it, which comes first therefore. */
function fixUdp(view: DataView, ipOffset: number, offset: number, depth: number): void {
  const end = offset + udp.datagramLength(view, offset);
  const tunnel = offset + udp.HEADER_LENGTH;
  const isTunnel = VXLAN_PORTS.includes(udp.destinationPort(view, offset)) && tunnel + vxlan.HEADER_LENGTH <= end;
  if (isTunnel && vxlan.hasVni(view, tunnel)) {
    fixNetworkLayer(view, ethernetPayload(view, tunnel + vxlan.HEADER_LENGTH, end), end, depth + 1);
  }
  if (udp.datagramChecksum(view, offset) !== 0) udp.updateChecksum(view, ipOffset, offset);
}
