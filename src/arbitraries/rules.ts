/** The rules that nearly valid frames break, and the frames that break them. */
import { BrokenFrame } from "./broken-frame.ts";
import { type Cut, cutFrame, cutHeader, type ShortProtocol } from "./cut-rules.ts";
import { type Fault, readField, writeField } from "./fault.ts";
import { FIELD_RULES, type FieldRule, type FieldRuleName } from "./field-rules.ts";
import type { Frame } from "./frame.ts";
import type { LayerProtocol } from "./frame-layer.ts";
import { checksumOffset, sealFrame } from "./seal-frame.ts";

/**
 * "ipv4.checksum", "udp.length-beyond" and so on, a field's; "tcp.short" and so on, a header cut short; "frame.truncated",
 * a frame cut off.
 */
export type RuleName = FieldRuleName | `${ShortProtocol}.short` | "frame.truncated";

const SHORT_PROTOCOLS: readonly ShortProtocol[] = ["ethernet", "vlan", "arp", "ipv4", "icmpv4", "udp", "tcp", "vxlan"];

/** All rules, those of fields first. */
export const RULE_NAMES: readonly RuleName[] = [
  ...(Object.keys(FIELD_RULES) as FieldRuleName[]),
  ...SHORT_PROTOCOLS.map((protocol) => `${protocol}.short` as const),
  "frame.truncated",
];

/**
 * The frame with a rule broken in one of its layers, by one of many wrong values, 0 giving the plainest; undefined
 * where it cannot be.
 */
export function breakRule(frame: Frame, name: RuleName, layer: number, variant: number): BrokenFrame | undefined {
  if (!concerns(name, frame, layer)) return undefined;
  if (name === "frame.truncated") return withoutBytes(frame, name, cutFrame(frame, variant));
  if (!isFieldRule(name)) return withoutBytes(frame, name, cutHeader(frame, layer, variant));
  const rule: FieldRule = FIELD_RULES[name];
  const fault = rule.fault(frame, frame.layers[layer]!, variant);
  return fault === undefined ? undefined : withFault(frame, name, layer, fault);
}

/** Whether a rule is about such a layer; a frame is cut off as a whole, which counts for its first. */
export function concerns(name: RuleName, frame: Frame, layer: number): boolean {
  if (name === "frame.truncated") return layer === 0;
  const protocol: LayerProtocol = isFieldRule(name) ? FIELD_RULES[name].protocol : protocolOfShort(name);
  return frame.layers[layer]?.protocol === protocol;
}

function isFieldRule(name: RuleName): name is FieldRuleName {
  return Object.hasOwn(FIELD_RULES, name);
}

function protocolOfShort(name: RuleName): LayerProtocol {
  return name.slice(0, name.indexOf(".")) as LayerProtocol;
}

function withoutBytes(frame: Frame, name: RuleName, cut: Cut | undefined): BrokenFrame | undefined {
  if (cut === undefined) return undefined;
  const { bytes, ...where } = cut;
  return new BrokenFrame(frame, { name, ...where, length: 0 }, bytes);
}

/** Writes the wrong value and makes all checksums right again, but for one that is itself wrong. */
function withFault(frame: Frame, name: FieldRuleName, index: number, fault: Fault): BrokenFrame {
  const { field, reason }: FieldRule = FIELD_RULES[name];
  const { offset, length } = fault;
  const layer = frame.layers[index]!;
  const bytes = frame.fresh().bytes;
  const right = readField(bytes, offset, length);
  writeField(bytes, fault);
  const isChecksum = offset === checksumOffset(layer);
  sealFrame(new DataView(bytes.buffer), frame.layers, isChecksum ? layer : undefined);
  const [expected, found] = [right, fault.value].map((value) => hex(value, length));
  const text = `${field} at byte ${offset}: expected ${expected}, found ${found}`;
  return new BrokenFrame(frame, { name, layer: index, offset, length, text, reason }, bytes);
}

function hex(value: number, length: number): string {
  return `0x${value.toString(16).padStart(2 * length, "0")}`;
}
