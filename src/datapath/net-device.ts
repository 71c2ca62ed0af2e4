/**
 * A network device as `ip link` shows it: a name in a namespace, a MAC, an MTU, up or down, counters.
 *
 * Two queues face it. `receiver` takes frames that arrive on it: they go to the bridge whose port it is,
 * or up to its namespace's protocols. `output` takes frames that are to leave through it: what happens
 * there is the kind of device (the veth's other end, the bridge's ports, the tunnel).
 */
import { DROP_REASON_COUNT, DropReason, ethernet } from "../wire/index.ts";
import { LinkType } from "../capture/index.ts";
import type { BridgePort } from "./bridge-port.ts";
import type { DeviceFilter } from "./device-filter.ts";
import { checkMac, checkMtu, checkName, randomMac } from "./device-checks.ts";
import type { Engine } from "./engine.ts";
import type { FlowPlan } from "./flow-plan.ts";
import type { Namespace } from "./namespace.ts";
import type { Direction } from "./observer.ts";
import { Stage, type StageWork } from "./stage.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;

/** 0: off. 1, strict: the way back to the source leaves through the device. 2, loose: there is a way (RFC 3704). */
export type ReversePathFilter = 0 | 1 | 2;

/** Indexes into `NetDevice.counters`. */
export const Counter = { RX_PACKETS: 0, RX_BYTES: 1, TX_PACKETS: 2, TX_BYTES: 3 } as const;

/** Longer than a frame can be. */
const LONGEST_FRAME = 2 ** 30;

export interface NetDeviceOptions {
  readonly name: string;
  /** 48-bit number; one is drawn from the engine's seed when left out. */
  readonly mac?: number;
  /** Longest network-layer packet in bytes. */
  readonly mtu?: number;
}

export abstract class NetDevice {
  readonly engine: Engine;
  readonly namespace: Namespace;
  /** Unique in the engine; what `PacketPool.ingress` holds. */
  readonly index: number;
  readonly name: string;
  /** What `ip -d link` calls the kind: "veth", "bridge", "vxlan". */
  abstract readonly kind: string;
  /** False for a device whose frames begin with the IPv4 header, and that has neither MAC nor ARP: a tunnel of packets. */
  readonly hasLinkHeader: boolean;
  /** The MAC's upper 16 and lower 32 bits, the latter signed: the form that the hot loops compare. */
  readonly macHigh: number;
  readonly macLow: number;
  /** The bridge port that this device is, or null. */
  port: BridgePort | null = null;
  /** Who takes the frames that arrive here in place of the namespace, or null (Linux's rx_handler): a bridge's port, a tap. */
  handler: StageWork | null = null;
  /** What refuses some of the frames that arrive here before anybody takes them, or null. */
  inputFilter: DeviceFilter | null = null;
  /** Packets and bytes received and sent, by `Counter`. */
  readonly counters: Float64Array = new Float64Array(4);
  /** Packets dropped at this device, by `DropReason`. */
  readonly drops: Float64Array = new Float64Array(DROP_REASON_COUNT);
  readonly receiver: Stage;
  abstract output: Stage;
  /** net.ipv4.conf.DEVICE.proxy_arp, with proxy_delay 0: ARP requests for what is routed elsewhere are answered. */
  proxyArp = false;
  #reversePathFilter: ReversePathFilter = 0;
  #mtu: number;
  #isUp = true;
  #hasArp = true;

  /** @throws RangeError for a name that Linux would refuse, a group MAC, or an MTU outside 68..65535. */
  constructor(
    namespace: Namespace,
    options: NetDeviceOptions,
    receive?: (device: NetDevice) => StageWork,
    hasLinkHeader: boolean = true,
  ) {
    checkName(options.name);
    this.engine = namespace.engine;
    this.namespace = namespace;
    this.name = options.name;
    this.hasLinkHeader = hasLinkHeader;
    const mac = hasLinkHeader ? (options.mac ?? randomMac(this.engine)) : 0;
    if (hasLinkHeader) checkMac(options.name, mac);
    this.macHigh = Math.floor(mac / 2 ** 32);
    this.macLow = mac | 0;
    this.#mtu = checkMtu(options.mtu ?? 1500);
    namespace.attach(this);
    this.index = this.engine.register(this);
    this.receiver = new Stage(this.engine, receive === undefined ? new DeviceReceive(this) : receive(this));
  }

  /** The MAC as a 48-bit number. */
  get mac(): number {
    return this.macHigh * 2 ** 32 + (this.macLow >>> 0);
  }

  /** `ip link set up` and `down`: what a bridge had learned at a port that goes down is forgotten. */
  get up(): boolean {
    return this.#isUp;
  }

  set up(isUp: boolean) {
    this.#isUp = isUp;
    this.namespace.changes.note();
    if (!isUp && this.port !== null) this.port.bridge.fdb.flush(this.port.number);
  }

  get mtu(): number {
    return this.#mtu;
  }

  set mtu(mtu: number) {
    this.#mtu = checkMtu(mtu);
    this.namespace.changes.note();
  }

  /** `ip link set DEVICE arp off` (NOARP): nobody is asked for, frames go to the device's own MAC (Linux arp_constructor). */
  get arp(): boolean {
    return this.#hasArp;
  }

  set arp(hasArp: boolean) {
    this.#hasArp = hasArp;
    this.namespace.changes.note();
  }

  /** net.ipv4.conf.DEVICE.rp_filter: which sources are believed (reverse-path.ts); 0 believes all. */
  get reversePathFilter(): ReversePathFilter {
    return this.#reversePathFilter;
  }

  set reversePathFilter(mode: ReversePathFilter) {
    this.#reversePathFilter = mode;
    this.namespace.changes.note();
  }

  /** What captures call its frames (draft-ietf-opsawg-pcaplinktype): Ethernet, or bare IP packets. */
  get linkType(): number {
    return this.hasLinkHeader ? LinkType.ETHERNET : LinkType.RAW;
  }

  /** Bytes of the longest frame: the MTU, the Ethernet header and one VLAN tag (Linux is_skb_forwardable). */
  get longestFrame(): number {
    return this.#mtu + ETHERNET_HEADER_LENGTH + 4;
  }

  /** How captures and traces name it: "node-a/cni0". */
  get fullName(): string {
    return `${this.namespace.name}/${this.name}`;
  }

  /** What captures say of it beside its name. */
  get description(): string {
    return this.kind;
  }

  /**
   * Writes down what this device would do with a frame of a flow that leaves through it, whose Ethernet header is
   * planned. False when it is no plain matter, and each packet has to be looked at.
   */
  planOutput(_plan: FlowPlan): boolean {
    return false;
  }

  /** Sends an IPv4 packet to a next hop that needs no link header: only a device that has none is asked. */
  sendPacket(handle: number, _nextHop: number): void {
    this.output.push(handle);
  }

  /** Sends one raw frame out of this device, as a packet socket does. Counts NOMEM when the pool is empty. */
  transmit(frame: Uint8Array): void {
    this.#inject(frame, this.output);
  }

  /** Lets one raw frame arrive on this device, as if its wire had carried it. */
  arrive(frame: Uint8Array): void {
    this.#inject(frame, this.receiver);
  }

  #inject(frame: Uint8Array, stage: Stage): void {
    const handle = this.engine.pool.allocateFrom(frame);
    if (handle >= 0) stage.push(handle);
    else this.countDrop(DropReason.NOMEM);
  }

  /** Counts a packet that has ended here, or never came to be. */
  countDrop(reason: DropReason): void {
    const { drops } = this.engine;
    this.drops[reason] = this.drops[reason]! + 1;
    drops[reason] = drops[reason]! + 1;
  }

  /**
   * What every arriving vector goes through: no device takes frames while it is down, none passes a frame on
   * whose Ethernet header is not whole. Counts, shows, and returns the new end of the vector.
   */
  admitReceived(handles: Int32Array, first: number, end: number): number {
    const { loops } = this.engine;
    let kept = end;
    let bytes = this.up ? loops.admit(handles, first, end, this.index, this.#shortestFrame, LONGEST_FRAME) : -1;
    if (bytes < 0) {
      kept = this.#refuseUnfit(handles, first, end, LONGEST_FRAME);
      bytes = loops.admit(handles, first, kept, this.index, 0, LONGEST_FRAME);
    }
    this.#count(Counter.RX_PACKETS, kept - first, bytes);
    this.show("in", handles, first, kept);
    return kept;
  }

  /** The same for frames about to leave; `longest` is what the far end takes, in bytes, beside what this one may send. */
  admitSent(handles: Int32Array, first: number, end: number, longest: number): number {
    const { loops } = this.engine;
    const limit = Math.min(longest, this.longestFrame, LONGEST_FRAME);
    let kept = end;
    let bytes = this.up ? loops.measure(handles, first, end, this.#shortestFrame, limit) : -1;
    if (bytes < 0) {
      kept = this.#refuseUnfit(handles, first, end, limit);
      bytes = loops.measure(handles, first, kept, 0, LONGEST_FRAME);
    }
    this.#count(Counter.TX_PACKETS, kept - first, bytes);
    this.show("out", handles, first, kept);
    return kept;
  }

  /**
   * What both ends of an ideal pair make of a vector that crosses it, from `sender` to this device: `admitSent`
   * there, then `admitReceived` here. One loop where all frames are fit.
   */
  admitCrossing(sender: NetDevice, handles: Int32Array, first: number, end: number): number {
    const { loops } = this.engine;
    const longest = Math.min(sender.longestFrame, this.longestFrame);
    const bytes =
      sender.up && this.up ? loops.admit(handles, first, end, this.index, ETHERNET_HEADER_LENGTH, longest) : -1;
    if (bytes < 0) {
      const sent = sender.admitSent(handles, first, end, this.longestFrame);
      return this.admitReceived(handles, first, sent);
    }
    sender.#count(Counter.TX_PACKETS, end - first, bytes);
    this.#count(Counter.RX_PACKETS, end - first, bytes);
    sender.show("out", handles, first, end);
    this.show("in", handles, first, end);
    return end;
  }

  get #shortestFrame(): number {
    return this.hasLinkHeader ? ETHERNET_HEADER_LENGTH : 0;
  }

  #count(packets: number, count: number, bytes: number): void {
    const counters = this.counters;
    counters[packets] = counters[packets]! + count;
    counters[packets + 1] = counters[packets + 1]! + bytes;
  }

  /** Tells who looks on, if anybody does, of frames that pass this device. */
  show(direction: Direction, handles: Int32Array, first: number, end: number): void {
    const { observer } = this.engine;
    if (observer !== null && end > first) observer.frames(this, direction, handles, first, end);
  }

  /** Drops what this device cannot take and closes the gaps; the usual vector passes untouched. */
  #refuseUnfit(handles: Int32Array, first: number, end: number, longest: number): number {
    const { length } = this.engine.pool;
    let kept = first;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const bytes = length[handle]!;
      if (bytes >= this.#shortestFrame && bytes <= longest && this.up) handles[kept++] = handle;
      else
        this.engine.drop(
          handle,
          !this.up ? DropReason.DEV_READY : bytes > longest ? DropReason.PKT_TOO_BIG : DropReason.HDR_TRUNC,
          this,
        );
    }
    return kept;
  }
}

/** Frames that arrived: to the bridge whose port the device is, otherwise up to the namespace. */
export class DeviceReceive implements StageWork {
  readonly device: NetDevice;

  constructor(device: NetDevice) {
    this.device = device;
  }

  run(handles: Int32Array, first: number, end: number): void {
    this.takeUp(handles, first, this.device.admitReceived(handles, first, end));
  }

  /** What happens to frames that the device has taken. */
  protected takeUp(handles: Int32Array, first: number, kept: number): void {
    const { inputFilter } = this.device;
    passUp(this.device, handles, first, inputFilter === null ? kept : inputFilter.run(handles, first, kept));
  }
}

/** Hands frames that have come in on a device to who takes them, if there are any. */
export function passUp(device: NetDevice, handles: Int32Array, first: number, end: number): void {
  const { handler, namespace } = device;
  if (end === first) return;
  if (handler !== null) handler.run(handles, first, end);
  else namespace.receive(device, handles, first, end);
}
