/** What a packet carries that nothing here looks into, by name: what may hold anything, addresses as well. */

import { type as icmpType } from "./icmpv4.ts";
import { IcmpType } from "./icmpv4-types.ts";
import { OptionType } from "./ipv4-options.ts";
import { LayerFlag, LayerKind } from "./layer-kinds.ts";
import { layerName } from "./layer-names.ts";
import type { LayerTable } from "./layer-table.ts";
import { isUsable, walkOptions } from "./option-walk.ts";
import { OptionKind } from "./tcp-options.ts";

const FIXED_LENGTH = 20;
const MAC_LENGTH = 6;
const IPV4_LENGTH = 4;

/** IPv4 options of which is known what they say. */
const IPV4_OPTIONS: ReadonlySet<number> = new Set(Object.values(OptionType));
/** TCP options likewise: those with a codec, MD5 (RFC 2385) and fast open (RFC 7413). */
const TCP_OPTIONS: ReadonlySet<number> = new Set([...Object.values(OptionKind), 19, 34]);

/** The protocols of a scanned packet that are known by name at most, such as "ipv6" and "gre". */
export function unseenProtocols(layers: LayerTable): ReadonlySet<string> {
  const found = new Set<string>();
  for (let layer = 0; layer < layers.count; layer++) {
    const kind = layers.kinds[layer]!;
    if (kind < LayerKind.OTHER_ETHER_TYPE || kind > LayerKind.INTER_SWITCH_LINK) continue;
    found.add(layerName(kind, layers.numbers[layer]!));
  }
  return found;
}

/**
 * The same, and all else that is not looked into: payloads, fragments, options and addresses of other kinds, what
 * stands behind the packet.
 */
export function unseenContent(layers: LayerTable): ReadonlySet<string> {
  const found = new Set(unseenProtocols(layers));
  let parent = 0;
  for (let layer = 0; layer < layers.count; layer++) {
    const kind = layers.kinds[layer]!;
    const name = kind === LayerKind.PAYLOAD ? payloadName(layers, layer, parent) : layerContent(layers, layer);
    if (name !== "") found.add(name);
    if (kind !== LayerKind.PAYLOAD && kind !== LayerKind.PADDING) parent = layer;
  }
  return found;
}

/** "" for the payload of a router advertisement (RFC 1256), which is addresses. */
function payloadName(layers: LayerTable, layer: number, parent: number): string {
  const isQuoted = (index: number): boolean => (layers.flags[index]! & LayerFlag.QUOTED) !== 0;
  if (isQuoted(parent) && !isQuoted(layer)) return "extensions of icmpv4";
  const kind = layers.kinds[parent]!;
  const isFragment = kind === LayerKind.IPV4 && (layers.flags[parent]! & LayerFlag.FRAGMENT) !== 0;
  if (isFragment) return "fragments of ipv4";
  return isRouterAdvertisement(layers, parent) ? "" : `payload of ${layerName(kind, layers.numbers[parent]!)}`;
}

/** Whether a layer is an ICMP message whose payload is addresses. */
export function isRouterAdvertisement(layers: LayerTable, layer: number): boolean {
  if (layers.kinds[layer] !== LayerKind.ICMPV4) return false;
  return icmpType(layers.view, layers.offsets[layer]!) === IcmpType.ROUTER_ADVERTISEMENT;
}

/** What of a header, or of the bytes behind a packet, is not looked into; "" for nothing. */
function layerContent(layers: LayerTable, layer: number): string {
  switch (layers.kinds[layer]) {
    case LayerKind.PADDING:
      return isBlank(layers, layer) ? "" : "bytes behind packets";
    case LayerKind.IPV4:
      return hasOtherOption(layers, layer, IPV4_OPTIONS) ? "unknown options of ipv4" : "";
    case LayerKind.TCP:
      return hasOtherOption(layers, layer, TCP_OPTIONS) ? "unknown options of tcp" : "";
    case LayerKind.ARP:
      return hasOtherArpAddresses(layers, layer) ? "other addresses of arp" : "";
    case LayerKind.LINUX_SLL:
      return hasOtherLinkAddress(layers, layer, 5) ? "other addresses of linux-sll" : "";
    case LayerKind.LINUX_SLL2:
      return hasOtherLinkAddress(layers, layer, 11) ? "other addresses of linux-sll2" : "";
    default:
      return "";
  }
}

function isBlank(layers: LayerTable, layer: number): boolean {
  const offset = layers.offsets[layer]!;
  for (let at = offset; at < offset + layers.lengths[layer]!; at++) if (layers.view.getUint8(at) !== 0) return false;
  return true;
}

function hasOtherOption(layers: LayerTable, layer: number, known: ReadonlySet<number>): boolean {
  const offset = layers.offsets[layer]!;
  const length = layers.lengths[layer]!;
  if (length <= FIXED_LENGTH) return false;
  const options = walkOptions(layers.view, offset + FIXED_LENGTH, offset + length);
  return options.some((option) => !known.has(option.type) || !isUsable(option));
}

function hasOtherArpAddresses({ view, offsets, lengths }: LayerTable, layer: number): boolean {
  const offset = offsets[layer]!;
  if (lengths[layer]! <= 8) return false;
  const [hardware, protocol] = [view.getUint8(offset + 4), view.getUint8(offset + 5)];
  return (hardware !== 0 && hardware !== MAC_LENGTH) || (protocol !== 0 && protocol !== IPV4_LENGTH);
}

function hasOtherLinkAddress({ view, offsets, lengths }: LayerTable, layer: number, at: number): boolean {
  if (lengths[layer]! <= at) return false;
  const length = view.getUint8(offsets[layer]! + at);
  return length !== 0 && length !== MAC_LENGTH;
}
