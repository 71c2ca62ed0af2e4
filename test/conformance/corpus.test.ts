/**
 * Every frame of ../shared/corpus, taken apart and compared with what tshark 4.0 finds in it, field by field, as the
 * corpus's README says: of a field that occurs several times, the occurrences in layers that are decoded here. Beyond
 * that, frames whose payload tshark calls malformed are compared as well, and packets of captures that are not of
 * Ethernet: bare IP, BSD's loopback, Linux's "any".
 *
 * Each difference is named here with its reason.
 */

import { beforeAll, expect, it } from "vitest";
import { COLUMN_NAMES, FrameColumns } from "../../src/wire/index.ts";
import { describeWith, shared } from "../tools/requirements.ts";
import { corpusFiles, expectedRows, visitPackets } from "./corpus-files.ts";

/** Of fields of a protocol, the column with the count of occurrences to compare. */
const COUNTS: Readonly<Record<string, string>> = {
  eth: "_n_eth",
  ieee8021ad: "_n_ad",
  vlan: "_n_vlan",
  arp: "_n_arp",
  ip: "_n_ip",
  icmp: "_n_icmp",
  udp: "_n_udp",
  tcp: "_n_tcp",
  vxlan: "_n_vxlan",
};

interface Difference {
  readonly file: string;
  readonly frame: number;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

/** Differences that have a reason. */
interface Exception {
  readonly reason: string;
  readonly file: RegExp;
  readonly frames?: readonly number[];
  readonly fields: RegExp;
  /** How many values differ for this reason. */
  readonly count: number;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    reason:
      "Cisco FabricPath: to tshark the outer MAC header is FabricPath's, its first eth fields are the inner frame's",
    file: /^zeek__cisco-fabric-path|^suricata-verify__decode-dce/,
    fields: /^eth\.(dst|src|type)$/,
    count: 257,
  },
  {
    reason: "Cisco ISL: to tshark the outer MAC header is ISL's, its first eth fields are the inner frame's",
    file: /^tcpdump__DTP/,
    frames: [2, 4, 6, 8, 10],
    fields: /^eth\.(dst|len)$/,
    count: 10,
  },
  {
    reason: "tshark's only eth.len is of the frame within ERSPAN, which is not decoded here",
    file: /^suricata-verify__decode-erspan-typeII-01/,
    frames: [1, 2],
    fields: /^eth\.len$/,
    count: 2,
  },
  {
    reason: "tshark takes the file for another variant of pcap, with packet headers 8 bytes longer",
    file: /crash-exception-cast-constructed-record$/,
    frames: [1],
    fields: /^eth\.(dst|src|type|len)$/,
    count: 4,
  },
  {
    reason: "a header cut after the destination: its destination is there",
    file: /^tcpdump__l2tp-avp-overflow/,
    frames: [7, 13],
    fields: /^eth\.dst$/,
    count: 2,
  },
  {
    reason: "on a source route tshark tells the last address of the route as ip.dst, the header has the next",
    file: /ipv4-options\.pcap$/,
    frames: [6, 7],
    fields: /^ip\.dst$/,
    count: 2,
  },
  {
    reason: "an IPv6 packet under IPv4's EtherType is ipv6 alone; tshark finds an IPv4 layer of version 6 around it",
    file: /^tcpdump__(bad-ipv4-version-pgm-heapoverflow|kday1|kday3)\.pcap$|FuzzTarget-6604968558198784$/,
    fields: /^(ip\.version|_n_ip|frame\.protocols)$/,
    count: 11,
  },
  {
    reason: "an IPv4 total length of 0: tshark stops there, and the fields behind it are there",
    file: /FuzzTarget-5755755617189888$|IPv4-TSO|^tcpdump__(bigtcp-|ipv4_tcp_http_xml_tso)/,
    frames: [1],
    fields: /^(ip|icmp|tcp|udp|vxlan)\.|^(frame\.protocols|_n_\w+|_stop)$/,
    count: 148,
  },
  {
    reason: "a security option of 2 bytes: tshark gives the packet up, and what it carries is there",
    file: /^suricata-verify__(bug-7414-decoder-event-01__ip_secopt|firewall__tcp-session-decode-malformed-ipv4__)/,
    fields: /^(tcp|udp)\.|^(frame\.protocols|_ws\.malformed)$/,
    count: 18,
  },
  {
    reason: "a time with more than a second's worth of nanoseconds: tshark prints them as they are",
    file: /FuzzTarget-|^tcpdump__rx_serviceid_oobr/,
    fields: /^frame\.time_epoch$/,
    count: 12,
  },
  {
    reason: "of TCP of which an ICMP error quotes eight bytes tshark tells the ports; the sequence number is there",
    file: /IcmpPackets|^snabb__/,
    fields: /^tcp\.seq_raw$/,
    count: 8,
  },
  {
    reason: "a checksum in what an ICMP error quotes: tshark verifies it when all of it is there",
    file: /IcmpPackets|^snabb__|^tcpdump__icmp-cksum-oobr-|^zeek__icmp__icmp-timeexceeded/,
    fields: /^(tcp|udp)\.checksum\.status$/,
    count: 10,
  },
  {
    reason: "a frame that is cut, and malformed to tshark behind its last header",
    file: /FuzzTarget-6185045124251648$|^tcpdump__hoobr_bfd_print/,
    fields: /^_ws\.malformed$/,
    count: 2,
  },
  {
    reason: "a bogus IPv4 header behind GRE, which is not decoded here",
    file: /^suricata-verify__security-8550__/,
    fields: /^_class$/,
    count: 1,
  },
  {
    reason: "tshark names protocols of which no byte is there, trailers of F5 switches, and what TCP options are for",
    file: /^zeek__mixed-vlan-mpls|mptcp|aarp-heap|ipcomp-heap|crash-exception-cast-constructed-record$/,
    fields: /^_stop$/,
    count: 15,
  },
  {
    reason: "a packet that is too short for tshark's dissector is data to it, or none",
    file: /^tcpdump__(macsec-snap|of10_inv|pgm_opts_asan)|FuzzTarget-6223613626941440$/,
    fields: /^_stop$/,
    count: 5,
  },
  {
    reason: "IP version 2 is bogus here, as a wrong header length is for both; it is ok for expect.py",
    file: /^zeek__modbus__fuzz-1011/,
    frames: [2],
    fields: /^_class$/,
    count: 1,
  },
  {
    reason: "no byte of the header is there: here that is no layer",
    file: /^tcpdump__ip_ts_opts_asan/,
    frames: [1],
    fields: /^(_n_icmp|frame\.protocols)$/,
    count: 2,
  },
  {
    reason:
      "the total length goes beyond the frame: not all that the checksum covers is there, and tshark sums the rest",
    file: /^suricata-verify__bug-76__|^tcpdump__icmp-cksum-oobr-[13]/,
    fields: /^(tcp|icmp)\.checksum\.status$/,
    count: 4,
  },
  {
    reason: "a TCP header cut short: tshark stops at the ports, and the numbers behind them are there",
    file: /frag-eth-vlan-ip-tcp-syn|^tcpdump__tcp_header_heapoverflow/,
    frames: [1],
    fields: /^tcp\.(seq|ack)_raw$/,
    count: 3,
  },
  {
    reason: "a TCP data offset below 5: tshark stops there, and the fields behind it are there",
    file: /^suricata-verify__drop-protocol-change__/,
    frames: [7],
    fields: /^tcp\.(ack_raw|flags|window_size_value|checksum|checksum\.status)$/,
    count: 5,
  },
];

/** A row by column. */
type Row = readonly string[];

const INDEXES: Readonly<Record<string, number>> = Object.fromEntries(COLUMN_NAMES.map((name, index) => [name, index]));

function valueOf(row: Row, name: string): string {
  return row[INDEXES[name]!] ?? "";
}

const FRAME_COLUMNS = ["frame.number", "frame.cap_len", "frame.len", "frame.encap_type"];
/** Columns that are compared in a way of their own: times of any row, and what the chains of protocols have in common. */
const TIME = "frame.time_epoch";
const CHAIN = "frame.protocols";
const STOP = "_stop";
const MALFORMED = "_ws.malformed";
const FIELD_COLUMNS = COLUMN_NAMES.filter((name) => COUNTS[name.split(".")[0]!] !== undefined);
const SUMMARY_COLUMNS = [...Object.values(COUNTS), "_class"];

/** The columns of a row to compare. */
function comparedColumns(row: Row): readonly string[] {
  switch (valueOf(row, "_class")) {
    case "ok":
    case "truncated":
    case "bogus":
      return [...FRAME_COLUMNS, TIME, ...FIELD_COLUMNS, CHAIN, STOP, MALFORMED, ...SUMMARY_COLUMNS];
    case "malformed":
      return [...FRAME_COLUMNS, TIME, ...FIELD_COLUMNS, CHAIN, STOP, MALFORMED];
    case "notether":
      return /^(raw|null|sll):/.test(valueOf(row, CHAIN)) ? [TIME, ...FIELD_COLUMNS, CHAIN, STOP] : [TIME];
    default:
      return [];
  }
}

/** Of each protocol, the count of occurrences to compare in a row: as expect.py counts, but from any first layer on. */
function countsOf(row: Row): ReadonlyMap<string, number> {
  if (valueOf(row, "_class") !== "notether") {
    return new Map(Object.entries(COUNTS).map(([protocol, column]) => [protocol, Number(valueOf(row, column))]));
  }
  const counts = new Map<string, number>();
  for (const protocol of valueOf(row, "frame.protocols").split(":").slice(1)) {
    if (protocol === "ethertype") continue;
    const isDecoded = COUNTS[protocol] !== undefined && !counts.has("icmp");
    if (!isDecoded) break;
    counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
  }
  return counts;
}

interface Comparison {
  readonly frameCount: number;
  readonly comparedFrameCount: number;
  readonly fieldCount: number;
  readonly differences: readonly Difference[];
}

function compareCorpus(): Comparison {
  const counts = { frameCount: 0, comparedFrameCount: 0, fieldCount: 0 };
  const differences: Difference[] = [];
  const columns = new FrameColumns();
  for (const file of corpusFiles()) {
    const { names, rows } = expectedRows(file);
    expect(names).toEqual(COLUMN_NAMES);
    counts.frameCount += rows.length;
    visitPackets(file, (frame) => {
      const row = rows[frame.number - 1];
      const compared = row === undefined ? [] : comparedColumns(row);
      if (row === undefined || compared.length === 0) return;
      columns.writeRow(frame);
      const found = Buffer.from(columns.take()).toString("latin1").trimEnd().split("\t");
      counts.comparedFrameCount++;
      counts.fieldCount += compared.length;
      differences.push(...compareRows(row, found, compared).map((rest) => ({ file, frame: frame.number, ...rest })));
    });
  }
  return { ...counts, differences };
}

function compareRows(expected: Row, found: Row, columns: readonly string[]): Omit<Difference, "file" | "frame">[] {
  const counts = countsOf(expected);
  const chains = [chainOf(valueOf(expected, CHAIN)), chainOf(valueOf(found, CHAIN))] as const;
  return columns.flatMap((field) => {
    const protocol = field.split(".")[0]!;
    const count = COUNTS[protocol] === undefined ? Infinity : (counts.get(protocol) ?? 0);
    const [one, other] = comparable(field, valueOf(expected, field), valueOf(found, field), count, chains);
    return one === other ? [] : [{ field, expected: one, found: other }];
  });
}

/** What of a column's two values is compared. `count`: occurrences of a field that tshark has in decoded layers. */
function comparable(
  field: string,
  expected: string,
  found: string,
  count: number,
  [theirs, ours]: readonly [Chain, Chain],
): readonly [string, string] {
  if (field === CHAIN) return [theirs.decoded, ours.decoded];
  if (field === STOP) return [isGuess(ours.stop) ? ours.stop : theirs.stop, ours.stop];
  if (field === MALFORMED) return malformed(expected, found, theirs);
  // Whatever is found has to be there: no value may stand for a layer that is none.
  const length = Math.max(count, found === "" ? 0 : found.split(",").length);
  return [leading(expected, length), found];
}

/** A fault that only a protocol has that is not decoded here is tshark's alone. */
function malformed(expected: string, found: string, { stop }: Chain): readonly [string, string] {
  const isTheirs = expected !== "" && stop !== "" && found === "";
  return [isTheirs || expected === "" ? "" : MALFORMED, found];
}

/** The first layers of a frame, as far as they are decoded, and the next. */
interface Chain {
  readonly decoded: string;
  /** "" when there is none. */
  readonly stop: string;
}

/** What may follow what, of the layers that are decoded: expect.py's table, and the first layers of other link types. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  "": ["eth", "vlan", "ieee8021ad", "arp", "ip"],
  eth: ["ieee8021ad", "vlan", "arp", "ip"],
  ieee8021ad: ["ieee8021ad", "vlan", "arp", "ip"],
  vlan: ["vlan", "arp", "ip"],
  ip: ["ip", "icmp", "udp", "tcp"],
  udp: ["vxlan"],
  vxlan: ["eth"],
};

function chainOf(protocols: string): Chain {
  const layers = protocols.split(":").filter((name, index) => !(index === 0 && ["raw", "null", "sll"].includes(name)));
  const named = layers.filter((name) => name !== "ethertype");
  const stop = named.findIndex((layer, index) => NEXT[named[index - 1] ?? ""]?.includes(layer) !== true);
  if (stop < 0) return { decoded: named.join(":"), stop: "" };
  return { decoded: named.slice(0, stop).join(":"), stop: OTHER_NAMES[named[stop]!] ?? named[stop]! };
}

/** tshark's names of layers that are named differently here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  "loopback-test": "loop",
  "microsoft-nlb": "msnlb",
  "pppoe-discovery": "pppoed",
  "provider-backbone": "ieee8021ah",
  "slow-protocols": "slow",
  "vn-tag": "vntag",
  isl: "eth",
  pppoe: "pppoes",
};

/** Payloads, whose protocol tshark guesses from ports and content, and numbers that have no name here. */
function isGuess(stop: string): boolean {
  return stop === "data" || /^(ethertype-0x|ip-protocol-)/.test(stop);
}

/** The occurrences of a field that are compared. */
function leading(values: string, count: number): string {
  if (count === 0) return "";
  return values.includes(",") ? values.split(",").slice(0, count).join() : values;
}

function isExcepted({ file, frames, fields }: Exception, difference: Difference): boolean {
  const isFrame = frames === undefined || frames.includes(difference.frame);
  return file.test(difference.file) && isFrame && fields.test(difference.field);
}

/** In milliseconds: on a busy machine, 23,823 frames take longer than a hook may. */
const TIMEOUT = 60_000;

describeWith(shared("corpus/captures"), "the corpus of captures", () => {
  let comparison: Comparison;
  beforeAll(() => {
    comparison = compareCorpus();
    const { frameCount, comparedFrameCount, fieldCount, differences } = comparison;
    const counts = `${comparedFrameCount} of ${frameCount} frames, ${fieldCount} fields compared with tshark's`;
    console.log(`${counts}, ${differences.length} differences, each with its reason`);
  }, TIMEOUT);

  it("is compared as a whole", () => {
    expect(comparison.frameCount).toBe(23_823);
    expect(comparison.comparedFrameCount).toBeGreaterThan(23_000);
    expect(comparison.fieldCount).toBeGreaterThan(1_500_000);
  });

  it("has in every frame what tshark finds there", () => {
    const unexplained = comparison.differences.filter(
      (difference) => !EXCEPTIONS.some((exception) => isExcepted(exception, difference)),
    );
    expect(unexplained).toEqual([]);
  });

  it.each(EXCEPTIONS)("differs where $reason", (exception) => {
    const differences = comparison.differences.filter((difference) => isExcepted(exception, difference));
    expect(differences.length).toBe(exception.count);
  });
});
