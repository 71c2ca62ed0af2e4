/** Congestion marks through a tunnel: RFC 6040 as Linux does it (include/net/inet_ecn.h). */
import { ipv4 } from "../wire/index.ts";

/** ECN codepoints (RFC 3168 section 5). */
export const Ecn = { NOT_ECT: 0, ECT_1: 1, ECT_0: 2, CE: 3 } as const;

const { NOT_ECT, ECT_0, ECT_1, CE } = Ecn;

/** The ECN field of the outer header: the inner one's, but CE starts over as ECT(0) (Linux INET_ECN_encapsulate). */
export function outerEcn(inner: number): number {
  return inner === CE ? ECT_0 : inner;
}

/**
 * The inner ECN field after decapsulation (RFC 6040 figure 4), or -1 when the packet must be dropped: the path
 * was congested and the inner packet cannot say so.
 */
export function innerEcn(inner: number, outer: number): number {
  if (inner === NOT_ECT) return outer === CE ? -1 : NOT_ECT;
  if (outer === CE) return CE;
  return inner === ECT_0 && outer === ECT_1 ? ECT_1 : inner;
}

/** Sets the ECN field of a header and keeps its checksum right. */
export function rewriteEcn(view: DataView, offset: number, ecn: number): void {
  ipv4.setEcn(view, offset, ecn);
  ipv4.updateHeaderChecksum(view, offset);
}
