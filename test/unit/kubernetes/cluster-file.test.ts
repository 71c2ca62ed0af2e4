import { describe, expect, it } from "vitest";
import {
  buildCluster,
  type ClusterFile,
  ClusterFileError,
  parseClusterFile,
  parsePolicies,
} from "../../../src/kubernetes/index.ts";
import { parseIpv4 } from "../../../src/wire/index.ts";
import {
  CALICO_NODES,
  CILIUM_NODES,
  configMap,
  daemonSet,
  FLANNEL_NODES,
  flannelAnnotations,
  listOf,
  node,
  type Objects,
  pod,
  textOf,
} from "./cluster-files.ts";
import { networkPolicy } from "./policy-objects.ts";

function parse(...items: readonly unknown[]): ClusterFile {
  return parseClusterFile(textOf(...items), "cluster.json");
}

/** "error Pod default/web, status.podIP: ...": a finding a line. */
function findingsOf(...items: readonly unknown[]): string[] {
  return parse(...items).findings.map(
    ({ severity, object, field, text }) => `${severity} ${object}, ${field}: ${text}`,
  );
}

const [NODE_A, NODE_B] = FLANNEL_NODES as [Objects, Objects];

const service = (name: string, clusterIP: string): Objects => ({
  kind: "Service",
  metadata: { name, namespace: "default" },
  spec: { clusterIP, ports: [{ name: "web", port: 80, targetPort: 8080 }], type: "ClusterIP" },
});

describe("a file", () => {
  it("becomes a specification, and that a cluster", () => {
    const policy = networkPolicy({ podSelector: {} });
    const namespace = { kind: "Namespace", metadata: { labels: { team: "a" }, name: "shop" } };
    const host = { spec: { hostNetwork: true }, namespace: "kube-system" };
    const { specification, findings, reasons } = parse(
      ...[...FLANNEL_NODES, namespace, policy, service("web", "10.96.0.7"), service("headless", "None")],
      ...[pod("web-0", "node-a", "10.244.1.5", { namespace: "shop" }), pod("proxy", "node-b", "192.168.1.20", host)],
    );
    expect(findings).toEqual([]);
    const labels = { app: "web-0" };
    const containers = [{ name: "web", ports: [{ name: "http", containerPort: 80, protocol: "TCP" }] }];
    expect(specification).toEqual({
      clusterCidr: "10.244.0.0/16",
      underlay: { kind: "lan", prefix: "192.168.1.0/24" },
      cni: "flannel",
      cniOptions: { vni: 1 },
      nodes: [
        { name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" },
        { name: "node-b", address: "192.168.1.20", podCidr: "10.244.2.0/24" },
      ],
      pods: [
        {
          ...{ name: "web-0", kubernetesNamespace: "shop", node: "node-a", address: "10.244.1.5" },
          ...{ labels, containers, phase: "Running" },
        },
        {
          ...{ name: "proxy", kubernetesNamespace: "kube-system", node: "node-b", hostNetwork: true },
          ...{ labels: { app: "proxy" }, containers, phase: "Running" },
        },
      ],
      services: [
        {
          ...{ name: "web", namespace: "default", clusterIP: "10.96.0.7" },
          ports: [{ name: "web", port: 80, protocol: "TCP" }],
        },
      ],
      namespaces: new Map([["shop", { team: "a" }]]),
      networkPolicies: parsePolicies([policy], "").networkPolicies.map((parsed) => ({
        ...parsed,
        origin: expect.stringMatching(/document 1, items\[3\]$/) as string,
      })),
      adminPolicies: [],
    });
    expect(reasons.clusterCidr).toBe("10.244.0.0/16, it holds the nodes' ranges");
    const cluster = buildCluster(specification);
    expect(cluster.pods.map(({ fullName, node: { name } }) => [fullName, name])).toEqual([
      ["shop/web-0", "node-a"],
      ["kube-system/proxy", "node-b"],
    ]);
    expect(cluster.services).toHaveLength(1);
  });

  const items = [NODE_A, NODE_B, pod("web", "node-a", "10.244.1.5")];
  const nodeItems = [NODE_A, NODE_B].map(({ kind: _kind, apiVersion: _version, ...rest }) => rest);
  it.each([
    ["a List", JSON.stringify(listOf(...items))],
    ["Lists in a List", JSON.stringify(listOf(listOf(NODE_A), listOf(listOf(NODE_B)), items[2]))],
    ["several documents", items.map((item) => JSON.stringify(item, null, 2)).join("\n")],
    ["a JSON list", JSON.stringify(items)],
    ["one with a byte order mark", `\ufeff${JSON.stringify(listOf(...items))}`],
    [
      "typed lists",
      JSON.stringify([
        { kind: "NodeList", items: nodeItems },
        { kind: "PodList", items: [items[2]] },
      ]),
    ],
  ])("may be %s", (_form, text) => {
    const { specification, findings } = parseClusterFile(text, "");
    expect([specification.nodes.length, specification.pods.length, findings]).toEqual([2, 1, []]);
  });

  it("tells of an address that is not the first of the pod's addresses", () => {
    const contrary = pod("a", "node-a", "10.244.1.9", { status: { podIPs: [{ ip: "10.244.1.5" }] } });
    const silent = pod("b", "node-a", "", { status: { podIPs: [{ ip: "10.244.1.6" }] } });
    expect(findingsOf(...FLANNEL_NODES, contrary, silent)).toEqual([
      "warning Pod default/a, status.podIP: 10.244.1.9 is not the first of podIPs, 10.244.1.5, which is taken",
    ]);
  });

  it("tells what it has no use for, once a kind, and IPv6 once a field", () => {
    const other = (name: string): object => ({ kind: "Secret", metadata: { name, namespace: "default" } });
    const both = { status: { podIPs: [{ ip: "10.244.1.5" }, { ip: "fd00::5" }] } };
    const again = { status: { podIPs: [{ ip: "fd00::6" }, { ip: "10.244.1.6" }] } };
    const pods = [pod("a", "node-a", "10.244.1.5", both), pod("b", "node-a", "fd00::6", again)];
    expect(findingsOf(...FLANNEL_NODES, ...pods, other("x"), other("y"), NODE_A)).toEqual([
      "warning Node node-a, metadata.name: occurs again: the first one is taken",
      "info Pod default/a and 1 more, status.podIPs: IPv6 addresses are passed over",
      "info Secret default/x and 1 more, kind: nothing of kind Secret is used",
    ]);
    expect(parse(...FLANNEL_NODES, ...pods).specification.pods.map(({ address }) => address)).toEqual([
      "10.244.1.5",
      "10.244.1.6",
    ]);
  });
});

describe("a wrong file", () => {
  const wrong = (
    change: (item: Record<string, never>) => void,
    item: Objects = pod("web-0", "node-a", "10.244.1.5"),
  ): string => {
    const copy = structuredClone(item) as Record<string, never>;
    change(copy);
    return textOf(NODE_A, NODE_B, copy);
  };
  const set = (path: string, value: unknown): ((item: object) => void) => {
    const keys = path.split(".");
    const last = keys.pop()!;
    return (item) => {
      let inner = item as Record<string, object>;
      for (const key of keys) inner = inner[key] as Record<string, object>;
      inner[last] = value as object;
    };
  };

  it.each<[string, unknown, string]>([
    ["spec.nodeName", 7, "spec.nodeName: expected text, found 7"],
    ["spec.hostNetwork", "yes", 'spec.hostNetwork: expected true or false, found "yes"'],
    ["status.podIPs", [{ ip: "10.244.1" }], 'status.podIPs[0].ip: expected an IPv4 address, found "10.244.1"'],
    [
      "status.phase",
      "Happy",
      'status.phase: expected Pending or Running or Succeeded or Failed or Unknown, found "Happy"',
    ],
    ["status", [], "status: expected an object, found an empty list"],
    ["metadata.labels", { app: 1 }, "metadata.labels.app: expected text, found 1"],
    ["metadata.labels", { "a/b": {} }, 'metadata.labels["a/b"]: expected text, found an empty object'],
    ["spec.containers", {}, "spec.containers: expected a list, found an empty object"],
    [
      "spec.containers.0.ports.0.containerPort",
      70_000,
      "spec.containers[0].ports[0].containerPort: expected a whole number from 1 to 65535, found 70000",
    ],
    [
      "spec.containers.0.ports.0.containerPort",
      null,
      "spec.containers[0].ports[0].containerPort: expected a port, found null",
    ],
  ])("names document, path and value: %s %j", (path, value, message) => {
    const text = wrong(set(path, value));
    expect(() => parseClusterFile(text, "cluster.json")).toThrow(
      new ClusterFileError(`cluster.json: document 1, items[2], Pod default/web-0, ${message}`),
    );
  });

  it.each<[text: string, message: string]>([
    [JSON.stringify(listOf(NODE_A, 5)), "document 1, items[1]: expected a Kubernetes object, found 5"],
    [JSON.stringify([NODE_A, null]), "document 1, [1]: expected a Kubernetes object, found null"],
    [`${JSON.stringify(NODE_A)}{"a":1}`, "document 2, kind: expected the kind of a Kubernetes object, found nothing"],
    [`{"kind":"Pod"}`, "document 1, Pod, metadata.name: expected a name, found nothing"],
    [
      `{"kind":"Pod","metadata":{"name":"A b"}}`,
      `document 1, Pod default/A b, metadata.name: expected a name of lower-case letters, digits, '-' and '.', found "A b"`,
    ],
    [`{"kind":"List","items":{}}`, "document 1, items: expected a list, found an empty object"],
    [`{"kind":"List","items":[]}`, "expected at least one Node, found none"],
    [`{"kind":"List","items":[}`, 'line 1, column 25: expected a JSON value, found "}"'],
    [
      textOf(node("a", { podCIDR: "10.244.0/24" })),
      'document 1, items[0], Node a, spec.podCIDRs[0]: expected IPv4 ranges such as 10.244.1.0/24, found "10.244.0/24"',
    ],
    [
      textOf(node("a", { spec: { podCIDR: "x" } })),
      'document 1, items[0], Node a, spec.podCIDR: expected IPv4 ranges such as 10.244.1.0/24, found "x"',
    ],
    [
      textOf(node("a", { address: "node-a" })),
      'document 1, items[0], Node a, status.addresses[0].address: expected an IPv4 address, found "node-a"',
    ],
    [
      textOf(service("web", "x".repeat(80))),
      `document 1, items[0], Service default/web, spec.clusterIP: expected an IPv4 address or None, found "${"x".repeat(59)}…`,
    ],
  ])("fails with one line, %#", (text, message) => {
    expect(() => parseClusterFile(text, "cluster.json")).toThrow(new ClusterFileError(`cluster.json: ${message}`));
  });
});

describe("nodes with something wrong are left out and told", () => {
  const third = (parts: Parameters<typeof node>[1]): Objects =>
    node("node-c", { ...flannelAnnotations("192.168.1.30"), podCIDR: "10.244.3.0/24", ...parts });

  it.each<[string, Parameters<typeof node>[1], string]>([
    [
      "an address that another has",
      { address: "192.168.1.10" },
      "status.addresses: 192.168.1.10 is the address of node-a too",
    ],
    [
      "no address",
      { addresses: [{ address: "c", type: "Hostname" }], annotations: {} },
      "status.addresses: no IPv4 address of type InternalIP",
    ],
    [
      "another's range",
      { podCIDR: "10.244.2.128/25" },
      "spec.podCIDR: 10.244.2.128/25 overlaps 10.244.2.0/24 of node-b",
    ],
    [
      "too small a range",
      { podCIDR: "10.244.3.0/31" },
      "spec.podCIDR: 10.244.3.0/31 is too small for a gateway and a pod",
    ],
    [
      "a range outside",
      { podCIDR: "10.99.3.0/24" },
      "spec.podCIDR: 10.99.3.0/24 lies outside the cluster's 10.244.0.0/16 (Network in net-conf.json of ConfigMap kube-system/kube-flannel-cfg)",
    ],
    [
      "an address among pods",
      { address: "10.244.1.9" },
      "status.addresses: 10.244.1.9 lies in 10.244.1.0/24, the range of pods on node-a",
    ],
  ])("%s", (_what, parts, text) => {
    const settings = configMap("kube-flannel-cfg", { "net-conf.json": '{"Network":"10.244.0.0/16"}' });
    const file = parse(NODE_A, NODE_B, third(parts), settings, pod("lost", "node-c", "10.244.3.7"));
    expect(file.specification.nodes.map(({ name }) => name)).toEqual(["node-a", "node-b"]);
    const errors = file.findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ object, field, text: found }) => `${object}, ${field}: ${found}`)).toEqual([
      `Node node-c, ${text}: the node is left out`,
    ]);
    expect(file.findings.at(-1)).toMatchObject({ object: "Pod default/lost", text: "left out with its node node-c" });
  });

  it("a range that is missing is the one that its pods are in, if there are any", () => {
    const without = node("node-c", flannelAnnotations("192.168.1.30"));
    expect(findingsOf(NODE_A, without)).toEqual([
      "error Node node-c, spec.podCIDR: flannel needs a range for the node's pods: the node is left out",
    ]);
    expect(findingsOf(NODE_A, without, pod("a", "node-c", "10.244.3.7"))).toEqual([
      "warning Node node-c, spec.podCIDR: none: 10.244.3.0/24 is taken, where its pods are",
    ]);
  });

  it("a range with host bits is taken without, and the plugin's other address told", () => {
    const odd = third({ podCIDR: "10.244.3.1/24", address: "192.168.1.31" });
    expect(findingsOf(NODE_A, odd)).toEqual([
      "warning Node node-c, spec.podCIDRs: 10.244.3.1/24 has host bits: 10.244.3.0/24 is taken",
      'warning Node node-c, metadata.annotations["flannel.alpha.coreos.com/public-ip"]: the plugin uses 192.168.1.30, the node\'s InternalIP is 192.168.1.31, which is taken',
    ]);
  });
});

describe("pods with something wrong are left out and told", () => {
  it.each<[Objects, string]>([
    [pod("a", "node-x", "10.244.1.5"), 'error Pod default/a, spec.nodeName: the file has no node "node-x": left out'],
    [
      pod("a", "", undefined, { status: { phase: "Pending" } }),
      "info Pod default/a, spec.nodeName: Pending, on no node yet: left out",
    ],
    [
      pod("a", "node-a", "10.244.1.5", { status: { phase: "Succeeded" } }),
      "info Pod default/a, status.phase: Succeeded: left out",
    ],
    [
      pod("a", "node-a", "10.244.2.5"),
      "error Pod default/a, status.podIP: 10.244.2.5 lies outside 10.244.1.0/24, the range of node-a: left out",
    ],
    [
      pod("a", "node-a", "10.244.1.7"),
      "error Pod default/a, status.podIP: 10.244.1.7 is the address of Pod default/first too: left out",
    ],
    [
      pod("a", "node-a", "192.168.1.20"),
      "error Pod default/a, status.podIP: 192.168.1.20 is the address of Node node-b too: left out",
    ],
    [
      pod("a", "node-a", "10.244.1.1"),
      "error Pod default/a, status.podIP: 10.244.1.1 is the address of the bridge on its node: left out",
    ],
    [
      pod("a", "node-a", "10.244.1.255"),
      "error Pod default/a, status.podIP: 10.244.1.255 is the first or last of 10.244.1.0/24, which no pod may have: left out",
    ],
  ])("%j", (wrong, finding) => {
    const items = [...FLANNEL_NODES, pod("first", "node-a", "10.244.1.7"), wrong];
    expect(findingsOf(...items)).toEqual([finding]);
    expect(parse(...items).specification.pods.map(({ name }) => name)).toEqual(["first"]);
  });

  it("those without an address get one that no other has", () => {
    const items = [...FLANNEL_NODES, pod("new", "node-a", undefined), pod("old", "node-a", "10.244.1.2")];
    expect(findingsOf(...items)).toEqual(["info Pod default/new, status.podIP: none yet: one is given to it"]);
    const cluster = buildCluster(parse(...items).specification);
    expect(cluster.endpoint("10.244.1.2").name).toBe("old");
    expect(cluster.endpoint("10.244.1.3").name).toBe("new");
  });

  it("those for whom no address is left are too many", () => {
    const small = node("node-a", { ...flannelAnnotations("192.168.1.10"), podCIDR: "10.244.1.0/30" });
    const pods = ["a", "b"].map((name) => pod(name, "node-a", undefined));
    expect(findingsOf(small, ...pods)[0]).toBe(
      "error Pod default/b, status.podIP: no address is left in 10.244.1.0/30 of node-a: left out",
    );
    expect(buildCluster(parse(small, ...pods).specification).pods).toHaveLength(1);
  });

  it("hosts that differ are told", () => {
    const host = pod("a", "node-a", "192.168.1.99", { spec: { hostNetwork: true } });
    const other = pod("b", "node-a", "10.244.1.5", { status: { hostIP: "192.168.1.98" } });
    expect(findingsOf(...FLANNEL_NODES, host, other)).toEqual([
      "warning Pod default/a, status.podIP: 192.168.1.99, though it is on its node's network: node-a has 192.168.1.10",
      "warning Pod default/b, status.hostIP: 192.168.1.98: node-a has 192.168.1.10",
    ]);
  });
});

describe("services", () => {
  it("whose address is another's are told", () => {
    const items = [service("a", "10.96.0.5"), service("b", "10.96.0.5"), service("c", "10.244.1.9")];
    expect(findingsOf(...FLANNEL_NODES, ...items)).toEqual([
      "error Service default/b, spec.clusterIP: 10.96.0.5 is the address of Service default/a too",
      "error Service default/c, spec.clusterIP: 10.244.1.9 is an address of node-a or its pods",
    ]);
  });
});

describe("ranges of nodes", () => {
  const ranges = (file: ClusterFile): unknown[] => file.specification.nodes.map(({ podCidr }) => podCidr);

  it("are Calico's blocks where pods are outside of what the controller gave", () => {
    const pods = [pod("a", "kind-worker", "10.244.162.129"), pod("b", "kind-worker", "10.244.162.200")];
    const file = parse(...CALICO_NODES, ...pods);
    expect(ranges(file)).toEqual(["10.244.72.192/26", "10.244.162.128/25"]);
    expect(file.specification.clusterCidr).toBe("10.244.0.0/16");
    expect(file.specification.pods).toHaveLength(2);
  });

  it("stand for blocks that lie between each other, as Calico hands them out", () => {
    const pods = ["10.244.72.193", "10.244.162.200", "10.244.80.1"].map((address, index) =>
      pod(`p-${index}`, index === 1 ? "kind-worker" : "kind-control-plane", address),
    );
    const file = parse(...CALICO_NODES, ...pods, pod("q", "kind-worker", "10.244.72.194"));
    expect(ranges(file)).toEqual(["10.244.72.192/26", "10.244.162.128/26"]);
    const cluster = buildCluster(file.specification);
    expect(cluster.pods).toHaveLength(4);
    expect(String(cluster.nodes[1]!.namespace.routes.lookup(parseIpv4("10.244.80.1")))).toBe(
      "10.244.80.0/26 via 172.18.0.3 dev tunl0 proto bird onlink",
    );
  });

  it("leave room for the addresses of tunnels, which no pod may have", () => {
    const tunnels = (file: ClusterFile): unknown[] =>
      file.specification.nodes.map(({ tunnelAddress }) => tunnelAddress);
    const taker = pod("a", "kind-worker", "10.244.162.128");
    const file = parse(...CALICO_NODES, taker);
    expect(tunnels(file)).toEqual(["10.244.72.192", "10.244.162.128"]);
    expect(file.findings[0]!.text).toBe("10.244.162.128 is the address of the plugin on kind-worker too: left out");
    const settings = daemonSet("calico-node", "calico-node", { CALICO_IPV4POOL_VXLAN: "Always" });
    const without = [node("a", { podCIDR: "10.244.0.0/24" }), pod("x", "a", "10.244.0.0"), settings];
    expect(tunnels(parse(...without))).toEqual(["10.244.0.1"]);
    expect(buildCluster(parse(...without).specification).pods).toHaveLength(1);
  });

  it("are cilium's own where it says so", () => {
    const settings = configMap("cilium-config", {
      "cluster-pool-ipv4-cidr": "10.244.0.0/16",
      "routing-mode": "tunnel",
    });
    const file = parse(...CILIUM_NODES, settings, pod("a", "pool-2", "10.244.0.200"));
    expect([ranges(file), file.findings]).toEqual([["10.244.0.0/25", "10.244.0.128/25"], []]);
  });

  it("are free ones where nobody says, and pods' addresses show no block", () => {
    const weave = daemonSet("weave-net", "weave", {}, "weave-kube:2.8.1");
    const items = [node("a"), node("b", { address: "192.168.1.11" }), weave, pod("x", "b", "10.32.0.5")];
    expect(ranges(parse(...items))).toEqual(["10.32.1.0/24", "10.32.0.0/24"]);
  });

  it("lie in what the controller manager or kubeadm was told", () => {
    const manager = pod("kube-controller-manager-a", "node-a", "192.168.1.10", {
      namespace: "kube-system",
      spec: {
        hostNetwork: true,
        containers: [
          { name: "kube-controller-manager", command: ["kube-controller-manager", "--cluster-cidr=10.240.0.0/12"] },
        ],
      },
    });
    expect(parse(...FLANNEL_NODES, manager).reasons.clusterCidr).toBe(
      "10.240.0.0/12, --cluster-cidr of Pod kube-system/kube-controller-manager-a",
    );
    const kubeadm = configMap("kubeadm-config", {
      ClusterConfiguration: "networking:\n  podSubnet: fd00::/56,10.244.0.0/14\n",
    });
    expect(parse(...FLANNEL_NODES, kubeadm).reasons.clusterCidr).toBe(
      "10.244.0.0/14, settings in ConfigMap kube-system/kubeadm-config",
    );
  });
});
