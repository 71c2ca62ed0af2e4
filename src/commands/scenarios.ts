/** The scenarios of `podwire break`, on the example cluster: pod-a and frontend on node-a, pod-b and backend on node-b. */
import { type Namespace, Veth, VxlanDevice } from "../datapath/index.ts";
import type { Cluster } from "../kubernetes/index.ts";
import { formatMac } from "../wire/index.ts";
import { change, run, say, type Scenario } from "./scenario.ts";

/** A MAC that node-b's tunnel does not have. */
const OLD_MAC = "5e:4b:0a:1f:22:33";
const OLD_MAC_NUMBER = 0x5e_4b_0a_1f_22_33;

/** 192.168.1.99: where nobody is. */
const NOBODY = 0xc0a80163;
const NODE_B = 0xc0a80114;

function namespaceOf(cluster: Cluster, name: string): Namespace {
  return cluster.endpoint(name).host.namespace;
}

function tunnelOf(cluster: Cluster, node: string): VxlanDevice {
  return namespaceOf(cluster, node).device("flannel.1") as VxlanDevice;
}

/** The node's end of a pod's pair. */
function hostEndOf(cluster: Cluster, pod: string): Veth {
  return (namespaceOf(cluster, pod).device("eth0") as Veth).peer;
}

const vtepMac: Scenario = {
  name: "vtep-mac",
  summary: "node-b's flannel.1 was made anew with another MAC, node-a still has the old one (flannel#1155)",
  cni: "flannel",
  steps: [
    run("pod-a ping -c 1 pod-b"),
    change("node-a keeps a MAC that node-b's flannel.1 had before", (cluster) => {
      const device = tunnelOf(cluster, "node-a");
      device.fdb.delete(tunnelOf(cluster, "node-b").mac);
      device.fdb.setPermanent(OLD_MAC_NUMBER, NODE_B);
      device.namespace.neighbours.setPermanent(device, 0x0af40200, OLD_MAC_NUMBER);
    }),
    run("pod-a ping -c 1 pod-b"),
    say(`node-a sends to ${OLD_MAC}, node-b's flannel.1 has another: the frame arrives and is another host's.`),
    run("node-a ip neigh show 10.244.2.0"),
    run("node-b ip link show flannel.1"),
    say("No counter of `ip -s link` shows it; on a node, `ip -s -s link` counts it as otherhost."),
    change("what flanneld does when it learns of the new MAC", (cluster) => {
      const device = tunnelOf(cluster, "node-a");
      const { mac } = tunnelOf(cluster, "node-b");
      device.fdb.setPermanent(mac, NODE_B);
      device.namespace.addNeighbour(device, "10.244.2.0", formatMac(mac));
    }),
    run("pod-a ping -c 1 pod-b"),
  ],
};

const staleFdb: Scenario = {
  name: "stale-fdb",
  summary: "node-b came back with another address, node-a's FDB sends its frames to the old one",
  cni: "flannel",
  steps: [
    run("pod-a ping -c 1 pod-b"),
    change("node-a's FDB says that node-b's tunnel ends at 192.168.1.99", (cluster) =>
      tunnelOf(cluster, "node-a").fdb.setPermanent(tunnelOf(cluster, "node-b").mac, NOBODY),
    ),
    run("node-a tcpdump -ni eth0 arp or host 192.168.1.99 &"),
    run("pod-a ping -c 1 pod-b"),
    run("stop"),
    say("The tunnel's outer packet is for 192.168.1.99, which nobody answers for."),
    run("node-a bridge fdb show dev flannel.1"),
    run("node-a ip neigh show dev eth0"),
  ],
};

const underlayMtu: Scenario = {
  name: "underlay-mtu",
  summary: "a switch takes 1,450 bytes where the nodes believe in 1,500: small packets pass, large ones vanish",
  cni: "flannel",
  steps: [
    change("the switch's ports take 1,450 bytes", (cluster) => {
      for (const { uplink } of cluster.nodes) if (uplink instanceof Veth) uplink.peer.mtu = 1450;
    }),
    run("pod-a ping -c 1 -s 56 pod-b"),
    run("pod-a ping -c 2 -M do -s 1422 pod-b"),
    say("1,422 bytes make 1,450 with their headers, and 1,500 in the tunnel: the switch drops them without a word. No"),
    say(
      "router is there to say so by ICMP: the sender never learns, and a TCP connection hangs at its first full segment.",
    ),
    run("node-a ip link show flannel.1"),
    change("the tunnel's MTU is what the path takes, less the tunnel's 50 bytes", (cluster) => {
      for (const { namespace } of cluster.nodes) namespace.device("flannel.1").mtu = 1400;
    }),
    run("pod-a ping -c 2 -M do -s 1422 pod-b"),
    say("Now the node itself refuses, and says what it takes."),
    run("pod-a ip route get 10.244.2.8"),
  ],
};

const vpcRoute: Scenario = {
  name: "vpc-route",
  summary: "pods' packets go out as they are, and the provider's route table does not know the nodes' pod ranges",
  cni: "flannel-host-gw",
  underlay: { kind: "vpc", prefix: "192.168.1.0/24", routes: "none" },
  steps: [
    run("node-a ping -c 1 node-b"),
    run("node-a ip route"),
    run("node-b tcpdump -ni eth0 icmp &"),
    run("pod-a ping -c 1 pod-b"),
    run("stop"),
    say("Nodes reach each other, pods do not: the packet leaves node-a's eth0 with the pods' addresses, and the"),
    say("provider's network drops it in silence. Nothing arrives at node-b."),
    run("node-a ip -s link show eth0"),
  ],
};

const duplicateAddress: Scenario = {
  name: "duplicate-address",
  summary: "two pods of one node have the same address: whoever answers ARP first gets the packets",
  cni: "flannel",
  steps: [
    run("node-a ping -c 1 10.244.1.5"),
    run("node-a ip neigh show 10.244.1.5"),
    change("frontend has 10.244.1.5 as well, and node-a has to ask again", (cluster) => {
      const namespace = namespaceOf(cluster, "frontend");
      namespace.addAddress(namespace.device("eth0"), "10.244.1.5/24");
      const node = namespaceOf(cluster, "node-a");
      node.neighbours.remove(node.device("cni0"), 0x0af40105);
    }),
    run("node-a tcpdump -e -ni cni0 arp &"),
    run("node-a ping -c 1 10.244.1.5"),
    run("stop"),
    say("Two MACs answer for one address. The first is believed; what comes within a second of it is not (locktime)."),
    run("node-a ip neigh show 10.244.1.5"),
    run("node-a bridge fdb show br cni0"),
  ],
};

const rpFilter: Scenario = {
  name: "rp-filter",
  summary: "node-b filters strictly by the way back, and its way back is another device than packets come in on",
  cni: "flannel",
  steps: [
    run("pod-a ping -c 1 pod-b"),
    change("node-a routes past the tunnel, as host-gw would; node-b filters strictly (rp_filter=1)", (cluster) => {
      const sender = namespaceOf(cluster, "node-a");
      sender.removeRoute("10.244.2.0/24");
      sender.addRoute({ to: "10.244.2.0/24", via: "192.168.1.20", device: sender.device("eth0") });
      namespaceOf(cluster, "node-b").device("eth0").reversePathFilter = 1;
    }),
    run("node-b tcpdump -ni eth0 icmp &"),
    run("pod-a ping -c 1 pod-b"),
    run("stop"),
    say("The request is seen on node-b's eth0 and goes no further: the route back to 10.244.1.5 leaves by flannel.1."),
    run("node-b ip route get 10.244.1.5"),
    say("No counter of `ip -s link` shows it; on a node, `nstat` counts it as TcpExtIPReversePathFilter."),
    change("node-b filters loosely (rp_filter=2): any way back will do", (cluster) => {
      namespaceOf(cluster, "node-b").device("eth0").reversePathFilter = 2;
    }),
    run("pod-a ping -c 1 pod-b"),
  ],
};

const nodeDown: Scenario = {
  name: "node-down",
  summary: "node-b has lost its network: packets for its pods have nobody to go to",
  cni: "flannel",
  steps: [
    run("pod-a ping -c 1 pod-b"),
    change("node-b's eth0 goes down", (cluster) => {
      namespaceOf(cluster, "node-b").device("eth0").up = false;
    }),
    run("wait 60"),
    run("pod-a ping -c 1 pod-b"),
    say("node-a asks for node-b's MAC in vain. The outer packet is dropped in the tunnel: the pod hears nothing."),
    run("node-a ip neigh show 192.168.1.20"),
    run("node-a ip route get 10.244.2.8"),
  ],
};

const arpSuppressed: Scenario = {
  name: "arp-suppressed",
  summary: "the bridge port of frontend floods no broadcasts: pods that do not know its MAC cannot ask for it",
  cni: "flannel",
  steps: [
    change("bridge link set dev (frontend's port) bcast_flood off", (cluster) => {
      const { port } = hostEndOf(cluster, "frontend");
      if (port !== null) port.broadcastFlood = false;
    }),
    run("frontend tcpdump -ni eth0 arp &"),
    run("pod-a ping -c 1 frontend"),
    run("stop"),
    say("pod-a asks for 10.244.1.10 three times; the bridge floods its requests to every port but frontend's."),
    run("pod-a ip neigh show 10.244.1.10"),
    run("node-a bridge -d link"),
    run("node-a ping -c 1 frontend"),
    say("What the node itself sends is flooded there all the same: the switch is for what comes in from other ports."),
    run("frontend ping -c 1 pod-a"),
    say("And who speaks first is heard: frontend's own request teaches pod-a its MAC."),
    run("pod-a ping -c 1 frontend"),
  ],
};

export const SCENARIOS: readonly Scenario[] = [
  vtepMac,
  staleFdb,
  underlayMtu,
  vpcRoute,
  duplicateAddress,
  rpFilter,
  nodeDown,
  arpSuppressed,
];
