/** `tcpdump`: the frames that pass a device while other commands run, told as the original does, or a capture of them. */
import { EPOCH_SECONDS, HopCapture, type Hop, type HopSink } from "../datapath/index.ts";
import { findNetworkLayer, TcpdumpText } from "../wire/index.ts";
import type { OutputFile, Place, Terminal } from "./command.ts";
import { hexDump, textDump } from "./tcpdump-dump.ts";
import { readTcpdumpWords, type TcpdumpWords } from "./tcpdump-options.ts";
import { TcpdumpTime } from "./tcpdump-time.ts";

/** A tcpdump that runs: it sees what passes until it has enough or is stopped. */
export class Tcpdump implements HopSink {
  readonly #place: Place;
  readonly #terminal: Terminal;
  readonly #words: TcpdumpWords;
  readonly #text: TcpdumpText;
  readonly #time: TcpdumpTime;
  readonly #file: OutputFile | null;
  readonly #capture: HopCapture | null;
  #count = 0;
  #isStopped = false;

  /** Starts to look. @throws CommandError as the original for a device, an option or an expression that is wrong. */
  constructor(place: Place, words: readonly string[], terminal: Terminal) {
    this.#place = place;
    this.#terminal = terminal;
    this.#words = readTcpdumpWords(place, words);
    this.#text = new TcpdumpText({ ...this.#words, vxlanPorts: place.cluster.cni.vxlanPorts });
    this.#time = new TcpdumpTime(this.#words.timeForm, EPOCH_SECONDS);
    this.#file = this.#words.path === undefined ? null : terminal.create(this.#words.path);
    this.#capture =
      this.#file === null
        ? null
        : new HopCapture(this.#file, {
            epochSeconds: EPOCH_SECONDS,
            names: place.cluster.addressNames(),
            application: "podwire",
            comment: `tcpdump ${words.join(" ")} on ${place.name}`,
            snapLength: this.#words.snapLength,
          });
    terminal.error(this.#opening());
    place.taps.add(this);
  }

  #opening(): string {
    const { device, verbosity, snapLength } = this.#words;
    const isSuppressed = this.#capture === null && verbosity === 0;
    const about = isSuppressed ? "verbose output suppressed, use -v[v]... for full protocol decode\n" : "";
    const ofDevice = device?.hasLinkHeader === false ? "RAW (Raw IP)" : "EN10MB (Ethernet)";
    const type = device === null ? "LINUX_SLL2 (Linux cooked v2)" : ofDevice;
    return `tcpdump: ${about}listening on ${device?.name ?? "any"}, link-type ${type}, snapshot length ${snapLength} bytes\n`;
  }

  /** Whether it has seen as many packets as it was to. */
  get isDone(): boolean {
    return this.#isStopped;
  }

  hop(hop: Hop): void {
    const { device, bytes, direction } = hop;
    const { device: wanted, direction: wantedDirection, filter, limit } = this.#words;
    if (device.namespace !== this.#place.namespace || (wanted !== null && device !== wanted)) return;
    if (wantedDirection !== "inout" && direction !== wantedDirection) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!filter(view, 0, bytes.length)) return;
    this.#count++;
    if (this.#capture === null) this.#terminal.out(this.#lines(hop, view));
    else this.#capture.hop(hop);
    if (this.#count === limit) this.stop();
  }

  #lines({ time, device, direction, bytes }: Hop, view: DataView): string {
    const end = Math.min(view.byteLength, this.#words.snapLength);
    const where = this.#words.device === null ? `${device.name} ${direction === "in" ? "In " : "Out"} ` : "";
    const text = this.#text.packet(view, 0, end, device.linkType, view.byteLength);
    return `${this.#time.of(time)}${where}${text}${this.#dump(bytes.subarray(0, end), view, device.linkType)}\n`;
  }

  #dump(bytes: Uint8Array, view: DataView, linkType: number): string {
    const { form, hasLinkHeader } = this.#words.dump;
    if (form === "none") return "";
    const start = hasLinkHeader ? 0 : (findNetworkLayer(view, 0, bytes.length, linkType)?.offset ?? 0);
    const shown = bytes.subarray(start);
    return form === "text" ? textDump(shown) : hexDump(shown, form === "hex-and-text");
  }

  /** Ends it, with the original's last words. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#place.taps.delete(this);
    this.#capture?.end(this.#place.cluster.engine.now);
    this.#file?.finish();
    const packets = `${this.#count} packet${this.#count === 1 ? "" : "s"}`;
    this.#terminal.error(`${packets} captured\n${packets} received by filter\n0 packets dropped by kernel\n`);
  }
}
