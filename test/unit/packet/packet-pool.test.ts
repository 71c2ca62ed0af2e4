import { describe, expect, it } from "vitest";
import {
  DEFAULT_FRAME_CAPACITY,
  DEFAULT_HEADROOM,
  LARGE_FRAME_CAPACITY,
  PacketPool,
} from "../../../src/packet/index.ts";

const small = (): PacketPool => new PacketPool({ slotCount: 2, headroom: 16, frameCapacity: 48, largeSlotCount: 0 });

describe("the shape of a pool", () => {
  it("is 4,096 slots of 128 bytes of headroom and 1,984 for the frame, and 16 large ones, when nothing is said", () => {
    const pool = new PacketPool();
    expect([pool.slotCount, pool.headroom, pool.frameCapacity]).toEqual([
      4096,
      DEFAULT_HEADROOM,
      DEFAULT_FRAME_CAPACITY,
    ]);
    expect(pool.stride).toBe(33 * 64);
    expect(pool.bytes.length).toBe((4096 + 16 * Math.ceil((65_553 + 128) / pool.stride)) * pool.stride);
    expect([pool.largeSlotCount, pool.longestPacket]).toEqual([16, LARGE_FRAME_CAPACITY]);
    expect(pool.view.buffer).toBe(pool.bytes.buffer);
  });

  it.each([
    [1, 1, 64],
    [16, 48, 64],
    [16, 49, 192], // two cache lines would be an even count
    [128, 1984, 2112],
  ])(
    "is an odd number of cache lines a slot: headroom %i and frame %i take %i bytes",
    (headroom, frameCapacity, stride) => {
      expect(new PacketPool({ slotCount: 1, headroom, frameCapacity }).stride).toBe(stride);
    },
  );

  it.each([
    [{ slotCount: 1 }, 1],
    [{ slotCount: 257 }, 2],
    [{ slotCount: 100_000, frameCapacity: 64 }, 64],
    [{ slotCount: 4096, largeSlotCount: 0 }, 0],
    [{ slotCount: 4, largeSlotCount: 3 }, 3],
    [{ slotCount: 4, frameCapacity: 65_553 }, 0],
  ])("has for %j so many large slots: %i", (options, count) => {
    const pool = new PacketPool(options);
    expect(pool.largeSlotCount).toBe(count);
    expect(pool.longestPacket).toBe(count > 0 ? LARGE_FRAME_CAPACITY : pool.frameCapacity);
  });

  it.each([
    [{ slotCount: 0 }, "expected slotCount to be a positive whole number, found 0"],
    [{ headroom: -1 }, "expected headroom to be a positive whole number, found -1"],
    [{ largeSlotCount: -1 }, "expected largeSlotCount to be a positive whole number, found -1"],
    [{ frameCapacity: 1.5 }, "expected frameCapacity to be a positive whole number, found 1.5"],
    [{ slotCount: 2 ** 20, frameCapacity: 1984 }, "expected a pool below 2 GiB, found 1048576 slots of 2112 bytes"],
  ])("refuses %j", (options, message) => {
    expect(() => new PacketPool(options)).toThrow(new RangeError(message));
  });
});

describe("allocate", () => {
  it("gives the lowest slot first, the frame behind the headroom, and ids that count up", () => {
    const pool = small();
    const [first, second] = [pool.allocate(10), pool.allocate(20)];
    expect([pool.start[first], pool.start[second]]).toEqual([16, pool.stride + 16]);
    expect([pool.length[first], pool.length[second]]).toEqual([10, 20]);
    expect([pool.id[first], pool.id[second]]).toEqual([1, 2]);
    expect([pool.ingress[first], pool.inFlightCount, pool.slotsInUse, pool.allocationCount]).toEqual([0, 2, 2, 2]);
  });

  it("answers -1 when no slot is free, and when the packet would not fit", () => {
    const pool = small();
    expect(pool.allocate(pool.stride - 16 + 1)).toBe(-1);
    expect(pool.allocate(pool.stride - 16)).toBeGreaterThanOrEqual(0);
    expect(pool.allocateFrom(new Uint8Array(1))).toBeGreaterThanOrEqual(0);
    expect(pool.allocate(1)).toBe(-1);
    expect([pool.allocationCount, pool.inFlightCount]).toEqual([2, 2]);
  });

  it("answers -1 when clones have all handles, though slots are free", () => {
    const pool = small();
    const handle = pool.allocate(1);
    for (let i = 0; i < 3; i++) expect(pool.clone(handle)).toBeGreaterThanOrEqual(0);
    expect([pool.clone(handle), pool.allocate(1), pool.slotsInUse]).toEqual([-1, -1, 1]);
  });

  it("copies the bytes that allocateFrom is given", () => {
    const pool = small();
    const bytes = Uint8Array.of(1, 2, 3);
    const handle = pool.allocateFrom(bytes);
    bytes.fill(9);
    expect([...pool.contents(handle)]).toEqual([1, 2, 3]);
  });
});

describe("clone and makeWritable", () => {
  it("share the bytes until one of them is to be written", () => {
    const pool = small();
    const handle = pool.allocateFrom(Uint8Array.of(1, 2, 3));
    pool.ingress[handle] = 7;
    const copy = pool.clone(handle);
    expect([pool.start[copy], pool.length[copy], pool.ingress[copy], pool.id[copy]]).toEqual([16, 3, 7, 1]);
    expect([pool.isShared(handle), pool.isShared(copy), pool.slotsInUse]).toEqual([true, true, 1]);
    expect(pool.makeWritable(copy)).toBe(true);
    pool.bytes[pool.start[copy]!] = 9;
    expect([[...pool.contents(handle)], [...pool.contents(copy)]]).toEqual([
      [1, 2, 3],
      [9, 2, 3],
    ]);
    expect([pool.isShared(handle), pool.slotsInUse, pool.copyCount, pool.cloneCount]).toEqual([false, 2, 1, 1]);
  });

  it("copy nothing when the packet is alone", () => {
    const pool = small();
    const handle = pool.allocate(3);
    pool.release(pool.clone(handle));
    expect([pool.makeWritable(handle), pool.start[handle], pool.copyCount]).toEqual([true, 16, 0]);
  });

  it("refuse to write, and leave all as it is, when no slot is free", () => {
    const pool = small();
    const handle = pool.allocateFrom(Uint8Array.of(1, 2, 3));
    pool.allocate(1);
    const copy = pool.clone(handle);
    expect(pool.makeWritable(copy)).toBe(false);
    expect([...pool.contents(copy)]).toEqual([1, 2, 3]);
    expect([pool.isShared(handle), pool.copyCount]).toEqual([true, 0]);
  });

  it("keep how far into its slot a packet starts", () => {
    const pool = small();
    const handle = pool.allocateFrom(Uint8Array.of(1, 2, 3));
    const copy = pool.clone(handle);
    pool.strip(copy, 2);
    expect(pool.makeWritable(copy)).toBe(true);
    expect([pool.start[copy], [...pool.contents(copy)]]).toEqual([pool.stride + 18, [3]]);
    expect(pool.prepend(copy, 18)).toBe(true);
    expect(pool.prepend(copy, 1)).toBe(false);
  });
});

describe("prepend, strip and trim", () => {
  it("move the ends of one packet and of no other", () => {
    const pool = small();
    const handle = pool.allocateFrom(Uint8Array.of(1, 2, 3, 4));
    const copy = pool.clone(handle);
    pool.strip(handle, 1);
    pool.trim(handle, 2);
    expect([[...pool.contents(handle)], [...pool.contents(copy)]]).toEqual([
      [2, 3],
      [1, 2, 3, 4],
    ]);
  });

  it("end where the headroom ends: prepend answers false and changes nothing", () => {
    const pool = small();
    const [, second] = [pool.allocate(4), pool.allocate(4)];
    expect(pool.prepend(second, 16)).toBe(true);
    expect(pool.prepend(second, 1)).toBe(false);
    expect([pool.start[second], pool.length[second]]).toEqual([pool.stride, 20]);
  });
});

describe("release", () => {
  it("frees the slot with its last handle", () => {
    const pool = small();
    const handle = pool.allocate(1);
    const copy = pool.clone(handle);
    pool.release(handle);
    expect([pool.slotsInUse, pool.inFlightCount]).toEqual([1, 1]);
    pool.release(copy);
    expect([pool.slotsInUse, pool.inFlightCount, pool.releaseCount]).toEqual([0, 0, 2]);
  });

  it("gives the slot that was used last to the next packet: its bytes are still in the cache", () => {
    const pool = new PacketPool({ slotCount: 4, headroom: 16, frameCapacity: 48 });
    const handles = [pool.allocate(1), pool.allocate(1), pool.allocate(1)];
    const { [handles[1]!]: start } = pool.start;
    pool.release(handles[1]!);
    expect(pool.start[pool.allocate(1)]).toBe(start);
  });
});

it("gives a packet that is answered in place an id of its own", () => {
  const pool = small();
  const handle = pool.allocate(1);
  const copy = pool.clone(handle);
  pool.renewId(handle);
  expect([pool.id[copy], pool.id[handle], pool.id[pool.allocate(1)]]).toEqual([1, 2, 3]);
});

describe("large slots", () => {
  const mixed = (): PacketPool => new PacketPool({ slotCount: 2, headroom: 16, frameCapacity: 48, largeSlotCount: 2 });

  it("take what no other slot holds, up to an IPv4 packet's longest frame, and nothing else", () => {
    const pool = mixed();
    expect(pool.allocate(LARGE_FRAME_CAPACITY + 1)).toBe(-1);
    const handles = [48, 48, 49, LARGE_FRAME_CAPACITY].map((length) => pool.allocate(length));
    expect(handles.map((handle) => handle >= 0 && pool.isLarge(handle))).toEqual([false, false, true, true]);
    expect([pool.slotsInUse, pool.allocate(1), pool.allocate(49)]).toEqual([4, -1, -1]);
    expect(handles.map((handle) => pool.slotLength(handle)).slice(1, 3)).toEqual([64, 65_600]);
    for (const handle of handles) pool.contents(handle).fill(handle + 1);
    for (const handle of handles) expect(new Set(pool.contents(handle))).toEqual(new Set([handle + 1]));
    expect(pool.start[handles[3]!]! + LARGE_FRAME_CAPACITY).toBeLessThanOrEqual(pool.bytes.length);
    for (const handle of handles) pool.release(handle);
    expect([pool.slotsInUse, pool.inFlightCount]).toEqual([0, 0]);
    expect(pool.isLarge(pool.allocate(1))).toBe(false);
  });

  it("have headroom and are copied as the others are, from large to large", () => {
    const pool = mixed();
    const handle = pool.allocateFrom(new Uint8Array(100).fill(7));
    const copy = pool.clone(handle);
    expect([pool.headroomOf(handle), pool.makeWritable(copy), pool.isLarge(copy)]).toEqual([16, true, true]);
    pool.contents(copy).fill(8);
    expect([pool.contents(handle)[99], pool.slotsInUse]).toEqual([7, 2]);
    expect([pool.prepend(copy, 16), pool.prepend(copy, 1)]).toEqual([true, false]);
    const third = pool.clone(copy);
    expect([pool.makeWritable(third), pool.copyCount]).toEqual([false, 1]);
  });
});

describe("exchange", () => {
  it("swaps the bytes of two packets, and nothing of what they are", () => {
    const pool = new PacketPool({ slotCount: 4, headroom: 16, frameCapacity: 48, largeSlotCount: 1 });
    const short = pool.allocateFrom(Uint8Array.of(1, 2, 3));
    const long = pool.allocateFrom(new Uint8Array(100).fill(9));
    const shared = pool.clone(short);
    pool.ingress[short] = 7;
    pool.exchange(short, long);
    expect([pool.length[short], [...pool.contents(long)]]).toEqual([100, [1, 2, 3]]);
    expect([pool.id[short], pool.id[long], pool.ingress[short], pool.ingress[long]]).toEqual([1, 2, 7, 0]);
    expect([pool.isShared(short), pool.isShared(long), pool.isShared(shared)]).toEqual([false, true, true]);
    for (const handle of [short, long, shared]) pool.release(handle);
    expect(pool.slotsInUse).toBe(0);
  });
});
