import { describe, expect, it } from "vitest";
import { type ClusterFile, CNI_NAMES, parseClusterFile } from "../../../src/kubernetes/index.ts";
import {
  CALICO_NODES,
  CILIUM_NODES,
  configMap,
  daemonSet,
  FLANNEL_NODES,
  flannelAnnotations,
  GKE_NODES,
  node,
  pod,
  textOf,
} from "./cluster-files.ts";

function parse(...items: readonly unknown[]): ClusterFile {
  return parseClusterFile(textOf(...items), "cluster.json");
}

/** Name and options of the plugin, then findings about it. */
function recognised(...items: readonly unknown[]): unknown[] {
  const { specification, findings } = parse(...items);
  const about = findings.filter(({ field }) => field === "cni").map(({ severity, text }) => `${severity}: ${text}`);
  return [specification.cni, specification.cniOptions, ...about];
}

const netConf = (backend: object): object =>
  configMap("kube-flannel-cfg", { "net-conf.json": JSON.stringify({ Network: "10.244.0.0/16", Backend: backend }) });

describe("flannel", () => {
  it("is recognised by what flanneld writes at its nodes, with the VNI", () => {
    expect(recognised(...FLANNEL_NODES)).toEqual(["flannel", { vni: 1 }]);
    expect(parse(...FLANNEL_NODES).reasons.cni).toBe(
      "annotation flannel.alpha.coreos.com/backend-type is vxlan (node-a and 1 more)",
    );
  });

  it.each([
    ["host-gw", "flannel-host-gw"],
    ["ipip", "flannel-ipip"],
  ])("has its backend from the annotation: %s", (type, name) => {
    const nodes = [node("a", { ...flannelAnnotations("192.168.1.10", type), podCIDR: "10.244.0.0/24" })];
    expect(recognised(...nodes)).toEqual([name, {}]);
  });

  it("has port, VNI, MTU and DirectRouting from its settings", () => {
    const old = { ...flannelAnnotations("192.168.1.10").annotations, "flannel.alpha.coreos.com/backend-data": "{}" };
    const nodes = [node("a", { annotations: old, podCIDR: "10.244.0.0/24" })];
    const backend = { Type: "vxlan", Port: 4789, VNI: 4096, MTU: 1400, DirectRouting: true };
    expect(recognised(...nodes, netConf(backend))).toEqual([
      "flannel-directrouting",
      { vni: 4096, port: 4789, mtu: 1400 },
    ]);
  });

  it("passes settings over that cannot be, with a warning", () => {
    const { specification, findings } = parse(...FLANNEL_NODES, netConf({ Type: "vxlan", Port: 99_999 }));
    expect(specification.cniOptions).toEqual({ vni: 1 });
    expect(findings).toEqual([
      {
        severity: "warning",
        object: "ConfigMap kube-system/kube-flannel-cfg",
        field: "data.net-conf.json, Backend.Port",
        text: "expected a whole number from 1 to 65535: it is passed over",
      },
    ]);
    expect(parse(...FLANNEL_NODES, configMap("cfg", { "net-conf.json": "{" })).findings).toHaveLength(1);
  });

  it("with another backend is not modelled", () => {
    const nodes = [node("a", { ...flannelAnnotations("192.168.1.10", "wireguard"), podCIDR: "10.244.0.0/24" })];
    expect(() => parse(...nodes)).toThrow(
      "recognised, found flannel's backend wireguard: name the one to use with --cni",
    );
  });

  it("counts before Calico where Calico enforces policies for it, or has left annotations", () => {
    const both = node("a", {
      address: "172.20.0.100",
      annotations: { ...flannelAnnotations("172.20.0.100").annotations, ...calicoAnnotations("172.20.0.100/24") },
      podCIDR: "10.244.0.0/24",
      network: "FlannelIsUp",
    });
    const left = `info: signs of calico count less: annotation projectcalico.org/IPv4Address (a); annotation projectcalico.org/IPv4IPIPTunnelAddr (a)`;
    expect(recognised(both)).toEqual(["flannel", { vni: 1 }, left]);
    const canal = pod("canal-x2k4f", "a", undefined, {
      spec: { hostNetwork: true, containers: [{ name: "calico-node" }, { name: "kube-flannel" }] },
    });
    expect(recognised(both, canal)[0]).toBe("flannel");
    expect(recognised(both, daemonSet("calico-node", "calico-node"))[0]).toBe("calico-ipip");
  });

  it("has two nodes with one MAC told: machines that were cloned", () => {
    const clone = node("node-b", { ...flannelAnnotations("192.168.1.20", "vxlan", "10"), podCIDR: "10.244.2.0/24" });
    expect(parse(FLANNEL_NODES[0], clone).findings).toEqual([
      {
        severity: "error",
        object: "Node node-b",
        field: 'metadata.annotations["flannel.alpha.coreos.com/backend-data"]',
        text: "VtepMAC 2e:f7:d3:70:96:0a is that of node-a too: one of both gets no tunnelled packets",
      },
    ]);
  });
});

function calicoAnnotations(address: string, tunnel = "IPIP"): Readonly<Record<string, string>> {
  return {
    "projectcalico.org/IPv4Address": address,
    ...(tunnel !== "" && { [`projectcalico.org/IPv4${tunnel}TunnelAddr`]: "10.244.72.192" }),
  };
}

describe("calico", () => {
  const nodes = (tunnel: string): unknown[] => [
    node("a", { annotations: calicoAnnotations("192.168.1.10/24", tunnel), network: "CalicoIsUp" }),
  ];
  const environment = (ipip: string, vxlan: string): object =>
    daemonSet("calico-node", "calico-node", { CALICO_IPV4POOL_IPIP: ipip, CALICO_IPV4POOL_VXLAN: vxlan });

  it.each([
    ["IPIP", "Always", "Never", "calico-ipip"],
    ["IPIP", "CrossSubnet", "Never", "calico-ipip-crosssubnet"],
    ["VXLAN", "Never", "Always", "calico-vxlan"],
    ["VXLAN", "Never", "CrossSubnet", "calico-vxlan-crosssubnet"],
    ["", "Never", "Never", "calico"],
  ])("has its mode from tunnels %s and the environment %s, %s", (tunnel, ipip, vxlan, name) => {
    expect(recognised(...nodes(tunnel), environment(ipip, vxlan))).toEqual([name, {}]);
  });

  it("without its daemonset is taken to have tunnels always, with a warning", () => {
    expect(recognised(...CALICO_NODES)).toEqual([
      "calico-ipip",
      {},
      "warning: nothing says whether tunnels are for other subnets only: Always is taken; else --cni calico-ipip-crosssubnet, or add ippools to the file",
    ]);
  });

  it("has its mode from pools first, which may have changed since the environment was read", () => {
    const pool = {
      apiVersion: "crd.projectcalico.org/v1",
      kind: "IPPool",
      metadata: { name: "default-ipv4-ippool" },
      spec: { blockSize: 26, cidr: "10.244.0.0/16", ipipMode: "Never", vxlanMode: "CrossSubnet" },
    };
    expect(recognised(...nodes("VXLAN"), pool, environment("Always", "Never"))).toEqual([
      "calico-vxlan-crosssubnet",
      {},
    ]);
    const installation = {
      kind: "Installation",
      metadata: { name: "default" },
      spec: { calicoNetwork: { ipPools: [{ cidr: "10.244.0.0/16", encapsulation: "IPIPCrossSubnet" }] } },
    };
    expect(recognised(...nodes("IPIP"), installation)).toEqual(["calico-ipip-crosssubnet", {}]);
  });

  it("has its MTU from the config map, unless that leaves it to Calico", () => {
    const config = (mtu: string): object => configMap("calico-config", { veth_mtu: mtu });
    expect(recognised(...nodes(""), config("1440"))).toEqual(["calico", { mtu: 1440 }]);
    expect(recognised(...nodes(""), config("0"))).toEqual(["calico", {}]);
  });

  it("that only enforces policies is no sign of anything", () => {
    const policies = daemonSet("calico-node", "calico-node", { CALICO_NETWORKING_BACKEND: "none" });
    expect(recognised(...GKE_NODES, policies)).toEqual(["kubenet", {}]);
  });
});

describe("cilium", () => {
  const config = (data: Readonly<Record<string, string>>): object => configMap("cilium-config", data);

  it.each([
    [{ "routing-mode": "tunnel", "tunnel-protocol": "vxlan" }, "cilium", {}],
    [{ "routing-mode": "native" }, "cilium-native", {}],
    [{ tunnel: "vxlan", "tunnel-port": "8473", mtu: "1400" }, "cilium", { port: 8473, mtu: 1400 }],
    [{ tunnel: "disabled" }, "cilium-native", {}],
  ])("has its mode from cilium-config %j", (data, name, options) => {
    expect(recognised(...CILIUM_NODES, config(data))).toEqual([name, options]);
  });

  it("is recognised by its annotations, old and new, and by its agent", () => {
    const caveat =
      "warning: cilium-config is not in the file: tunnels are taken, cilium's default; else --cni cilium-native";
    expect(recognised(...CILIUM_NODES)).toEqual(["cilium", {}, caveat]);
    expect(recognised(CILIUM_NODES[1])).toEqual(["cilium", {}, caveat]);
    expect(recognised(GKE_NODES[0], daemonSet("anetd", "cilium-agent"), config({ tunnel: "disabled" }))).toEqual([
      "cilium-native",
      {},
    ]);
  });

  it("with tunnels of another protocol is not modelled", () => {
    expect(() => parse(...CILIUM_NODES, config({ "tunnel-protocol": "geneve" }))).toThrow(
      "found cilium's tunnels of geneve",
    );
  });
});

describe("others", () => {
  it("weave is recognised by its container, with range and MTU", () => {
    const set = daemonSet(
      "weave-net",
      "weave",
      { IPALLOC_RANGE: "10.40.0.0/16", WEAVE_MTU: "8916" },
      "weave-kube:2.8.1",
    );
    const file = parse(node("a"), pod("web", "a", "10.40.0.3"), set);
    expect([file.specification.cni, file.specification.cniOptions]).toEqual(["weave", { mtu: 8916 }]);
    expect(file.specification.clusterCidr).toBe("10.40.0.0/16");
  });

  it("kindnet is shown as what routes like it, with a warning", () => {
    const set = daemonSet("kindnet", "kindnet-cni", { POD_SUBNET: "10.244.0.0/16" });
    expect(recognised(node("kind-control-plane", { podCIDR: "10.244.0.0/24" }), set)).toEqual([
      "flannel-host-gw",
      {},
      "warning: kindnet is shown as flannel-host-gw: the same routes between nodes, but a bridge where kindnet has none",
    ]);
  });

  it("kubenet is recognised by the provider's routes", () => {
    expect(recognised(...GKE_NODES)).toEqual(["kubenet", {}]);
    expect(parse(...GKE_NODES).reasons.cni).toBe(
      "condition NetworkUnavailable says RouteCreated (gke-pool-1-2mm5 and 1 more)",
    );
  });

  it.each([
    ["aws-node", "the Amazon VPC CNI (DaemonSet kube-system/aws-node)"],
    ["antrea-agent", "Antrea (DaemonSet kube-system/antrea-agent)"],
  ])("%s is named, and not modelled", (name, text) => {
    const message = `cluster.json: expected a CNI plugin that can be recognised, found ${text}: name the one to use with --cni (${CNI_NAMES.join(", ")})`;
    expect(() => parse(node("a"), daemonSet(name, name))).toThrow(message);
  });
});

describe("without a sign", () => {
  const nodes = [node("minikube", { address: "192.168.64.107", podCIDR: "10.244.0.0/24" })];

  it("the plugin has to be named", () => {
    expect(() => parse(...nodes)).toThrow(
      `cluster.json: expected a CNI plugin that can be recognised, found no sign of one: name the one to use with --cni (${CNI_NAMES.join(", ")})`,
    );
    const { specification, reasons } = parseClusterFile(textOf(...nodes), "", { cni: "flannel" });
    expect([specification.cni, reasons.cni]).toEqual(["flannel", "as asked for"]);
  });

  it("a name that there is not is refused", () => {
    expect(() => parseClusterFile(textOf(...nodes), "", { cni: "flanel" })).toThrow(
      `expected a CNI plugin (${CNI_NAMES.join(", ")}), found "flanel"`,
    );
  });
});

describe("a plugin that is named", () => {
  it("keeps the settings of the file when it is the same, and of another has none", () => {
    const text = textOf(...FLANNEL_NODES, netConf({ Type: "vxlan", Port: 4789 }));
    expect(parseClusterFile(text, "", { cni: "flannel" }).specification.cniOptions).toEqual({ vni: 1, port: 4789 });
    const calico = parseClusterFile(textOf(...CALICO_NODES), "", { cni: "flannel" });
    expect(calico.specification.cniOptions).toEqual({});
  });
});
