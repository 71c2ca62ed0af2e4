/** What network the nodes of a cluster's file are on: nothing says so outright, so that it is concluded, with a reason. */
import { formatPrefix, type Ipv4Prefix, parsePrefix, prefixBroadcast, prefixContains } from "../wire/index.ts";
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

/** A subnet's first address is its router's, and the first and last of all are nobody's: wider until no node has one. */
function withRoom(prefix: Ipv4Prefix, addresses: readonly number[]): Ipv4Prefix {
  const inside = addresses.filter((address) => prefixContains(prefix, address));
  for (let length = prefix.length; length > SHORTEST_SUBNET; length--) {
    const wide = networkOf({ address: prefix.address, length });
    const reserved = [wide.address, routerOf(wide), prefixBroadcast(wide)];
    if (!inside.some((address) => reserved.includes(address))) return wide;
  }
  return networkOf({ address: prefix.address, length: SHORTEST_SUBNET });
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
