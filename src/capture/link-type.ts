/** Link types (draft-ietf-opsawg-pcaplinktype): what the first byte of a captured packet belongs to. */
export const LinkType = {
  /** Frames that start with an Ethernet header. */
  ETHERNET: 1,
  /** Packets that start with an IPv4 or IPv6 header, as on an IP-in-IP tunnel device. */
  RAW: 101,
} as const;
