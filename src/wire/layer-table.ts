/**
 * The layers of one frame in typed arrays, which the next frame uses again: many frames are taken apart without an
 * object a frame. Layers lie side by side and cover the frame: each byte belongs to one.
 */

import { Fault, LayerFlag, LayerKind } from "./layer-kinds.ts";

/** Headers in one frame; a frame that nests deeper is an attack on whoever prints it. */
const HEADER_LIMIT = 64;
/** Behind each header there may be padding, and of an ICMP error what follows the quotation. */
const LAYER_LIMIT = 3 * HEADER_LIMIT + 2;
const FAULT_LIMIT = 64;

export class LayerTable {
  /** What the layers were found in; offsets are positions in it. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Count of layers. */
  count = 0;
  /** Of each layer, its LayerKind. */
  readonly kinds: Uint8Array = new Uint8Array(LAYER_LIMIT);
  /** Of each layer, the position of its first byte. */
  readonly offsets: Int32Array = new Int32Array(LAYER_LIMIT);
  /** Of each layer, the count of its own bytes that are there: of a header that is cut, those before the cut. */
  readonly lengths: Int32Array = new Int32Array(LAYER_LIMIT);
  /** Of each layer, the position behind what it carries, as far as that is there. */
  readonly ends: Int32Array = new Int32Array(LAYER_LIMIT);
  /** Of each layer, the position behind what it carries, as lengths in headers and the frame's own length say: up to 2^32. */
  readonly statedEnds: Float64Array = new Float64Array(LAYER_LIMIT);
  /** Of each layer, its LayerFlag bits. */
  readonly flags: Uint8Array = new Uint8Array(LAYER_LIMIT);
  /**
   * Of ICMP, UDP and TCP, the index of the IPv4 layer. Of a tag, the type that announces it. Of a kind called OTHER,
   * the number that names the layer.
   */
  readonly numbers: Float64Array = new Float64Array(LAYER_LIMIT);

  /** Count of faults. */
  faultCount = 0;
  /** Of each fault, its Fault. */
  readonly faults: Uint8Array = new Uint8Array(FAULT_LIMIT);
  /** Of each fault, the index of the layer that has it. */
  readonly faultLayers: Uint8Array = new Uint8Array(FAULT_LIMIT);
  /** Of each fault, its position. */
  readonly faultOffsets: Int32Array = new Int32Array(FAULT_LIMIT);
  /** Of each fault, the length or number that would be right. */
  readonly required: Float64Array = new Float64Array(FAULT_LIMIT);
  /** Of each fault, the length or number that is there. */
  readonly actual: Float64Array = new Float64Array(FAULT_LIMIT);

  /** Adds a layer with `length` bytes of its own. @returns its index */
  protected add(
    kind: number,
    offset: number,
    length: number,
    end: number,
    statedEnd: number,
    flags: number,
    number: number,
  ): number {
    const layer = this.count++;
    this.kinds[layer] = kind;
    this.offsets[layer] = offset;
    this.lengths[layer] = length;
    this.ends[layer] = end;
    this.statedEnds[layer] = statedEnd;
    this.flags[layer] = flags;
    this.numbers[layer] = number;
    return layer;
  }

  /**
   * Adds a layer whose header has `length` bytes.
   *
   * @returns its index, or -1 when the header is not whole, which is noted as a fault
   */
  protected header(
    kind: number,
    offset: number,
    length: number,
    end: number,
    statedEnd: number,
    flags: number,
    number: number,
  ): number {
    if (this.count >= HEADER_LIMIT) {
      this.payload(offset, end, statedEnd, flags);
      this.fault(Fault.NESTED_TOO_DEEP, this.count - 1, offset, HEADER_LIMIT, HEADER_LIMIT + 1);
      return -1;
    }
    if (offset === end && this.count > 0) {
      this.fault(Fault.HEADER_MISSING, this.count - 1, offset, length, 0);
      return -1;
    }
    const layer = this.add(kind, offset, 0, end, statedEnd, flags, number);
    return this.extend(layer, length) ? layer : -1;
  }

  /**
   * Gives a layer a header of `length` bytes.
   *
   * @returns whether the header is whole; where it is not, that is noted as a fault
   */
  protected extend(layer: number, length: number): boolean {
    const there = this.ends[layer]! - this.offsets[layer]!;
    this.lengths[layer] = there < length ? there : length;
    if (there >= length) return true;
    this.flags[layer]! |= LayerFlag.CUT;
    // An ICMP error quotes eight bytes behind the IPv4 header and need not quote more (RFC 792).
    const isQuotation = (this.flags[layer]! & LayerFlag.QUOTED) !== 0 && this.kinds[layer] !== LayerKind.IPV4;
    if (!isQuotation) this.fault(Fault.HEADER_CUT, layer, this.offsets[layer]!, length, there);
    return false;
  }

  /** Adds what a layer carries and does not name, when there is any. @returns `end` */
  protected payload(offset: number, end: number, statedEnd: number, flags: number): number {
    if (offset < end) this.add(LayerKind.PAYLOAD, offset, end - offset, end, statedEnd, flags, 0);
    return end;
  }

  /** Adds what stands in `offset..end` behind a layer's own length, when there is any. @returns `end` */
  protected pad(offset: number, end: number): number {
    if (offset < end) this.add(LayerKind.PADDING, offset, end - offset, end, end, 0, 0);
    return end;
  }

  /** Notes what is wrong with a layer; more than a person would read is left out. */
  protected fault(fault: number, layer: number, offset: number, required: number, actual: number): void {
    if (this.faultCount === FAULT_LIMIT) return;
    const index = this.faultCount++;
    this.faults[index] = fault;
    this.faultLayers[index] = layer;
    this.faultOffsets[index] = offset;
    this.required[index] = required;
    this.actual[index] = actual;
  }
}
