/** What the loops of the flow cache tell each other about the vector that they work on, by position in it. */
import { VECTOR_LENGTH } from "./stage.ts";

export class FlowVerdicts {
  /** What is done with a packet: a FlowKind. */
  readonly kinds: Int32Array = new Int32Array(VECTOR_LENGTH);
  /** The record of its flow, where that is not the long way. */
  readonly records: Int32Array = new Int32Array(VECTOR_LENGTH);
  /**
   * At 0: bytes of the frames that the last header loop has sent, together. A typed array for one number, since that
   * never becomes an object; as long as V8 wants it to be to have its address in the code.
   */
  readonly sentBytes: Int32Array = new Int32Array(32);
}
