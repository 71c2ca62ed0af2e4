import { describe, expect, it } from "vitest";
import { dissect, type Dissection, type FieldValue } from "../../../src/wire/dissection.ts";
import { encodeFrame } from "../../../src/wire/encode-frame.ts";
import * as ipv4 from "../../../src/wire/ipv4.ts";
import * as tcp from "../../../src/wire/tcp.ts";
import * as vxlan from "../../../src/wire/vxlan.ts";
import * as frames from "./frames.ts";

function apart(bytes: Uint8Array): Dissection {
  return dissect(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

/** The same dissection with another value in one field. */
function changed({ layers }: Dissection, name: string, value: FieldValue | undefined): Dissection {
  return {
    layers: layers.map((layer) => ({
      ...layer,
      fields: layer.fields.flatMap((field) => {
        if (field.name !== name) return [field];
        return value === undefined ? [] : [{ ...field, value }];
      }),
    })),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

describe("encodeFrame", () => {
  it.each(Object.entries(frames))("gives %s again", (_name, frame) => {
    expect(encodeFrame(apart(frame))).toEqual(Uint8Array.from(frame));
  });

  it("gives back every bit of every header", () => {
    const { VXLAN_ECHO_REQUEST, STACKED_VLAN_UDP, ARP_REQUEST, SPANNING_TREE, TCP_SYN } = frames;
    for (const frame of [VXLAN_ECHO_REQUEST, STACKED_VLAN_UDP, ARP_REQUEST, SPANNING_TREE, TCP_SYN]) {
      for (let bit = 0; bit < 8 * frame.length; bit++) {
        const bytes = Uint8Array.from(frame);
        bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
        expect(encodeFrame(apart(bytes)), `bit ${bit}`).toEqual(bytes);
      }
    }
  });

  it("writes what a field was changed to", () => {
    const view = viewOf(encodeFrame(changed(apart(frames.TCP_SYN), "ipv4.timeToLive", 7)));
    expect(ipv4.timeToLive(view, 14)).toBe(7);
    expect(ipv4.verifyHeaderChecksum(view, 14)).toBe(false);
    const options = tcp.buildOptions([
      { name: "maximumSegmentSize", size: 536 },
      ...Array<tcp.TcpOption>(16).fill({ name: "nop" }),
    ]);
    const other = viewOf(encodeFrame(changed(apart(frames.TCP_SYN), "tcp.options", options)));
    expect(tcp.text(other, 34, 74)).toContain("mss 536,nop");
    expect(vxlan.vni(viewOf(encodeFrame(changed(apart(frames.VXLAN_ARP_REQUEST), "vxlan.vni", 0xabcdef))), 42)).toBe(
      0xabcdef,
    );
  });

  it.each<[string, FieldValue | undefined, string]>([
    ["ipv4.source", undefined, "expected a number as field ipv4.source, found none"],
    ["ipv4.source", "10.0.0.1", "expected a number as field ipv4.source, found string"],
    ["ipv4.dontFragment", 1, "expected true or false as field ipv4.dontFragment, found number"],
    ["tcp.options", true, "expected bytes as field tcp.options, found boolean"],
  ])("refuses %s of %j", (name, value, message) => {
    expect(() => encodeFrame(changed(apart(frames.TCP_SYN), name, value))).toThrow(new RangeError(message));
  });

  it("gives no bytes for no layers", () => {
    expect(encodeFrame({ layers: [] })).toEqual(new Uint8Array());
  });
});
