import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as vxlan from "../../../src/wire/vxlan.ts";
import { VXLAN_ECHO_REQUEST } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const HEADER = VXLAN_ECHO_REQUEST.subarray(42, 50);

function check(bytes: Uint8Array): number {
  const { view, offset, end } = placed(bytes);
  return vxlan.check(view, offset, end);
}

function text(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return vxlan.text(view, offset, end);
}

describe("check", () => {
  it("wants 8 bytes", () => {
    expect(checkEveryLength(vxlan.check, HEADER)).toEqual(repeated(8, DropReason.PKT_TOO_SMALL, DropReason.NONE));
  });

  it("refuses a header without the I bit", () => {
    expect(check(parseHex("00000000 00000100"))).toBe(DropReason.VXLAN_INVALID_HDR);
  });

  it("refuses each of the 39 reserved bits, as Linux does and RFC 7348 does not", () => {
    const isVni = (bit: number): boolean => bit >= 32 && bit < 56;
    const reserved = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => bit !== 4 && !isVni(bit));
    expect(reserved).toHaveLength(39);
    for (const bit of reserved) {
      const bytes = Uint8Array.from(HEADER);
      bytes[bit >> 3]! |= 0x80 >> (bit & 7);
      expect(check(bytes), `bit ${bit}`).toBe(DropReason.VXLAN_INVALID_HDR);
    }
  });

  it("takes every bit of the VNI", () => {
    expect(check(parseHex("08000000 ffffff00"))).toBe(DropReason.NONE);
  });
});

describe("getters", () => {
  it("read every field", () => {
    const { view, offset } = placed(parseHex("8c 123456 fedcba 98"));
    expect(vxlan.flags(view, offset)).toBe(0x8c);
    expect(vxlan.hasVni(view, offset)).toBe(true);
    expect(vxlan.reserved1(view, offset)).toBe(0x123456);
    expect(vxlan.vni(view, offset)).toBe(0xfedcba);
    expect(vxlan.reserved2(view, offset)).toBe(0x98);
  });

  it("hold for a header that Linux wrote", () => {
    const { view, offset } = placed(HEADER);
    expect(vxlan.vni(view, offset)).toBe(1);
  });
});

describe("write", () => {
  it("sets the I bit and clears what is reserved (RFC 7348 section 5)", () => {
    const { view, offset, end } = placed(new Uint8Array(8).fill(0xff));
    expect(vxlan.write(view, offset, { vni: 0xffffff })).toBe(vxlan.HEADER_LENGTH);
    expect(formatHex(new Uint8Array(view.buffer, offset, end - offset))).toBe("08000000ffffff00");
  });

  it("writes reserved bits for those who ask for them", () => {
    const { view, offset, end } = placed(new Uint8Array(8).fill(0xff));
    vxlan.write(view, offset, { vni: 1, flags: 0xf7, reserved1: 0x123456, reserved2: 0x78 });
    expect(formatHex(new Uint8Array(view.buffer, offset, end - offset))).toBe("f712345600000178");
  });
});

describe("the group policy extension (draft-smith-vxlan-group-policy-05 section 2.1)", () => {
  it.each([
    ["8800123400000100", { id: 0x1234, dontLearn: false, isApplied: false }],
    ["8840000100000100", { id: 1, dontLearn: true, isApplied: false }],
    ["8808ffff00000100", { id: 0xffff, dontLearn: false, isApplied: true }],
  ])("reads and sets %s", (hex, policy) => {
    const read = placed(parseHex(hex));
    expect(vxlan.hasGroupPolicy(read.view, read.offset)).toBe(true);
    expect(vxlan.groupPolicy(read.view, read.offset)).toEqual(policy);
    const { view, offset, end } = placed(new Uint8Array(8).fill(0xff));
    vxlan.write(view, offset, { vni: 1, reserved1: 0xffffff });
    vxlan.setGroupPolicy(view, offset, policy);
    expect(formatHex(new Uint8Array(view.buffer, offset, end - offset))).toBe(hex);
  });

  it("is not there without the G bit", () => {
    const { view, offset } = placed(parseHex("0848123400000100"));
    expect(vxlan.hasGroupPolicy(view, offset)).toBe(false);
  });

  it("has a policy that neither forbids learning nor was applied, unless told so", () => {
    const { view, offset } = placed(parseHex("08ff000000000100"));
    vxlan.setGroupPolicy(view, offset, { id: 7 });
    expect(vxlan.groupPolicy(view, offset)).toEqual({ id: 7, dontLearn: false, isApplied: false });
  });
});

describe("text", () => {
  // IP 10.244.1.5.42233 > 10.244.2.8.4789: VXLAN, flags [I] (0x08), vni 1
  it("tells flags and VNI", () => {
    expect(text(HEADER)).toBe("VXLAN, flags [I] (0x08), vni 1");
  });

  it("tells reserved bits that are set", () => {
    expect(text(parseHex("0c000000 00000100"))).toBe("VXLAN, flags [I] (0x0c), vni 1, reserved bits set");
    expect(text(parseHex("08000000 00000101"))).toBe("VXLAN, flags [I] (0x08), vni 1, reserved bits set");
  });

  it("tells a missing I bit", () => {
    expect(text(parseHex("00000000 00000100"))).toBe("VXLAN, flags [none] (0x00), ERROR: I flag not set");
    expect(text(parseHex("04000000 00000100"))).toBe("VXLAN, flags [invalid] (0x04), ERROR: I flag not set");
  });

  it("marks a cut header", () => {
    expect(text(HEADER.subarray(0, 7))).toBe("VXLAN, [|vxlan]");
  });
});
