/**
 * Why a packet was dropped: one number, one name, one sentence, declared once for the whole engine.
 *
 * Names are the Linux kernel's own (include/net/dropreason-core.h) where it has one, so that what
 * podwire counts can be compared with `perf trace -e skb:kfree_skb` on a node. Those that the
 * kernel lacks are marked. The numbers are podwire's and carry no meaning beyond this table.
 */

/** Reason numbers. 0 means "not dropped": every `check` returns 0 or one of these. */
export const DropReason = {
  NONE: 0,
  PKT_TOO_SMALL: 1,
  IP_INHDR: 2,
  IP_CSUM: 3,
  UDP_CSUM: 4,
  TCP_CSUM: 5,
  ICMP_CSUM: 6,
  OTHERHOST: 7,
  UNHANDLED_PROTO: 8,
  IP_NOPROTO: 9,
  NO_SOCKET: 10,
  SOCKET_RCVBUFF: 11,
  IP_INADDRERRORS: 12,
  IP_INNOROUTES: 13,
  IP_OUTNOROUTES: 14,
  IP_LOCAL_SOURCE: 15,
  IP_INVALID_SOURCE: 16,
  IP_INVALID_DEST: 17,
  IP_LOCALNET: 18,
  PKT_TOO_BIG: 19,
  NEIGH_CREATEFAIL: 20,
  NEIGH_FAILED: 21,
  NEIGH_QUEUEFULL: 22,
  NEIGH_DEAD: 23,
  NOMEM: 24,
  DEV_READY: 25,
  DEV_HDR: 26,
  HDR_TRUNC: 27,
  INVALID_PROTO: 28,
  VXLAN_INVALID_HDR: 29,
  VXLAN_VNI_NOT_FOUND: 30,
  VXLAN_ENTRY_EXISTS: 31,
  MAC_INVALID_SOURCE: 32,
  LOCAL_MAC: 33,
  IP_TUNNEL_ECN: 34,
  NO_TX_TARGET: 35,
  UNICAST_IN_L2_MULTICAST: 36,
  // The kernel has no name for the eight that follow.
  TTL_EXPIRED: 37,
  ARP_INVALID: 38,
  BLACKHOLE: 39,
  ICMP_INVALID: 40,
  IP_OPTIONS: 41,
  FRAG_INVALID: 42,
  BRIDGE_NO_PORT: 43,
  REJECTED: 44,
  FULL_RING: 45,
  MAC_IEEE_MAC_CONTROL: 46,
  DUP_FRAG: 47,
  FRAG_REASM_TIMEOUT: 48,
  FRAG_TOO_FAR: 49,
  // Nor for the three that follow.
  FRAG_OVERLAP: 50,
  FRAG_ECN: 51,
  FRAG_NOMEM: 52,
  IP_RPFILTER: 53,
  // Nor for this one.
  LINK_LOSS: 54,
  // From here on the kernel's names again: of TCP.
  TCP_FLAGS: 55,
  TCP_INVALID_SYN: 56,
  TCP_RESET: 57,
  TCP_OLD_DATA: 58,
  TCP_OVERWINDOW: 59,
  TCP_ZEROWINDOW: 60,
  TCP_INVALID_ACK_SEQUENCE: 61,
  TCP_ACK_UNSENT_DATA: 62,
  TCP_TOO_OLD_ACK: 63,
  TCP_LISTEN_OVERFLOW: 64,
  TUNNEL_TXINFO: 65,
  OVS_DROP_LAST_ACTION: 66,
  // Those that follow are Cilium's (bpf/lib/common.h), in its own words.
  DROP_INVALID_SIP: 67,
  DROP_INVALID: 68,
  DROP_UNKNOWN_L3: 69,
  DROP_UNROUTABLE: 70,
  DROP_INVALID_IDENTITY: 71,
  DROP_TTL_EXCEEDED: 72,
  DROP_POLICY: 73,
  DROP_CT_CREATE_FAILED: 74,
  // The kernel's again, and one that it only logs ("nf_conntrack: table full, dropping packet").
  NETFILTER_DROP: 75,
  CT_TABLE_FULL: 76,
  // The kernel has no name for this one.
  SCTP_CSUM: 77,
  // The kernel says NETFILTER_DROP of these, whatever the rule.
  WORKLOAD_ENCAP: 78,
  TUNNEL_STRANGER: 79,
} as const;

export type DropReason = (typeof DropReason)[keyof typeof DropReason];

const SENTENCES: Record<keyof typeof DropReason, string> = {
  NONE: "not dropped",
  PKT_TOO_SMALL: "the packet is shorter than a header says",
  IP_INHDR: "the IPv4 header is wrong",
  IP_CSUM: "the IPv4 header checksum is wrong",
  UDP_CSUM: "the UDP checksum is wrong",
  TCP_CSUM: "the TCP checksum is wrong",
  ICMP_CSUM: "the ICMP checksum is wrong",
  OTHERHOST: "the destination MAC is another host's",
  UNHANDLED_PROTO: "nobody handles this EtherType",
  IP_NOPROTO: "nobody handles this IP protocol",
  NO_SOCKET: "no socket is bound to the destination port",
  SOCKET_RCVBUFF: "the socket's receive queue is full",
  IP_INADDRERRORS: "the destination address cannot be forwarded to",
  IP_INNOROUTES: "no route to the destination of a received packet",
  IP_OUTNOROUTES: "no route to the destination of a packet sent from here",
  IP_LOCAL_SOURCE: "the source address is one of our own",
  IP_INVALID_SOURCE: "the source address may not be a source",
  IP_INVALID_DEST: "the destination address may not be a destination",
  IP_LOCALNET: "a loopback address came from outside",
  PKT_TOO_BIG: "the packet is longer than the MTU on its way out",
  NEIGH_CREATEFAIL: "the neighbour table is full",
  NEIGH_FAILED: "the neighbour did not answer",
  NEIGH_QUEUEFULL: "too many packets wait for this neighbour",
  NEIGH_DEAD: "the neighbour entry was removed while packets waited",
  NOMEM: "the packet pool is empty",
  DEV_READY: "the device is down",
  DEV_HDR: "the packet has no room for the link-layer header",
  HDR_TRUNC: "the frame ends inside its link-layer header",
  INVALID_PROTO: "a message of this kind is not taken when sent to a broadcast address",
  VXLAN_INVALID_HDR: "the VXLAN header is wrong",
  VXLAN_VNI_NOT_FOUND: "no VXLAN device has this VNI",
  VXLAN_ENTRY_EXISTS: "a static FDB entry says that this MAC lives behind another VTEP",
  MAC_INVALID_SOURCE: "the source MAC is a group address or all zeroes",
  LOCAL_MAC: "the source MAC is the receiving device's own",
  IP_TUNNEL_ECN: "the outer header says congestion, the inner one cannot carry it (RFC 6040)",
  NO_TX_TARGET: "the tunnel knows no remote for it",
  UNICAST_IN_L2_MULTICAST: "a unicast IP destination came in a group frame and is not to be forwarded",
  TTL_EXPIRED: "the time to live ran out in transit",
  ARP_INVALID: "the ARP packet is not Ethernet/IPv4 request or reply",
  BLACKHOLE: "a blackhole route says to drop it silently",
  ICMP_INVALID: "the ICMP message is cut short or of an unknown type",
  IP_OPTIONS: "the IPv4 options are malformed or ask for source routing",
  FRAG_INVALID: "its datagram has a fragment without payload, two ends, or more than 65,535 bytes",
  BRIDGE_NO_PORT: "the bridge has no port to send it to",
  REJECTED: "an unreachable or prohibit route says to refuse it",
  FULL_RING: "the sender's queue is full",
  MAC_IEEE_MAC_CONTROL: "an Ethernet pause frame ends at the bridge",
  DUP_FRAG: "a fragment with these bytes is here already",
  FRAG_REASM_TIMEOUT: "the rest of the datagram did not come within 30 seconds",
  FRAG_TOO_FAR: "more than 64 fragments of other datagrams came from this sender since",
  FRAG_OVERLAP: "fragments of its datagram overlap",
  FRAG_ECN: "fragments of its datagram contradict each other on congestion (RFC 3168 section 5.3)",
  FRAG_NOMEM: "fragments that wait hold all memory that they may",
  LINK_LOSS: "the link lost the frame",
  IP_RPFILTER: "the reverse path filter does not believe the source address on this device",
  TCP_FLAGS: "the segment's flags make no sense in the connection's state",
  TCP_INVALID_SYN: "SYN in a connection that has had its own",
  TCP_RESET: "the reset does not stand where the next byte is expected",
  TCP_OLD_DATA: "the segment holds nothing that was not received before",
  TCP_OVERWINDOW: "the segment is beyond the receive window",
  TCP_ZEROWINDOW: "the receive window is closed",
  TCP_INVALID_ACK_SEQUENCE: "the segment acknowledges another handshake",
  TCP_ACK_UNSENT_DATA: "the segment acknowledges what was not sent",
  TCP_TOO_OLD_ACK: "the segment acknowledges what was acknowledged long ago",
  TCP_LISTEN_OVERFLOW: "as many handshakes are under way as the port takes",
  TUNNEL_TXINFO: "nobody said where the tunnel is to carry it",
  OVS_DROP_LAST_ACTION: "no action of its Open vSwitch flow sends it anywhere",
  DROP_INVALID_SIP: "Invalid source ip",
  DROP_INVALID: "Invalid packet",
  DROP_UNKNOWN_L3: "Unsupported L3 protocol",
  DROP_UNROUTABLE: "Stale or unroutable IP",
  DROP_INVALID_IDENTITY: "Invalid identity",
  DROP_TTL_EXCEEDED: "TTL exceeded",
  DROP_POLICY: "Policy denied",
  DROP_CT_CREATE_FAILED: "CT: Map insertion failed",
  NETFILTER_DROP: "a network policy does not allow it",
  CT_TABLE_FULL: "the table of tracked connections is full",
  SCTP_CSUM: "the SCTP checksum is wrong",
  WORKLOAD_ENCAP: "pods may not send tunnel packets, which would carry anything past policies",
  TUNNEL_STRANGER: "tunnel packets are taken from other nodes alone",
};

const NAMES = Object.keys(DropReason) as (keyof typeof DropReason)[];

/** Count of reasons: the length of an array indexed by reason. */
export const DROP_REASON_COUNT: number = NAMES.length;

/** A reason's name, such as `IP_CSUM`. @throws RangeError for a number that is no reason. */
export function dropReasonName(reason: number): string {
  const name = NAMES[reason];
  if (name === undefined) throw new RangeError(`expected a drop reason below ${NAMES.length}, found ${reason}`);
  return name;
}

/** A reason's sentence, such as "the IPv4 header checksum is wrong". @throws RangeError likewise. */
export function dropReasonText(reason: number): string {
  return SENTENCES[dropReasonName(reason) as keyof typeof DropReason];
}
