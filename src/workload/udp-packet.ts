/** The packets of the workloads: UDP with zeroes in it. */
import { update } from "../bytes/checksum.ts";
import { ethernet, EtherType, ipv4, Protocol, udp } from "../wire/index.ts";

const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;

/** Where packets start their life. */
export const TIME_TO_LIVE = 64;

export interface UdpPacket {
  readonly totalLength: number;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Writes IPv4 and UDP headers, without a UDP checksum. */
export function writeUdpPacket(view: DataView, offset: number, packet: UdpPacket): void {
  const { totalLength, source, destination } = packet;
  ipv4.write(view, offset, {
    totalLength,
    dontFragment: true,
    timeToLive: TIME_TO_LIVE,
    protocol: Protocol.UDP,
    source,
    destination,
  });
  udp.write(view, offset + ipv4.HEADER_LENGTH, {
    sourcePort: packet.sourcePort,
    destinationPort: packet.destinationPort,
    datagramLength: totalLength - ipv4.HEADER_LENGTH,
  });
}

/** The same behind an Ethernet header. */
export function writeUdpFrame(
  view: DataView,
  offset: number,
  macs: { readonly destination: number; readonly source: number },
  packet: UdpPacket,
): void {
  ethernet.write(view, offset, { ...macs, etherType: EtherType.IPV4 });
  writeUdpPacket(view, offset + ETHERNET_HEADER_LENGTH, packet);
}

/** Undoes what routers took from it, checksum included. */
export function restoreTimeToLive(view: DataView, offset: number): void {
  const word = view.getUint16(offset + TIME_TO_LIVE_WORD);
  const restored = (TIME_TO_LIVE << 8) | (word & 0xff);
  const checksum = update(view.getUint16(offset + CHECKSUM), word, restored);
  view.setInt32(offset + TIME_TO_LIVE_WORD, (restored << 16) | checksum);
}

/** Time to live and protocol; the checksum follows. */
const TIME_TO_LIVE_WORD = 8;
const CHECKSUM = 10;
