/** The internet checksum: after one word has changed, over a header, and over whole frames. */
import { checksum, update } from "../src/bytes/checksum.ts";
import { ethernet, ipv4 } from "../src/wire/index.ts";
import { findFrameSize, type FrameSize, type WorkloadCase } from "../src/workload/index.ts";
import type { Bench } from "./bench.ts";
import { eachFrame, type FrameStep } from "./frames.ts";

const NETWORK = ethernet.HEADER_LENGTH;
const TIME_TO_LIVE = NETWORK + 8;
const HEADER_CHECKSUM = NETWORK + 10;
const HEADER_END = NETWORK + ipv4.HEADER_LENGTH;
const SHORT = [60];

export const checksumBench: Bench = {
  question: "What does the internet checksum cost, by how many bytes it covers?",
  operation: "packet",
  varies: ["frameSizes"],
  cases: ({ frameSizes = ["64", "1518"].map((name) => findFrameSize(name)!) }) => [
    eachFrame(
      "no work",
      SHORT,
      (view, offset) => view.getUint8(offset),
      () => 0x02,
    ),
    eachFrame("updated for a router's TTL", SHORT, updated, (view, offset) => {
      // The header as it would be, summed anew.
      const header = new DataView(view.buffer.slice(offset + NETWORK, offset + HEADER_END));
      header.setUint8(TIME_TO_LIVE - NETWORK, 63);
      header.setUint16(HEADER_CHECKSUM - NETWORK, 0);
      return wordByWord(header, 0, ipv4.HEADER_LENGTH, 0);
    }),
    // From an initial sum of the frame's number: over headers that are right, all results would be 0.
    eachFrame(
      "an IPv4 header",
      SHORT,
      (view, offset, i) => checksum(view, offset + NETWORK, offset + HEADER_END, i),
      (view, offset, i) => wordByWord(view, offset + NETWORK, offset + HEADER_END, i),
    ),
    ...frameSizes.map(wholeFrame),
  ],
};

const updated: FrameStep = (view, offset) => {
  const word = view.getUint16(offset + TIME_TO_LIVE);
  return update(view.getUint16(offset + HEADER_CHECKSUM), word, word - 0x0100);
};

/** Of a mix, each length in turn. */
function wholeFrame(frameSize: FrameSize): WorkloadCase {
  const { frameLengths } = frameSize;
  const length = (i: number): number => frameLengths[i % frameLengths.length]!;
  return eachFrame(
    "a whole frame",
    frameLengths,
    (view, offset, i) => checksum(view, offset, offset + length(i)),
    (view, offset, i) => wordByWord(view, offset, offset + length(i), 0),
    frameSize,
  );
}

/** RFC 1071 section 4.1 to the letter, over an even number of bytes. */
function wordByWord(view: DataView, offset: number, end: number, initial: number): number {
  let sum = initial;
  for (let at = offset; at < end; at += 2) sum += view.getUint16(at);
  while (sum >>> 16 !== 0) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
