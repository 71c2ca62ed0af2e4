/** Several captures as one, packets in the order of their times. */
import { CaptureError, CaptureReader, type CaptureRecord, type PacketRecord } from "../capture/index.ts";
import { CaptureFailure, CaptureSource } from "./capture-source.ts";
import { compareTimes } from "./capture-time.ts";

/** One of the captures: as many of its records as its last chunk had, and where it stands. */
class MergeInput {
  readonly source: CaptureSource;
  readonly #reader: CaptureReader;
  #records: CaptureRecord[] = [];
  #index = 0;
  #hasMore = true;
  #isCapture = false;
  #isLittleEndian = true;
  /** Ids in the merged capture, by those in this one. */
  readonly #ids: number[] = [];
  /** What ended it before its end. */
  failure: CaptureFailure | undefined;
  /** Options and blocks left out, as their byte order is not that of the merged capture. */
  leftOutCount = 0;

  constructor(path: string) {
    this.source = new CaptureSource(path);
    this.#reader = new CaptureReader((record) => {
      this.#isCapture = true;
      this.#records.push(ownRecord(record));
    });
  }

  /** The next record, or undefined at the end. @throws Failure when the file cannot be read, or is no capture. */
  get head(): CaptureRecord | undefined {
    while (this.#index === this.#records.length && this.#hasMore) this.#readChunk();
    return this.#records[this.#index];
  }

  /** The next record as it is in the merged capture; undefined when it has no place there. `nextId`: of an interface */
  takeHead(nextId: number): CaptureRecord | undefined {
    const record = this.#records[this.#index++]!;
    switch (record.kind) {
      case "section":
        this.#isLittleEndian = record.byteOrder === "little";
        return undefined;
      case "interface":
        this.#ids[record.id] = nextId;
        return this.#inOrder({ ...record, id: nextId });
      case "packet":
      case "statistics":
        return this.#inOrder({ ...record, interfaceId: this.#ids[record.interfaceId]! });
      case "names":
        return this.#inOrder(this.#isLittleEndian ? record : { ...record, others: this.#leaveOut(record.others) });
      case "other":
        if (this.#isLittleEndian) return record;
        this.leftOutCount++;
        return undefined;
    }
  }

  #readChunk(): void {
    this.#records = [];
    this.#index = 0;
    try {
      this.#hasMore = this.source.next((bytes) => this.#reader.push(bytes));
      if (!this.#hasMore) this.#reader.end();
    } catch (error) {
      const failure = error instanceof CaptureError ? new CaptureFailure(this.source.name, error) : error;
      if (!(failure instanceof CaptureFailure) || !this.#isCapture) throw failure;
      this.failure = failure;
      this.#hasMore = false;
    }
  }

  #inOrder<R extends Exclude<CaptureRecord, { kind: "other" }>>(record: R): R {
    return this.#isLittleEndian ? record : { ...record, options: this.#leaveOut(record.options) };
  }

  #leaveOut<T>(options: readonly T[]): readonly T[] {
    this.leftOutCount += options.length;
    return [];
  }
}

/** What merging has found out, when it is over. */
export interface MergeOutcome {
  readonly failures: readonly CaptureFailure[];
  /** Options and blocks of captures in the other byte order. */
  readonly leftOutCount: number;
}

/**
 * Gives `visit` the records of all captures as those of one: a section, and whatever comes first in time. Packets of
 * one capture stay in its order; of several with the same time, that of the first capture comes first. Packets without
 * a time follow those before them. A capture that is broken or cut ends there.
 *
 * @param afterChunk called now and then with all that is read; true ends the merging
 * @throws Failure when a file cannot be read, CaptureFailure when there is nothing of it
 */
export function mergeCaptures(
  paths: readonly string[],
  application: string,
  visit: (record: CaptureRecord) => void,
  afterChunk: (sources: readonly CaptureSource[]) => boolean,
): MergeOutcome {
  const inputs = paths.map((path) => new MergeInput(path));
  const sources = inputs.map(({ source }) => source);
  try {
    const comment = `merged from ${sources.map(({ name }) => name).join(", ")}`;
    visit({ kind: "section", format: "pcapng", byteOrder: "little", application, comment, options: [] });
    let nextId = 0;
    for (let count = 0; ; count++) {
      const input = earliest(inputs);
      if (input === undefined || (count % 4_096 === 0 && afterChunk(sources))) break;
      const record = input.takeHead(nextId);
      if (record === undefined) continue;
      if (record.kind === "interface") nextId++;
      visit(record);
    }
  } finally {
    for (const source of sources) source.close();
  }
  const failures = inputs.flatMap(({ failure }) => failure ?? []);
  return { failures, leftOutCount: inputs.reduce((sum, input) => sum + input.leftOutCount, 0) };
}

/** The capture whose turn it is: one with something else than a timed packet, or the earliest of those. */
function earliest(inputs: readonly MergeInput[]): MergeInput | undefined {
  let found: MergeInput | undefined;
  let time: PacketRecord | undefined;
  for (const input of inputs) {
    const { head } = input;
    if (head === undefined) continue;
    if (head.kind !== "packet" || !head.hasTime) return input;
    if (time !== undefined && compareTimes(head, time) >= 0) continue;
    found = input;
    time = head;
  }
  return found;
}

/** A record that outlives the call that gave it. */
function ownRecord(record: CaptureRecord): CaptureRecord {
  return record.kind === "packet" || record.kind === "other" ? { ...record, bytes: record.bytes.slice() } : record;
}
