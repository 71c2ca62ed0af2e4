import { expect, it } from "vitest";
import { Engine, NANOSECONDS_PER_MILLISECOND } from "../../../src/datapath/index.ts";
import { IcmpRateLimit } from "../../../src/datapath/icmp-rate-limit.ts";

function create(): {
  engine: Engine;
  limit: IcmpRateLimit;
  allowed: (count: number, receiver: (index: number) => number, isLocal?: boolean) => number;
} {
  const engine = new Engine({ slotCount: 1 });
  const limit = new IcmpRateLimit(engine);
  const allowed = (count: number, receiver: (index: number) => number, isLocal = false): number =>
    Array.from({ length: count }, (_, index) => limit.allows(receiver(index), isLocal)).filter(Boolean).length;
  return { engine, limit, allowed };
}

it("allows one receiver six at once, then one a second", () => {
  const { engine, allowed } = create();
  expect(allowed(10, () => 1)).toBe(6);
  engine.run(999 * NANOSECONDS_PER_MILLISECOND);
  expect(allowed(10, () => 1)).toBe(0);
  engine.run(1000 * NANOSECONDS_PER_MILLISECOND);
  expect(allowed(10, () => 1)).toBe(1);
  engine.run(60_000 * NANOSECONDS_PER_MILLISECOND);
  expect(allowed(10, () => 1)).toBe(6);
});

it("allows all receivers fifty at once, then one a millisecond", () => {
  const { engine, allowed } = create();
  expect(allowed(100, (index) => index)).toBe(50);
  engine.run(20 * NANOSECONDS_PER_MILLISECOND);
  expect(allowed(100, (index) => 1000 + index)).toBe(20);
});

it("holds a receiver of one's own only to the limit for all", () => {
  expect(create().allowed(100, () => 1, true)).toBe(50);
});

it("remembers 1,024 receivers: one forgotten starts anew", () => {
  const { engine, limit, allowed } = create();
  expect(allowed(7, () => 1)).toBe(6);
  for (let receiver = 2; receiver <= 1024 + 1; receiver++) {
    engine.run(engine.now + NANOSECONDS_PER_MILLISECOND / 2);
    if (receiver % 2 === 0) engine.run(engine.now + NANOSECONDS_PER_MILLISECOND);
    limit.allows(receiver, false);
  }
  engine.run(engine.now + 50 * NANOSECONDS_PER_MILLISECOND);
  expect(allowed(7, () => 1)).toBe(6);
});
