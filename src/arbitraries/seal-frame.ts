/**
 * Checksums of a frame whose layers are known. They cover what the sender knows to be there, whatever the length
 * fields say: a frame with one lie in it is right everywhere else.
 */
import { checksum, sum } from "../bytes/checksum.ts";
import { ipv4, Protocol } from "../wire/index.ts";
import type { Layer } from "./frame-layer.ts";

/** Where each header has its checksum, in bytes from its first. */
const CHECKSUM_OFFSETS: { readonly [protocol: string]: number } = { ipv4: 10, icmpv4: 2, udp: 6, tcp: 16 };

/** Position of a layer's checksum in the frame; -1 for a layer that carries none. */
export function checksumOffset(layer: Layer): number {
  if (layer.protocol === "udp" && layer.fields.hasChecksum === false) return -1;
  const offset = CHECKSUM_OFFSETS[layer.protocol];
  return offset === undefined ? -1 : layer.offset + offset;
}

/** Computes the checksums of all layers anew, from the innermost out, but for that of `except`. */
export function sealFrame(view: DataView, layers: readonly Layer[], except?: Layer): void {
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index]!;
    const offset = checksumOffset(layer);
    if (offset < 0 || layer === except) continue;
    view.setUint16(offset, 0);
    view.setUint16(offset, checksumOver(view, layer, layers[index - 1]));
  }
}

/** The checksum that a layer should carry whose checksum field is 0. `around`: the layer that carries it. */
function checksumOver(view: DataView, layer: Layer, around: Layer | undefined): number {
  const { protocol, offset, length, end } = layer;
  if (protocol === "ipv4") return checksum(view, offset, offset + length);
  if (protocol === "icmpv4") return checksum(view, offset, end);
  if (around?.protocol !== "ipv4")
    throw new RangeError(`expected ${protocol} in IPv4, found it in ${around?.protocol ?? "nothing"}`);
  // RFC 768, RFC 9293 section 3.1: addresses, protocol and length come first. UDP writes 0xffff for 0, which is "none".
  const number = (protocol === "udp" ? Protocol.UDP : Protocol.TCP) + end - offset;
  const pseudo = sum(view, around.offset + ipv4.SOURCE, around.offset + ipv4.HEADER_LENGTH, number);
  return checksum(view, offset, end, pseudo) || (protocol === "udp" ? 0xffff : 0);
}
