import { describe, expect, it } from "vitest";
import {
  answerText,
  differingFields,
  drawCluster,
  measurePacket,
  type Path,
  tracePath,
} from "../../../src/commands/index.ts";
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
    expect([traced.there.hasArrived, traced.back!.hasArrived]).toEqual([true, true]);
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

  it("takes no ARP request for an answer, and knows what waited for one", () => {
    const traced = tracePath(new Lab().place("node-a"), parseIpv4("10.244.1.99"), { protocol: "tcp", port: 80 });
    expect(traced.there).toMatchObject({ hops: [], lost: /NEIGH_FAILED/.exec(traced.there.lost)?.input });
    expect([traced.there.hasArrived, traced.back, traced.end]).toEqual([false, null, "silence"]);
  });

  it.each([
    ["icmp", "an echo reply came back from backend"],
    ["tcp", "SYN-ACK came back from backend"],
    ["udp", "a datagram came back from backend"],
    ["sctp", "INIT ACK came back from backend"],
  ] as const)("has an answer to %s in words", (protocol, words) => {
    const lab = new Lab();
    const backend = lab.cluster.endpoint("backend");
    backend.host.openUdp({
      port: 8080,
      onMessage: ({ from, fromPort }, socket) => void socket.send(from, fromPort, new Uint8Array(1)),
    });
    backend.host.sctp.listen(8080);
    const probe = protocol === "icmp" ? ({ protocol } as const) : { protocol, port: 8080 };
    const traced = tracePath(lab.place("pod-a"), backend.address, probe);
    expect([traced.end, answerText(traced, probe, [])]).toEqual(["answered", words]);
    expect(traced.back).toMatchObject({ hasArrived: true, lost: "" });
  });

  it("tells of an answer that is lost on its way back, and of an error from somebody else", () => {
    const lab = new Lab();
    const probe = { protocol: "udp", port: 9 } as const;
    const gone = tracePath(lab.place("pod-a"), parseIpv4("10.244.2.99"), probe);
    expect(answerText(gone, probe, [4789])).toBe('ICMP "host 10.244.2.99 unreachable" came back from node-b');
    const traced = tracePath(lab.place("pod-a"), lab.cluster.endpoint("pod-b").address, probe);
    const back = { ...traced.back!, hasArrived: false, lost: "dropped at node-b/eth0" };
    expect(answerText({ ...traced, back }, probe, [4789])).toMatch(
      /^ICMP "10.244.2.8 udp port 9 unreachable" was sent back from pod-b, and was lost: dropped at node-b\/eth0$/,
    );
    expect(
      answerText(
        tracePath(lab.place("pod-a"), lab.cluster.endpoint("pod-b").address, { protocol: "sctp", port: 9 }),
        { protocol: "sctp", port: 9 },
        [],
      ),
    ).toBe("ABORT came back from pod-b: nobody listens on SCTP 9");
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
