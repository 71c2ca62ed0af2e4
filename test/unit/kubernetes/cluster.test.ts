import { describe, expect, it } from "vitest";
import {
  Cluster,
  type ClusterOptions,
  type CniPlugin,
  Flannel,
  type NodeDescription,
  type PodDescription,
} from "../../../src/kubernetes/index.ts";
import { formatIpv4, formatMac, formatPrefix, parseIpv4 } from "../../../src/wire/index.ts";

/** A cluster whose plugin does nothing, with one node. */
function create(options: Partial<ClusterOptions> = {}): {
  cluster: Cluster;
  calls: string[];
  node: (changes?: Partial<NodeDescription>) => unknown;
  pod: (changes?: Partial<PodDescription>) => unknown;
} {
  const calls: string[] = [];
  const cni: CniPlugin = {
    name: "none",
    vxlanPorts: [],
    podMtu: (underlayMtu) => underlayMtu,
    addNode: (cluster, node) => calls.push(`node ${node.name} beside ${cluster.nodes.length}`),
    addPod: (_, pod) => calls.push(`pod ${pod.fullName} ${formatIpv4(pod.address)}`),
  };
  const cluster = new Cluster({ cni, slotCount: 16, ...options });
  cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" });
  return {
    cluster,
    calls,
    node: (changes = {}) =>
      cluster.addNode({ name: "node-b", address: "192.168.1.20", podCidr: "10.244.2.0/24", ...changes }),
    pod: (changes = {}) => cluster.addPod({ name: "pod", node: "node-a", ...changes }),
  };
}

describe("nodes", () => {
  it("forward, have an uplink into the LAN and a MAC that tells their address", () => {
    const { cluster } = create();
    const node = cluster.nodes[0]!;
    expect([node.namespace.forwarding, node.uplink.fullName, node.uplink.mtu, formatMac(node.uplink.mac)]).toEqual([
      true,
      "node-a/eth0",
      1500,
      "52:54:00:a8:01:0a",
    ]);
    expect(String(node.namespace.routes.lookup(node.address - 1))).toBe(
      "192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10",
    );
  });

  it("are told to the plugin before they are listed", () => {
    const { calls, node } = create();
    node();
    expect(calls).toEqual(["node node-a beside 0", "node node-b beside 1"]);
  });

  it.each<[Partial<NodeDescription>, string]>([
    [{ name: "node-a" }, "expected a new name, found node-a, which is taken"],
    [{ name: "underlay" }, "expected a new name, found underlay, which is taken"],
    [{ name: "Node" }, `expected a name of lower-case letters, digits, '-' and '.', found "Node"`],
    [{ name: "node-" }, `expected a name of lower-case letters, digits, '-' and '.', found "node-"`],
    [{ name: "" }, `expected a name of lower-case letters, digits, '-' and '.', found ""`],
    [
      { name: "n".repeat(254) },
      `expected a name of lower-case letters, digits, '-' and '.', found "${"n".repeat(254)}"`,
    ],
    [{ address: "192.168.2.20" }, "expected an address of 192.168.1.0/24 for node-b, found 192.168.2.20"],
    [{ address: "192.168.1.1" }, "expected an address beside the router's, 192.168.1.1, for node-b, found 192.168.1.1"],
    [{ address: "192.168.1.0" }, "expected an address beside the router's, 192.168.1.1, for node-b, found 192.168.1.0"],
    [{ address: "192.168.1.10" }, "expected a new address for node-b, found 192.168.1.10, which node-a has"],
    [
      { podCidr: "10.245.0.0/24" },
      "expected a pod range of at most /30 inside 10.244.0.0/16 for node-b, found 10.245.0.0/24",
    ],
    [
      { podCidr: "10.244.0.0/15" },
      "expected a pod range of at most /30 inside 10.244.0.0/16 for node-b, found 10.244.0.0/15",
    ],
    [
      { podCidr: "10.244.2.0/31" },
      "expected a pod range of at most /30 inside 10.244.0.0/16 for node-b, found 10.244.2.0/31",
    ],
    [
      { podCidr: "10.244.1.128/25" },
      "expected a pod range of its own for node-b, found 10.244.1.128/25, which overlaps 10.244.1.0/24 of node-a",
    ],
    [
      { podCidr: "10.244.0.0/23" },
      "expected a pod range of its own for node-b, found 10.244.0.0/23, which overlaps 10.244.1.0/24 of node-a",
    ],
  ])("refuse %j", (changes, message) => {
    const { cluster, node } = create();
    expect(() => node(changes)).toThrow(new RangeError(message));
    expect(cluster.nodes).toHaveLength(1);
  });

  it.each(["10.244.2.1/24", "10.244.2.0", "10.244.2.0/33"])(
    "refuse the text %s for a range, and say what was found",
    (podCidr) => {
      expect(() => create().node({ podCidr })).toThrow(podCidr);
    },
  );
});

describe("pods", () => {
  it("get the next free address behind the gateway, or the one asked for", () => {
    const { calls, pod } = create();
    pod({ name: "one" });
    pod({ name: "two", address: "10.244.1.3" });
    pod({ name: "three" });
    pod({ name: "one.more", kubernetesNamespace: "kube-system" });
    expect(calls.slice(1)).toEqual([
      "pod default/one 10.244.1.2",
      "pod default/two 10.244.1.3",
      "pod default/three 10.244.1.4",
      "pod kube-system/one.more 10.244.1.5",
    ]);
  });

  it.each<[Partial<PodDescription>, string]>([
    [{ name: "pod_1" }, `expected a name of lower-case letters, digits, '-' and '.', found "pod_1"`],
    [{ node: "node-z" }, 'expected a node (node-a) for pod pod, found "node-z"'],
    [{ address: "10.244.1.0" }, "expected a free pod address of node-a (10.244.1.0/24), found 10.244.1.0"],
    [{ address: "10.244.1.1" }, "expected a free pod address of node-a (10.244.1.0/24), found 10.244.1.1"],
    [{ address: "10.244.1.255" }, "expected a free pod address of node-a (10.244.1.0/24), found 10.244.1.255"],
    [{ address: "10.244.2.5" }, "expected a free pod address of node-a (10.244.1.0/24), found 10.244.2.5"],
  ])("refuse %j", (changes, message) => {
    const { cluster, pod } = create();
    expect(() => pod(changes)).toThrow(new RangeError(message));
    expect(cluster.pods).toHaveLength(0);
  });

  it("may have one name in several Kubernetes namespaces, a node's or the underlay's: captures tell them apart", () => {
    const { cluster, pod } = create();
    for (const kubernetesNamespace of ["default", "web", "mail"]) pod({ name: "server", kubernetesNamespace });
    pod({ name: "node-a" });
    pod({ name: "underlay" });
    expect(cluster.pods.map((each) => `${each.fullName} ${each.namespace.name}`)).toEqual([
      "default/server server",
      "web/server server.web",
      "mail/server server.mail",
      "default/node-a node-a.default",
      "default/underlay underlay.default",
    ]);
    expect(cluster.endpoint("node-a")).toBe(cluster.nodes[0]);
    expect(cluster.endpoint("default/node-a")).toBe(cluster.pods[3]);
    expect(cluster.endpoint("mail/server")).toBe(cluster.pods[2]);
    expect(() => cluster.endpoint("server")).toThrow(
      new RangeError('expected one of default/server, web/server, mail/server, found "server"'),
    );
    expect(() => pod({ name: "server", kubernetesNamespace: "web" })).toThrow(
      new RangeError("expected a new name, found web/server, which is taken"),
    );
  });

  it("with hostNetwork are their node: its namespace, address and host, and no interface of their own", () => {
    const { cluster, calls, pod } = create();
    pod({ name: "proxy", hostNetwork: true });
    const [proxy, node] = [cluster.pods[0]!, cluster.nodes[0]!];
    expect([proxy.namespace, proxy.host, proxy.address, proxy.hostNetwork]).toEqual([
      node.namespace,
      node.host,
      node.address,
      true,
    ]);
    expect(calls).toHaveLength(1);
    expect(cluster.endpoint("192.168.1.10")).toBe(node);
    expect(cluster.endpoint("proxy")).toBe(proxy);
    expect(cluster.addressNames().filter(({ address }) => address === node.address)).toHaveLength(1);
    expect(() => pod({ name: "other", hostNetwork: true, address: "10.244.1.5" })).toThrow(
      new RangeError("expected 192.168.1.10, its node's address, for pod other with hostNetwork, found 10.244.1.5"),
    );
    pod({ name: "same", hostNetwork: true, address: "192.168.1.10" });
    expect(cluster.pods[1]!.address).toBe(node.address);
  });

  it("carry labels, containers with ports, and a phase; none, none and Running when left out", () => {
    const { cluster, pod } = create();
    const containers = [{ name: "web", ports: [{ containerPort: 80, protocol: "TCP" }] }] as const;
    pod({ name: "one", labels: { app: "web" }, containers, phase: "Pending" });
    pod({ name: "two" });
    expect(cluster.pods.map(({ labels, containers, phase }) => ({ labels, containers, phase }))).toEqual([
      { labels: { app: "web" }, containers, phase: "Pending" },
      { labels: {}, containers: [], phase: "Running" },
    ]);
  });

  it("refuse an address that a pod has, and a node that is full", () => {
    const { cluster } = create();
    cluster.addNode({ name: "tiny", address: "192.168.1.30", podCidr: "10.244.3.0/30" });
    cluster.addPod({ name: "only", node: "tiny" });
    expect(() => cluster.addPod({ name: "next", node: "tiny", address: "10.244.3.2" })).toThrow(
      new RangeError("expected a free pod address of tiny (10.244.3.0/30), found 10.244.3.2"),
    );
    expect(() => cluster.addPod({ name: "next", node: "tiny" })).toThrow(
      new RangeError("expected a free pod address of tiny (10.244.3.0/30), found all taken"),
    );
  });
});

describe("nodes without a range", () => {
  it("get the next free /24 of the cluster's, until there is none", () => {
    const cni: CniPlugin = { name: "none", vxlanPorts: [], podMtu: (mtu) => mtu, addNode: () => 0, addPod: () => 0 };
    const cluster = new Cluster({ cni, clusterCidr: "10.244.0.0/22", slotCount: 16 });
    cluster.addNode({ name: "chosen", address: "192.168.1.9", podCidr: "10.244.1.0/24" });
    const add = (last: number): string =>
      formatPrefix(cluster.addNode({ name: `node-${last}`, address: `192.168.1.${last}` }).podCidr);
    expect([add(10), add(11), add(12)]).toEqual(["10.244.0.0/24", "10.244.2.0/24", "10.244.3.0/24"]);
    expect(() => add(13)).toThrow(
      new RangeError("expected a free pod range of 10.244.0.0/22 for node-13, found all taken"),
    );
  });
});

describe("services", () => {
  it("are known by their address; headless ones have none", () => {
    const { cluster } = create();
    cluster.addService({ name: "web", namespace: "default", clusterIP: "10.96.0.10", ports: [] });
    cluster.addService({ name: "headless", namespace: "default", clusterIP: "None", ports: [] });
    expect(cluster.serviceAt(parseIpv4("10.96.0.10"))?.name).toBe("web");
    expect(cluster.serviceAt(parseIpv4("10.96.0.11"))).toBeUndefined();
    expect(cluster.services).toHaveLength(2);
    expect(() => cluster.addService({ name: "x", namespace: "default", clusterIP: "10.96.0", ports: [] })).toThrow(
      "10.96.0",
    );
  });
});

describe("endpoint", () => {
  it("names twenty of many in its error", () => {
    const { cluster, pod } = create();
    for (let number = 1; number <= 21; number++) pod({ name: `pod-${number}` });
    expect(() => cluster.endpoint("nobody")).toThrow(/pod-20 and 2 more\)/);
  });

  it("finds the owner of any device's address, and the router", () => {
    const cluster = new Cluster({ cni: new Flannel(), slotCount: 16 });
    cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" });
    expect(["10.244.1.0", "192.168.1.1"].map((text) => cluster.endpoint(text).name)).toEqual(["node-a", "router"]);
    expect(() => cluster.endpoint("127.0.0.1")).toThrow("127.0.0.1");
  });

  it("finds pods and nodes by name, full name and address", () => {
    const { cluster, pod } = create();
    pod();
    for (const text of ["pod", "default/pod", "10.244.1.2"]) expect(cluster.endpoint(text)).toBe(cluster.pods[0]);
    for (const text of ["node-a", "192.168.1.10"]) expect(cluster.endpoint(text)).toBe(cluster.nodes[0]);
    expect(() => cluster.endpoint("pod-z")).toThrow(
      new RangeError('expected a pod, a node (pod, node-a) or an address of one, found "pod-z"'),
    );
  });
});

it("names every address for captures: an endpoint's by its name, others by their device", () => {
  const cluster = new Cluster({ cni: new Flannel(), slotCount: 16 });
  cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" });
  cluster.addPod({ name: "pod", node: "node-a" });
  expect(cluster.addressNames().map(({ address, names }) => [formatIpv4(address), ...names])).toEqual([
    ["192.168.1.10", "node-a"],
    ["10.244.1.0", "flannel.1.node-a"],
    ["10.244.1.1", "cni0.node-a"],
    ["10.244.1.2", "pod"],
    ["192.168.1.1", "eth0.router"],
  ]);
});

it("takes other ranges and another MTU for its LAN", () => {
  const { cluster } = create({ underlay: "192.168.0.0/16", underlayMtu: 9000, clusterCidr: "10.0.0.0/8" });
  const node = cluster.addNode({ name: "node-b", address: "192.168.7.7", podCidr: "10.7.0.0/16" });
  expect([node.uplink.mtu, cluster.underlay.namespaces[0]!.device("lan").mtu, formatIpv4(node.gateway)]).toEqual([
    9000,
    9000,
    "10.7.0.1",
  ]);
});
