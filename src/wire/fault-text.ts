/** What is wrong with a layer, in words. */

import { Fault } from "./layer-kinds.ts";

/** By Fault: the sentence for a length or number that would be right, and the one that is there. */
const TEXTS: Readonly<Record<number, (required: number, actual: number) => string>> = {
  [Fault.CAPTURE_CUT]: (required, actual) => `the capture has ${actual} of the frame's ${required} bytes`,
  [Fault.HEADER_CUT]: (required, actual) => `the header is cut short: ${actual} of ${required} bytes are there`,
  [Fault.HEADER_MISSING]: (required) => `the header of ${required} bytes that should follow is not there`,
  [Fault.NESTED_TOO_DEEP]: (required) => `more than ${required} headers within each other are not looked at`,
  [Fault.VERSION]: (required, actual) => `IP version ${actual} where ${required} was announced`,
  [Fault.HEADER_LENGTH]: (required, actual) => `the header length is ${actual} bytes, ${required} are the least`,
  [Fault.NO_TOTAL_LENGTH]: () => "the total length is 0, as segmentation offload leaves it",
  [Fault.LENGTH]: (required, actual) => `the length is ${actual} bytes, ${required} are the least`,
  [Fault.LENGTH_BEYOND]: (required, actual) => `the length is ${required} bytes, ${actual} are left`,
  [Fault.NO_VNI]: () => "the I bit is not set: the VNI is not valid",
};

/** A fault as a sentence without a full stop. */
export function faultText(fault: number, required: number, actual: number): string {
  return TEXTS[fault]!(required, actual);
}
