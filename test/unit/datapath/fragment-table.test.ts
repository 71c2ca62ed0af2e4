import { describe, expect, it } from "vitest";
import { hashPair } from "../../../src/bytes/hash.ts";
import { FragmentTable } from "../../../src/datapath/fragment-table.ts";

type Name = readonly [source: number, destination: number, protocol: number, identification: number];

/** Three datagrams whose hashes are equal: the hash is linear in its words but for a shift that can be undone. */
function colliding(): Name[] {
  const unshifted = (word: number): number => (word ^ (word >>> 15) ^ (word >>> 30)) >>> 0;
  const names = [0, 1, 2].map((step): Name => {
    const source = (0x0a000001 + Math.imul(step, 0x9e3779b1)) >>> 0;
    return [source, unshifted((0x12345678 - Math.imul(step, 0xc13fa9a9)) >>> 0), 17, 7];
  });
  expect(new Set(names.map(([source, destination]) => hashPair(source, destination))).size).toBe(1);
  return names;
}

describe("find", () => {
  it("tells datagrams apart by all four of their names", () => {
    const table = new FragmentTable();
    const queue = table.add(1, 2, 17, 3, 0);
    expect(table.find(1, 2, 17, 3)).toBe(queue);
    const others: Name[] = [
      [2, 2, 17, 3],
      [1, 1, 17, 3],
      [1, 2, 1, 3],
      [1, 2, 17, 4],
    ];
    for (const other of others) expect(table.find(...other)).toBeUndefined();
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]]])(
    "finds those with equal hashes, also when some have been removed, in the order %j",
    (order) => {
      const table = new FragmentTable();
      const names = colliding();
      const queues = names.map((name) => table.add(...name, 0));
      const present = new Set([0, 1, 2]);
      for (const index of order) {
        table.remove(queues[index]!);
        present.delete(index);
        names.forEach((name, i) => expect(table.find(...name)).toBe(present.has(i) ? queues[i] : undefined));
        expect(table.count).toBe(present.size);
      }
    },
  );
});

describe("oldest", () => {
  it("is who was added first and not postponed", () => {
    const table = new FragmentTable();
    expect(table.oldest).toBeUndefined();
    const [first, second] = [table.add(1, 2, 3, 4, 10), table.add(1, 2, 3, 5, 20)];
    expect(table.oldest).toBe(first);
    table.postpone(first, 30);
    expect([table.oldest, first.expiry]).toEqual([second, 30]);
    table.remove(second);
    expect(table.oldest).toBe(first);
  });
});

describe("countFragment", () => {
  it("counts what a sender sent since, as long as one of its datagrams is incomplete", () => {
    const table = new FragmentTable();
    const [a, b, other] = [table.add(1, 2, 3, 4, 0), table.add(1, 2, 3, 5, 0), table.add(9, 2, 3, 4, 0)];
    expect([a, b, b, a].map((queue) => table.countFragment(queue))).toEqual([1, 2, 1, 3]);
    expect(table.countFragment(other)).toBe(1);
    table.remove(a);
    table.remove(b);
    expect(table.countFragment(table.add(1, 2, 3, 6, 0))).toBe(1);
  });
});

it("uses queues again, empty", () => {
  const table = new FragmentTable();
  const queue = table.add(1, 2, 3, 4, 0);
  queue.insert(0, 8);
  queue.count = 1;
  table.remove(queue);
  expect(table.add(5, 6, 7, 8, 9)).toBe(queue);
  expect([queue.source, queue.count, queue.expiry, table.find(1, 2, 3, 4)]).toEqual([5, 0, 9, undefined]);
});
