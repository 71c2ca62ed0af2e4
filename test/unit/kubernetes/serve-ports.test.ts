import { describe, expect, it } from "vitest";
import type { SctpProbeResult } from "../../../src/host/index.ts";
import { Cluster, createCni } from "../../../src/kubernetes/index.ts";

const NODE = { name: "node-a", address: "192.168.1.10" };

describe("declared ports", () => {
  it("of SCTP answer INIT, and others say that nobody is there", () => {
    const cluster = new Cluster({ cni: createCni("flannel"), slotCount: 128 });
    cluster.addNode(NODE);
    const ports = [{ containerPort: 38_412, protocol: "SCTP" }] as const;
    const server = cluster.addPod({ name: "amf", node: "node-a", containers: [{ name: "amf", ports }] });
    const client = cluster.addPod({ name: "gnb", node: "node-a" });
    const results: SctpProbeResult[] = [];
    for (const port of [38_412, 38_413])
      client.host.sctp.probe(server.address, port, { onResult: (result) => results.push(result) });
    cluster.engine.run();
    expect(results).toEqual(["open", "closed"]);
  });

  it("belong to whoever came first where pods share a network", () => {
    const cluster = new Cluster({ cni: createCni("flannel"), slotCount: 128 });
    const node = cluster.addNode(NODE);
    const ports = (["TCP", "UDP", "SCTP"] as const).map((protocol) => ({ containerPort: 80, protocol }));
    for (const name of ["a", "b"])
      cluster.addPod({ name, node: "node-a", hostNetwork: true, containers: [{ name, ports }] });
    expect(node.host.sctp.listeners().map(({ port }) => port)).toEqual([80]);
    expect(node.host.tcp.listeners().map(({ port }) => port)).toEqual([80]);
  });
});
