/** The packet pool against a model of plain arrays. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketPool } from "../../src/packet/index.ts";

/** What a handle must look like from outside. `slot` names the bytes that clones share. */
interface ModelPacket {
  readonly handle: number;
  bytes: number[];
  readonly id: number;
  slot: { readonly isLarge: boolean };
  headroom: number;
}

interface Model {
  readonly packets: ModelPacket[];
  copyCount: number;
}

const SLOT_COUNT = 4;
const LARGE_SLOT_COUNT = 2;
const HEADROOM = 16;
const FRAME_CAPACITY = 48;
const LONG = 1_000;

interface Operation {
  readonly kind:
    "allocate" | "clone" | "makeWritable" | "prepend" | "strip" | "trim" | "write" | "exchange" | "release";
  readonly which: number;
  readonly amount: number;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom<Operation["kind"][]>(
    "allocate",
    "allocate",
    "clone",
    "clone",
    "makeWritable",
    "prepend",
    "strip",
    "trim",
    "write",
    "exchange",
    "release",
    "release",
  ),
  which: fc.nat(),
  amount: fc.nat(40),
});

/** Slots in use: of one kind, or of both. */
function slotsOf(model: Model, isLarge?: boolean): number {
  const slots = new Set(model.packets.map(({ slot }) => slot));
  return [...slots].filter((slot) => isLarge === undefined || slot.isLarge === isLarge).length;
}

function hasSlot(model: Model, isLarge: boolean): boolean {
  return slotsOf(model, isLarge) < (isLarge ? LARGE_SLOT_COUNT : SLOT_COUNT);
}

function isShared(model: Model, packet: ModelPacket): boolean {
  return model.packets.some((other) => other !== packet && other.slot === packet.slot);
}

/** Does the operation on both and compares what they answer. */
function apply(pool: PacketPool, model: Model, { kind, which, amount }: Operation): void {
  const hasHandle = model.packets.length < 2 * SLOT_COUNT;
  const packet = model.packets[which % model.packets.length];
  if (kind === "allocate") {
    const length = which % 4 === 0 ? LONG + amount : amount;
    const isLarge = length > FRAME_CAPACITY;
    const bytes = Array.from({ length }, (_, i) => (which + i) & 0xff);
    const handle = pool.allocateFrom(Uint8Array.from(bytes));
    expect(handle >= 0).toBe(hasHandle && hasSlot(model, isLarge));
    if (handle >= 0) model.packets.push({ handle, bytes, id: pool.id[handle]!, slot: { isLarge }, headroom: HEADROOM });
  } else if (packet !== undefined) {
    const other = model.packets[(which + amount) % model.packets.length]!;
    if (kind === "exchange") exchange(pool, packet, other);
    else applyTo(pool, model, packet, kind, amount, hasHandle);
  }
}

function exchange(pool: PacketPool, a: ModelPacket, b: ModelPacket): void {
  pool.exchange(a.handle, b.handle);
  const { bytes, slot, headroom } = a;
  Object.assign(a, { bytes: b.bytes, slot: b.slot, headroom: b.headroom });
  Object.assign(b, { bytes, slot, headroom });
}

function applyTo(
  pool: PacketPool,
  model: Model,
  packet: ModelPacket,
  kind: Operation["kind"],
  amount: number,
  hasHandle: boolean,
): void {
  const { handle, bytes } = packet;
  switch (kind) {
    case "clone": {
      const copy = pool.clone(handle);
      expect(copy >= 0).toBe(hasHandle);
      if (copy >= 0) model.packets.push({ ...packet, handle: copy, bytes: [...bytes] });
      return;
    }
    case "makeWritable": {
      const mustCopy = isShared(model, packet);
      const canCopy = hasSlot(model, packet.slot.isLarge);
      expect(pool.makeWritable(handle)).toBe(!mustCopy || canCopy);
      if (mustCopy && canCopy) {
        packet.slot = { isLarge: packet.slot.isLarge };
        model.copyCount++;
      }
      return;
    }
    case "prepend": {
      // Shared bytes are only looked at: who would write them asks first, as the datapath does.
      const fits = amount <= packet.headroom;
      if (isShared(model, packet)) return;
      expect(pool.prepend(handle, amount)).toBe(fits);
      if (!fits) return;
      const start = pool.start[handle]!;
      pool.bytes.fill(0xee, start, start + amount);
      packet.bytes = [...new Array<number>(amount).fill(0xee), ...bytes];
      packet.headroom -= amount;
      return;
    }
    case "strip": {
      const count = Math.min(amount, bytes.length);
      pool.strip(handle, count);
      packet.bytes = bytes.slice(count);
      packet.headroom += count;
      return;
    }
    case "trim": {
      const length = Math.min(amount, bytes.length);
      pool.trim(handle, length);
      packet.bytes = bytes.slice(0, length);
      return;
    }
    case "write":
      if (bytes.length === 0 || isShared(model, packet)) return;
      pool.bytes[pool.start[handle]!] = amount;
      packet.bytes = [amount, ...bytes.slice(1)];
      return;
    case "release":
      pool.release(handle);
      model.packets.splice(model.packets.indexOf(packet), 1);
  }
}

function expectSame(pool: PacketPool, model: Model): void {
  expect(pool.inFlightCount).toBe(model.packets.length);
  expect(pool.slotsInUse).toBe(slotsOf(model));
  expect(pool.copyCount).toBe(model.copyCount);
  expect(pool.allocationCount + pool.cloneCount - pool.releaseCount).toBe(model.packets.length);
  expect(new Set(model.packets.map(({ handle }) => handle)).size).toBe(model.packets.length);
  for (const packet of model.packets) {
    expect([...pool.contents(packet.handle)]).toEqual(packet.bytes);
    expect(pool.id[packet.handle]).toBe(packet.id);
    expect(pool.isShared(packet.handle)).toBe(isShared(model, packet));
    expect(pool.isLarge(packet.handle)).toBe(packet.slot.isLarge);
  }
}

describe("the packet pool", () => {
  it("does what a model of plain arrays does", () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 60 }), (operations) => {
        const pool = new PacketPool({
          slotCount: SLOT_COUNT,
          headroom: HEADROOM,
          frameCapacity: FRAME_CAPACITY,
          largeSlotCount: LARGE_SLOT_COUNT,
        });
        const model: Model = { packets: [], copyCount: 0 };
        for (const each of operations) {
          apply(pool, model, each);
          expectSame(pool, model);
        }
        for (const { handle } of model.packets) pool.release(handle);
        expect([pool.inFlightCount, pool.slotsInUse]).toEqual([0, 0]);
      }),
      { numRuns: 400 },
    );
  });
});
