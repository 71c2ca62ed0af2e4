/** Writes hops to a pcapng capture: one interface a device, the packet's id at every hop, and why. */
import { type AddressNames, type ByteSink, PcapngWriter } from "../capture/index.ts";
import type { Hop, HopSink } from "./hop.ts";
import { Counter, type NetDevice } from "./net-device.ts";

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

export class HopCapture implements HopSink {
  readonly #writer: PcapngWriter;
  readonly #interfaces = new Map<NetDevice, number>();
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
    this.#writer.writePacket(this.#interfaceOf(hop.device), hop.time, bytes, 0, bytes.length, { direction, packetId, ...(comment !== "" && { comment }) });
    this.#frameCount++;
  }

  #interfaceOf(device: NetDevice): number {
    let id = this.#interfaces.get(device);
    if (id === undefined) {
      id = this.#writer.addInterface({ name: device.fullName, description: device.description, mac: device.mac });
      this.#interfaces.set(device, id);
    }
    return id;
  }

  /** Ends the capture with what each device has counted: `time` in nanoseconds. */
  end(time: number): void {
    for (const [device, id] of this.#interfaces) {
      const received = device.counters[Counter.RX_PACKETS]! + device.counters[Counter.TX_PACKETS]!;
      const osDropped = device.drops.reduce((total, count) => total + count, 0);
      this.#writer.writeStatistics(id, time, { startTime: 0, endTime: time, received, osDropped });
    }
    this.#writer.flush();
  }
}
