/**
 * Cilium's signs: node annotations (github.com/cilium/cilium, pkg/annotation: `network.cilium.io/` since 1.13,
 * `io.cilium.network.` before), its agent's container, and the config map cilium-config.
 */
import { firstRange, networkOf, interfaceOrUndefined } from "./cluster-file-address.ts";
import type { Ipv4Prefix } from "../wire/index.ts";
import type { FileConfigMap, FileContents, FileNode } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import {
  annotated,
  findCondition,
  findContainer,
  MTU_RANGE,
  namesOf,
  PORT_RANGE,
  type Recognition,
  settingNumber,
  SignRank,
} from "./cluster-file-signs.ts";

const RANGES: readonly string[] = ["network.cilium.io/ipv4-pod-cidr", "io.cilium.network.ipv4-pod-cidr"];
/** Annotations with the address of cilium_host. */
export const CILIUM_HOSTS: readonly string[] = [
  "network.cilium.io/ipv4-cilium-host",
  "io.cilium.network.ipv4-cilium-host",
];

/** Cilium with its routing mode, port and MTU; undefined without a sign of it. */
export function recogniseCilium(contents: FileContents, findings: FindingList): Recognition | undefined {
  const annotation = [...RANGES, ...CILIUM_HOSTS].find((name) => annotated(contents, name).length > 0);
  const condition = findCondition(contents, "CiliumIsUp");
  const container = findContainer(contents, ({ name }) => name === "cilium-agent");
  if (annotation === undefined && condition === undefined && container === undefined) return undefined;
  const map = contents.configMaps.find(({ name }) => name === "cilium-config");
  const mode = routingMode(map);
  const range = rangeOf(map);
  const reasons = [
    ...(annotation === undefined ? [] : [`annotation ${annotation} (${namesOf(annotated(contents, annotation))})`]),
    ...(container === undefined ? [] : [`${container.title} runs it`]),
    ...(annotation !== undefined || condition === undefined ? [] : [condition]),
    mode.why,
  ];
  return {
    cni: mode.cni,
    options: optionsOf(map, findings),
    why: mode.cni === undefined ? mode.why : reasons.join("; "),
    rank: container !== undefined ? SignRank.workload : condition ? SignRank.condition : SignRank.annotation,
    clusterCidr: range && { prefix: range, why: `cluster-pool-ipv4-cidr of ${map?.title}` },
    caveat: mode.caveat,
  };
}

/** `routing-mode` and `tunnel-protocol` since 1.14, `tunnel` before. */
function routingMode(map: FileConfigMap | undefined): { cni: string | undefined; why: string; caveat?: string } {
  if (map === undefined) {
    const caveat = "cilium-config is not in the file: tunnels are taken, cilium's default; else --cni cilium-native";
    return { cni: "cilium", why: "no cilium-config", caveat };
  }
  const [routing, older] = [map.data["routing-mode"], map.data["tunnel"]];
  if (routing === "native" || (routing === undefined && older === "disabled"))
    return { cni: "cilium-native", why: `${map.title} has ${routing ? "routing-mode native" : "tunnel disabled"}` };
  const protocol = map.data["tunnel-protocol"] ?? older ?? "vxlan";
  if (protocol !== "vxlan") return { cni: undefined, why: `cilium's tunnels of ${protocol}` };
  return { cni: "cilium", why: `${map.title} has tunnels of VXLAN` };
}

function rangeOf(map: FileConfigMap | undefined): Ipv4Prefix | undefined {
  return firstRange((map?.data["cluster-pool-ipv4-cidr"] ?? "").replaceAll(" ", ","));
}

function optionsOf(map: FileConfigMap | undefined, findings: FindingList): { port?: number; mtu?: number } {
  const port = settingNumber(map?.data["tunnel-port"], PORT_RANGE, [map?.title ?? "", "data.tunnel-port"], findings);
  const mtu = settingNumber(map?.data["mtu"], MTU_RANGE, [map?.title ?? "", "data.mtu"], findings);
  return { ...(port !== undefined && { port }), ...(mtu !== undefined && { mtu }) };
}

/** A node's range by cilium's own word, an annotation or its CiliumNode; undefined when neither is there. */
export function ciliumRange({ custom }: FileContents, { name, annotations }: FileNode): Ipv4Prefix | undefined {
  for (const annotation of RANGES) {
    const range = interfaceOrUndefined(annotations[annotation] ?? "");
    if (range !== undefined) return networkOf(range);
  }
  const own = custom.find((object) => object.kind === "CiliumNode" && object.name === name);
  return firstRange(own?.reading.object("spec").object("ipam").texts("podCIDRs").join(",") ?? "");
}
