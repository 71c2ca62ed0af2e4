import { expect, it } from "vitest";
import { LayerScan } from "../../../src/wire/layer-scan.ts";
import { ProtocolChain } from "../../../src/wire/protocol-chain.ts";
import * as frames from "./frames.ts";
import { placed } from "./placed.ts";

const chain = new ProtocolChain();
const scan = new LayerScan();

/** What one writer writes of a frame, behind what it has written before. */
function chainOf(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  scan.scan(view, offset, end, bytes.length, 1);
  const target = new Uint8Array(256);
  const stop = chain.write(new DataView(target.buffer), 7, scan);
  return Buffer.from(target.subarray(7, stop)).toString("latin1");
}

it.each([
  [frames.UDP_DATAGRAM, "eth:ethertype:ip:udp:data"],
  [frames.UDP_DATAGRAM, "eth:ethertype:ip:udp:data"],
  [frames.STACKED_VLAN_UDP, "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ip:udp:data"],
  [frames.SPANNING_TREE, "eth:llc:spanning-tree"],
  [frames.SPANNING_TREE.subarray(0, 14), "eth:ethertype"],
  [frames.PADDED_ARP_REQUEST, "eth:ethertype:arp"],
  [frames.ARP_REQUEST, "eth:ethertype:arp"],
  [frames.VXLAN_ECHO_REQUEST, "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:icmp:data"],
])("a chain of protocols, frame after frame (%#)", (bytes, expected) => {
  expect(chainOf(bytes)).toBe(expected);
});
