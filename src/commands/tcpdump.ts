/** `tcpdump`: the frames that pass a device while other commands run, a line each, or a capture of them. */
import { EPOCH_SECONDS, HopCapture, type Hop, type HopSink, type NetDevice } from "../datapath/index.ts";
import {
  compileFilter,
  describePacket,
  EtherType,
  ethernet,
  FilterError,
  formatMac,
  type FrameFilter,
} from "../wire/index.ts";
import { CommandError, type OutputFile, type Place, type Terminal } from "./command.ts";
import { numberOption, readWordOptions, type WordOptions } from "./word-options.ts";

const USAGE = "tcpdump: expected [-n] [-e] [-i DEVICE|any] [-c COUNT] [-w FILE] [EXPRESSION]";

/** A tcpdump that runs: it sees what passes until it has enough or is stopped. */
export class Tcpdump implements HopSink {
  readonly #place: Place;
  readonly #terminal: Terminal;
  /** Null for all devices of the place. */
  readonly #device: NetDevice | null;
  readonly #limit: number;
  readonly #hasLinkHeaders: boolean;
  readonly #filter: FrameFilter;
  readonly #file: OutputFile | null;
  readonly #capture: HopCapture | null;
  #count = 0;
  #isStopped = false;

  /** Starts to look. @throws CommandError as the original for a device, an option or an expression that is wrong. */
  constructor(place: Place, words: readonly string[], terminal: Terminal) {
    const options = readWordOptions("tcpdump", words, "nei:c:w:lUpv");
    this.#place = place;
    this.#terminal = terminal;
    this.#device = findDevice(place, options);
    this.#limit = numberOption("tcpdump", options, "c", Infinity, 1, 2 ** 31);
    this.#hasLinkHeaders = options.values.has("e");
    this.#filter = compile(options.operands.join(" "), place.cluster.cni.vxlanPorts);
    const path = options.values.get("w");
    this.#file = path === undefined ? null : terminal.create(path);
    this.#capture =
      this.#file === null
        ? null
        : new HopCapture(this.#file, {
            epochSeconds: EPOCH_SECONDS,
            names: place.cluster.addressNames(),
            application: "podwire",
            comment: `tcpdump ${words.join(" ")} on ${place.name}`,
          });
    terminal.error(this.#opening());
    place.taps.add(this);
  }

  #opening(): string {
    const about = this.#capture === null ? "verbose output suppressed, use -e for link headers\n" : "";
    const type = this.#device === null ? "LINUX_SLL2 (Linux cooked v2)" : "EN10MB (Ethernet)";
    const listening = `listening on ${this.#device?.name ?? "any"}, link-type ${type}, snapshot length 262144 bytes\n`;
    return `tcpdump: ${about}${listening}`;
  }

  /** Whether it has seen as many packets as it was to. */
  get isDone(): boolean {
    return this.#isStopped;
  }

  hop(hop: Hop): void {
    const { device, bytes } = hop;
    if (device.namespace !== this.#place.namespace || (this.#device !== null && device !== this.#device)) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!this.#filter(view, 0, bytes.length)) return;
    this.#count++;
    if (this.#capture === null) this.#terminal.out(this.#line(hop, view));
    else this.#capture.hop(hop);
    if (this.#count === this.#limit) this.stop();
  }

  #line({ time, device, direction }: Hop, view: DataView): string {
    const text = describePacket(view, 0, view.byteLength, device.linkType, {
      vxlanPorts: this.#place.cluster.cni.vxlanPorts,
    });
    const where = this.#device === null ? `${device.name} ${direction === "in" ? "In " : "Out"} ` : "";
    return `${clock(time)} ${where}${this.#hasLinkHeaders && device.hasLinkHeader ? withLinkHeader(view, text) : text}\n`;
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

function findDevice(place: Place, { values }: WordOptions): NetDevice | null {
  const name = values.get("i") ?? "eth0";
  if (name === "any") return null;
  const device = place.namespace.devices.get(name);
  if (device === undefined)
    throw new CommandError(`tcpdump: ${name}: No such device exists\n(SIOCGIFHWADDR: No such device)`, 1);
  return device;
}

function compile(expression: string, vxlanPorts: readonly number[]): FrameFilter {
  if (expression === "") return () => true;
  try {
    return compileFilter(expression, { vxlanPorts });
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new CommandError(`tcpdump: ${error.message}\n${USAGE}`, 1);
  }
}

/** Time of the day, to the microsecond. */
function clock(nanoseconds: number): string {
  const microseconds = Math.floor(nanoseconds / 1000);
  const seconds = Math.floor(microseconds / 1e6);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map((part) => String(part).padStart(2, "0")).join(":")}.${String(microseconds % 1e6).padStart(6, "0")}`;
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [EtherType.IPV4]: "IPv4",
  [EtherType.ARP]: "ARP",
  [EtherType.VLAN]: "802.1Q",
};

/** As `tcpdump -e`, which leaves out what the EtherType has said. */
function withLinkHeader(view: DataView, text: string): string {
  const type = ethernet.etherType(view, 0);
  const name = `${TYPE_NAMES[type] ?? "Unknown"} (0x${type.toString(16).padStart(4, "0")})`;
  const macs = `${formatMac(ethernet.source(view, 0))} > ${formatMac(ethernet.destination(view, 0))}`;
  return `${macs}, ethertype ${name}, length ${view.byteLength}: ${text.replace(/^(IP |ARP, )/, "")}`;
}
