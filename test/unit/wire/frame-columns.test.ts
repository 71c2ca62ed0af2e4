import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { COLUMN_NAMES, FrameColumns, type FrameRow } from "../../../src/wire/frame-columns.ts";
import * as frames from "./frames.ts";
import { placed } from "./placed.ts";

function textOf(columns: FrameColumns): string {
  return Buffer.from(columns.take()).toString("latin1");
}

/** What a row has, without its empty cells. */
function row(bytes: Uint8Array, details: Partial<FrameRow> = {}): Record<string, string> {
  const { view, offset, end } = placed(bytes);
  const columns = new FrameColumns();
  const usual = { number: 1, originalLength: bytes.length, linkType: 1, seconds: 0, nanoseconds: 0 };
  columns.writeRow({ ...usual, view, offset, end, ...details });
  const text = textOf(columns);
  expect(text.endsWith("\n")).toBe(true);
  const cells = text.slice(0, -1).split("\t");
  expect(cells).toHaveLength(COLUMN_NAMES.length);
  return Object.fromEntries(COLUMN_NAMES.map((name, index) => [name, cells[index]!]).filter(([, cell]) => cell !== ""));
}

describe("columns", () => {
  it("have a header", () => {
    const columns = new FrameColumns();
    columns.writeHeader();
    expect(textOf(columns)).toBe(`${COLUMN_NAMES.join("\t")}\n`);
    expect(COLUMN_NAMES.slice(0, 8)).toEqual([
      "frame.number",
      "frame.cap_len",
      "frame.len",
      "frame.encap_type",
      "frame.time_epoch",
      "frame.protocols",
      "eth.dst",
      "eth.src",
    ]);
    expect(COLUMN_NAMES.slice(-3)).toEqual(["_n_vxlan", "_stop", "_class"]);
  });

  it("tell a frame in tshark's words", () => {
    const details = { number: 7, originalLength: 80, seconds: 1_700_000_000, nanoseconds: 5_000 };
    expect(row(frames.UDP_DATAGRAM, details)).toEqual({
      "frame.number": "7",
      "frame.cap_len": "47",
      "frame.len": "80",
      "frame.encap_type": "1",
      "frame.time_epoch": "1700000000.000005000",
      "frame.protocols": "eth:ethertype:ip:udp:data",
      "eth.dst": "0a:58:0a:f4:01:01",
      "eth.src": "0a:58:0a:f4:01:05",
      "eth.type": "0x0800",
      "ip.version": "4",
      "ip.hdr_len": "20",
      "ip.dsfield": "0x00",
      "ip.len": "33",
      "ip.id": "0xf613",
      "ip.flags.df": "1",
      "ip.flags.mf": "0",
      "ip.frag_offset": "0",
      "ip.ttl": "64",
      "ip.proto": "17",
      "ip.checksum": "0x2bc4",
      "ip.checksum.status": "1",
      "ip.src": "10.244.1.5",
      "ip.dst": "10.244.2.8",
      "udp.srcport": "40349",
      "udp.dstport": "9999",
      "udp.length": "13",
      "udp.checksum": "0xde60",
      "udp.checksum.status": "1",
      _n_eth: "1",
      _n_ad: "0",
      _n_vlan: "0",
      _n_ip: "1",
      _n_udp: "1",
      _n_tcp: "0",
      _n_icmp: "0",
      _n_arp: "0",
      _n_vxlan: "0",
      _stop: "data",
      _class: "truncated",
    });
  });

  it("tell no time where the capture has none", () => {
    expect(row(frames.ARP_REQUEST)["frame.time_epoch"]).toBe("0.000000000");
    expect(row(frames.ARP_REQUEST, { seconds: undefined })["frame.time_epoch"]).toBeUndefined();
  });

  it("join what occurs several times, outermost first", () => {
    expect(row(frames.VXLAN_ECHO_REQUEST)).toMatchObject({
      "frame.protocols": "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:icmp:data",
      "eth.src": "0a:58:0a:f4:01:05,02:00:00:00:01:0a",
      "ip.proto": "17,1",
      "vxlan.flags": "0x0800",
      "vxlan.vni": "1",
      _n_eth: "2",
      _n_ip: "2",
      _class: "ok",
    });
  });

  it("have customer and service tags apart, and lengths apart from types", () => {
    expect(row(frames.STACKED_VLAN_UDP)).toMatchObject({
      "frame.protocols": "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ip:udp:data",
      "ieee8021ad.id": "100",
      "vlan.id": "4094",
      "vlan.dei": "1",
      "vlan.etype": "0x0800",
      _n_ad: "1",
      _n_vlan: "1",
    });
    const spanningTree = row(frames.SPANNING_TREE);
    expect(spanningTree).toMatchObject({ "eth.len": "38", _stop: "llc" });
    expect(spanningTree["eth.type"]).toBeUndefined();
  });

  it("have what an ICMP error quotes, and do not count it", () => {
    expect(row(frames.FRAGMENTATION_NEEDED)).toMatchObject({
      "ip.src": "10.244.1.1,10.244.1.5",
      "icmp.type": "3,8",
      "icmp.mtu": "1400",
      "icmp.checksum.status": "1,2",
      _n_ip: "1",
      _n_icmp: "1",
      _stop: "ip",
    });
  });

  it.each<[string, Uint8Array, Partial<FrameRow>, string]>([
    ["a frame that is whole", frames.ARP_REQUEST, {}, "ok"],
    ["a header cut short", frames.ARP_REQUEST.subarray(0, 30), {}, "malformed"],
    ["a frame cut by the capture", frames.ARP_REQUEST.subarray(0, 30), { originalLength: 42 }, "truncated"],
    ["a header length that is none", parseHex(`${"00".repeat(12)} 0800 44 ${"00".repeat(30)}`), {}, "bogus"],
    ["another link type", frames.ARP_REQUEST, { linkType: 113 }, "notether"],
  ])("class %s", (_what, bytes, details, expected) => {
    expect(row(bytes, details)["_class"]).toBe(expected);
  });

  it("of ARP for other addresses tell those that fit", () => {
    const bytes = parseHex("ffffffffffff 020000000001 0806 0007 0800 01 04 0001 aa 0a000001 bb 0a000002");
    const cells = row(bytes);
    expect(cells).toMatchObject({
      "arp.hw.type": "7",
      "arp.src.proto_ipv4": "10.0.0.1",
      "arp.dst.proto_ipv4": "10.0.0.2",
    });
    expect(cells["arp.src.hw_mac"]).toBeUndefined();
  });

  it("of a cut header tell the fields that are there", () => {
    const cells = row(frames.TCP_SYN.subarray(0, 44), { originalLength: 74 });
    expect(cells).toMatchObject({ "tcp.srcport": "34246", "tcp.seq_raw": "225322849", _class: "truncated" });
    expect(cells["tcp.ack_raw"]).toBeUndefined();
  });

  it("of a frame are the same whatever the rows before", () => {
    const list = [...Object.values(frames), frames.SPANNING_TREE.subarray(0, 14), frames.UDP_DATAGRAM.subarray(0, 14)];
    const written = (columns: FrameColumns, bytes: Uint8Array): string => {
      const { view, offset, end } = placed(bytes);
      const usual = { number: 1, originalLength: bytes.length, linkType: 1, seconds: 0, nanoseconds: 0 };
      columns.writeRow({ ...usual, view, offset, end });
      return textOf(columns);
    };
    const columns = new FrameColumns();
    for (const before of list)
      for (const bytes of list) {
        written(columns, before);
        expect(written(columns, bytes)).toBe(written(new FrameColumns(), bytes));
      }
  });

  it("of many frames come one after another", () => {
    const { view, offset, end } = placed(frames.ARP_REQUEST);
    const columns = new FrameColumns();
    for (let number = 1; number <= 2000; number++) {
      columns.writeRow({ number, view, offset, end, originalLength: 42, linkType: 1, seconds: 0, nanoseconds: 0 });
    }
    const lines = textOf(columns).split("\n");
    expect(lines).toHaveLength(2001);
    expect(lines.slice(0, -1).map((line) => line.split("\t")[0])).toEqual(
      lines.slice(0, -1).map((_, index) => `${index + 1}`),
    );
    expect(columns.length).toBe(0);
  });
});
