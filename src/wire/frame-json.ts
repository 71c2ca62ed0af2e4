/** A dissection as an object that JSON can hold: bytes as hexadecimal text. */

import { formatHex } from "../bytes/hex.ts";
import type { Dissection, Field, FieldValue, Problem } from "./dissection.ts";

/** A field: `text` is left out where it is the value. */
export interface JsonField {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  readonly value: number | boolean | string | readonly number[];
  readonly text?: string;
}

/** A layer: `quoted` and `problems` are left out where there is nothing to say. */
export interface JsonLayer {
  readonly protocol: string;
  readonly offset: number;
  readonly length: number;
  readonly quoted?: true;
  readonly fields: readonly JsonField[];
  readonly problems?: readonly Problem[];
}

/** The layers of a dissection for JSON. */
export function jsonLayers({ layers }: Dissection): JsonLayer[] {
  return layers.map(({ protocol, offset, length, quoted, fields, problems }) => ({
    protocol,
    offset,
    length,
    ...(quoted === true && { quoted }),
    fields: fields.map(jsonField),
    ...(problems.length > 0 && { problems }),
  }));
}

function jsonField({ name, offset, length, value, text }: Field): JsonField {
  const shown = jsonValue(value);
  return { name, offset, length, value: shown, ...(String(shown) !== text && { text }) };
}

function jsonValue(value: FieldValue): JsonField["value"] {
  return value instanceof Uint8Array ? formatHex(value) : value;
}
