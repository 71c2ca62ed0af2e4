/** A pcapng capture with one interface a device, and in the end what was seen and dropped at each. */
import { type AddressNames, type ByteSink, PcapngWriter } from "../capture/index.ts";
import type { NetDevice } from "./net-device.ts";

export interface DeviceCaptureOptions {
  /** What virtual time 0 is, in seconds since 1970. */
  readonly epochSeconds: number;
  /** Names that Wireshark shows for addresses. A capture of no frame has none. */
  readonly names: readonly AddressNames[];
  /** The program that captured, for the file's header. */
  readonly application: string;
  /** What the capture is about. */
  readonly comment?: string;
  /** Bytes kept of each frame; 262144 when left out. */
  readonly snapLength?: number;
}

/** What a capture knows of a device: its interface's id, and what was seen and dropped there. */
export interface CapturedInterface {
  readonly id: number;
  frameCount: number;
  dropCount: number;
}

export class DeviceCapture {
  readonly writer: PcapngWriter;
  readonly #names: readonly AddressNames[];
  readonly #snapLength: number | undefined;
  readonly #interfaces = new Map<NetDevice, CapturedInterface>();

  constructor(sink: ByteSink, options: DeviceCaptureOptions) {
    const { epochSeconds, names, application, comment } = options;
    this.writer = new PcapngWriter(sink, { epochSeconds, application, ...(comment !== undefined && { comment }) });
    this.#names = names;
    this.#snapLength = options.snapLength;
  }

  /** Frames in the capture. */
  get frameCount(): number {
    let count = 0;
    for (const { frameCount } of this.#interfaces.values()) count += frameCount;
    return count;
  }

  /** The interface of a device, described in the file when it is first asked for. */
  interfaceOf(device: NetDevice): CapturedInterface {
    const known = this.#interfaces.get(device);
    if (known !== undefined) return known;
    const id = this.writer.addInterface({
      name: device.fullName,
      description: device.description,
      linkType: device.linkType,
      ...(device.hasLinkHeader && { mac: device.mac }),
      ...(this.#snapLength !== undefined && { snapLength: this.#snapLength }),
    });
    // Behind the first interface: a capture with names before it cannot be written again by editcap and mergecap.
    if (id === 0 && this.#names.length > 0) this.writer.addNames(this.#names);
    const captured = { id, frameCount: 0, dropCount: 0 };
    this.#interfaces.set(device, captured);
    return captured;
  }

  /** Ends the capture with what was seen and dropped at each device: `time` in nanoseconds. */
  end(time: number): void {
    for (const { id, frameCount, dropCount } of this.#interfaces.values()) {
      this.writer.writeStatistics(id, time, {
        startTime: 0,
        endTime: time,
        received: frameCount,
        osDropped: dropCount,
      });
    }
    this.writer.flush();
  }
}
