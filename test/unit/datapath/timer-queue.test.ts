import fc from "fast-check";
import { expect, it } from "vitest";
import { type Timer, TimerQueue } from "../../../src/datapath/timer-queue.ts";

const timer = (): Timer => ({ fire: () => undefined });

it("gives timers in the order of their times, and of adding where times are equal", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (times) => {
      const queue = new TimerQueue();
      const added = times.map((time, order) => ({ time, order, timer: timer() }));
      for (const { time, timer } of added) queue.add(time, timer);
      const expected = added.sort((a, b) => a.time - b.time || a.order - b.order);
      expect(queue.count).toBe(times.length);
      for (const { time, timer } of expected) {
        expect(queue.nextTime).toBe(time);
        expect(queue.take()).toBe(timer);
      }
      expect([queue.count, queue.nextTime]).toEqual([0, Infinity]);
    }),
    { numRuns: 100 },
  );
});

it("keeps the order of equal times when timers are taken in between", () => {
  const queue = new TimerQueue();
  const timers = Array.from({ length: 6 }, timer);
  timers.slice(0, 3).forEach((each) => queue.add(5, each));
  expect(queue.take()).toBe(timers[0]);
  timers.slice(3).forEach((each) => queue.add(5, each));
  expect(Array.from({ length: 5 }, () => timers.indexOf(queue.take()))).toEqual([1, 2, 3, 4, 5]);
});

it("says so when there is nothing to take", () => {
  expect(() => new TimerQueue().take()).toThrow(new RangeError("expected a timer, found an empty queue"));
});
