/** What layers are called: in dissections, and in tshark's chain of protocols. */

import { LayerKind } from "./layer-kinds.ts";
import { EtherType } from "./ethernet.ts";
import { etherTypeName, ipProtocolName, llcName, snapName } from "./protocol-names.ts";

/** By LayerKind: in dissections, and in tshark's words. */
const NAMES: Readonly<Record<number, readonly [name: string, tshark: string]>> = {
  [LayerKind.ETHERNET]: ["ethernet", "eth"],
  [LayerKind.VLAN]: ["vlan", "vlan"],
  [LayerKind.LLC]: ["llc", "llc"],
  [LayerKind.ARP]: ["arp", "arp"],
  [LayerKind.IPV4]: ["ipv4", "ip"],
  [LayerKind.ICMPV4]: ["icmpv4", "icmp"],
  [LayerKind.UDP]: ["udp", "udp"],
  [LayerKind.TCP]: ["tcp", "tcp"],
  [LayerKind.VXLAN]: ["vxlan", "vxlan"],
  [LayerKind.PAYLOAD]: ["payload", "data"],
  [LayerKind.PADDING]: ["padding", "padding"],
  [LayerKind.INTER_SWITCH_LINK]: ["isl", "isl"],
  [LayerKind.LOOPBACK]: ["loopback", "null"],
  [LayerKind.LINUX_SLL]: ["linux-sll", "sll"],
  [LayerKind.LINUX_SLL2]: ["linux-sll2", "sll"],
  [LayerKind.SCTP]: ["sctp", "sctp"],
};

/**
 * A layer's name in a dissection: `ipv4`, or of one that is only named `gre`.
 *
 * @param number the layer's in a LayerTable
 */
export function layerName(kind: number, number: number): string {
  return NAMES[kind]?.[0] ?? otherName(kind, number);
}

/** The same in the words of tshark's frame.protocols, which has another one for 802.1ad's tags. */
export function tsharkName(kind: number, number: number): string {
  if (kind === LayerKind.VLAN && number === EtherType.SERVICE_VLAN) return "ieee8021ad";
  return NAMES[kind]?.[1] ?? otherName(kind, number);
}

function otherName(kind: number, number: number): string {
  switch (kind) {
    case LayerKind.OTHER_ETHER_TYPE:
      return etherTypeName(number);
    case LayerKind.OTHER_PROTOCOL:
      return ipProtocolName(number);
    case LayerKind.OTHER_SERVICE_ACCESS_POINT:
      return llcName(number);
    case LayerKind.OTHER_SNAP:
      return snapName(number);
    default:
      return `link-type-${number}`;
  }
}
