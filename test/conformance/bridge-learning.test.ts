/**
 * How a bridge learns, forgets and floods: Linux selftests forwarding/lib.sh (learning_test, flood_test) and
 * bridge_sticky_fdb.sh, the untagged part.
 */
import { describe, expect, it } from "vitest";
import { FdbFlag } from "../../src/datapath/index.ts";
import { BROADCAST_MAC, DropReason, parseMac } from "../../src/wire/index.ts";
import { frame } from "./frames.ts";
import { buildSwitch, drops, heard, Lab, type Switch } from "./lab.ts";

/** lib.sh's MACs: the one that is learned, and the one that asks for it. */
const LEARNED = parseMac("de:ad:be:ef:13:37");
const SENDER = parseMac("02:00:00:00:00:02");
const GROUP = parseMac("01:00:5e:00:00:01");
const AGEING_TIME = 10_000;

function build(count = 2): Switch & { lab: Lab } {
  const lab = new Lab();
  return { lab, ...buildSwitch(lab, count, { ageingTime: AGEING_TIME }) };
}

function entryOf({ bridge }: Switch, mac: number): number | undefined {
  return bridge.fdb.list().find((entry) => entry.mac === mac)?.port;
}

describe("learning_test", () => {
  it("B1 a MAC never seen as a source has no FDB entry", () => {
    const net = build();
    net.lab.exchange(net.stations[1]!, frame(LEARNED, SENDER));
    expect(entryOf(net, LEARNED)).toBeUndefined();
  });

  it("B2 with unicast flooding off at a port, a frame to an unknown MAC does not leave there", () => {
    const net = build();
    net.ports[0]!.unicastFlood = false;
    net.lab.exchange(net.stations[1]!, frame(LEARNED, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 0]);
    expect(drops(net.bridge, DropReason.BRIDGE_NO_PORT)).toBe(1);
  });

  it("B3 one frame from the MAC enters it at its port, and what is for it leaves there", () => {
    const net = build();
    net.ports[0]!.unicastFlood = false;
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, LEARNED));
    expect(entryOf(net, LEARNED)).toBe(net.ports[0]!.number);
    const sought = frame(LEARNED, SENDER);
    net.lab.exchange(net.stations[1]!, sought);
    expect(net.lab.received(net.stations[0]!)).toEqual([sought]);
  });

  it("B4 after the ageing time without traffic from the MAC its entry is gone", () => {
    const net = build();
    net.ports[0]!.unicastFlood = false;
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, LEARNED));
    net.lab.run(9.999);
    net.lab.exchange(net.stations[1]!, frame(LEARNED, SENDER)); // traffic to it does not keep it
    expect(heard(net.lab, net.stations)).toEqual([1, 0]);
    net.lab.run(0.001);
    expect(entryOf(net, LEARNED)).toBeUndefined();
    net.lab.exchange(net.stations[1]!, frame(LEARNED, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 0]);
  });

  it("B4 traffic from the MAC keeps its entry", () => {
    const net = build();
    for (let second = 0; second < 30; second += 5) {
      net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, LEARNED));
      net.lab.run(5);
    }
    expect(entryOf(net, LEARNED)).toBe(net.ports[0]!.number);
  });

  it("B5 with learning off at the port a frame makes no entry, with it on again it does", () => {
    const net = build();
    net.ports[0]!.learning = false;
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, LEARNED));
    expect(entryOf(net, LEARNED)).toBeUndefined();
    net.ports[0]!.learning = true;
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, LEARNED));
    expect(entryOf(net, LEARNED)).toBe(net.ports[0]!.number);
  });

  it("a MAC that speaks at another port has moved there", () => {
    const net = build(3);
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, LEARNED));
    net.lab.exchange(net.stations[2]!, frame(BROADCAST_MAC, LEARNED));
    net.lab.exchange(net.stations[1]!, frame(LEARNED, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 0, 1]);
  });
});

describe("flood_test", () => {
  it("B6 unknown unicast leaves every port that floods it, and never the one it came in at", () => {
    const net = build(3);
    net.lab.exchange(net.stations[0]!, frame(LEARNED, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 1, 1]);
    net.ports[1]!.unicastFlood = false;
    net.lab.exchange(net.stations[0]!, frame(LEARNED, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 0, 1]);
  });

  it("B6 a frame for a MAC behind the port it came in at goes nowhere", () => {
    const net = build(3);
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, LEARNED));
    net.lab.exchange(net.stations[0]!, frame(LEARNED, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 0, 0]);
  });

  it("B7 multicast has a switch of its own: unicast flooding does not touch it, nor it unicast", () => {
    const net = build(2);
    const port = net.ports[1]!;
    const counts = [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ].map(([unicast, multicast]) => {
      port.unicastFlood = unicast!;
      port.multicastFlood = multicast!;
      net.lab.exchange(net.stations[0]!, frame(LEARNED, SENDER));
      const unicasts = heard(net.lab, net.stations)[1]!;
      net.lab.exchange(net.stations[0]!, frame(GROUP, SENDER));
      return [unicasts, heard(net.lab, net.stations)[1]!];
    });
    expect(counts).toEqual([
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
  });

  it("broadcast has the third switch", () => {
    const net = build(2);
    net.ports[1]!.unicastFlood = net.ports[1]!.multicastFlood = false;
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 1]);
    net.ports[1]!.broadcastFlood = false;
    net.lab.exchange(net.stations[0]!, frame(BROADCAST_MAC, SENDER));
    expect(heard(net.lab, net.stations)).toEqual([0, 0]);
  });
});

describe("bridge_sticky_fdb", () => {
  const { STATIC, STICKY } = FdbFlag;

  it("B9 a static sticky entry stays where it is when its MAC speaks at another port", () => {
    const net = build(2);
    net.bridge.fdb.set(LEARNED, net.ports[0]!.number, STATIC | STICKY);
    net.lab.exchange(net.stations[1]!, ...Array.from({ length: 10 }, () => frame(BROADCAST_MAC, LEARNED)));
    expect(entryOf(net, LEARNED)).toBe(net.ports[0]!.number);
  });

  it("B9 a static entry that is not sticky moves, as in Linux", () => {
    const net = build(2);
    net.bridge.fdb.set(LEARNED, net.ports[0]!.number, STATIC);
    net.lab.exchange(net.stations[1]!, frame(BROADCAST_MAC, LEARNED));
    expect(entryOf(net, LEARNED)).toBe(net.ports[1]!.number);
    net.lab.run(2 * AGEING_TIME);
    expect(entryOf(net, LEARNED)).toBe(net.ports[1]!.number);
  });

  it("an externally learned entry that moves becomes the bridge's own and ages (br_fdb_update)", () => {
    const net = build(2);
    net.bridge.fdb.set(LEARNED, net.ports[0]!.number, FdbFlag.EXTERNAL);
    net.lab.run(AGEING_TIME);
    expect(entryOf(net, LEARNED)).toBe(net.ports[0]!.number);
    net.lab.exchange(net.stations[1]!, frame(BROADCAST_MAC, LEARNED));
    expect(entryOf(net, LEARNED)).toBe(net.ports[1]!.number);
    net.lab.run(AGEING_TIME / 1000);
    expect(entryOf(net, LEARNED)).toBeUndefined();
  });
});
