/** What travels above Ethernet and IPv4, by name: known to dissections, most of it not decoded. */

/** EtherTypes (IANA "IEEE 802 Numbers"; IEEE Registration Authority). */
const ETHER_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [0x0800, "ipv4"],
  [0x0806, "arp"],
  [0x0842, "wake-on-lan"],
  [0x22f0, "avtp"],
  [0x6558, "ethernet-bridging"],
  [0x8035, "rarp"],
  [0x809b, "appletalk"],
  [0x80f3, "aarp"],
  [0x8100, "vlan"],
  [0x8137, "ipx"],
  [0x86dd, "ipv6"],
  [0x8808, "mac-control"],
  [0x8809, "slow-protocols"],
  [0x880b, "ppp"],
  [0x8847, "mpls"],
  [0x8848, "mpls-multicast"],
  [0x8863, "pppoe-discovery"],
  [0x8864, "pppoe"],
  [0x886f, "microsoft-nlb"],
  [0x888e, "eapol"],
  [0x8892, "profinet"],
  [0x88a2, "aoe"],
  [0x88a4, "ethercat"],
  [0x88a8, "service-vlan"],
  [0x88b5, "local-experiment"],
  [0x88b6, "local-experiment"],
  [0x88b7, "oui-extended"],
  [0x88b8, "goose"],
  [0x88ba, "sampled-values"],
  [0x88be, "erspan"],
  [0x88ca, "tipc"],
  [0x88cc, "lldp"],
  [0x88e5, "macsec"],
  [0x88e7, "provider-backbone"],
  [0x88f7, "ptp"],
  [0x8902, "cfm"],
  [0x8906, "fcoe"],
  [0x8914, "fcoe-initialization"],
  [0x8915, "roce"],
  [0x8926, "vn-tag"],
  [0x892f, "hsr"],
  [0x894f, "nsh"],
  [0x9000, "loopback-test"],
  [0x9100, "vlan"],
]);

/** IPv4 protocols (IANA "Protocol Numbers"), without the tail that nobody meets. */
const IP_PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "ipv6-hop-by-hop"],
  [1, "icmpv4"],
  [2, "igmp"],
  [4, "ipv4"],
  [6, "tcp"],
  [8, "egp"],
  [17, "udp"],
  [27, "rdp"],
  [33, "dccp"],
  [41, "ipv6"],
  [43, "ipv6-route"],
  [44, "ipv6-fragment"],
  [46, "rsvp"],
  [47, "gre"],
  [50, "esp"],
  [51, "ah"],
  [55, "mobile-ip"],
  [58, "icmpv6"],
  [59, "ipv6-no-next"],
  [60, "ipv6-options"],
  [88, "eigrp"],
  [89, "ospf"],
  [94, "ipip-old"],
  [97, "etherip"],
  [103, "pim"],
  [108, "ipcomp"],
  [112, "vrrp"],
  [113, "pgm"],
  [115, "l2tp"],
  [132, "sctp"],
  [136, "udplite"],
  [137, "mpls"],
  [143, "ethernet"],
]);

/** LLC service access points (IEEE 802 "LLC addresses"), without their lowest bit. */
const LLC_NAMES: ReadonlyMap<number, string> = new Map([
  [0x04, "sna"],
  [0x06, "ipv4"],
  [0x42, "spanning-tree"],
  [0x98, "arp"],
  [0xe0, "ipx"],
  [0xf0, "netbios"],
  [0xfe, "iso"],
]);

/** SNAP protocols: the organisation's 24 bits and the protocol's 16. */
const SNAP_NAMES: ReadonlyMap<number, string> = new Map([
  [0x00000c_010b, "per-vlan-spanning-tree"],
  [0x00000c_0111, "udld"],
  [0x00000c_2000, "cdp"],
  [0x00000c_2003, "vtp"],
  [0x00000c_2004, "dtp"],
  [0x00e02b_00bb, "edp"],
]);

/** `ipv6`, `lldp`, or for one without a name `ethertype-0x9999`. */
export function etherTypeName(etherType: number): string {
  return ETHER_TYPE_NAMES.get(etherType) ?? `ethertype-0x${etherType.toString(16).padStart(4, "0")}`;
}

/** The number with its name behind where it has one: `0x0800 (ipv4)`. */
export function etherTypeText(etherType: number): string {
  return named(`0x${etherType.toString(16).padStart(4, "0")}`, ETHER_TYPE_NAMES.get(etherType));
}

/** The number with its name behind where it has one: `6 (tcp)`. */
export function ipProtocolText(protocol: number): string {
  return named(String(protocol), IP_PROTOCOL_NAMES.get(protocol));
}

/** A number's text, and its name behind where it has one. */
export function named(number: string, name: string | undefined): string {
  return name === undefined ? number : `${number} (${name})`;
}

/** `gre`, `sctp`, or for one without a name `ip-protocol-253`. */
export function ipProtocolName(protocol: number): string {
  return IP_PROTOCOL_NAMES.get(protocol) ?? `ip-protocol-${protocol}`;
}

/** `spanning-tree`, `iso`, or for one without a name `llc-0x7e`. */
export function llcName(serviceAccessPoint: number): string {
  const point = serviceAccessPoint & 0xfe;
  return LLC_NAMES.get(point) ?? `llc-0x${point.toString(16).padStart(2, "0")}`;
}

/** `cdp`, or for one without a name `snap-00000c-0001`; `number` is the organisation's 24 bits and the protocol's 16. */
export function snapName(number: number): string {
  const digits = number.toString(16).padStart(10, "0");
  return SNAP_NAMES.get(number) ?? `snap-${digits.slice(0, 6)}-${digits.slice(6)}`;
}
