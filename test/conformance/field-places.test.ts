/**
 * Where `dissect` finds each field, how long it is, and its bytes, compared with tshark's PDML, in some hundred frames
 * of ../shared/corpus: a few of each kind of header.
 */

import { beforeAll, expect, it } from "vitest";
import { formatHex } from "../../src/bytes/hex.ts";
import { MemorySink, PcapWriter } from "../../src/capture/index.ts";
import { dissect, type Field } from "../../src/wire/index.ts";
import { describeWith, shared, tool } from "../tools/requirements.ts";
import { run, withFile } from "../tools/tshark.ts";
import { corpusFiles, visitPackets } from "./corpus-files.ts";

/** Files that have tags, tunnels, options, errors that quote and so on, and frames to take of each. */
const FILES = /arp|icmp|vxlan|qinq|802\.1|ipv4-opt|snap|options|frag|ipip|llc_vlan|_ACK|Tcp|Dhcp|gtpv1|timestamp/i;
const FRAMES_A_FILE = 5;

/** By podwire's name tshark's, or those of which it is one. */
const NAMES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    ethernet: "destination=eth.dst source=eth.src etherType=eth.type payloadLength=eth.len",
    vlan: "vlanId=vlan.id/ieee8021ad.id etherType=vlan.etype payloadLength=vlan.len",
    llc: "destination=llc.dsap source=llc.ssap control=llc.control organisation=llc.oui protocol=llc.type/llc.cisco_pid/llc.pid",
    arp:
      "hardwareType=arp.hw.type protocolType=arp.proto.type hardwareLength=arp.hw.size protocolLength=arp.proto.size " +
      "operation=arp.opcode senderHardware=arp.src.hw_mac senderProtocol=arp.src.proto_ipv4 " +
      "targetHardware=arp.dst.hw_mac targetProtocol=arp.dst.proto_ipv4",
    ipv4:
      "version=ip.version headerLength=ip.hdr_len typeOfService=ip.dsfield dscp=ip.dsfield.dscp ecn=ip.dsfield.ecn " +
      "totalLength=ip.len identification=ip.id reservedFlag=ip.flags.rb dontFragment=ip.flags.df " +
      "moreFragments=ip.flags.mf fragmentOffset=ip.frag_offset timeToLive=ip.ttl protocol=ip.proto " +
      "headerChecksum=ip.checksum source=ip.src destination=ip.dst",
    icmpv4:
      "type=icmp.type code=icmp.code messageChecksum=icmp.checksum identifier=icmp.ident sequence=icmp.seq " +
      "nextHopMtu=icmp.mtu gateway=icmp.redir_gw",
    udp: "sourcePort=udp.srcport destinationPort=udp.dstport datagramLength=udp.length datagramChecksum=udp.checksum",
    tcp:
      "sourcePort=tcp.srcport destinationPort=tcp.dstport sequenceNumber=tcp.seq_raw acknowledgmentNumber=tcp.ack_raw " +
      "headerLength=tcp.hdr_len window=tcp.window_size_value segmentChecksum=tcp.checksum " +
      "urgentPointer=tcp.urgent_pointer options=tcp.options option.maximumSegmentSize=tcp.options.mss " +
      "option.windowScale=tcp.options.wscale option.timestamps=tcp.options.timestamp option.sack=tcp.options.sack",
    vxlan: "vni=vxlan.vni reserved2=vxlan.reserved8",
  }).flatMap(([protocol, names]) =>
    names.split(" ").map((pair) => {
      const [own, theirs] = pair.split("=");
      return [`${protocol}.${own}`, theirs!.split("/")];
    }),
  ),
);

/** Fields of bits: of their value tshark tells the bits alone. */
const BITS =
  /ip\.version|ip\.hdr_len|ip\.dsfield\.|ip\.flags|frag_offset|vlan\.id|ieee8021ad|tcp\.hdr_len|tcp\.flags|llc\.[ds]sap/;

interface Exception {
  readonly reason: string;
  readonly file: RegExp;
  readonly names: RegExp;
  /** How many frames have it. */
  readonly count: number;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    reason: "tshark has no field for the type behind a tag of 802.1ad",
    file: /QinQ|qinq/,
    names: /^vlan\.etype$/,
    count: 3,
  },
  {
    reason: "a TCP header that is cut, or quoted in part: tshark stops at the ports",
    file: /^snabb__|frag-eth-vlan-ip-tcp-syn|^tcpdump__tcp_header_heapoverflow|IcmpPackets/,
    names: /^tcp\.(seq|ack)_raw$/,
    count: 10,
  },
  {
    reason: "Cisco ISL: to tshark the outer MAC header is ISL's",
    file: /^tcpdump__DTP/,
    names: /^eth\.(dst|src|len)$/,
    count: 6,
  },
];

interface Place {
  readonly offset: number;
  readonly length: number;
  /** In hexadecimal, "" for fields of bits. */
  readonly bytes: string;
}

interface Sample {
  readonly file: string;
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
}

function sampleFrames(): Sample[] {
  const samples: Sample[] = [];
  for (const file of corpusFiles().filter((name) => FILES.test(name) && !/fuzz|crash/i.test(name))) {
    visitPackets(file, ({ number, linkType, originalLength }, bytes) => {
      if (number > FRAMES_A_FILE || linkType !== 1 || bytes.length > Math.min(originalLength, 2_000)) return;
      samples.push({ file, number, bytes: bytes.slice(), originalLength });
    });
  }
  return samples;
}

const PREFERENCES = [
  ...["ip.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE", "eth.fcs:Never", "ip.tso_support:FALSE"],
  ...["ip.check_checksum:FALSE", "tcp.analyze_sequence_numbers:FALSE", "tcp.calculate_timestamps:FALSE"],
];

/** Of each frame, the places by name in tshark's order. */
function tsharkPlaces(samples: readonly Sample[]): ReadonlyMap<string, Place[]>[] {
  const sink = new MemorySink();
  const writer = new PcapWriter(sink, { precision: "microseconds" });
  for (const { bytes, originalLength } of samples) writer.writePacket(0, bytes, 0, bytes.length, originalLength);
  writer.flush();
  const options = [...PREFERENCES.flatMap((preference) => ["-o", preference]), "-d", "udp.port==8472,vxlan"];
  const pdml = withFile(sink.bytes(), (path) => run("tshark", ["-n", "-r", path, "-T", "pdml", ...options]));
  return pdml.split("<packet>").slice(1).map(placesOf);
}

function placesOf(packet: string): ReadonlyMap<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const [, name, rest] of packet.matchAll(/<field name="([^"]+)"([^>]*)>/g)) {
    const attribute = (wanted: string): string => new RegExp(` ${wanted}="([^"]*)"`).exec(rest!)?.[1] ?? "";
    const bytes = BITS.test(name!) ? "" : attribute("value");
    const place = { offset: Number(attribute("pos")), length: Number(attribute("size")), bytes };
    places.set(name!, [...(places.get(name!) ?? []), place]);
  }
  return places;
}

/** What `dissect` finds of a frame under one of tshark's names. */
function ownPlaces({ bytes, originalLength }: Sample): ReadonlyMap<string, Place[]> {
  const places = new Map<string, Place[]>();
  const view = new DataView(bytes.buffer);
  const { layers } = dissect(view, 0, bytes.length, originalLength);
  for (const { name, offset, length } of layers.flatMap(({ fields }) => fields)) {
    const theirs = NAMES[name];
    if (theirs === undefined) continue;
    const key = theirs.join("/");
    const value = BITS.test(key) ? "" : formatHex(bytes.subarray(offset, offset + length));
    places.set(key, [...(places.get(key) ?? []), { offset, length, bytes: value }]);
  }
  return places;
}

interface Difference {
  readonly file: string;
  readonly frame: number;
  readonly name: string;
  /** What is found here and not by tshark. */
  readonly found: readonly Place[];
  readonly expected: readonly Place[];
}

function differencesIn(sample: Sample, places: ReadonlyMap<string, Place[]>): Difference[] {
  return [...ownPlaces(sample)].flatMap(([name, all]) => {
    const expected = name.split("/").flatMap((one) => places.get(one) ?? []);
    const isThere = (own: Place): boolean =>
      expected.some(
        ({ offset, length, bytes }) => offset === own.offset && length === own.length && bytes === own.bytes,
      );
    const found = all.filter((own) => !isThere(own));
    return found.length === 0 ? [] : [{ file: sample.file, frame: sample.number, name, found, expected }];
  });
}

describeWith([tool("tshark"), shared("corpus/captures")], "the fields of frames of the corpus", () => {
  let samples: Sample[];
  let expected: ReadonlyMap<string, Place[]>[];
  beforeAll(() => {
    samples = sampleFrames();
    expected = tsharkPlaces(samples);
  }, 60_000);

  it("are there for every name", () => {
    const seen = new Set(samples.flatMap((sample) => [...ownPlaces(sample).keys()]));
    const missing = [...new Set(Object.values(NAMES).map((names) => names.join("/")))].filter((key) => !seen.has(key));
    expect(missing).toEqual([]);
    expect(samples.length).toBeGreaterThan(800);
  });

  it("stand where tshark finds them, as long as there, with the same bytes", () => {
    expect(expected).toHaveLength(samples.length);
    const differences = samples.flatMap((sample, index) => differencesIn(sample, expected[index]!));
    const isExcepted = ({ file, names }: Exception, difference: Difference): boolean =>
      file.test(difference.file) && names.test(difference.name);
    const counts = EXCEPTIONS.map((own) => differences.filter((difference) => isExcepted(own, difference)).length);
    expect(differences.filter((difference) => !EXCEPTIONS.some((own) => isExcepted(own, difference)))).toEqual([]);
    expect(counts).toEqual(EXCEPTIONS.map(({ count }) => count));
  });

  it("that are told in hexadecimal have all their digits", () => {
    const isWhole = ({ text, value, length }: Field): boolean =>
      typeof value !== "number" || !/^0x[0-9a-f]+$/.test(text) || text.length === 2 + 2 * length;
    for (const { bytes, originalLength } of samples) {
      const { layers } = dissect(new DataView(bytes.buffer), 0, bytes.length, originalLength);
      const fields = layers.flatMap((layer) => layer.fields);
      expect(fields.filter((field) => !isWhole(field))).toEqual([]);
    }
  });
});
