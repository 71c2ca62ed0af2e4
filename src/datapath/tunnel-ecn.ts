/** Congestion marks through a tunnel: RFC 6040 as Linux does it (include/net/inet_ecn.h). */
import type { PacketPool } from "../packet/index.ts";
import { DropReason, ipv4 } from "../wire/index.ts";

/** ECN codepoints (RFC 3168 section 5). */
export const Ecn = { NOT_ECT: 0, ECT_1: 1, ECT_0: 2, CE: 3 } as const;

const { NOT_ECT, ECT_0, ECT_1, CE } = Ecn;

const DSCP_MASK = 0xfc;

/** Configured or inherited DSCP; the ECN bits always come from the inner header (RFC 6040 section 4.1). */
export function outerTypeOfService(configured: number | "inherit", inner: number): number {
  return ((configured === "inherit" ? inner : configured) & DSCP_MASK) | outerEcn(inner & 3);
}

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

/**
 * Brings an outer header's congestion mark into the inner IPv4 header, which ends before `end` and starts at `network`,
 * behind the packet's start (RFC 6040 section 4.2). Returns 0, or why the packet must be dropped.
 */
export function carryEcn(pool: PacketPool, handle: number, outer: number, network: number, end: number): DropReason {
  const { view } = pool;
  const before = ipv4.ecn(view, network);
  const after = innerEcn(before, outer);
  if (after < 0) return DropReason.IP_TUNNEL_ECN;
  // A header that is wrong anyway stays wrong: IPv4 input drops it.
  if (after === before || ipv4.check(view, network, end) !== DropReason.NONE) return DropReason.NONE;
  const distance = network - pool.start[handle]!;
  if (!pool.makeWritable(handle)) return DropReason.NOMEM;
  rewriteEcn(view, pool.start[handle]! + distance, after);
  return DropReason.NONE;
}

/** Sets the ECN field of a header and keeps its checksum right. */
export function rewriteEcn(view: DataView, offset: number, ecn: number): void {
  ipv4.setEcn(view, offset, ecn);
  ipv4.updateHeaderChecksum(view, offset);
}
