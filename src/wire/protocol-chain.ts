/** The chain of a frame's protocols as tshark has it, which calls a type field a layer: `eth:ethertype:ip:udp:data`. */

import { writeText } from "../bytes/ascii.ts";
import { LayerKind } from "./layer-kinds.ts";
import { tsharkName } from "./layer-names.ts";
import type { LayerTable } from "./layer-table.ts";

const COLON = 0x3a;

/** More layers than a scan finds, and more bytes than their names have. */
const LAYER_LIMIT = 256;
const LENGTH_LIMIT = 1 << 14;

/**
 * Writes chains. The last is kept, for frames that have the same layers as the one before: of a capture of one kind of
 * traffic a row takes 0.2 us less of 2.7 us, of a mixed one no more than without (Node 20).
 */
export class ProtocolChain {
  readonly #bytes = new Uint8Array(LENGTH_LIMIT);
  readonly #words = new DataView(this.#bytes.buffer);
  #length = 0;
  /** The layers that it is of: their count, LayerKinds and numbers. */
  #count = -1;
  readonly #kinds = new Uint8Array(LAYER_LIMIT);
  readonly #numbers = new Float64Array(LAYER_LIMIT);

  /** Writes at `start`, and up to three bytes more, which are to be written over. @returns the position behind it */
  write(view: DataView, start: number, layers: LayerTable): number {
    if (!this.#isOf(layers)) this.#make(layers);
    for (let at = 0; at < this.#length; at += 4) view.setInt32(start + at, this.#words.getInt32(at));
    return start + this.#length;
  }

  #isOf({ count, kinds, numbers }: LayerTable): boolean {
    if (count !== this.#count) return false;
    for (let layer = 0; layer < count; layer++)
      if (kinds[layer] !== this.#kinds[layer] || numbers[layer] !== this.#numbers[layer]) return false;
    return true;
  }

  #make({ count, kinds, numbers }: LayerTable): void {
    const bytes = this.#bytes;
    let at = 0;
    for (let layer = 0; layer < count; layer++) {
      const kind = kinds[layer]!;
      this.#kinds[layer] = kind;
      this.#numbers[layer] = numbers[layer]!;
      if (kind === LayerKind.PADDING) continue;
      if (layer > 0) bytes[at++] = COLON;
      at = writeText(bytes, at, tsharkName(kind, numbers[layer]!));
      const hasType = kind === LayerKind.ETHERNET || kind === LayerKind.VLAN;
      if (hasType && !(layer + 1 < count && kinds[layer + 1] === LayerKind.LLC)) {
        at = writeText(bytes, at, ":ethertype");
      }
    }
    this.#count = count;
    this.#length = at;
  }
}
