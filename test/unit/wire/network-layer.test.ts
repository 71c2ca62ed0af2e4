import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { findNetworkLayer, isKnownLinkType } from "../../../src/wire/network-layer.ts";
import { STACKED_VLAN_UDP, UDP_DATAGRAM, VLAN_ARP_REQUEST } from "./frames.ts";
import { withOldTag, withSnap } from "./link-frames.ts";
import { placed } from "./placed.ts";

/** EtherType and offset from the packet's first byte. */
function find(bytes: Uint8Array, linkType: number): [etherType: number, offset: number] | undefined {
  const { view, offset, end } = placed(bytes);
  const found = findNetworkLayer(view, offset, end, linkType);
  return found && [found.etherType, found.offset - offset];
}

const IPV4 = "4500";
const IPV6 = "6000";

describe("the network layer of", () => {
  it.each([
    ["an Ethernet frame", UDP_DATAGRAM, 1, [0x0800, 14]],
    ["one with a VLAN tag", VLAN_ARP_REQUEST, 1, [0x0806, 18]],
    ["one with two", STACKED_VLAN_UDP, 1, [0x0800, 22]],
    ["a raw packet", parseHex(IPV4), 101, [0x0800, 0]],
    ["a raw packet of IPv6", parseHex(IPV6), 12, [0x86dd, 0]],
    ["a packet of the link type IPV4", parseHex(IPV4), 228, [0x0800, 0]],
    ["one of that link type, whatever version it says it has", parseHex(IPV6), 228, [0x0800, 0]],
    ["a packet of the link type IPV6, likewise", parseHex(IPV4), 229, [0x86dd, 0]],
    ["a packet of BSD's loopback", parseHex(`02000000${IPV4}`), 0, [0x0800, 4]],
    ["a packet of OpenBSD's loopback", parseHex(`00000018${IPV6}`), 108, [0x86dd, 4]],
    ["a cooked packet", parseHex(`0000 0001 0006 0a580af40105 0000 0806 ${IPV4}`), 113, [0x0806, 16]],
    [
      "one of the second version",
      parseHex(`0800 0000 00000001 0001 00 06 0a580af401050000 ${IPV4}`),
      276,
      [0x0800, 20],
    ],
    ["one behind a tag of 0x9100", withOldTag(UDP_DATAGRAM), 1, [0x0800, 18]],
    ["one behind SNAP", withSnap(UDP_DATAGRAM), 1, [0x0800, 22]],
    ["one behind a tag and SNAP", withOldTag(withSnap(VLAN_ARP_REQUEST)), 1, [0x8100, 26]],
    ["SNAP of an organisation, its length", parseHex("0180c2000000021122334455 0008 aaaa0300000c2000"), 1, [8, 14]],
    ["an 802.3 frame, its length", parseHex("0180c2000000021122334455 0026 4242"), 1, [0x26, 14]],
  ])("%s", (_name, bytes, linkType, found) => expect(find(bytes, linkType)).toEqual(found));

  it.each([
    ["a frame that ends before its EtherType", UDP_DATAGRAM.subarray(0, 13), 1],
    ["a frame that ends within a tag", VLAN_ARP_REQUEST.subarray(0, 17), 1],
    ["an empty raw packet", new Uint8Array(0), 101],
    ["a loopback packet of its header alone", parseHex("02000000"), 0],
    ["a cooked packet that is cut", new Uint8Array(15), 113],
    ["one of the second version that is cut", new Uint8Array(19), 276],
    ["a link type that is not known", UDP_DATAGRAM, 105],
  ])("%s is not there", (_name, bytes, linkType) => expect(find(bytes, linkType)).toBeUndefined());

  it("ends with an 802.3 length, or with the packet", () => {
    const padded = Uint8Array.of(...withSnap(UDP_DATAGRAM), 1, 2, 3);
    const { view, offset, end } = placed(padded);
    expect(findNetworkLayer(view, offset, end, 1)?.end).toBe(end - 3);
    expect(findNetworkLayer(view, offset, end - 5, 1)?.end).toBe(end - 5);
  });

  it("is found in the link types that are known", () => {
    const known = Array.from({ length: 300 }, (_, linkType) => linkType).filter(isKnownLinkType);
    expect(known).toEqual([0, 1, 12, 14, 101, 108, 113, 228, 229, 276]);
  });
});
