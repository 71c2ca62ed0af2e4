/** Types of pcapng blocks (draft-ietf-opsawg-pcapng, section 4; IANA "PCAPNG Block Types"). */
export const BlockType = {
  INTERFACE_DESCRIPTION: 1,
  /** The Packet Block, which the Enhanced Packet Block has replaced (appendix A). */
  OBSOLETE_PACKET: 2,
  SIMPLE_PACKET: 3,
  NAME_RESOLUTION: 4,
  INTERFACE_STATISTICS: 5,
  ENHANCED_PACKET: 6,
  /** The same four bytes in either byte order, and damaged by every transfer as text. */
  SECTION_HEADER: 0x0a0d0d0a,
} as const;
