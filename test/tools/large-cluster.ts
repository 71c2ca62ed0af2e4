/** A cluster as large companies have them, as a file: nodes, pods of apps in namespaces, and policies between them. */
export function largeClusterFile(nodeCount: number, podsPerNode: number, policyCount: number): object[] {
  const [namespaceCount, appCount] = [25, 8];
  const nodes = Array.from({ length: nodeCount }, (_none, index) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: `node-${index}`, labels: {} },
    spec: { podCIDR: `10.${100 + (index >> 8)}.${index & 255}.0/24` },
    status: {
      addresses: [{ type: "InternalIP", address: `192.168.${1 + Math.floor(index / 200)}.${2 + (index % 200)}` }],
    },
  }));
  const namespaces = Array.from({ length: namespaceCount }, (_none, index) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: `team-${index}`, labels: { team: `team-${index}`, tier: `tier-${index % 3}` } },
  }));
  const pods = Array.from({ length: nodeCount * podsPerNode }, (_none, index) => {
    const [node, number] = [index % nodeCount, Math.floor(index / nodeCount)];
    const app = `app-${Math.floor(index / namespaceCount) % appCount}`;
    const isNode = number === 0;
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${app}-${index}`,
        namespace: `team-${index % namespaceCount}`,
        labels: { app, "pod-template-hash": `${index % 977}` },
      },
      spec: {
        nodeName: `node-${node}`,
        ...(isNode && { hostNetwork: true }),
        containers: [{ name: app, ports: isNode ? [] : [{ name: "http", containerPort: 8080, protocol: "TCP" }] }],
      },
      status: {
        phase: "Running",
        podIP: isNode
          ? nodes[node]!.status.addresses[0]!.address
          : `10.${100 + (node >> 8)}.${node & 255}.${10 + number}`,
      },
    };
  });
  const policies = Array.from({ length: policyCount }, (_none, index) => {
    const app = `app-${Math.floor(index / namespaceCount) % appCount}`;
    const others = `app-${(Math.floor(index / namespaceCount) + 1) % appCount}`;
    const peers = [
      { podSelector: { matchLabels: { app: others } } },
      { namespaceSelector: { matchLabels: { tier: `tier-${index % 3}` } }, podSelector: { matchLabels: { app } } },
      ...(index % 5 === 0 ? [{ ipBlock: { cidr: "192.168.0.0/16" } }] : []),
    ];
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: `policy-${index}`, namespace: `team-${index % namespaceCount}` },
      spec: {
        podSelector: { matchLabels: { app } },
        policyTypes: index % 7 === 0 ? ["Ingress", "Egress"] : ["Ingress"],
        ingress: [{ from: peers, ports: [{ protocol: "TCP", port: index % 2 === 0 ? 8080 : "http" }] }],
        ...(index % 7 === 0 && { egress: [{ to: [{ podSelector: {} }] }] }),
      },
    };
  });
  return [...nodes, ...namespaces, ...pods, ...policies];
}
