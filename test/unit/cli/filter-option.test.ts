import { describe, expect, it } from "vitest";
import { Failure, UsageError } from "../../../src/cli/errors.ts";
import { filterOption } from "../../../src/cli/filter-option.ts";
import { UDP_DATAGRAM, VXLAN_ECHO_REQUEST } from "../wire/frames.ts";
import { placed } from "../wire/placed.ts";

const [ETHERNET, RAW, IEEE802_11] = [1, 101, 105];

/** Whether a packet of a link type is selected. */
function selects(expression: string, packet: Uint8Array, linkType: number): boolean {
  const { view, offset, end } = placed(packet);
  return filterOption("decode", expression)(view, offset, end, linkType);
}

describe("--filter", () => {
  it("is asked of what packets without an Ethernet header carry", () => {
    const packet = UDP_DATAGRAM.subarray(14);
    expect(selects("udp port 9999", packet, RAW)).toBe(true);
    expect(selects("not udp port 9999", packet, RAW)).toBe(false);
    expect(selects("vlan or arp", packet, RAW)).toBe(false);
  });

  it("selects every packet when it is empty, of any link type", () => {
    for (const linkType of [ETHERNET, RAW, IEEE802_11]) expect(selects(" ", new Uint8Array(0), linkType)).toBe(true);
  });

  it("refuses packets of which it does not know what they carry", () => {
    for (const expression of ["not tcp", "ether host 0:0:0:0:0:1"])
      expect(() => selects(expression, UDP_DATAGRAM, IEEE802_11)).toThrow(
        new Failure(
          "expected packets that --filter looks into (Ethernet, IP, loopback, Linux cooked), found IEEE802_11",
        ),
      );
  });

  it("asks for no MAC addresses where there are none, but within VXLAN", () => {
    const packet = VXLAN_ECHO_REQUEST.subarray(14);
    expect(() => selects("udp and not ether src 0:0:0:0:0:0", packet, RAW)).toThrow(
      new Failure(
        '--filter, for packets of RAW: expected a primitive for packets without MAC addresses, found "ether"',
      ),
    );
    expect(selects("vxlan and not ether src 0:0:0:0:0:0", packet, RAW)).toBe(true);
    expect(selects("vxlan and ether src 0:0:0:0:0:0", packet, RAW)).toBe(false);
    expect(selects("not ether src 0:0:0:0:0:0", VXLAN_ECHO_REQUEST, ETHERNET)).toBe(true);
  });

  it("takes packets longer than any before", () => {
    const view = new DataView(new Uint8Array(200_000).fill(0x45).buffer);
    const filter = filterOption("decode", "net 69.69.69.69/32 and not tcp");
    for (const length of [60, 70_000, 200_000]) expect(filter(view, 0, length, RAW)).toBe(true);
  });

  it("is a wrong command line when it is none", () => {
    expect(() => filterOption("convert", "tcp port x")).toThrow(
      new UsageError('convert: --filter: expected a port from 0 to 65535, found "x"', "tcp port x\n         ^"),
    );
  });
});
