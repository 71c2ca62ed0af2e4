/**
 * Calico's signs: node annotations that calico-node writes, its container and the pool that its environment asks for
 * (github.com/projectcalico/calico, node/pkg/startup), and IPPool or Installation objects if the file has them.
 */
import type { Ipv4Prefix } from "../wire/index.ts";
import { coverOf, firstRange } from "./cluster-file-address.ts";
import type { FileContents } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import {
  annotated,
  type ClusterRange,
  findCondition,
  findContainer,
  MTU_RANGE,
  namesOf,
  type Recognition,
  settingNumber,
  SignRank,
} from "./cluster-file-signs.ts";

export const CALICO_ADDRESS = "projectcalico.org/IPv4Address";
export const IPIP_ADDRESS = "projectcalico.org/IPv4IPIPTunnelAddr";
export const VXLAN_ADDRESS = "projectcalico.org/IPv4VXLANTunnelAddr";

/** Annotations with an address from the node's own block. */
export const CALICO_TUNNEL_ADDRESSES: readonly string[] = [IPIP_ADDRESS, VXLAN_ADDRESS];

/** Calico's modes by what an Installation calls them. */
const ENCAPSULATIONS: Readonly<Record<string, string>> = {
  None: "calico",
  IPIP: "calico-ipip",
  IPIPCrossSubnet: "calico-ipip-crosssubnet",
  VXLAN: "calico-vxlan",
  VXLANCrossSubnet: "calico-vxlan-crosssubnet",
};

/** A mode, and who says so. */
interface Mode {
  readonly cni: string;
  readonly why: string;
  readonly clusterCidr?: ClusterRange | undefined;
  readonly caveat?: string | undefined;
}

type Environment = Readonly<Record<string, string>>;

/** Calico with its mode and MTU; undefined without a sign of it, or where it enforces policies alone. */
export function recogniseCalico(contents: FileContents, findings: FindingList): Recognition | undefined {
  const nodes = annotated(contents, CALICO_ADDRESS);
  const condition = findCondition(contents, "CalicoIsUp");
  const container = findContainer(contents, ({ name }) => name === "calico-node");
  if (nodes.length === 0 && condition === undefined && container === undefined) return undefined;
  if (container?.environment["CALICO_NETWORKING_BACKEND"] === "none") return undefined;
  const { cni, why, caveat, clusterCidr } =
    modeOfPools(contents) ??
    modeOfInstallation(contents) ??
    modeOfNodes(contents, container?.environment ?? {}, container?.title ?? "no calico-node");
  const reasons = [
    ...(nodes.length === 0 ? [] : [`annotation ${CALICO_ADDRESS} (${namesOf(nodes)})`]),
    ...(container === undefined ? [] : [`${container.title} runs it`]),
    ...(nodes.length > 0 || condition === undefined ? [] : [condition]),
    why,
  ];
  const mtu = calicoMtu(contents, findings);
  return {
    cni,
    options: mtu === undefined ? {} : { mtu },
    why: reasons.join("; "),
    rank: container !== undefined ? SignRank.workload : condition ? SignRank.condition : SignRank.annotation,
    clusterCidr: clusterCidr ?? rangeOfEnvironment(container?.environment ?? {}, container?.title ?? ""),
    caveat,
  };
}

/** Pools as they are now: the environment only matters when calico-node first starts. */
function modeOfPools({ custom }: FileContents): Mode | undefined {
  const pools = custom
    .filter(({ kind }) => kind === "IPPool")
    .map(({ title, reading }) => ({ title, spec: reading.object("spec") }))
    .filter(({ spec }) => !spec.flag("disabled") && firstRange(spec.text("cidr") ?? "") !== undefined);
  const [pool] = pools;
  if (pool === undefined) return undefined;
  const cover = coverOf(pools.map(({ spec }) => firstRange(spec.text("cidr") ?? "") as Ipv4Prefix));
  const [ipip, vxlan] = [pool.spec.text("ipipMode"), pool.spec.text("vxlanMode")];
  return {
    cni: modeName(ipip, vxlan) ?? "calico",
    why: `${pool.title} has ipipMode ${ipip ?? "Never"}, vxlanMode ${vxlan ?? "Never"}`,
    clusterCidr: cover && { prefix: cover, why: `cidr of ${pools.map(({ title }) => title).join(", ")}` },
  };
}

function modeOfInstallation({ custom }: FileContents): Mode | undefined {
  const installation = custom.find(({ kind }) => kind === "Installation");
  const pools = installation?.reading.object("spec").object("calicoNetwork").objects("ipPools") ?? [];
  const pool = pools.find((candidate) => firstRange(candidate.text("cidr") ?? "") !== undefined);
  if (installation === undefined || pool === undefined) return undefined;
  const encapsulation = pool.text("encapsulation") ?? "IPIP";
  if (!Object.hasOwn(ENCAPSULATIONS, encapsulation)) pool.fail("encapsulation", Object.keys(ENCAPSULATIONS).join(", "));
  const prefix = firstRange(pool.text("cidr") ?? "");
  return {
    cni: ENCAPSULATIONS[encapsulation]!,
    why: `${installation.title} has encapsulation ${encapsulation}`,
    clusterCidr: prefix && { prefix, why: `cidr of ${installation.title}` },
  };
}

/** A tunnel's address on the nodes says which tunnel there is; only the environment says between whom. */
function modeOfNodes(contents: FileContents, environment: Environment, title: string): Mode {
  const [ipip, vxlan] = [environment["CALICO_IPV4POOL_IPIP"], environment["CALICO_IPV4POOL_VXLAN"]];
  const asked = modeName(ipip, vxlan);
  for (const [annotation, tunnel] of [
    [IPIP_ADDRESS, "calico-ipip"],
    [VXLAN_ADDRESS, "calico-vxlan"],
  ] as const) {
    const nodes = annotated(contents, annotation);
    if (nodes.length === 0) continue;
    const why = `annotation ${annotation} (${namesOf(nodes)})`;
    if (asked?.startsWith(tunnel) === true) return { cni: asked, why: `${why} and the environment of ${title}` };
    const caveat = `nothing says whether tunnels are for other subnets only: Always is taken; else --cni ${tunnel}-crosssubnet, or add ippools to the file`;
    return { cni: tunnel, why, caveat };
  }
  if (asked !== undefined) return { cni: asked, why: `the environment of ${title}` };
  return { cni: "calico", why: "no tunnel's address and no pool with a tunnel" };
}

function modeName(ipip: string | undefined, vxlan: string | undefined): string | undefined {
  for (const [tunnel, mode] of [
    ["calico-vxlan", vxlan],
    ["calico-ipip", ipip],
  ] as const) {
    if (/^always$/i.test(mode ?? "")) return tunnel;
    if (/^cross-?subnet$/i.test(mode ?? "")) return `${tunnel}-crosssubnet`;
  }
  return undefined;
}

function rangeOfEnvironment(environment: Environment, title: string): ClusterRange | undefined {
  const prefix = firstRange(environment["CALICO_IPV4POOL_CIDR"] ?? "");
  return prefix && { prefix, why: `CALICO_IPV4POOL_CIDR of ${title}` };
}

function calicoMtu({ configMaps }: FileContents, findings: FindingList): number | undefined {
  const map = configMaps.find(({ name }) => name === "calico-config");
  return settingNumber(map?.data["veth_mtu"], MTU_RANGE, [map?.title ?? "", "data.veth_mtu"], findings);
}
