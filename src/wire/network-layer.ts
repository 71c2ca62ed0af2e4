/**
 * Where the network layer begins in a captured packet, by its link type (draft-ietf-opsawg-pcaplinktype), whatever of
 * the packet is there.
 */

import { ETHER_TYPE } from "./ethernet.ts";
import { LINK_HEADERS, LinkType } from "./link-headers.ts";
import { lastEtherTypeOffset } from "./vlan.ts";

const ETHER_TYPE_LENGTH = 2;

/** What is carried, and where. */
export interface NetworkLayer {
  readonly etherType: number;
  readonly offset: number;
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
  return { etherType: header.etherType(view, offset, end), offset: offset + header.length };
}

/** The same for an Ethernet frame: behind all VLAN tags. */
export function ethernetPayload(view: DataView, offset: number, end: number): NetworkLayer | undefined {
  const type = lastEtherTypeOffset(view, offset + ETHER_TYPE, end);
  return type < 0 ? undefined : { etherType: view.getUint16(type), offset: type + ETHER_TYPE_LENGTH };
}
