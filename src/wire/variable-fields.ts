/**
 * Fields that have no fixed place: options of IPv4 and TCP headers, as bytes, each by its name, and the padding;
 * chunks of SCTP; addresses of ARP packets that are not for IPv4 over Ethernet; what is there of a header that is not whole, or has no
 * codec of its own.
 */

import { check as checkArp, LENGTH as ARP_LENGTH } from "./arp.ts";
import type { Field, FieldValue, Problem } from "./dissection.ts";
import { bytesField } from "./field-specification.ts";
import * as ipv4Content from "./ipv4-option-content.ts";
import { optionsText as ipv4OptionsText } from "./ipv4-options.ts";
import { LayerFlag, LayerKind } from "./layer-kinds.ts";
import { layerName } from "./layer-names.ts";
import type { LayerTable } from "./layer-table.ts";
import { ipv4OptionProblems, tcpOptionProblems } from "./option-problems.ts";
import { isUsable, type WalkedOption, walkOptions } from "./option-walk.ts";
import * as sctp from "./sctp.ts";
import { chunksText } from "./sctp-text.ts";
import * as tcpOptions from "./tcp-options.ts";

/** Length of an IPv4 and a TCP header without options. */
const FIXED_LENGTH = 20;
/** Where the addresses stand in an ARP packet. */
const ARP_ADDRESSES = 8;

/** The fields, and what is wrong with them. */
export interface VariableFields {
  readonly fields: readonly Field[];
  readonly problems: readonly Problem[];
}

const NONE: VariableFields = { fields: [], problems: [] };

/** One option: where it is, what it is called, what it says. */
interface Listed {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  readonly value: FieldValue;
  readonly text: string;
}

/**
 * The fields of a layer that have no fixed place.
 *
 * @param start position of the frame's first byte
 */
export function variableFields(layers: LayerTable, layer: number, start: number): VariableFields {
  const offset = layers.offsets[layer]!;
  const end = offset + layers.lengths[layer]!;
  if (offset === end) return NONE;
  const isCut = (layers.flags[layer]! & LayerFlag.CUT) !== 0;
  if (layers.kinds[layer] === LayerKind.SCTP) return chunksField(layers, offset, end, start);
  const isWithoutCodec = layers.kinds[layer]! >= LayerKind.LOOPBACK;
  if (isCut || isWithoutCodec) {
    const name = `${layerName(layers.kinds[layer]!, 0)}.bytes`;
    return { fields: [bytesField(layers, name, start, offset, end - offset)], problems: [] };
  }
  switch (layers.kinds[layer]) {
    case LayerKind.ARP:
      return arpAddresses(layers, offset, end, start);
    case LayerKind.IPV4:
    case LayerKind.TCP:
      return end <= offset + FIXED_LENGTH ? NONE : optionFields(layers, layer, start);
    default:
      return NONE;
  }
}

function chunksField(layers: LayerTable, offset: number, end: number, start: number): VariableFields {
  const chunks = offset + sctp.HEADER_LENGTH;
  if (chunks === end) return NONE;
  const bytes = bytesField(layers, "sctp.chunks", start, chunks, end - chunks);
  return { fields: [{ ...bytes, text: chunksText(layers.view, chunks, end) }], problems: [] };
}

function arpAddresses(layers: LayerTable, offset: number, end: number, start: number): VariableFields {
  const addresses = offset + ARP_ADDRESSES;
  if (addresses >= end || checkArp(layers.view, offset, offset + ARP_LENGTH) === 0) return NONE;
  return { fields: [bytesField(layers, "arp.addresses", start, addresses, end - addresses)], problems: [] };
}

function optionFields(layers: LayerTable, layer: number, start: number): VariableFields {
  const { view } = layers;
  const isIpv4 = layers.kinds[layer] === LayerKind.IPV4;
  const protocol = isIpv4 ? "ipv4" : "tcp";
  const header = layers.offsets[layer]!;
  const [offset, end] = [header + FIXED_LENGTH, header + layers.lengths[layer]!];
  const bytes = bytesField(layers, `${protocol}.options`, start, offset, end - offset);
  const text = isIpv4 ? ipv4OptionsText(view, header) : tcpOptions.optionsText(view, offset, end);
  const options = walkOptions(view, offset, end);
  const list = options.filter(isUsable).map((option) => (isIpv4 ? listedIpv4(view, option) : listedTcp(view, option)));
  const fields = [{ ...bytes, text }, ...list.map((option) => optionField(protocol, option, start))];
  const problems = options
    .flatMap((option) => (isIpv4 ? ipv4OptionProblems(view, option) : tcpOptionProblems(option)))
    .map((problem) => ({ ...problem, offset: problem.offset - start }));
  const rest = options.at(-1)?.end ?? offset;
  if (rest < end) fields.push(bytesField(layers, `${protocol}.option.end`, start, rest, end - rest));
  return { fields, problems };
}

function optionField(protocol: string, option: Listed, start: number): Field {
  return { ...option, name: `${protocol}.option.${option.name}`, offset: option.offset - start };
}

function listedIpv4(view: DataView, place: WalkedOption): Listed {
  const option = ipv4Content.readOption(view, place);
  const text = ipv4Content.optionText(option);
  return { offset: place.offset, length: place.length, name: option.name, value: ipv4Value(option), text };
}

function ipv4Value(option: ipv4Content.Ipv4Option): FieldValue {
  switch (option.name) {
    case "nop":
      return true;
    case "routerAlert":
      return option.value;
    case "unknown":
      return option.content;
    case "timestamp":
      return option.timestamps.flatMap(({ address, time }) => (address === undefined ? [time] : [address, time]));
    default:
      return option.addresses;
  }
}

function listedTcp(view: DataView, { type: kind, offset, length }: WalkedOption): Listed {
  const option = tcpOptions.readOption(view, { kind, offset, length });
  return { offset, length, name: option.name, value: tcpValue(option), text: tcpOptions.optionText(option) };
}

function tcpValue(option: tcpOptions.TcpOption): FieldValue {
  switch (option.name) {
    case "nop":
    case "sackPermitted":
      return true;
    case "maximumSegmentSize":
      return option.size;
    case "windowScale":
      return option.shift;
    case "sack":
      return option.blocks.flatMap(({ left, right }) => [left, right]);
    case "timestamps":
      return [option.value, option.echoReply];
    case "unknown":
      return option.content;
  }
}
