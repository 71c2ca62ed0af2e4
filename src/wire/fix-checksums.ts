/**
 * Right checksums for a captured packet: as when a network card was to fill them in and the capture came first, or
 * after somebody has changed bytes.
 */

import {
  CHECKSUM_OFFSETS,
  checksumLength,
  checksumOf,
  ChecksumVerdict,
  checksumVerdict,
  hasChecksum,
} from "./checksum-verdict.ts";
import { LayerFlag } from "./layer-kinds.ts";
import { LayerScan } from "./layer-scan.ts";
import { unseenProtocols } from "./unseen-content.ts";

/** What has no right checksum for sure. */
export interface UnfixedChecksums {
  /** Checksums that cannot be computed, as not all that they cover is there: of fragments and cut packets. */
  readonly leftCount: number;
  /** Names of the protocols that were not looked into, such as "ipv6". */
  readonly unseen: readonly string[];
}

/** Nothing of a scan outlives the call, so that one serves all. */
const SCAN = new LayerScan();

/**
 * Computes the checksums of IPv4, ICMP, UDP, TCP and SCTP anew, in tunnels from inside out (VXLAN, IP in IP). What cannot be
 * computed stays: the payload's of a fragment or of a packet that is cut, and a UDP checksum of 0, which says that
 * there is none (RFC 768); and so does what an ICMP error quotes. A packet whose IPv4 total length is 0, as
 * segmentation offload leaves it, reaches to the end of the frame.
 *
 * @param originalLength length of the frame on the wire, in bytes, where the capture has less of it
 */
export function fixChecksums(
  view: DataView,
  offset: number,
  end: number,
  linkType: number,
  originalLength: number = end - offset,
): UnfixedChecksums {
  SCAN.scan(view, offset, end, originalLength, linkType);
  let leftCount = 0;
  for (let layer = SCAN.count - 1; layer >= 0; layer--) {
    const isQuoted = (SCAN.flags[layer]! & LayerFlag.QUOTED) !== 0;
    if (isQuoted || !hasChecksum(SCAN, layer)) continue;
    const verdict = checksumVerdict(SCAN, layer);
    if (verdict === ChecksumVerdict.UNVERIFIABLE) leftCount++;
    if (verdict !== ChecksumVerdict.BAD) continue;
    const kind = SCAN.kinds[layer]!;
    const at = SCAN.offsets[layer]! + CHECKSUM_OFFSETS[kind]!;
    const { right } = checksumOf(SCAN, layer);
    if (checksumLength(kind) === 4)
      view.setUint32(at, right, true); // RFC 9260 appendix A: the CRC is sent lowest byte first
    else view.setUint16(at, right);
  }
  return { leftCount, unseen: [...unseenProtocols(SCAN)] };
}
