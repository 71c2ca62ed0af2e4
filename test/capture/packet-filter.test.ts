/**
 * tcpdump as the judge of `--filter` for packets that are not of Ethernet: bare IP packets, loopbacks, Linux cooked.
 * What it is not asked is `vlan` and `ether`, which its library refuses for these link types.
 */

import { beforeAll, expect, it } from "vitest";
import { filterOption } from "../../src/cli/filter-option.ts";
import { LinkType } from "../../src/capture/index.ts";
import { EtherType, findNetworkLayer } from "../../src/wire/index.ts";
import { corpusFiles, visitPackets } from "../conformance/corpus-files.ts";
import { describeWith, shared, tool } from "../tools/requirements.ts";
import { withFile } from "../tools/tshark.ts";
import * as samples from "../unit/wire/frames.ts";
import { placed } from "../unit/wire/placed.ts";
import { generateFrames } from "./generated-frames.ts";
import { EXPRESSIONS, judged, pcap, withPieces } from "./tcpdump.ts";

const ETHERNET = 1;
/** FreeBSD's and NetBSD's number for bare packets. */
const RAW_BSD = 12;

const ASKED = EXPRESSIONS.filter((expression) => !/vlan|ether/.test(expression));

/** Those that select some of nearly every capture. */
const ASKED_OF_REAL = ASKED.filter((expression) =>
  /^(|not )(ip6?|arp|tcp|udp|icmp|net \S+|port \w+)( and not .*)?$/.test(expression),
);

const { IPV4, IPV6 } = EtherType;

/** Address families of loopbacks: that of IPv6 is macOS's. */
const FAMILIES: Readonly<Record<number, number>> = { [IPV4]: 2, [IPV6]: 30 };

function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const bigEndian16 = (value: number): readonly number[] => [value >> 8, value & 0xff];

const HEADER_LENGTHS: Readonly<Record<number, number>> = {
  [LinkType.NULL]: 4,
  [LinkType.LOOP]: 4,
  [LinkType.LINUX_SLL]: 16,
  [LinkType.LINUX_SLL2]: 20,
};

/** How each link type carries a network layer; undefined for one that it cannot carry. */
const WRAPPED: readonly (readonly [
  name: string,
  linkType: number,
  wrap: (etherType: number, packet: Uint8Array) => Uint8Array | undefined,
])[] = [
  ["RAW", LinkType.RAW, (type, packet) => (FAMILIES[type] === undefined ? undefined : packet)],
  ["IPV4", LinkType.IPV4, (type, packet) => (type === IPV4 ? packet : undefined)],
  ["NULL", LinkType.NULL, (type, packet) => loopback(type, packet, true)],
  ["LOOP", LinkType.LOOP, (type, packet) => loopback(type, packet, false)],
  ["LINUX_SLL", LinkType.LINUX_SLL, (type, packet) => concat(new Uint8Array(14), bigEndian16(type), packet)],
  ["LINUX_SLL2", LinkType.LINUX_SLL2, (type, packet) => concat(bigEndian16(type), new Uint8Array(18), packet)],
];

function loopback(etherType: number, packet: Uint8Array, littleEndian: boolean): Uint8Array | undefined {
  const family = FAMILIES[etherType];
  if (family === undefined) return undefined;
  const header = new DataView(new ArrayBuffer(4));
  header.setUint32(0, family, littleEndian);
  return concat(new Uint8Array(header.buffer), packet);
}

function select(expression: string, packets: readonly Uint8Array[], linkType: number): number[] {
  const filter = filterOption("decode", expression);
  return packets.flatMap((packet, index) => {
    const { view, offset, end } = placed(packet);
    return filter(view, offset, end, linkType) ? [index] : [];
  });
}

function expectSame(
  expressions: readonly string[],
  packets: readonly Uint8Array[],
  linkType: number,
  forTcpdump = packets,
): void {
  withFile(pcap(forTcpdump, linkType), (path) => {
    for (const expression of expressions)
      expect(select(expression, packets, linkType), expression).toEqual(judged(expression, path));
  });
}

describeWith(tool("tcpdump"), "a filter selects what tcpdump selects of packets without an Ethernet header", () => {
  const frames = [...Object.values(samples), ...generateFrames(10)];

  // Each expression is asked of two link types: what it selects depends on the packet behind the link's header.
  const turns = WRAPPED.map((wrapped, turn) => [...wrapped, turn % 3] as const);
  it.each(turns)("%s, whole and cut short", (_name, linkType, wrap, turn) => {
    const packets = frames.flatMap((frame) => {
      const { view, offset, end } = placed(frame);
      const network = findNetworkLayer(view, offset, end, ETHERNET)!;
      return wrap(network.etherType, frame.subarray(network.offset - offset)) ?? [];
    });
    expect(packets.length).toBeGreaterThan(25);
    // Of a packet that is cut in its link layer, or ends there, nothing is selected; tcpdump selects some, by `not arp`.
    expectSame(
      ASKED.filter((_, index) => index % 3 === turn),
      withPieces(packets).filter(({ length }) => length > (HEADER_LENGTHS[linkType] ?? 0)),
      linkType,
    );
  });
});

describeWith(
  [tool("tcpdump"), shared("corpus/captures")],
  "a filter selects what tcpdump selects of real captures without Ethernet",
  () => {
    const packets = new Map<number, Uint8Array[]>();
    beforeAll(() => {
      for (const file of corpusFiles())
        visitPackets(file, ({ linkType }, bytes) => {
          const list = packets.get(linkType) ?? [];
          list.push(bytes.slice());
          packets.set(linkType, list);
        });
    });

    it.each([
      ["NULL", LinkType.NULL, 237],
      ["RAW", LinkType.RAW, 114],
      ["BSD's RAW", RAW_BSD, 83],
      ["IPV4", LinkType.IPV4, 94],
      ["IPV6", LinkType.IPV6, 10],
      ["LINUX_SLL", LinkType.LINUX_SLL, 660],
      ["LINUX_SLL2", LinkType.LINUX_SLL2, 3],
    ])("%s", (_name, linkType, count) => {
      const found = packets.get(linkType)!;
      expect(found.length).toBe(count);
      expectSame(ASKED_OF_REAL, found, linkType, linkType === LinkType.NULL ? found.map(usualLoopback) : found);
    });
  },
);

/** tcpdump knows address families in one byte order alone, and none that is an EtherType as Wireshark's may be. */
function usualLoopback(packet: Uint8Array): Uint8Array {
  const { view, offset, end } = placed(packet);
  const network = findNetworkLayer(view, offset, end, LinkType.NULL);
  return (network && loopback(network.etherType, packet.subarray(4), true)) ?? packet;
}
