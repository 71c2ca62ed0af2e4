/** What `CaptureReader` needs of the code for a format: it takes whole packets or blocks from bytes. */
export interface CaptureParser {
  /** Bytes that the next packet or block has, as far as is known: `consume` needs so many to go on. */
  readonly wanted: number;
  /** What that is, for the error when the file ends before: "a packet". */
  readonly wantedName: string;

  /**
   * Visits what is whole between `offset` and `end`, and returns the position behind it.
   *
   * @param origin position in the file of the first of `bytes`
   * @throws CaptureError
   */
  consume(bytes: Uint8Array, view: DataView, offset: number, end: number, origin: number): number;
}
