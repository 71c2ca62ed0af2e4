/** Rules that missing bytes break: a header cut short with everything around it right, and a frame cut off. */
import { DropReason } from "../wire/index.ts";
import { carriedType, composeFrame } from "./compose-frame.ts";
import type { Frame } from "./frame.ts";
import type { Layer, LayerPlan, LayerProtocol } from "./frame-layer.ts";
import { checksumOffset, sealFrame } from "./seal-frame.ts";

/** What is left of a frame, which layer is cut, and what is to be said of it. */
export interface Cut {
  readonly bytes: Uint8Array;
  readonly layer: number;
  /** Where the bytes end of what is cut. */
  readonly offset: number;
  readonly text: string;
  readonly reason: DropReason;
}

const { HDR_TRUNC, ICMP_INVALID, IP_INHDR, NONE, PKT_TOO_SMALL } = DropReason;

/** IPv4's header without options. */
const IPV4_HEADER_LENGTH = 20;
/** Of a tag, the two bytes that say what it is belong to the header before it. */
const TAG_TYPE_LENGTH = 2;

/** Layers whose header can be short; a payload has none. */
export type ShortProtocol = Exclude<LayerProtocol, "payload">;

/** What the header of a layer is called. */
const HEADERS: Readonly<Record<ShortProtocol, string>> = {
  ethernet: "the Ethernet header",
  vlan: "the VLAN tag",
  arp: "the ARP packet",
  ipv4: "the IPv4 header",
  icmpv4: "the ICMP header",
  udp: "the UDP header",
  tcp: "the TCP header",
  vxlan: "the VXLAN header",
};

/** What podwire's `check` functions say of a header of which `there` bytes are there. */
function shortReason(layer: Layer, there: number): DropReason {
  switch (layer.protocol) {
    case "ethernet":
    case "vlan":
      return HDR_TRUNC;
    case "ipv4":
      return there < IPV4_HEADER_LENGTH ? PKT_TOO_SMALL : IP_INHDR;
    case "icmpv4":
      return ICMP_INVALID;
    case "payload":
      return NONE;
    default:
      return PKT_TOO_SMALL;
  }
}

/** The frame with some of a header at its end, lengths and checksums around it right; padding is left out. */
export function cutHeader(frame: Frame, index: number, variant: number): Cut | undefined {
  const layer = frame.layers[index]!;
  if (layer.protocol === "payload") return undefined;
  const start = startOf(layer);
  // Of the outermost at least a byte stays: an empty frame is none.
  const least = index === 0 ? 1 : 0;
  const there = least + (variant % (layer.length - least));
  const rest = sealedUpTo(frame, index, start + there).slice(start, start + there);
  const type = carriedType(layer, frame.layers[index - 1]);
  const around = frame.layers.slice(0, index).map(withoutPadding);
  const { bytes } = composeFrame([...around, { protocol: "payload", fields: { bytes: rest, type } }]);
  const text = `${HEADERS[layer.protocol]} at byte ${start}: expected ${layer.length} bytes, found ${there}`;
  return { bytes, layer: index, offset: start + there, text, reason: shortReason(layer, there) };
}

/** The frame's bytes, the checksum of a layer that ends at `end` being right for what is left of it, if it is there. */
function sealedUpTo(frame: Frame, index: number, end: number): Uint8Array {
  const layer = frame.layers[index]!;
  const isCovering = layer.protocol === "icmpv4" || layer.protocol === "tcp";
  if (!isCovering || checksumOffset(layer) + 2 > end) return frame.bytes;
  const { bytes, view } = frame.fresh();
  sealFrame(view, [...frame.layers.slice(0, index), { ...layer, end }]);
  return bytes;
}

function withoutPadding(layer: Layer): LayerPlan {
  return layer.protocol === "ethernet" ? { ...layer, fields: { ...layer.fields, minimumLength: 0 } } : layer;
}

/** The frame up to a byte before the end of what its outermost packet says it has; what is left stays as it is. */
export function cutFrame(frame: Frame, variant: number): Cut | undefined {
  const index = frame.layers.findIndex(({ protocol }) => protocol !== "ethernet" && protocol !== "vlan");
  if (index < 0) return undefined;
  const content = frame.layers[index]!;
  const limit = promisedEnd(content);
  if (limit < 2) return undefined;
  const length = 1 + (variant % (limit - 1));
  const within = frame.layers.findLastIndex((own, position) => position <= index && startOf(own) <= length);
  const layer = frame.layers[within]!;
  const there = length - startOf(layer);
  const reason = there < layer.length ? shortReason(layer, there) : PKT_TOO_SMALL;
  const text = `the frame: expected ${limit} bytes at least, found ${length}`;
  return { bytes: frame.bytes.slice(0, length), layer: within, offset: length, text, reason };
}

/** Where the bytes start that a layer adds. */
function startOf(layer: Layer): number {
  return layer.offset + (layer.protocol === "vlan" ? TAG_TYPE_LENGTH : 0);
}

/** The first position at which a cut goes unnoticed. */
function promisedEnd(content: Layer): number {
  return content.protocol === "payload" ? content.offset : content.end;
}
