/** What `podwire convert` does with each packet on its way: chooses, moves in time, changes. */
import type { CaptureRecord, CaptureTime, InterfaceRecord, PacketRecord } from "../capture/index.ts";
import { LinkType, linkTypeName } from "../capture/index.ts";
import { AddressMapper, fixChecksums, innermostFrame, isKnownLinkType } from "../wire/index.ts";
import type { AddressAnonymizer } from "./address-anonymizer.ts";
import { addTimes, compareTimes, type TimeOption } from "./capture-time.ts";
import { copyable, fcsLength, withoutFcs, withoutHash } from "./changed-copies.ts";
import { Failure } from "./errors.ts";
import { Tally } from "./tally.ts";

const NANOSECONDS = 1e9;

/** Whether a packet of a link type passes. */
export type PacketFilter = (view: DataView, offset: number, end: number, linkType: number) => boolean;

/** What is to be done; what is left out is not. The steps come in this order. */
export interface PacketPlan {
  /** The first time that is kept, and the first that no longer is, in the times of the input. */
  readonly from?: TimeOption | undefined;
  readonly to?: TimeOption | undefined;
  readonly filter?: PacketFilter | undefined;
  /** Takes VXLAN's outer headers off. */
  readonly decapsulates?: boolean;
  readonly anonymizer?: AddressAnonymizer | undefined;
  readonly fixesChecksums?: boolean;
  /** What is added to all times. */
  readonly shift?: CaptureTime | undefined;
  /** Packets that are written at most. */
  readonly limit?: number | undefined;
  /** Whether the records are those of several captures. */
  readonly merges?: boolean;
}

/** What is left of a packet in the buffer. */
interface PlaceInBuffer {
  readonly offset: number;
  readonly end: number;
  readonly originalLength: number;
}

/** Takes records one by one and hands on what becomes of them. */
export class PacketSteps {
  readonly #plan: PacketPlan;
  readonly #write: (record: CaptureRecord) => void;
  readonly #mapper: AddressMapper | undefined;
  /** Whether anything looks at frames, or changes them. */
  readonly #needsCopy: boolean;
  readonly #changesBytes: boolean;
  /** Whether what is written is not simply what is read. */
  readonly #changesCapture: boolean;
  #interfaces: InterfaceRecord[] = [];
  #firstTime: CaptureTime | undefined;
  #buffer = new Uint8Array(65_536);
  #view = new DataView(this.#buffer.buffer);
  /** Packets handed on. */
  packetCount = 0;
  /** What packets carry that was not looked into for addresses, which stay there. */
  readonly unmapped: Tally = new Tally();
  /** What packets carry that was not looked into for checksums, and checksums that could not be computed. */
  readonly unfixed: Tally = new Tally();
  unfixedCount = 0;

  constructor(plan: PacketPlan, write: (record: CaptureRecord) => void) {
    this.#plan = plan;
    this.#write = write;
    this.#mapper = plan.anonymizer && new AddressMapper(plan.anonymizer);
    const { from, to, filter, shift, limit } = plan;
    this.#changesBytes = plan.anonymizer !== undefined || plan.decapsulates === true || plan.fixesChecksums === true;
    this.#needsCopy = this.#changesBytes || filter !== undefined;
    const isCut = [from, to, filter, shift, limit].some((step) => step !== undefined);
    this.#changesCapture = this.#changesBytes || isCut || plan.merges === true;
  }

  /** Whether nothing more is wanted. */
  get isDone(): boolean {
    return this.packetCount === this.#plan.limit;
  }

  take(record: CaptureRecord): void {
    if (this.isDone) return;
    const taken = this.#changesCapture ? copyable(record) : record;
    if (taken === undefined) return;
    if (taken.kind === "packet") this.#takePacket(taken);
    else {
      if (taken.kind === "interface") this.#interfaces[taken.id] = taken;
      const { anonymizer, shift } = this.#plan;
      const written =
        anonymizer === undefined ? this.#withoutFcs(taken) : scrubbed(this.#withoutFcs(taken), anonymizer);
      if (written !== undefined) this.#write(shift === undefined ? written : shifted(written, shift));
    }
  }

  /** Packets that are changed lose their check sequences. */
  #withoutFcs(record: CaptureRecord): CaptureRecord {
    return this.#changesBytes && record.kind === "interface" ? { ...record, fcsLength: undefined } : record;
  }

  #takePacket(packet: PacketRecord): void {
    if (packet.hasTime) this.#firstTime ??= { seconds: packet.seconds, nanoseconds: packet.nanoseconds };
    if (!this.#isInTime(packet)) return;
    const changed = this.#needsCopy ? this.#change(packet) : packet;
    if (changed === undefined) return;
    this.packetCount++;
    this.#write(this.#plan.shift === undefined ? changed : shifted(changed, this.#plan.shift));
  }

  /** A packet whose time is not known is in no stretch of time. */
  #isInTime(packet: PacketRecord): boolean {
    const { from, to } = this.#plan;
    if (from === undefined && to === undefined) return true;
    if (!packet.hasTime) return false;
    if (from !== undefined && compareTimes(packet, this.#absolute(from)) < 0) return false;
    return to === undefined || compareTimes(packet, this.#absolute(to)) < 0;
  }

  #absolute(time: TimeOption): CaptureTime {
    return time.isRelative ? addTimes(this.#firstTime!, time) : time;
  }

  /** On a copy of the packet; undefined when it does not pass. */
  #change(packet: PacketRecord): PacketRecord | undefined {
    const { filter, anonymizer } = this.#plan;
    const { length } = packet.bytes;
    const view = this.#copy(packet.bytes);
    const source = this.#interfaces[packet.interfaceId]!;
    if (filter !== undefined && !filter(view, 0, length, source.linkType)) return undefined;
    if (!this.#changesBytes) return packet;
    const fcs = fcsLength(packet, source.fcsLength);
    // Of changed bytes the check sequence would be wrong, and tell of those that were there.
    const onWire = Math.max(packet.originalLength - fcs, 0);
    const place = this.#changeBytes(view, Math.min(length, onWire), onWire, source.linkType);
    const bytes = this.#buffer.subarray(place.offset, place.end);
    const originalLength = Math.max(place.originalLength, 0);
    const flags = withoutFcs(packet.flags);
    if (anonymizer !== undefined) return { ...packet, bytes, originalLength, flags, comments: [], options: [] };
    const options = areEqual(bytes, packet.bytes) ? packet.options : withoutHash(packet.options);
    return { ...packet, bytes, originalLength, flags, options };
  }

  /** The steps that change bytes, in those before `end`, of a packet that had `onWire` bytes. */
  #changeBytes(view: DataView, end: number, onWire: number, linkType: number): PlaceInBuffer {
    const { decapsulates, fixesChecksums } = this.#plan;
    const isStripped = decapsulates === true && linkType === LinkType.ETHERNET;
    const inner = isStripped ? innermostFrame(view, 0, end) : { offset: 0, end, statedEnd: Infinity };
    const originalLength = Math.min(inner.statedEnd, onWire) - inner.offset;
    if (this.#mapper !== undefined) this.#anonymize(view, inner.offset, inner.end, linkType);
    if (fixesChecksums === true) {
      const { leftCount, unseen } = fixChecksums(view, inner.offset, inner.end, linkType, originalLength);
      this.unfixedCount += leftCount;
      this.unfixed.add(unseen);
    }
    return { ...inner, originalLength };
  }

  #anonymize(view: DataView, offset: number, end: number, linkType: number): void {
    if (!isKnownLinkType(linkType)) {
      const found = linkTypeName(linkType);
      throw new Failure(
        `expected packets whose addresses --anonymize finds (Ethernet, IP, Linux cooked), found ${found}`,
      );
    }
    this.unmapped.add(this.#mapper!.mapPacket(view, offset, end, linkType));
  }

  #copy(bytes: Uint8Array): DataView {
    if (bytes.length > this.#buffer.length) {
      this.#buffer = new Uint8Array(2 * bytes.length);
      this.#view = new DataView(this.#buffer.buffer);
    }
    this.#buffer.set(bytes);
    return this.#view;
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Moved in time; interfaces count in nanoseconds then, as nobody knows how fine the shift is. */
function shifted<R extends CaptureRecord>(record: R, shift: CaptureTime): R {
  if (record.kind === "packet") return record.hasTime ? { ...record, ...addTimes(record, shift) } : record;
  if (record.kind === "interface") return { ...record, unitsPerSecond: Math.max(record.unitsPerSecond, NANOSECONDS) };
  if (record.kind !== "statistics") return record;
  const startTime = record.startTime && addTimes(record.startTime, shift);
  const endTime = record.endTime && addTimes(record.endTime, shift);
  return { ...record, ...addTimes(record, shift), startTime, endTime };
}

/** Without text and blocks that may hold addresses; undefined for what is nothing but that. */
function scrubbed(record: CaptureRecord, anonymizer: AddressAnonymizer): CaptureRecord | undefined {
  if (record.kind === "names" || record.kind === "other") return undefined;
  if (record.kind === "section") return { ...record, comment: undefined, options: [] };
  if (record.kind === "interface") return scrubbedInterface(record, anonymizer);
  return { ...record, comments: [], options: [] };
}

function scrubbedInterface(record: InterfaceRecord, anonymizer: AddressAnonymizer): InterfaceRecord {
  const mac = record.mac === undefined ? undefined : anonymizer.mac(record.mac);
  return { ...record, mac, description: undefined, filter: undefined, comments: [], options: [] };
}
