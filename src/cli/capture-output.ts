/** Records on their way into a file, in the format that was asked for. */
import { type CaptureRecord, PcapngRecordWriter, PcapRecordWriter } from "../capture/index.ts";
import { CaptureFile } from "./capture-file.ts";
import type { CaptureFormat } from "./capture-format.ts";
import { Failure } from "./errors.ts";

/** A capture that appears when it is finished. */
export class CaptureOutput {
  readonly #file: CaptureFile;
  readonly #writer: PcapRecordWriter | PcapngRecordWriter;

  /** @throws Failure when the file cannot be written. */
  constructor(path: string, format: CaptureFormat) {
    this.#file = new CaptureFile(path);
    this.#writer = format === "pcap" ? new PcapRecordWriter(this.#file) : new PcapngRecordWriter(this.#file);
  }

  /** Bytes of the file. */
  get byteCount(): number {
    return this.#file.byteCount;
  }

  /** What classic pcap has no room for, in words; "" when nothing was left out. */
  get leftOut(): string {
    if (!(this.#writer instanceof PcapRecordWriter)) return "";
    const { leftOutCount, leftOutComments, cutTimes } = this.#writer;
    const parts = [
      leftOutCount > 0 ? `blocks of names, statistics and others (${leftOutCount})` : "",
      leftOutComments > 0 ? `comments (${leftOutComments})` : "",
      cutTimes > 0 ? `what is finer than the microseconds of the first packet in times (${cutTimes})` : "",
    ];
    return parts.filter((part) => part !== "").join(", ");
  }

  /** @throws Failure for a record that the format cannot hold, or when the file cannot be written. */
  write(record: CaptureRecord): void {
    try {
      this.#writer.write(record);
    } catch (error) {
      throw error instanceof RangeError ? new Failure(`${this.#file.path}: ${error.message}`) : error;
    }
  }

  finish(): void {
    this.#writer.flush();
    this.#file.finish();
  }

  discard(): void {
    this.#file.discard();
  }
}
