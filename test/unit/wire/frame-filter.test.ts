import { describe, expect, it } from "vitest";
import { compileFilter, FilterError, type FilterOptions } from "../../../src/wire/frame-filter.ts";
import { parseHex } from "../../../src/bytes/hex.ts";
import * as frames from "./frames.ts";
import { placed } from "./placed.ts";

/** The names of the frames that are selected. */
function selected(expression: string, options?: FilterOptions): string[] {
  const filter = compileFilter(expression, options);
  return Object.entries(frames)
    .filter(([, frame]) => {
      const { view, offset, end } = placed(frame);
      return filter(view, offset, end);
    })
    .map(([name]) => name);
}

/** The error of an expression: what it says, and where. */
function fault(expression: string): { said: string; position: number } {
  try {
    compileFilter(expression);
  } catch (error) {
    expect(error).toBeInstanceOf(FilterError);
    const { message, position } = error as FilterError;
    const [said, line, caret] = message.split("\n");
    expect(line).toBe(expression);
    expect(caret).toBe(`${" ".repeat(position)}^`);
    return { said: said!, position };
  }
  return { said: "", position: -1 };
}

/** A frame from 02:…:01 to 02:…:02 of this EtherType and content, in hexadecimal. */
function frame(etherType: string, ...content: string[]): Uint8Array {
  return parseHex(["020000000002 020000000001", etherType, ...content].join(""));
}

function answers(expression: string, bytes: Uint8Array): boolean {
  const { view, offset, end } = placed(bytes);
  return compileFilter(expression)(view, offset, end);
}

const ALL = Object.keys(frames);
const TCP = ["TCP_SYN", "TCP_SYN_ACK", "TCP_DATA", "TCP_FIN", "TCP_RESET", "TCP_SACK"];
const VXLAN = ["VXLAN_ARP_REQUEST", "VXLAN_ECHO_REQUEST"];
const TAGGED = ["VLAN_ARP_REQUEST", "STACKED_VLAN_UDP"];

describe("a primitive", () => {
  it.each([
    ["", ALL],
    ["  ", ALL],
    ["tcp", TCP],
    ["udp", ["UDP_DATAGRAM", "UDP_WITHOUT_CHECKSUM", "FIRST_FRAGMENT", ...VXLAN]],
    ["arp", ["ARP_REQUEST", "ARP_REPLY", "PADDED_ARP_REQUEST"]],
    ["ip6", []],
    [
      "src host 10.244.2.8",
      ["ECHO_REPLY", "PROTOCOL_UNREACHABLE", "PORT_UNREACHABLE", "RECORD_ROUTE", "TCP_SYN_ACK", "TCP_FIN", "TCP_RESET"],
    ],
    ["dst 192.168.1.20", ["IP_IN_IP"]],
    ["arp src 10.244.1.1", ["ARP_REPLY"]],
    ["arp net 10.244.1.0/24", ["ARP_REQUEST", "ARP_REPLY", "PADDED_ARP_REQUEST"]],
    ["net 192.168.1", ["IP_IN_IP"]],
    ["net 192.168.0.0/16", ["IP_IN_IP"]],
    ["net 192.168.0.0 mask 255.255.0.0", ["IP_IN_IP"]],
    ["src and dst net 192/8", ["IP_IN_IP"]],
    ["tcp src port 81", ["TCP_RESET"]],
    ["src and dst port 8080", []],
    ["tcp portrange 80-82", ["TCP_RESET"]],
    ["port 4789", VXLAN],
    ["ether src 02:11:22:33:44:55", ["SPANNING_TREE"]],
    ["ether src 2:11:22:33:44:55", ["SPANNING_TREE"]],
    ["ether dst 01:80:c2:00:00:00", ["SPANNING_TREE"]],
    ["vlan", TAGGED],
    ["vlan 10", ["VLAN_ARP_REQUEST"]],
    ["vlan 0x64", ["STACKED_VLAN_UDP"]],
    ["vxlan", VXLAN],
    ["vxlan 1", VXLAN],
    ["vxlan 2", []],
  ])("%s", (expression, expected) => {
    expect(selected(expression)).toEqual(expected);
  });

  it("asks of a fragment behind the first for its protocol, not for ports", () => {
    expect(selected("icmp and host 10.244.1.1 and not ether dst 0a:58:0a:f4:01:05")).toContain("LAST_FRAGMENT");
    const cut = frames.FIRST_FRAGMENT.slice();
    cut[14 + 7] = 1; // no longer the first
    const { view, offset, end } = placed(cut);
    expect(compileFilter("udp")(view, offset, end)).toBe(true);
    expect(compileFilter("port 9997")(view, offset, end)).toBe(false);
  });

  it("of an IPv4 packet with options finds ports behind them", () => {
    const packet = frame("0800", "46000020 00000000 40110000 0a000001 0a000002 01010101", "0035 0063");
    expect(answers("udp src port 53 and dst port 99", packet)).toBe(true);
  });

  const addresses = "20010db8000000000000000000000001 20010db8000000000000000000000002";

  it("of an IPv6 packet finds protocol and ports, behind a fragment header the protocol only", () => {
    const packet = frame("86dd", "60000000 0008 11 40", addresses, "0035 0063 0008 0000");
    expect(["ip6", "udp", "port 53", "udp dst port 99"].map((text) => answers(text, packet))).not.toContain(false);
    expect(["ip", "tcp", "icmp", "port 54"].map((text) => answers(text, packet))).not.toContain(true);
    const fragment = frame("86dd", "60000000 0010 2c 40", addresses, "11000000 00000001", "0035 0063 0008 0000");
    expect(answers("udp", fragment)).toBe(true);
    expect(answers("port 53", fragment)).toBe(false);
  });

  it("takes ICMP for a protocol of IPv4 alone", () => {
    expect(answers("icmp", frame("86dd", "60000000 0008 01 40", addresses, "00000000 00000000"))).toBe(false);
  });

  it("finds ports of SCTP", () => {
    const packet = frame("0800", "45000020 00000000 40840000 0a000001 0a000002", "0b59 0b5a 00000000 00000000");
    expect(answers("src port 2905 and dst port 2906", packet)).toBe(true);
    expect(answers("tcp port 2905 or udp port 2905", packet)).toBe(false);
  });

  it("finds addresses of RARP", () => {
    const packet = frame("8035", "0001 0800 06 04 0003", "020000000001 0a000001 020000000002 0a000002");
    expect(["src 10.0.0.1", "dst net 10.0.0.2/31"].map((text) => answers(text, packet))).toEqual([true, true]);
    expect(["arp", "arp host 10.0.0.1", "ip host 10.0.0.1"].map((text) => answers(text, packet))).not.toContain(true);
  });

  it("takes the three EtherTypes of tags", () => {
    for (const type of ["8100", "88a8", "9100"]) expect(answers("vlan 7 and arp", frame(type, "6007 0806"))).toBe(true);
    expect(answers("vlan", frame("9200", "6007 0806"))).toBe(false);
  });
});

describe("combined primitives", () => {
  it.each([
    ["host 192.168.1.10 or tcp and src port 81", ["TCP_RESET"]],
    ["host 192.168.1.10 or (tcp and src port 81)", ["TCP_RESET", "IP_IN_IP"]],
    ["src port 81 or 9998 or 40349", ["UDP_DATAGRAM", "TCP_RESET"]],
    ["tcp && ! port 8080", ["TCP_RESET"]],
    ["tcp and not not port 81", ["TCP_RESET"]],
    ["not host 10.244.1.5 and 192.168.1.20", ["IP_IN_IP"]],
    ["host 10.244.1.1 and (192.168.1.20 or port 9997)", ["FIRST_FRAGMENT"]],
    ["src port (81 or 57207)", ["UDP_WITHOUT_CHECKSUM", "TCP_RESET"]],
    ["tcp and port not 8080", ["TCP_RESET"]],
  ])("%s: and, or from left to right, values mean what the last one did", (expression, expected) => {
    expect(selected(expression)).toEqual(expected);
  });

  it("are as many as one likes", () => {
    const addresses = Array.from({ length: 20_000 }, (_, i) => `10.9.${i >> 8}.${i & 255}`).join(" or ");
    expect(selected(`host ${addresses} or 192.168.1.10`)).toEqual(["IP_IN_IP"]);
  });
});

describe("vlan and vxlan", () => {
  it.each([
    ["vlan and arp", ["VLAN_ARP_REQUEST"]],
    ["vlan 100 and vlan 4094 and udp port 2000", ["STACKED_VLAN_UDP"]],
    ["vlan and udp", []],
    ["vlan and vlan and vlan", []],
    ["(not vlan) and tcp", []],
    ["tcp and not vlan", TCP],
    ["vxlan and arp", ["VXLAN_ARP_REQUEST"]],
    ["vxlan and icmp and host 172.16.0.1 or 172.16.0.2", VXLAN],
    ["vxlan and host 10.244.1.5", []],
    ["host 10.244.1.5 and vxlan 1 and src 172.16.0.1", VXLAN],
    ["vxlan and ether src 02:00:00:00:01:0a and ip", ["VXLAN_ECHO_REQUEST"]],
    ["vxlan and vxlan", []],
    ["vxlan and vlan", []],
  ])("%s: what stands to the right looks further in", (expression, expected) => {
    expect(selected(expression)).toEqual(expected);
  });

  it("finds no frame inside another: primitives say no, and their negations yes", () => {
    expect(selected("vxlan or ip")).toEqual(VXLAN);
    expect(selected("tcp and vxlan or not ip")).toEqual(ALL.filter((name) => name !== "VXLAN_ECHO_REQUEST"));
  });

  it("takes other ports for VXLAN when told so", () => {
    expect(selected("vxlan", { vxlanPorts: [8472] })).toEqual([]);
    expect(selected("vxlan", { vxlanPorts: [8472, 4789] })).toEqual(VXLAN);
  });

  it("finds VXLAN behind tags, and no tags in it", () => {
    const inner = frames.VXLAN_ECHO_REQUEST;
    const tagged = Uint8Array.from([...inner.subarray(0, 12), 0x81, 0, 0, 7, ...inner.subarray(12)]);
    expect(answers("vlan 7 and vxlan 1 and icmp and host 172.16.0.2", tagged)).toBe(true);
    expect(answers("vxlan", tagged)).toBe(false);
  });

  it("wants a VNI that is valid (RFC 7348 section 5), and cares for no other flag", () => {
    const filter = compileFilter("vxlan 1 and arp");
    const withFlags = (flags: number): boolean => {
      const { view, offset, end } = placed(frames.VXLAN_ARP_REQUEST);
      view.setUint8(offset + 42, flags);
      return filter(view, offset, end);
    };
    expect([0x08, 0x88, 0x00, 0xf7].map(withFlags)).toEqual([true, true, false, false]);
  });
});

describe("a frame that ends too early", () => {
  it("is not selected where what is missing was asked for, not even by not", () => {
    const lengths = [13, 14, 23, 24, 33, 34, 35, 36, 37, 38];
    const answersFor = (expression: string): boolean[] =>
      lengths.map((length) => answers(expression, frames.TCP_SYN.subarray(0, length)));
    const from = (index: number): boolean[] => Array.from({ length: 10 }, (_, i) => i >= index);
    expect(answersFor("ip")).toEqual(from(1));
    expect(answersFor("not arp")).toEqual(from(1));
    expect(answersFor("not udp")).toEqual(from(3));
    expect(answersFor("not host 10.0.0.1")).toEqual(from(5));
    expect(answersFor("src port 34246")).toEqual(from(7));
    expect(answersFor("port 34246")).toEqual(from(7));
    expect(answersFor("not port 80")).toEqual(from(9));
    expect(answersFor("ip or port 80")).toEqual(from(1));
  });

  it("is selected by a net of all addresses wherever it ends, as tcpdump does unless told not to optimize", () => {
    const cut = frames.ECHO_REQUEST.subarray(0, 20);
    expect(answers("net 0.0.0.0/0", cut)).toBe(true);
    expect(answers("net 0.0.0.0/1", cut)).toBe(false);
    expect(answers("net 0.0.0.0/0", frames.LOCAL_EXPERIMENT)).toBe(false);
  });

  it("of a tunnel needs its flags for vxlan, and its VNI for one", () => {
    const cut = (length: number): Uint8Array => frames.VXLAN_ECHO_REQUEST.subarray(0, length);
    expect([42, 43].map((length) => answers("vxlan", cut(length)))).toEqual([false, true]);
    expect([42, 43].map((length) => answers("not vxlan", cut(length)))).toEqual([false, false]);
    expect([49, 50].map((length) => answers("not vxlan 2", cut(length)))).toEqual([false, true]);
    expect([63, 64].map((length) => answers("vxlan and not arp", cut(length)))).toEqual([false, true]);
  });

  it("may lie at the very end of its view", () => {
    const view = new DataView(frames.TCP_SYN.slice(0, 36).buffer);
    expect(compileFilter("dst port 8080")(view, 0, 36)).toBe(false);
    expect(compileFilter("dst port 8080")(view, 0, 1_000)).toBe(false);
    expect(compileFilter("ip")(view, 36, 36)).toBe(false);
  });
});

describe("an expression that is none", () => {
  it.each([
    ["tcp port x", 'a port from 0 to 65535, found "x"', 9],
    ["port 65536", 'a port from 0 to 65535, found "65536"', 5],
    ["port 010", 'a port from 0 to 65535, found "010"', 5],
    ["portrange 1-2-3", 'ports such as 8000-8080, none above 65535, found "1-2-3"', 10],
    ["portrange 1-", 'ports such as 8000-8080, none above 65535, found "1-"', 10],
    ["host 10.244.1", 'an IPv4 address such as 10.244.1.5, found "10.244.1"', 5],
    ["host 10.244.1.256", 'an IPv4 address such as 10.244.1.5, found "10.244.1.256"', 5],
    ["host fe80::1", 'an IPv4 address such as 10.244.1.5, found "fe80::1"', 5],
    ["src 10.0.0.0/8", 'net in place of host for a prefix, found "/"', 12],
    ["net 10.0.0.1/8", 'a network without host bits such as 10.0.0.0, found "10.0.0.1"', 4],
    ["net 10.0.0.0/33", 'a prefix length from 0 to 32, found "33"', 13],
    ["net 10.0.0.0 mask 8", 'a mask such as 255.255.0.0, found "8"', 18],
    ["net x", 'a network such as 10.244.0.0/16, found "x"', 4],
    ["ether host 10.0.0.1", 'a MAC address such as 0a:58:0a:f4:01:05, found "10.0.0.1"', 11],
    ["ether net 10", 'host after ether, found "net"', 6],
    ["ether", "src, dst or host, found the end", 5],
    ["tcp host 10.0.0.1", 'port or portrange after tcp, found "host"', 4],
    ["udp src 10.0.0.1", 'port or portrange after udp, found "10.0.0.1"', 8],
    ["arp port 53", 'host or net after arp, found "port"', 4],
    ["vlan 4096", 'a VLAN id from 0 to 4095, found "4096"', 5],
    ["vxlan 16777216", 'a VNI from 0 to 16777215, found "16777216"', 6],
    ["10.0.0.1", 'a primitive such as host, net, port, tcp or vlan, found "10.0.0.1"', 0],
    ["tcp or 443", 'a primitive such as host, net, port, tcp or vlan, found "443"', 7],
    ["port 80 and tcp or 443", 'a primitive such as host, net, port, tcp or vlan, found "443"', 19],
    ["host 10.0.0.1 or", "a primitive or an IPv4 address such as 10.244.1.5, found the end", 16],
    ["tcp udp", 'and, or or the end, found "udp"', 4],
    ["tcp)", 'and, or or the end, found ")"', 3],
    ["(tcp", "and, or or ), found the end", 4],
    ["()", 'a primitive such as host, net, port, tcp or vlan, found ")"', 1],
    ["not", "a primitive such as host, net, port, tcp or vlan, found the end", 3],
    ["tcp & udp", 'a word, a parenthesis, !, && or ||, found "&"', 4],
    ["tcp[13] = 2", 'a word, a parenthesis, !, && or ||, found "["', 3],
    ["constructor", 'a primitive such as host, net, port, tcp or vlan, found "constructor"', 0],
    [`${"(".repeat(101)}tcp`, 'at most 100 parentheses within each other, found "("', 100],
  ])("%s", (expression, said, position) => {
    expect(fault(expression)).toEqual({ said: `expected ${said}`, position });
  });

  it("asks for MAC addresses where there are none, but in VXLAN", () => {
    const compile = (expression: string) => () => compileFilter(expression, { hasMacAddresses: false });
    const said = 'expected a primitive for packets without MAC addresses, found "ether"';
    expect(compile("tcp or ether src 0:0:0:0:0:1")).toThrow(said);
    expect(compile("ether src 0:0:0:0:0:1 and vxlan")).toThrow(said);
    expect(compile("vxlan and ether src 0:0:0:0:0:1")).not.toThrow();
  });

  it("is shown on one line, a column a character", () => {
    expect(() => compileFilter("tcp\n\tand € x")).toThrow('found "€"\ntcp  and ? x\n         ^');
  });

  it("may be no text at all", () => {
    expect(() => compileFilter(80 as never)).toThrow(new TypeError("expected a filter as text, found number"));
  });
});
