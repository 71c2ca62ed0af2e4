import { expect, it } from "vitest";
import { Engine, NANOSECONDS_PER_SECOND, PathMtuCache } from "../../../src/datapath/index.ts";

function create(): { engine: Engine; cache: PathMtuCache } {
  const engine = new Engine({ slotCount: 1 });
  return { engine, cache: new PathMtuCache(engine) };
}

it("limits packets to one destination, and never to more than the device's MTU", () => {
  const { cache } = create();
  expect(cache.limit(1, 1500)).toBe(1500);
  cache.learn(1, 1400);
  expect([cache.limit(1, 1500), cache.limit(1, 1300), cache.limit(2, 1500)]).toEqual([1400, 1300, 1500]);
});

it("takes addresses signed or unsigned", () => {
  const { cache } = create();
  cache.learn(0xc0a80101, 1400);
  expect([cache.limit(0xc0a80101 | 0, 1500), cache.limit(0xc0a80101, 1500)]).toEqual([1400, 1400]);
});

it.each([0, 68, 551, 552])("believes no less than 552 bytes: %i", (mtu) => {
  const { cache } = create();
  cache.learn(1, mtu);
  expect([cache.limit(1, 1500), cache.isBelowFloor(1), cache.isBelowFloor(2)]).toEqual([552, mtu < 552, false]);
});

it("forgets ten minutes after the last message that said as little or less", () => {
  const { engine, cache } = create();
  cache.learn(1, 1400);
  engine.run(599 * NANOSECONDS_PER_SECOND);
  expect(cache.limit(1, 1500)).toBe(1400);
  cache.learn(1, 1300);
  engine.run(1198 * NANOSECONDS_PER_SECOND);
  cache.learn(1, 1450); // only time raises an estimate (RFC 1191 section 6.3)
  expect(cache.limit(1, 1500)).toBe(1300);
  engine.run(1199 * NANOSECONDS_PER_SECOND);
  expect(cache.limit(1, 1500)).toBe(1500);
});

it("remembers 1,024 destinations: the one heard of longest ago gives way", () => {
  const { cache } = create();
  for (let destination = 1; destination <= 1024; destination++) cache.learn(destination, 1400);
  cache.learn(1, 1400);
  cache.learn(2000, 1400);
  expect([cache.limit(1, 1500), cache.limit(2, 1500), cache.limit(3, 1500), cache.limit(2000, 1500)]).toEqual([
    1400, 1500, 1400, 1400,
  ]);
});
