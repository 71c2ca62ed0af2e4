import { describe, expect, it } from "vitest";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as udp from "../../../src/wire/udp.ts";
import { UDP_DATAGRAM, UDP_WITHOUT_CHECKSUM } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const IP = 14; // where the IPv4 header stands in a frame
const UDP = 34;
const DATAGRAM = UDP_DATAGRAM.subarray(UDP);

/** A datagram that states this length, in as many bytes as it has. */
function stating(length: number): Uint8Array {
  const bytes = Uint8Array.from(DATAGRAM);
  new DataView(bytes.buffer).setUint16(4, length);
  return bytes;
}

function check(bytes: Uint8Array): number {
  const { view, offset, end } = placed(bytes);
  return udp.check(view, offset, end);
}

function text(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return udp.text(view, offset, end);
}

describe("check", () => {
  it("wants every byte of the datagram", () => {
    expect(checkEveryLength(udp.check, DATAGRAM)).toEqual(repeated(13, DropReason.PKT_TOO_SMALL, DropReason.NONE));
  });

  it("refuses a length below 8", () => {
    expect(check(stating(7))).toBe(DropReason.PKT_TOO_SMALL);
    expect(check(stating(0))).toBe(DropReason.PKT_TOO_SMALL);
    expect(check(stating(8))).toBe(DropReason.NONE);
  });

  it("refuses a length beyond the end", () => {
    expect(check(stating(14))).toBe(DropReason.PKT_TOO_SMALL);
  });

  it("takes bytes behind the datagram", () => {
    expect(check(stating(12))).toBe(DropReason.NONE);
  });
});

describe("getters", () => {
  it("read the header", () => {
    const { view, offset } = placed(DATAGRAM);
    expect(udp.sourcePort(view, offset)).toBe(40_349);
    expect(udp.destinationPort(view, offset)).toBe(9999);
    expect(udp.datagramLength(view, offset)).toBe(13);
    expect(udp.datagramChecksum(view, offset)).toBe(0xde60);
  });
});

describe("checksum", () => {
  it("of a datagram from Linux is right", () => {
    const { view, offset } = placed(UDP_DATAGRAM);
    expect(udp.verifyChecksum(view, offset + IP, offset + UDP)).toBe(true);
  });

  it("covers source, destination, ports and payload", () => {
    for (const changed of [IP + 12, IP + 16, UDP, UDP + 2, UDP + 12]) {
      const { view, offset } = placed(UDP_DATAGRAM);
      view.setUint8(offset + changed, view.getUint8(offset + changed) ^ 1);
      expect(udp.verifyChecksum(view, offset + IP, offset + UDP), `byte ${changed}`).toBe(false);
    }
  });

  it("does not cover bytes behind the datagram", () => {
    const { view, offset } = placed(UDP_DATAGRAM, 0x00);
    view.setUint8(offset + UDP + 13, 0xff);
    expect(udp.verifyChecksum(view, offset + IP, offset + UDP)).toBe(true);
  });

  it("of 0 says that there is none (RFC 768)", () => {
    const { view, offset } = placed(UDP_WITHOUT_CHECKSUM);
    expect(udp.datagramChecksum(view, offset + UDP)).toBe(0);
    expect(udp.verifyChecksum(view, offset + IP, offset + UDP)).toBe(true);
  });

  it("is computed whatever the datagram carries", () => {
    const { view, offset } = placed(UDP_DATAGRAM);
    udp.setDatagramChecksum(view, offset + UDP, 0x1234);
    udp.updateChecksum(view, offset + IP, offset + UDP);
    expect(udp.datagramChecksum(view, offset + UDP)).toBe(0xde60);
  });

  it("that comes out as 0 is sent as 0xffff (RFC 768), and verifies", () => {
    const { view, offset } = placed(UDP_DATAGRAM);
    // One's complement: moving what the checksum lacks into a port brings the sum to 0xffff.
    const lacking = udp.datagramChecksum(view, offset + UDP);
    udp.setSourcePort(view, offset + UDP, (40_349 + lacking) % 0xffff);
    udp.updateChecksum(view, offset + IP, offset + UDP);
    expect(udp.datagramChecksum(view, offset + UDP)).toBe(0xffff);
    expect(udp.verifyChecksum(view, offset + IP, offset + UDP)).toBe(true);
  });
});

describe("write", () => {
  it("writes the header that Linux wrote, the checksum in a step of its own", () => {
    const { view, offset, end } = placed(UDP_DATAGRAM);
    view.setBigUint64(offset + UDP, 0xffffffffffffffffn);
    const fields = { sourcePort: 40_349, destinationPort: 9999, datagramLength: 13 };
    expect(udp.write(view, offset + UDP, fields)).toBe(udp.HEADER_LENGTH);
    expect(udp.datagramChecksum(view, offset + UDP)).toBe(0);
    udp.updateChecksum(view, offset + IP, offset + UDP);
    expect(new Uint8Array(view.buffer, offset, end - offset)).toEqual(UDP_DATAGRAM);
  });
});

describe("text", () => {
  // IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5
  it("tells the payload's length", () => {
    expect(text(DATAGRAM)).toBe("UDP, length 5");
  });

  it("tells a length that cannot be", () => {
    expect(text(stating(14))).toBe("UDP, bad length 6 > 5");
    expect(text(stating(7))).toBe("truncated-udplength 7");
  });

  it("tells a cut header", () => {
    expect(text(DATAGRAM.subarray(0, 7))).toBe("truncated-udp 7");
  });
});
