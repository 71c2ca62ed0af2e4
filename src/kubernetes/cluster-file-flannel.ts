/**
 * Flannel's signs: node annotations that flanneld writes (github.com/flannel-io/flannel, pkg/subnet/kube), its
 * net-conf.json in the config map kube-flannel-cfg, and its container. k3s has flannel inside and the annotations alone.
 */
import { firstRange } from "./cluster-file-address.ts";
import type { FileContents } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import { isObject, type JsonObject } from "./cluster-file-object.ts";
import {
  annotated,
  findCondition,
  findContainer,
  innerObject,
  MTU_RANGE,
  namesOf,
  PORT_RANGE,
  type Recognition,
  settingNumber,
  SignRank,
  VNI_RANGE,
} from "./cluster-file-signs.ts";
import type { CniOptions } from "./cni-catalogue.ts";

const TYPE = "flannel.alpha.coreos.com/backend-type";
const DATA = "flannel.alpha.coreos.com/backend-data";

/** Where flannel's settings stand, for messages. */
const NET_CONF = "data.net-conf.json";

interface NetConf {
  readonly title: string;
  readonly network: unknown;
  readonly backend: JsonObject;
}

/** Flannel with its backend, VNI, port and MTU; undefined without a sign of it. */
export function recogniseFlannel(contents: FileContents, findings: FindingList): Recognition | undefined {
  const nodes = annotated(contents, TYPE);
  const condition = findCondition(contents, "FlannelIsUp");
  const container = findContainer(contents, ({ name, image }) => name === "kube-flannel" || /\bflannel:/.test(image));
  const netConf = readNetConf(contents, findings);
  if (nodes.length === 0 && condition === undefined && container === undefined) return undefined;
  const annotation = nodes[0]?.annotations[TYPE];
  const backend = annotation ?? netConf?.backend["Type"] ?? "vxlan";
  const isDirect = netConf?.backend["DirectRouting"] === true;
  const reasons = [
    ...(annotation === undefined ? [] : [`annotation ${TYPE} is ${annotation} (${namesOf(nodes)})`]),
    ...(container === undefined ? [] : [`${container.title} runs it`]),
    ...(condition === undefined ? [] : [condition]),
    ...(isDirect ? [`DirectRouting in ${netConf?.title}`] : []),
  ];
  const network = typeof netConf?.network === "string" ? firstRange(netConf.network) : undefined;
  return {
    cni: nameOf(backend, isDirect),
    options: optionsOf(contents, netConf, findings),
    why: nameOf(backend, isDirect) === undefined ? `flannel's backend ${String(backend)}` : reasons.join("; "),
    rank: container !== undefined ? SignRank.workload : condition ? SignRank.condition : SignRank.annotation,
    clusterCidr: network && { prefix: network, why: `Network in net-conf.json of ${netConf?.title}` },
  };
}

function nameOf(backend: unknown, isDirect: boolean): string | undefined {
  if (backend === "vxlan") return isDirect ? "flannel-directrouting" : "flannel";
  if (backend === "host-gw") return "flannel-host-gw";
  return backend === "ipip" ? "flannel-ipip" : undefined;
}

function readNetConf({ configMaps }: FileContents, findings: FindingList): NetConf | undefined {
  const map = configMaps.find(({ data }) => data["net-conf.json"] !== undefined);
  if (map === undefined) return undefined;
  const netConf = innerObject(map.data["net-conf.json"]!, map.title, NET_CONF, findings);
  const backend = netConf["Backend"];
  return { title: map.title, network: netConf["Network"], backend: isObject(backend) ? backend : {} };
}

/** What is set and not flannel's own choice. Old versions do not write the VNI, which is 1 then. */
function optionsOf(contents: FileContents, netConf: NetConf | undefined, findings: FindingList): CniOptions {
  const node = annotated(contents, DATA)[0];
  const field = `metadata.annotations["${DATA}"]`;
  const written = node === undefined ? {} : innerObject(node.annotations[DATA]!, node.title, field, findings);
  const setting = (key: string, range: readonly [number, number]): number | undefined =>
    settingNumber(netConf?.backend[key], range, [netConf?.title ?? "", `${NET_CONF}, Backend.${key}`], findings);
  const vni =
    settingNumber(written["VNI"], VNI_RANGE, [node?.title ?? "", field], findings) ?? setting("VNI", VNI_RANGE);
  const [port, mtu] = [setting("Port", PORT_RANGE), setting("MTU", MTU_RANGE)];
  return {
    ...(vni !== undefined && { vni }),
    ...(port !== undefined && { port }),
    ...(mtu !== undefined && { mtu }),
  };
}

/** What flanneld wrote of each node's tunnel that cannot be right: equal MACs or addresses, from cloned machines. */
export function checkFlannelNodes(contents: FileContents, findings: FindingList): void {
  const owners = new Map<string, string>();
  for (const { title, name, annotations } of annotated(contents, DATA).values()) {
    const field = `metadata.annotations["${DATA}"]`;
    const mac = innerObject(annotations[DATA]!, title, field, findings)["VtepMAC"];
    if (typeof mac !== "string") continue;
    const owner = owners.get(mac.toLowerCase());
    if (owner === undefined) owners.set(mac.toLowerCase(), name);
    else findings.error(title, field, `VtepMAC ${mac} is that of ${owner} too: one of both gets no tunnelled packets`);
  }
}
