/**
 * Where the network layer begins in a captured packet, by its link type (draft-ietf-opsawg-pcaplinktype), whatever of
 * the packet is there.
 */

import { ETHER_TYPE, MAXIMUM_PAYLOAD_LENGTH } from "./ethernet.ts";
import { LINK_HEADERS, LinkType } from "./link-headers.ts";
import * as llc from "./llc.ts";
import { isCapturedTag, lastEtherTypeOffset } from "./vlan.ts";

const ETHER_TYPE_LENGTH = 2;

/** What is carried, and where. */
export interface NetworkLayer {
  /** Or an 802.3 length, where what stands behind it is not announced by an EtherType. */
  readonly etherType: number;
  readonly offset: number;
  /** Position behind what is there of it: that of the packet, or less where an 802.3 length says so. */
  readonly end: number;
}

/** Whether `findNetworkLayer` knows packets of a link type. */
export function isKnownLinkType(linkType: number): boolean {
  return linkType === LinkType.ETHERNET || LINK_HEADERS[linkType] !== undefined;
}

/** The network layer of a packet, or undefined where it is cut before it or of a link type that is not known. */
export function findNetworkLayer(
  view: DataView,
  offset: number,
  end: number,
  linkType: number,
): NetworkLayer | undefined {
  if (linkType === LinkType.ETHERNET) return ethernetPayload(view, offset, end);
  const header = LINK_HEADERS[linkType];
  if (header === undefined || offset + header.length >= end) return undefined;
  return { etherType: header.etherType(view, offset, end), offset: offset + header.length, end };
}

/** The same for an Ethernet frame: behind all VLAN tags, and behind SNAP where there is a length (RFC 1042). */
export function ethernetPayload(view: DataView, offset: number, end: number): NetworkLayer | undefined {
  const position = lastEtherTypeOffset(view, offset + ETHER_TYPE, end, isCapturedTag);
  if (position < 0) return undefined;
  const type = view.getUint16(position);
  const payload = position + ETHER_TYPE_LENGTH;
  if (type > MAXIMUM_PAYLOAD_LENGTH) return { etherType: type, offset: payload, end };
  const payloadEnd = Math.min(end, payload + type);
  const hasEtherType =
    llc.check(view, payload, payloadEnd) === 0 && llc.isSnap(view, payload) && llc.organisation(view, payload) === 0;
  if (!hasEtherType) return { etherType: type, offset: payload, end: payloadEnd };
  return { etherType: llc.protocol(view, payload), offset: payload + llc.SNAP_LENGTH, end: payloadEnd };
}
