/** How much of an IPv4 packet a capture has: less than the header says when it was cut, or when the header lies. */

import { headerLength, HEADER_LENGTH, totalLength } from "./ipv4-header.ts";

/** Where the parts of a packet are that a capture has. */
export interface Ipv4Extent {
  /** Position behind the header, where the payload begins. */
  readonly payload: number;
  /** Position behind the payload, link-layer padding left out; at most the end of what was captured. */
  readonly end: number;
  /** Whether the payload is there to its end. */
  readonly isWhole: boolean;
}

/** Undefined when the header is not whole, or is none of IPv4. Checksums are not looked at. */
export function ipv4Extent(view: DataView, offset: number, end: number): Ipv4Extent | undefined {
  if (offset + HEADER_LENGTH > end || view.getUint8(offset) < 0x45 || view.getUint8(offset) > 0x4f) return undefined;
  const payload = offset + headerLength(view, offset);
  if (payload > end) return undefined;
  const stated = offset + totalLength(view, offset);
  // A total length of 0 is what segmentation offload leaves; a shorter one than the header's is a lie.
  if (stated < payload) return { payload, end, isWhole: false };
  return { payload, end: Math.min(stated, end), isWhole: stated <= end };
}
