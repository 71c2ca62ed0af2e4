import { describe, expect, it } from "vitest";
import * as arp from "../../../src/wire/arp.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import { ARP_REPLY, ARP_REQUEST, PADDED_ARP_REQUEST } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const REQUEST = ARP_REQUEST.subarray(14);
const REPLY = ARP_REPLY.subarray(14);

/** The request with one byte changed. */
function withByte(index: number, value: number): Uint8Array {
  const bytes = Uint8Array.from(REQUEST);
  bytes[index] = value;
  return bytes;
}

function check(bytes: Uint8Array): number {
  const { view, offset, end } = placed(bytes);
  return arp.check(view, offset, end);
}

function text(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return arp.text(view, offset, end);
}

describe("check", () => {
  it("wants 28 bytes", () => {
    expect(checkEveryLength(arp.check, REQUEST)).toEqual(repeated(28, DropReason.PKT_TOO_SMALL, DropReason.NONE));
  });

  it("takes padding behind them", () => {
    expect(check(PADDED_ARP_REQUEST.subarray(14))).toBe(DropReason.NONE);
  });

  it.each([
    ["hardware type other than 1, Ethernet", 1, 6],
    ["protocol type other than 0x0800, IPv4", 2, 0x86],
    ["hardware length other than 6", 4, 8],
    ["protocol length other than 4", 5, 16],
  ])("refuses a %s", (_what, index, value) => {
    expect(check(withByte(index, value))).toBe(DropReason.ARP_INVALID);
  });

  it("leaves the operation to the receiver", () => {
    expect(check(withByte(7, 9))).toBe(DropReason.NONE);
  });
});

describe("getters", () => {
  it("read a request", () => {
    const { view, offset } = placed(REQUEST);
    expect(arp.operation(view, offset)).toBe(arp.ArpOperation.REQUEST);
    expect(arp.senderHardware(view, offset)).toBe(0x0a580af40105);
    expect(arp.senderProtocol(view, offset)).toBe(0x0af40105);
    expect(arp.targetHardware(view, offset)).toBe(0);
    expect(arp.targetProtocol(view, offset)).toBe(0x0af40101);
  });

  it("read a reply", () => {
    const { view, offset } = placed(REPLY);
    expect(arp.operation(view, offset)).toBe(arp.ArpOperation.REPLY);
    expect(arp.targetHardware(view, offset)).toBe(0x0a580af40105);
  });
});

describe("write", () => {
  it("writes the request that Linux wrote", () => {
    const { view, offset, end } = placed(new Uint8Array(28));
    const length = arp.write(view, offset, {
      operation: arp.ArpOperation.REQUEST,
      senderHardware: 0x0a580af40105,
      senderProtocol: 0x0af40105,
      targetProtocol: 0x0af40101,
    });
    expect(length).toBe(arp.LENGTH);
    expect(new Uint8Array(view.buffer, offset, end - offset)).toEqual(REQUEST);
  });

  it("writes the reply that Linux wrote", () => {
    const { view, offset, end } = placed(new Uint8Array(28));
    arp.write(view, offset, {
      operation: arp.ArpOperation.REPLY,
      senderHardware: 0x0a580af40101,
      senderProtocol: 0x0af40101,
      targetHardware: 0x0a580af40105,
      targetProtocol: 0x0af40105,
    });
    expect(new Uint8Array(view.buffer, offset, end - offset)).toEqual(REPLY);
  });
});

describe("text", () => {
  // ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28
  it("tells a request", () => {
    expect(text(REQUEST)).toBe("ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28");
  });

  // ARP, Request who-has 10.244.1.1 (0a:58:0a:f4:01:01) tell 10.244.1.5, length 46
  it("tells whom a request to one host is for, and counts padding", () => {
    const line = "ARP, Request who-has 10.244.1.1 (0a:58:0a:f4:01:01) tell 10.244.1.5, length 46";
    expect(text(PADDED_ARP_REQUEST.subarray(14))).toBe(line);
  });

  // ARP, Reply 10.244.1.1 is-at 0a:58:0a:f4:01:01, length 28
  it("tells a reply", () => {
    expect(text(REPLY)).toBe("ARP, Reply 10.244.1.1 is-at 0a:58:0a:f4:01:01, length 28");
  });

  it("tells another operation by its number", () => {
    expect(text(withByte(7, 9))).toBe("ARP, Unknown (9) from 10.244.1.5 (0a:58:0a:f4:01:05), length 28");
  });

  it("tells types and lengths that it cannot read", () => {
    const line = "ARP, [hardware type 6 (len 6), protocol type 0x0800 (len 4) (invalid)], length 28";
    expect(text(withByte(1, 6))).toBe(line);
  });

  it("marks a cut packet", () => {
    expect(text(REQUEST.subarray(0, 27))).toBe("ARP, [|arp]");
  });
});
