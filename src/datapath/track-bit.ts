/** In a connection's STATE beside the protocol's own state: which end began, whether the other answered, where it was allowed. */
export const TrackBit = { STATE_MASK: 0xf, SWAPPED: 0x10, REPLIED: 0x20, FROM_POD: 0x40, TO_POD: 0x80 } as const;
