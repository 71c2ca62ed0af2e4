import { describe, expect, it } from "vitest";
import { Bridge, type NetDevice } from "../../../src/datapath/index.ts";
import { formatIpv4, parseIpv4 } from "../../../src/wire/index.ts";
import { createHostPair } from "./host-pair.ts";

function routesOf(device: NetDevice): string[] {
  return device.namespace.routes
    .list()
    .map(String)
    .filter((text) => text.includes(` dev ${device.name} `));
}

describe("the routes that an address brings", () => {
  it("are those of `ip route show table all`", () => {
    expect(routesOf(createHostPair().aEnd)).toEqual([
      "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1",
      "local 10.0.0.1 dev eth0 proto kernel scope host src 10.0.0.1",
      "broadcast 10.0.0.255 dev eth0 proto kernel scope link src 10.0.0.1",
    ]);
  });

  it.each([
    ["10.9.0.1/32", ["local 10.9.0.1 dev br0 proto kernel scope host src 10.9.0.1"]],
    [
      "10.9.0.1/31",
      [
        "10.9.0.0/31 dev br0 proto kernel scope link src 10.9.0.1",
        "local 10.9.0.1 dev br0 proto kernel scope host src 10.9.0.1",
      ],
    ],
    [
      "10.9.0.0/30",
      [
        "10.9.0.0/30 dev br0 proto kernel scope link src 10.9.0.0",
        "local 10.9.0.0 dev br0 proto kernel scope host src 10.9.0.0",
        "broadcast 10.9.0.3 dev br0 proto kernel scope link src 10.9.0.0",
      ],
    ],
  ])("of %s are fewer where there is no room for a broadcast or a network", (text, routes) => {
    const { a } = createHostPair();
    const bridge = new Bridge(a.namespace, { name: "br0" });
    a.namespace.addAddress(bridge, text);
    expect(routesOf(bridge)).toEqual(routes);
  });

  it("make all of a loopback's subnet local", () => {
    const { loopback, routes } = createHostPair().a.namespace;
    expect(routesOf(loopback)).toEqual([
      "local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1",
      "local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1",
      "broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1",
    ]);
    expect(String(routes.lookup(parseIpv4("127.1.2.3")))).toContain("local 127.0.0.0/8");
  });
});

describe("removing an address", () => {
  it("takes its routes along, and putting it back brings them back", () => {
    const { a, aEnd } = createHostPair();
    const before = routesOf(aEnd);
    a.namespace.removeAddress(aEnd, "10.0.0.1/24");
    expect([routesOf(aEnd), a.namespace.addresses.isLocal(parseIpv4("10.0.0.1"))]).toEqual([[], false]);
    a.namespace.addAddress(aEnd, "10.0.0.1/24");
    expect([routesOf(aEnd), a.namespace.addresses.isLocal(parseIpv4("10.0.0.1"))]).toEqual([before, true]);
  });

  it("leaves the subnet to another address in it", () => {
    const { a, aEnd } = createHostPair();
    a.namespace.addAddress(aEnd, "10.0.0.5/24");
    a.namespace.removeAddress(aEnd, "10.0.0.1/24");
    expect(String(a.namespace.routes.lookup(parseIpv4("10.0.0.77")))).toBe(
      "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5",
    );
  });

  it("refuses one that the device does not have, as adding refuses one that it has", () => {
    const { a, aEnd } = createHostPair();
    expect(() => a.namespace.removeAddress(aEnd, "10.0.0.9/24")).toThrow(
      new RangeError("expected an address of a/eth0, found 10.0.0.9/24"),
    );
    expect(() => a.namespace.addAddress(aEnd, "10.0.0.1/16")).toThrow(
      new RangeError("expected a new address for a/eth0, found 10.0.0.1, which it has"),
    );
  });
});

describe("isLocal", () => {
  it("knows exactly the addresses that are there, signed or unsigned", () => {
    const { a, aEnd } = createHostPair();
    a.namespace.addAddress(aEnd, "192.168.7.1/24");
    const { addresses } = a.namespace;
    expect(["10.0.0.1", "192.168.7.1", "127.0.0.1"].map((text) => addresses.isLocal(parseIpv4(text)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(addresses.isLocal(parseIpv4("192.168.7.1") | 0)).toBe(true);
    // The same low byte as 10.0.0.1, and another.
    expect(
      ["10.0.1.1", "10.0.0.2", "127.0.0.2", "10.0.0.255"].map((text) => addresses.isLocal(parseIpv4(text))),
    ).toEqual([false, false, false, false]);
  });
});

describe("select", () => {
  it("prefers the device's address in the destination's subnet, then its first, then anybody's but a loopback's", () => {
    const { a, aEnd } = createHostPair();
    const { namespace } = a;
    const bridge = new Bridge(namespace, { name: "br0" });
    const choice = (device: NetDevice, to: string): string =>
      formatIpv4(namespace.addresses.select(device, parseIpv4(to)));
    expect(choice(bridge, "10.7.0.1")).toBe("10.0.0.1");
    namespace.addAddress(aEnd, "10.7.0.9/16");
    expect([choice(aEnd, "10.0.0.3"), choice(aEnd, "10.7.1.1"), choice(aEnd, "8.8.8.8")]).toEqual([
      "10.0.0.1",
      "10.7.0.9",
      "10.0.0.1",
    ]);
    namespace.removeAddress(aEnd, "10.0.0.1/24");
    namespace.removeAddress(aEnd, "10.7.0.9/16");
    expect(choice(bridge, "10.7.0.1")).toBe("0.0.0.0");
    expect(choice(namespace.loopback, "10.7.0.1")).toBe("127.0.0.1");
  });
});

it("lists the addresses of a device in the order they were added, or all", () => {
  const { a, aEnd } = createHostPair();
  a.namespace.addAddress(aEnd, "10.0.0.0/24");
  expect(a.namespace.addresses.list(aEnd).map((entry) => [formatIpv4(entry.address), entry.length])).toEqual([
    ["10.0.0.1", 24],
    ["10.0.0.0", 24],
  ]);
  expect(a.namespace.addresses.list()).toHaveLength(3);
});
