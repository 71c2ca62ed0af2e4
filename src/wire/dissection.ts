/**
 * Everything that the bytes of a frame say, as objects: layers from the outermost on, their fields, and what is
 * wrong with them. For people and programs that look at packets; the datapath uses the codecs.
 *
 * Any bytes can be dissected: nothing throws, nothing behind the end is read, and no field is there whose bytes are
 * not. Layers lie side by side and cover the frame. What is known by name alone, such as IPv6 or GRE, is one layer to
 * its end.
 *
 * Offsets count from the frame's first byte, wherever that is in the view.
 */

import {
  CHECKSUM_OFFSETS,
  checksumLength,
  checksumOf,
  ChecksumVerdict,
  checksumVerdict,
  hasChecksum,
} from "./checksum-verdict.ts";
import { faultText } from "./fault-text.ts";
import { bytesField, hexadecimal } from "./field-specification.ts";
import { HEADER_FIELDS } from "./header-fields.ts";
import { Fault, LayerFlag } from "./layer-kinds.ts";
import { layerName } from "./layer-names.ts";
import { LayerScan, type ScanOptions } from "./layer-scan.ts";
import { LinkType } from "./link-headers.ts";
import { variableFields } from "./variable-fields.ts";

/**
 * What a field says: numbers, addresses (as numbers, as everywhere here) and times; flags; what has no number; bytes,
 * as a copy; several numbers in a row.
 */
export type FieldValue = number | boolean | string | Uint8Array | readonly number[];

/** One field. */
export interface Field {
  /** The layer's protocol and the codec's name for it: "ipv4.timeToLive". */
  readonly name: string;
  /** Position of its first byte. */
  readonly offset: number;
  /** Count of its bytes; of a field of bits, of the bytes that they are in. */
  readonly length: number;
  readonly value: FieldValue;
  /** The value as people write it. */
  readonly text: string;
}

/** Something wrong with a layer. */
export interface Problem {
  readonly text: string;
  /** Position of what is wrong. */
  readonly offset: number;
  /** The length in bytes, or number, that would be right. */
  readonly required?: number;
  /** The length in bytes, or number, that is there. */
  readonly actual?: number;
}

/** One protocol's part of the frame: its header, or all of it where it is known by name alone. */
export interface Layer {
  /**
   * "ethernet", "vlan", "llc", "arp", "ipv4", "icmpv4", "udp", "tcp", "vxlan"; "payload" for what a layer carries
   * without a name, "padding" for what stands behind a layer's own length; or the name of any other, such as "ipv6".
   */
  readonly protocol: string;
  /** Position of its first byte. */
  readonly offset: number;
  /** Count of its bytes that are there. */
  readonly length: number;
  readonly fields: readonly Field[];
  readonly problems: readonly Problem[];
  /** Set when an ICMP error quotes it. */
  readonly quoted?: true;
}

/** A frame, taken apart. */
export interface Dissection {
  readonly layers: readonly Layer[];
}

/** Nothing of a scan outlives the call, so that one serves all. */
const USUAL_SCAN = new LayerScan();

/**
 * Takes the frame in `offset..end` apart.
 *
 * @param end position behind the last byte that may be read
 * @param originalLength length of the frame on the wire, in bytes, where the capture has less of it
 * @param linkType what the first byte belongs to, as captures number it: 1 for Ethernet, 101 for bare IP packets;
 *   frames of other types are named and not taken apart
 */
export function dissect(
  view: DataView,
  offset: number,
  end: number,
  originalLength: number = end - offset,
  linkType: number = LinkType.ETHERNET,
  options: ScanOptions = {},
): Dissection {
  const scan = options.vxlanPorts === undefined ? USUAL_SCAN : new LayerScan(options);
  scan.scan(view, offset, end, originalLength, linkType);
  return { layers: Array.from({ length: scan.count }, (_, layer) => layerOf(scan, layer, offset)) };
}

function layerOf(scan: LayerScan, layer: number, start: number): Layer {
  const protocol = layerName(scan.kinds[layer]!, scan.numbers[layer]!);
  const variable = variableFields(scan, layer, start);
  const isQuoted = (scan.flags[layer]! & LayerFlag.QUOTED) !== 0;
  return {
    protocol,
    offset: scan.offsets[layer]! - start,
    length: scan.lengths[layer]!,
    fields: [...fieldsOf(scan, layer, protocol, start), ...variable.fields],
    problems: [...faultsOf(scan, layer, start), ...variable.problems, ...checksumProblems(scan, layer, start)],
    ...(isQuoted && { quoted: true }),
  };
}

/** More than any header has that fields have a fixed place in. */
const SCRATCH_LENGTH = 64;

function fieldsOf(scan: LayerScan, layer: number, protocol: string, start: number): Field[] {
  const offset = scan.offsets[layer]!;
  const length = scan.lengths[layer]!;
  if (length === 0) return [];
  const specifications = HEADER_FIELDS[scan.kinds[layer]!];
  if (specifications === undefined) return [bytesField(scan, `${protocol}.bytes`, start, offset, length)];
  const isCut = (scan.flags[layer]! & LayerFlag.CUT) !== 0;
  const header = isCut ? paddedHeader(scan.view, offset, length) : { view: scan.view, offset };
  return specifications
    .filter((field) => field.at + field.length <= length && field.has(header.view, header.offset, scan, layer))
    .map((field) => {
      const place = { offset: offset + field.at - start, length: field.length };
      return { name: `${protocol}.${field.name}`, ...place, ...field.read(header.view, header.offset, scan, layer) };
    });
}

/** A getter may read a word to give three bytes of it: of a header that is cut, it reads zeroes behind the cut. */
function paddedHeader(view: DataView, offset: number, length: number): { view: DataView; offset: number } {
  const bytes = new Uint8Array(SCRATCH_LENGTH);
  const there = Math.min(length, SCRATCH_LENGTH);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset + offset, there));
  return { view: new DataView(bytes.buffer), offset: 0 };
}

function faultsOf(scan: LayerScan, layer: number, start: number): Problem[] {
  const problems: Problem[] = [];
  for (let index = 0; index < scan.faultCount; index++) {
    if (scan.faultLayers[index] !== layer) continue;
    const [fault, required, actual] = [scan.faults[index]!, scan.required[index]!, scan.actual[index]!];
    const offset = scan.faultOffsets[index]! - start;
    const lengths = fault === Fault.NO_VNI ? {} : { required, actual };
    problems.push({ text: faultText(fault, required, actual), offset, ...lengths });
  }
  return problems;
}

function checksumProblems(scan: LayerScan, layer: number, start: number): Problem[] {
  if (!hasChecksum(scan, layer) || checksumVerdict(scan, layer) !== ChecksumVerdict.BAD) return [];
  const { found, right } = checksumOf(scan, layer);
  const kind = scan.kinds[layer]!;
  const [there, meant] = [found, right].map(hexadecimal(2 * checksumLength(kind)));
  const text = `the checksum is ${there}, ${meant} would be right`;
  const offset = scan.offsets[layer]! + CHECKSUM_OFFSETS[kind]! - start;
  return [{ text, offset, required: right, actual: found }];
}
