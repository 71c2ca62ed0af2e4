import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as vlan from "../../../src/wire/vlan.ts";
import { ARP_REQUEST, STACKED_VLAN_UDP, VLAN_ARP_REQUEST } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const OUTER = 12; // where an untagged frame has its EtherType
const INNER = OUTER + vlan.TAG_LENGTH;

describe("isTag", () => {
  it("knows 802.1Q and 802.1ad", () => {
    expect([0x8100, 0x88a8, 0x0800, 0x9100, 0x0000].map(vlan.isTag)).toEqual([true, true, false, false, false]);
  });
});

describe("check", () => {
  it("wants the tag and the EtherType behind it", () => {
    const tag = VLAN_ARP_REQUEST.subarray(OUTER, OUTER + 6);
    expect(checkEveryLength(vlan.check, tag)).toEqual(repeated(6, DropReason.HDR_TRUNC, DropReason.NONE));
  });
});

describe("getters", () => {
  it("read an 802.1Q tag", () => {
    const { view, offset } = placed(VLAN_ARP_REQUEST);
    expect(vlan.tagProtocol(view, offset + OUTER)).toBe(0x8100);
    expect(vlan.priority(view, offset + OUTER)).toBe(3);
    expect(vlan.dropEligible(view, offset + OUTER)).toBe(false);
    expect(vlan.vlanId(view, offset + OUTER)).toBe(10);
  });

  it("read stacked tags", () => {
    const { view, offset } = placed(STACKED_VLAN_UDP);
    expect(vlan.tagProtocol(view, offset + OUTER)).toBe(0x88a8);
    expect(vlan.vlanId(view, offset + OUTER)).toBe(100);
    expect(vlan.priority(view, offset + OUTER)).toBe(1);
    expect(vlan.tagProtocol(view, offset + INNER)).toBe(0x8100);
    expect(vlan.vlanId(view, offset + INNER)).toBe(4094);
    expect(vlan.priority(view, offset + INNER)).toBe(7);
    expect(vlan.dropEligible(view, offset + INNER)).toBe(true);
  });
});

describe("lastEtherTypeOffset", () => {
  function walk(bytes: Uint8Array): number {
    const { view, offset, end } = placed(bytes);
    const found = vlan.lastEtherTypeOffset(view, offset + OUTER, end);
    return found === -1 ? -1 : found - offset;
  }

  it("stays where there is no tag", () => {
    expect(walk(ARP_REQUEST)).toBe(12);
  });

  it("passes one tag and two", () => {
    expect(walk(VLAN_ARP_REQUEST)).toBe(16);
    expect(walk(STACKED_VLAN_UDP)).toBe(20);
  });

  it("is -1 when the frame ends inside the tags or the type", () => {
    const lengths = Array.from({ length: 22 - OUTER }, (_, index) => OUTER + index);
    expect(lengths.map((length) => walk(STACKED_VLAN_UDP.subarray(0, length)))).toEqual(lengths.map(() => -1));
    expect(walk(STACKED_VLAN_UDP.subarray(0, 22))).toBe(20);
  });

  it("does not take what stands behind the end for a type", () => {
    const { view, offset } = placed(parseHex("8100 000a 0800"));
    expect(vlan.lastEtherTypeOffset(view, offset, offset + 4)).toBe(-1);
  });
});

describe("write", () => {
  function written(fields: vlan.VlanFields): string {
    const { view, offset, end } = placed(new Uint8Array(4));
    expect(vlan.write(view, offset, fields)).toBe(vlan.TAG_LENGTH);
    return formatHex(new Uint8Array(view.buffer, offset, end - offset));
  }

  it("writes an 802.1Q tag of priority 0 unless told otherwise", () => {
    expect(written({ vlanId: 10 })).toBe("8100000a");
  });

  it("writes every field", () => {
    expect(written({ tagProtocol: 0x88a8, priority: 5, dropEligible: true, vlanId: 4095 })).toBe("88a8bfff");
  });
});

describe("text", () => {
  // ... ethertype 802.1Q-QinQ (0x88a8), length 52: vlan 100, p 1, ethertype 802.1Q (0x8100), vlan 4094, p 7, DEI, ...
  it("tells id, priority and drop eligibility as `tcpdump -e` does", () => {
    const { view, offset, end } = placed(STACKED_VLAN_UDP);
    expect(vlan.text(view, offset + OUTER, end)).toBe("vlan 100, p 1");
    expect(vlan.text(view, offset + INNER, end)).toBe("vlan 4094, p 7, DEI");
  });

  it("marks a cut tag", () => {
    const { view, offset, end } = placed(VLAN_ARP_REQUEST.subarray(0, 17));
    expect(vlan.text(view, offset + OUTER, end)).toBe("[|vlan]");
  });
});
