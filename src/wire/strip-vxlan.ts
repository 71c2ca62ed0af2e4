/** Frames without the tunnel around them: VXLAN's outer headers taken off (RFC 7348 section 5). */

import { EtherType, HEADER_LENGTH as ETHERNET_LENGTH } from "./ethernet.ts";
import { ipv4Extent } from "./ipv4-extent.ts";
import { isFragment, protocol, Protocol } from "./ipv4-header.ts";
import { ethernetPayload } from "./network-layer.ts";
import * as udp from "./udp.ts";
import * as vxlan from "./vxlan.ts";

/** UDP destination ports that VXLAN has: IANA's, and the one that Linux and flannel had before. */
const PORTS: readonly number[] = [vxlan.PORT, vxlan.LINUX_PORT];

/** Where a frame is in a captured one. */
export interface InnerFrame {
  readonly offset: number;
  /** Position behind its bytes that are there. */
  readonly end: number;
  /** Position behind its last byte, as the lengths around it say; infinite where there is nothing around it. */
  readonly statedEnd: number;
}

/** Where the innermost Ethernet frame begins, as `innermostFrame` finds it. */
export function stripVxlan(view: DataView, offset: number, end: number): number {
  return innermostFrame(view, offset, end).offset;
}

/**
 * Where the innermost Ethernet frame is: behind the outer headers of as many tunnels as there are, up to the end of the
 * UDP datagram; the whole frame when there is none. The outer packet has to be there up to an inner Ethernet header;
 * reserved bits of the VXLAN header are ignored, a fragment is no frame.
 */
export function innermostFrame(view: DataView, offset: number, end: number): InnerFrame {
  let frame: InnerFrame = { offset, end, statedEnd: Infinity };
  for (;;) {
    const inner = innerFrame(view, frame.offset, frame.end);
    if (inner === undefined) return frame;
    frame = { ...inner, statedEnd: Math.min(inner.statedEnd, frame.statedEnd) };
  }
}

function innerFrame(view: DataView, offset: number, end: number): InnerFrame | undefined {
  const network = ethernetPayload(view, offset, end);
  if (network?.etherType !== EtherType.IPV4) return undefined;
  const extent = ipv4Extent(view, network.offset, network.end);
  if (extent === undefined || isFragment(view, network.offset)) return undefined;
  if (protocol(view, network.offset) !== Protocol.UDP) return undefined;
  const tunnel = extent.payload + udp.HEADER_LENGTH;
  const inner = tunnel + vxlan.HEADER_LENGTH;
  if (inner + ETHERNET_LENGTH > extent.end) return undefined;
  if (!PORTS.includes(udp.destinationPort(view, extent.payload))) return undefined;
  if (!vxlan.hasVni(view, tunnel)) return undefined;
  const stated = extent.payload + udp.datagramLength(view, extent.payload);
  // A length without room for a frame is a lie, or left to segmentation offload.
  const statedEnd = stated < inner + ETHERNET_LENGTH ? Infinity : stated;
  return { offset: inner, end: Math.min(extent.end, statedEnd), statedEnd };
}
