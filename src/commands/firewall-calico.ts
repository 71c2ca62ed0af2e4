/** The chains that Felix programs for Calico (felix/rules) in the filter table. */
import { Counter, IpipDevice, Veth, VXLAN_OVERHEAD, VxlanDevice, WorkloadCount } from "../datapath/index.ts";
import {
  type Calico,
  type Cluster,
  type ClusterNode,
  type PolicyDirection,
  workloadFilterOf,
} from "../kubernetes/index.ts";
import { ethernet, ipv4 } from "../wire/index.ts";
import {
  comment,
  connectionState,
  type FirewallChain,
  type FirewallCount,
  type FirewallMatch,
  type FirewallRule,
  less,
  marked,
  NOTHING_COUNTED,
  sumOf,
} from "./firewall-table.ts";
import { tierChains, tierRules } from "./firewall-calico-tiers.ts";
import { passedTwice, type PodFirewall, podFirewalls, withoutHeaders } from "./firewall-policies.ts";

/** Felix's marks: a policy accepted the packet. */
const ACCEPTED = "0x10000/0x10000";

const TO = { egress: "cali-fw-", ingress: "cali-tw-" } as const;

/** IP-in-IP, protocol 4, as iptables calls it. */
const IPIP = "ipencap";

export function calicoChains(cluster: Cluster, node: ClusterNode): FirewallChain[] {
  const firewalls = podFirewalls(cluster, node);
  const { port } = cluster.cni as Calico;
  const tunnels = tunnelRules(node, port);
  const [from, to] = [passed(firewalls, "egress"), passed(firewalls, "ingress")];
  const twice = passedTwice(firewalls);
  const accepted = less(sumOf(firewalls.map(({ allowed }) => allowed)), twice);
  return [
    {
      name: "INPUT",
      isBuiltIn: true,
      rules: [{ ...sumOf(tunnels), target: "cali-INPUT", matches: [comment("cali:Cz_u1IQiXIMmKD4c")] }],
    },
    {
      name: "FORWARD",
      isBuiltIn: true,
      rules: [
        { ...less(sumOf([from, to]), twice), target: "cali-FORWARD", matches: [comment("cali:wUHhoiAYhphO9Mso")] },
        { ...accepted, target: "ACCEPT", matches: [comment("Policy explicitly accepted packet."), marked(ACCEPTED)] },
      ],
    },
    { name: "OUTPUT", isBuiltIn: true, rules: [] },
    {
      name: "cali-INPUT",
      isBuiltIn: false,
      rules: [...tunnels, { ...NOTHING_COUNTED, in: "cali+", target: "cali-wl-to-host", isGoto: true }],
    },
    { name: "cali-wl-to-host", isBuiltIn: false, rules: [{ ...NOTHING_COUNTED, target: "cali-from-wl-dispatch" }] },
    {
      name: "cali-FORWARD",
      isBuiltIn: false,
      rules: [
        { ...from, in: "cali+", target: "cali-from-wl-dispatch" },
        { ...to, out: "cali+", target: "cali-to-wl-dispatch" },
      ],
    },
    dispatch(
      "cali-from-wl-dispatch",
      firewalls.filter(({ direction }) => direction === "egress"),
    ),
    dispatch(
      "cali-to-wl-dispatch",
      firewalls.filter(({ direction }) => direction === "ingress"),
    ),
    ...firewalls.map((firewall) => podChain(firewall, port)),
    ...tierChains(cluster, firewalls),
  ];
}

/** Packets that came to the chains of pods on the way from them, or to them. */
export function passed(firewalls: readonly PodFirewall[], direction: PolicyDirection): FirewallCount {
  return sumOf(firewalls.filter((firewall) => firewall.direction === direction).map(passedBy));
}

function passedBy(firewall: PodFirewall): FirewallCount {
  const { known, fresh, invalid } = firewall;
  return sumOf([known, fresh, invalid, refusedTunnel(firewall, "VXLAN"), refusedTunnel(firewall, "IPIP")]);
}

/** Tunnel packets that a pod sent. */
function refusedTunnel({ pod, direction }: PodFirewall, kind: "VXLAN" | "IPIP"): FirewallCount {
  return direction === "egress" ? refusedOf(pod, kind) : NOTHING_COUNTED;
}

/** What was refused of a pod, whatever policies say. */
export function refusedOf(pod: PodFirewall["pod"], kind: keyof typeof WorkloadCount): FirewallCount {
  const filter = workloadFilterOf(pod);
  const index = WorkloadCount[kind];
  if (filter === undefined) return NOTHING_COUNTED;
  return withoutHeaders({ packets: filter.packets[index]!, bytes: filter.bytes[index]! });
}

/** What other nodes send through tunnels, and nobody else may. */
function tunnelRules({ namespace }: ClusterNode, port: number): FirewallRule[] {
  const local = { module: "addrtype", shown: "ADDRTYPE match dst-type LOCAL", written: "--dst-type LOCAL" };
  return [...namespace.devices.values()].flatMap((device): FirewallRule[] => {
    if (!(device instanceof VxlanDevice || device instanceof IpipDevice) || device.peers === null) return [];
    const { refusedPackets: packets, refusedBytes: bytes } = device.peers;
    if (device instanceof IpipDevice) {
      const hosts = fromSet("cali40all-hosts-net");
      const taken = takenBy(device, ipv4.HEADER_LENGTH);
      const [allow, drop] = [
        comment("Allow IPIP packets from Calico hosts"),
        comment("Drop IPIP packets from non-Calico hosts"),
      ];
      return [
        { ...taken, protocol: IPIP, target: "ACCEPT", matches: [allow, hosts, local] },
        { packets, bytes, protocol: IPIP, target: "DROP", matches: [drop] },
      ];
    }
    const taken = takenBy(device, VXLAN_OVERHEAD - ethernet.HEADER_LENGTH);
    const allow = comment("Allow IPv4 VXLAN packets from allowed hosts");
    const drop = comment("Drop IPv4 VXLAN packets from non-allowed hosts");
    const hosts = fromSet("cali40all-vxlan-net");
    return [
      { ...taken, protocol: "udp", target: "ACCEPT", matches: [allow, toPort(port), hosts, local] },
      { packets, bytes, protocol: "udp", target: "DROP", matches: [drop, toPort(port), local] },
    ];
  });
}

/** What came through a tunnel, with its outer headers. */
function takenBy({ counters }: VxlanDevice | IpipDevice, overhead: number): FirewallCount {
  const packets = counters[Counter.RX_PACKETS]!;
  return { packets, bytes: counters[Counter.RX_BYTES]! + packets * overhead };
}

function fromSet(name: string): FirewallMatch {
  return { module: "set", shown: `match-set ${name} src`, written: `--match-set ${name} src` };
}

function toPort(port: number): FirewallMatch {
  return { module: "multiport", shown: `multiport dports ${port}`, written: `--dports ${port}` };
}

function deviceOf({ pod }: PodFirewall): string {
  return (pod.namespace.device("eth0") as Veth).peer.name;
}

function dispatch(name: string, firewalls: readonly PodFirewall[]): FirewallChain {
  const rules = firewalls.map((firewall): FirewallRule => {
    const { direction } = firewall;
    const side = direction === "egress" ? { in: deviceOf(firewall) } : { out: deviceOf(firewall) };
    return {
      ...passedBy(firewall),
      ...side,
      target: `${TO[direction]}${deviceOf(firewall)}`,
      isGoto: true,
    };
  });
  const unknown: FirewallRule = { ...NOTHING_COUNTED, target: "DROP", matches: [comment("Unknown interface")] };
  return { name, isBuiltIn: false, rules: [...rules, unknown] };
}

/** Tunnel packets would carry anything past policies. */
function tunnelDrops(firewall: PodFirewall, port: number): FirewallRule[] {
  if (firewall.direction !== "egress") return [];
  const [vxlan, ipip] = ["VXLAN", "IPinIP"].map((kind) =>
    comment(`Drop ${kind} encapped packets originating in workloads`),
  );
  return [
    { ...refusedTunnel(firewall, "VXLAN"), protocol: "udp", target: "DROP", matches: [vxlan!, toPort(port)] },
    { ...refusedTunnel(firewall, "IPIP"), protocol: IPIP, target: "DROP", matches: [ipip!] },
  ];
}

function podChain(firewall: PodFirewall, port: number): FirewallChain {
  const { direction, known, invalid, fresh } = firewall;
  const drops = tunnelDrops(firewall, port);
  const rules: FirewallRule[] = [
    { ...known, target: "ACCEPT", matches: [connectionState("RELATED,ESTABLISHED")] },
    { ...invalid, target: "DROP", matches: [connectionState("INVALID")] },
    {
      ...sumOf([fresh, ...drops]),
      target: "MARK",
      mark: { shown: "MARK and 0xfffeffff", written: "--set-xmark 0x0/0x10000" },
    },
    ...drops,
    ...tierRules(firewall),
  ];
  return { name: `${TO[direction]}${deviceOf(firewall)}`, isBuiltIn: false, rules };
}
