import { describe, expect, it } from "vitest";
import { innermostFrame, stripVxlan } from "../../../src/wire/strip-vxlan.ts";
import * as frames from "./frames.ts";
import { withOldTag, withSnap } from "./link-frames.ts";
import { placed } from "./placed.ts";

/** Where the frame begins without tunnels, from its first byte; `change` may change a byte of it. */
function strip(frame: Uint8Array, ...change: readonly [position: number, value: number][]): number {
  const copy = frame.slice();
  for (const [position, value] of change) copy[position] = value;
  const { view, offset, end } = placed(copy);
  return stripVxlan(view, offset, end) - offset;
}

/** Outer Ethernet, IPv4, UDP and VXLAN. */
const OUTER = 14 + 20 + 8 + 8;

const PORT = 14 + 20 + 2;
const FLAGS = 14 + 20 + 8;

describe("stripVxlan", () => {
  it("gives the frame inside", () => {
    expect(strip(frames.VXLAN_ECHO_REQUEST)).toBe(OUTER);
    expect(strip(frames.VXLAN_ARP_REQUEST)).toBe(OUTER);
  });

  it("knows the port that Linux had before", () => {
    expect(strip(frames.VXLAN_ECHO_REQUEST, [PORT, 0x21], [PORT + 1, 0x18])).toBe(OUTER);
    expect(strip(frames.VXLAN_ECHO_REQUEST, [PORT + 1, 0xb6])).toBe(0);
  });

  it("gives the frame inside of one in another", () => {
    const inner = frames.VXLAN_ARP_REQUEST;
    const outer = Uint8Array.of(...frames.VXLAN_ECHO_REQUEST.subarray(0, OUTER), ...inner);
    new DataView(outer.buffer).setUint16(14 + 2, outer.length - 14);
    expect(strip(outer)).toBe(2 * OUTER);
  });

  it("ignores reserved bits (RFC 7348 section 5), but wants the I bit", () => {
    expect(strip(frames.VXLAN_ECHO_REQUEST, [FLAGS, 0x88], [FLAGS + 7, 1])).toBe(OUTER);
    expect(strip(frames.VXLAN_ECHO_REQUEST, [FLAGS, 0xf7])).toBe(0);
  });

  it("leaves fragments, TCP to the port, and broken headers as they are", () => {
    expect(strip(frames.VXLAN_ECHO_REQUEST, [14 + 6, 0x20])).toBe(0);
    expect(strip(frames.VXLAN_ECHO_REQUEST, [14 + 7, 1])).toBe(0);
    expect(strip(frames.VXLAN_ECHO_REQUEST, [14 + 9, 6])).toBe(0);
    expect(strip(frames.VXLAN_ECHO_REQUEST, [14, 0x44])).toBe(0);
    // A total length that ends before the inner frame does.
    expect(strip(frames.VXLAN_ECHO_REQUEST, [14 + 2, 0], [14 + 3, 40])).toBe(0);
  });

  it("ends the frame with the datagram, whatever stands behind it", () => {
    const find = (bytes: Uint8Array): number[] => {
      const { view, offset, end } = placed(bytes);
      const found = innermostFrame(view, offset, end);
      return [found.offset - offset, found.end - offset, found.statedEnd - offset];
    };
    const frame = frames.VXLAN_ECHO_REQUEST;
    const { length } = frame;
    expect(find(frame)).toEqual([OUTER, length, length]);
    expect(find(Uint8Array.of(...frame, 1, 2, 3, 4))).toEqual([OUTER, length, length]);
    expect(find(frame.subarray(0, 90))).toEqual([OUTER, 90, length]);
    expect(find(frames.UDP_DATAGRAM)).toEqual([0, frames.UDP_DATAGRAM.length, Infinity]);
    // The datagram ends before the packet does.
    const short = frame.slice();
    new DataView(short.buffer).setUint16(14 + 20 + 4, 8 + 8 + 20);
    expect(find(short)).toEqual([OUTER, OUTER + 20, OUTER + 20]);
    // Segmentation offload leaves lengths of 0.
    new DataView(short.buffer).setUint16(14 + 20 + 4, 0);
    expect(find(short)).toEqual([OUTER, length, Infinity]);
  });

  it("finds tunnels behind tags of 0x9100 and behind SNAP", () => {
    expect(strip(withOldTag(frames.VXLAN_ECHO_REQUEST))).toBe(OUTER + 4);
    expect(strip(withSnap(frames.VXLAN_ECHO_REQUEST))).toBe(OUTER + 8);
  });

  it("needs the inner Ethernet header, and no more of a frame that is cut", () => {
    const lengths = Array.from({ length: frames.VXLAN_ECHO_REQUEST.length + 1 }, (_, length) => length);
    expect(lengths.filter((length) => strip(frames.VXLAN_ECHO_REQUEST.subarray(0, length)) > 0)[0]).toBe(OUTER + 14);
  });

  it.each(Object.entries(frames).filter(([name]) => !name.startsWith("VXLAN")))("leaves %s as it is", (_name, frame) =>
    expect(strip(frame)).toBe(0),
  );
});
