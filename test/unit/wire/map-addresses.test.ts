import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { fixChecksums } from "../../../src/wire/fix-checksums.ts";
import { type AddressMap, AddressMapper } from "../../../src/wire/map-addresses.ts";
import { generateFrames } from "../../capture/generated-frames.ts";
import * as frames from "./frames.ts";
import { withOldTag, withSnap } from "./link-frames.ts";
import { placed } from "./placed.ts";

/** Every bit of an address is the other one: what is mapped twice is as it was, whatever of it is there. */
const INVERTED: AddressMap = {
  ipv4: (address) => ~address >>> 0,
  mac: (mac) => 2 ** 48 - 1 - mac,
};

/** The packet with other addresses, and what of it was not looked into. */
function mapped(
  packet: Uint8Array,
  linkType = 1,
  map: AddressMap = INVERTED,
): [packet: Uint8Array, unseen: readonly string[]] {
  const { view, offset, end } = placed(packet);
  const unseen = new AddressMapper(map).mapPacket(view, offset, end, linkType);
  const whole = new Uint8Array(view.buffer);
  expect(new Set([...whole.subarray(0, offset), ...whole.subarray(end)])).toEqual(new Set([0xa5]));
  return [whole.slice(offset, end), unseen];
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
    expect(changes(stamped)).toEqual([...range(0, 12), ...range(24, 2), ...range(26, 8), ...range(14 + 20 + 5, 3)]);
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
  });

  it("addresses behind tags of 0x9100, behind SNAP, and of reverse ARP", () => {
    expect(changes(withOldTag(frames.ARP_REQUEST))).toEqual([...range(0, 12), ...range(18 + 8, 20)]);
    expect(changes(withSnap(frames.ARP_REQUEST))).toEqual([...range(0, 12), ...range(22 + 8, 20)]);
    const reverse = frames.ARP_REQUEST.slice();
    reverse.set([0x80, 0x35], 12);
    expect(changes(reverse)).toEqual([...range(0, 12), ...range(14 + 8, 20)]);
    const snap = withSnap(frames.UDP_DATAGRAM);
    expect(changes(snap)).toEqual(expect.arrayContaining(range(22 + 12, 8)));
  });

  it("whatever of an address is there", () => {
    expect(changes(frames.UDP_DATAGRAM.subarray(0, 9))).toEqual(range(0, 9));
    expect(changes(frames.UDP_DATAGRAM.subarray(0, 33))).toEqual([...range(0, 12), ...range(24, 9)]);
    expect(changes(frames.ARP_REQUEST.subarray(0, 36))).toEqual([...range(0, 12), ...range(14 + 8, 14)]);
    const options = frames.RECORD_ROUTE.subarray(0, 34 + 8);
    expect(changes(options)).toEqual(expect.arrayContaining(range(34 + 3, 5)));
    const quoted = 14 + 20 + 8;
    const cutQuote = frames.PORT_UNREACHABLE.subarray(0, quoted + 19);
    expect(changes(cutQuote)).toEqual(expect.arrayContaining(range(quoted + 12, 7)));
  });

  it("addresses of headers whose lengths lie", () => {
    for (const first of [0x40, 0x44, 0x4f]) {
      const frame = frames.UDP_DATAGRAM.slice();
      frame[14] = first;
      expect(changes(frame), `0x${first.toString(16)}`).toEqual(expect.arrayContaining(range(26, 8)));
    }
    const frame = frames.UDP_DATAGRAM.slice();
    frame[14 + 3] = 10;
    expect(changes(frame)).toEqual([...range(0, 12), ...range(24, 10)]);
  });

  it("what VXLAN carries in a first fragment, and without the I bit", () => {
    const [flags, fragment] = [14 + 20 + 8, 14 + 6];
    for (const [position, value] of [
      [flags, 0],
      [fragment, 0x20],
    ] as const) {
      const frame = frames.VXLAN_ARP_REQUEST.slice();
      frame[position] = value;
      expect(changes(frame)).toEqual(expect.arrayContaining([...range(50, 12), ...range(64 + 8, 20)]));
    }
  });

  it("the routers of an advertisement (RFC 1256)", () => {
    const advertisement = frames.ECHO_REQUEST.slice(0, 14 + 20 + 8 + 16);
    const view = new DataView(advertisement.buffer);
    view.setUint16(14 + 2, advertisement.length - 14);
    advertisement[34] = 9;
    const found = changes(withRightChecksums(advertisement));
    expect(found.filter((position) => position >= 34 + 8)).toEqual([...range(34 + 8, 4), ...range(34 + 16, 4)]);
    expect(mapped(advertisement)[1]).toEqual([]);
  });
});

describe("AddressMapper names", () => {
  const udp = frames.UDP_DATAGRAM;
  const changed = (frame: Uint8Array, ...bytes: readonly [position: number, value: number][]): Uint8Array => {
    const copy = frame.slice();
    for (const [position, value] of bytes) copy[position] = value;
    return copy;
  };

  it.each<[string, Uint8Array, readonly string[]]>([
    ["nothing of ARP", frames.VLAN_ARP_REQUEST, []],
    ["nothing of a TCP segment without data", frames.TCP_SYN, []],
    ["payloads of UDP", udp, ["payload of udp"]],
    ["payloads of TCP", frames.TCP_DATA, ["payload of tcp"]],
    ["payloads of ICMP, inside tunnels too", frames.VXLAN_ECHO_REQUEST, ["payload of icmpv4"]],
    ["what VXLAN has on other ports", changed(frames.VXLAN_ARP_REQUEST, [14 + 20 + 3, 1]), ["payload of udp"]],
    ["fragments behind the first", frames.LAST_FRAGMENT, ["fragments of ipv4"]],
    ["EtherTypes", changed(udp, [12, 0x86], [13, 0xdd]), ["ipv6"]],
    ["IPv4 protocols", changed(udp, [14 + 9, 47]), ["gre"]],
    ["protocols under LLC", frames.SPANNING_TREE, ["spanning-tree"]],
    ["another IP version", changed(udp, [14, 0x55]), ["payload of ipv4"]],
    ["what stands behind a packet", Uint8Array.of(...udp, 0, 1), ["payload of udp", "bytes behind packets"]],
    ["nothing that is blank there", Uint8Array.of(...udp, 0, 0), ["payload of udp"]],
    [
      "ARP of other addresses",
      changed(frames.ARP_REQUEST, [14 + 4, 5]),
      ["other addresses of arp", "bytes behind packets"],
    ],
    [
      "unknown options of IPv4",
      changed(frames.RECORD_ROUTE, [34, 99]),
      ["unknown options of ipv4", "payload of icmpv4"],
    ],
    ["malformed options of TCP", changed(frames.TCP_SYN, [34 + 21, 0]), ["unknown options of tcp"]],
  ])("%s", (_name, frame, unseen) => expect(mapped(frame)[1]).toEqual(unseen));

  it("what follows a quotation in an ICMP error (RFC 4884)", () => {
    const error = changed(frames.PORT_UNREACHABLE, [34 + 5, 5]);
    expect(mapped(error)[1]).toEqual(["extensions of icmpv4"]);
  });

  it("link addresses of another kind", () => {
    const cooked = parseHex(`0000 0001 0008 0a580af40105a1a2 0800 ${formatHex(frames.TCP_SYN.subarray(14))}`);
    expect(mapped(cooked, 113)[1]).toEqual(["other addresses of linux-sll"]);
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
    expect(positions.length).toBeLessThan(700);
  });
});
