import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import { parseIpv4 } from "../../../src/wire/ipv4-address.ts";
import * as ipv4 from "../../../src/wire/ipv4.ts";
import { ECHO_REQUEST, IP_IN_IP, LAST_FRAGMENT, RECORD_ROUTE, TIME_EXCEEDED } from "./frames.ts";
import { placed } from "./placed.ts";

const PACKET = ECHO_REQUEST.subarray(14);

function text(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return ipv4.text(view, offset, end);
}

describe("header checksum", () => {
  it("is computed, verified and stored whatever the header carries", () => {
    const { view, offset } = placed(PACKET);
    expect(ipv4.verifyHeaderChecksum(view, offset)).toBe(true);
    ipv4.setHeaderChecksum(view, offset, 0x1234);
    expect(ipv4.verifyHeaderChecksum(view, offset)).toBe(false);
    expect(ipv4.computeHeaderChecksum(view, offset)).toBe(0xbe74);
    ipv4.updateHeaderChecksum(view, offset);
    expect(ipv4.headerChecksum(view, offset)).toBe(0xbe74);
  });

  it("covers options", () => {
    const { view, offset, end } = placed(RECORD_ROUTE.subarray(14));
    expect(ipv4.verifyHeaderChecksum(view, offset)).toBe(true);
    view.setUint8(offset + 59, 0xff);
    ipv4.updateHeaderChecksum(view, offset);
    expect(ipv4.check(view, offset, end)).toBe(DropReason.NONE);
  });
});

describe("decrementTimeToLive", () => {
  it("keeps the checksum right from 255 down to 0", () => {
    const { view, offset } = placed(PACKET);
    ipv4.setTimeToLive(view, offset, 255);
    ipv4.updateHeaderChecksum(view, offset);
    for (let left = 254; left >= 0; left--) {
      ipv4.decrementTimeToLive(view, offset);
      expect(ipv4.timeToLive(view, offset)).toBe(left);
      expect(ipv4.headerChecksum(view, offset)).toBe(ipv4.computeHeaderChecksum(view, offset));
    }
    expect(ipv4.protocol(view, offset)).toBe(ipv4.Protocol.ICMP);
  });

  it.each([0xfeff, 0xff00, 0xfffe, 0x0000])("keeps the checksum right where it is %d", (checksum) => {
    const { view, offset } = placed(PACKET);
    // The identification that gives this checksum: one's complement sums differ by what the fields do.
    ipv4.setIdentification(view, offset, 0);
    ipv4.setIdentification(view, offset, (ipv4.computeHeaderChecksum(view, offset) + 0xffff - checksum) % 0xffff);
    ipv4.updateHeaderChecksum(view, offset);
    expect(ipv4.headerChecksum(view, offset)).toBe(checksum);
    ipv4.decrementTimeToLive(view, offset);
    expect(ipv4.headerChecksum(view, offset)).toBe(ipv4.computeHeaderChecksum(view, offset));
  });

  it("does not repair a damaged header (RFC 1812 section 4.2.2.5)", () => {
    const { view, offset } = placed(PACKET);
    ipv4.setDestination(view, offset, parseIpv4("10.244.2.9"));
    ipv4.decrementTimeToLive(view, offset);
    expect(ipv4.verifyHeaderChecksum(view, offset)).toBe(false);
  });
});

describe("pseudoHeaderSum", () => {
  it("sums source, destination, protocol and length", () => {
    const { view, offset } = placed(PACKET);
    expect(ipv4.pseudoHeaderSum(view, offset, 64)).toBe(0x0af4 + 0x0105 + 0x0af4 + 0x0208 + 1 + 64);
  });
});

describe("write", () => {
  const ADDRESSES = { source: parseIpv4("10.244.1.5"), destination: parseIpv4("10.244.2.8") };

  it("writes the header that Linux wrote, checksum included", () => {
    const { view, offset, end } = placed(new Uint8Array(20).fill(0xff));
    const fields = { ...ADDRESSES, totalLength: 84, identification: 25_408, dontFragment: true, protocol: 1 };
    expect(ipv4.write(view, offset, fields)).toBe(ipv4.HEADER_LENGTH);
    expect(new Uint8Array(view.buffer, offset, end - offset)).toEqual(PACKET.subarray(0, 20));
  });

  it("writes options behind the header and counts them", () => {
    const { view, offset, end } = placed(new Uint8Array(24));
    const options = Uint8Array.of(148, 4, 0, 0);
    expect(ipv4.write(view, offset, { ...ADDRESSES, totalLength: 24, protocol: 2, options })).toBe(24);
    expect(ipv4.headerLength(view, offset)).toBe(24);
    expect(new Uint8Array(view.buffer, offset + 20, 4)).toEqual(options);
    expect(ipv4.check(view, offset, end)).toBe(DropReason.NONE);
  });

  it.each([1, 3, 41, 44])("refuses %d bytes of options", (length) => {
    const { view, offset } = placed(new Uint8Array(64));
    const fields = { ...ADDRESSES, totalLength: 64, protocol: 1, options: new Uint8Array(length) };
    const message = `expected IPv4 options of at most 40 bytes in words of 4, found ${length} bytes`;
    expect(() => ipv4.write(view, offset, fields)).toThrow(new RangeError(message));
  });
});

describe("text", () => {
  // IP (tos 0x0, ttl 64, id 25408, offset 0, flags [DF], proto ICMP (1), length 84) 10.244.1.5 > 10.244.2.8: ...
  it("tells the header as `tcpdump -v` does", () => {
    const details = "tos 0x0, ttl 64, id 25408, offset 0, flags [DF], proto ICMP (1), length 84";
    expect(text(PACKET)).toBe(`IP (${details}) 10.244.1.5 > 10.244.2.8`);
  });

  // IP (tos 0x0, ttl 64, id 60746, offset 1480, flags [none], proto ICMP (1), length 48) 10.244.1.5 > ...
  it("tells a fragment's place", () => {
    expect(text(LAST_FRAGMENT.subarray(14))).toContain("offset 1480, flags [none], proto ICMP (1), length 48)");
  });

  // IP (tos 0x0, ttl 63, id 27068, offset 0, ..., length 124, options (RR 10.244.1.5, ...,EOL))
  it("tells options", () => {
    const passed = "10.244.1.5, 10.244.2.1, 10.244.2.8, 10.244.2.8, 10.244.1.1,";
    const expected = `length 124, options (RR ${passed} 0.0.0.0 0.0.0.0 0.0.0.0 0.0.0.0,EOL))`;
    expect(text(RECORD_ROUTE.subarray(14))).toContain(expected);
  });

  // IP (tos 0xc0, ttl 64, ...; IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto IPIP (4), length 104)
  it("tells type of service and protocol", () => {
    expect(text(TIME_EXCEEDED.subarray(14))).toContain("(tos 0xc0, ttl 64,");
    expect(text(IP_IN_IP.subarray(14))).toContain("proto IPIP (4)");
  });

  it.each([
    [6, "TCP"],
    [17, "UDP"],
    [132, "SCTP"],
    [253, "unknown"],
  ])("names protocol %d %s", (protocol, name) => {
    const { view, offset, end } = placed(PACKET);
    ipv4.setProtocol(view, offset, protocol);
    expect(ipv4.text(view, offset, end)).toContain(`proto ${name} (${protocol}), `);
  });

  it.each([
    [0x01, "tos 0x1,ECT(1), ttl"],
    [0x02, "tos 0x2,ECT(0), ttl"],
    [0x03, "tos 0x3,CE, ttl"],
  ])("tells type of service %d with its ECN name", (typeOfService, expected) => {
    const { view, offset, end } = placed(PACKET);
    ipv4.setTypeOfService(view, offset, typeOfService);
    expect(ipv4.text(view, offset, end)).toContain(expected);
  });

  it("tells all flags", () => {
    const { view, offset, end } = placed(PACKET);
    ipv4.setFlags(view, offset, 7);
    expect(ipv4.text(view, offset, end)).toContain("flags [+, DF, rsvd]");
  });

  it("tells a wrong checksum and the right one", () => {
    const { view, offset, end } = placed(PACKET);
    ipv4.setHeaderChecksum(view, offset, 0x0bad);
    expect(ipv4.text(view, offset, end)).toContain("length 84, bad cksum bad (->be74)!) 10.244.1.5");
  });

  it.each([
    ["", "IP [|ip]"],
    ["45", "IP [|ip]"],
    ["60 000000", "IP6, wrong link-layer encapsulation (invalid)"],
    ["55 000000", "IP5 (invalid)"],
    ["44 000054 63404000 4001be74 0af40105 0af40208", "IP bad-hlen 16"],
    ["46 000054 63404000 4001be74 0af40105 0af40208", "IP [remaining 20 < header length 24]"],
    ["45 000013 63404000 4001be74 0af40105 0af40208", "IP bad-len 19"],
  ])("tells why it cannot read %j", (hex, expected) => {
    expect(text(parseHex(hex))).toBe(expected);
  });
});

describe("protocolText", () => {
  it("names what the codec knows, and numbers the rest", () => {
    expect([ipv4.protocolText(17), ipv4.protocolText(89)]).toEqual(["UDP", "protocol 89"]);
  });
});
