/** tshark on captures of overlays whose VNI says who sends: Weave's peers, Cilium's identities. */

import { expect, it } from "vitest";
import { MemorySink } from "../../src/capture/index.ts";
import { HopCapture, HopRecorder } from "../../src/datapath/index.ts";
import { Cilium, Cluster, type CniPlugin, Weave, weaveVni } from "../../src/kubernetes/index.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { judge, readFields } from "../tools/tshark.ts";

/** Two nodes, and a capture of every device while the pod of the first pings the pod of the second. */
function record(cni: CniPlugin): { cluster: Cluster; capture: Uint8Array } {
  const cluster = new Cluster({ cni, slotCount: 64 });
  cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" });
  cluster.addNode({ name: "node-b", address: "192.168.1.20", podCidr: "10.244.2.0/24" });
  cluster.addPod({ name: "pod-a", node: "node-a", labels: { app: "a" } });
  cluster.addPod({ name: "pod-b", node: "node-b", labels: { app: "b" } });
  const sink = new MemorySink();
  const names = cluster.addressNames();
  const capture = new HopCapture(sink, { epochSeconds: 1_767_225_600, names, application: "a test" });
  cluster.engine.observer = new HopRecorder(cluster.engine, [capture]);
  const ping = cluster.endpoint("pod-a").host.ping(cluster.endpoint("pod-b").address);
  cluster.endpoint("node-a").host.ping(cluster.endpoint("pod-b").address);
  cluster.engine.run(cluster.engine.now + 1e9);
  expect(ping.receivedCount).toBe(1);
  capture.end(cluster.engine.now);
  return { cluster, capture: sink.bytes() };
}

const OUTER = ["ip.src", "ip.dst", "vxlan.vni", "udp.dstport", "udp.checksum", "ip.flags.df", "icmp.type"] as const;

/** Outer packets of echoes on node-a's uplink. */
function echoes(capture: Uint8Array): Record<(typeof OUTER)[number], string>[] {
  return readFields(capture, OUTER, { filter: 'vxlan && icmp && frame.interface_name == "node-a/eth0"' });
}

describeWith([tool("tshark")], "Weave's fast datapath", () => {
  const cni = new Weave();
  const { cluster, capture } = record(cni);

  it("is decoded as VXLAN from end to end", () => {
    judge(capture);
  });

  it("has both peers' short ids in the VNI, DF and no checksum outside", () => {
    const [a, b] = cni.network(cluster).mesh.peers;
    const outers = echoes(capture);
    expect(outers.map((outer) => Number(outer["vxlan.vni"]))).toEqual([
      weaveVni(a!, b!),
      weaveVni(a!, b!),
      weaveVni(b!, a!),
      weaveVni(b!, a!),
    ]);
    const [request] = outers;
    expect([request!["udp.dstport"], request!["udp.checksum"], request!["ip.flags.df"].split(",")[0]]).toEqual([
      "6784",
      "0x0000",
      "1",
    ]);
  });

  it("carries ARP", () => {
    expect(readFields(capture, ["arp.opcode"], { filter: "vxlan && arp" }).length).toBeGreaterThan(0);
  });
});

describeWith([tool("tshark")], "Cilium", () => {
  it("with a tunnel has the sender's identity in the VNI, the remote node's for a node, and neither DF nor checksum outside", () => {
    const { capture } = record(new Cilium());
    judge(capture);
    const outers = echoes(capture);
    expect(outers.map((outer) => [outer["ip.src"].split(",")[0], outer["vxlan.vni"], outer["icmp.type"]])).toEqual([
      ["192.168.1.10", "6", "8"], // while the pod asks for its gateway
      ["192.168.1.10", "256", "8"],
      ["192.168.1.20", "257", "0"],
      ["192.168.1.20", "257", "0"],
    ]);
    for (const outer of outers)
      expect([outer["udp.dstport"], outer["udp.checksum"], outer["ip.flags.df"].split(",")[0]]).toEqual([
        "8472",
        "0x0000",
        "0",
      ]);
  });

  it("natively sends pods' packets as they are, with the pods' addresses", () => {
    const { capture } = record(new Cilium({ routing: "native" }));
    judge(capture);
    const filter = 'icmp.type == 8 && frame.interface_name == "node-a/eth0"';
    expect(readFields(capture, ["ip.src", "ip.dst", "frame.protocols"], { filter })).toEqual([
      { "ip.src": "192.168.1.10", "ip.dst": "10.244.2.2", "frame.protocols": "eth:ethertype:ip:icmp:data" },
      { "ip.src": "10.244.1.2", "ip.dst": "10.244.2.2", "frame.protocols": "eth:ethertype:ip:icmp:data" },
    ]);
  });
});
