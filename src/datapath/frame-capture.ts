/**
 * Writes all frames that devices see to a pcapng capture, as tcpdump would: one interface a device, direction and
 * packet id, but no word of why. So known flows keep their short way, and the capture costs little but the copying.
 */
import type { ByteSink } from "../capture/index.ts";
import { DeviceCapture, type DeviceCaptureOptions } from "./device-capture.ts";
import type { Engine } from "./engine.ts";
import type { NetDevice } from "./net-device.ts";
import type { Direction, Observer } from "./observer.ts";

/** Set it as the engine's observer. */
export class FrameCapture implements Observer {
  readonly asksWhy = false;
  readonly #engine: Engine;
  readonly #capture: DeviceCapture;

  constructor(engine: Engine, sink: ByteSink, options: DeviceCaptureOptions) {
    this.#engine = engine;
    this.#capture = new DeviceCapture(sink, options);
  }

  get frameCount(): number {
    return this.#capture.frameCount;
  }

  frames(device: NetDevice, direction: Direction, handles: Int32Array, first: number, end: number): void {
    const { now, pool } = this.#engine;
    const captured = this.#capture.interfaceOf(device);
    captured.frameCount += end - first;
    this.#capture.writer.writeFrames(captured.id, now, direction, pool, handles, first, end);
  }

  dropped(device: NetDevice): void {
    this.#capture.interfaceOf(device).dropCount++;
  }

  explain(): void {
    // The frames are all that is kept.
  }

  cloned(): void {
    // A copy has the packet's id: nothing is to be kept by handle.
  }

  settle(): void {
    // Frames are written as they are seen.
  }

  /** Ends the capture with what was seen and dropped at each device: `time` in nanoseconds. */
  end(time: number): void {
    this.#capture.end(time);
  }
}
