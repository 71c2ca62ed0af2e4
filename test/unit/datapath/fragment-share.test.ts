import { expect, it } from "vitest";
import { FragmentShare } from "../../../src/datapath/fragment-share.ts";
import { PacketPool } from "../../../src/packet/index.ts";

it("is half of the slots of each kind, whoever holds the others", () => {
  const pool = new PacketPool({ slotCount: 5, largeSlotCount: 2 });
  const share = new FragmentShare(pool);
  const [short, long] = [pool.allocate(100), pool.allocate(10_000)];
  const room = (): boolean[] => [share.hasRoomFor(short), share.hasRoomFor(long)];
  share.count(short, 1);
  expect(room()).toEqual([true, true]);
  share.count(short, 1);
  expect(room()).toEqual([false, true]);
  share.count(long, 1);
  expect(room()).toEqual([false, false]);
  share.count(short, -1);
  share.count(long, -1);
  expect(room()).toEqual([true, true]);
});
