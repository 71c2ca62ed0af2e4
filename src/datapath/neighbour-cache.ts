/**
 * Who is behind an address on a link: the neighbour table, what happens to its entries (neighbour-state.ts) and
 * the packets that wait for an answer.
 */
import { NeighbourTable } from "../table/index.ts";
import { ArpOperation, BROADCAST_MAC, DropReason, formatIpv4, formatMac } from "../wire/index.ts";
import { sendArp } from "./arp-output.ts";
import type { Engine } from "./engine.ts";
import { sendFrame } from "./ethernet-output.ts";
import type { FlowPlan } from "./flow-plan.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import {
  DELAY_FIRST_PROBE,
  LEARNED_LIMIT,
  LOCK_MILLISECONDS,
  NeighbourState,
  REACHABLE_MILLISECONDS,
  RETRANSMIT,
  SOLICIT_COUNT,
  TABLE_LIMIT,
  WAITING_LIMIT,
} from "./neighbour-state.ts";

const { INCOMPLETE, REACHABLE, STALE, DELAY, PROBE, FAILED, PERMANENT } = NeighbourState;
/** States in which packets are sent (NUD_VALID). */
const VALID = REACHABLE | STALE | DELAY | PROBE | PERMANENT;

export class NeighbourCache {
  readonly table: NeighbourTable = new NeighbourTable(TABLE_LIMIT);
  /** Entries that are not permanent. */
  #learnedCount = 0;
  readonly #namespace: Namespace;
  readonly #engine: Engine;
  /** By entry index: packets that wait, their IPv4 header first. */
  readonly #waiting = new Map<number, number[]>();
  /** By entry index: counts what would make a pending timer void. */
  readonly #epochs: number[] = [];

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.#engine = namespace.engine;
  }

  /**
   * Sends an IPv4 packet (its header first) to a neighbour: writes the Ethernet header into headroom and
   * hands the frame to the device, or keeps the packet until the neighbour has answered.
   */
  send(handle: number, device: NetDevice, address: number): void {
    if (!device.hasLinkHeader) {
      device.sendPacket(handle, address);
      return;
    }
    const { table } = this;
    const index = table.find(device.index, address);
    if (index < 0 || (table.state[index]! & VALID) === 0) {
      if (device.arp) this.#wait(handle, device, address, index);
      else sendFrame(handle, device, device.macHigh, device.macLow);
      return;
    }
    if (table.state[index] !== PERMANENT) this.#use(index);
    sendFrame(handle, device, table.macHigh[index]!, table.macLow[index]!);
  }

  /** Writes down what `send` would do with packets of a flow; false when they would wait, or start a clock. */
  planSend(plan: FlowPlan, device: NetDevice, address: number): boolean {
    const { table } = this;
    const index = table.find(device.index, address);
    if (index < 0 || (table.state[index]! & VALID) === 0) return !device.arp && planWithoutArp(plan, device);
    this.#age(index);
    const state = table.state[index]!;
    if (state === STALE) return false;
    const age = this.#engine.millisecondsSince(table.confirmed[index]!);
    plan.restrict(plan.limit, state === REACHABLE ? REACHABLE_MILLISECONDS + 1 - age : Infinity);
    plan.header = { macHigh: table.macHigh[index]! & 0xffff, macLow: table.macLow[index]!, device };
    return device.planOutput(plan);
  }

  /** Sends to a MAC that needs no asking: broadcast, multicast, the loopback's zeroes. */
  sendToMac(handle: number, device: NetDevice, mac: number): void {
    const { view, start } = this.#engine.pool;
    if (!device.hasLinkHeader) device.sendPacket(handle, view.getUint32(start[handle]! + 16));
    else sendFrame(handle, device, Math.floor(mac / 2 ** 32), mac | 0);
  }

  /** A REACHABLE entry goes STALE with time. No timer does it: whoever looks at the state asks first. */
  #age(index: number): void {
    const { table } = this;
    if (
      table.state[index] === REACHABLE &&
      this.#engine.millisecondsSince(table.confirmed[index]!) > REACHABLE_MILLISECONDS
    )
      this.#enter(index, STALE);
  }

  /** Using a STALE entry starts the clock that ends in a probe. */
  #use(index: number): void {
    const { table } = this;
    this.#age(index);
    if (table.state[index] === STALE) {
      this.#enter(index, DELAY);
      this.#expireAfter(DELAY_FIRST_PROBE, index);
    }
  }

  #wait(handle: number, device: NetDevice, address: number, found: number): void {
    const index = found >= 0 ? found : this.#insert(device, address);
    if (index < 0) {
      this.#engine.drop(handle, DropReason.NEIGH_CREATEFAIL, device);
      return;
    }
    const waiting = this.#waiting.get(index) ?? [];
    this.#waiting.set(index, waiting);
    if (waiting.length === WAITING_LIMIT) this.#engine.drop(waiting.shift()!, DropReason.NEIGH_QUEUEFULL, device);
    waiting.push(handle);
    if (this.table.state[index] === INCOMPLETE) return;
    this.#enter(index, INCOMPLETE);
    this.table.probes[index] = 0;
    this.#solicit(index);
  }

  #insert(device: NetDevice, address: number): number {
    if (this.#learnedCount >= LEARNED_LIMIT && !this.#makeRoom()) return -1;
    const index = this.table.insert(device.index, address);
    if (index >= 0) this.#learnedCount++;
    return index;
  }

  /** A full table gives up what is not in use: failed entries first, then the stale one longest unheard of. */
  #makeRoom(): boolean {
    const { table } = this;
    let victim = -1;
    table.forEach((index) => {
      this.#age(index);
      const state = table.state[index]!;
      if (
        state === FAILED ||
        (state === STALE &&
          (victim < 0 ||
            (table.state[victim] !== FAILED && ((table.confirmed[index]! - table.confirmed[victim]!) | 0) < 0)))
      )
        victim = index;
    });
    if (victim >= 0) this.#remove(victim, DropReason.NEIGH_DEAD);
    return victim >= 0;
  }

  #enter(index: number, state: number): void {
    this.#namespace.changes.note();
    this.table.state[index] = state;
    this.table.updated[index] = this.#engine.milliseconds;
    this.#epochs[index] = (this.#epochs[index] ?? 0) + 1;
  }

  #expireAfter(delay: number, index: number): void {
    const epoch = this.#epochs[index];
    this.#engine.after(delay, {
      fire: () => {
        if (this.#epochs[index] === epoch) this.#expire(index);
      },
    });
  }

  #expire(index: number): void {
    const { table } = this;
    if (table.state[index] === DELAY) {
      this.#enter(index, PROBE);
      table.probes[index] = 0;
    }
    if (table.probes[index]! < SOLICIT_COUNT) {
      this.#solicit(index);
      return;
    }
    this.#enter(index, FAILED);
    this.#dropWaiting(index, DropReason.NEIGH_FAILED);
  }

  /** Asks by ARP: everybody while the MAC is unknown, the neighbour itself when it only may have gone. */
  #solicit(index: number): void {
    const { table } = this;
    table.probes[index] = table.probes[index]! + 1;
    const device = this.#engine.devices[table.device[index]!]!;
    const isProbe = table.state[index] === PROBE;
    const target = isProbe ? table.mac(index) : BROADCAST_MAC;
    const address = table.address[index]! >>> 0;
    const waiting = this.#waiting.get(index);
    const source = this.#sourceFor(waiting?.at(-1), device, address);
    const why = isProbe
      ? `neighbour ${formatIpv4(address)} not heard of for a while: asking it directly`
      : `who has ${formatIpv4(address)}? ${waitingText(waiting?.length ?? 0)}`;
    sendArp(
      device,
      { operation: ArpOperation.REQUEST, destination: target, senderProtocol: source, targetProtocol: address },
      why,
    );
    this.#expireAfter(RETRANSMIT, index);
  }

  /** The sender address of a request: that of the packet that waits last, when it started here (arp_announce 0). */
  #sourceFor(waiting: number | undefined, device: NetDevice, target: number): number {
    const { pool } = this.#engine;
    if (waiting !== undefined) {
      const source = pool.view.getUint32(pool.start[waiting]! + 12);
      if (this.#namespace.addresses.isLocal(source)) return source;
    }
    return this.#namespace.addresses.select(device, target);
  }

  /** Ends what waits in vain. The senders hear "host unreachable" (RFC 1812 section 5.3.3.1) when nobody answered. */
  #dropWaiting(index: number, reason: DropReason): void {
    const device = this.#engine.devices[this.table.device[index]!]!;
    const waiting = this.#waiting.get(index) ?? [];
    this.#waiting.delete(index);
    for (const handle of waiting) {
      if (reason === DropReason.NEIGH_FAILED) this.#namespace.icmp.sendHostUnreachable(handle);
      this.#engine.drop(handle, reason, device);
    }
  }

  /**
   * What an ARP packet says of a neighbour. `isReply`: it was sent to us as an answer, so the neighbour is
   * reachable; otherwise it only is where it says. Creates an entry only when `mayCreate`. `isGratuitous`: the
   * neighbour announced itself, which the lock does not hold up (Linux arp_process, neigh_update).
   */
  learn(
    device: NetDevice,
    address: number,
    mac: number,
    isReply: boolean,
    mayCreate: boolean,
    isGratuitous: boolean = false,
  ): void {
    const { table } = this;
    const known = table.find(device.index, address);
    const index = known >= 0 || !mayCreate ? known : this.#insert(device, address);
    if (index < 0 || table.state[index] === PERMANENT) return;
    const isValid = known >= 0 && (table.state[index]! & VALID) !== 0;
    const isSame = isValid && table.mac(index) === mac;
    const isLocked = isValid && this.#engine.millisecondsSince(table.updated[index]!) <= LOCK_MILLISECONDS;
    if (isValid && !isSame && isLocked && !mayCreate && !isGratuitous) return;
    if (isSame && !isReply) return;
    table.macHigh[index] = Math.floor(mac / 2 ** 32);
    table.macLow[index] = mac | 0;
    table.confirmed[index] = this.#engine.milliseconds;
    const state = isReply ? REACHABLE : STALE;
    // What changes nothing must not prolong the lock.
    if (!isSame || table.state[index] !== state) this.#enter(index, state);
    this.#sendWaiting(index, device, address, mac);
  }

  #sendWaiting(index: number, device: NetDevice, address: number, mac: number): void {
    const waiting = this.#waiting.get(index) ?? [];
    this.#waiting.delete(index);
    const { inquirer } = this.#engine;
    for (const handle of waiting) {
      if (inquirer !== null)
        inquirer.explain(
          handle,
          `neighbour ${formatIpv4(address)} answered: it is at ${formatMac(mac)}, the packet that waited goes out`,
        );
      this.send(handle, device, address);
    }
  }

  /** `ip neigh replace ADDRESS lladdr MAC dev DEVICE nud permanent`. @throws RangeError when the table is full. */
  setPermanent(device: NetDevice, address: number, mac: number): void {
    const known = this.table.find(device.index, address);
    const index = known >= 0 ? known : this.table.insert(device.index, address);
    if (index < 0)
      throw new RangeError(`expected room in the neighbour table of ${this.#namespace.name}, found it full`);
    if (known >= 0 && this.table.state[index] !== PERMANENT) this.#learnedCount--;
    this.table.macHigh[index] = Math.floor(mac / 2 ** 32);
    this.table.macLow[index] = mac | 0;
    this.#enter(index, PERMANENT);
    this.#sendWaiting(index, device, address, mac);
  }

  /** `ip neigh del`: what waits for it is dropped. False when there is no such entry. */
  remove(device: NetDevice, address: number): boolean {
    const index = this.table.find(device.index, address);
    if (index >= 0) this.#remove(index, DropReason.NEIGH_DEAD);
    return index >= 0;
  }

  #remove(index: number, reason: DropReason): void {
    this.#dropWaiting(index, reason);
    if (this.table.state[index] !== PERMANENT) this.#learnedCount--;
    this.#namespace.changes.note();
    this.#epochs[index] = (this.#epochs[index] ?? 0) + 1;
    this.table.remove(index);
  }

  /** For explanations: "at 0a:58:…" or "unknown". */
  describe(device: NetDevice, address: number): string {
    if (!device.hasLinkHeader) return `next hop ${formatIpv4(address)}, no ARP`;
    const index = this.table.find(device.index, address);
    if (index < 0 && !device.arp) return `neighbour ${formatIpv4(address)} at ${formatMac(device.mac)}, no ARP`;
    const isKnown = index >= 0 && (this.table.state[index]! & VALID) !== 0;
    return isKnown
      ? `neighbour ${formatIpv4(address)} at ${formatMac(this.table.mac(index))}`
      : `neighbour ${formatIpv4(address)} unknown, asking by ARP`;
  }
}

/** To the device's own MAC. */
function planWithoutArp(plan: FlowPlan, device: NetDevice): boolean {
  plan.header = { macHigh: device.macHigh, macLow: device.macLow, device };
  return device.planOutput(plan);
}

function waitingText(count: number): string {
  return count === 1 ? "one packet waits for the answer" : `${count} packets wait for the answer`;
}
