/** One command's run on a cluster: who looks on, and where the capture goes. */
import { PcapWriter } from "../capture/index.ts";
import { type Hop, HopCapture, HopRecorder, type HopSink } from "../datapath/index.ts";
import { type Cluster, Flannel } from "../kubernetes/index.ts";
import { vxlan } from "../wire/index.ts";
import { CaptureFile } from "./capture-file.ts";
import { formatOfName } from "./capture-format.ts";
import { EPOCH_SECONDS } from "./epoch.ts";
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
  readonly #file: CaptureFile | null;
  readonly #recording: Recording | null;

  /**
   * Opens the capture and starts to look on. `target`: a file, "-" for standard output, or nothing to capture.
   * A name that ends in ".pcap" or ".pcap.gz" gives classic pcap, any other pcapng. @throws Failure when it cannot be written.
   */
  constructor(cluster: Cluster, target: string | undefined, about: string, sinks: readonly HopSink[]) {
    this.cluster = cluster;
    this.#file = target === undefined ? null : new CaptureFile(target);
    this.#recording = this.#file === null ? null : openRecording(this.#file, cluster, about);
    const all = this.#recording === null ? sinks : [...sinks, this.#recording];
    if (all.length > 0) cluster.engine.observer = new HopRecorder(cluster.engine, all);
  }

  /** Runs `work`, then completes the capture; when it fails, leaves none. */
  run<T>(work: () => T): T {
    try {
      const result = work();
      this.#recording?.end(this.cluster.engine.now);
      this.#file?.finish();
      return result;
    } catch (error) {
      this.#file?.discard();
      throw error;
    }
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
export function vxlanPorts(cluster: Cluster): number[] {
  return cluster.cni instanceof Flannel ? [cluster.cni.port] : [];
}
