/** What a layer scan finds: kinds of layers, what holds for them, and what may be wrong. */

/** What a layer is. Of those called OTHER, the scan has the number by which the layer below announces it. */
export const LayerKind = {
  ETHERNET: 0,
  VLAN: 1,
  LLC: 2,
  ARP: 3,
  IPV4: 4,
  ICMPV4: 5,
  UDP: 6,
  TCP: 7,
  VXLAN: 8,
  /** What the layer below carries, without saying what it is. */
  PAYLOAD: 9,
  /** What stands behind the length that the layer below gives. */
  PADDING: 10,
  OTHER_ETHER_TYPE: 11,
  OTHER_PROTOCOL: 12,
  OTHER_SERVICE_ACCESS_POINT: 13,
  OTHER_SNAP: 14,
  OTHER_LINK_TYPE: 15,
  /** Cisco's Inter-Switch Link, which an 802.3 frame announces by its destination address. */
  INTER_SWITCH_LINK: 16,
  /** The header of a BSD loopback. */
  LOOPBACK: 17,
  /** What Linux puts before packets of any interface, in two versions. */
  LINUX_SLL: 18,
  LINUX_SLL2: 19,
  /** The common header and all chunks. */
  SCTP: 20,
} as const;

/** What holds for a layer: bits. */
export const LayerFlag = {
  /** An ICMP error quotes it. */
  QUOTED: 1,
  /** It is in a fragment, so that its checksum covers what is not there. */
  FRAGMENT: 2,
  /** Its packet is on a source route: the pseudo-header has the final destination, the IPv4 header only the next hop. */
  SOURCE_ROUTED: 4,
  /** Its header is not whole. */
  CUT: 8,
} as const;

/** What may be wrong with a layer. */
export const Fault = {
  /** The capture has fewer bytes than the frame had. */
  CAPTURE_CUT: 0,
  /** The bytes end inside the header. */
  HEADER_CUT: 1,
  /** The layer announces a header, and nothing follows. */
  HEADER_MISSING: 2,
  /** There are more headers within headers than a scan follows. */
  NESTED_TOO_DEEP: 3,
  /** The IP version is another than the layer below announces. */
  VERSION: 4,
  /** A header length is less than the fixed header's. */
  HEADER_LENGTH: 5,
  /** The IPv4 total length is 0, as segmentation offload leaves it. */
  NO_TOTAL_LENGTH: 6,
  /** A length is less than its own header's. */
  LENGTH: 7,
  /** A length is more than what is left. */
  LENGTH_BEYOND: 8,
  /** VXLAN without the I bit, which says that the VNI is valid. */
  NO_VNI: 9,
} as const;
