/** Writes hops to a pcapng capture: one interface a device, the packet's id at every hop, and why. */
import { type AddressNames, type ByteSink, PcapngWriter } from "../capture/index.ts";
import { DropReason } from "../wire/index.ts";
import type { Hop, HopSink, LateDrop } from "./hop.ts";
import type { NetDevice } from "./net-device.ts";

export interface HopCaptureOptions {
  /** What virtual time 0 is, in seconds since 1970. */
  readonly epochSeconds: number;
  /** Names that Wireshark shows for addresses. */
  readonly names: readonly AddressNames[];
  /** The program that captured, for the file's header. */
  readonly application: string;
  /** What the capture is about. */
  readonly comment?: string;
}

/** What a capture knows of a device: its interface's id, and what was seen and dropped there. */
interface CapturedInterface {
  readonly id: number;
  frameCount: number;
  dropCount: number;
}

export class HopCapture implements HopSink {
  readonly #writer: PcapngWriter;
  readonly #interfaces = new Map<NetDevice, CapturedInterface>();
  #frameCount = 0;

  constructor(sink: ByteSink, options: HopCaptureOptions) {
    const { epochSeconds, names, application, comment } = options;
    this.#writer = new PcapngWriter(sink, { epochSeconds, application, ...(comment !== undefined && { comment }) });
    if (names.length > 0) this.#writer.addNames(names);
  }

  get frameCount(): number {
    return this.#frameCount;
  }

  hop(hop: Hop): void {
    const { comment, direction, packetId, bytes } = hop;
    const captured = this.#interfaceOf(hop.device);
    captured.frameCount++;
    if (hop.dropReason !== DropReason.NONE) captured.dropCount++;
    this.#writer.writePacket(captured.id, hop.time, bytes, 0, bytes.length, { direction, packetId, comment });
    this.#frameCount++;
  }

  dropLate(drop: LateDrop): void {
    this.#interfaceOf(drop.device).dropCount++;
  }

  #interfaceOf(device: NetDevice): CapturedInterface {
    let captured = this.#interfaces.get(device);
    if (captured === undefined) {
      const id = this.#writer.addInterface({ name: device.fullName, description: device.description, mac: device.mac });
      captured = { id, frameCount: 0, dropCount: 0 };
      this.#interfaces.set(device, captured);
    }
    return captured;
  }

  /** Ends the capture with what was seen and dropped at each device: `time` in nanoseconds. */
  end(time: number): void {
    for (const { id, frameCount, dropCount } of this.#interfaces.values()) {
      this.#writer.writeStatistics(id, time, {
        startTime: 0,
        endTime: time,
        received: frameCount,
        osDropped: dropCount,
      });
    }
    this.#writer.flush();
  }
}
