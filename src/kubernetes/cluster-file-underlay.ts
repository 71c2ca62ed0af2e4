/** What network the nodes of a cluster's file are on: nothing says so outright, so that it is concluded, with a reason. */
import {
  formatIpv4,
  formatPrefix,
  type Ipv4Prefix,
  parsePrefix,
  prefixBroadcast,
  prefixContains,
} from "../wire/index.ts";
import { coverOf, holds, hostRange, interfaceOrUndefined, networkOf, overlaps } from "./cluster-file-address.ts";
import { CALICO_ADDRESS } from "./cluster-file-calico.ts";
import type { FileNode } from "./cluster-file-contents.ts";
import { routerOf, type UnderlayDescription } from "./underlay.ts";

/** A node whose address is known. */
export interface PlacedNode {
  readonly file: FileNode;
  readonly address: number;
}

export interface UnderlayGuess {
  readonly underlay: UnderlayDescription;
  readonly why: string;
}

/** A subnet that nobody has told the length of is at most this long, and at least so short before there are two. */
const USUAL_LENGTH = 24;
const SHORTEST_LAN = 16;
/** Room for a router and a node, as the cluster asks for it. */
const LONGEST_SUBNET = 29;
/** The widest that a subnet gets when it makes room for its router. */
const SHORTEST_SUBNET = 4;

const PROVIDERS: Readonly<Record<string, string>> = { gce: "Google's", aws: "Amazon's", azure: "Azure's" };

/** The underlay by Calico's word for each node's prefix, the provider's name, or else the addresses alone. */
export function guessUnderlay(nodes: readonly PlacedNode[], cni: string): UnderlayGuess {
  const addresses = nodes.map(({ address }) => address);
  const provider = nodes.map(({ file }) => /^(gce|aws|azure):/.exec(file.providerId)?.[1]).find((name) => name);
  if (provider !== undefined) {
    const prefix = withRoom(usualCover(addresses), addresses);
    const underlay = {
      kind: "vpc",
      prefix: formatPrefix(prefix),
      routes: providerRoutes(nodes, cni, provider),
    } as const;
    return { underlay, why: `providerID ${provider}: ${PROVIDERS[provider]} network` };
  }
  const told = nodes.map(({ file, address }) => toldSubnet(file, address));
  if (told.length > 0 && told.every((prefix) => prefix !== undefined))
    return byPrefixes(told, addresses, `annotation ${CALICO_ADDRESS} has the prefix's length`);
  const cover = usualCover(addresses);
  if (cover.length >= SHORTEST_LAN) return byPrefixes([cover], addresses, "the nodes' addresses are near each other");
  const subnets = addresses.map((address) => networkOf({ address, length: USUAL_LENGTH }));
  return byPrefixes(subnets, addresses, "the nodes' addresses are far from each other: a /24 each is taken");
}

/** Whether the provider's network knows which node has which pods. */
function providerRoutes(nodes: readonly PlacedNode[], cni: string, provider: string): "nodes" | "none" {
  const isRouted =
    cni === "kubenet" ||
    nodes.some(({ file }) => file.networkReason === "RouteCreated") ||
    (provider === "gce" && nodes.every(({ file }) => file.podCidr !== undefined));
  return isRouted ? "nodes" : "none";
}

/** The subnet that calico-node has seen on the node's interface; a /32 says nothing. */
function toldSubnet({ annotations }: FileNode, address: number): Ipv4Prefix | undefined {
  const told = interfaceOrUndefined(annotations[CALICO_ADDRESS] ?? "");
  if (told === undefined || told.length > LONGEST_SUBNET || told.length < SHORTEST_SUBNET) return undefined;
  return prefixContains(told, address) ? networkOf(told) : undefined;
}

function usualCover(addresses: readonly number[]): Ipv4Prefix {
  const cover = coverOf(addresses.map(hostRange)) ?? parsePrefix("192.168.1.0/24");
  return networkOf({ address: cover.address, length: Math.min(cover.length, USUAL_LENGTH) });
}

function byPrefixes(prefixes: readonly Ipv4Prefix[], addresses: readonly number[], why: string): UnderlayGuess {
  const subnets = disjoint(prefixes.map((prefix) => withRoom(prefix, addresses)));
  const texts = subnets.map(formatPrefix);
  if (texts.length === 1) return { underlay: { kind: "lan", prefix: texts[0]! }, why };
  return { underlay: { kind: "subnets", prefixes: texts }, why };
}

/** The first and last address of a subnet are nobody's: wider until no node has one, and the router finds room. */
function withRoom(prefix: Ipv4Prefix, addresses: readonly number[]): Ipv4Prefix {
  const inside = addresses.filter((address) => prefixContains(prefix, address));
  for (let length = prefix.length; length > SHORTEST_SUBNET; length--) {
    const wide = networkOf({ address: prefix.address, length });
    if (inside.every((address) => isHost(wide, address)) && routerAmong(wide, inside) !== undefined) return wide;
  }
  return networkOf({ address: prefix.address, length: SHORTEST_SUBNET });
}

/** Whether an address may be a host's in a subnet: it is neither the subnet's own nor its broadcast address. */
export function isHost(subnet: Ipv4Prefix, address: number): boolean {
  return prefixContains(subnet, address) && address !== subnet.address && address !== prefixBroadcast(subnet);
}

/** The first address of a subnet, or the last that no node has; undefined when they have all. */
function routerAmong(subnet: Ipv4Prefix, addresses: readonly number[]): number | undefined {
  const taken = new Set(addresses);
  if (!taken.has(routerOf(subnet))) return routerOf(subnet);
  for (let address = prefixBroadcast(subnet) - 1; address > subnet.address; address--)
    if (!taken.has(address)) return address;
  return undefined;
}

/** The underlay with its routers out of the nodes' way: where a node has a subnet's first address, they have another. */
export function withRouters(underlay: UnderlayDescription, addresses: readonly number[]): UnderlayDescription {
  const described = typeof underlay === "string" ? ({ kind: "lan", prefix: underlay } as const) : underlay;
  if (described.routers !== undefined) return underlay;
  const routers = underlayPrefixes(underlay).flatMap((subnet) => {
    const router = routerAmong(subnet, addresses);
    return router === undefined || router === routerOf(subnet) ? [] : [formatIpv4(router)];
  });
  return routers.length === 0 ? underlay : { ...described, routers };
}

/** Each prefix once, and none that lies in another. */
function disjoint(prefixes: readonly Ipv4Prefix[]): Ipv4Prefix[] {
  const wideFirst = [...prefixes].sort((a, b) => a.length - b.length || a.address - b.address);
  const kept: Ipv4Prefix[] = [];
  for (const prefix of wideFirst) if (!kept.some((wide) => overlaps(wide, prefix))) kept.push(prefix);
  return kept.sort((a, b) => a.address - b.address);
}

/** The ranges of an underlay. */
export function underlayPrefixes(underlay: UnderlayDescription): Ipv4Prefix[] {
  if (typeof underlay === "string") return [parsePrefix(underlay)];
  return (underlay.kind === "subnets" ? underlay.prefixes : [underlay.prefix]).map(parsePrefix);
}

/** The subnet of the underlay that an address is in. */
export function subnetOf(underlay: UnderlayDescription, address: number): Ipv4Prefix | undefined {
  return underlayPrefixes(underlay).find((prefix) => holds(prefix, hostRange(address)));
}
