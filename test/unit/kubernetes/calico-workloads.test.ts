import { describe, expect, it } from "vitest";
import { HopRecorder, type Veth } from "../../../src/datapath/index.ts";
import { CNI_NAMES, type Cluster, workloadFilterOf } from "../../../src/kubernetes/index.ts";
import { dropReasonName, EtherType, formatIpv4, ipv4, Protocol, vxlan } from "../../../src/wire/index.ts";
import { concatenate, frame, packet, type PacketFields, udpPacket, viewOf } from "../../conformance/frames.ts";
import { connects, createPolicyCluster, labelled, podOf, policy, pods, rule } from "./policies.ts";

const CALICO = CNI_NAMES.filter((name) => name.startsWith("calico"));
const TUNNELLED = CALICO.filter((name) => name !== "calico");
const PORT = 5000;
const TUNNEL_PORT = 4789;
const TUNNEL_VNI = 4096;

/** Only frontend may connect to database. */
function guarded(cni: string): Cluster {
  const cluster = createPolicyCluster(cni);
  const ingress = [rule([pods({ app: "frontend" })])];
  cluster.policies.set({ networkPolicies: [policy("db", { podSelector: labelled({ app: "database" }), ingress })] });
  return cluster;
}

function addressOf(cluster: Cluster, pod: string): string {
  return formatIpv4(podOf(cluster, pod).address);
}

/** Counts datagrams that come to a port of a pod. */
function listen(cluster: Cluster, pod: string): () => number {
  let count = 0;
  podOf(cluster, pod).host.openUdp({ port: PORT, onMessage: () => count++ });
  return () => count;
}

/** Sends a packet out of a pod just as it is. */
function sendRaw(cluster: Cluster, pod: string, bytes: Uint8Array): void {
  const inside = podOf(cluster, pod).namespace.device("eth0") as Veth;
  // A bridge has the gateway's address; with Calico nobody has, and the host end takes all.
  const bridge = ["cni0", "cbr0"].flatMap((name) => podOf(cluster, pod).node.namespace.devices.get(name) ?? []);
  inside.transmit(frame((bridge[0] ?? inside.peer).mac, inside.mac, EtherType.IPV4, bytes));
  cluster.engine.run(cluster.engine.now + 500e6);
}

/** A datagram from frontend to database. */
function stolen(cluster: Cluster): Uint8Array {
  const ends = { source: addressOf(cluster, "frontend"), destination: addressOf(cluster, "database") };
  return udpPacket(ends, 40_000, PORT);
}

function ipip(fields: PacketFields, inner: Uint8Array): Uint8Array {
  return packet({ ...fields, protocol: Protocol.IPIP, payload: inner });
}

function vxlanTo(cluster: Cluster, source: string, inner: Uint8Array): Uint8Array {
  const [here, there] = cluster.nodes.map(({ namespace }) => namespace.devices.get("vxlan.calico")?.mac ?? 2);
  const header = new Uint8Array(vxlan.HEADER_LENGTH);
  vxlan.write(viewOf(header), 0, { vni: TUNNEL_VNI });
  const payload = concatenate(header, frame(there!, here!, EtherType.IPV4, inner));
  const bytes = udpPacket({ source, destination: "192.168.1.20", payload }, 50_000, TUNNEL_PORT);
  // Without a checksum, as VTEPs send: such packets have the short way through the node.
  viewOf(bytes).setUint16(ipv4.HEADER_LENGTH + 6, 0);
  return bytes;
}

/** By name, over all devices of nodes. */
function dropsOf(cluster: Cluster): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { namespace } of cluster.nodes)
    for (const { drops } of namespace.devices.values())
      for (const [reason, count] of drops.entries())
        if (count > 0) sums.set(dropReasonName(reason), (sums.get(dropReasonName(reason)) ?? 0) + count);
  return Object.fromEntries(sums);
}

describe.each(CALICO)("a pod under %s", (cni) => {
  it("carries nothing past policies in tunnel packets of its own", () => {
    const cluster = guarded(cni);
    const received = listen(cluster, "database");
    const own = addressOf(cluster, "backend");
    sendRaw(cluster, "backend", vxlanTo(cluster, own, stolen(cluster)));
    sendRaw(cluster, "backend", ipip({ source: own, destination: "192.168.1.20" }, stolen(cluster)));
    expect(received()).toBe(0);
    expect(dropsOf(cluster)).toEqual({ WORKLOAD_ENCAP: 2 });
    const filter = workloadFilterOf(podOf(cluster, "backend"))!;
    expect([...filter.packets]).toEqual([0, 1, 1]);
    // To another port of UDP it may send.
    sendRaw(cluster, "backend", udpPacket({ source: own, destination: addressOf(cluster, "client") }, 1, PORT));
    expect(dropsOf(cluster)).toEqual({ WORKLOAD_ENCAP: 2 });
  });

  it("sends nothing under another's address, on another's connection either, and changes none", () => {
    const cluster = guarded(cni);
    const silent = policy("silent", { podSelector: labelled({ app: "backend" }), egress: [] });
    cluster.policies.set({ networkPolicies: [...cluster.policies.list().networkPolicies, silent] });
    const received = listen(cluster, "database");
    sendRaw(cluster, "frontend", stolen(cluster));
    expect(received()).toBe(1);
    sendRaw(cluster, "backend", stolen(cluster));
    expect(received()).toBe(1);
    expect(dropsOf(cluster)).toEqual({ IP_RPFILTER: 1 });
    sendRaw(cluster, "frontend", stolen(cluster));
    expect(received()).toBe(2);
  });

  it("is held to that without any policy, and is told why", () => {
    const cluster = createPolicyCluster(cni);
    const own = addressOf(cluster, "backend");
    const texts: string[] = [];
    cluster.engine.observer = new HopRecorder(cluster.engine, [{ hop: ({ comment }) => texts.push(comment) }]);
    sendRaw(cluster, "backend", stolen(cluster));
    sendRaw(cluster, "backend", ipip({ source: own, destination: "192.168.1.20" }, stolen(cluster)));
    // Who has no address yet asks for one.
    sendRaw(cluster, "backend", udpPacket({ source: "0.0.0.0", destination: "255.255.255.255" }, 68, 67));
    expect(dropsOf(cluster)).toMatchObject({ IP_RPFILTER: 1, WORKLOAD_ENCAP: 1 });
    const told = texts.join("\n");
    expect(told).toContain(`${addressOf(cluster, "frontend")} is not the pod's address, ${own}`);
    expect(told).toContain("IP-in-IP packets originating in workloads are dropped");
    expect(connects(cluster, "frontend", "database", 8080)).toBe(true);
    expect(dropsOf(cluster)).toMatchObject({ IP_RPFILTER: 1, WORKLOAD_ENCAP: 1 });
  });
});

describe.each(TUNNELLED)("a node under %s", (cni) => {
  it("takes tunnel packets from other nodes alone", () => {
    const cluster = guarded(cni);
    const received = listen(cluster, "database");
    const { uplink } = cluster.nodes[1]!;
    const isVxlan = uplink.namespace.devices.has("vxlan.calico");
    const send = (source: string): void => {
      const outer = { source, destination: "192.168.1.20" };
      const inner = stolen(cluster);
      const bytes = isVxlan ? vxlanTo(cluster, source, inner) : ipip(outer, inner);
      uplink.arrive(frame(uplink.mac, 2, EtherType.IPV4, bytes));
      cluster.engine.run(cluster.engine.now + 500e6);
    };
    for (let time = 0; time < 3; time++) send("192.168.1.10");
    expect(received()).toBe(3);
    for (let time = 0; time < 3; time++) send("192.168.1.99");
    expect(received()).toBe(3);
    expect(dropsOf(cluster)).toEqual({ TUNNEL_STRANGER: 3 });
  });
});

describe.each(["flannel", "kubenet"])("a pod under %s", (cni) => {
  it("is not held to its address: companions that enforce policies do not ask", () => {
    const cluster = guarded(cni);
    const received = listen(cluster, "database");
    sendRaw(cluster, "frontend", stolen(cluster));
    sendRaw(cluster, "backend", stolen(cluster));
    expect(received()).toBe(2);
    expect(workloadFilterOf(podOf(cluster, "backend"))).toBeUndefined();
  });
});
