/** Decoding for people and programs: UDP frames as lines, rows of columns, and objects. */
import { describeFrame, dissect, FrameColumns } from "../src/wire/index.ts";
import type { Bench } from "./bench.ts";
import { eachFrame, FIRST_PORT, type FrameStep } from "./frames.ts";

const FRAME_LENGTH = 60;

const columns = new FrameColumns();

/** The end of a row whose frame has no fault. */
const OK = "ok\n";
const OK_SUM = [...OK].reduce((sum, character) => sum + character.charCodeAt(0), 0);

const row: FrameStep = (view, offset, i) => {
  const end = offset + FRAME_LENGTH;
  const original = { originalLength: FRAME_LENGTH, linkType: 1, seconds: 1_767_225_600, nanoseconds: i };
  columns.writeRow({ number: i + 1, view, offset, end, ...original });
  const text = columns.take();
  return text[text.length - 3]! + text[text.length - 2]! + text[text.length - 1]!;
};

const line: FrameStep = (view, offset) => {
  // "IP 10.244.1.5.1024 > ...": the port is the fifth number.
  return Number(/\.(\d+) >/.exec(describeFrame(view, offset, offset + FRAME_LENGTH))![1]);
};

const objects: FrameStep = (view, offset) => {
  const { layers } = dissect(view, offset, offset + FRAME_LENGTH);
  return layers[2]!.fields[0]!.value as number;
};

export const decoding: Bench = {
  question: "What does it cost to tell a frame: as a row of columns, a line, objects?",
  operation: "frame",
  varies: [],
  cases: () => [
    eachFrame(
      "no work",
      [FRAME_LENGTH],
      (view, offset) => view.getUint8(offset),
      () => 0x02,
    ),
    eachFrame("a row under tshark's names", [FRAME_LENGTH], row, () => OK_SUM),
    eachFrame("a line as tcpdump's", [FRAME_LENGTH], line, (_view, _offset, i) => FIRST_PORT + i),
    eachFrame("layers and fields as objects", [FRAME_LENGTH], objects, (_view, _offset, i) => FIRST_PORT + i),
  ],
};
