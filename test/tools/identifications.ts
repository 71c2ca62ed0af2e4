/** Frames as text, but for the IPv4 identifications, which depend on what else a namespace has sent. */
import { EtherType, ethernet, icmpv4, ipv4, Protocol, udp, vxlan } from "../../src/wire/index.ts";

/** A frame's bytes without the identifications in it. */
export function textWithoutIdentifications(frame: Uint8Array): string {
  const bytes = frame.slice();
  const view = new DataView(bytes.buffer);
  blankIdentifications(view, 0);
  return Buffer.from(bytes).toString("hex");
}

function blankIdentifications(view: DataView, offset: number): void {
  const network = offset + ethernet.HEADER_LENGTH;
  if (view.byteLength < network || ethernet.etherType(view, offset) !== EtherType.IPV4) return;
  if (ipv4.check(view, network, view.byteLength) === 0) blankIdentification(view, network);
}

/** Of a sound packet, and of what it holds or quotes; checksums over it go too. */
function blankIdentification(view: DataView, network: number): void {
  if (view.byteLength < network + ipv4.HEADER_LENGTH) return;
  ipv4.setIdentification(view, network, 0);
  ipv4.setHeaderChecksum(view, network, 0);
  const payload = network + ipv4.headerLength(view, network);
  if (view.byteLength < payload + udp.HEADER_LENGTH) return;
  const protocol = ipv4.protocol(view, network);
  if (protocol === Protocol.UDP && udp.destinationPort(view, payload) === vxlan.PORT)
    blankIdentifications(view, payload + udp.HEADER_LENGTH + vxlan.HEADER_LENGTH);
  if (protocol === Protocol.ICMP && icmpv4.isError(icmpv4.type(view, payload))) {
    icmpv4.setMessageChecksum(view, payload, 0);
    blankIdentification(view, icmpv4.quotedOffset(payload));
  }
}
