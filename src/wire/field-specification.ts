/** How one field of a header is described: where it stands, how it is read, and how people write its value. */

import type { Field, FieldValue } from "./dissection.ts";
import type { LayerTable } from "./layer-table.ts";
import { named } from "./protocol-names.ts";

/** Reads a field of the layer whose first byte is at `offset`. */
export type Read<Value> = (view: DataView, offset: number, layers: LayerTable, layer: number) => Value;

/** A field that stands in the same place in every header of its kind. */
export interface FieldSpecification {
  /** The codec's name for it. */
  readonly name: string;
  /** Position in the header. */
  readonly at: number;
  readonly length: number;
  /** Whether a header of which all is there has it. */
  readonly has: Read<boolean>;
  readonly read: Read<Pick<Field, "value" | "text">>;
}

const always = (): boolean => true;

/** Describes a field: `write` gives the text of its value, `has` says which headers have it. */
export function field<Value extends FieldValue>(
  name: string,
  at: number,
  length: number,
  get: Read<Value>,
  write: (value: Value) => string = String,
  has: Read<boolean> = always,
): FieldSpecification {
  return {
    name,
    at,
    length,
    has,
    read: (...place) => {
      const value = get(...place);
      return { value, text: write(value) };
    },
  };
}

/** Writes numbers as `0x` and this many digits. */
export function hexadecimal(digits: number): (value: number) => string {
  return (value) => `0x${value.toString(16).padStart(digits, "0")}`;
}

/** Writes numbers with the names of a table of constants behind: `8 (echo)`. */
export function namedBy(table: Readonly<Record<string, number>>): (value: number) => string {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name.toLowerCase().replaceAll("_", " ")]));
  return (value) => named(String(value), names.get(value));
}

/** Bytes of a layer as a field: a copy, which stays when the packet is gone. */
export function bytesField(layers: LayerTable, name: string, start: number, offset: number, length: number): Field {
  const value = new Uint8Array(layers.view.buffer, layers.view.byteOffset + offset, length).slice();
  return { name, offset: offset - start, length, value, text: `${length} ${length === 1 ? "byte" : "bytes"}` };
}
