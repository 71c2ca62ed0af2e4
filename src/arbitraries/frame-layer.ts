/** The layers that a frame is made of: what is planned, and where it came to stand. */
import type { arp, ethernet, icmpv4, ipv4, tcp, vlan, vxlan } from "../wire/index.ts";

/** Ethernet, without the EtherType: what is carried decides it. */
export interface EthernetLayerFields extends Omit<ethernet.EthernetFields, "etherType"> {
  /** Zeroes follow until the frame has this many bytes; a network card needs 60. 0, none, when left out. */
  readonly minimumLength?: number;
}

/** IPv4, without what the rest of the frame decides. */
export type Ipv4LayerFields = Omit<ipv4.Ipv4Fields, "totalLength" | "protocol">;

/** ICMP: an echo's identifier and sequence, a redirect's gateway, a parameter problem's pointer, as the type has it. */
export interface IcmpLayerFields extends icmpv4.IcmpFields {
  readonly gateway?: number;
  readonly pointer?: number;
}

/** UDP, without the length. */
export interface UdpLayerFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** False: the checksum is 0, "none", as most tunnels send it. True when left out. */
  readonly hasChecksum?: boolean;
}

/** What is no header of ours. */
export interface PayloadFields {
  readonly bytes: Uint8Array;
  /**
   * What the layer around it says that it is: an EtherType (or an 802.3 length) or an IP protocol. When left out, the
   * numbers for experiments: 0x88b5 (IEEE 802, "Local Experimental EtherType 1") and 253 (RFC 3692).
   */
  readonly type?: number;
}

/** The fields of each kind of layer. */
export interface LayerFields {
  readonly ethernet: EthernetLayerFields;
  readonly vlan: vlan.VlanFields;
  readonly arp: arp.ArpFields;
  readonly ipv4: Ipv4LayerFields;
  readonly icmpv4: IcmpLayerFields;
  readonly udp: UdpLayerFields;
  readonly tcp: tcp.TcpFields;
  readonly vxlan: vxlan.VxlanFields;
  readonly payload: PayloadFields;
}

/** "ethernet", "vlan", "arp", "ipv4", "icmpv4", "udp", "tcp", "vxlan" or "payload". */
export type LayerProtocol = keyof LayerFields;

/** A layer as its sender means it; lengths, types and checksums follow from the whole frame. */
export type LayerPlan<Protocol extends LayerProtocol = LayerProtocol> = {
  readonly [Name in Protocol]: { readonly protocol: Name; readonly fields: LayerFields[Name] };
}[Protocol];

/** A layer of a frame that stands. Positions are bytes from the frame's first. */
export type Layer<Protocol extends LayerProtocol = LayerProtocol> = {
  readonly [Name in Protocol]: {
    readonly protocol: Name;
    readonly fields: LayerFields[Name];
    /** Where its codec expects it: of a VLAN tag, where an untagged frame has its EtherType. */
    readonly offset: number;
    /** Length of the header with its options; of a payload, all of it. */
    readonly length: number;
    /** Position behind all that it carries, Ethernet's padding included. */
    readonly end: number;
  };
}[Protocol];
