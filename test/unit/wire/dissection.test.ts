import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { dissect, type Dissection, type FieldValue, type Layer } from "../../../src/wire/dissection.ts";
import * as ipv4 from "../../../src/wire/ipv4.ts";
import * as frames from "./frames.ts";
import { placed } from "./placed.ts";

/** The dissection of a frame that stands between poison. */
function apart(bytes: Uint8Array, ...rest: [originalLength?: number, linkType?: number]): Dissection {
  const { view, offset, end } = placed(bytes);
  return dissect(view, offset, end, ...rest);
}

function protocols({ layers }: Dissection): string {
  return layers.map(({ protocol, length, quoted }) => `${quoted ? "quoted " : ""}${protocol} ${length}`).join(", ");
}

/** The layer of a protocol, the first when there are several. */
function layer(dissection: Dissection, protocol: string): Layer {
  const found = dissection.layers.find((candidate) => candidate.protocol === protocol);
  if (found === undefined) throw new Error(`no ${protocol} in ${protocols(dissection)}`);
  return found;
}

function value(dissection: Dissection, name: string): FieldValue | undefined {
  return layer(dissection, name.split(".")[0]!).fields.find((field) => field.name === name)?.value;
}

function problems(dissection: Dissection): string[] {
  return dissection.layers.flatMap(({ protocol, problems }) =>
    problems.map(({ text, offset }) => `${protocol} at ${offset}: ${text}`),
  );
}

/** A copy with one byte set. */
function withByte(bytes: Uint8Array, index: number, byte: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = byte;
  return copy;
}

/** The same, and the IPv4 header's checksum made right again. */
function withHeaderByte(bytes: Uint8Array, index: number, byte: number): Uint8Array {
  const copy = withByte(bytes, index, byte);
  ipv4.updateHeaderChecksum(new DataView(copy.buffer), 14);
  return copy;
}

const HEADERS = "ethernet 14, ipv4 20";

describe("layers", () => {
  it.each<[keyof typeof frames, string]>([
    ["ARP_REQUEST", "ethernet 14, arp 28"],
    ["ECHO_REQUEST", `${HEADERS}, icmpv4 8, payload 56`],
    ["UDP_DATAGRAM", `${HEADERS}, udp 8, payload 5`],
    ["TCP_SYN", `${HEADERS}, tcp 40`],
    ["TCP_DATA", `${HEADERS}, tcp 32, payload 4`],
    ["RECORD_ROUTE", "ethernet 14, ipv4 60, icmpv4 8, payload 56"],
    ["TIME_EXCEEDED", `${HEADERS}, icmpv4 8, quoted ipv4 20, quoted icmpv4 8, quoted payload 56`],
    ["FRAGMENTATION_NEEDED", `${HEADERS}, icmpv4 8, quoted ipv4 20, quoted icmpv4 8`],
    ["IP_IN_IP", `${HEADERS}, ipv4 20, icmpv4 8, payload 56`],
    ["VXLAN_ARP_REQUEST", `${HEADERS}, udp 8, vxlan 8, ethernet 14, arp 28`],
    ["VXLAN_ECHO_REQUEST", `${HEADERS}, udp 8, vxlan 8, ${HEADERS}, icmpv4 8, payload 56`],
    ["VLAN_ARP_REQUEST", "ethernet 14, vlan 4, arp 28"],
    ["STACKED_VLAN_UDP", "ethernet 14, vlan 4, vlan 4, ipv4 20, udp 8, payload 2"],
    ["SPANNING_TREE", "ethernet 14, llc 3, spanning-tree 35, padding 8"],
    ["LAST_FRAGMENT", `${HEADERS}, payload 28`],
    ["UNKNOWN_PROTOCOL", `${HEADERS}, ip-protocol-253 8`],
    ["LOCAL_EXPERIMENT", "ethernet 14, local-experiment 7"],
  ])("of %s", (name, expected) => {
    const dissection = apart(frames[name]);
    expect(protocols(dissection)).toBe(expected);
    expect(problems(dissection)).toEqual([]);
  });

  it.each([
    ["86dd 60", "ipv6 1"],
    ["8847 00000140", "mpls 4"],
    ["88cc 0207", "lldp 2"],
    ["9100 0064 86dd 60", "vlan 4, ipv6 1"],
    ["8100 0064 0004 424203 01", "vlan 4, llc 3, spanning-tree 1"],
    ["9999 00", "ethertype-0x9999 1"],
    ["0008 aaaa03 000000 86dd", "llc 8"],
    ["000a aaaa03 000000 86dd 6000", "llc 8, ipv6 2"],
    ["0009 aaaa03 00000c 2000 01", "llc 8, cdp 1"],
    ["0009 aaaa03 00000c 0001 01", "llc 8, snap-00000c-0001 1"],
    ["0004 ffff 0011", "ipx 4"],
    ["0005 fefe03 83 1b", "llc 3, iso 2"],
    ["0005 7e7e03 83 1b", "llc 3, llc-0x7e 2"],
    ["0000", ""],
  ])("behind the type field %s", (hex, expected) => {
    const dissection = apart(parseHex(`ffffffffffff 020000000001 ${hex}`));
    expect(protocols(dissection)).toBe(["ethernet 14", expected].filter((text) => text !== "").join(", "));
    expect(problems(dissection)).toEqual([]);
  });

  it("names Cisco's ISL by its destination address", () => {
    expect(protocols(apart(parseHex("01000c000000 020000000001 0003 aaaa03")))).toBe("ethernet 14, isl 3");
    expect(protocols(apart(parseHex("01000c010000 020000000001 0003 aaaa02")))).toBe("ethernet 14, llc 3");
  });

  it("takes reverse ARP for ARP (RFC 903)", () => {
    const dissection = apart(withByte(withByte(frames.ARP_REQUEST, 12, 0x80), 13, 0x35));
    expect(protocols(dissection)).toBe("ethernet 14, arp 28");
  });

  it("has what stands behind the IPv4 total length as padding", () => {
    const dissection = apart(Uint8Array.from([...frames.UDP_DATAGRAM, 0, 0, 0]));
    expect(protocols(dissection)).toBe(`${HEADERS}, udp 8, payload 5, padding 3`);
  });

  it("has what stands behind the UDP length as padding", () => {
    const short = withByte(frames.UDP_WITHOUT_CHECKSUM, 39, 12);
    expect(protocols(apart(short))).toBe(`${HEADERS}, udp 8, payload 4, padding 3`);
  });

  it("ends a quotation where RFC 4884 has it, before the extensions", () => {
    const message = withByte(frames.TIME_EXCEEDED, 39, 28 / 4);
    expect(protocols(apart(message))).toBe(`${HEADERS}, icmpv4 8, quoted ipv4 20, quoted icmpv4 8, payload 56`);
  });

  it("finds VXLAN on the destination ports that it is told (RFC 7348 section 5: the source port is a hash)", () => {
    const { view, offset, end } = placed(frames.VXLAN_ARP_REQUEST);
    const on = (...vxlanPorts: number[]): string =>
      protocols(dissect(view, offset, end, undefined, undefined, { vxlanPorts }));
    expect(on(9999)).toBe(`${HEADERS}, udp 8, payload 50`);
    expect(on(9999, 4789)).toContain("vxlan");
    view.setUint16(offset + 36, 8472);
    expect(protocols(dissect(view, offset, end))).toContain("vxlan");
    view.setUint32(offset + 34, (4789 << 16) | 9999);
    expect(protocols(dissect(view, offset, end))).toBe(`${HEADERS}, udp 8, payload 50`);
  });

  it("stops where headers nest too deep, and says so", () => {
    const header = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, 4, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    const bytes = Uint8Array.from({ length: 14 + 200 * 20 }, (_, index) =>
      index < 14 ? 0 : header[(index - 14) % 20]!,
    );
    bytes[12] = 8;
    const view = new DataView(bytes.buffer);
    for (let offset = 14; offset < bytes.length; offset += 20) {
      ipv4.setTotalLength(view, offset, bytes.length - offset);
      ipv4.updateHeaderChecksum(view, offset);
    }
    const dissection = dissect(view, 0, bytes.length);
    expect(dissection.layers.length).toBe(65);
    expect(problems(dissection)).toEqual([
      `payload at ${14 + 63 * 20}: more than 64 headers within each other are not looked at`,
    ]);
  });
});

describe("ICMP errors that quote each other", () => {
  /** An error that quotes a packet and four bytes of padding, with four bytes behind the quotation and four more. */
  function quoting(packet: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(20 + 8 + packet.length + 4 + 4 + 4);
    const view = new DataView(bytes.buffer);
    ipv4.write(view, 0, { totalLength: bytes.length - 4, protocol: 1, source: 1, destination: 2 });
    bytes[20] = 3;
    bytes[25] = (packet.length + 4) / 4 > 255 ? 0 : (packet.length + 4) / 4;
    bytes.set(packet, 28);
    return bytes;
  }

  it.each([1, 5, 31, 32, 33, 60])("%d deep, have all their bytes in layers", (depth) => {
    let packet: Uint8Array = frames.UDP_DATAGRAM.subarray(14, 14 + 28);
    for (let level = 0; level < depth; level++) packet = quoting(packet);
    const { layers } = apart(packet, undefined, 101);
    const ends = layers.map(({ offset, length }) => offset + length);
    expect(layers.map(({ offset }) => offset)).toEqual([0, ...ends.slice(0, -1)]);
    expect(ends.at(-1)).toBe(packet.length);
    expect(layers.filter(({ protocol }) => protocol === "icmpv4")).toHaveLength(Math.min(depth, 32));
  });
});

describe("frames of other link types", () => {
  const packet = frames.ECHO_REQUEST.subarray(14);
  const behind = (header: string): Uint8Array => Uint8Array.from([...parseHex(header), ...packet]);

  it.each<[string, number, Uint8Array, string]>([
    ["bare IPv4", 101, packet, "ipv4 20, icmpv4 8, payload 56"],
    ["bare IPv4 of its own link type", 228, packet, "ipv4 20, icmpv4 8, payload 56"],
    ["bare IPv6", 101, parseHex("60000000"), "ipv6 4"],
    ["a little-endian loopback", 0, behind("02000000"), "loopback 4, ipv4 20, icmpv4 8, payload 56"],
    ["a big-endian loopback", 108, behind("00000002"), "loopback 4, ipv4 20, icmpv4 8, payload 56"],
    ["a loopback with an EtherType", 0, behind("0f000800"), "loopback 4, ipv4 20, icmpv4 8, payload 56"],
    ["IPv6 on a loopback", 0, parseHex("1e000000 60"), "loopback 4, ipv6 1"],
    ["anything else on a loopback", 0, parseHex("07000000 60"), "loopback 4, payload 1"],
    [
      "Linux's any device",
      113,
      behind("0004 0001 0006 0a580af40105 0000 0800"),
      "linux-sll 16, ipv4 20, icmpv4 8, payload 56",
    ],
    [
      "LLC on Linux's any device",
      113,
      parseHex("0000 0001 0006 0a580af40105 0000 0004 424203 00"),
      "linux-sll 16, llc 3, spanning-tree 1",
    ],
    [
      "ARP in SNAP on Linux's any device, with padding",
      113,
      parseHex(`${"00".repeat(14)} 0004 aaaa03 000000 0806 ${"00".repeat(8)} 01`),
      "linux-sll 16, llc 8, arp 8, padding 1",
    ],
    [
      "Linux's any device, second version",
      276,
      behind("0800 0000 00000002 0001 04 06 0a580af40105 0000"),
      "linux-sll2 20, ipv4 20, icmpv4 8, payload 56",
    ],
    ["one that is known by its number", 105, packet, "link-type-105 84"],
  ])("%s", (_what, linkType, bytes, expected) => {
    const dissection = apart(bytes, undefined, linkType);
    expect(protocols(dissection)).toBe(expected);
    expect(problems(dissection)).toEqual([]);
  });

  it("have fields", () => {
    const dissection = apart(behind("0004 0001 0006 0a580af40105 0000 0800"), undefined, 113);
    const texts = layer(dissection, "linux-sll").fields.map(({ name, text }) => `${name} ${text}`);
    expect(texts).toEqual([
      "linux-sll.packetType 4 (from us)",
      "linux-sll.hardwareType 1",
      "linux-sll.addressLength 6",
      "linux-sll.address 0a:58:0a:f4:01:05",
      "linux-sll.protocol 0x0800 (ipv4)",
      "linux-sll.bytes 16 bytes",
    ]);
  });
});

describe("fields", () => {
  it("stand where they stand in the frame, wherever that is in the view", () => {
    const [, , udp] = apart(frames.UDP_DATAGRAM).layers;
    expect(udp!.fields).toEqual([
      { name: "udp.sourcePort", offset: 34, length: 2, value: 40349, text: "40349" },
      { name: "udp.destinationPort", offset: 36, length: 2, value: 9999, text: "9999" },
      { name: "udp.datagramLength", offset: 38, length: 2, value: 13, text: "13" },
      { name: "udp.datagramChecksum", offset: 40, length: 2, value: 0xde60, text: "0xde60" },
      { name: "udp.checksumVerdict", offset: 40, length: 2, value: "good", text: "good" },
    ]);
  });

  it("have numbers as values and text for people", () => {
    const [ethernet, header] = apart(frames.ECHO_REQUEST).layers;
    const source = ethernet!.fields.find(({ name }) => name === "ethernet.source");
    expect(source).toMatchObject({ value: 0x0a580af40105, text: "0a:58:0a:f4:01:05" });
    const texts = header!.fields.map(({ name, text }) => `${name.slice(5)} ${text}`);
    expect(texts).toEqual([
      "version 4",
      "headerLength 20",
      "typeOfService 0x00",
      "dscp 0",
      "ecn 0",
      "totalLength 84",
      "identification 0x6340",
      "reservedFlag false",
      "dontFragment true",
      "moreFragments false",
      "fragmentOffset 0",
      "timeToLive 64",
      "protocol 1 (icmpv4)",
      "headerChecksum 0xbe74",
      "checksumVerdict good",
      "source 10.244.1.5",
      "destination 10.244.2.8",
    ]);
  });

  it("tell every TCP option", () => {
    const { fields } = layer(apart(frames.TCP_SYN), "tcp");
    const options = fields.filter(({ name }) => name.startsWith("tcp.option"));
    expect(options.map(({ name, offset, length, value, text }) => [name, offset, length, value, text])).toEqual([
      ["tcp.options", 54, 20, frames.TCP_SYN.slice(54, 74), "mss 1360,sackOK,TS val 3191072262 ecr 0,nop,wscale 10"],
      ["tcp.option.maximumSegmentSize", 54, 4, 1360, "mss 1360"],
      ["tcp.option.sackPermitted", 58, 2, true, "sackOK"],
      ["tcp.option.timestamps", 60, 10, [3191072262, 0], "TS val 3191072262 ecr 0"],
      ["tcp.option.nop", 70, 1, true, "nop"],
      ["tcp.option.windowScale", 71, 3, 10, "wscale 10"],
    ]);
  });

  it("tell SACK blocks, and END with the padding behind it", () => {
    const dissection = apart(frames.TCP_SACK);
    expect(value(dissection, "tcp.option.sack")).toEqual([3000, 4000]);
    expect(value(dissection, "tcp.option.end")).toEqual(new Uint8Array(4));
  });

  it("tell every IPv4 option", () => {
    const { fields } = layer(apart(frames.RECORD_ROUTE), "ipv4");
    const route = fields.find(({ name }) => name === "ipv4.option.recordRoute");
    expect(route).toMatchObject({
      offset: 34,
      length: 39,
      text: "record route 10.244.1.5 10.244.2.1 10.244.2.8 10.244.2.8 10.244.1.1 0.0.0.0 0.0.0.0 0.0.0.0 0.0.0.0, pointer 24",
    });
    expect(fields.at(-1)).toMatchObject({ name: "ipv4.option.end", offset: 73, length: 1 });
  });

  it.each([
    ["FRAGMENTATION_NEEDED", "icmpv4.nextHopMtu", 1400],
    ["REDIRECT", "icmpv4.gateway", 0x0af40102],
    ["ECHO_REQUEST", "icmpv4.identifier", 8865],
    ["VLAN_ARP_REQUEST", "vlan.priority", 3],
    ["VLAN_ARP_REQUEST", "vlan.vlanId", 10],
    ["STACKED_VLAN_UDP", "ethernet.etherType", 0x88a8],
    ["SPANNING_TREE", "ethernet.payloadLength", 38],
    ["SPANNING_TREE", "llc.destination", 0x42],
    ["VXLAN_ARP_REQUEST", "vxlan.vni", 1],
    ["ARP_REQUEST", "arp.targetProtocol", 0x0af40101],
  ] as const)("of %s include %s", (frame, name, expected) => {
    expect(value(apart(frames[frame]), name)).toBe(expected);
  });

  it.each([
    ["0800 0000 00010002", "identifier 1, sequence 2"],
    ["0304 0000 00000578", "nextHopMtu 1400"],
    ["0301 0000 00000578", ""],
    ["0500 0000 0a000001", "gateway 10.0.0.1"],
    ["0c00 0000 14000000", "pointer 20"],
    ["1200 0000 00010002 ffffff00", "identifier 1, sequence 2, addressMask 255.255.255.0"],
    [
      "0d00 0000 00010002 00000003 00000004 00000005",
      "identifier 1, sequence 2, originateTimestamp 3, receiveTimestamp 4, transmitTimestamp 5",
    ],
  ])("of the ICMP message %s are %s", (hex, expected) => {
    const bytes = parseHex(hex);
    const packet = new Uint8Array(20 + bytes.length);
    ipv4.write(new DataView(packet.buffer), 0, { totalLength: packet.length, protocol: 1, source: 1, destination: 2 });
    packet.set(bytes, 20);
    const { fields } = layer(apart(packet, undefined, 101), "icmpv4");
    const common = ["type", "code", "messageChecksum", "checksumVerdict", "restOfHeader"];
    expect(fields.slice(0, 5).map(({ name }) => name.slice(7))).toEqual(common);
    expect(
      fields
        .slice(5)
        .map(({ name, text }) => `${name.slice(7)} ${text}`)
        .join(", "),
    ).toBe(expected);
  });

  it("tell the group policy of a VXLAN header that has one", () => {
    const bytes = Uint8Array.from(frames.VXLAN_ARP_REQUEST);
    bytes.set(parseHex("88481234"), 42);
    const dissection = apart(bytes);
    expect(value(dissection, "vxlan.groupPolicyId")).toBe(0x1234);
    expect(value(dissection, "vxlan.dontLearn")).toBe(true);
    expect(value(dissection, "vxlan.isPolicyApplied")).toBe(true);
    expect(value(apart(frames.VXLAN_ARP_REQUEST), "vxlan.groupPolicyId")).toBeUndefined();
  });

  it("of ARP for other addresses are their bytes", () => {
    const bytes = parseHex("ffffffffffff 020000000001 0806 0007 0800 01 04 0001 aa 0a000001 bb 0a000002");
    const { fields, length } = layer(apart(bytes), "arp");
    expect(length).toBe(18);
    expect(fields.at(-1)).toMatchObject({ name: "arp.addresses", offset: 22, length: 10 });
    expect(fields.some(({ name }) => name === "arp.senderHardware")).toBe(false);
  });

  it("of bytes are copies", () => {
    const { view, offset, end } = placed(frames.UDP_DATAGRAM);
    const dissection = dissect(view, offset, end);
    new Uint8Array(view.buffer).fill(0);
    expect(value(dissection, "payload.bytes")).toEqual(Uint8Array.from(Buffer.from("hello")));
  });
});

describe("checksum verdicts", () => {
  it.each<[string, Uint8Array, string]>([
    ["a good one", frames.UDP_DATAGRAM, "good"],
    ["a bad one", withByte(frames.UDP_DATAGRAM, 46, 0), "bad"],
    ["none", frames.UDP_WITHOUT_CHECKSUM, "absent"],
    ["a fragment's", frames.FIRST_FRAGMENT, "unverifiable"],
  ])("tell %s", (_what, frame, verdict) => {
    expect(value(apart(frame), "udp.checksumVerdict")).toBe(verdict);
  });

  it("tell one that is cut off", () => {
    expect(value(apart(frames.TCP_DATA.subarray(0, 69), 70), "tcp.checksumVerdict")).toBe("unverifiable");
    expect(value(apart(frames.TCP_DATA, 80), "tcp.checksumVerdict")).toBe("good");
  });

  it("are given on a header that is whole alone", () => {
    expect(value(apart(frames.RECORD_ROUTE.subarray(0, 73), 200), "ipv4.checksumVerdict")).toBe("unverifiable");
    expect(value(apart(frames.RECORD_ROUTE), "ipv4.checksumVerdict")).toBe("good");
  });

  it("are not given on what an ICMP error quotes, but for IPv4 headers", () => {
    const quoted = apart(frames.TIME_EXCEEDED).layers.filter((candidate) => candidate.quoted);
    const verdicts = quoted.flatMap(({ fields }) => fields.filter(({ name }) => name.endsWith("Verdict")));
    expect(verdicts.map(({ name, value }) => `${name} ${String(value)}`)).toEqual([
      "ipv4.checksumVerdict good",
      "icmpv4.checksumVerdict unverifiable",
    ]);
  });

  it("are not given on a source route, where the pseudo-header has the last address (RFC 1122 section 3.2.1.8)", () => {
    const options = ipv4.buildOptions([{ name: "looseSourceRoute", addresses: [0x0a000001] }]);
    const packet = new Uint8Array(28 + 8 + 8);
    const view = new DataView(packet.buffer);
    ipv4.write(view, 0, { totalLength: 44, protocol: 17, source: 1, destination: 2, options });
    view.setUint16(28 + 4, 16);
    view.setUint16(28 + 6, 0x1234);
    expect(value(apart(packet, undefined, 101), "udp.checksumVerdict")).toBe("unverifiable");
  });
});

describe("problems", () => {
  const { UDP_DATAGRAM, TCP_SYN, ECHO_REQUEST, ARP_REQUEST, VXLAN_ARP_REQUEST } = frames;
  const cut = "the header is cut short";

  it.each<[string, Uint8Array, string[]]>([
    ["no byte at all", new Uint8Array(), [`ethernet at 0: ${cut}: 0 of 14 bytes are there`]],
    ["a cut Ethernet header", ECHO_REQUEST.subarray(0, 13), [`ethernet at 0: ${cut}: 13 of 14 bytes are there`]],
    ["a cut tag", frames.VLAN_ARP_REQUEST.subarray(0, 16), [`vlan at 14: ${cut}: 2 of 4 bytes are there`]],
    ["a cut ARP packet", ARP_REQUEST.subarray(0, 41), [`arp at 14: ${cut}: 27 of 28 bytes are there`]],
    ["a cut IPv4 header", ECHO_REQUEST.subarray(0, 33), [`ipv4 at 14: ${cut}: 19 of 20 bytes are there`]],
    ["cut IPv4 options", frames.RECORD_ROUTE.subarray(0, 73), [`ipv4 at 14: ${cut}: 59 of 60 bytes are there`]],
    [
      "no IPv4 header",
      ECHO_REQUEST.subarray(0, 14),
      ["ethernet at 14: the header of 20 bytes that should follow is not there"],
    ],
    ["an IP version of 5", withByte(ECHO_REQUEST, 14, 0x55), ["ipv4 at 14: IP version 5 where 4 was announced"]],
    ["an IP version of 6", withByte(ECHO_REQUEST, 14, 0x65), ["ipv6 at 14: IP version 6 where 4 was announced"]],
    ["an IHL of 4", withByte(ECHO_REQUEST, 14, 0x44), ["ipv4 at 14: the header length is 16 bytes, 20 are the least"]],
    [
      "a total length of 19",
      withHeaderByte(ECHO_REQUEST, 17, 19),
      ["ipv4 at 16: the length is 19 bytes, 20 are the least"],
    ],
    [
      "a total length of 0",
      withHeaderByte(ECHO_REQUEST, 17, 0),
      ["ipv4 at 16: the total length is 0, as segmentation offload leaves it"],
    ],
    [
      "a total length beyond the frame",
      withHeaderByte(ECHO_REQUEST, 17, 85),
      ["ipv4 at 16: the length is 85 bytes, 84 are left"],
    ],
    ["a UDP length of 7", withByte(UDP_DATAGRAM, 39, 7), ["udp at 38: the length is 7 bytes, 8 are the least"]],
    [
      "a UDP length beyond the packet",
      withByte(UDP_DATAGRAM, 39, 14),
      ["udp at 38: the length is 14 bytes, 13 are left"],
    ],
    [
      "a TCP data offset of 4",
      withByte(frames.TCP_RESET, 46, 0x40),
      [
        "tcp at 46: the header length is 16 bytes, 20 are the least",
        "tcp at 50: the checksum is 0xf65d, 0x065e would be right",
      ],
    ],
    [
      "a TCP data offset beyond the packet",
      withByte(frames.TCP_RESET, 46, 0x60),
      [`tcp at 34: ${cut}: 20 of 24 bytes are there`, "tcp at 50: the checksum is 0xf65d, 0xe65d would be right"],
    ],
    [
      "an IPv4 option of length 1",
      withHeaderByte(frames.RECORD_ROUTE, 35, 1),
      ["ipv4 at 35: the length of an option is 1 bytes, 2 would be right"],
    ],
    [
      "a wrong header checksum",
      withByte(ECHO_REQUEST, 24, 0),
      ["ipv4 at 24: the checksum is 0x0074, 0xbe74 would be right"],
    ],
    [
      "a wrong UDP checksum",
      withByte(UDP_DATAGRAM, 40, 0),
      ["udp at 40: the checksum is 0x0060, 0xde60 would be right"],
    ],
    ["a wrong TCP checksum", withByte(TCP_SYN, 50, 0), ["tcp at 50: the checksum is 0x000b, 0xb20b would be right"]],
    [
      "a wrong ICMP checksum",
      withByte(ECHO_REQUEST, 36, 0),
      ["icmpv4 at 36: the checksum is 0x00fc, 0x4dfc would be right"],
    ],
    [
      "VXLAN without the I bit",
      withByte(Uint8Array.from([...VXLAN_ARP_REQUEST.subarray(0, 40), 0, 0, ...VXLAN_ARP_REQUEST.subarray(42)]), 42, 0),
      ["vxlan at 42: the I bit is not set: the VNI is not valid"],
    ],
    [
      "a length of ISL beyond the frame",
      parseHex("01000c000000 020000000001 0004 aaaa03"),
      ["ethernet at 12: the length is 4 bytes, 3 are left"],
    ],
    [
      "an 802.3 length beyond the frame",
      withByte(frames.SPANNING_TREE, 13, 47),
      ["ethernet at 12: the length is 47 bytes, 46 are left"],
    ],
  ])("tell %s", (_what, bytes, expected) => {
    expect(problems(apart(bytes))).toEqual(expected);
  });

  it("are told of a window that is none, and nothing is read", () => {
    const view = new DataView(new ArrayBuffer(4));
    for (const [offset, end] of [
      [2, 1],
      [9, 20],
      [4, 100],
    ]) {
      expect(problems(dissect(view, offset!, end!))).toContain(`ethernet at 0: ${cut}: 0 of 14 bytes are there`);
    }
  });

  it("have the length that is there and the one that should be", () => {
    const [problem] = layer(apart(withByte(UDP_DATAGRAM, 39, 14)), "udp").problems;
    expect(problem).toMatchObject({ offset: 38, required: 14, actual: 13 });
  });

  it("tell a frame that the capture has cut", () => {
    const dissection = apart(ECHO_REQUEST.subarray(0, 40), 98);
    expect(problems(dissection)).toEqual([
      "ethernet at 0: the capture has 40 of the frame's 98 bytes",
      `icmpv4 at 34: ${cut}: 6 of 8 bytes are there`,
    ]);
    expect(protocols(dissection)).toBe(`${HEADERS}, icmpv4 6`);
  });

  it("are none where a fragment or a quotation has less than a whole datagram", () => {
    expect(problems(apart(frames.FIRST_FRAGMENT))).toEqual([]);
    const quoted = frames.PORT_UNREACHABLE.subarray(0, 42 + 20 + 4);
    const packet = withHeaderByte(quoted, 17, quoted.length - 14);
    const dissection = apart(packet);
    expect(layer(dissection, "udp").fields.map(({ name }) => name)).toEqual([
      "udp.sourcePort",
      "udp.destinationPort",
      "udp.bytes",
    ]);
    expect(layer(dissection, "udp").problems).toEqual([]);
  });

  it("of an error whose quotation is to be longer than the packet are told (RFC 4884)", () => {
    const { offset, problems: found } = layer(apart(withByte(frames.TIME_EXCEEDED, 39, 100)), "icmpv4");
    const there = frames.TIME_EXCEEDED.length - 14 - 20 - 8;
    expect(found[0]).toEqual({
      text: `the length is 400 bytes, ${there} are left`,
      ...{ offset: offset + 5, required: 400, actual: there },
    });
    // What the capture has cut off may have been there.
    const whole = withByte(frames.TIME_EXCEEDED, 39, there / 4);
    const cut = apart(whole.subarray(0, -4), whole.length);
    expect(layer(cut, "icmpv4").problems).toEqual([]);
    expect(layer(apart(whole), "icmpv4").problems.map(({ text }) => text)).not.toContain("left");
  });

  it("of an error that quotes nothing are told (RFC 792)", () => {
    const packet = withHeaderByte(frames.PORT_UNREACHABLE.subarray(0, 42), 17, 28);
    expect(layer(apart(packet), "icmpv4").problems[0]!.text).toBe(
      "the header of 20 bytes that should follow is not there",
    );
  });
});
