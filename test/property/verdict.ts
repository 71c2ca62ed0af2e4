/** What the codecs' checks and checksums say of a frame, layer by layer from the outermost in, from its bytes alone. */
import {
  arp,
  DropReason,
  ethernet,
  EtherType,
  icmpv4,
  ipv4,
  Protocol,
  tcp,
  udp,
  vlan,
  vxlan,
} from "../../src/wire/index.ts";

/** The first layer that is refused, counted from the outermost, and why; or how many there are, and NONE. */
export interface Verdict {
  readonly layer: number;
  readonly reason: DropReason;
}

/** A place in a frame: what it is the position of, and where what is around it ends. */
interface Place {
  readonly view: DataView;
  readonly offset: number;
  readonly end: number;
  /** Index of the layer that stands here. */
  readonly layer: number;
}

/** The verdict on an Ethernet frame. */
export function verdictOnFrame(bytes: Uint8Array): Verdict {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return onEthernet({ view, offset: 0, end: bytes.length, layer: 0 });
}

/** The verdict on an IPv4 packet. */
export function verdictOnPacket(bytes: Uint8Array): Verdict {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return onIpv4({ view, offset: 0, end: bytes.length, layer: 0 });
}

function onEthernet({ view, offset, end, layer }: Place): Verdict {
  const reason = ethernet.check(view, offset, end);
  if (reason !== DropReason.NONE) return { layer, reason };
  let position = offset + ethernet.ETHER_TYPE;
  let index = layer + 1;
  for (; vlan.isTag(view.getUint16(position)); index++) {
    const tag = vlan.check(view, position, end);
    if (tag !== DropReason.NONE) return { layer: index, reason: tag };
    position += vlan.TAG_LENGTH;
  }
  const content = { view, offset: position + 2, end, layer: index };
  const etherType = view.getUint16(position);
  if (etherType === EtherType.IPV4) return onIpv4(content);
  if (etherType === EtherType.ARP) return ending(content, arp.check(view, content.offset, end));
  return { layer: index, reason: DropReason.NONE };
}

/** The verdict where nothing follows that could be checked. */
function ending({ layer }: Place, reason: DropReason): Verdict {
  return reason === DropReason.NONE ? { layer: layer + 1, reason } : { layer, reason };
}

function onIpv4(place: Place): Verdict {
  const { view, offset, end, layer } = place;
  const reason = ipv4.check(view, offset, end) || ipv4.checkOptions(view, offset);
  if (reason !== DropReason.NONE) return { layer, reason };
  // What a fragment carries is checked when it is whole.
  if (ipv4.isFragment(view, offset)) return { layer: layer + 1, reason: DropReason.NONE };
  const content = {
    view,
    offset: offset + ipv4.headerLength(view, offset),
    end: offset + ipv4.totalLength(view, offset),
    layer: layer + 1,
  };
  switch (ipv4.protocol(view, offset)) {
    case Protocol.IPIP:
      return onIpv4(content);
    case Protocol.ICMP:
      return ending(content, icmpReason(content));
    case Protocol.TCP:
      return ending(content, tcpReason(content, offset));
    case Protocol.UDP:
      return onUdp(content, offset);
    default:
      return { layer: layer + 1, reason: DropReason.NONE };
  }
}

function icmpReason({ view, offset, end }: Place): DropReason {
  const reason = icmpv4.check(view, offset, end);
  if (reason !== DropReason.NONE) return reason;
  return icmpv4.verifyChecksum(view, offset, end) ? DropReason.NONE : DropReason.ICMP_CSUM;
}

function tcpReason({ view, offset, end }: Place, ipOffset: number): DropReason {
  const reason = tcp.check(view, offset, end);
  if (reason !== DropReason.NONE) return reason;
  return tcp.verifyChecksum(view, ipOffset, offset, end) ? DropReason.NONE : DropReason.TCP_CSUM;
}

function onUdp(place: Place, ipOffset: number): Verdict {
  const { view, offset, end, layer } = place;
  const reason = udp.check(view, offset, end);
  if (reason !== DropReason.NONE) return { layer, reason };
  if (!udp.verifyChecksum(view, ipOffset, offset)) return { layer, reason: DropReason.UDP_CSUM };
  if (udp.destinationPort(view, offset) !== vxlan.PORT) return { layer: layer + 1, reason: DropReason.NONE };
  const header = { ...place, offset: offset + udp.HEADER_LENGTH, layer: layer + 1 };
  const tunnel = vxlan.check(view, header.offset, end);
  if (tunnel !== DropReason.NONE) return { layer: layer + 1, reason: tunnel };
  return onEthernet({ ...header, offset: header.offset + vxlan.HEADER_LENGTH, layer: layer + 2 });
}
