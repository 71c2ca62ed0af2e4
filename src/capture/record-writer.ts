/** Writes records, as `CaptureReader` gives them or made by hand, as a capture. */

import type { CaptureRecord } from "./capture-record.ts";

/** Writes one record after another, in the order that captures have: a section, interfaces before their packets. */
export interface RecordWriter {
  /**
   * Writes a record, or leaves out what the format has no room for.
   *
   * @throws RangeError for a record out of order, or a value that the format cannot hold; nothing is written then
   */
  write(record: CaptureRecord): void;

  /** Gives the sink what it has not got yet. */
  flush(): void;
}

/** @throws RangeError always: what is not known at this point of the records */
export function unknownInterface(id: number, first: number, end: number): never {
  const known = first === end ? "none is in the section" : `${first} to ${end - 1} are in the section`;
  throw new RangeError(`expected the id of an interface (${known}), found ${id}`);
}
