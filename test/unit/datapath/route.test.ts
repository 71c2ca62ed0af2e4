import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Route, type RouteFields, RouteList, RouteType } from "../../../src/datapath/index.ts";
import { parseIpv4, parsePrefix, prefixContains, prefixMask } from "../../../src/wire/index.ts";
import { createHostPair } from "./host-pair.ts";

const { aEnd } = createHostPair();

function unicast(to: string, fields: Partial<RouteFields> = {}): Route {
  return new Route({ type: RouteType.UNICAST, prefix: parsePrefix(to), device: aEnd, ...fields });
}

describe("a route's text is iproute2's", () => {
  it.each<[string, Route]>([
    [
      "10.244.2.0/24 via 10.244.2.0 dev eth0 onlink",
      unicast("10.244.2.0/24", { gateway: parseIpv4("10.244.2.0"), isOnlink: true }),
    ],
    ["default via 10.0.0.9 dev eth0", unicast("0.0.0.0/0", { gateway: parseIpv4("10.0.0.9") })],
    [
      "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1",
      unicast("10.0.0.0/24", { protocol: "kernel", source: parseIpv4("10.0.0.1") }),
    ],
    ["10.9.9.9 dev eth0 scope link", unicast("10.9.9.9/32")],
    [
      "10.1.0.0/16 via 10.0.0.9 dev eth0 proto bird src 10.0.0.1 onlink",
      unicast("10.1.0.0/16", {
        gateway: parseIpv4("10.0.0.9"),
        protocol: "bird",
        source: parseIpv4("10.0.0.1"),
        isOnlink: true,
      }),
    ],
    [
      "blackhole 10.244.1.0/26 proto bird",
      new Route({ type: RouteType.BLACKHOLE, prefix: parsePrefix("10.244.1.0/26"), device: null, protocol: "bird" }),
    ],
    ["unreachable default", new Route({ type: RouteType.UNREACHABLE, prefix: parsePrefix("0.0.0.0/0"), device: null })],
    ["10.9.0.1 dev eth0 scope host", unicast("10.9.0.1/32", { scope: "host" })],
    ["10.9.0.1 dev eth0", unicast("10.9.0.1/32", { scope: "global" })],
    [
      "10.9.0.0/16 via 10.0.0.9 dev eth0 proto bird src 10.0.0.1 onlink mtu 1450",
      unicast("10.9.0.0/16", {
        gateway: parseIpv4("10.0.0.9"),
        protocol: "bird",
        source: parseIpv4("10.0.0.1"),
        isOnlink: true,
        mtu: 1450,
      }),
    ],
    ["prohibit 10.5.0.0/16", new Route({ type: RouteType.PROHIBIT, prefix: parsePrefix("10.5.0.0/16"), device: null })],
  ])("%s", (text, route) => {
    expect(String(route)).toBe(text);
  });
});

describe("the route list", () => {
  it("answers with the longest prefix, and with NONE when nothing covers the address", () => {
    const list = new RouteList();
    const [wide, narrow, host] = [unicast("10.0.0.0/8"), unicast("10.1.0.0/16"), unicast("10.1.2.3/32")] as const;
    for (const route of [narrow, host, wide]) list.add(route);
    expect(["10.1.2.3", "10.1.2.4", "10.2.0.0"].map((address) => list.lookup(parseIpv4(address)))).toEqual([
      host,
      narrow,
      wide,
    ]);
    expect(list.lookup(parseIpv4("11.0.0.0")).type).toBe(RouteType.NONE);
    expect(list.lookup(parseIpv4("10.1.2.3") | 0)).toBe(host);
  });

  it("answers as a walk over all routes does", () => {
    const prefix = fc
      .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
      .map(([address, length]) => ({ address: (address & prefixMask(length)) >>> 0, length }));
    const near = fc
      .tuple(fc.nat(255), fc.integer({ min: 22, max: 32 }))
      .map(([low, length]) => ({ address: ((0x0a000000 + low) & prefixMask(length)) >>> 0, length }));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(prefix, near), { maxLength: 30 }),
        fc.array(fc.boolean()),
        (prefixes, isRemoved) => {
          const list = new RouteList();
          const routes = prefixes.map((each) => new Route({ type: RouteType.UNICAST, prefix: each, device: aEnd }));
          for (const route of routes) list.append(route);
          const left = routes.filter((route, index) => !(isRemoved[index] === true && list.remove(route)));
          for (const address of [...prefixes.map((each) => each.address), 0x0a000011, 0x0a0000ff, 0]) {
            const covering = left.filter((route) => prefixContains(route.prefix, address));
            const longest = covering.reduce<Route | undefined>(
              (best, route) => (best === undefined || route.prefix.length > best.prefix.length ? route : best),
              undefined,
            );
            const found = list.lookup(address);
            expect(found.type === RouteType.NONE ? undefined : found).toBe(longest);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("refuses a second route of one prefix: File exists", () => {
    const list = new RouteList();
    list.add(unicast("10.1.0.0/16", { protocol: "bird" }));
    expect(() => list.add(unicast("10.1.0.0/16"))).toThrow(
      new RangeError("expected a new route, found one that exists: 10.1.0.0/16 dev eth0 proto bird scope link"),
    );
  });

  it("keeps appended routes of one prefix as stand-ins, and puts the next in force when the first goes", () => {
    const list = new RouteList();
    const routes = ["a", "b", "c"].map((protocol) => unicast("10.1.0.0/16", { protocol }));
    for (const route of routes) list.append(route);
    const address = parseIpv4("10.1.2.3");
    expect(list.lookup(address)).toBe(routes[0]);
    expect(list.remove(routes[1]!)).toBe(true);
    expect(list.lookup(address)).toBe(routes[0]);
    expect(list.remove(routes[0]!)).toBe(true);
    expect([list.lookup(address), list.find(parsePrefix("10.1.0.0/16"))]).toEqual([routes[2], routes[2]]);
    expect(list.remove(routes[2]!)).toBe(true);
    expect([list.lookup(address).type, list.find(parsePrefix("10.1.0.0/16"))]).toEqual([RouteType.NONE, undefined]);
    expect(list.remove(routes[2]!)).toBe(false);
  });

  it("lists by address, then length, stand-ins behind the one in force", () => {
    const list = new RouteList();
    const first = unicast("10.1.0.0/16", { protocol: "first" });
    const others = [
      unicast("192.168.0.0/16"),
      unicast("10.1.0.0/24"),
      first,
      unicast("0.0.0.0/0"),
      unicast("10.1.0.0/16", { protocol: "second" }),
    ];
    for (const route of others) list.append(route);
    expect(
      list.list().map((route) => `${route.prefix.address >>> 24}/${route.prefix.length} ${route.protocol}`),
    ).toEqual(["0/0 boot", "10/16 first", "10/16 second", "10/24 boot", "192/16 boot"]);
  });
});
