/**
 * No work: packets go round through one stage and have their addresses written anew, as every workload's packets
 * do in some form between two rounds. What this costs, the others pay too.
 */
import { Engine, Stage } from "../datapath/index.ts";
import { ethernet, formatMac } from "../wire/index.ts";
import { CirculatingWorkload } from "./circulating.ts";
import { writeUdpFrame } from "./udp-packet.ts";
import type { Workload, WorkloadOptions } from "./workload.ts";

const SOURCE = 0x02_00_00_00_00_01;
const DESTINATION = 0x02_00_00_00_00_02;

export function createFloorWorkload(options: WorkloadOptions): Workload {
  return new FloorWorkload(options);
}

class FloorWorkload extends CirculatingWorkload {
  readonly name = "no work";
  private readonly stage: Stage;

  constructor(options: WorkloadOptions) {
    super(new Engine({ slotCount: options.packets }), options.packets, options.frameLengths);
    this.stage = new Stage(this.engine, this);
    this.fill(options.frameLengths, (offset, length, index) =>
      writeUdpFrame(
        this.engine.pool.view,
        offset,
        { source: SOURCE, destination: DESTINATION },
        {
          totalLength: length - ethernet.HEADER_LENGTH,
          source: 0x0a_f4_01_05,
          destination: 0x0a_f4_02_08,
          sourcePort: 1024 + (index % options.flows),
          destinationPort: 9000,
        },
      ),
    );
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    const { stage } = this;
    for (let i = first; i < end; i++) stage.push(handles[i]!);
  }

  protected restore(handles: Int32Array, first: number, end: number): void {
    const { view, start } = this.engine.pool;
    for (let i = first; i < end; i++) {
      const offset = start[handles[i]!]!;
      view.setInt32(offset, DESTINATION_HIGH);
      view.setInt32(offset + 4, DESTINATION_LOW_SOURCE_HIGH);
      view.setInt32(offset + 8, SOURCE_LOW);
    }
  }

  protected fault(handle: number): string {
    const { view, start } = this.engine.pool;
    const destination = ethernet.destination(view, start[handle]!);
    return destination === DESTINATION ? "" : `destination ${formatMac(destination)}`;
  }
}

/** The two addresses as three words. */
const DESTINATION_HIGH = Math.floor(DESTINATION / 2 ** 16);
const DESTINATION_LOW_SOURCE_HIGH = (DESTINATION << 16) | Math.floor(SOURCE / 2 ** 32);
const SOURCE_LOW = SOURCE | 0;
