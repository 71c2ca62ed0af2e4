import { describe, expect, it } from "vitest";
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

const MILLISECOND = 1e6;

it.each([0, 2 ** 31 - 5, 2 ** 32 - 15, 2 ** 33])("ends each record in time, from millisecond %d on", (now) => {
  const store = createStore();
  store.expire(now * MILLISECOND);
  const [short, long] = [store.make(1, 0, 0, 0), store.make(2, 0, 0, 0)];
  store.plan(short, FORWARD, 10);
  store.plan(long, FORWARD, 20);
  store.rest();
  store.expire((now + 9) * MILLISECOND);
  expect(store.find(1, 0, 0, 0)).toBe(short);
  store.expire((now + 10) * MILLISECOND);
  expect([store.find(1, 0, 0, 0), store.words[short + FlowWord.KIND]]).toEqual([0, LONG_WAY]);
  expect(store.find(2, 0, 0, 0)).toBe(long);
  store.expire((now + 20) * MILLISECOND);
  expect(store.find(2, 0, 0, 0)).toBe(0);
});

it.each([11, 25, 30, 49, 51, 100])("ends all records when nobody has asked for %d days", (days) => {
  const store = createStore();
  const at = store.make(1, 0, 0, 0);
  store.plan(at, FORWARD, 1000);
  store.rest();
  store.expire(days * 86_400_000 * MILLISECOND);
  expect(store.find(1, 0, 0, 0)).toBe(0);
});

it("makes a record that has ended anew in its place", () => {
  const store = createStore();
  const at = store.make(1, 2, 3, 4);
  store.plan(at, FORWARD, 10);
  store.rest();
  store.expire(10 * MILLISECOND);
  expect(store.make(1, 2, 3, 4)).toBe(at);
  store.plan(at, DELIVER, 20);
  store.rest();
  expect(store.words[at + FlowWord.KIND]).toBe(DELIVER);
});

function fill(store: FlowStore): number {
  let count = 0;
  for (; store.hasRoom(); count++) store.plan(store.make(2, count, count, count), FORWARD, 1000);
  return count;
}

describe("a full store", () => {
  it("keeps its records, and has room again after 262,144 refusals", () => {
    const store = createStore();
    expect(fill(store)).toBe(16_384);
    let refused = 1;
    while (!store.hasRoom()) refused++;
    expect(refused).toBe(2 ** 18 - 1);
    expect(store.find(2, 0, 0, 0)).toBe(0);
    store.rest();
    expect(store.words[store.make(3, 3, 3, 3) + FlowWord.KIND]).toBe(LONG_WAY);
  });

  it("has room at once when half of its records are void", () => {
    const store = createStore();
    fill(store);
    store.abandon(8191);
    expect(store.hasRoom()).toBe(false);
    store.abandon(1);
    expect(store.hasRoom()).toBe(true);
  });
});

it("gives every tag once", () => {
  const store = createStore();
  expect(new Set([store.nextTag(), store.nextTag(), store.nextTag()]).size).toBe(3);
});
