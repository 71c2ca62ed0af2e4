/** The bound on learned entries: Linux selftests forwarding/bridge_fdb_learning_limit.sh, the untagged part. */
import { describe, expect, it } from "vitest";
import { FdbFlag } from "../../src/datapath/index.ts";
import { BROADCAST_MAC, parseMac } from "../../src/wire/index.ts";
import { frame } from "./frames.ts";
import { buildSwitch, heard, Lab, type Switch } from "./lab.ts";

const FIRST = parseMac("02:00:00:00:10:00");
const EXTRA = parseMac("02:00:00:00:20:00");
const { STATIC, USER, EXTERNAL, LOCAL } = FdbFlag;

/** The sorts of entries that somebody puts there, as the suite lists them. */
const GIVEN = { static: STATIC, user: USER, extern: EXTERNAL, local: LOCAL | STATIC };

function build(learnedLimit?: number): Switch & { lab: Lab } {
  const lab = new Lab();
  return { lab, ...buildSwitch(lab, 2, learnedLimit === undefined ? {} : { learnedLimit }) };
}

/** Frames from so many new sources in a row. */
function speak({ lab, stations }: Switch & { lab: Lab }, count: number, first: number = FIRST): void {
  lab.exchange(stations[0]!, ...Array.from({ length: count }, (_, index) => frame(BROADCAST_MAC, first + index)));
}

describe("bridge_fdb_learning_limit", () => {
  it.each(Object.entries(GIVEN))("B10 a %s entry does not count as learned", (_, flags) => {
    const net = build();
    net.bridge.fdb.set(FIRST, net.ports[0]!.number, flags);
    expect(net.bridge.fdb.learnedCount).toBe(0);
    speak(net, 1);
    expect(net.bridge.fdb.learnedCount).toBe(0);
    speak(net, 1, EXTRA);
    expect(net.bridge.fdb.learnedCount).toBe(1);
  });

  it("B10 the ports' and the bridge's own MACs do not count", () => {
    expect(build().bridge.fdb.learnedCount).toBe(0);
  });

  it("B11 16 sources count 16, a deletion lowers the count, a flush makes it 0", () => {
    const net = build();
    speak(net, 16);
    expect(net.bridge.fdb.learnedCount).toBe(16);
    expect(net.bridge.fdb.delete(FIRST)).toBe(true);
    expect(net.bridge.fdb.learnedCount).toBe(15);
    net.bridge.fdb.flush();
    expect(net.bridge.fdb.learnedCount).toBe(0);
    speak(net, 16);
    expect(net.bridge.fdb.learnedCount).toBe(16);
  });

  it("B11 ageing and the departure of a port lower the count", () => {
    const net = build();
    speak(net, 16);
    net.lab.run(300);
    expect(net.bridge.fdb.learnedCount).toBe(0);
    speak(net, 16);
    net.bridge.removePort(net.ports[0]!.device);
    expect(net.bridge.fdb.learnedCount).toBe(0);
  });

  it.each(Object.entries(GIVEN))("B12 turning a learned entry into a %s one lowers the count to 0", (_, flags) => {
    const net = build();
    speak(net, 1);
    expect(net.bridge.fdb.learnedCount).toBe(1);
    net.bridge.fdb.set(FIRST, net.ports[0]!.number, flags);
    expect(net.bridge.fdb.learnedCount).toBe(0);
    expect(net.bridge.fdb.delete(FIRST)).toBe(true);
    expect(net.bridge.fdb.learnedCount).toBe(0);
  });

  it("B13 with a limit of 8, 16 new sources leave 8 entries, and all their frames are forwarded", () => {
    const net = build(8);
    speak(net, 16);
    expect(net.bridge.fdb.learnedCount).toBe(8);
    expect(heard(net.lab, net.stations)).toEqual([0, 16]);
    const learned = net.bridge.fdb.list().filter((entry) => (entry.flags & FdbFlag.LEARNED) !== 0);
    expect(learned.map((entry) => entry.mac)).toEqual(Array.from({ length: 8 }, (_, index) => FIRST + index));
    net.lab.exchange(net.stations[1]!, frame(FIRST + 15, EXTRA));
    expect(heard(net.lab, net.stations)).toEqual([1, 0]);
  });

  it("B13 at the limit an entry that ages out makes room", () => {
    const net = build(8);
    speak(net, 8);
    net.lab.run(300);
    speak(net, 1, EXTRA);
    expect(net.bridge.fdb.learnedCount).toBe(1);
  });

  it.each(Object.entries(GIVEN))("B14 at the limit a %s entry can be added, another learned one cannot", (_, flags) => {
    const net = build(8);
    speak(net, 8);
    net.bridge.fdb.set(EXTRA, net.ports[0]!.number, flags);
    expect(net.bridge.fdb.list().some((entry) => entry.mac === EXTRA)).toBe(true);
    speak(net, 1, EXTRA + 1);
    expect(net.bridge.fdb.list().some((entry) => entry.mac === EXTRA + 1)).toBe(false);
    expect(net.bridge.fdb.learnedCount).toBe(8);
  });
});
