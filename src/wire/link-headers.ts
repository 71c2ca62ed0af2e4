/**
 * What stands before the network layer in captures that are not of Ethernet (draft-ietf-opsawg-pcaplinktype): nothing;
 * the four bytes of a BSD loopback; what Linux puts before packets of `tcpdump -i any` ("cooked", two versions).
 *
 *     BSD loopback (NULL: in the byte order of the machine; LOOP: big-endian)
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        Address family                         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 *     LINUX_SLL                             LINUX_SLL2
 *      0  packet type                        0  protocol (an EtherType)
 *      2  hardware type (ARPHRD)             2  reserved
 *      4  length of the address              4  interface index
 *      6  address, padded to 8 bytes         8  hardware type
 *     14  protocol (an EtherType)           10  packet type, one byte
 *                                           11  length of the address, one byte
 *                                           12  address, padded to 8 bytes
 */

import { EtherType, MINIMUM_ETHER_TYPE } from "./ethernet.ts";
import { LayerKind } from "./layer-kinds.ts";

/** Link types whose packets are taken apart (draft-ietf-opsawg-pcaplinktype). */
export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  /** Bare IP packets, as two BSDs number them. */
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

/** Packet types of Linux's headers: whose packet it was for the machine that made the capture. */
export const PacketType = {
  TO_US: 0,
  BROADCAST: 1,
  MULTICAST: 2,
  TO_ANOTHER: 3,
  FROM_US: 4,
} as const;

/** A header before the network layer. */
export interface LinkHeader {
  /** Its LayerKind, where it has any length. */
  readonly kind: number;
  /** In bytes. */
  readonly length: number;
  /** The EtherType of what follows a header that is whole, 0 when there is none that fits. */
  readonly etherType: (view: DataView, offset: number, end: number) => number;
}

/** Nothing before a bare packet. */
function bare(etherType: LinkHeader["etherType"]): LinkHeader {
  return { kind: LayerKind.PAYLOAD, length: 0, etherType };
}

/** A bare packet of either version tells itself which. */
const RAW: LinkHeader = bare((view, offset, end) =>
  offset < end && view.getUint8(offset) >> 4 === 6 ? EtherType.IPV6 : EtherType.IPV4,
);

const LOOPBACK: LinkHeader = {
  kind: LayerKind.LOOPBACK,
  length: 4,
  etherType: (view, offset) => {
    // Some loopbacks have an EtherType in the last two bytes; an address family is too small to look like one.
    const last = view.getUint16(offset + 2);
    return last >= MINIMUM_ETHER_TYPE ? last : familyType(addressFamily(view, offset));
  },
};

/** By link type, those but Ethernet whose packets are taken apart. */
export const LINK_HEADERS: Readonly<Record<number, LinkHeader>> = {
  [LinkType.RAW]: RAW,
  [LinkType.RAW_BSD]: RAW,
  [LinkType.RAW_OPENBSD]: RAW,
  [LinkType.IPV4]: bare(() => EtherType.IPV4),
  [LinkType.IPV6]: bare(() => EtherType.IPV6),
  [LinkType.NULL]: LOOPBACK,
  [LinkType.LOOP]: LOOPBACK,
  [LinkType.LINUX_SLL]: {
    kind: LayerKind.LINUX_SLL,
    length: 16,
    etherType: (view, offset) => view.getUint16(offset + 14),
  },
  [LinkType.LINUX_SLL2]: {
    kind: LayerKind.LINUX_SLL2,
    length: 20,
    etherType: (view, offset) => view.getUint16(offset),
  },
};

/** The address family of a loopback header. Families are small: what is large was written in the other byte order. */
export function addressFamily(view: DataView, offset: number): number {
  return Math.min(view.getUint32(offset), view.getUint32(offset, true));
}

/** AF_INET is 2 everywhere, AF_INET6 10, 24, 28 or 30. */
function familyType(family: number): number {
  if (family === 2) return EtherType.IPV4;
  return family === 10 || family === 24 || family === 28 || family === 30 ? EtherType.IPV6 : 0;
}
