import { describe, expect, it } from "vitest";
import { Bridge, createVethPair, Engine, Namespace, type NetDevice } from "../../../src/datapath/index.ts";

const SHARED_MAC = 0x0200_0000_0001;

function create(): { bridge: Bridge; add: (name: string, mac?: number) => NetDevice } {
  const place = new Namespace(new Engine({ slotCount: 4 }), "switch");
  const bridge = new Bridge(place, { name: "br0", mac: SHARED_MAC });
  const elsewhere = new Namespace(place.engine, "elsewhere");
  const add = (name: string, mac?: number): NetDevice => {
    const [port] = createVethPair(
      { namespace: place, name, ...(mac !== undefined && { mac }) },
      { namespace: elsewhere, name },
    );
    bridge.addPort(port);
    return port;
  };
  return { bridge, add };
}

/** The port that a MAC's entry names. */
function portOf(bridge: Bridge, mac: number): string | undefined {
  const entry = bridge.fdb.list().find((each) => each.mac === mac);
  return entry && bridge.portName(entry.port);
}

describe("ports", () => {
  it("have numbers from 1 on, which are not given again", () => {
    const { bridge, add } = create();
    const [first, second] = [add("port1"), add("port2")];
    bridge.removePort(first);
    const third = add("port3");
    expect(bridge.ports.map((port) => [port.number, port.device])).toEqual([
      [2, second],
      [3, third],
    ]);
    expect([bridge.portName(0), bridge.portName(2), first.port]).toEqual(["br0", "port2", null]);
  });

  it("are devices of the same namespace, no bridges, and ports once", () => {
    const { bridge, add } = create();
    const port = add("port1");
    const other = new Bridge(bridge.namespace, { name: "br1" });
    for (const device of [port, other, (port as NetDevice & { peer: NetDevice }).peer]) {
      expect(() => bridge.addPort(device)).toThrow(
        new RangeError(`expected an Ethernet device of switch that is no bridge and no port, found ${device.fullName}`),
      );
    }
    expect(() => other.removePort(port)).toThrow(new RangeError("expected a port of switch/br1, found switch/port1"));
  });

  it("with the bridge's MAC leave it to the bridge, as ports with one MAC do among themselves", () => {
    const { bridge, add } = create();
    const [twin, first, second] = [
      add("port1", SHARED_MAC),
      add("port2", 0x0200_0000_0002),
      add("port3", 0x0200_0000_0002),
    ];
    expect([portOf(bridge, SHARED_MAC), portOf(bridge, first.mac)]).toEqual(["br0", "port2"]);
    bridge.removePort(twin);
    bridge.removePort(first);
    expect([portOf(bridge, SHARED_MAC), portOf(bridge, first.mac)]).toEqual(["br0", "port3"]);
    bridge.removePort(second);
    expect(portOf(bridge, second.mac)).toBeUndefined();
  });
});

describe("port options", () => {
  it("are Linux's defaults", () => {
    const { bridge, add } = create();
    const { learning, unicastFlood, multicastFlood, broadcastFlood, hairpin, isolated } = add("port1").port!;
    expect({ learning, unicastFlood, multicastFlood, broadcastFlood, hairpin, isolated }).toEqual({
      learning: true,
      unicastFlood: true,
      multicastFlood: true,
      broadcastFlood: true,
      hairpin: false,
      isolated: false,
    });
    expect(bridge.fdb.ageingTime).toBe(300_000);
  });

  it("decide who takes frames from whom", () => {
    const { add } = create();
    const [x, y] = [add("port1").port!, add("port2").port!];
    expect([x.takesFrom(y), x.takesFrom(x), x.takesFrom(null)]).toEqual([true, false, true]);
    x.hairpin = true;
    x.isolated = true;
    expect([x.takesFrom(x), x.takesFrom(y), y.takesFrom(x), x.takesFrom(null)]).toEqual([false, true, true, true]);
    y.isolated = true;
    expect([x.takesFrom(y), y.takesFrom(x), x.takesFrom(null)]).toEqual([false, false, true]);
    x.isolated = false;
    expect([x.takesFrom(x), x.takesFrom(y)]).toEqual([true, true]);
  });
});
