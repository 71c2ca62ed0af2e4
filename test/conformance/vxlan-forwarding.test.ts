/** Frames through a bridge with a VXLAN port: Linux selftests forwarding/vxlan_bridge_1d.sh, tests V1 to V4 and V9. */
import { describe, expect, it } from "vitest";
import { FdbFlag } from "../../src/datapath/index.ts";
import { parseIpv4, parseMac } from "../../src/wire/index.ts";
import { packetsOf, ping } from "./lab.ts";
import { frame } from "./frames.ts";
import { buildVxlan, copies, flood, putAddress, tunnelled, VTEPS, type VxlanLab, warmUnderlay } from "./vxlan-lab.ts";

const UNKNOWN = parseMac("de:ad:be:ef:13:37");

/** How many of the pings from h1 to h2 and to the two remote hosts are answered. */
function pings(net: VxlanLab): number[] {
  return ["192.0.2.2", "192.0.2.3", "192.0.2.4"].map((address) => ping(net.lab, net.h1, address).receivedCount);
}

describe("ping_ipv4", () => {
  it("V1 local hosts reach each other and the hosts of each remote VTEP", () => {
    const net = buildVxlan();
    expect(pings(net)).toEqual([1, 1, 1]);
    expect(ping(net.lab, net.h2, "192.0.2.3").receivedCount).toBe(1);
    expect(ping(net.lab, net.w1, "192.0.2.4").receivedCount).toBe(1);
  });
});

describe("test_flood", () => {
  const sought = (net: VxlanLab): Uint8Array => frame(UNKNOWN, net.h1.device.mac);

  it("V2 unknown unicast goes once to the other local port and once to each VTEP of the flood list", () => {
    const net = buildVxlan();
    warmUnderlay(net);
    expect(flood(net, sought(net))).toEqual([10, 10, 10]);
  });

  it("V2 what came from a VTEP is not flooded back into the tunnel", () => {
    const net = buildVxlan();
    warmUnderlay(net);
    net.lab.exchange(net.w1.device, frame(UNKNOWN, net.w1.device.mac));
    expect(tunnelled(net.lab, net.local.uplink)).toEqual([]);
    expect(net.lab.received(net.h1.device)).toHaveLength(1);
  });

  it("V3 one more VTEP in the flood list, which cannot be reached, adds no duplicates at the others", () => {
    const net = buildVxlan();
    net.local.vxlan.fdb.addFlood(parseIpv4("192.0.2.66"));
    warmUnderlay(net);
    expect(flood(net, sought(net))).toEqual([10, 10, 10]);
    expect(tunnelled(net.lab, net.local.uplink).filter((outer) => outer.destination === "192.0.2.66")).toHaveLength(10);
  });
});

describe("test_unicast", () => {
  it("V4 with an entry for a local MAC only its port gets the frame", () => {
    const net = buildVxlan();
    warmUnderlay(net);
    net.local.bridge.fdb.set(net.h2.device.mac, net.local.namespace.device("swp2").port!.number, FdbFlag.STATIC);
    expect(flood(net, frame(net.h2.device.mac, net.h1.device.mac))).toEqual([10, 0, 0]);
  });

  it.each([
    ["first", 0, [0, 10, 0]],
    ["second", 1, [0, 0, 10]],
  ] as const)("V4 with entries for a MAC behind the %s VTEP only that VTEP gets it", (_, index, expected) => {
    const net = buildVxlan();
    warmUnderlay(net);
    const { device } = [net.w1, net.w2][index]!;
    net.local.bridge.fdb.set(device.mac, net.local.vxlan.port!.number, FdbFlag.STATIC);
    net.local.vxlan.fdb.setPermanent(device.mac, net.remotes[index]!.vxlan.local);
    expect(flood(net, frame(device.mac, net.h1.device.mac))).toEqual(expected);
  });
});

describe("reapply_config", () => {
  it("V9 all works after the VXLAN port was detached, the local address removed, and both put back", () => {
    const net = buildVxlan();
    warmUnderlay(net);
    const { bridge, vxlan, namespace, uplink } = net.local;
    for (const remote of net.remotes) vxlan.fdb.removeFlood(remote.vxlan.local);
    namespace.removeAddress(uplink, `${VTEPS.local}/28`);
    namespace.removeRoute("default");
    bridge.removePort(vxlan);
    net.lab.run(5);
    expect(pings(net)).toEqual([1, 0, 0]);
    bridge.addPort(vxlan);
    for (const remote of net.remotes) vxlan.fdb.addFlood(remote.vxlan.local);
    net.lab.run(1);
    putAddress(net.local, VTEPS.local);
    net.lab.run(5);
    expect(pings(net)).toEqual([1, 1, 1]);
    warmUnderlay(net);
    expect(flood(net, frame(UNKNOWN, net.h1.device.mac))).toEqual([10, 10, 10]);
  });

  it("V9 without its local address the tunnel sends nothing, though a route is left", () => {
    const net = buildVxlan();
    warmUnderlay(net);
    net.local.namespace.addAddress(net.local.uplink, "192.0.2.19/28");
    net.local.namespace.removeAddress(net.local.uplink, `${VTEPS.local}/28`);
    const bytes = frame(UNKNOWN, net.h1.device.mac);
    net.lab.exchange(net.h1.device, bytes);
    expect(copies(net, bytes)).toEqual([1, 0, 0]);
    expect(packetsOf(net.lab.sent(net.local.uplink))).toEqual([]);
  });
});
