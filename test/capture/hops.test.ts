/** What a capture says beside the bytes comes back as it was written: the hops told are the hops read. */

import { describe, expect, it } from "vitest";
import { MemorySink } from "../../src/capture/index.ts";
import { Counter, type Hop, HopCapture, HopRecorder, type NetDevice } from "../../src/datapath/index.ts";
import { type Cluster, createExampleCluster } from "../../src/kubernetes/index.ts";
import { formatIpv4, formatMac } from "../../src/wire/index.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { capinfos, judge, readFields } from "../tools/tshark.ts";
import { readBlockTypes } from "./frame-reader.ts";

const EPOCH_SECONDS = 1_767_225_600;
const INTERFACE_STATISTICS_BLOCK = 5;
const ENHANCED_PACKET_BLOCK = 6;

/** A hop as it was told, with a copy of its frame. */
type Told = Omit<Hop, "bytes"> & { readonly length: number };

interface Recording {
  readonly cluster: Cluster;
  readonly hops: readonly Told[];
  readonly capture: Uint8Array;
}

/** Two pings and an answer over UDP across the nodes, and a packet that has no route. */
function record(): Recording {
  const cluster = createExampleCluster();
  const sink = new MemorySink();
  const recording = new HopCapture(sink, {
    epochSeconds: EPOCH_SECONDS,
    names: cluster.addressNames(),
    application: "a test",
    comment: "two nodes",
  });
  const hops: Told[] = [];
  const collector = { hop: ({ bytes, ...hop }: Hop): void => void hops.push({ ...hop, length: bytes.length }) };
  cluster.engine.observer = new HopRecorder(cluster.engine, [recording, collector]);
  const podA = cluster.endpoint("pod-a").host;
  podA.ping(cluster.endpoint("database").address, { count: 2 });
  podA.ping(0x08080808);
  cluster.endpoint("backend").host.openUdp({
    port: 53_000,
    onMessage: ({ from, fromPort }, socket) => socket.send(from, fromPort, new Uint8Array(100)),
  });
  podA.openUdp({ onMessage: () => {} }).send(cluster.endpoint("backend").address, 53_000, new Uint8Array(10));
  cluster.engine.run();
  recording.end(cluster.engine.now);
  return { cluster, hops, capture: sink.bytes() };
}

describeWith([tool("tshark"), tool("capinfos")], "a capture of hops", () => {
  const { cluster, hops, capture } = record();
  const devices = [...new Set(hops.map((hop) => hop.device))];

  it("is one that tshark has nothing against", () => {
    expect(hops.length).toBeGreaterThan(100);
    judge(capture);
  });

  it("has each hop's time to the nanosecond, direction, packet id and comment", () => {
    const fields = [
      "frame.time_epoch",
      "frame.interface_name",
      "frame.packet_flags_direction",
      "frame.packet_id",
      "frame.comment",
      "frame.len",
    ] as const;
    expect(readFields(capture, fields)).toEqual(
      hops.map((hop) => ({
        "frame.time_epoch": unixTime(hop.time),
        "frame.interface_name": hop.device.fullName,
        "frame.packet_flags_direction": hop.direction === "in" ? "0x00000001" : "0x00000002",
        "frame.packet_id": String(hop.packetId),
        "frame.comment": hop.comment,
        "frame.len": String(hop.length),
      })),
    );
  });

  it("has a comment at every hop, and the reason where a packet was dropped", () => {
    expect(hops.filter((hop) => hop.comment === "").map((hop) => hop.device.fullName)).toEqual([]);
    const dropped = readFields(capture, ["frame.interface_name", "frame.comment"], {
      filter: 'frame.comment contains "dropped at"',
    });
    expect(dropped.map((row) => row["frame.interface_name"])).toEqual(["router/eth0"]);
    expect(dropped[0]!["frame.comment"]).toMatch(/dropped at router\/eth0: IP_INNOROUTES, \w/);
  });

  it("has one interface a device, with what the device is and its MAC", () => {
    const rows = readFields(capture, ["frame.interface_id", "frame.interface_name", "frame.interface_description"]);
    const read = new Map(
      rows.map((row) => [
        Number(row["frame.interface_id"]),
        [row["frame.interface_name"], row["frame.interface_description"]],
      ]),
    );
    expect(read.size).toBe(devices.length);
    devices.forEach((device, id) => expect(read.get(id)).toEqual([device.fullName, device.description]));
    const hex = Buffer.from(capture).toString("hex");
    // if_MACaddr: code 6, length 6, both little endian.
    for (const device of devices) expect(hex).toContain(`06000600${formatMac(device.mac).replaceAll(":", "")}`);
  });

  it("names devices as `ip link` does, and says what is at the other end", () => {
    const described = new Map(devices.map((device) => [device.fullName, device.description]));
    expect(described.get("pod-a/eth0")).toMatch(/^veth, other end node-a\/veth[0-9a-f]{8}$/);
    expect(described.get("node-a/cni0")).toBe("bridge");
    expect(described.get("node-a/flannel.1")).toMatch(/^vxlan\b.*\b1\b/);
    expect(described.get("node-b/eth0")).toBe("veth, other end underlay/port-2");
  });

  it("has one packet id at every hop of a packet, through the tunnel and back out", () => {
    const rows = readFields(capture, ["frame.packet_id", "frame.interface_name", "vxlan.vni"], {
      filter: "icmp.type == 8 && icmp.seq == 1 && ip.dst == 10.244.2.30",
    });
    expect(new Set(rows.map((row) => row["frame.packet_id"])).size).toBe(1);
    expect(rows.map((row) => row["frame.interface_name"]!.replace(/veth\w+/, "veth"))).toEqual([
      ...["pod-a/eth0", "node-a/veth", "node-a/cni0", "node-a/flannel.1", "node-a/eth0", "underlay/port-1"],
      ...["underlay/port-2", "node-b/eth0", "node-b/flannel.1", "node-b/cni0", "node-b/veth", "database/eth0"],
    ]);
    expect(rows.map((row) => row["vxlan.vni"])).toEqual([..."    1111    "].map((vni) => vni.trim()));
  });

  it("has another packet id for every other packet", () => {
    const rows = readFields(capture, [
      "frame.packet_id",
      "ip.id",
      "ip.src",
      "arp.opcode",
      "arp.src.proto_ipv4",
      "arp.dst.proto_ipv4",
      "icmp.type",
    ]);
    const kinds = new Map<string, Set<string>>();
    for (const row of rows) {
      // The innermost packet tells packets apart: identification and source stay the same on the way.
      const { "frame.packet_id": id, ...rest } = row;
      const kind =
        rest["ip.src"] === ""
          ? JSON.stringify(rest)
          : `${rest["ip.id"].split(",").at(-1)} ${rest["ip.src"].split(",").at(-1)} ${rest["icmp.type"]}`;
      kinds.set(id, (kinds.get(id) ?? new Set()).add(kind));
    }
    expect([...kinds.values()].filter((found) => found.size !== 1)).toEqual([]);
    expect(kinds.size).toBeGreaterThan(15);
  });

  it("shows names of pods and nodes in place of addresses", () => {
    const names = new Map<string, string>();
    const fields = ["ip.src", "ip.src_host", "ip.dst", "ip.dst_host"] as const;
    for (const row of readFields(capture, fields, { resolve: "n" })) {
      const [addresses, hosts] = [
        `${row["ip.src"]},${row["ip.dst"]}`.split(","),
        `${row["ip.src_host"]},${row["ip.dst_host"]}`.split(","),
      ];
      addresses.forEach((address, index) => names.set(address, hosts[index]!));
    }
    names.delete("");
    expect(Object.fromEntries(names)).toEqual({
      "10.244.1.5": "pod-a",
      "10.244.2.20": "backend",
      "10.244.2.30": "database",
      "192.168.1.10": "node-a",
      "192.168.1.20": "node-b",
      "8.8.8.8": "8.8.8.8",
    });
    for (const { name, address } of [...cluster.pods, ...cluster.nodes]) {
      const found = names.get(formatIpv4(address));
      if (found !== undefined) expect(found).toBe(name);
    }
  });

  it("says at its beginning what it is, and on what it was made", () => {
    const lines = capinfos(capture).split("\n");
    expect(lines).toContain("Capture application: a test");
    expect(lines).toContain("Capture comment:     two nodes");
    expect(lines).toContain(`Number of interfaces in file: ${devices.length}`);
    expect(lines.filter((line) => line.endsWith("Number of stat entries = 1"))).toHaveLength(devices.length);
  });

  it("ends with the statistics of each interface, as the device has counted", () => {
    const types = readBlockTypes(capture);
    expect(types.slice(types.lastIndexOf(ENHANCED_PACKET_BLOCK) + 1)).toEqual(
      devices.map(() => INTERFACE_STATISTICS_BLOCK),
    );
    expect(readStatistics(capture)).toEqual(
      devices.map((device, id) => ({
        id,
        received: frameCount(device),
        osDropped: device.drops.reduce((total, count) => total + count, 0),
      })),
    );
    for (const device of devices) expect(frameCount(device)).toBe(hops.filter((hop) => hop.device === device).length);
  });
});

/** A virtual time as tshark prints the Unix time. */
function unixTime(time: number): string {
  const whole = Math.floor(time);
  return `${EPOCH_SECONDS + Math.floor(whole / 1e9)}.${String(whole % 1e9).padStart(9, "0")}`;
}

function frameCount(device: NetDevice): number {
  return device.counters[Counter.RX_PACKETS]! + device.counters[Counter.TX_PACKETS]!;
}

/** Packets received (isb_ifrecv) and dropped (isb_osdrop) of each Interface Statistics Block: no tool prints them. */
function readStatistics(capture: Uint8Array): { id: number; received: number; osDropped: number }[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.length);
  const found: { id: number; received: number; osDropped: number }[] = [];
  for (let block = 0; block < capture.length; block += view.getUint32(block + 4, true)) {
    if (view.getUint32(block, true) !== INTERFACE_STATISTICS_BLOCK) continue;
    const values = new Map<number, number>();
    for (
      let option = block + 20;
      view.getUint16(option, true) !== 0;
      option += 4 + 4 * Math.ceil(view.getUint16(option + 2, true) / 4)
    ) {
      values.set(view.getUint16(option, true), Number(view.getBigUint64(option + 4, true)));
    }
    found.push({ id: view.getUint32(block + 8, true), received: values.get(4)!, osDropped: values.get(7)! });
  }
  return found;
}

describe("a capture that nobody wrote to", () => {
  it("has a section and nothing else, as names belong behind an interface", () => {
    const sink = new MemorySink();
    new HopCapture(sink, {
      epochSeconds: EPOCH_SECONDS,
      names: createExampleCluster().addressNames(),
      application: "a test",
    }).end(0);
    expect(readBlockTypes(sink.bytes())).toEqual([0x0a0d0d0a]);
  });
});
