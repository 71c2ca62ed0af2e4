import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { fixChecksums } from "../../../src/wire/fix-checksums.ts";
import { type AddressMap, AddressMapper } from "../../../src/wire/map-addresses.ts";
import { generateFrames } from "../../capture/generated-frames.ts";
import * as frames from "./frames.ts";
import { placed } from "./placed.ts";

/** Every bit of an address is the other one: what is mapped twice is as it was. */
const INVERTED: AddressMap = {
  ipv4: (address) => ~address >>> 0,
  mac: (mac) => 2 ** 48 - 1 - mac,
};

/** The packet with other addresses, and whether it carries IPv4 or ARP. */
function mapped(packet: Uint8Array, linkType = 1, map: AddressMap = INVERTED): [packet: Uint8Array, isKnown: boolean] {
  const { view, offset, end } = placed(packet);
  const isKnown = new AddressMapper(map).mapPacket(view, offset, end, linkType);
  const whole = new Uint8Array(view.buffer);
  expect(new Set([...whole.subarray(0, offset), ...whole.subarray(end)])).toEqual(new Set([0xa5]));
  return [whole.slice(offset, end), isKnown];
}

function withRightChecksums(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  fixChecksums(new DataView(copy.buffer), 0, copy.length, 1);
  return copy;
}

const ALL = Object.entries(frames);

/** Where a packet has changed. */
function changes(packet: Uint8Array, linkType = 1): number[] {
  const [other] = mapped(packet, linkType);
  return [...packet.keys()].filter((position) => other[position] !== packet[position]);
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, index) => start + index);
}

describe("AddressMapper changes", () => {
  it("MAC and IPv4 addresses, and checksums", () => {
    const [macs, header, addresses, transport] = [range(0, 12), range(24, 2), range(26, 8), range(40, 2)];
    expect(changes(frames.UDP_DATAGRAM)).toEqual([...macs, ...header, ...addresses, ...transport]);
    const map = { ipv4: (address: number) => address + 1, mac: (mac: number) => mac };
    const [other] = mapped(frames.UDP_DATAGRAM, 1, map);
    expect(formatHex(other.subarray(14 + 10, 14 + 20))).toBe("2bc2" + "0af40106" + "0af40209");
    expect(formatHex(other.subarray(34 + 6, 34 + 8))).toBe("de5e");
  });

  it("both pairs of addresses of ARP, behind VLAN tags too", () => {
    expect(changes(frames.VLAN_ARP_REQUEST)).toEqual([...range(0, 12), ...range(18 + 8, 20)]);
  });

  it("the packet that an ICMP error quotes, and the gateway of a redirect", () => {
    const quoted = 14 + 20 + 8;
    const positions = changes(frames.REDIRECT);
    expect(positions).toEqual(expect.arrayContaining([...range(34 + 4, 4), ...range(quoted + 12, 8)]));
    expect(changes(frames.PORT_UNREACHABLE)).toEqual(expect.arrayContaining(range(quoted + 12, 8)));
  });

  it("what IP in IP and VXLAN carry", () => {
    expect(changes(frames.IP_IN_IP)).toEqual(expect.arrayContaining(range(34 + 12, 8)));
    expect(changes(frames.VXLAN_ARP_REQUEST)).toEqual(expect.arrayContaining([...range(50, 12), ...range(64 + 8, 20)]));
  });

  it("the addresses of recorded routes and timestamps in IPv4's options, wherever they stand", () => {
    expect(changes(frames.RECORD_ROUTE)).toEqual(expect.arrayContaining(range(14 + 20 + 3, 36)));
    // NOP, then a timestamp option with one address (flag 1) and room for another.
    const header = "47 00001c 0000 0000 40 fd 0000 0a000001 0a000002";
    const stamped = parseHex(`${"00".repeat(12)} 0800 ${header} 01 44070d01 0a0000`);
    expect(changes(stamped)).not.toContain(14 + 20 + 5);
    const whole = parseHex(`${"00".repeat(12)} 0800 48${header.slice(2)} 440c0d01 0a000003 00000001`);
    expect(changes(whole)).toEqual(expect.arrayContaining(range(14 + 20 + 4, 4)));
    expect(changes(whole)).not.toContain(14 + 20 + 8);
  });

  it("the address of a cooked packet, when it is a MAC address", () => {
    const cooked = parseHex(`0000 0001 0006 0a580af40105 0000 0800 ${formatHex(frames.UDP_DATAGRAM.subarray(14))}`);
    const packet = [...range(16 + 10, 10), ...range(36 + 6, 2)];
    expect(changes(cooked, 113)).toEqual([...range(6, 6), ...packet]);
    const second = parseHex(
      `0806 0000 00000001 0001 00 06 0a580af401050000 ${formatHex(frames.ARP_REQUEST.subarray(14))}`,
    );
    expect(changes(second, 276)).toEqual([...range(12, 6), ...range(20 + 8, 20)]);
    cooked[5] = 4;
    expect(changes(cooked, 113)).toEqual(packet);
  });

  it("nothing but MAC addresses in frames that carry something else", () => {
    expect(changes(frames.LOCAL_EXPERIMENT)).toEqual(range(0, 12));
    expect(mapped(frames.LOCAL_EXPERIMENT)[1]).toBe(false);
    expect(mapped(frames.ECHO_REQUEST)[1]).toBe(true);
    expect(mapped(frames.VLAN_ARP_REQUEST)[1]).toBe(true);
    expect(mapped(frames.ECHO_REQUEST.subarray(0, 13))[1]).toBe(false);
  });
});

describe("AddressMapper", () => {
  const generated = generateFrames(300).map((frame, index) => [`generated ${index}`, frame] as const);
  const shifted: AddressMap = { ipv4: (address) => (address + 0x01020304) >>> 0, mac: (mac) => (mac + 1) % 2 ** 48 };

  it("keeps right checksums right, in all layers", () => {
    for (const [name, frame] of [...ALL, ...generated]) {
      const [other] = mapped(frame, 1, shifted);
      expect(formatHex(other), name).toBe(formatHex(withRightChecksums(other)));
    }
  });

  it("and gives back what it is applied to twice, right or wrong, whole or cut anywhere", () => {
    for (const [name, frame] of ALL) {
      for (let length = 0; length <= frame.length; length++) {
        const cut = frame.slice(0, length);
        for (const damage of [0, 0x55]) {
          // A byte of whatever is there: a length, a checksum, an address.
          if (length > 14) cut[14 + ((length * 7) % (length - 14))]! ^= damage;
          const once = mapped(cut)[0];
          const twice = mapped(once)[0];
          expect(formatHex(twice), `${name}, ${length} bytes`).toBe(formatHex(cut));
        }
      }
    }
  });

  it("leaves a UDP checksum of 0, which says that there is none", () => {
    const [other] = mapped(frames.UDP_WITHOUT_CHECKSUM, 1, shifted);
    expect(formatHex(other.subarray(34 + 6, 34 + 8))).toBe("0000");
  });

  it("leaves what lies behind a datagram that is shorter than its packet", () => {
    const [datagram, lost] = [14 + 20, 20];
    const frame = frames.VXLAN_ARP_REQUEST.slice();
    const view = new DataView(frame.buffer);
    view.setUint16(datagram + 4, view.getUint16(datagram + 4) - lost);
    const fixedFrame = withRightChecksums(frame);
    const [other] = mapped(fixedFrame, 1, shifted);
    expect(formatHex(other.subarray(-lost))).toBe(formatHex(frame.subarray(-lost)));
    expect(formatHex(other)).toBe(formatHex(withRightChecksums(other)));
  });

  it("ends in packets that go on and on in packets", () => {
    const header = frames.IP_IN_IP.slice(14, 34);
    const deep = new Uint8Array(14 + 3_000 * 20);
    deep.set(frames.IP_IN_IP.subarray(0, 14));
    for (let depth = 0; depth < 3_000; depth++) {
      deep.set(header, 14 + depth * 20);
      new DataView(deep.buffer).setUint16(14 + depth * 20 + 2, (3_000 - depth) * 20);
    }
    const positions = changes(deep);
    expect(positions.length).toBeGreaterThan(8 * 8);
    expect(positions.length).toBeLessThan(300);
  });
});
