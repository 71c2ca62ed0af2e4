/** One command's run on a cluster: who looks on, and where the capture goes. */
import { PcapWriter } from "../capture/index.ts";
import { Taps } from "../commands/index.ts";
import { EPOCH_SECONDS, type Hop, HopCapture, type HopSink, type LateDrop, type NetDevice } from "../datapath/index.ts";
import type { Cluster } from "../kubernetes/index.ts";
import { vxlan } from "../wire/index.ts";
import { CaptureFile } from "./capture-file.ts";
import { UsageError } from "./errors.ts";
import { formatOfName } from "./capture-format.ts";
import { version } from "./version.ts";

/** A capture of all devices, in the format that its file's name asks for. */
interface Recording extends HopSink {
  readonly frameCount: number;
  end(time: number): void;
}

/** What was captured, as JSON has it. */
export interface CaptureRecord {
  readonly file: string;
  readonly frames: number;
  readonly bytes: number;
}

export class Session {
  readonly cluster: Cluster;
  readonly taps: Taps;
  readonly #file: CaptureFile | null;
  readonly #recording: Recording | null;

  /**
   * Opens the capture and starts to look on. `target`: a file, "-" for standard output, or nothing to capture.
   * A name that ends in ".pcap" or ".pcap.gz" gives classic pcap, any other pcapng. `interfaceName`: capture that device
   * alone. @throws Failure when it cannot be written, UsageError for a device that is not there.
   */
  constructor(
    cluster: Cluster,
    target: string | undefined,
    about: string,
    sinks: readonly HopSink[],
    interfaceName?: string,
  ) {
    this.cluster = cluster;
    if (interfaceName !== undefined) checkInterface(cluster, interfaceName, target);
    this.taps = new Taps(cluster.engine);
    this.#file = target === undefined ? null : new CaptureFile(target);
    this.#recording = this.#file === null ? null : openRecording(this.#file, cluster, about);
    for (const sink of sinks) this.taps.add(sink);
    if (this.#recording !== null)
      this.taps.add(interfaceName === undefined ? this.#recording : new OneInterface(this.#recording, interfaceName));
  }

  /** Runs `work`, then completes the capture; when it fails, leaves none. */
  run<T>(work: () => T): T {
    try {
      const result = work();
      this.#finish();
      return result;
    } catch (error) {
      this.#file?.discard();
      throw error;
    }
  }

  /** The same for work that waits. */
  async runAsync<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#finish();
      return result;
    } catch (error) {
      this.#file?.discard();
      throw error;
    }
  }

  #finish(): void {
    this.#recording?.end(this.cluster.engine.now);
    this.#file?.finish();
  }

  /** What was written and how to open it, a line each; nothing when the capture went to a pipe or there is none. */
  captureSummary(): string[] {
    if (this.#file?.isOrdinary !== true || this.captured === null) return [];
    const { file, frames, bytes } = this.captured;
    return [`${file}: ${frames} frames, ${bytes} bytes`, `open it with: wireshark ${file}`, ...this.#decodeAs(file)];
  }

  /** The same as an object, pipes included; null when there is no capture. */
  get captured(): CaptureRecord | null {
    if (this.#file === null || this.#recording === null) return null;
    return { file: this.#file.path, frames: this.#recording.frameCount, bytes: this.#file.byteCount };
  }

  /** On any port but IANA's, Wireshark has to be told what it sees. */
  #decodeAs(path: string): string[] {
    const ports = vxlanPorts(this.cluster).filter((port) => port !== vxlan.PORT);
    return ports.map((port) => `to see inside the tunnel: tshark -d udp.port==${port},vxlan -r ${path}`);
  }
}

function openRecording(file: CaptureFile, cluster: Cluster, about: string): Recording {
  if (formatOfName(file.path) === "pcap") return new ClassicRecording(file);
  return new HopCapture(file, {
    epochSeconds: EPOCH_SECONDS,
    names: cluster.addressNames(),
    application: `podwire ${version()}`,
    comment: about,
  });
}

/** @throws UsageError for a device that nobody has, or where nothing is captured. */
function checkInterface(cluster: Cluster, name: string, target: string | undefined): void {
  if (target === undefined) throw new UsageError(`expected -w FILE beside -i ${name}, found no capture to write`);
  const isThere = cluster.engine.devices.some((device) => device?.name === name || device?.fullName === name);
  if (!isThere) throw new UsageError(`expected a device of the cluster, as eth0 or node-a/eth0, found ${name}`);
}

/** Lets through what passes devices of one name: "eth0" in every namespace, "node-a/eth0" in one. */
class OneInterface implements HopSink {
  readonly #sink: HopSink;
  readonly #name: string;

  constructor(sink: HopSink, name: string) {
    this.#sink = sink;
    this.#name = name;
  }

  hop(hop: Hop): void {
    if (this.#isIts(hop.device)) this.#sink.hop(hop);
  }

  dropLate(drop: LateDrop): void {
    if (this.#isIts(drop.device)) this.#sink.dropLate?.(drop);
  }

  #isIts({ name, fullName }: NetDevice): boolean {
    return this.#name === name || this.#name === fullName;
  }
}

/** Classic pcap has room for frames and times alone. */
class ClassicRecording implements Recording {
  readonly #writer: PcapWriter;
  frameCount = 0;

  constructor(file: CaptureFile) {
    this.#writer = new PcapWriter(file, { precision: "nanoseconds", epochSeconds: EPOCH_SECONDS });
  }

  hop(hop: Hop): void {
    this.#writer.writePacket(hop.time, hop.bytes, 0, hop.bytes.length);
    this.frameCount++;
  }

  end(): void {
    this.#writer.flush();
  }
}

/** UDP ports that carry VXLAN in this cluster. */
export function vxlanPorts(cluster: Cluster): readonly number[] {
  return cluster.cni.vxlanPorts;
}
