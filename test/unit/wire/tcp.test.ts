import { describe, expect, it } from "vitest";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as tcp from "../../../src/wire/tcp.ts";
import { TCP_DATA, TCP_FIN, TCP_RESET, TCP_SACK, TCP_SYN, TCP_SYN_ACK } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const IP = 14; // where the IPv4 header stands in a frame
const TCP = 34;
const SYN = TCP_SYN.subarray(TCP);

/** The SYN with another data offset, in words of 4 bytes. */
function withDataOffset(words: number): Uint8Array {
  const bytes = Uint8Array.from(SYN);
  bytes[12] = words << 4;
  return bytes;
}

function check(bytes: Uint8Array): number {
  const { view, offset, end } = placed(bytes);
  return tcp.check(view, offset, end);
}

function text(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return tcp.text(view, offset, end);
}

describe("check", () => {
  it("wants the header with its options", () => {
    expect(SYN).toHaveLength(40);
    expect(checkEveryLength(tcp.check, SYN)).toEqual(repeated(40, DropReason.PKT_TOO_SMALL, DropReason.NONE));
  });

  it("refuses a data offset below 5", () => {
    expect(check(withDataOffset(4))).toBe(DropReason.PKT_TOO_SMALL);
    expect(check(withDataOffset(5))).toBe(DropReason.NONE);
  });

  it("refuses a data offset beyond the end", () => {
    expect(check(withDataOffset(11))).toBe(DropReason.PKT_TOO_SMALL);
  });
});

describe("getters", () => {
  it("read a SYN-ACK", () => {
    const { view, offset } = placed(TCP_SYN_ACK.subarray(TCP));
    expect(tcp.sourcePort(view, offset)).toBe(8080);
    expect(tcp.destinationPort(view, offset)).toBe(34_246);
    expect(tcp.sequenceNumber(view, offset)).toBe(1_581_566_422);
    expect(tcp.acknowledgmentNumber(view, offset)).toBe(225_322_850);
    expect(tcp.headerLength(view, offset)).toBe(40);
    expect(tcp.flags(view, offset)).toBe(tcp.TcpFlag.SYN | tcp.TcpFlag.ACK);
    expect(tcp.window(view, offset)).toBe(65_160);
    expect(tcp.segmentChecksum(view, offset)).toBe(0x0ea0);
    expect(tcp.urgentPointer(view, offset)).toBe(0);
  });
});

describe("checksum", () => {
  it.each([
    ["SYN", TCP_SYN],
    ["segment with data", TCP_DATA],
    ["reset", TCP_RESET],
  ])("of a %s from Linux is right", (_what, frame) => {
    const { view, offset, end } = placed(frame);
    expect(tcp.verifyChecksum(view, offset + IP, offset + TCP, end)).toBe(true);
  });

  it("covers source, destination, header, options and payload", () => {
    for (const changed of [IP + 12, IP + 16, TCP, TCP + 13, TCP + 20, TCP_DATA.length - 1]) {
      const { view, offset, end } = placed(TCP_DATA);
      view.setUint8(offset + changed, view.getUint8(offset + changed) ^ 1);
      expect(tcp.verifyChecksum(view, offset + IP, offset + TCP, end), `byte ${changed}`).toBe(false);
    }
  });

  it("is computed whatever the segment carries", () => {
    const { view, offset, end } = placed(TCP_SYN_ACK);
    tcp.setSegmentChecksum(view, offset + TCP, 0xffff);
    tcp.updateChecksum(view, offset + IP, offset + TCP, end);
    expect(tcp.segmentChecksum(view, offset + TCP)).toBe(0x0ea0);
  });
});

describe("write", () => {
  const FIELDS = {
    sourcePort: 34_246,
    destinationPort: 8080,
    sequenceNumber: 225_322_849,
    flags: tcp.TcpFlag.SYN,
    window: 65_280,
  };

  it("writes the SYN that Linux wrote, the checksum in a step of its own", () => {
    const { view, offset, end } = placed(TCP_SYN);
    new Uint8Array(view.buffer, offset + TCP, 40).fill(0xff);
    expect(tcp.write(view, offset + TCP, { ...FIELDS, options: SYN.subarray(20) })).toBe(40);
    tcp.updateChecksum(view, offset + IP, offset + TCP, end);
    expect(new Uint8Array(view.buffer, offset, end - offset)).toEqual(TCP_SYN);
  });

  it("writes 20 bytes without options", () => {
    const { view, offset, end } = placed(new Uint8Array(20).fill(0xff));
    expect(tcp.write(view, offset, { ...FIELDS, acknowledgmentNumber: 7, urgentPointer: 9 })).toBe(tcp.HEADER_LENGTH);
    expect(tcp.check(view, offset, end)).toBe(DropReason.NONE);
    expect(tcp.acknowledgmentNumber(view, offset)).toBe(7);
    expect(tcp.urgentPointer(view, offset)).toBe(9);
  });

  it.each([1, 3, 41, 44])("refuses %d bytes of options", (length) => {
    const { view, offset } = placed(new Uint8Array(64));
    const message = `expected TCP options of at most 40 bytes in words of 4, found ${length} bytes`;
    const fields = { ...FIELDS, options: new Uint8Array(length) };
    expect(() => tcp.write(view, offset, fields)).toThrow(new RangeError(message));
  });
});

describe("text", () => {
  it.each([
    // IP 10.244.1.5.34246 > 10.244.2.8.8080: Flags [S], seq 225322849, win 65280, options [mss 1360,...], length 0
    [
      TCP_SYN,
      "Flags [S], seq 225322849, win 65280, options [mss 1360,sackOK,TS val 3191072262 ecr 0,nop,wscale 10], length 0",
    ],
    // IP 10.244.1.5.34246 > 10.244.2.8.8080: Flags [P.], seq 225322850:225322854, ack 1581566423, win 64, ...
    [
      TCP_DATA,
      "Flags [P.], seq 225322850:225322854, ack 1581566423, win 64, " +
        "options [nop,nop,TS val 3191072262 ecr 2815021961], length 4",
    ],
    // IP 10.244.2.8.8080 > 10.244.1.5.34246: Flags [F.], seq 1581566427, ack 225322854, win 64, ...
    [
      TCP_FIN,
      "Flags [F.], seq 1581566427, ack 225322854, win 64, options [nop,nop,TS val 2815021961 ecr 3191072262], length 0",
    ],
    // IP 10.244.2.8.81 > 10.244.1.5.49522: Flags [R.], seq 0, ack 6217308, win 0, length 0
    [TCP_RESET, "Flags [R.], seq 0, ack 6217308, win 0, length 0"],
    // IP 10.244.1.5.34246 > 10.244.2.8.8080: Flags [.], ack 2000, win 64, options [nop,nop,sack 1 {3000:4000},...]
    [TCP_SACK, "Flags [.], ack 2000, win 64, options [nop,nop,sack 1 {3000:4000},mss 9,eol], length 0"],
  ])("tells a segment as `tcpdump -S` does: %#", (frame, expected) => {
    expect(text(frame.subarray(TCP))).toBe(expected);
  });

  it("names every flag, from the lowest bit up", () => {
    const { view, offset } = placed(SYN);
    tcp.setFlags(view, offset, 0xff);
    tcp.setUrgentPointer(view, offset, 5);
    const expected = "Flags [FSRP.UEW], seq 225322849, ack 0, win 65280, urg 5, options [";
    expect(tcp.text(view, offset, offset + 40)).toContain(expected);
    tcp.setFlags(view, offset, 0);
    expect(tcp.text(view, offset, offset + 40)).toMatch(/^Flags \[none\], win 65280, /);
  });

  it("knows the flags as the eight bits of RFC 9293 section 3.1", () => {
    expect(tcp.TcpFlag).toEqual({ FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 });
  });

  it("wraps the sequence number behind the payload", () => {
    const { view, offset, end } = placed(TCP_DATA.subarray(TCP));
    tcp.setSequenceNumber(view, offset, 0xfffffffe);
    expect(tcp.text(view, offset, end)).toContain("seq 4294967294:2,");
  });

  it("tells a data offset that cannot be", () => {
    expect(text(withDataOffset(4))).toBe("tcp 24 [bad hdr length 16 - too short, < 20]");
    expect(text(withDataOffset(11))).toBe("Flags [S] [bad hdr length 44 - too long, > 40]");
  });

  it("marks a cut header", () => {
    expect(text(SYN.subarray(0, 19))).toBe("[|tcp]");
  });
});
