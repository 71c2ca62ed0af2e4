/** Whether the checksum of a layer that a scan found is right. */

import * as icmpv4 from "./icmpv4.ts";
import * as ipv4 from "./ipv4.ts";
import { LayerFlag, LayerKind } from "./layer-kinds.ts";
import type { LayerTable } from "./layer-table.ts";
import * as sctp from "./sctp.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";

/** What can be said of a checksum; the numbers are those of tshark's `*.checksum.status`. */
export const ChecksumVerdict = {
  BAD: 0,
  GOOD: 1,
  /** What it covers is not all there: the frame was cut short, it is a fragment, or only quoted. */
  UNVERIFIABLE: 2,
  /** The sender computed none (RFC 768, "Fields"). */
  ABSENT: 3,
} as const;

export type ChecksumVerdict = (typeof ChecksumVerdict)[keyof typeof ChecksumVerdict];

/** By ChecksumVerdict. */
const TEXTS = ["bad", "good", "unverifiable", "absent"] as const;

/** `bad`, `good`, `unverifiable` or `absent`. */
export function verdictText(verdict: ChecksumVerdict): (typeof TEXTS)[number] {
  return TEXTS[verdict];
}

const { BAD, GOOD, UNVERIFIABLE, ABSENT } = ChecksumVerdict;

/** Where the checksum of a layer stands in it, by LayerKind. */
export const CHECKSUM_OFFSETS: Readonly<Record<number, number>> = {
  [LayerKind.IPV4]: 10,
  [LayerKind.ICMPV4]: 2,
  [LayerKind.UDP]: 6,
  [LayerKind.TCP]: 16,
  [LayerKind.SCTP]: 8,
};

/** Bytes of a layer's checksum: SCTP's is a CRC of 32 bits. */
export function checksumLength(kind: number): number {
  return kind === LayerKind.SCTP ? 4 : 2;
}

/** Whether a layer has a checksum, and it is there. */
export function hasChecksum(layers: LayerTable, layer: number): boolean {
  const at = CHECKSUM_OFFSETS[layers.kinds[layer]!];
  return at !== undefined && layers.lengths[layer]! >= at + checksumLength(layers.kinds[layer]!);
}

/** The verdict on the checksum of an IPv4, ICMP, UDP, TCP or SCTP layer whose checksum field is there. */
export function checksumVerdict(layers: LayerTable, layer: number): ChecksumVerdict {
  const { view } = layers;
  const offset = layers.offsets[layer]!;
  if (layers.kinds[layer] === LayerKind.IPV4) {
    const length = ipv4.headerLength(view, offset);
    if (length < ipv4.HEADER_LENGTH || length > layers.lengths[layer]!) return UNVERIFIABLE;
    return ipv4.verifyHeaderChecksum(view, offset) ? GOOD : BAD;
  }
  const isAbsent = layers.kinds[layer] === LayerKind.UDP && udp.datagramChecksum(view, offset) === 0;
  if (isAbsent) return ABSENT;
  return isVerifiable(layers, layer) ? transportVerdict(layers, layer) : UNVERIFIABLE;
}

function isVerifiable(layers: LayerTable, layer: number): boolean {
  const { FRAGMENT, SOURCE_ROUTED, QUOTED } = LayerFlag;
  const isOnPseudoHeader = layers.kinds[layer] !== LayerKind.ICMPV4 && layers.kinds[layer] !== LayerKind.SCTP;
  const obstacles = FRAGMENT | QUOTED | (isOnPseudoHeader ? SOURCE_ROUTED : 0);
  if ((layers.flags[layer]! & obstacles) !== 0 || layers.statedEnds[layer]! > layers.ends[layer]!) return false;
  const { view, kinds, offsets } = layers;
  return kinds[layer] !== LayerKind.UDP || udp.datagramLength(view, offsets[layer]!) >= udp.HEADER_LENGTH;
}

function transportVerdict(layers: LayerTable, layer: number): ChecksumVerdict {
  const { view } = layers;
  const offset = layers.offsets[layer]!;
  const end = layers.ends[layer]!;
  const ipOffset = layers.offsets[layers.numbers[layer]!]!;
  switch (layers.kinds[layer]) {
    case LayerKind.TCP:
      return tcp.verifyChecksum(view, ipOffset, offset, end) ? GOOD : BAD;
    case LayerKind.UDP:
      return udp.verifyChecksum(view, ipOffset, offset) ? GOOD : BAD;
    case LayerKind.SCTP:
      return sctp.verifyChecksum(view, offset, end) ? GOOD : BAD;
    default:
      return icmpv4.verifyChecksum(view, offset, end) ? GOOD : BAD;
  }
}

/** The checksum of a layer, and what would be right where the verdict on it is BAD. */
export function checksumOf(layers: LayerTable, layer: number): { readonly found: number; readonly right: number } {
  const { view } = layers;
  const offset = layers.offsets[layer]!;
  const end = layers.ends[layer]!;
  const ipOffset = layers.offsets[layers.numbers[layer]!]!;
  switch (layers.kinds[layer]) {
    case LayerKind.IPV4:
      return { found: ipv4.headerChecksum(view, offset), right: ipv4.computeHeaderChecksum(view, offset) };
    case LayerKind.TCP:
      return { found: tcp.segmentChecksum(view, offset), right: tcp.computeChecksum(view, ipOffset, offset, end) };
    case LayerKind.UDP:
      return { found: udp.datagramChecksum(view, offset), right: udp.computeChecksum(view, ipOffset, offset) };
    case LayerKind.SCTP:
      return { found: sctp.packetChecksum(view, offset), right: sctp.computeChecksum(view, offset, end) };
    default:
      return { found: icmpv4.messageChecksum(view, offset), right: icmpv4.computeChecksum(view, offset, end) };
  }
}
