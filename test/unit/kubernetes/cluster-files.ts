/** Kubernetes objects in the shape that kubectl prints them, written by hand, with fields that nobody here reads. */

export type Objects = Readonly<Record<string, unknown>>;

/** What differs from node to node. */
export interface NodeParts {
  readonly address?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly podCIDR?: string;
  readonly spec?: Objects;
  /** Why NetworkUnavailable is False. */
  readonly network?: string;
  readonly addresses?: readonly Objects[];
}

export function node(name: string, parts: NodeParts = {}): Objects {
  const { address = "192.168.1.10", annotations = {}, podCIDR, spec = {}, network, addresses } = parts;
  const ready = { lastHeartbeatTime: "2024-07-08T02:04:43Z", reason: "KubeletReady", status: "True", type: "Ready" };
  const up = { lastHeartbeatTime: null, reason: network, status: "False", type: "NetworkUnavailable" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      annotations: { "node.alpha.kubernetes.io/ttl": "0", ...annotations },
      creationTimestamp: "2024-07-08T02:01:11Z",
      labels: { "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" },
      managedFields: [{ fieldsV1: { "f:status": {} }, manager: "kubelet" }],
      name,
      resourceVersion: "603",
    },
    spec: { ...(podCIDR !== undefined && { podCIDR, podCIDRs: [podCIDR] }), ...spec },
    status: {
      addresses: addresses ?? [
        { address, type: "InternalIP" },
        { address: name, type: "Hostname" },
      ],
      capacity: { cpu: "2", pods: "110" },
      conditions: network === undefined ? [ready] : [up, ready],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  };
}

/** A pod that runs; `parts` replace fields of spec and status. */
export function pod(
  name: string,
  nodeName: string,
  address: string | undefined,
  parts: { readonly namespace?: string; readonly spec?: Objects; readonly status?: Objects } = {},
): Objects {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: `${name}-`, labels: { app: name }, name, namespace: parts.namespace ?? "default" },
    spec: {
      containers: [{ image: "nginx", name: "web", ports: [{ containerPort: 80, name: "http", protocol: "TCP" }] }],
      nodeName,
      tolerations: [{ effect: "NoExecute", key: "node.kubernetes.io/not-ready", operator: "Exists" }],
      ...parts.spec,
    },
    status: {
      conditions: [{ lastProbeTime: null, status: "True", type: "Ready" }],
      phase: "Running",
      ...(address !== undefined && { podIP: address, podIPs: [{ ip: address }] }),
      ...parts.status,
    },
  };
}

export function daemonSet(name: string, container: string, env: Objects = {}, image = "example/image:1"): Objects {
  const variables = Object.entries(env).map(([variable, value]) => ({ name: variable, value }));
  const own = { name: "NODENAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: "kube-system" },
    spec: { template: { spec: { containers: [{ env: [own, ...variables], image, name: container }] } } },
    status: { currentNumberScheduled: 2 },
  };
}

export function configMap(name: string, data: Objects, namespace = "kube-system"): Objects {
  return { apiVersion: "v1", data, kind: "ConfigMap", metadata: { name, namespace } };
}

/** As kubectl prints several objects. */
export function listOf(...items: readonly unknown[]): Objects {
  return { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
}

export function textOf(...items: readonly unknown[]): string {
  return JSON.stringify(listOf(...items), null, 4);
}

/** What flanneld writes at its node. */
export function flannelAnnotations(address: string, type = "vxlan", macEnd = address.split(".")[3]!): NodeParts {
  const mac = `2e:f7:d3:70:96:${Number(macEnd).toString(16).padStart(2, "0")}`;
  return {
    address,
    annotations: {
      "flannel.alpha.coreos.com/backend-data": type === "vxlan" ? `{"VNI":1,"VtepMAC":"${mac}"}` : "null",
      "flannel.alpha.coreos.com/backend-type": type,
      "flannel.alpha.coreos.com/kube-subnet-manager": "true",
      "flannel.alpha.coreos.com/public-ip": address,
    },
  };
}

/** Two nodes of flannel, without pods. */
export const FLANNEL_NODES: readonly Objects[] = [
  node("node-a", { ...flannelAnnotations("192.168.1.10"), podCIDR: "10.244.1.0/24" }),
  node("node-b", { ...flannelAnnotations("192.168.1.20"), podCIDR: "10.244.2.0/24" }),
];

/** kind with Calico: the tunnels' addresses, and so the blocks, lie outside of what the controller gave the nodes. */
export const CALICO_NODES: readonly Objects[] = [
  node("kind-control-plane", {
    address: "172.18.0.3",
    annotations: {
      "projectcalico.org/IPv4Address": "172.18.0.3/16",
      "projectcalico.org/IPv4IPIPTunnelAddr": "10.244.72.192",
    },
    podCIDR: "10.244.0.0/24",
    spec: { providerID: "kind://docker/kind/kind-control-plane" },
    network: "CalicoIsUp",
  }),
  node("kind-worker", {
    address: "172.18.0.2",
    annotations: {
      "projectcalico.org/IPv4Address": "172.18.0.2/16",
      "projectcalico.org/IPv4IPIPTunnelAddr": "10.244.162.128",
    },
    podCIDR: "10.244.1.0/24",
    spec: { providerID: "kind://docker/kind/kind-worker" },
    network: "CalicoIsUp",
  }),
];

/** Cilium with ranges of its own, on DigitalOcean's machines; one node as older versions write it. */
export const CILIUM_NODES: readonly Objects[] = [
  node("pool-1", {
    address: "10.106.0.2",
    annotations: {
      "network.cilium.io/ipv4-cilium-host": "10.244.0.103",
      "network.cilium.io/ipv4-health-ip": "10.244.0.7",
      "network.cilium.io/ipv4-pod-cidr": "10.244.0.0/25",
    },
    network: "CiliumIsUp",
    spec: { providerID: "digitalocean://245738308" },
  }),
  node("pool-2", {
    address: "10.106.0.3",
    annotations: {
      "io.cilium.network.ipv4-cilium-host": "10.244.0.181",
      "io.cilium.network.ipv4-pod-cidr": "10.244.0.128/25",
    },
    network: "CiliumIsUp",
    spec: { providerID: "digitalocean://245738309" },
  }),
];

/** GKE with routes: no plugin leaves a sign, the provider does. */
export const GKE_NODES: readonly Objects[] = [
  node("gke-pool-1-2mm5", {
    address: "10.128.0.4",
    podCIDR: "10.48.10.0/24",
    network: "RouteCreated",
    spec: { providerID: "gce://project/us-central1-c/gke-pool-1-2mm5" },
  }),
  node("gke-pool-1-7zvd", {
    address: "10.128.0.2",
    podCIDR: "10.48.11.0/24",
    network: "RouteCreated",
    spec: { providerID: "gce://project/us-central1-c/gke-pool-1-7zvd" },
  }),
];
