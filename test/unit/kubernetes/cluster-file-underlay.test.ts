import { describe, expect, it } from "vitest";
import { buildCluster, type ClusterFile, parseClusterFile } from "../../../src/kubernetes/index.ts";
import {
  CALICO_NODES,
  configMap,
  daemonSet,
  flannelAnnotations,
  GKE_NODES,
  node,
  type Objects,
  textOf,
} from "./cluster-files.ts";

function parse(...items: readonly unknown[]): ClusterFile {
  return parseClusterFile(textOf(...items), "cluster.json");
}

/** Flannel's nodes with these addresses. */
function flannelNodes(addresses: readonly string[], type = "vxlan", spec: Objects = {}): Objects[] {
  return addresses.map((address, index) =>
    node(`node-${index}`, {
      ...flannelAnnotations(address, type, String(index)),
      podCIDR: `10.244.${index}.0/24`,
      spec,
    }),
  );
}

function errorsOf({ findings }: ClusterFile): string[] {
  const errors = findings.filter(({ severity }) => severity === "error");
  return errors.map(({ object, field, text }) => `${object}, ${field}: ${text}`);
}

describe("the underlay", () => {
  it.each([
    [["192.168.1.10", "192.168.1.200"], { kind: "lan", prefix: "192.168.1.0/24" }],
    [["192.168.1.10", "192.168.7.20"], { kind: "lan", prefix: "192.168.0.0/21" }],
    [["192.168.1.10"], { kind: "lan", prefix: "192.168.1.0/24" }],
    [["192.168.2.0"], { kind: "lan", prefix: "192.168.0.0/22" }],
    [["192.168.2.1"], { kind: "lan", prefix: "192.168.2.0/24", routers: ["192.168.2.254"] }],
    [["8.0.0.1", "8.0.0.2", "8.0.0.254"], { kind: "lan", prefix: "8.0.0.0/24", routers: ["8.0.0.253"] }],
    [
      ["192.168.1.1", "10.0.0.7", "10.9.0.1"],
      {
        kind: "subnets",
        prefixes: ["10.0.0.0/24", "10.9.0.0/24", "192.168.1.0/24"],
        routers: ["10.9.0.254", "192.168.1.254"],
      },
    ],
    [["192.168.1.10", "10.0.0.7", "10.0.0.8"], { kind: "subnets", prefixes: ["10.0.0.0/24", "192.168.1.0/24"] }],
  ])("of nodes at %j is %j", (addresses, underlay) => {
    expect(parse(...flannelNodes(addresses)).specification.underlay).toEqual(underlay);
  });

  it("is as asked for, with a router that no node is", () => {
    const text = textOf(...flannelNodes(["8.0.0.1", "8.0.0.2"]));
    for (const underlay of ["8.0.0.0/24", { kind: "lan", prefix: "8.0.0.0/24" }] as const) {
      const file = parseClusterFile(text, "cluster.json", { underlay });
      expect(file.specification.underlay).toEqual({ kind: "lan", prefix: "8.0.0.0/24", routers: ["8.0.0.254"] });
      expect(errorsOf(file)).toEqual([]);
    }
    const whole = ["1", "2", "3", "4", "5", "6"].map((digit) => `8.0.0.${digit}`);
    expect(parse(...flannelNodes(whole)).specification.underlay).toEqual({
      kind: "lan",
      prefix: "8.0.0.0/24",
      routers: ["8.0.0.254"],
    });
    const vpc = { kind: "vpc", prefix: "8.0.0.0/24", routes: "nodes" } as const;
    expect(parseClusterFile(text, "cluster.json", { underlay: vpc }).specification.underlay).toEqual({
      ...vpc,
      routers: ["8.0.0.254"],
    });
  });

  it("carries packets of a node that has the first address, and out of it", () => {
    const cluster = buildCluster(parse(...flannelNodes(["8.0.0.1", "9.0.0.2"])).specification);
    const [first, second] = cluster.nodes;
    const near = cluster.addPod({ name: "near", node: first!.name });
    const far = cluster.addPod({ name: "far", node: second!.name });
    const ping = near.host.ping(far.address);
    cluster.engine.run(5e9);
    expect(ping.receivedCount).toBe(1);
    expect(first!.namespace.routes.lookup(0x08080808).toString()).toBe("default via 8.0.0.254 dev eth0");
  });

  it("has its subnets from Calico, which sees each node's interface", () => {
    expect(parse(...CALICO_NODES).specification.underlay).toEqual({ kind: "lan", prefix: "172.18.0.0/16" });
    const nodes = ["10.1.1.5/24", "10.1.2.5/24"].map((address, index) =>
      node(`n-${index}`, {
        address: address.split("/")[0]!,
        annotations: { "projectcalico.org/IPv4Address": address },
      }),
    );
    expect(parse(...nodes).specification.underlay).toEqual({
      kind: "subnets",
      prefixes: ["10.1.1.0/24", "10.1.2.0/24"],
    });
  });

  it("is the provider's, which knows the nodes' ranges when its controller said so", () => {
    expect(parse(...GKE_NODES).specification.underlay).toEqual({
      kind: "vpc",
      prefix: "10.128.0.0/24",
      routes: "nodes",
    });
    const nodes = flannelNodes(["172.31.1.5", "172.31.20.6"], "vxlan", { providerID: "aws:///us-east-1a/i-0abc" });
    expect(parse(...nodes).specification.underlay).toEqual({ kind: "vpc", prefix: "172.31.0.0/19", routes: "none" });
  });

  it("is the user's where he names one, who leaves out what has no place in it", () => {
    const underlay = { kind: "lan", prefix: "192.168.1.0/24" } as const;
    const nodes = flannelNodes(["192.168.1.255", "192.168.1.10", "192.168.2.10"]);
    const file = parseClusterFile(textOf(...nodes), "", { underlay });
    expect([file.specification.underlay, file.reasons.underlay]).toEqual([underlay, "as asked for"]);
    expect(errorsOf(file)).toEqual([
      "Node node-0, status.addresses: 192.168.1.255 is no node's in 192.168.1.0/24: the node is left out",
      "Node node-2, status.addresses: 192.168.2.10 is in no subnet of the underlay: the node is left out",
    ]);
  });
});

describe("nodes that cannot reach each other", () => {
  const apart = ["192.168.1.10", "10.0.0.7"];

  it("are in different subnets, where the plugin has no tunnel", () => {
    expect(errorsOf(parse(...flannelNodes(apart, "host-gw")))).toEqual([
      "Node node-1, status.addresses: 10.0.0.7 is in 10.0.0.0/24, node-0 in 192.168.1.0/24: flannel-host-gw joins nodes of one subnet",
    ]);
    expect(errorsOf(parse(...flannelNodes(apart)))).toEqual([]);
    expect(errorsOf(parse(...flannelNodes(["192.168.1.10", "192.168.1.11"], "host-gw")))).toEqual([]);
  });

  it("are a provider's, who has no routes for pods", () => {
    const spec = { providerID: "aws:///us-east-1a/i-0abc" };
    const calico = ["172.31.1.5/20", "172.31.1.6/20"].map((address, index) =>
      node(`n-${index}`, {
        address: address.split("/")[0]!,
        annotations: { "projectcalico.org/IPv4Address": address },
        spec,
      }),
    );
    const pool = (mode: string): object => daemonSet("calico-node", "calico-node", { CALICO_IPV4POOL_IPIP: mode });
    const text = "sends pods' packets without a tunnel, and the provider's network has no routes for them";
    expect(errorsOf(parse(...calico, pool("Never")))).toEqual([`Cluster, underlay: calico ${text}`]);
    expect(errorsOf(parse(...calico, pool("CrossSubnet")))).toEqual([
      `Cluster, underlay: calico-ipip-crosssubnet ${text}`,
    ]);
    expect(errorsOf(parse(...calico, pool("Always")))).toEqual([]);
  });

  it("leave their routes to a provider that is not there", () => {
    const nodes = ["192.168.1.10", "192.168.1.11"].map((address, index) =>
      node(`n-${index}`, { address, podCIDR: `10.244.${index}.0/24`, network: "RouteCreated" }),
    );
    expect(errorsOf(parse(...nodes, configMap("kube-proxy", {})))).toEqual([
      "Cluster, underlay: kubenet leaves the way between nodes to a provider's routes: there is none",
    ]);
  });
});
