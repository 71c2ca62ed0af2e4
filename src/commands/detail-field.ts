/** One thing that `ip -d` tells of a device: its name in JSON, and its words in text, which often differ. */
import { Decimal } from "./json-text.ts";

export interface DetailField {
  /** Left out for words that JSON has not. */
  readonly name?: string;
  readonly value: unknown;
  /** Left out for a field that text has not. */
  readonly text?: string;
}

/** "forward_delay 1500"; `label` where text has another name than JSON. */
export function field(name: string, value: number | string, label: string = name): DetailField {
  return { name, value, text: `${label} ${value}` };
}

/** "hairpin on", and true in JSON. */
export function switchField(name: string, isOn: boolean): DetailField {
  return { name, value: isOn, text: `${name} ${isOn ? "on" : "off"}` };
}

/** "nolearning", "udpcsum": the word, with "no" before it when it is off; `text` is left out when there is none to say. */
export function wordField(name: string, isOn: boolean, text?: string): DetailField {
  return { name, value: isOn, ...(text !== undefined && { text }) };
}

/** A timer that does not run, as all of spanning tree's. */
export function timerField(name: string): DetailField {
  return { name, value: new Decimal("0.00"), text: `${name}    0.00` };
}

/** The fields in JSON, undefined when there is none. */
export function fieldRecord(fields: readonly DetailField[]): object | undefined {
  const named = fields.filter(({ name }) => name !== undefined);
  return named.length === 0 ? undefined : Object.fromEntries(named.map(({ name, value }) => [name!, value]));
}

/** The fields in text, a space behind each. */
export function fieldText(fields: readonly DetailField[]): string {
  return fields.map(({ text }) => (text === undefined ? "" : `${text} `)).join("");
}
