import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as header from "../../../src/wire/ipv4-header.ts";
import { updateHeaderChecksum } from "../../../src/wire/ipv4.ts";
import { ECHO_REQUEST, FIRST_FRAGMENT, LAST_FRAGMENT, RECORD_ROUTE } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const PACKET = ECHO_REQUEST.subarray(14);

/** What `check` says of the packet after a change, with the checksum made right again. */
function checkChanged(change: (bytes: Uint8Array) => void, packet = PACKET): number {
  const bytes = Uint8Array.from(packet);
  change(bytes);
  const { view, offset, end } = placed(bytes);
  updateHeaderChecksum(view, offset);
  return header.check(view, offset, end);
}

describe("check", () => {
  it("wants every byte of the packet", () => {
    const { PKT_TOO_SMALL, NONE } = DropReason;
    expect(checkEveryLength(header.check, PACKET)).toEqual(repeated(PACKET.length, PKT_TOO_SMALL, NONE));
  });

  it("1. refuses fewer than 20 bytes", () => {
    const { view, offset, end } = placed(PACKET.subarray(0, 19));
    expect(header.check(view, offset, end)).toBe(DropReason.PKT_TOO_SMALL);
  });

  it.each(["05", "35", "55", "65"])("2. refuses 0x%s, another version", (versionIhl) => {
    expect(checkChanged((bytes) => (bytes[0] = parseInt(versionIhl, 16)))).toBe(DropReason.IP_INHDR);
  });

  it.each(["40", "41", "44"])("2. refuses 0x%s, a header below 20 bytes", (versionIhl) => {
    expect(checkChanged((bytes) => (bytes[0] = parseInt(versionIhl, 16)))).toBe(DropReason.IP_INHDR);
  });

  it("3. refuses options that reach beyond the end", () => {
    const routed = RECORD_ROUTE.subarray(14);
    const lengths = Array.from({ length: 40 }, (_, index) => 20 + index);
    for (const length of lengths) {
      const { view, offset, end } = placed(routed.subarray(0, length));
      expect(header.check(view, offset, end), `${length} bytes`).toBe(DropReason.IP_INHDR);
    }
  });

  it("4. refuses any single wrong bit in what the checksum covers", () => {
    for (let bit = 8; bit < 160; bit++) {
      const bytes = Uint8Array.from(PACKET);
      bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
      const { view, offset, end } = placed(bytes);
      expect(header.check(view, offset, end), `bit ${bit}`).toBe(DropReason.IP_CSUM);
    }
  });

  it("4. covers the options with the checksum", () => {
    const bytes = RECORD_ROUTE.slice(14);
    bytes[59]! ^= 1;
    const { view, offset, end } = placed(bytes);
    expect(header.check(view, offset, end)).toBe(DropReason.IP_CSUM);
  });

  it("5. refuses a total length beyond the end", () => {
    expect(checkChanged((bytes) => (bytes[3] = PACKET.length + 1))).toBe(DropReason.PKT_TOO_SMALL);
  });

  it("6. refuses a total length below the header's", () => {
    expect(checkChanged((bytes) => (bytes[3] = 19))).toBe(DropReason.IP_INHDR);
    const routed = RECORD_ROUTE.subarray(14);
    expect(checkChanged((bytes) => (bytes[3] = 59), routed)).toBe(DropReason.IP_INHDR);
  });

  it("takes a packet without payload, and padding behind it", () => {
    expect(checkChanged((bytes) => (bytes[3] = 20))).toBe(DropReason.NONE);
  });

  it("takes options up to the longest header", () => {
    const { view, offset, end } = placed(RECORD_ROUTE.subarray(14));
    expect(header.headerLength(view, offset)).toBe(60);
    expect(header.check(view, offset, end)).toBe(DropReason.NONE);
  });

  it("does not count what stands behind the end", () => {
    const { view, offset } = placed(PACKET);
    expect(header.check(view, offset, offset + 20)).toBe(DropReason.PKT_TOO_SMALL);
  });
});

describe("getters", () => {
  it("read the header of an echo request", () => {
    const { view, offset } = placed(PACKET);
    expect(header.version(view, offset)).toBe(4);
    expect(header.headerLength(view, offset)).toBe(20);
    expect(header.typeOfService(view, offset)).toBe(0);
    expect(header.totalLength(view, offset)).toBe(84);
    expect(header.identification(view, offset)).toBe(25_408);
    expect(header.flags(view, offset)).toBe(header.Flag.DONT_FRAGMENT);
    expect(header.dontFragment(view, offset)).toBe(true);
    expect(header.moreFragments(view, offset)).toBe(false);
    expect(header.fragmentOffset(view, offset)).toBe(0);
    expect(header.isFragment(view, offset)).toBe(false);
    expect(header.timeToLive(view, offset)).toBe(64);
    expect(header.protocol(view, offset)).toBe(header.Protocol.ICMP);
    expect(header.headerChecksum(view, offset)).toBe(0xbe74);
    expect(header.source(view, offset)).toBe(0x0af40105);
    expect(header.destination(view, offset)).toBe(0x0af40208);
  });

  it("know first and last fragment", () => {
    const first = placed(FIRST_FRAGMENT);
    expect(header.isFragment(first.view, first.offset + 14)).toBe(true);
    expect(header.moreFragments(first.view, first.offset + 14)).toBe(true);
    expect(header.fragmentOffset(first.view, first.offset + 14)).toBe(0);
    const last = placed(LAST_FRAGMENT);
    expect(header.isFragment(last.view, last.offset + 14)).toBe(true);
    expect(header.moreFragments(last.view, last.offset + 14)).toBe(false);
    expect(header.fragmentOffset(last.view, last.offset + 14)).toBe(1480);
  });

  it("split the type of service into DSCP and ECN", () => {
    const { view, offset } = placed(parseHex("45 bb"));
    expect(header.dscp(view, offset)).toBe(46);
    expect(header.ecn(view, offset)).toBe(3);
  });
});
