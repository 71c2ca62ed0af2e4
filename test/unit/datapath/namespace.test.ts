import { describe, expect, it } from "vitest";
import { Namespace, type RouteDescription } from "../../../src/datapath/index.ts";
import { parseIpv4 } from "../../../src/wire/index.ts";
import { createHostPair } from "./host-pair.ts";

function create(): {
  namespace: Namespace;
  add: (route: RouteDescription) => string;
  addVia: (to: string, via: string, isOnlink?: boolean) => string;
} {
  const { a, aEnd } = createHostPair();
  const { namespace } = a;
  const add = (route: RouteDescription): string => {
    const before = new Set(namespace.routes.list());
    namespace.addRoute(route);
    return String(namespace.routes.list().find((each) => !before.has(each)));
  };
  return { namespace, add, addVia: (to, via, isOnlink = false) => add({ to, via, device: aEnd, isOnlink }) };
}

describe("ip route add", () => {
  it("takes prefixes, hosts and default", () => {
    const { addVia } = create();
    expect(addVia("10.244.2.0/24", "10.0.0.9")).toBe("10.244.2.0/24 via 10.0.0.9 dev eth0");
    expect(addVia("10.244.3.1", "10.0.0.9")).toBe("10.244.3.1 via 10.0.0.9 dev eth0");
    expect(addVia("default", "10.0.0.9")).toBe("default via 10.0.0.9 dev eth0");
  });

  it("finds the device by the gateway", () => {
    const { add, namespace } = create();
    expect(add({ to: "10.1.0.0/16", via: "10.0.0.9", source: "10.0.0.1", protocol: "bird" })).toBe(
      "10.1.0.0/16 via 10.0.0.9 dev eth0 proto bird src 10.0.0.1",
    );
    expect(add({ to: "10.2.0.0/16", device: namespace.device("eth0") })).toBe("10.2.0.0/16 dev eth0 scope link");
    expect(() => add({ to: "10.3.0.0/16", via: "11.0.0.9" })).toThrow(
      new RangeError("expected a device or a reachable gateway for the route to 10.3.0.0/16, found neither"),
    );
    expect(() => add({ to: "10.3.0.0/16" })).toThrow(
      new RangeError("expected a device or a reachable gateway for the route to 10.3.0.0/16, found neither"),
    );
  });

  it.each(["11.0.0.9", "10.0.0.255", "127.0.0.1"])("refuses the gateway %s, unless the route is onlink", (via) => {
    const { addVia } = create();
    expect(() => addVia("10.1.0.0/16", via)).toThrow(
      new RangeError(`expected a gateway on the link of a/eth0, found ${via}: Nexthop has invalid gateway`),
    );
    expect(addVia("10.1.0.0/16", via, true)).toBe(`10.1.0.0/16 via ${via} dev eth0 onlink`);
  });

  it("takes an address of the device itself for a gateway", () => {
    expect(create().addVia("10.1.0.0/16", "10.0.0.1")).toBe("10.1.0.0/16 via 10.0.0.1 dev eth0");
  });

  it("refuses a gateway behind another gateway", () => {
    const { addVia } = create();
    addVia("10.1.0.0/16", "10.0.0.9");
    expect(() => addVia("10.2.0.0/16", "10.1.0.1")).toThrow("Nexthop has invalid gateway");
  });

  it("takes routes that refuse, without a device", () => {
    const { add } = create();
    expect([
      add({ to: "10.1.0.0/16", type: "blackhole", protocol: "bird" }),
      add({ to: "10.2.0.0/16", type: "unreachable" }),
      add({ to: "default", type: "prohibit" }),
    ]).toEqual(["blackhole 10.1.0.0/16 proto bird", "unreachable 10.2.0.0/16", "prohibit default"]);
  });

  it("takes a scope and an MTU", () => {
    const { add, namespace } = create();
    expect([
      add({ to: "169.254.1.1", device: namespace.device("eth0"), scope: "link" }),
      add({ to: "default", via: "10.0.0.9", scope: "global", mtu: 1450 }),
    ]).toEqual(["169.254.1.1 dev eth0 scope link", "default via 10.0.0.9 dev eth0 mtu 1450"]);
  });

  it.each([
    [
      { scope: "link" } as const,
      "expected scope global for a route with a gateway, found link: Nexthop has invalid gateway",
    ],
    [
      { scope: "host", isOnlink: true } as const,
      "expected scope global for a route with a gateway, found host: Nexthop has invalid scope",
    ],
    [{ mtu: 67 }, "expected an MTU from 68 to 65535, found 67"],
  ])("refuses %j with a gateway", (wrong, message) => {
    const { add } = create();
    expect(() => add({ to: "10.1.0.0/16", via: "10.0.0.9", ...wrong })).toThrow(new RangeError(message));
  });

  it("refuses a prefix with host bits, and one that has a route", () => {
    const { addVia } = create();
    expect(() => addVia("10.1.2.3/16", "10.0.0.9")).toThrow(/10\.1\.0\.0\/16/);
    expect(() => addVia("10.0.0.0/24", "10.0.0.9")).toThrow(
      "expected a new route, found one that exists: 10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1",
    );
  });
});

it("deletes routes that are there", () => {
  const { namespace, addVia } = create();
  addVia("10.1.0.0/16", "10.0.0.9");
  namespace.removeRoute("10.1.0.0/16");
  expect(() => namespace.removeRoute("10.1.0.0/16")).toThrow(
    new RangeError("expected a route of a, found 10.1.0.0/16"),
  );
});

it("names its devices when asked for one that it has not", () => {
  expect(() => create().namespace.device("eth1")).toThrow(
    new RangeError('expected a device of a (lo, eth0), found "eth1"'),
  );
});

it("counts identifications up and around", () => {
  const { namespace } = create();
  const first = namespace.nextIdentification();
  expect(namespace.nextIdentification()).toBe((first + 1) & 0xffff);
  for (let i = 0; i < 0xffff; i++) namespace.nextIdentification();
  expect(namespace.nextIdentification()).toBe((first + 1) & 0xffff);
});

describe("lo", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["127.1.2.3", "127.0.0.1"],
    ["10.0.0.1", "10.0.0.1"],
  ])("answers a ping to %s, which is sent from %s", (to, from) => {
    const { engine, a, aEnd } = createHostPair();
    const sources = new Set<number>();
    const socket = a.openUdp({ port: 7, onMessage: (message) => sources.add(message.from) });
    socket.send(parseIpv4(to), 7, new Uint8Array(1));
    const ping = a.ping(parseIpv4(to));
    engine.run();
    expect([ping.receivedCount, ping.roundTrips, [...sources]]).toEqual([1, [0], [parseIpv4(from)]]);
    expect([...aEnd.counters]).toEqual([0, 0, 0, 0]);
  });
});
