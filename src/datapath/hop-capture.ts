/** Writes hops to a pcapng capture: one interface a device, the packet's id at every hop, and why. */
import type { ByteSink } from "../capture/index.ts";
import { DropReason } from "../wire/index.ts";
import { DeviceCapture, type DeviceCaptureOptions } from "./device-capture.ts";
import type { Hop, HopSink, LateDrop } from "./hop.ts";

export class HopCapture implements HopSink {
  readonly #capture: DeviceCapture;

  constructor(sink: ByteSink, options: DeviceCaptureOptions) {
    this.#capture = new DeviceCapture(sink, options);
  }

  get frameCount(): number {
    return this.#capture.frameCount;
  }

  hop(hop: Hop): void {
    const { comment, direction, packetId, bytes } = hop;
    const captured = this.#capture.interfaceOf(hop.device);
    captured.frameCount++;
    if (hop.dropReason !== DropReason.NONE) captured.dropCount++;
    const verdict = verdictOf(hop);
    const details = { direction, packetId, comment, verdict };
    this.#capture.writer.writePacket(captured.id, hop.time, bytes, 0, bytes.length, details);
  }

  dropLate(drop: LateDrop): void {
    this.#capture.interfaceOf(drop.device).dropCount++;
  }

  /** Ends the capture with what was seen and dropped at each device: `time` in nanoseconds. */
  end(time: number): void {
    this.#capture.end(time);
  }
}

/** What policies decided about the frame here, if they were asked. */
function verdictOf({ verdict, dropReason }: Hop): "pass" | "drop" | undefined {
  if (dropReason === DropReason.NETFILTER_DROP || dropReason === DropReason.DROP_POLICY) return "drop";
  return verdict === undefined ? undefined : "pass";
}
