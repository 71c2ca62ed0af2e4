/**
 * A VXLAN device's forwarding database: which remote VTEP a MAC is behind, and who gets what nobody claims
 * (Linux vxlan_core.c).
 */
import { MacTable } from "../table/index.ts";
import { Changes } from "./changes.ts";
import type { Engine } from "./engine.ts";

/** Set on entries that were put there by hand: they neither age nor move. */
const PERMANENT = 1;

/** What an incoming source MAC meant for the table. */
export const LearnResult = { REFRESHED: 0, ENTERED: 1, MOVED: 2, FULL: 3, CONTRADICTS_PERMANENT: 4 } as const;
export type LearnResult = (typeof LearnResult)[keyof typeof LearnResult];

export interface VxlanFdbEntry {
  readonly mac: number;
  /** IPv4 address of the remote VTEP. */
  readonly remote: number;
  readonly isPermanent: boolean;
}

export class VxlanFdb {
  private readonly engine: Engine;
  private readonly changes: Changes;
  private readonly table: MacTable;
  /** Milliseconds that a learned entry lives without traffic from it; traffic to it does not count. */
  readonly ageingTime: number;
  /** Entries allowed at once, 0 for no limit. */
  readonly maximumCount: number;
  /** VTEPs by the number that entries hold, with how many entries hold it. */
  private readonly remotes = new RemoteNumbers();
  /** VTEPs that get a copy of what has no entry: the all-zero MAC's entries, in the order they were added. */
  private readonly floodRemotes: number[] = [];

  constructor(engine: Engine, ageingTime: number, maximumCount: number | undefined, changes: Changes = new Changes()) {
    this.engine = engine;
    this.changes = changes;
    this.ageingTime = ageingTime;
    this.maximumCount = maximumCount ?? 0;
    this.table = new MacTable(maximumCount === undefined ? {} : { maximumCount });
  }

  /** The VTEP that has this MAC as an IPv4 address, 0 when the table does not know. `low` may be signed. */
  find(high: number, low: number): number {
    const slot = this.table.find(high, low);
    return slot < 0 || this.isExpired(slot) ? 0 : this.remotes.address(this.table.value(slot));
  }

  /** Milliseconds until the MAC's entry is past its age if nothing comes from it; it must have one. */
  lifetime(high: number, low: number): number {
    const slot = this.table.find(high, low);
    if (this.table.flags(slot) === PERMANENT) return Infinity;
    return this.ageingTime - this.engine.millisecondsSince(this.table.updated(slot));
  }

  get floodList(): readonly number[] {
    return this.floodRemotes;
  }

  private isExpired(slot: number): boolean {
    return (
      this.engine.millisecondsSince(this.table.updated(slot)) >= this.ageingTime && this.table.flags(slot) !== PERMANENT
    );
  }

  /** A frame with this source MAC came from `remote` (Linux vxlan_snoop). */
  learn(high: number, low: number, remote: number): LearnResult {
    const table = this.table;
    const slot = table.find(high, low);
    if (slot < 0) return this.enter(high, low, remote, 0) ? LearnResult.ENTERED : LearnResult.FULL;
    if (this.remotes.address(table.value(slot)) === remote) {
      table.touch(slot, this.engine.milliseconds);
      return LearnResult.REFRESHED;
    }
    if (table.flags(slot) === PERMANENT) return LearnResult.CONTRADICTS_PERMANENT;
    this.move(slot, remote);
    return LearnResult.MOVED;
  }

  private enter(high: number, low: number, remote: number, flags: number): boolean {
    const number = this.remotes.take(remote);
    if (this.insert(high, low, number, flags)) return true;
    this.remotes.giveBack(number);
    return false;
  }

  /** Into a full table only when something in it is past its age. */
  private insert(high: number, low: number, number: number, flags: number): boolean {
    const now = this.engine.milliseconds;
    return (
      this.table.insert(high, low, number, flags, now) >= 0 ||
      (this.expire() > 0 && this.table.insert(high, low, number, flags, now) >= 0)
    );
  }

  private expire(): number {
    return this.table.removeIf((slot) => {
      const goes = this.isExpired(slot);
      if (goes) this.remotes.giveBack(this.table.value(slot));
      return goes;
    });
  }

  private move(slot: number, remote: number): void {
    this.changes.note();
    this.remotes.giveBack(this.table.value(slot));
    this.table.setValue(slot, this.remotes.take(remote));
    this.table.touch(slot, this.engine.milliseconds);
  }

  /** `bridge fdb replace MAC dev DEVICE dst REMOTE` (permanent). @throws RangeError when the table is full. */
  setPermanent(mac: number, remote: number): void {
    const high = Math.floor(mac / 2 ** 32);
    const slot = this.table.find(high, mac | 0);
    if (slot >= 0) {
      this.move(slot, remote);
      this.table.setFlags(slot, PERMANENT);
    } else if (!this.enter(high, mac | 0, remote, PERMANENT)) {
      throw new RangeError(`expected room in the FDB, found all ${this.table.count} entries in use`);
    }
  }

  /** `bridge fdb append 00:00:00:00:00:00 dev DEVICE dst REMOTE`: one more VTEP to flood to. @throws RangeError when it is there. */
  addFlood(remote: number): void {
    if (this.floodRemotes.includes(remote))
      throw new RangeError("expected a new VTEP for the flood list, found one that is there");
    this.floodRemotes.push(remote);
  }

  /** Takes a VTEP off the flood list; false when it is not there. */
  removeFlood(remote: number): boolean {
    const index = this.floodRemotes.indexOf(remote);
    if (index >= 0) this.floodRemotes.splice(index, 1);
    return index >= 0;
  }

  /** `bridge fdb del`; false when there is no entry. */
  delete(mac: number): boolean {
    const slot = this.table.find(Math.floor(mac / 2 ** 32), mac | 0);
    if (slot < 0) return false;
    this.changes.note();
    this.remotes.giveBack(this.table.value(slot));
    this.table.removeAt(slot);
    return true;
  }

  /** The entries that have not aged out, by MAC, the flood list's first. */
  list(): VxlanFdbEntry[] {
    this.expire();
    const table = this.table;
    const entries: VxlanFdbEntry[] = [];
    table.forEach((slot) => {
      const mac = (table.high(slot) & 0xffff) * 2 ** 32 + table.low(slot);
      entries.push({
        mac,
        remote: this.remotes.address(table.value(slot)),
        isPermanent: table.flags(slot) === PERMANENT,
      });
    });
    const flood = this.floodRemotes.map((remote) => ({ mac: 0, remote, isPermanent: true }));
    return [...flood, ...entries.sort((a, b) => a.mac - b.mac)];
  }
}

/** Small numbers for the VTEPs in use: a table entry has 24 bits for its value, an address needs 32. */
class RemoteNumbers {
  private readonly addresses: number[] = [];
  private readonly uses: number[] = [];
  private readonly numbers = new Map<number, number>();
  private readonly free: number[] = [];

  address(number: number): number {
    return this.addresses[number]!;
  }

  take(address: number): number {
    const known = this.numbers.get(address);
    const number = known ?? this.free.pop() ?? this.addresses.length;
    if (known === undefined) {
      this.addresses[number] = address;
      this.uses[number] = 0;
      this.numbers.set(address, number);
    }
    this.uses[number]!++;
    return number;
  }

  giveBack(number: number): void {
    if (--this.uses[number]! > 0) return;
    this.numbers.delete(this.addresses[number]!);
    this.free.push(number);
  }
}
