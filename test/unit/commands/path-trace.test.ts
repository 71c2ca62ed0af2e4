import { describe, expect, it } from "vitest";
import { differingFields, drawCluster, measurePacket, type Path, tracePath } from "../../../src/commands/index.ts";
import { Cluster, CNI_NAMES, createCni, createExampleCluster, Flannel } from "../../../src/kubernetes/index.ts";
import { parseIpv4 } from "../../../src/wire/index.ts";
import { Lab } from "./place.ts";

function devicesOf({ hops }: Path): string[] {
  return hops.map(({ device }) => device.fullName.replace(/veth\w+/, "veth"));
}

describe("a packet's path", () => {
  const there = [
    ...["pod-a/eth0", "node-a/veth", "node-a/cni0", "node-a/flannel.1", "node-a/eth0"],
    ...["underlay/port-1", "underlay/port-2"],
    ...["node-b/eth0", "node-b/flannel.1", "node-b/cni0", "node-b/veth", "pod-b/eth0"],
  ];

  it("goes through every device, and its answer back", () => {
    const lab = new Lab();
    const traced = tracePath(lab.place("pod-a"), lab.cluster.endpoint("pod-b").address, { protocol: "icmp" });
    expect(devicesOf(traced.there)).toEqual(there);
    expect(devicesOf(traced.back!)).toEqual(there.toReversed());
    expect(traced.there.lost).toBe("");
    expect(traced.there.hops.map(({ packetId }) => packetId)).toEqual(there.map(() => traced.there.hops[0]!.packetId));
    expect(lab.cluster.engine.observer).toBeNull();
  });

  it.each([
    ["udp", 80, "refused", /^dropped at backend\/eth0: NO_SOCKET/],
    ["tcp", 8080, "answered", /^$/],
    ["tcp", 81, "refused", /^dropped at backend\/eth0: NO_SOCKET|^$/],
  ] as const)("of %s to port %d tells how it ends", (protocol, port, end, lost) => {
    const lab = new Lab();
    const traced = tracePath(lab.place("pod-a"), lab.cluster.endpoint("backend").address, { protocol, port });
    expect(traced.end).toBe(end);
    expect(traced.there.lost).toMatch(lost);
    expect(traced.back!.lost).toBe("");
    expect(devicesOf(traced.back!).at(-1)).toBe("pod-a/eth0");
  });

  it("ends where somebody waits in vain", () => {
    const { there: path } = tracePath(new Lab().place("pod-a"), parseIpv4("10.244.2.99"), { protocol: "icmp" });
    expect(path.lost).toBe("dropped at node-b/cni0: NEIGH_FAILED, the neighbour did not answer");
  });

  it("is none where nothing can be sent", () => {
    const lab = new Lab();
    lab.place("pod-a").namespace.removeRoute("default");
    const { outcome, there: path, back } = tracePath(lab.place("pod-a"), parseIpv4("8.8.8.8"), { protocol: "icmp" });
    expect([outcome, path.hops, back]).toEqual(["network-unreachable", [], null]);
  });
});

describe("a comparison", () => {
  it.each([
    ["flannel", 50, 1450, ["ethernet", "ipv4", "udp", "vxlan", "ethernet", "ipv4", "icmpv4", "payload"]],
    ["flannel-host-gw", 0, 1500, ["ethernet", "ipv4", "icmpv4", "payload"]],
    ["calico-ipip", 20, 1480, ["ethernet", "ipv4", "ipv4", "icmpv4", "payload"]],
    ["cilium", 50, 1450, ["ethernet", "ipv4", "udp", "vxlan", "ethernet", "ipv4", "icmpv4", "payload"]],
  ])("of %s has its overhead, MTU and headers", (name, overhead, podMtu, layers) => {
    const lab = new Lab(createExampleCluster({ cni: createCni(name) }));
    const pod = lab.cluster.pods.find((each) => each.name === "pod-b")!;
    const found = measurePacket(lab.place("pod-a"), pod, { protocol: "icmp" }, 56);
    expect([found.overhead, found.podMtu]).toEqual([overhead, podMtu]);
    expect(found.underlayLayers.map(({ protocol }) => protocol)).toEqual(layers);
    const changed = differingFields(found.sent!.bytes, found.received!.bytes).map((field) => field.name);
    expect(changed).toContain("ipv4.timeToLive");
    expect(changed).not.toContain("ipv4.source");
  });

  it("finds no difference between equal frames", () => {
    const frame = Uint8Array.from({ length: 60 }, (_, index) => index);
    expect(differingFields(frame, frame.slice())).toEqual([]);
  });
});

/** Every element that is opened is closed, and no text breaks out of its place. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, slash, name, , selfClosing] of svg.matchAll(/<(\/?)([a-z]+)((?:\s[^<>]*?)?)(\/?)>/g)) {
    if (slash === "/") expect(open.pop()).toBe(name);
    else if (selfClosing !== "/") open.push(name!);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
}

describe("a drawing", () => {
  it.each(CNI_NAMES)("shows nodes, pods and tunnels of %s", (name) => {
    const cluster = createExampleCluster({ cni: createCni(name, name === "weave" ? { range: "10.244.0.0/16" } : {}) });
    const svg = drawCluster(cluster);
    expectWellFormed(svg);
    for (const shown of ["node-a", "node-b", "pod-a", "10.244.2.20", "eth0"]) expect(svg).toContain(`>${shown}`);
  });

  it("numbers the devices on a path", () => {
    const lab = new Lab();
    const trace = tracePath(lab.place("pod-a"), lab.cluster.endpoint("pod-b").address, { protocol: "icmp" });
    const svg = drawCluster(lab.cluster, { title: "pod-a to <pod-b>", trace });
    expectWellFormed(svg);
    expect([...svg.matchAll(/class="number"[^>]*>(\d+)</g)].map((match) => Number(match[1]))).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    expect(svg).toContain("pod-a to &lt;pod-b&gt;");
    expect(svg).toContain("12  pod-b/eth0: 10.244.2.8 is an address of pod-b");
  });

  it("gives many pods a square each, and none of them the place of another", () => {
    const cluster = new Cluster({ cni: new Flannel() });
    for (let node = 0; node < 5; node++) {
      cluster.addNode({ name: `n${node}`, address: `192.168.1.${node + 10}`, podCidr: `10.244.${node}.0/24` });
      for (let pod = 0; pod < 30; pod++) cluster.addPod({ name: `p${node}-${pod}`, node: `n${node}` });
    }
    const places = [...drawCluster(cluster).matchAll(/class="pod" x="([\d.]+)" y="([\d.]+)"/g)].map(
      (match) => `${match[1]},${match[2]}`,
    );
    expect(new Set(places).size).toBe(150);
  });
});
