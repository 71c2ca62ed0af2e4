/** In a connection's STATE beside the protocol's own state. */
export const TrackBit = {
  STATE_MASK: 0xf,
  /** Which end began: the higher one. */
  SWAPPED: 0x10,
  /** The other end has answered. */
  REPLIED: 0x20,
  /** Where it was allowed. */
  FROM_POD: 0x40,
  TO_POD: 0x80,
  /** Allowed where it came from a pod, and not yet where it goes to another of this node: no connection for that one. */
  PENDING: 0x100,
  /** Of TCP: an end has sent a FIN. */
  CLOSE_BEGUN: 0x200,
  /** Of TCP: the last segment was a RST of the end that began. */
  RESET_LAST: 0x400,
  /** Of TCP: the last segment was a SYN of that end, in the middle of the connection. */
  SYN_IGNORED: 0x800,
  /** Of TCP: each end has sent a SYN. */
  BOTH_BEGAN: 0x1000,
} as const;
