import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as ethernet from "../../../src/wire/ethernet.ts";
import { ARP_REQUEST, LOCAL_EXPERIMENT, SPANNING_TREE, VLAN_ARP_REQUEST } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

describe("check", () => {
  it("wants 14 bytes", () => {
    const header = ARP_REQUEST.subarray(0, 14);
    expect(checkEveryLength(ethernet.check, header)).toEqual(repeated(14, DropReason.HDR_TRUNC, DropReason.NONE));
  });
});

describe("getters", () => {
  it("read the fields", () => {
    const { view, offset } = placed(ARP_REQUEST);
    expect(ethernet.destination(view, offset)).toBe(0xffffffffffff);
    expect(ethernet.source(view, offset)).toBe(0x0a580af40105);
    expect(ethernet.etherType(view, offset)).toBe(ethernet.EtherType.ARP);
  });
});

describe("write", () => {
  it("writes 14 bytes", () => {
    const { view, offset, end } = placed(new Uint8Array(14));
    const fields = { destination: 0x0a580af40101, source: 0x0a580af40105, etherType: 0x0800 };
    expect(ethernet.write(view, offset, fields)).toBe(ethernet.HEADER_LENGTH);
    expect(formatHex(new Uint8Array(view.buffer, offset, end - offset))).toBe("0a580af401010a580af401050800");
  });
});

describe("text", () => {
  function text(bytes: Uint8Array): string {
    const { view, offset, end } = placed(bytes);
    return ethernet.text(view, offset, end);
  }

  // 0a:58:0a:f4:01:05 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has ...
  it("tells addresses, type and length as `tcpdump -e` does", () => {
    expect(text(ARP_REQUEST)).toBe("0a:58:0a:f4:01:05 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42");
  });

  // 0a:58:0a:f4:01:05 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 46: vlan 10, p 3, ...
  it("knows a VLAN tag's type", () => {
    expect(text(VLAN_ARP_REQUEST)).toBe("0a:58:0a:f4:01:05 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 46");
  });

  // 0a:58:0a:f4:01:05 > 0a:58:0a:f4:01:01, ethertype Unknown (0x88b5), length 21:
  it("calls other types unknown", () => {
    expect(text(LOCAL_EXPERIMENT)).toBe("0a:58:0a:f4:01:05 > 0a:58:0a:f4:01:01, ethertype Unknown (0x88b5), length 21");
  });

  // 02:11:22:33:44:55 > 01:80:c2:00:00:00, 802.3, length 38: LLC, dsap STP (0x42) Individual, ...
  it("tells a value below 0x0600 as an 802.3 payload length", () => {
    expect(text(SPANNING_TREE)).toBe("02:11:22:33:44:55 > 01:80:c2:00:00:00, 802.3, length 38");
  });

  it("takes 0x0600 for a type and 0x05ff for a length", () => {
    const bytes = Uint8Array.from(LOCAL_EXPERIMENT);
    new DataView(bytes.buffer).setUint16(12, 0x0600);
    expect(text(bytes)).toContain("ethertype Unknown (0x0600)");
    new DataView(bytes.buffer).setUint16(12, 0x05ff);
    expect(text(bytes)).toContain("802.3, length 7");
  });

  it("marks a cut header", () => {
    expect(text(ARP_REQUEST.subarray(0, 13))).toBe("[|ether]");
  });
});
