/** What an 802.3 frame carries that has a length in place of a type, by tcpdump's names. */

import * as llc from "./llc.ts";

/** By service access point, without its lowest bit. */
const NAMES: Readonly<Record<number, string>> = {
  [llc.ServiceAccessPoint.SPANNING_TREE]: "STP",
  [llc.ServiceAccessPoint.IPX]: "IPX",
  [llc.ServiceAccessPoint.NETBIOS]: "NetBEUI",
  [llc.ServiceAccessPoint.ISO]: "ISO",
};

/** Cisco's, under SNAP, by protocol. */
const CISCO = 0x00000c;
const CISCO_NAMES: Readonly<Record<number, string>> = {
  0x010b: "STP",
  0x0111: "UDLD",
  0x2000: "CDP",
  0x2003: "VTP",
  0x2004: "DTP",
};

/** Novell put IPX into frames without LLC; its first field, a checksum that was not used, is all ones. */
const NOVELL = 0xffff;

/**
 * The payload in `offset..end` in a word, `STP, length 35`, or undefined where it has no name.
 *
 * @param end position behind the payload's length, or behind what of it is there
 */
export function namedPayloadText(view: DataView, offset: number, end: number): string | undefined {
  if (offset + 2 <= end && view.getUint16(offset) === NOVELL) return `IPX, length ${end - offset}`;
  if (llc.check(view, offset, end) !== 0) return undefined;
  const name = nameOf(view, offset);
  return name && `${name}, length ${end - offset - llc.headerLength(view, offset)}`;
}

function nameOf(view: DataView, offset: number): string | undefined {
  if (!llc.isSnap(view, offset)) return NAMES[llc.destination(view, offset) & 0xfe];
  return llc.organisation(view, offset) === CISCO ? CISCO_NAMES[llc.protocol(view, offset)] : undefined;
}
