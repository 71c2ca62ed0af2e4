/** UDP frames side by side in one buffer, for the benches of codecs and checksums. */
import { ethernet } from "../src/wire/index.ts";
import type { FrameSize, Workload, WorkloadCase } from "../src/workload/index.ts";
import { writeUdpFrame } from "../src/workload/udp-packet.ts";
import { indexedWorkload } from "./indexed-workload.ts";

export const FRAME_COUNT = 4096;
/** Where ports and addresses start: frame i has the i-th. */
export const FIRST_PORT = 1024;
export const SOURCE = 0x0a_f4_01_05;
export const FIRST_DESTINATION = 0x0a_f4_02_00;

interface Frames {
  readonly view: DataView;
  /** Bytes from one frame to the next: an odd number of cache lines, as in the pool. */
  readonly stride: number;
}

function createFrames(frameLength: number): Frames {
  const stride = (Math.ceil(frameLength / 64) | 1) * 64;
  const view = new DataView(new ArrayBuffer(FRAME_COUNT * stride));
  for (let i = 0; i < FRAME_COUNT; i++) writeFrame(view, i * stride, i, frameLength);
  return { view, stride };
}

function writeFrame(view: DataView, offset: number, i: number, frameLength: number): void {
  writeUdpFrame(
    view,
    offset,
    { destination: 0x02_00_00_00_00_02, source: 0x02_00_00_00_00_01 },
    {
      totalLength: frameLength - ethernet.HEADER_LENGTH,
      source: SOURCE,
      destination: FIRST_DESTINATION + i,
      sourcePort: FIRST_PORT + i,
      destinationPort: 9000,
    },
  );
}

/** Something of one frame, as a whole number. */
export type FrameStep = (view: DataView, offset: number, i: number) => number;

/**
 * A case that takes `step` on every frame and checks that all the results add up to those of `expected`.
 * `frameLengths`: those of the frames in turn, which only a case that covers whole frames names in its table.
 */
export function eachFrame(
  name: string,
  frameLengths: readonly number[],
  step: FrameStep,
  expected: FrameStep,
  frameSize: FrameSize | null = null,
): WorkloadCase {
  const mean = frameLengths.reduce((sum, length) => sum + length, 0) / frameLengths.length;
  const create = (): Workload => {
    const { view, stride } = createFrames(Math.max(...frameLengths));
    return indexedWorkload(
      {
        name,
        count: FRAME_COUNT,
        run: (first, end) => {
          let sum = 0;
          for (let i = first; i < end; i++) sum = (sum + step(view, i * stride, i)) | 0;
          return sum;
        },
        expected: () => {
          let sum = 0;
          for (let i = 0; i < FRAME_COUNT; i++) sum += expected(view, i * stride, i);
          return sum;
        },
      },
      frameSize === null ? 0 : mean,
    );
  };
  return { name, frameSize, create };
}
