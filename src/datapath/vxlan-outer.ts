/** What the outer headers of VXLAN packets are made of. */
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST } from "./ephemeral-ports.ts";

/** What a frame grows by: outer IPv4, UDP and VXLAN headers; the Ethernet header beside it makes 50. */
export const VXLAN_OVERHEAD = 50;

/** The first word of a VXLAN header: the I flag and no other bit (RFC 7348 section 5). */
export const VALID_VNI = 0x08000000;

const FIRST_PORT: number = EPHEMERAL_PORT_FIRST;
const PORT_COUNT = EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1;

/** Packets of one flow keep one port, so that they take one path (RFC 7348 section 5). */
export function tunnelSourcePort(flowHash: number): number {
  return FIRST_PORT + (((flowHash >>> 16) * PORT_COUNT) >>> 16);
}
