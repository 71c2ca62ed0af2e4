/**
 * The Linux bridge: learns who is behind which port, forwards to one, floods when it does not know, and is a
 * device of its namespace itself (Linux br_input.c, br_forward.c, br_device.c; IEEE 802.1D).
 *
 *     port in --> learn source --> destination known? --yes--> its port, or up when it is local
 *                                        | no, or a group
 *                                        v
 *                                   every other port; groups also up
 *
 * The first loop over a vector learns and decides, the second hands over: all frames of a vector see the
 * table as their predecessors left it, and an observer is told in between.
 */
import { DropReason, formatMac } from "../wire/index.ts";
import { BridgeFdb, FdbFlag } from "./bridge-fdb.ts";
import { BridgePort, type BridgePortOptions } from "./bridge-port.ts";
import type { FlowPlan } from "./flow-plan.ts";
import type { Namespace } from "./namespace.ts";
import { NetDevice, type NetDeviceOptions } from "./net-device.ts";
import { Stage, type StageWork } from "./stage.ts";

export interface BridgeOptions extends NetDeviceOptions {
  /** Milliseconds after which a silent MAC is forgotten; 300 s when left out. */
  readonly ageingTime?: number;
  /** Learned FDB entries allowed at once; no limit when left out. */
  readonly learnedLimit?: number;
}

const DEFAULT_AGEING_TIME = 300_000;

/** What becomes of a frame: a port's number, UP, FLOOD, or REFUSED less the reason. */
const UP = 0;
const FLOOD = -1;
const REFUSED = -2;
/** A group that bridges keep to themselves: not forwarded, though its source is learned (br_handle_local_finish). */
const STAYS_ON_LINK = REFUSED - DropReason.UNHANDLED_PROTO;

/** 01:80:c2:00:00:0x, the groups that bridges do not forward (IEEE 802.1D table 7-10), without their last byte. */
const LINK_LOCAL_HIGH = 0x0180;
const LINK_LOCAL_LOW = 0xc2000000 | 0;

export class Bridge extends NetDevice {
  override readonly kind = "bridge";
  override readonly output: Stage;
  readonly fdb: BridgeFdb;
  /** By number; number 0 is the bridge itself, and one that has left leaves a gap. */
  readonly #ports: (BridgePort | null)[] = [null];

  constructor(namespace: Namespace, options: BridgeOptions) {
    super(namespace, options);
    this.output = new Stage(this.engine, new BridgeTransmit(this));
    this.fdb = new BridgeFdb(
      this.engine,
      options.ageingTime ?? DEFAULT_AGEING_TIME,
      options.learnedLimit ?? 0,
      namespace.changes,
    );
    this.fdb.set(this.mac, UP, FdbFlag.LOCAL | FdbFlag.STATIC);
  }

  /** `ip link set DEVICE master BRIDGE`. @throws RangeError for a device of another namespace, without Ethernet header, a bridge, or a port already. */
  addPort(device: NetDevice, options: BridgePortOptions = {}): BridgePort {
    const isTaken = device.namespace !== this.namespace || device.handler !== null || device instanceof Bridge;
    if (!device.hasLinkHeader || isTaken) {
      throw new RangeError(
        `expected an Ethernet device of ${this.namespace.name} that is no bridge and no port, found ${device.fullName}`,
      );
    }
    const port = new BridgePort(this, device, this.#ports.length, options);
    this.#ports.push(port);
    device.port = port;
    device.handler = port;
    // Of several devices with one MAC the first has the entry, the bridge itself before all (br_fdb_add_local).
    const known = this.fdb.find(device.macHigh, device.macLow);
    if (known < 0 || !this.fdb.isLocal(known)) this.fdb.set(device.mac, port.number, FdbFlag.LOCAL | FdbFlag.STATIC);
    return port;
  }

  /** `ip link set DEVICE nomaster`: what was learned there is forgotten. @throws RangeError when it is no port of this. */
  removePort(device: NetDevice): void {
    if (device.port?.bridge !== this)
      throw new RangeError(`expected a port of ${this.fullName}, found ${device.fullName}`);
    this.fdb.forgetPort(device.port.number);
    this.#ports[device.port.number] = null;
    device.port = null;
    device.handler = null;
    const heir = this.ports.find((port) => port.device.mac === device.mac);
    if (heir !== undefined && this.fdb.find(device.macHigh, device.macLow) < 0)
      this.fdb.set(device.mac, heir.number, FdbFlag.LOCAL | FdbFlag.STATIC);
  }

  get ports(): BridgePort[] {
    return this.#ports.filter((port) => port !== null);
  }

  /** The name of a port by its number; the bridge's own for 0. */
  portName(number: number): string {
    return this.#ports[number]?.device.name ?? this.name;
  }

  override planOutput(plan: FlowPlan): boolean {
    const { macHigh, macLow } = plan.header!;
    const verdict = this.#lookUp(macHigh, macLow);
    const port = verdict > UP ? this.#ports[verdict] : null;
    if (!this.up || port?.takesFrom(null) !== true) return false;
    plan.restrict(plan.limit, this.fdb.relyOn(macHigh, macLow));
    plan.hops.push({ device: this, overhead: plan.overhead });
    return port.device.planOutput(plan);
  }

  /** Frames that came in at a port. */
  receive(from: BridgePort, handles: Int32Array, first: number, end: number): void {
    const { engine } = this;
    const { loops } = engine;
    const verdicts = loops.results;
    const decided =
      this.up && from.learning ? loops.bridge(this.fdb, from.number, engine.milliseconds, handles, first, end) : first;
    for (let i = decided; i < end; i++) verdicts[i - first] = this.#decide(from, handles[i]!);
    if (engine.inquirer !== null) for (let i = first; i < end; i++) this.#explain(handles[i]!, verdicts[i - first]!);
    this.#handOver(from, handles, first, end);
  }

  /** Frames that the bridge's own namespace sends: as from a port that every other takes from, and nothing goes up. */
  sendFromHost(handles: Int32Array, first: number, end: number): void {
    const { view, start } = this.engine.pool;
    const verdicts = this.engine.loops.results;
    for (let i = first; i < end; i++) {
      const offset = start[handles[i]!]!;
      const verdict = this.#lookUp(view.getUint16(offset), view.getInt32(offset + 2));
      verdicts[i - first] = verdict === UP ? REFUSED - DropReason.BRIDGE_NO_PORT : verdict;
    }
    if (this.engine.inquirer !== null)
      for (let i = first; i < end; i++) this.#explain(handles[i]!, verdicts[i - first]!);
    this.#handOver(null, handles, first, end);
  }

  #decide(from: BridgePort, handle: number): number {
    if (!this.up) return REFUSED - DropReason.DEV_READY;
    const { fdb } = this;
    const { view, start } = this.engine.pool;
    const offset = start[handle]!;
    const high = view.getUint16(offset);
    const low = view.getInt32(offset + 2);
    const sourceHigh = view.getUint16(offset + 6);
    const sourceLow = view.getInt32(offset + 8);
    if ((sourceHigh & 0x0100) !== 0 || (sourceHigh | sourceLow) === 0) return REFUSED - DropReason.MAC_INVALID_SOURCE;
    const isGroup = (high & 0x0100) !== 0;
    const verdict = isGroup ? groupVerdict(high, low) : UP;
    if (from.learning && verdict !== REFUSED - DropReason.MAC_IEEE_MAC_CONTROL)
      fdb.learn(sourceHigh, sourceLow, from.number);
    return isGroup ? verdict : fdb.portBehind(high, low);
  }

  #lookUp(high: number, low: number): number {
    return (high & 0x0100) !== 0 ? FLOOD : this.fdb.portBehind(high, low);
  }

  /** Neighbours in the vector mostly go the same way: each run of them is handed over in one go. */
  #handOver(from: BridgePort | null, handles: Int32Array, first: number, end: number): void {
    const { loops } = this.engine;
    for (let i = first; i < end;) {
      const verdict = loops.results[i - first]!;
      const next = first + loops.endOfRun(i - first, end - first);
      if (verdict > UP) this.#sendTo(verdict, from, handles, i, next);
      else if (verdict === UP) this.receiver.pushAll(handles, i, next);
      else if (verdict === FLOOD) for (; i < next; i++) this.#flood(from, handles[i]!);
      else for (; i < next; i++) this.engine.drop(handles[i]!, (REFUSED - verdict) as DropReason, this);
      i = next;
    }
  }

  #sendTo(number: number, from: BridgePort | null, handles: Int32Array, first: number, end: number): void {
    // An entry set by hand may name a port that is not, or no longer, there.
    const port = this.#ports[number];
    if (port?.takesFrom(from) === true) port.device.output.pushAll(handles, first, end);
    else for (let i = first; i < end; i++) this.engine.drop(handles[i]!, DropReason.BRIDGE_NO_PORT, this);
  }

  /** To every port that takes it, and up when it is for a group: clones for all but the last, which gets the frame. */
  #flood(from: BridgePort | null, handle: number): void {
    const { engine } = this;
    const { view, start } = engine.pool;
    const offset = start[handle]!;
    const isGroup = (view.getUint8(offset) & 1) === 1;
    const isBroadcast = isGroup && view.getUint16(offset) === 0xffff && view.getInt32(offset + 2) === -1;
    let last: NetDevice | null = null;
    for (const port of this.#ports) {
      if (port === null || !port.takesFrom(from)) continue;
      // The switches for groups are not for the host's own frames (Linux br_flood).
      const isSwitchedOn = isBroadcast ? port.broadcastFlood : isGroup ? port.multicastFlood : port.unicastFlood;
      if (!isSwitchedOn && !(isGroup && from === null)) continue;
      if (last !== null) this.#pushClone(handle, last);
      last = port.device;
    }
    if (isGroup && from !== null) {
      if (last !== null) this.#pushClone(handle, last);
      this.receiver.push(handle);
    } else if (last !== null) {
      last.output.push(handle);
    } else {
      engine.drop(handle, DropReason.BRIDGE_NO_PORT, this);
    }
  }

  #pushClone(handle: number, device: NetDevice): void {
    const copy = this.engine.clone(handle);
    if (copy >= 0) device.output.push(copy);
    else device.countDrop(DropReason.NOMEM);
  }

  #explain(handle: number, verdict: number): void {
    const { pool, inquirer } = this.engine;
    const offset = pool.start[handle]!;
    const mac = formatMac(pool.view.getUint16(offset) * 2 ** 32 + pool.view.getUint32(offset + 2));
    if (verdict > UP) inquirer!.explain(handle, `bridge ${this.name}: ${mac} is behind ${this.portName(verdict)}`);
    else if (verdict === UP)
      inquirer!.explain(handle, `bridge ${this.name}: ${mac} is local, up to ${this.namespace.name}`);
    else if (verdict === FLOOD)
      inquirer!.explain(handle, `bridge ${this.name}: ${floodReason(pool.view.getUint8(offset), mac)}, flooded`);
  }
}

/** FLOOD, unless it is a group that bridges keep to themselves. */
function groupVerdict(high: number, low: number): number {
  if (high !== LINK_LOCAL_HIGH || (low & ~0xf) !== LINK_LOCAL_LOW) return FLOOD;
  // Linux forwards the first of them, spanning tree's, while spanning tree is off: loops stay detectable.
  if ((low & 0xf) === 0) return FLOOD;
  return (low & 0xf) === 1 ? REFUSED - DropReason.MAC_IEEE_MAC_CONTROL : STAYS_ON_LINK;
}

function floodReason(firstByte: number, mac: string): string {
  if (mac === BROADCAST_TEXT) return "broadcast";
  return (firstByte & 1) === 1 ? `multicast to ${mac}` : `${mac} is unknown`;
}

const BROADCAST_TEXT = "ff:ff:ff:ff:ff:ff";

/** Frames that the namespace sends into its bridge. */
class BridgeTransmit implements StageWork {
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  run(handles: Int32Array, first: number, end: number): void {
    const kept = this.#bridge.admitSent(handles, first, end, this.#bridge.longestFrame);
    this.#bridge.sendFromHost(handles, first, kept);
  }
}
