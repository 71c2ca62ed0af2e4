/**
 * The packet pool: every frame of an engine lives in one ArrayBuffer and is named by an integer handle.
 *
 * A slot is a fixed stretch of the buffer: headroom, then room for a frame. A handle names a packet:
 * which slot holds its bytes, where in the buffer they start and how many there are. Several handles
 * may share one slot (a flood), each with a start and length of its own, so that taking headers off is
 * always free; only who writes must be alone, and `makeWritable` copies when that is not so.
 *
 *     slot     |<-------------------- stride -------------------->|
 *              | headroom      | frame ...                        |
 *              ^ base          ^ start when allocated
 *
 * Behind the slots lie a few large ones, each as long as several of them, for what is longer than a frame should be:
 * a datagram before it is cut into fragments, and after it was put together again.
 *
 * Ownership: whoever holds a handle must pass it on or release it. The pool never throws for traffic:
 * it answers -1 or false when it is empty or has no headroom left.
 */

/** Headroom in bytes when none is asked for: two VXLAN encapsulations (100 bytes) and some. */
export const DEFAULT_HEADROOM = 128;

/** Frame room in bytes when none is asked for: 1,518 and to spare, and a stride of 33 cache lines. */
export const DEFAULT_FRAME_CAPACITY = 1984;

/** Frame room in bytes of a large slot: the longest IPv4 packet, an Ethernet header and a VLAN tag. */
export const LARGE_FRAME_CAPACITY = 65_553;

/** One large slot for so many others, and no more than so many of them, when none are asked for. */
const SLOTS_A_LARGE_SLOT = 256;
const DEFAULT_LARGE_SLOT_LIMIT = 64;

const CACHE_LINE = 64;

export interface PacketPoolOptions {
  /** How many packets' bytes fit at once. */
  readonly slotCount?: number;
  /** Bytes kept free before every new frame. */
  readonly headroom?: number;
  /** Bytes of the longest frame that takes one of these slots. */
  readonly frameCapacity?: number;
  /** How many longer packets fit at once; one for every 256 slots, at most 64, when left out. */
  readonly largeSlotCount?: number;
}

export class PacketPool {
  /** All packet bytes. */
  readonly bytes: Uint8Array;
  /** The same bytes: the one DataView that every codec reads and writes through. */
  readonly view: DataView;
  readonly slotCount: number;
  readonly headroom: number;
  readonly frameCapacity: number;
  readonly largeSlotCount: number;
  /** Bytes from one slot to the next: an odd number of cache lines, see the constructor. */
  readonly stride: number;
  /** By handle: offset in `bytes` of the packet's first byte. Use `prepend` and `strip` to move it. */
  readonly start: Int32Array;
  /** By handle: the packet's length in bytes. */
  readonly length: Int32Array;
  /** By handle: index of the device that the packet came in on, 0 when it was made here. */
  readonly ingress: Int32Array;
  /** By handle: packet id, equal at every hop and in every copy of one packet. */
  readonly id: Float64Array;
  /** Slots whose bytes were copied because a writer found them shared. */
  copyCount = 0;
  /** Packets ever allocated, and handles ever cloned: with releases they make the books balance. */
  allocationCount = 0;
  cloneCount = 0;
  releaseCount = 0;

  private readonly largeStride: number;
  private readonly slots: Int32Array;
  private readonly references: Int32Array;
  private readonly freeHandles: Int32Array;
  private readonly freeSlots: Int32Array;
  private readonly freeLargeSlots: Int32Array;
  private freeHandleCount: number;
  private freeSlotCount: number;
  private freeLargeSlotCount: number;
  private lastId = 0;

  /** @throws RangeError when a size is no positive whole number or the whole exceeds 2 GiB. */
  constructor(options: PacketPoolOptions = {}) {
    this.slotCount = positive("slotCount", options.slotCount ?? 4096);
    this.headroom = positive("headroom", options.headroom ?? DEFAULT_HEADROOM);
    this.frameCapacity = positive("frameCapacity", options.frameCapacity ?? DEFAULT_FRAME_CAPACITY);
    // An odd number of cache lines spreads equal header offsets over all cache sets. With a stride of
    // 2,048 bytes and 65,536 packets in flight all headers fall into the same few sets: 3 times slower.
    this.stride = (Math.ceil((this.headroom + this.frameCapacity) / CACHE_LINE) | 1) * CACHE_LINE;
    // A large slot is known by the number of the first of the slots that would lie in its place: all of them have
    // their bytes at number * stride, and only who takes or frees one asks which kind it is.
    const slotsInPlace = Math.ceil((this.headroom + LARGE_FRAME_CAPACITY) / this.stride);
    this.largeStride = slotsInPlace * this.stride;
    this.largeSlotCount = slotsInPlace === 1 ? 0 : largeSlotCount(options.largeSlotCount, this.slotCount);
    const placeCount = this.slotCount + this.largeSlotCount * slotsInPlace;
    const size = placeCount * this.stride;
    if (size >= 2 ** 31)
      throw new RangeError(`expected a pool below 2 GiB, found ${this.slotCount} slots of ${this.stride} bytes`);
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    // Clones need handles but no slots: as many again as there are slots; large ones are few.
    const handleCount = this.slotCount * 2;
    this.start = new Int32Array(handleCount);
    this.length = new Int32Array(handleCount);
    this.ingress = new Int32Array(handleCount);
    this.id = new Float64Array(handleCount);
    this.slots = new Int32Array(handleCount);
    this.references = new Int32Array(placeCount);
    this.freeHandles = descending(handleCount);
    this.freeSlots = descending(this.slotCount);
    this.freeLargeSlots = descending(this.largeSlotCount).map((index) => this.slotCount + index * slotsInPlace);
    this.freeHandleCount = handleCount;
    this.freeSlotCount = this.slotCount;
    this.freeLargeSlotCount = this.largeSlotCount;
  }

  /** Handles that are out: allocated or cloned, and not released. */
  get inFlightCount(): number {
    return this.start.length - this.freeHandleCount;
  }

  /** Slots whose bytes belong to some packet, large ones included. */
  get slotsInUse(): number {
    return this.slotCount - this.freeSlotCount + this.largeSlotCount - this.freeLargeSlotCount;
  }

  /** Bytes of the longest packet that `allocate` can give. */
  get longestPacket(): number {
    return this.largeSlotCount > 0 ? LARGE_FRAME_CAPACITY : this.frameCapacity;
  }

  /**
   * A new packet of `length` bytes behind the whole headroom, with a new id and ingress 0. Its bytes are
   * whatever the slot held before. Returns -1 when no slot is free that it would fit into.
   */
  allocate(length: number): number {
    if (length > this.stride - this.headroom) return this.allocateLarge(length);
    if (this.freeSlotCount === 0 || this.freeHandleCount === 0) return -1;
    return this.issue(this.freeSlots[--this.freeSlotCount]!, length);
  }

  private allocateLarge(length: number): number {
    if (this.freeLargeSlotCount === 0 || this.freeHandleCount === 0 || length > LARGE_FRAME_CAPACITY) return -1;
    return this.issue(this.freeLargeSlots[--this.freeLargeSlotCount]!, length);
  }

  private issue(slot: number, length: number): number {
    const handle = this.freeHandles[--this.freeHandleCount]!;
    this.references[slot] = 1;
    this.slots[handle] = slot;
    this.start[handle] = slot * this.stride + this.headroom;
    this.length[handle] = length;
    this.ingress[handle] = 0;
    this.id[handle] = ++this.lastId;
    this.allocationCount++;
    return handle;
  }

  /** A new packet that holds a copy of these bytes, or -1 as `allocate`. */
  allocateFrom(bytes: Uint8Array): number {
    const handle = this.allocate(bytes.length);
    if (handle >= 0) this.bytes.set(bytes, this.start[handle]!);
    return handle;
  }

  /** A second handle on the same bytes, with start, length, ingress and id of the first; -1 when none is free. */
  clone(handle: number): number {
    if (this.freeHandleCount === 0) return -1;
    const copy = this.freeHandles[--this.freeHandleCount]!;
    const slot = this.slots[handle]!;
    this.references[slot] = this.references[slot]! + 1;
    this.slots[copy] = slot;
    this.start[copy] = this.start[handle]!;
    this.length[copy] = this.length[handle]!;
    this.ingress[copy] = this.ingress[handle]!;
    this.id[copy] = this.id[handle]!;
    this.cloneCount++;
    return copy;
  }

  /** Whether other handles see these bytes too. */
  isShared(handle: number): boolean {
    return this.references[this.slots[handle]!]! > 1;
  }

  /**
   * Makes sure that nobody else sees what is written to this packet: a shared one gets a slot of its own and
   * a copy of its bytes (counted in `copyCount`). Read `start` again afterwards. False when no slot is free.
   */
  makeWritable(handle: number): boolean {
    return this.references[this.slots[handle]!] === 1 || this.unshare(handle);
  }

  private unshare(handle: number): boolean {
    const from = this.slots[handle]!;
    const to = this.takeSlotLike(from);
    if (to < 0) return false;
    const start = this.start[handle]!;
    const moved = start + (to - from) * this.stride;
    this.bytes.copyWithin(moved, start, start + this.length[handle]!);
    this.references[from] = this.references[from]! - 1;
    this.references[to] = 1;
    this.slots[handle] = to;
    this.start[handle] = moved;
    this.copyCount++;
    return true;
  }

  private takeSlotLike(slot: number): number {
    if (slot < this.slotCount) return this.freeSlotCount === 0 ? -1 : this.freeSlots[--this.freeSlotCount]!;
    return this.freeLargeSlotCount === 0 ? -1 : this.freeLargeSlots[--this.freeLargeSlotCount]!;
  }

  /** Whether the packet's bytes are in a large slot. */
  isLarge(handle: number): boolean {
    return this.slots[handle]! >= this.slotCount;
  }

  /** Bytes of the pool that the packet holds: its slot's. */
  slotLength(handle: number): number {
    return this.isLarge(handle) ? this.largeStride : this.stride;
  }

  /** Lets two packets change their bytes: each keeps its handle, id and ingress, and has the other's start and length. */
  exchange(a: number, b: number): void {
    for (const property of [this.slots, this.start, this.length]) {
      const kept = property[a]!;
      property[a] = property[b]!;
      property[b] = kept;
    }
  }

  /** Bytes that `prepend` could still take. */
  headroomOf(handle: number): number {
    return this.start[handle]! - this.slots[handle]! * this.stride;
  }

  /** Room for `count` bytes before the first one. False, and nothing changed, when the headroom is used up. */
  prepend(handle: number, count: number): boolean {
    const start = this.start[handle]! - count;
    if (start < this.slots[handle]! * this.stride) return false;
    this.start[handle] = start;
    this.length[handle] = this.length[handle]! + count;
    return true;
  }

  /** Takes `count` bytes off the front. The caller has checked that they are there. */
  strip(handle: number, count: number): void {
    this.start[handle] = this.start[handle]! + count;
    this.length[handle] = this.length[handle]! - count;
  }

  /** Cuts the packet to `length` bytes. The caller has checked that it has as many. */
  trim(handle: number, length: number): void {
    this.length[handle] = length;
  }

  /** Makes this a new packet in the eyes of captures: one that is answered in place is a packet of its own. */
  renewId(handle: number): void {
    this.id[handle] = ++this.lastId;
  }

  /** Gives a handle back; the slot too, when it was the last one on it. */
  release(handle: number): void {
    const slot = this.slots[handle]!;
    const references = this.references[slot]! - 1;
    this.references[slot] = references;
    if (references === 0) this.giveBack(slot);
    this.freeHandles[this.freeHandleCount++] = handle;
    this.releaseCount++;
  }

  private giveBack(slot: number): void {
    if (slot < this.slotCount) this.freeSlots[this.freeSlotCount++] = slot;
    else this.freeLargeSlots[this.freeLargeSlotCount++] = slot;
  }

  /** The packet's bytes, in place: for captures and tests, valid until the packet changes. */
  contents(handle: number): Uint8Array {
    const start = this.start[handle]!;
    return this.bytes.subarray(start, start + this.length[handle]!);
  }
}

/** Handles and slots are taken from the end, so that the lowest numbers go out first. */
function descending(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => count - 1 - i);
}

function largeSlotCount(asked: number | undefined, slotCount: number): number {
  if (asked === undefined) return Math.min(DEFAULT_LARGE_SLOT_LIMIT, Math.ceil(slotCount / SLOTS_A_LARGE_SLOT));
  return asked === 0 ? 0 : positive("largeSlotCount", asked);
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new RangeError(`expected ${name} to be a positive whole number, found ${value}`);
  return value;
}
