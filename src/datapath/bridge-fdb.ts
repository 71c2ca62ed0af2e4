/**
 * A bridge's forwarding database: which port a MAC is behind (Linux br_fdb.c).
 *
 * Learned entries age out and are counted against a limit; those that somebody put there are neither. An
 * entry past its age is treated as absent wherever it is met, so no timer has to sweep.
 */
import { macEntry, MacTable } from "../table/index.ts";
import { Changes } from "./changes.ts";
import type { Engine } from "./engine.ts";

/** Bits of an entry's flags (Linux BR_FDB_). An entry with LEARNED alone is what the bridge found out itself. */
export const FdbFlag = { LOCAL: 0x01, STATIC: 0x02, STICKY: 0x04, USER: 0x08, EXTERNAL: 0x10, LEARNED: 0x20 } as const;
const { LOCAL, STATIC, STICKY, EXTERNAL, LEARNED } = FdbFlag;
const NEVER_AGES = LOCAL | STATIC | EXTERNAL;
const { ENTRY_SHIFT, FLAGS_BITS, UPDATED, VALUE_AND_FLAGS } = macEntry;

export interface FdbEntry {
  readonly mac: number;
  /** Port number; 0 is the bridge itself. */
  readonly port: number;
  readonly flags: number;
}

export class BridgeFdb {
  private readonly engine: Engine;
  /** For loops over packets. */
  readonly table: MacTable = new MacTable();
  /** Learned entries allowed at once (fdb_max_learned), 0 for no limit. */
  learnedLimit: number;
  private learned = 0;
  private maximumAge: number;
  private readonly changes: Changes;
  /** Whether somebody has kept what was found here since the last change that was noted. */
  private isReliedOn = false;

  constructor(engine: Engine, ageingTime: number, learnedLimit: number, changes: Changes = new Changes()) {
    this.engine = engine;
    this.maximumAge = ageingTime;
    this.learnedLimit = learnedLimit;
    this.changes = changes;
  }

  /** Stations come and move without end where nobody relies on where they are. */
  private noteChange(): void {
    if (!this.isReliedOn) return;
    this.isReliedOn = false;
    this.changes.note();
  }

  /** Milliseconds that a learned entry lives without traffic from it. */
  get ageingTime(): number {
    return this.maximumAge;
  }

  set ageingTime(ageingTime: number) {
    this.maximumAge = ageingTime;
    this.noteChange();
  }

  /** Slot of the MAC's entry, -1 when there is none or it is past its age. `low` may be signed. */
  find(high: number, low: number): number {
    const slot = this.table.find(high, low);
    return slot >= 0 && this.isExpired(slot) ? -1 : slot;
  }

  /** Number of the port that has this MAC, 0 when it is the bridge's own, -1 when nobody is known to have it. */
  portBehind(high: number, low: number): number {
    const slot = this.table.find(high, low);
    return slot < 0 ? -1 : portIn(this.table.entries, slot, this.engine.milliseconds, this.maximumAge);
  }

  /**
   * For who keeps what this table said of a MAC, which must have an entry: the namespace's changes tell when it is no
   * longer right. Milliseconds until the entry is past its age if nothing comes from it.
   */
  relyOn(high: number, low: number): number {
    this.isReliedOn = true;
    const slot = this.table.find(high, low);
    if ((this.table.flags(slot) & NEVER_AGES) !== 0) return Infinity;
    return this.maximumAge - this.engine.millisecondsSince(this.table.updated(slot));
  }

  port(slot: number): number {
    return this.table.value(slot);
  }

  isLocal(slot: number): boolean {
    return (this.table.flags(slot) & LOCAL) !== 0;
  }

  private isExpired(slot: number): boolean {
    return (
      this.engine.millisecondsSince(this.table.updated(slot)) >= this.maximumAge &&
      (this.table.flags(slot) & NEVER_AGES) === 0
    );
  }

  /**
   * A frame from this MAC came in at `port`: a known one is refreshed and moves there, unless it is local or
   * sticky; an unknown one is entered, unless the limit is reached.
   */
  learn(high: number, low: number, port: number): void {
    const table = this.table;
    const slot = table.find(high, low);
    if (slot < 0) {
      this.enterLearned(high, low, port);
    } else if ((table.flags(slot) & LOCAL) === 0) {
      if (table.value(slot) !== port && (table.flags(slot) & STICKY) === 0) this.move(slot, port);
      table.touch(slot, this.engine.milliseconds);
    }
  }

  /** What others had learned for the bridge is its own knowledge from then on, and ages. */
  private move(slot: number, port: number): void {
    this.noteChange();
    this.table.setValue(slot, port);
    this.table.setFlags(slot, this.table.flags(slot) & ~EXTERNAL);
  }

  private enterLearned(high: number, low: number, port: number): void {
    if (this.learnedLimit !== 0 && this.learned >= this.learnedLimit && this.expire() === 0) return;
    if (this.insert(high, low, port, LEARNED)) this.learned++;
  }

  /** Into a full table only when something in it is past its age. */
  private insert(high: number, low: number, port: number, flags: number): boolean {
    const now = this.engine.milliseconds;
    return (
      this.table.insert(high, low, port, flags, now) >= 0 ||
      (this.expire() > 0 && this.table.insert(high, low, port, flags, now) >= 0)
    );
  }

  /** Forgets what is past its age; returns how many were. */
  private expire(): number {
    return this.removeWhere((slot) => this.isExpired(slot));
  }

  private removeWhere(matches: (slot: number) => boolean): number {
    const removed = this.table.removeIf((slot) => {
      const goes = matches(slot);
      if (goes && (this.table.flags(slot) & LEARNED) !== 0) this.learned--;
      return goes;
    });
    if (removed > 0) this.noteChange();
    return removed;
  }

  /** Enters or replaces an entry; `flags` says of which sort. One that was learned no longer counts as learned. @throws RangeError when the table is full. */
  set(mac: number, port: number, flags: number): void {
    const high = Math.floor(mac / 2 ** 32);
    const slot = this.table.find(high, mac | 0);
    if (slot < 0) {
      if (!this.insert(high, mac | 0, port, flags))
        throw new RangeError(`expected room in the FDB, found all ${this.table.count} entries in use`);
      return;
    }
    this.noteChange();
    if ((this.table.flags(slot) & LEARNED) !== 0) this.learned--;
    this.table.setValue(slot, port);
    this.table.setFlags(slot, flags);
    this.table.touch(slot, this.engine.milliseconds);
  }

  /** Removes the MAC's entry; false when there is none. */
  delete(mac: number): boolean {
    const slot = this.table.find(Math.floor(mac / 2 ** 32), mac | 0);
    if (slot < 0) return false;
    this.noteChange();
    if ((this.table.flags(slot) & LEARNED) !== 0) this.learned--;
    this.table.removeAt(slot);
    return true;
  }

  /** Removes the learned entries, all of them or one port's (`bridge fdb flush`). */
  flush(port?: number): void {
    this.removeWhere(
      (slot) => (this.table.flags(slot) & LEARNED) !== 0 && (port === undefined || this.table.value(slot) === port),
    );
  }

  /** Removes all that points to a port that is leaving. */
  forgetPort(port: number): void {
    this.removeWhere((slot) => this.table.value(slot) === port);
  }

  /** Learned entries that have not aged out (fdb_n_learned). */
  get learnedCount(): number {
    this.expire();
    return this.learned;
  }

  /** All entries that have not aged out, by MAC: `bridge fdb show`. */
  list(): FdbEntry[] {
    this.expire();
    const entries: FdbEntry[] = [];
    const table = this.table;
    table.forEach((slot) =>
      entries.push({
        mac: (table.high(slot) & 0xffff) * 2 ** 32 + table.low(slot),
        port: table.value(slot),
        flags: table.flags(slot),
      }),
    );
    return entries.sort((a, b) => a.mac - b.mac);
  }
}

/** `learn` on the table's bare entries, for a known MAC that is where it was. False, and nothing done, otherwise. */
export function refreshIn(entries: Int32Array, slot: number, port: number, now: number): boolean {
  const at = slot << ENTRY_SHIFT;
  const word = entries[at + VALUE_AND_FLAGS]!;
  if ((word & LOCAL) !== 0 || word >>> FLAGS_BITS !== port) return false;
  entries[at + UPDATED] = now;
  return true;
}

/** `portBehind` on the table's bare entries, for a known MAC. */
export function portIn(entries: Int32Array, slot: number, now: number, ageingTime: number): number {
  const at = slot << ENTRY_SHIFT;
  const word = entries[at + VALUE_AND_FLAGS]!;
  if ((word & NEVER_AGES) === 0 && (now - entries[at + UPDATED]!) >>> 0 >= ageingTime) return -1;
  return (word & LOCAL) !== 0 ? 0 : word >>> FLAGS_BITS;
}
