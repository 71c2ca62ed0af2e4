/** The objects of a cluster's file that podwire uses, read and checked: nodes, pods, Services and what tells the plugin. */
import type { Ipv4Prefix } from "../wire/index.ts";
import { AddressReader } from "./cluster-file-address.ts";
import type { KubernetesObject } from "./cluster-file-documents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { JsonReading, TextMap } from "./cluster-file-object.ts";
import type { ContainerDescription, ContainerPort, PodPhase } from "./cluster-pod.ts";
import type { ServicePort } from "./cluster-service.ts";
import { ENFORCED, isForeignPolicy, POLICY_KINDS } from "./policy-file.ts";

/** A node as the file has it. */
export interface FileNode {
  readonly title: string;
  readonly name: string;
  readonly annotations: TextMap;
  readonly podCidr: Ipv4Prefix | undefined;
  readonly internalAddress: number | undefined;
  readonly externalAddress: number | undefined;
  /** "gce://project/zone/name"; "" when there is none. */
  readonly providerId: string;
  /** Why its network is there, by who set it up: "FlannelIsUp", "RouteCreated"; "" when nobody says. */
  readonly networkReason: string;
}

/** A pod as the file has it. */
export interface FilePod {
  readonly title: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: TextMap;
  /** "" while it waits for a node. */
  readonly node: string;
  readonly hostNetwork: boolean;
  readonly phase: PodPhase | undefined;
  readonly address: number | undefined;
  readonly hostAddress: number | undefined;
  readonly containers: readonly ContainerDescription[];
}

export interface FileService {
  readonly title: string;
  readonly name: string;
  readonly namespace: string;
  readonly clusterIP: number | undefined;
  readonly ports: readonly ServicePort[];
}

/** Containers of a pod or of a daemonset's template: what runs, and how it is set. */
export interface FileWorkload {
  readonly title: string;
  readonly containers: readonly { readonly name: string; readonly image: string; readonly environment: TextMap }[];
  /** Arguments of all containers: "--cluster-cidr=10.244.0.0/16". */
  readonly arguments: readonly string[];
}

export interface FileConfigMap {
  readonly title: string;
  readonly name: string;
  readonly data: TextMap;
}

/** Everything that is used of a file. */
export interface FileContents {
  readonly nodes: FileNode[];
  readonly pods: FilePod[];
  readonly services: FileService[];
  readonly workloads: FileWorkload[];
  readonly configMaps: FileConfigMap[];
  /** IPPool, Installation and CiliumNode objects, read by those who know them. */
  readonly custom: KubernetesObject[];
  readonly namespaces: Map<string, TextMap>;
  /** NetworkPolicy and the administrators' ones. */
  readonly policies: KubernetesObject[];
}

/** Kinds that are kept as they are for who knows them. */
const CUSTOM_KINDS: readonly string[] = ["IPPool", "Installation", "CiliumNode"];

const PORT_LIMIT = 65_535;

/** What Kubernetes takes for the name of a node, a pod or a namespace (RFC 1123). */
const DNS_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const NAME_LIMIT = 253;

const PHASES = ["Pending", "Running", "Succeeded", "Failed", "Unknown"] as const;
const PROTOCOLS = ["TCP", "UDP", "SCTP"] as const;

/** Reads each object by its kind; what occurs twice is read once. @throws ClusterFileError for a value that is wrong. */
export function readContents(objects: readonly KubernetesObject[], findings: FindingList): FileContents {
  const contents: FileContents = {
    nodes: [],
    pods: [],
    services: [],
    workloads: [],
    configMaps: [],
    custom: [],
    namespaces: new Map(),
    policies: [],
  };
  const known = new Set<string>();
  for (const object of objects) {
    if (known.has(object.title))
      findings.warning(object.title, "metadata.name", "occurs again: the first one is taken");
    else if (!addObject(contents, object, findings)) findings.unused(object.kind, object.title);
    known.add(object.title);
  }
  return contents;
}

/** False for a kind that nobody uses. */
function addObject(contents: FileContents, object: KubernetesObject, findings: FindingList): boolean {
  const { kind, reading } = object;
  if (kind === "Node") contents.nodes.push(readNode(object, findings));
  else if (kind === "Pod") {
    contents.pods.push(readPod(object, findings));
    contents.workloads.push(readWorkload(object, reading.object("spec")));
  } else if (kind === "Service") contents.services.push(readService(object, findings));
  else if (kind === "DaemonSet")
    contents.workloads.push(readWorkload(object, reading.object("spec").object("template").object("spec")));
  else if (kind === "ConfigMap")
    contents.configMaps.push({ title: object.title, name: object.name, data: reading.textMap("data") });
  else if (kind === "Namespace") contents.namespaces.set(object.name, reading.object("metadata").textMap("labels"));
  else if (isForeignPolicy(object)) {
    const { title } = object;
    findings.warning(
      title,
      "apiVersion",
      `${ENFORCED}: what ${String(reading.value["apiVersion"])} says has no effect`,
    );
  } else if (POLICY_KINDS.includes(kind)) contents.policies.push(object);
  else if (CUSTOM_KINDS.includes(kind)) contents.custom.push(object);
  else return false;
  return true;
}

/** Names become those of network namespaces. */
function checkNames({ name, namespace, reading }: KubernetesObject): void {
  const metadata = reading.object("metadata");
  const isName = (text: string): boolean => DNS_NAME.test(text) && text.length <= NAME_LIMIT;
  if (!isName(name)) metadata.fail("name", "a name of lower-case letters, digits, '-' and '.'");
  if (namespace !== "" && !isName(namespace)) metadata.fail("namespace", "the name of a namespace");
}

function readNode(object: KubernetesObject, findings: FindingList): FileNode {
  const { title, name, reading } = object;
  checkNames(object);
  const [spec, status] = [reading.object("spec"), reading.object("status")];
  const addresses = new AddressReader(title, findings);
  const ofType = (type: string): number | undefined => {
    const readings = status.objects("addresses").filter((address) => address.text("type") === type);
    const texts = readings.map((address) => address.text("address") ?? "");
    return addresses.addresses(texts, "status.addresses", (index) =>
      readings[index]!.fail("address", "an IPv4 address"),
    )[0];
  };
  const network = status.objects("conditions").find((condition) => condition.text("type") === "NetworkUnavailable");
  return {
    title,
    name,
    annotations: reading.object("metadata").textMap("annotations"),
    podCidr: addresses.ranges(spec, "podCIDR", "podCIDRs")[0],
    internalAddress: ofType("InternalIP"),
    externalAddress: ofType("ExternalIP"),
    providerId: spec.text("providerID") ?? "",
    networkReason: network?.text("reason") ?? "",
  };
}

function readPod(object: KubernetesObject, findings: FindingList): FilePod {
  const { title, name, namespace, reading } = object;
  checkNames(object);
  const [spec, status] = [reading.object("spec"), reading.object("status")];
  const addresses = new AddressReader(title, findings);
  const single = (key: string): number | undefined =>
    addresses.addresses([status.text(key) ?? ""], `status.${key}`, () => status.fail(key, "an IPv4 address"))[0];
  const several = status.objects("podIPs");
  const texts = several.map((address) => address.text("ip") ?? "");
  const fail = (index: number): never => several[index]!.fail("ip", "an IPv4 address");
  const inList = addresses.addresses(texts, "status.podIPs", fail)[0];
  const alone = status.text("podIP") ?? "";
  if (texts.length > 0 && alone !== "" && alone !== texts[0])
    findings.warning(title, "status.podIP", `${alone} is not the first of podIPs, ${texts[0]!}, which is taken`);
  return {
    title,
    name,
    namespace,
    labels: reading.object("metadata").textMap("labels"),
    node: spec.text("nodeName") ?? "",
    hostNetwork: spec.flag("hostNetwork"),
    phase: status.oneOf("phase", PHASES),
    // The first of podIPs is podIP: reading that alone keeps an IPv6 address from being told twice.
    address: several.length > 0 ? inList : single("podIP"),
    hostAddress: single("hostIP"),
    containers: spec.objects("containers").map(readContainer),
  };
}

function readContainer(reading: JsonReading): ContainerDescription {
  const ports = reading.objects("ports").map((port): ContainerPort => {
    const containerPort = port.integer("containerPort", 1, PORT_LIMIT) ?? port.fail("containerPort", "a port");
    return { ...named(port), containerPort, protocol: port.oneOf("protocol", PROTOCOLS) ?? "TCP" };
  });
  return { name: reading.text("name") ?? "", ports };
}

/** The name of a port: absent, not undefined, when it has none. */
function named(port: JsonReading): { readonly name?: string } {
  const name = port.text("name");
  return name === undefined ? {} : { name };
}

function readService({ title, name, namespace, reading }: KubernetesObject, findings: FindingList): FileService {
  const spec = reading.object("spec");
  const text = spec.text("clusterIP") ?? "None";
  const addresses = new AddressReader(title, findings);
  const fail = (): never => spec.fail("clusterIP", "an IPv4 address or None");
  const ports = spec.objects("ports").map((port) => {
    const number = port.integer("port", 1, PORT_LIMIT) ?? port.fail("port", "a port");
    return { ...named(port), port: number, protocol: port.oneOf("protocol", PROTOCOLS) ?? "TCP" };
  });
  const clusterIP = text === "None" ? undefined : addresses.addresses([text], "spec.clusterIP", fail)[0];
  return { title, name, namespace, clusterIP, ports };
}

function readWorkload({ title }: KubernetesObject, spec: JsonReading): FileWorkload {
  const readings = spec.objects("containers");
  const containers = readings.map((container) => ({
    name: container.text("name") ?? "",
    image: container.text("image") ?? "",
    environment: readEnvironment(container),
  }));
  const given = readings.flatMap((container) => [...container.texts("command"), ...container.texts("args")]);
  return { title, containers, arguments: given };
}

/** Variables with a value of their own; those that come from elsewhere are not told. */
function readEnvironment(container: JsonReading): TextMap {
  const variables = container
    .objects("env")
    .map((variable) => [variable.text("name") ?? "", variable.text("value")] as const);
  return Object.fromEntries(variables.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}
