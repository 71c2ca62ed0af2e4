import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { updateHeaderChecksum } from "../../../src/wire/ipv4.ts";
import { describeFrame } from "../../../src/wire/frame-text.ts";
import { pcap } from "../../capture/tcpdump.ts";
import { describeWith, tool } from "../../tools/requirements.ts";
import { withFile } from "../../tools/tshark.ts";
import * as frames from "./frames.ts";
import { withOldTag, withSnap } from "./link-frames.ts";
import { placed } from "./placed.ts";

const IP = 14; // where the IPv4 header stands in an untagged frame
const TRANSPORT = 34;

function line(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return describeFrame(view, offset, end);
}

/** A copy with one byte set, and the IPv4 header's checksum made right again unless that is the byte. */
function withByte(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = value;
  const isHeader = index >= IP && index < TRANSPORT && index !== IP + 10;
  if (isHeader) updateHeaderChecksum(new DataView(copy.buffer), IP);
  return copy;
}

const ECHO = "IP 10.244.1.5 > 10.244.2.8: ICMP echo request, id";

describe("describeFrame", () => {
  it.each([
    ["ARP_REQUEST", "ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28"],
    ["ARP_REPLY", "ARP, Reply 10.244.1.1 is-at 0a:58:0a:f4:01:01, length 28"],
    ["ECHO_REQUEST", `${ECHO} 8865, seq 1, length 64`],
    ["ECHO_REPLY", "IP 10.244.2.8 > 10.244.1.5: ICMP echo reply, id 8865, seq 1, length 64"],
    ["UDP_DATAGRAM", "IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5"],
    ["UDP_WITHOUT_CHECKSUM", "IP 10.244.1.5.57207 > 10.244.2.8.9998: UDP, length 7"],
    ["TCP_RESET", "IP 10.244.2.8.81 > 10.244.1.5.49522: Flags [R.], seq 0, ack 6217308, win 0, length 0"],
    ["UNKNOWN_PROTOCOL", "IP 10.244.1.5 > 10.244.2.8: ip-proto-253 8"],
    ["IP_IN_IP", `IP 192.168.1.10 > 192.168.1.20: ${ECHO} 8865, seq 1, length 64`],
    ["SPANNING_TREE", "STP, length 35"],
    ["LOCAL_EXPERIMENT", "0a:58:0a:f4:01:05 > 0a:58:0a:f4:01:01, ethertype Unknown (0x88b5), length 21"],
  ] as const)("tells %s as tcpdump does", (name, expected) => {
    expect(line(frames[name])).toBe(expected);
  });

  it.each([
    ["ARP", frames.ARP_REQUEST, "ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28"],
    ["UDP", frames.UDP_DATAGRAM, "IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5"],
  ])("tells %s behind SNAP, and behind a tag of 0x9100", (_name, frame, expected) => {
    expect(line(withSnap(frame))).toBe(expected);
    expect(line(Uint8Array.of(...withSnap(frame), 1, 2, 3))).toBe(expected);
    expect(line(withOldTag(frame))).toBe(`vlan 3, p 0, ${expected}`);
    expect(line(withOldTag(withSnap(frame)))).toBe(`vlan 3, p 0, ${expected}`);
  });

  it.each([
    ["CDP", "0019 aaaa03 00000c 2000", "CDP, length 17"],
    ["spanning tree of one VLAN", "0009 aaaa03 00000c 010b 00", "STP, length 1"],
    ["IPX", "0004 e0e003 00", "IPX, length 1"],
    ["IPX without LLC", "0004 ffff 0004", "IPX, length 4"],
    ["IS-IS", "0004 fefe03 83", "ISO, length 1"],
  ])("names %s behind a length", (_name, rest, expected) => {
    expect(line(parseHex(`0180c2000000 021122334455 ${rest} ${"00".repeat(17)}`))).toBe(expected);
  });

  it.each([
    ["0003 060603", "802.3, length 3: LLC, dsap 0x06, ssap 0x06, ctrl 0x03"],
    ["0008 aaaa03 000000 88cc", "802.3, length 8: SNAP, oui 0x000000, pid 0x88cc"],
    ["0008 aaaa03 00000c 9999", "802.3, length 8: SNAP, oui 0x00000c, pid 0x9999"],
    ["0008 aaaa03 00", "802.3, length 4"],
    ["0002 4242", "802.3, length 2"],
  ])("tells what LLC says of what has no name: %s", (rest, expected) => {
    const shown = line(parseHex(`0180c2000000 021122334455 ${rest}`));
    expect(shown).toBe(`02:11:22:33:44:55 > 01:80:c2:00:00:00, ${expected}`);
  });

  it("tells reverse ARP as tcpdump does", () => {
    const reverse = (operation: number): string => {
      const frame = Uint8Array.from(frames.ARP_REQUEST);
      new DataView(frame.buffer).setUint16(12, 0x8035);
      frame[21] = operation;
      return line(frame);
    };
    expect(reverse(3)).toBe("ARP, Reverse Request who-is 00:00:00:00:00:00 tell 0a:58:0a:f4:01:05, length 28");
    expect(reverse(4)).toBe("ARP, Reverse Reply 00:00:00:00:00:00 at 10.244.1.1, length 28");
  });

  it("tells VLAN tags", () => {
    const question = "ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28";
    expect(line(frames.VLAN_ARP_REQUEST)).toBe(`vlan 10, p 3, ${question}`);
    const datagram = "IP 10.244.1.5.1000 > 10.244.2.8.2000: UDP, length 2";
    expect(line(frames.STACKED_VLAN_UDP)).toBe(`vlan 100, p 1, vlan 4094, p 7, DEI, ${datagram}`);
  });

  it("tells a tagged frame of another type with the type behind the tags", () => {
    const bytes = Uint8Array.from(frames.VLAN_ARP_REQUEST);
    new DataView(bytes.buffer).setUint16(16, 0x86dd);
    const rest = "0a:58:0a:f4:01:05 > ff:ff:ff:ff:ff:ff, ethertype IPv6 (0x86dd), length 46";
    expect(line(bytes)).toBe(`vlan 10, p 3, ${rest}`);
  });

  it("tells the frame within VXLAN", () => {
    const outer = "IP 10.244.1.5.32955 > 10.244.2.8.4789: VXLAN, flags [I] (0x08), vni 1";
    const inner = "ARP, Request who-has 172.16.0.2 tell 172.16.0.1, length 28";
    expect(line(frames.VXLAN_ARP_REQUEST)).toBe(`${outer} | ${inner}`);
  });

  it("takes the UDP destination port alone for VXLAN's sign", () => {
    const { view, offset, end } = placed(frames.VXLAN_ARP_REQUEST);
    expect(describeFrame(view, offset, end, { vxlanPorts: [32_955] })).toBe(
      "IP 10.244.1.5.32955 > 10.244.2.8.4789: UDP, length 50",
    );
    view.setUint16(offset + TRANSPORT + 2, 8472);
    expect(describeFrame(view, offset, end)).toContain("10.244.2.8.8472: [bad udp cksum");
    expect(describeFrame(view, offset, end)).toContain("VXLAN, flags [I] (0x08), vni 1 | ARP, Request");
  });
});

describe("an ICMP error", () => {
  it.each([
    ["TIME_EXCEEDED", `time exceeded in-transit, length 92 | quoting ${ECHO} 8866, seq 1, length 64`],
    [
      "PORT_UNREACHABLE",
      "10.244.2.8 udp port 9999 unreachable, length 41 | quoting IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5",
    ],
    ["REDIRECT", `redirect 10.244.2.8 to host 10.244.1.2, length 36 | quoting ${ECHO} 1, seq 1, length 1458`],
  ] as const)("tells what it quotes: %s", (name, expected) => {
    expect(line(frames[name])).toContain(`: ICMP ${expected}`);
  });

  it("may quote no more than the first bytes, and nobody calls them truncated", () => {
    const expected = `(mtu 1400), length 36 | quoting ${ECHO} 1, seq 1, length 1458`;
    expect(line(frames.FRAGMENTATION_NEEDED)).toContain(expected);
  });

  it("may quote nothing", () => {
    const short = withByte(frames.TIME_EXCEEDED.subarray(0, TRANSPORT + 8), IP + 3, 28);
    expect(line(short)).toMatch(/: ICMP time exceeded in-transit, length 8$/);
  });
});

describe("fragments", () => {
  it("are told with their place in the datagram", () => {
    const first = "IP 10.244.1.5.57120 > 10.244.1.1.9997: UDP, length 1600 (frag 61791:24@0+)";
    expect(line(frames.FIRST_FRAGMENT)).toBe(first);
    expect(line(frames.LAST_FRAGMENT)).toBe("IP 10.244.1.5 > 10.244.1.1: ip-proto-1 (frag 60746:28@1480)");
  });
});

describe("wrong checksums", () => {
  it("are told at each layer, with the right one", () => {
    expect(line(withByte(frames.ECHO_REQUEST, IP + 10, 0))).toBe(
      ECHO.replace("IP", "IP (bad cksum 74 (->be74)!)") + " 8865, seq 1, length 64",
    );
    expect(line(withByte(frames.UDP_DATAGRAM, TRANSPORT + 6, 0))).toBe(
      "IP 10.244.1.5.40349 > 10.244.2.8.9999: [bad udp cksum 0x0060 -> 0xde60!] UDP, length 5",
    );
    expect(line(withByte(frames.TCP_RESET, TRANSPORT + 16, 0))).toContain(
      "10.244.1.5.49522: [bad tcp cksum 0x005d -> 0xf65d!] Flags [R.], ",
    );
    expect(line(withByte(frames.ECHO_REQUEST, TRANSPORT + 2, 0))).toBe(
      `${ECHO} 8865, seq 1, length 64 (wrong icmp cksum fc (->4dfc)!)`,
    );
  });

  it("are not told of a fragment, whose checksum covers what is not there", () => {
    expect(line(withByte(frames.FIRST_FRAGMENT, TRANSPORT + 6, 0))).not.toContain("cksum");
  });
});

describe("a source route", () => {
  it("keeps UDP's checksum from being judged: it has the final destination", () => {
    const options = Uint8Array.of(131, 7, 4, 10, 0, 0, 1, 0);
    const bytes = Uint8Array.from([
      ...frames.UDP_DATAGRAM.subarray(0, TRANSPORT),
      ...options,
      ...frames.UDP_DATAGRAM.subarray(TRANSPORT),
    ]);
    bytes.set([0x47, 0, 0, 41], IP);
    bytes[bytes.length - 1]! ^= 1;
    updateHeaderChecksum(new DataView(bytes.buffer), IP);
    expect(line(bytes)).toBe("IP 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5");
    bytes[TRANSPORT] = 7; // record route
    updateHeaderChecksum(new DataView(bytes.buffer), IP);
    expect(line(bytes)).toContain("bad udp cksum");
  });
});

describe("a frame cut short", () => {
  it.each([
    [0, "[|ether]"],
    [13, "[|ether]"],
    [14, "IP [|ip]"],
    [33, "IP [|ip]"],
    [34, "IP truncated-ip - 13 bytes missing! 10.244.1.5 > 10.244.2.8: [|udp]"],
    [38, "IP truncated-ip - 9 bytes missing! 10.244.1.5.40349 > 10.244.2.8.9999: [|udp]"],
    [42, "IP truncated-ip - 5 bytes missing! 10.244.1.5.40349 > 10.244.2.8.9999: UDP, length 5"],
  ])("after %d bytes says where", (length, expected) => {
    expect(line(frames.UDP_DATAGRAM.subarray(0, length))).toBe(expected);
  });

  it.each([
    [17, "[|vlan]"],
    [18, "vlan 100, p 1, [|vlan]"],
    [21, "vlan 100, p 1, [|vlan]"],
    [22, "vlan 100, p 1, vlan 4094, p 7, DEI, IP [|ip]"],
  ])("after %d bytes of stacked tags says where", (length, expected) => {
    expect(line(frames.STACKED_VLAN_UDP.subarray(0, length))).toBe(expected);
  });

  it.each([
    [49, "10.244.2.8.4789: VXLAN, [|vxlan]"],
    [50, "VXLAN, flags [I] (0x08), vni 1 | [|ether]"],
    [64, "VXLAN, flags [I] (0x08), vni 1 | ARP, [|arp]"],
  ])("after %d bytes within VXLAN says where", (length, expected) => {
    expect(line(frames.VXLAN_ARP_REQUEST.subarray(0, length))).toContain(expected);
  });

  it("within TCP options says where", () => {
    expect(line(frames.TCP_SYN.subarray(0, 60))).toContain("truncated-ip - 14 bytes missing!");
    expect(line(frames.TCP_SYN.subarray(0, 60))).toMatch(/10\.244\.2\.8\.8080: \[\|tcp\]$/);
    const withoutOptions = withByte(frames.TCP_RESET, IP + 3, 60);
    expect(line(withoutOptions)).toContain("truncated-ip - 20 bytes missing! 10.244.2.8.81 >");
    expect(line(withoutOptions)).toContain(": Flags [R.], seq 0:20,");
    expect(line(frames.TCP_SYN.subarray(0, 36))).toMatch(/10\.244\.1\.5 > 10\.244\.2\.8: \[\|tcp\]$/);
  });

  it("may have an end beyond the view", () => {
    const view = new DataView(Uint8Array.from(frames.ARP_REQUEST).buffer);
    expect(describeFrame(view, 0, 1000)).toBe(line(frames.ARP_REQUEST));
  });
});

describe("a malformed packet", () => {
  it("is told by the layer that is wrong", () => {
    expect(line(withByte(frames.UDP_DATAGRAM, TRANSPORT + 5, 7))).toContain("9999: truncated-udplength 7");
    expect(line(withByte(frames.UDP_DATAGRAM, TRANSPORT + 5, 14))).toContain("9999: UDP, bad length 6 > 5");
    expect(line(withByte(frames.UDP_DATAGRAM, IP + 3, 26))).toContain("9999: truncated-udp 6");
    expect(line(withByte(frames.TCP_RESET, TRANSPORT + 12, 0x40))).toContain("bad hdr length 16 - too short");
    expect(line(withByte(frames.TCP_RESET, TRANSPORT + 12, 0x60))).toContain("bad hdr length 24 - too long");
    expect(line(withByte(frames.UDP_DATAGRAM, IP, 0x44))).toBe("IP bad-hlen 16");
  });

  it("that nests without end is told for eight packets", () => {
    const count = 100;
    const bytes = new Uint8Array(14 + 20 * count);
    bytes.set([0x08, 0x00], 12);
    for (let depth = 0; depth < count; depth++) {
      const header = new DataView(bytes.buffer, 14 + 20 * depth, 20);
      header.setUint8(0, 0x45);
      header.setUint16(2, 20 * (count - depth));
      header.setUint8(9, 4);
      updateHeaderChecksum(header, 0);
    }
    expect(line(bytes)).toBe(`${"IP 0.0.0.0 > 0.0.0.0: ".repeat(9)}[nested too deep]`);
  });
});

/** What tcpdump prints of frames, as one line: what follows a line's end is joined with ` | `. */
function tcpdumpLine(...list: Uint8Array[]): string {
  const printed = withFile(pcap(list), (path) => spawnSync("tcpdump", ["-ntSr", path]).stdout);
  return printed.toString().trimEnd().replaceAll("\n", " | ").replaceAll(":  ", ": ");
}

describeWith(tool("tcpdump"), "tcpdump prints the same", () => {
  /** What describeFrame tells and tcpdump does not unless asked by -e or -v. */
  const additions = /vlan \d+, p \d(, DEI)?, | \| quoting .*$| \(frag [^)]*\)/g;
  /** Frames whose content tcpdump dissects and podwire does not. */
  const dissected = ["SPANNING_TREE", "TCP_DATA", "LOCAL_EXPERIMENT"];
  const names = Object.keys(frames).filter((name) => !dissected.includes(name)) as (keyof typeof frames)[];

  it.each(names)("of %s", (name) => {
    expect(line(frames[name]).replaceAll(additions, "")).toBe(tcpdumpLine(frames[name]));
  });

  it.each([withSnap, withOldTag])("of one that is announced otherwise (%o)", (announced) => {
    for (const frame of [frames.ARP_REQUEST, frames.UDP_DATAGRAM, frames.VXLAN_ECHO_REQUEST].map(announced)) {
      expect(line(frame).replaceAll(additions, "")).toBe(tcpdumpLine(frame));
    }
  });

  /** Up to where the wording is the same: of TCP options that are cut, tcpdump tells the first. */
  const headerEnds = { UDP_DATAGRAM: 47, TCP_SYN: TRANSPORT + 20, ECHO_REQUEST: 98 } as const;

  it.each(Object.entries(headerEnds) as [keyof typeof headerEnds, number][])("of %s cut short", (name, end) => {
    const lengths = Array.from({ length: end - TRANSPORT }, (_, index) => TRANSPORT + index);
    const pieces = lengths.map((length) => frames[name].subarray(0, length));
    expect(pieces.map(line).join(" | ")).toBe(tcpdumpLine(...pieces));
  });
});
