import { expect, it } from "vitest";
import { FlowKind, FlowWord } from "../../../src/datapath/flow-record.ts";
import { FlowStore } from "../../../src/datapath/flow-store.ts";
import { PacketPool } from "../../../src/packet/index.ts";

const { FORWARD, DELIVER, LONG_WAY } = FlowKind;

function createStore(): FlowStore {
  return new FlowStore(new PacketPool({ slotCount: 1 }));
}

it("uses a record from the next rest on, and no sooner", () => {
  const store = createStore();
  const at = store.make(1, 2, 3, 4);
  store.plan(at, FORWARD, 1000);
  expect(store.words[at + FlowWord.KIND]).toBe(LONG_WAY);
  store.rest();
  expect(store.words[at + FlowWord.KIND]).toBe(FORWARD);
  expect(store.find(1, 2, 3, 4)).toBe(at);
});

it("does not use a record on hold before the next rest", () => {
  const store = createStore();
  const at = store.make(1, 2, 3, 4);
  store.plan(at, DELIVER, 1000);
  store.rest();
  store.hold(at);
  store.hold(at);
  expect(store.words[at + FlowWord.KIND]).toBe(LONG_WAY);
  expect(store.find(1, 2, 3, 4)).toBe(at);
  store.rest();
  expect(store.words[at + FlowWord.KIND]).toBe(DELIVER);
});

it("makes a record void at its last millisecond, across the wrap of the clock, and not the one that lives longer", () => {
  const store = createStore();
  const [short, long] = [store.make(1, 0, 0, 0), store.make(2, 0, 0, 0)];
  const now = 2 ** 31 - 5;
  store.expire(now);
  store.plan(short, FORWARD, now + 10);
  store.plan(long, FORWARD, now + 20);
  store.rest();
  store.expire((now + 9) | 0);
  expect(store.find(1, 0, 0, 0)).toBe(short);
  store.expire((now + 10) | 0);
  expect([store.find(1, 0, 0, 0), store.words[short + FlowWord.KIND]]).toEqual([0, LONG_WAY]);
  expect(store.find(2, 0, 0, 0)).toBe(long);
  store.expire((now + 20) | 0);
  expect(store.find(2, 0, 0, 0)).toBe(0);
});

it("makes a void record anew in its place", () => {
  const store = createStore();
  const at = store.make(1, 2, 3, 4);
  store.plan(at, FORWARD, 10);
  store.rest();
  store.expire(10);
  expect(store.make(1, 2, 3, 4)).toBe(at);
  store.plan(at, DELIVER, 20);
  store.rest();
  expect(store.words[at + FlowWord.KIND]).toBe(DELIVER);
});

it("starts over when it is full, and forgets what was on hold", () => {
  const store = createStore();
  const first = store.make(1, 0, 0, 0);
  store.plan(first, FORWARD, 1000);
  for (let i = 0; store.find(1, 0, 0, 0) !== 0; i++) store.plan(store.make(2, i, i, i), FORWARD, 1000);
  store.rest();
  const taken = store.make(3, 3, 3, 3);
  expect(store.words[taken + FlowWord.KIND]).toBe(LONG_WAY);
});

it("gives every tag once", () => {
  const store = createStore();
  expect(new Set([store.nextTag(), store.nextTag(), store.nextTag()]).size).toBe(3);
});
