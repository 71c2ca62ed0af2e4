/**
 * Filters for Ethernet frames, in the words that people type into tcpdump: a subset of pcap-filter(7).
 *
 *     filter     = [ expression ]                                  an empty filter selects every frame
 *     expression = term { ("and" | "&&" | "or" | "||") term }
 *     term       = { "not" | "!" } ( primitive | "(" expression ")" | value )
 *     primitive  = [ "ip" | "arp" ] [ direction ] [ "host" ] address
 *                | [ "ip" | "arp" ] [ direction ] "net" ( octets [ "/" length ] | address "mask" mask )
 *                | [ "tcp" | "udp" ] [ direction ] ( "port" number | "portrange" first [ "-" last ] )
 *                | "ether" [ direction ] [ "host" ] mac
 *                | "ip" | "ip6" | "arp" | "tcp" | "udp" | "icmp"
 *                | "vlan" [ id ] | "vxlan" [ vni ]
 *     direction  = "src" | "dst" | "src or dst" | "src and dst"    "src or dst" when left out
 *
 * A direction or `host` has to be there: a bare address is nothing. Where a primitive takes a value, a group of them
 * can stand: `port (80 or 443)`. As in pcap-filter(7):
 *
 * - `and` and `or` have equal precedence and are applied from left to right; `not` binds closest.
 * - A value without a keyword means what the last one before it did: `tcp port 80 or 443`, `not host A and B`,
 *   which is `(not host A) and host B`, `host A and (B or C)`.
 * - `host` and `net` look into IPv4, ARP and RARP; `port` into TCP, UDP and SCTP over IPv4 and IPv6, but not into
 *   fragments behind the first, nor behind IPv6 extension headers; `tcp` and `udp` are IPv6's too.
 * - `vlan` selects frames with a tag (0x8100, 0x88a8, 0x9100), and everything to its right in the text, whatever
 *   stands between, looks behind one tag more: `vlan 100 and vlan 200 and ip`; `not vlan or ip` is seldom meant.
 * - A frame that ends before something that the filter asks for is not selected, not even by `not`.
 *
 * `vxlan` works as `vlan` does: it selects VXLAN over UDP (destination port 4789 or 8472, the VNI marked as valid, by
 * IPv4 or IPv6), and everything to its right, whatever stands between, looks at the frame inside, from its Ethernet
 * header on: `host 192.168.1.10 and vxlan 1 and host 10.244.1.5`. A frame without VXLAN has none inside: primitives
 * to the right of `vxlan` then say no, and their negations yes. libpcap 1.11 has the same word for port 4789 only.
 *
 * It differs from pcap-filter(7) in this: addresses and ports are numbers, not names, and not octal; `host` wants all
 * four octets; `net 10/8` may be written so; a parenthesis may mix values and primitives: `host A or (B and port 80)`.
 */

import {
  addressIs,
  CUT,
  type Direction,
  etherTypeIs,
  everything,
  type FrameTest,
  hasTag,
  hasVxlan,
  macIs,
  NO,
  type Place,
  portIs,
  protocolIs,
  YES,
} from "./frame-filter-tests.ts";
import { TokenReader } from "./frame-filter-tokens.ts";
import {
  readAddress,
  readMacAddress,
  readNet,
  readOptionalNumber,
  readPort,
  readPortRange,
} from "./frame-filter-values.ts";
import { EtherType } from "./ethernet.ts";
import { Protocol } from "./ipv4-header.ts";
import { TAG_LENGTH } from "./vlan.ts";
import { LINUX_PORT, PORT } from "./vxlan.ts";

export { FilterError } from "./frame-filter-tokens.ts";

/** Whether the Ethernet frame in `offset..end` is selected. Reads nothing behind `end`, and throws for no frame. */
export type FrameFilter = (view: DataView, offset: number, end: number) => boolean;

/** What `compileFilter` takes besides the expression. */
export interface FilterOptions {
  /** UDP destination ports that carry VXLAN; 4789 and 8472 when left out. */
  readonly vxlanPorts?: readonly number[];
  /**
   * False for frames that had another link layer, whose network layer was put behind an Ethernet header for the filter:
   * to ask for MAC addresses is then an error, but to the right of `vxlan`. True when left out.
   */
  readonly hasMacAddresses?: boolean;
}

/**
 * Compiles a filter such as `host 10.244.1.5 and not port 53`, once for any count of frames.
 *
 * @throws FilterError for an expression that is none: what was expected, and a caret under the character
 */
export function compileFilter(expression: string, options: FilterOptions = {}): FrameFilter {
  if (typeof expression !== "string") throw new TypeError(`expected a filter as text, found ${typeof expression}`);
  const { vxlanPorts = [PORT, LINUX_PORT], hasMacAddresses = true } = options;
  const test = new FilterParser(expression, vxlanPorts, hasMacAddresses).parse();
  return (view, offset, end) => test(view, offset, Math.min(end, view.byteLength)) === YES;
}

/** What a value stands for: the words before it. */
interface Qualifiers {
  /** "ip", "arp", "tcp", "udp", "ether", or "" for any that fits. */
  readonly protocol: string;
  readonly direction: Direction;
  readonly type: "host" | "net" | "port" | "portrange";
}

/** By protocol: what it can be asked for. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  "": ["host", "net", "port", "portrange"],
  ip: ["host", "net"],
  arp: ["host", "net"],
  tcp: ["port", "portrange"],
  udp: ["port", "portrange"],
  ether: ["host"],
};

const ETHER_TYPES: Readonly<Record<string, number>> = { ip: EtherType.IPV4, ip6: EtherType.IPV6, arp: EtherType.ARP };
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: Protocol.TCP, udp: Protocol.UDP, icmp: Protocol.ICMP };

const PRIMITIVE = "a primitive such as host, net, port, tcp or vlan";

/** Words that a value cannot be. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...Object.keys(ETHER_TYPES),
  ...Object.keys(PROTOCOLS),
  ...TYPES[""]!,
  ...["ether", "src", "dst", "vlan", "vxlan"],
]);

/** Parentheses within parentheses, at most: the parser calls itself for each. */
const DEPTH_LIMIT = 100;

const LAST_VLAN_ID = 0xfff;
const LAST_VNI = 0xffffff;

class FilterParser {
  readonly #reader: TokenReader;
  readonly #hasMacAddresses: boolean;
  #place: Place;
  /** What a value without words before it stands for, or null where it stands for nothing. */
  #implied: Qualifiers | null = null;
  #depth = 0;

  constructor(expression: string, vxlanPorts: readonly number[], hasMacAddresses: boolean) {
    this.#reader = new TokenReader(expression);
    this.#hasMacAddresses = hasMacAddresses;
    this.#place = { tunnels: [], tags: 0, vxlanPorts };
  }

  parse(): FrameTest {
    if (this.#reader.accept("end")) return everything;
    const test = this.#chain(() => this.#term());
    return this.#reader.accept("end") ? test : this.#reader.fail("and, or or the end");
  }

  /** Terms with `and` and `or` between them. */
  #chain(readTerm: () => FrameTest): FrameTest {
    const tests = [readTerm()];
    const settling: number[] = [];
    for (let kind = this.#reader.next.kind; kind === "and" || kind === "or"; kind = this.#reader.next.kind) {
      this.#reader.take();
      tests.push(readTerm());
      settling.push(kind === "and" ? NO : YES);
    }
    return tests.length === 1 ? tests[0]! : chained(tests, settling);
  }

  #term(): FrameTest {
    return this.#negated(() => {
      const { kind, text } = this.#reader.next;
      if (kind === "(") return this.#group(() => this.#term());
      if (kind === "word" && KEYWORDS.has(text)) return this.#primitive();
      return this.#implied === null ? this.#reader.fail(PRIMITIVE) : this.#value(this.#implied, "a primitive or ");
    });
  }

  /** What stands behind qualifiers: a value, or a group of them. */
  #operand(qualifiers: Qualifiers): FrameTest {
    return this.#negated(() =>
      this.#reader.next.kind === "(" ? this.#group(() => this.#operand(qualifiers)) : this.#value(qualifiers, ""),
    );
  }

  #negated(read: () => FrameTest): FrameTest {
    let isNegated = false;
    while (this.#reader.accept("not")) isNegated = !isNegated;
    const test = read();
    return isNegated ? negation(test) : test;
  }

  /** In parentheses; what is implied behind them is what was before. */
  #group(readTerm: () => FrameTest): FrameTest {
    const implied = this.#implied;
    if (++this.#depth > DEPTH_LIMIT) this.#reader.fail(`at most ${DEPTH_LIMIT} parentheses within each other`);
    this.#reader.take();
    const test = this.#chain(readTerm);
    if (!this.#reader.accept(")")) this.#reader.fail("and, or or )");
    this.#depth--;
    this.#implied = implied;
    return test;
  }

  #primitive(): FrameTest {
    const { text } = this.#reader.next;
    this.#implied = null;
    if (text === "vlan") return this.#vlan();
    if (text === "vxlan") return this.#vxlan();
    if (!(text in TYPES)) {
      const isBare = text in ETHER_TYPES || text in PROTOCOLS;
      return isBare ? this.#protocol(this.#reader.take().text) : this.#qualified("");
    }
    if (text === "ether" && !this.#hasMacAddresses && this.#place.tunnels.length === 0) {
      this.#reader.fail("a primitive for packets without MAC addresses");
    }
    this.#reader.take();
    const isQualified = ["src", "dst", ...TYPES[""]!].includes(this.#reader.next.text);
    if (isQualified) return this.#qualified(text);
    return text === "ether" ? this.#reader.fail("src, dst or host") : this.#protocol(text);
  }

  #vlan(): FrameTest {
    this.#reader.take();
    const place = this.#place;
    const vlanId = readOptionalNumber(this.#reader, "a VLAN id", LAST_VLAN_ID);
    this.#place = { ...place, tags: place.tags + TAG_LENGTH };
    return hasTag(place, vlanId);
  }

  #vxlan(): FrameTest {
    this.#reader.take();
    const place = this.#place;
    const vni = readOptionalNumber(this.#reader, "a VNI", LAST_VNI);
    this.#place = { ...place, tunnels: [...place.tunnels, place.tags], tags: 0 };
    return hasVxlan(place, vni);
  }

  #protocol(name: string): FrameTest {
    const etherType = ETHER_TYPES[name];
    return etherType !== undefined
      ? etherTypeIs(this.#place, etherType)
      : protocolIs(this.#place, PROTOCOLS[name]!, name !== "icmp");
  }

  #qualified(protocol: string): FrameTest {
    const direction = this.#direction();
    const types = TYPES[protocol]!;
    const { text } = this.#reader.next;
    const isNamed = TYPES[""]!.includes(text);
    const type = (isNamed ? text : "host") as Qualifiers["type"];
    if (!types.includes(type)) this.#reader.fail(`${types.join(" or ")} after ${protocol}`);
    if (isNamed) this.#reader.take();
    this.#implied = { protocol, direction, type };
    return this.#operand(this.#implied);
  }

  #direction(): Direction {
    const isSource = this.#reader.acceptWord("src");
    if (!isSource && !this.#reader.acceptWord("dst")) return "either";
    const other = isSource ? "dst" : "src";
    const { kind } = this.#reader.next;
    if ((kind === "and" || kind === "or") && this.#reader.nextButOne.text === other) {
      this.#reader.take();
      this.#reader.take();
      return kind === "and" ? "both" : "either";
    }
    return isSource ? "source" : "destination";
  }

  #value({ protocol, direction, type }: Qualifiers, orElse: string): FrameTest {
    const place = this.#place;
    if (protocol === "ether") return macIs(place, direction, readMacAddress(this.#reader, orElse));
    if (type === "host" || type === "net") {
      const { address, mask } = (type === "host" ? readAddress : readNet)(this.#reader, orElse);
      return addressIs(place, ETHER_TYPES[protocol] ?? 0, direction, address, mask);
    }
    const { first, last } = (type === "port" ? readPort : readPortRange)(this.#reader, orElse);
    return portIs(place, PROTOCOLS[protocol] ?? 0, direction, first, last);
  }
}

/**
 * From left to right; `settling[i]` is the verdict so far that makes tests[i + 1] needless. A loop, since a filter
 * of ten thousand addresses must not be as many calls deep.
 */
function chained(tests: readonly FrameTest[], settling: readonly number[]): FrameTest {
  return (view, offset, end) => {
    let verdict = tests[0]!(view, offset, end);
    for (let i = 1; i < tests.length && verdict !== CUT; i++)
      if (verdict !== settling[i - 1]) verdict = tests[i]!(view, offset, end);
    return verdict;
  };
}

function negation(test: FrameTest): FrameTest {
  return (view, offset, end) => {
    const verdict = test(view, offset, end);
    return verdict === CUT ? CUT : verdict === YES ? NO : YES;
  };
}
