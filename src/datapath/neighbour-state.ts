/**
 * The states that a neighbour goes through (RFC 4861's, which Linux uses for ARP too), and their times and counts:
 * Linux's defaults (net.ipv4.neigh.default).
 *
 *     absent --send--> INCOMPLETE --answer--> REACHABLE --30 s--> STALE --send--> DELAY --5 s--> PROBE
 *                          | 3 requests, 1 s apart, unanswered                                     | 3 more
 *                          v                                                                       v
 *                        FAILED <------------------------------------------------------------------+
 */
import { NANOSECONDS_PER_SECOND } from "./engine.ts";

/** Linux's NUD_ states: one bit each. */
export const NeighbourState = {
  INCOMPLETE: 0x01,
  REACHABLE: 0x02,
  STALE: 0x04,
  DELAY: 0x08,
  PROBE: 0x10,
  FAILED: 0x20,
  PERMANENT: 0x80,
} as const;

/** How long an answer is believed. */
export const REACHABLE_MILLISECONDS = 30_000;
/** From the first packet to a STALE neighbour to the first probe, in nanoseconds. */
export const DELAY_FIRST_PROBE: number = 5 * NANOSECONDS_PER_SECOND;
/** Between requests, in nanoseconds. */
export const RETRANSMIT: number = NANOSECONDS_PER_SECOND;
/** Requests before a neighbour is given up. */
export const SOLICIT_COUNT = 3;
/** Until this time after a change another answer cannot replace it (locktime). */
export const LOCK_MILLISECONDS = 1_000;
/** Entries that are not permanent (gc_thresh3). */
export const LEARNED_LIMIT = 1_024;
/** All entries: permanent ones, of which flannel makes one a node, have no bound in Linux. */
export const TABLE_LIMIT: number = 2 ** 20;
/** Packets that wait for one answer (unres_qlen): the oldest gives way. */
export const WAITING_LIMIT = 101;
