import { describe, expect, it } from "vitest";
import { ipv4Extent } from "../../../src/wire/ipv4-extent.ts";
import { PADDED_ARP_REQUEST, RECORD_ROUTE, UDP_DATAGRAM } from "./frames.ts";
import { placed } from "./placed.ts";

/** Positions from the packet's first byte; `change` may change the packet. */
function extent(packet: Uint8Array, change: (packet: Uint8Array) => void = () => {}): unknown {
  const copy = packet.slice();
  change(copy);
  const { view, offset, end } = placed(copy);
  const found = ipv4Extent(view, offset, end);
  return found && [found.payload - offset, found.end - offset, found.isWhole];
}

const PACKET = UDP_DATAGRAM.subarray(14); // 33 bytes

describe("how much of an IPv4 packet is there", () => {
  it("is all of a whole one, without padding behind it", () => {
    expect(extent(PACKET)).toEqual([20, 33, true]);
    expect(extent(Uint8Array.of(...PACKET, 0, 0, 0))).toEqual([20, 33, true]);
    expect(extent(RECORD_ROUTE.subarray(14))).toEqual([60, 124, true]);
  });

  it("is what was captured of one that is cut", () => {
    expect(extent(PACKET.subarray(0, 25))).toEqual([20, 25, false]);
    expect(extent(PACKET.subarray(0, 20))).toEqual([20, 20, false]);
  });

  it("is what was captured of one whose total length is 0, or below its header's", () => {
    expect(extent(PACKET, (packet) => packet.fill(0, 2, 4))).toEqual([20, 33, false]);
    expect(extent(PACKET, (packet) => packet.fill(19, 3, 4))).toEqual([20, 33, false]);
  });

  it("is nothing without a whole header of IPv4", () => {
    expect(extent(PACKET.subarray(0, 19))).toBeUndefined();
    expect(extent(RECORD_ROUTE.subarray(14, 14 + 59))).toBeUndefined();
    expect(extent(PACKET, (packet) => packet.fill(0x44, 0, 1))).toBeUndefined();
    expect(extent(PACKET, (packet) => packet.fill(0x65, 0, 1))).toBeUndefined();
    expect(extent(PADDED_ARP_REQUEST)).toBeUndefined();
  });
});
