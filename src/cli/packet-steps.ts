/** What `podwire convert` does with each packet on its way: chooses, moves in time, changes. */
import type { CaptureRecord, CaptureTime, InterfaceRecord, PacketRecord } from "../capture/index.ts";
import { LinkType, linkTypeName } from "../capture/index.ts";
import { AddressMapper, fixChecksums, isKnownLinkType, stripVxlan } from "../wire/index.ts";
import type { AddressAnonymizer } from "./address-anonymizer.ts";
import { addTimes, compareTimes, type TimeOption } from "./capture-time.ts";
import { Failure } from "./errors.ts";

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
}

/** Takes records one by one and hands on what becomes of them. */
export class PacketSteps {
  readonly #plan: PacketPlan;
  readonly #write: (record: CaptureRecord) => void;
  readonly #mapper: AddressMapper | undefined;
  /** Whether anything looks at frames, or changes them. */
  readonly #needsCopy: boolean;
  #linkTypes: number[] = [];
  #firstTime: CaptureTime | undefined;
  #buffer = new Uint8Array(65_536);
  #view = new DataView(this.#buffer.buffer);
  /** Packets handed on. */
  packetCount = 0;
  /** Packets that carry neither IPv4 nor ARP: the addresses in them, but for the frame's own, stay. */
  foreignCount = 0;

  constructor(plan: PacketPlan, write: (record: CaptureRecord) => void) {
    this.#plan = plan;
    this.#write = write;
    this.#mapper = plan.anonymizer && new AddressMapper(plan.anonymizer);
    const isChanging = plan.anonymizer !== undefined || plan.decapsulates === true || plan.fixesChecksums === true;
    this.#needsCopy = isChanging || plan.filter !== undefined;
  }

  /** Whether nothing more is wanted. */
  get isDone(): boolean {
    return this.packetCount === this.#plan.limit;
  }

  take(record: CaptureRecord): void {
    if (this.isDone) return;
    if (record.kind === "packet") this.#takePacket(record);
    else {
      if (record.kind === "interface") this.#linkTypes[record.id] = record.linkType;
      const written = this.#plan.anonymizer === undefined ? record : scrubbed(record, this.#plan.anonymizer);
      if (written !== undefined)
        this.#write(this.#plan.shift === undefined ? written : shifted(written, this.#plan.shift));
    }
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
    const { filter, decapsulates, fixesChecksums, anonymizer } = this.#plan;
    const { length } = packet.bytes;
    const view = this.#copy(packet.bytes);
    const linkType = this.#linkTypes[packet.interfaceId]!;
    if (filter !== undefined && !filter(view, 0, length, linkType)) return undefined;
    const start = decapsulates === true && linkType === LinkType.ETHERNET ? stripVxlan(view, 0, length) : 0;
    if (this.#mapper !== undefined) this.#anonymize(view, start, length, linkType);
    if (fixesChecksums === true) fixChecksums(view, start, length, linkType);
    const bytes = this.#buffer.subarray(start, length);
    const comments = anonymizer === undefined ? packet.comments : [];
    const options = anonymizer === undefined ? packet.options : [];
    return { ...packet, bytes, originalLength: Math.max(packet.originalLength - start, 0), comments, options };
  }

  #anonymize(view: DataView, offset: number, end: number, linkType: number): void {
    if (!isKnownLinkType(linkType)) {
      const found = linkTypeName(linkType);
      throw new Failure(
        `expected packets whose addresses --anonymize finds (Ethernet, IP, Linux cooked), found ${found}`,
      );
    }
    if (!this.#mapper!.mapPacket(view, offset, end, linkType)) this.foreignCount++;
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
