import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as icmpv4 from "../../../src/wire/icmpv4.ts";
import {
  ECHO_REPLY,
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED,
  HOST_UNREACHABLE,
  NET_UNREACHABLE,
  PORT_UNREACHABLE,
  PROHIBITED,
  PROTOCOL_UNREACHABLE,
  REDIRECT,
  TIME_EXCEEDED,
} from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const MESSAGE = ECHO_REQUEST.subarray(34);

/** An ICMP header, and the first bytes of a packet for port 2000 of 10.244.2.8. */
function error(type: number, code: number, rest = "00000000", protocol = "11"): Uint8Array {
  const quoted = `45000054 00014000 40${protocol}0000 0af40105 0af40208`;
  const head = Uint8Array.of(type, code, 0, 0);
  return Uint8Array.from([...head, ...parseHex(rest), ...parseHex(quoted), ...parseHex("03e807d000080000")]);
}

function text(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return icmpv4.text(view, offset, end);
}

describe("check", () => {
  it("wants 8 bytes", () => {
    const header = MESSAGE.subarray(0, 8);
    expect(checkEveryLength(icmpv4.check, header)).toEqual(repeated(8, DropReason.ICMP_INVALID, DropReason.NONE));
  });
});

describe("getters", () => {
  it("read an echo request", () => {
    const { view, offset } = placed(MESSAGE);
    expect(icmpv4.type(view, offset)).toBe(icmpv4.IcmpType.ECHO);
    expect(icmpv4.code(view, offset)).toBe(0);
    expect(icmpv4.messageChecksum(view, offset)).toBe(0x4dfc);
    expect(icmpv4.identifier(view, offset)).toBe(8865);
    expect(icmpv4.sequence(view, offset)).toBe(1);
  });

  it("read the next-hop MTU (RFC 1191 section 4)", () => {
    const { view, offset } = placed(FRAGMENTATION_NEEDED.subarray(34));
    expect(icmpv4.type(view, offset)).toBe(icmpv4.IcmpType.DESTINATION_UNREACHABLE);
    expect(icmpv4.code(view, offset)).toBe(icmpv4.UnreachableCode.FRAGMENTATION_NEEDED);
    expect(icmpv4.nextHopMtu(view, offset)).toBe(1400);
  });

  it("read a redirect's gateway and a parameter problem's pointer", () => {
    const redirect = placed(REDIRECT.subarray(34));
    expect(icmpv4.gateway(redirect.view, redirect.offset)).toBe(0x0af40102);
    const problem = placed(error(12, 0, "14000000"));
    expect(icmpv4.pointer(problem.view, problem.offset)).toBe(20);
  });

  it("find the quoted packet behind the header", () => {
    const { view, offset } = placed(TIME_EXCEEDED.subarray(34));
    expect(view.getUint8(icmpv4.quotedOffset(offset))).toBe(0x45);
  });
});

describe("checksum", () => {
  it.each([
    ["echo request", ECHO_REQUEST],
    ["time exceeded", TIME_EXCEEDED],
    ["port unreachable, an odd number of bytes", PORT_UNREACHABLE],
  ])("of a %s from Linux is right", (_what, frame) => {
    const { view, offset, end } = placed(frame.subarray(34));
    expect(icmpv4.verifyChecksum(view, offset, end)).toBe(true);
  });

  it("is wrong after any change, and right again after an update", () => {
    const { view, offset, end } = placed(MESSAGE);
    view.setUint8(end - 1, 0xff);
    expect(icmpv4.verifyChecksum(view, offset, end)).toBe(false);
    icmpv4.updateChecksum(view, offset, end);
    expect(icmpv4.verifyChecksum(view, offset, end)).toBe(true);
  });

  it("is computed whatever the message carries", () => {
    const { view, offset, end } = placed(MESSAGE);
    icmpv4.setMessageChecksum(view, offset, 0xffff);
    expect(icmpv4.computeChecksum(view, offset, end)).toBe(0x4dfc);
  });
});

describe("write", () => {
  it("writes the echo request that Linux wrote", () => {
    const { view, offset, end } = placed(MESSAGE);
    view.setBigUint64(offset, 0xffffffffffffffffn);
    expect(icmpv4.write(view, offset, { type: 8, identifier: 8865, sequence: 1 })).toBe(icmpv4.HEADER_LENGTH);
    icmpv4.updateChecksum(view, offset, end);
    expect(new Uint8Array(view.buffer, offset, end - offset)).toEqual(MESSAGE);
  });

  it("clears what an error does not use (RFC 792)", () => {
    const { view, offset } = placed(new Uint8Array(8).fill(0xff));
    icmpv4.write(view, offset, { type: 3, code: 1 });
    expect(new Uint8Array(view.buffer, offset, 8)).toEqual(Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0));
  });

  it.each<[string, icmpv4.IcmpFields]>([
    ["a redirect's gateway", { type: 5, gateway: 0x14000000 }],
    ["a parameter problem's pointer", { type: 12, pointer: 20 }],
    ["any four bytes", { type: 9, restOfHeader: 0x14000000 }],
  ])("writes %s", (_what, fields) => {
    const { view, offset } = placed(new Uint8Array(8).fill(0xff));
    icmpv4.write(view, offset, fields);
    const expected = Uint8Array.of(fields.type, 0, 0, 0, 0x14, 0, 0, 0);
    expect(new Uint8Array(view.buffer, offset, 8)).toEqual(expected);
    expect(icmpv4.restOfHeader(view, offset)).toBe(0x14000000);
  });

  it("writes a next-hop MTU", () => {
    const { view, offset } = placed(new Uint8Array(8));
    icmpv4.write(view, offset, { type: 3, code: 4, nextHopMtu: 1450 });
    expect(icmpv4.nextHopMtu(view, offset)).toBe(1450);
  });
});

describe("text", () => {
  it.each([
    // IP 10.244.1.5 > 10.244.2.8: ICMP echo request, id 8865, seq 1, length 64
    [ECHO_REQUEST, "ICMP echo request, id 8865, seq 1, length 64"],
    // IP 10.244.2.8 > 10.244.1.5: ICMP echo reply, id 8865, seq 1, length 64
    [ECHO_REPLY, "ICMP echo reply, id 8865, seq 1, length 64"],
    // IP 10.244.1.1 > 10.244.1.5: ICMP time exceeded in-transit, length 92
    [TIME_EXCEEDED, "ICMP time exceeded in-transit, length 92"],
    // IP 10.244.1.1 > 10.244.1.5: ICMP net 10.77.0.1 unreachable, length 92
    [NET_UNREACHABLE, "ICMP net 10.77.0.1 unreachable, length 92"],
    // IP 10.244.1.1 > 10.244.1.5: ICMP host 10.244.2.77 unreachable, length 92
    [HOST_UNREACHABLE, "ICMP host 10.244.2.77 unreachable, length 92"],
    // IP 10.244.1.1 > 10.244.1.5: ICMP host 10.9.9.9 unreachable - admin prohibited filter, length 92
    [PROHIBITED, "ICMP host 10.9.9.9 unreachable - admin prohibited filter, length 92"],
    // IP 10.244.2.8 > 10.244.1.5: ICMP 10.244.2.8 protocol 253 unreachable, length 36
    [PROTOCOL_UNREACHABLE, "ICMP 10.244.2.8 protocol 253 unreachable, length 36"],
    // IP 10.244.2.8 > 10.244.1.5: ICMP 10.244.2.8 udp port 9999 unreachable, length 41
    [PORT_UNREACHABLE, "ICMP 10.244.2.8 udp port 9999 unreachable, length 41"],
    // IP 10.244.1.1 > 10.244.1.5: ICMP 10.244.2.8 unreachable - need to frag (mtu 1400), length 36
    [FRAGMENTATION_NEEDED, "ICMP 10.244.2.8 unreachable - need to frag (mtu 1400), length 36"],
    // IP 10.244.1.1 > 10.244.1.5: ICMP redirect 10.244.2.8 to host 10.244.1.2, length 36
    [REDIRECT, "ICMP redirect 10.244.2.8 to host 10.244.1.2, length 36"],
  ])("tells a frame as tcpdump does: %#", (frame, expected) => {
    expect(text(frame.subarray(34))).toBe(expected);
  });

  it.each([
    [error(3, 3, "00000000", "06"), "10.244.2.8 tcp port 2000 unreachable"],
    [error(3, 3, "00000000", "84"), "10.244.2.8 protocol 132 port 2000 unreachable"],
    [error(3, 4), "10.244.2.8 unreachable - need to frag"],
    [error(3, 99), "10.244.2.8 unreachable - #99"],
    [error(4, 0), "source quench"],
    [error(5, 0, "0af40102"), "redirect 10.244.2.8 to net 10.244.1.2"],
    [error(11, 1), "ip reassembly time exceeded"],
    [error(12, 0, "14000000"), "parameter problem - octet 20"],
    [error(12, 1), "parameter problem - code 1"],
    [error(13, 0, "00010002"), "time stamp query id 1 seq 2"],
    [error(14, 0, "00010002"), "time stamp reply id 1 seq 2"],
    [error(15, 0), "information request"],
    [error(16, 0), "type-#16"],
    [error(17, 0), "address mask request"],
    [parseHex("1200000000000000ffffff00"), "address mask is 0xffffff00", 12],
    [parseHex("1200000000000000ffffff"), "[|icmp]", 11],
    [error(42, 0), "type-#42"],
  ])("tells other messages: %#", (message, expected, length = 36) => {
    expect(text(message)).toBe(`ICMP ${expected}, length ${length}`);
  });

  it("marks what a cut quotation lacks", () => {
    expect(text(error(3, 1).subarray(0, 27))).toBe("ICMP host [|icmp] unreachable, length 27");
    expect(text(error(3, 3).subarray(0, 27))).toBe("ICMP [|icmp] unreachable - #3, length 27");
    expect(text(error(3, 1).subarray(0, 28))).toBe("ICMP host 10.244.2.8 unreachable, length 28");
    expect(text(error(3, 3).subarray(0, 32))).toBe("ICMP 10.244.2.8 udp port 2000 unreachable, length 32");
    expect(text(error(3, 3).subarray(0, 31))).toBe("ICMP 10.244.2.8 udp port [|icmp] unreachable, length 31");
  });

  it("tells the length as sent where the message is cut short", () => {
    const { view, offset } = placed(MESSAGE);
    expect(icmpv4.text(view, offset, offset + 8, 64)).toBe("ICMP echo request, id 8865, seq 1, length 64");
  });

  it("marks a cut header", () => {
    expect(text(MESSAGE.subarray(0, 7))).toBe("[|icmp]");
  });
});
