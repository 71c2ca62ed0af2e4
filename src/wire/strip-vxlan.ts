/** Frames without the tunnel around them: VXLAN's outer headers taken off (RFC 7348 section 5). */

import { EtherType, HEADER_LENGTH as ETHERNET_LENGTH } from "./ethernet.ts";
import { ipv4Extent } from "./ipv4-extent.ts";
import { isFragment, protocol, Protocol } from "./ipv4-header.ts";
import { ethernetPayload } from "./network-layer.ts";
import * as udp from "./udp.ts";
import * as vxlan from "./vxlan.ts";

/** UDP destination ports that VXLAN has: IANA's, and the one that Linux and flannel had before. */
const PORTS: readonly number[] = [vxlan.PORT, vxlan.LINUX_PORT];

/**
 * Where the innermost Ethernet frame begins: behind the outer headers of as many tunnels as there are, or at `offset`
 * when there is none. The outer packet has to be there up to an inner Ethernet header; reserved bits of the VXLAN
 * header are ignored, a fragment is no frame.
 */
export function stripVxlan(view: DataView, offset: number, end: number): number {
  let frame = offset;
  for (;;) {
    const inner = innerFrame(view, frame, end);
    if (inner < 0) return frame;
    frame = inner;
  }
}

/** Where the frame inside begins, or -1. */
function innerFrame(view: DataView, offset: number, end: number): number {
  const network = ethernetPayload(view, offset, end);
  if (network?.etherType !== EtherType.IPV4) return -1;
  const extent = ipv4Extent(view, network.offset, end);
  if (extent === undefined || isFragment(view, network.offset)) return -1;
  if (protocol(view, network.offset) !== Protocol.UDP) return -1;
  const tunnel = extent.payload + udp.HEADER_LENGTH;
  const inner = tunnel + vxlan.HEADER_LENGTH;
  if (inner + ETHERNET_LENGTH > extent.end) return -1;
  if (!PORTS.includes(udp.destinationPort(view, extent.payload))) return -1;
  return vxlan.hasVni(view, tunnel) ? inner : -1;
}
