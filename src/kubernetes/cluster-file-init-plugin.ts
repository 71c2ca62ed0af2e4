/** What each CNI plugin leaves in a cluster for others to see: annotations, its daemonset, its settings. */
import { formatIpv4, formatMac, formatPrefix, type Ipv4Prefix } from "../wire/index.ts";
import { familyOf } from "./cluster-file-cni.ts";

/** A node of the file that is being written. */
export interface InitialNode {
  readonly name: string;
  readonly address: number;
  /** Prefix length of its subnet. */
  readonly subnetLength: number;
  readonly podCidr: Ipv4Prefix;
}

export interface PluginSigns {
  /** Why the node's network is there, as its condition NetworkUnavailable says. */
  readonly reason: string;
  /** Where its machines come from: "gce://project/zone/"; "" for nowhere in particular. */
  readonly provider: string;
  annotations(node: InitialNode): Readonly<Record<string, string>>;
  /** Daemonset and config map. */
  readonly objects: readonly object[];
}

type Environment = Readonly<Record<string, string>>;

/** Makes signs of a plugin and mode, in a cluster with this range of pods' addresses. */
type Maker = (cni: string, clusterCidr: string) => PluginSigns;

const MAKERS: Readonly<Record<string, Maker>> = { flannel, calico, cilium, weave, kubenet };

/** Signs by which `parseClusterFile` recognises the plugin. @throws RangeError for one that it does not know */
export function pluginSigns(cni: string, clusterCidr: string): PluginSigns {
  const family = familyOf(cni);
  const make = Object.hasOwn(MAKERS, family) ? MAKERS[family] : undefined;
  if (make === undefined)
    throw new RangeError(`expected a CNI plugin whose signs are known, found ${JSON.stringify(cni)}`);
  return make(cni, clusterCidr);
}

function flannel(cni: string, clusterCidr: string): PluginSigns {
  const mode = cni.slice("flannel-".length);
  const backend = mode === "host-gw" || mode === "ipip" ? mode : "vxlan";
  const direct = mode === "directrouting" ? { DirectRouting: true } : {};
  const netConf = JSON.stringify({ Network: clusterCidr, Backend: { Type: backend, ...direct } });
  const prefix = "flannel.alpha.coreos.com";
  return {
    reason: "FlannelIsUp",
    provider: "",
    annotations: ({ address }) => ({
      [`${prefix}/backend-data`]:
        backend === "vxlan" ? JSON.stringify({ VNI: 1, VtepMAC: formatMac(0xc6_00_00_00_00_00 + address) }) : "null",
      [`${prefix}/backend-type`]: backend,
      [`${prefix}/kube-subnet-manager`]: "true",
      [`${prefix}/public-ip`]: formatIpv4(address),
    }),
    objects: [
      configMap("kube-flannel-cfg", { "net-conf.json": netConf }),
      daemonSet("kube-flannel-ds", "kube-flannel", "ghcr.io/flannel-io/flannel:v0.25.5", {}),
    ],
  };
}

function calico(cni: string, clusterCidr: string): PluginSigns {
  const mode = cni.endsWith("-crosssubnet") ? "CrossSubnet" : "Always";
  const tunnel = cni.startsWith("calico-ipip") ? "IPIP" : cni.startsWith("calico-vxlan") ? "VXLAN" : "";
  return {
    reason: "CalicoIsUp",
    provider: "",
    annotations: ({ address, subnetLength, podCidr }) => ({
      "projectcalico.org/IPv4Address": formatPrefix({ address, length: subnetLength }),
      ...(tunnel !== "" && {
        [`projectcalico.org/IPv4${tunnel}TunnelAddr`]: formatIpv4(podCidr.address),
      }),
    }),
    objects: [
      daemonSet("calico-node", "calico-node", "docker.io/calico/node:v3.28.1", {
        CALICO_IPV4POOL_CIDR: clusterCidr,
        CALICO_IPV4POOL_IPIP: tunnel === "IPIP" ? mode : "Never",
        CALICO_IPV4POOL_VXLAN: tunnel === "VXLAN" ? mode : "Never",
      }),
    ],
  };
}

function cilium(cni: string, clusterCidr: string): PluginSigns {
  const isNative = cni === "cilium-native";
  const routing = isNative
    ? { "auto-direct-node-routes": "true", "ipv4-native-routing-cidr": clusterCidr, "routing-mode": "native" }
    : { "routing-mode": "tunnel", "tunnel-protocol": "vxlan" };
  return {
    reason: "CiliumIsUp",
    provider: "",
    annotations: ({ podCidr }) => ({
      "network.cilium.io/ipv4-cilium-host": formatIpv4(podCidr.address + 1),
      "network.cilium.io/ipv4-pod-cidr": formatPrefix(podCidr),
    }),
    objects: [
      configMap("cilium-config", { "cluster-pool-ipv4-cidr": clusterCidr, ipam: "cluster-pool", ...routing }),
      daemonSet("cilium", "cilium-agent", "quay.io/cilium/cilium:v1.16.1", {}),
    ],
  };
}

function weave(_cni: string, clusterCidr: string): PluginSigns {
  const environment = { IPALLOC_RANGE: clusterCidr };
  return {
    reason: "WeaveIsUp",
    provider: "",
    annotations: () => ({}),
    objects: [daemonSet("weave-net", "weave", "docker.io/weaveworks/weave-kube:2.8.1", environment)],
  };
}

/** The provider's word is the only sign: kubenet is a part of the kubelet. */
function kubenet(_cni: string, clusterCidr: string): PluginSigns {
  const proxy = `clusterCIDR: ${clusterCidr}\nkind: KubeProxyConfiguration\n`;
  return {
    reason: "RouteCreated",
    provider: "gce://podwire/zone-a/",
    annotations: () => ({}),
    objects: [configMap("kube-proxy", { "config.conf": proxy })],
  };
}

function configMap(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: "v1", data, kind: "ConfigMap", metadata: { name, namespace: "kube-system" } };
}

function daemonSet(name: string, container: string, image: string, environment: Environment): object {
  const env = Object.entries(environment).map(([variable, value]) => ({ name: variable, value }));
  const spec = { containers: [{ env, image, name: container }], hostNetwork: true };
  const metadata = { labels: { app: name }, name, namespace: "kube-system" };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata,
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
  };
}
