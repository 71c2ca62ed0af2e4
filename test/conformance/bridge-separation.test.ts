/**
 * What a bridge keeps apart: Linux selftests forwarding/bridge_port_isolation.sh and no_forwarding.sh, and what
 * the kernel's br_input.c does with sources and groups that are nobody's.
 */
import { describe, expect, it } from "vitest";
import { Bridge } from "../../src/datapath/index.ts";
import { BROADCAST_MAC, DropReason, EtherType, formatMac, parseMac, vlan } from "../../src/wire/index.ts";
import { concatenate, EXPERIMENTAL, frame, packet, viewOf } from "./frames.ts";
import { addHost, attach, buildSwitch, drops, heard, Lab, ping } from "./lab.ts";

const A = parseMac("02:00:00:00:00:0a");
const B = parseMac("02:00:00:00:00:0b");
const GROUP = parseMac("01:00:5e:01:02:03");

describe("bridge_port_isolation", () => {
  /** Ports 1 and 2 isolated, port 3 not, as in the suite; A speaks at the first, B at the second. */
  function build() {
    const lab = new Lab();
    const net = buildSwitch(lab, 3);
    net.ports[0]!.isolated = net.ports[1]!.isolated = true;
    return { lab, ...net };
  }

  it("B15 neither unicast nor flood passes between isolated ports", () => {
    const { lab, stations } = build();
    lab.exchange(stations[1]!, frame(BROADCAST_MAC, B));
    expect(heard(lab, stations)).toEqual([0, 0, 1]);
    lab.exchange(stations[0]!, frame(B, A));
    expect(heard(lab, stations)).toEqual([0, 0, 0]);
    for (const destination of [parseMac("02:00:00:00:00:99"), GROUP, BROADCAST_MAC]) {
      lab.exchange(stations[0]!, frame(destination, A));
      expect(heard(lab, stations)).toEqual([0, 0, 1]);
    }
  });

  it("B15 an isolated port and one that is not reach each other, by flood and by unicast", () => {
    const { lab, stations } = build();
    lab.exchange(stations[0]!, frame(BROADCAST_MAC, A));
    lab.exchange(stations[2]!, frame(A, B));
    expect(heard(lab, stations)).toEqual([1, 0, 0]);
    lab.exchange(stations[0]!, frame(B, A));
    expect(heard(lab, stations)).toEqual([0, 0, 1]);
    lab.exchange(stations[2]!, frame(BROADCAST_MAC, B));
    expect(heard(lab, stations)).toEqual([1, 1, 0]);
  });

  it("B15 pings between hosts: isolated to isolated fails, the others pass", () => {
    const lab = new Lab();
    const namespace = lab.namespace("switch");
    const bridge = new Bridge(namespace, { name: "br0" });
    const hosts = [1, 2, 3].map((number) =>
      addHost(lab, namespace, `swp${number}`, `h${number}`, `192.0.2.${number}/24`),
    );
    hosts.forEach((host, index) => bridge.addPort(host.near, { isolated: index < 2 }));
    const answered = (from: number, to: number): number => ping(lab, hosts[from - 1]!, `192.0.2.${to}`).receivedCount;
    expect([answered(1, 2), answered(2, 1), answered(1, 3), answered(3, 1), answered(2, 3)]).toEqual([0, 0, 1, 1, 1]);
  });
});

describe("no_forwarding", () => {
  const IP = packet({ source: "192.0.2.1", destination: "198.51.100.1" });
  const PAYLOADS: readonly (readonly [number, Uint8Array])[] = [
    [EtherType.IPV4, IP],
    [EXPERIMENTAL, new Uint8Array(46)],
  ];
  const DESTINATIONS = [B, GROUP, BROADCAST_MAC];

  /** Every frame of the suite: untagged and of every VID, to one, a group and all, IP and not. */
  function everyFrame(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const destination of DESTINATIONS) {
      for (const [etherType, payload] of PAYLOADS) {
        frames.push(frame(destination, A, etherType, payload));
        for (let vlanId = 0; vlanId < 4095; vlanId++) frames.push(tagged(destination, vlanId, etherType, payload));
      }
    }
    return frames;
  }

  function tagged(destination: number, vlanId: number, etherType: number, payload: Uint8Array): Uint8Array {
    const header = frame(destination, A, EtherType.VLAN, new Uint8Array(4));
    const view = viewOf(header);
    vlan.write(view, 12, { vlanId });
    view.setUint16(16, etherType);
    return concatenate(header, payload);
  }

  it("B16 ports of no bridge exchange nothing", () => {
    const lab = new Lab({ slotCount: 32_768 });
    const namespace = lab.namespace("switch");
    const [from] = attach(lab, namespace, "swp1");
    const [to] = attach(lab, namespace, "swp2");
    lab.exchange(from, ...everyFrame());
    expect(heard(lab, [from, to])).toEqual([0, 0]);
    expect(lab.sent(from)).toHaveLength(6 * 4096);
  });

  it("B16 ports of different bridges exchange nothing", () => {
    const lab = new Lab({ slotCount: 32_768 });
    const namespace = lab.namespace("switch");
    const cables = ["swp1", "swp2", "swp3"].map((name) => attach(lab, namespace, name));
    const [first, second] = ["br0", "br1"].map((name) => new Bridge(namespace, { name }));
    first!.addPort(cables[0]![1]);
    second!.addPort(cables[1]![1]);
    first!.addPort(cables[2]![1]);
    lab.exchange(cables[0]![0], ...everyFrame());
    // The third port, on the sender's bridge, shows that the frames did travel.
    expect(
      heard(
        lab,
        cables.map(([far]) => far),
      ),
    ).toEqual([0, 0, 6 * 4096]);
  });
});

describe("br_handle_frame", () => {
  it.each([
    ["a group", parseMac("03:00:00:00:00:01")],
    ["zero", 0],
  ])("a source that is %s ends at the port and is not learned", (_, source) => {
    const lab = new Lab();
    const { bridge, stations, ports } = buildSwitch(lab, 2);
    const before = bridge.fdb.list();
    lab.exchange(stations[0]!, frame(BROADCAST_MAC, source));
    expect(heard(lab, stations)).toEqual([0, 0]);
    expect(bridge.fdb.list()).toEqual(before);
    expect(drops(bridge, DropReason.MAC_INVALID_SOURCE) + drops(ports[0]!.device, DropReason.MAC_INVALID_SOURCE)).toBe(
      1,
    );
  });

  it("of the groups that IEEE 802.1D keeps on one link only the first is forwarded, spanning tree being off", () => {
    const lab = new Lab();
    const { stations } = buildSwitch(lab, 2);
    const group = parseMac("01:80:c2:00:00:00");
    const passed = Array.from({ length: 17 }, (_, index) => {
      lab.exchange(stations[0]!, frame(group + index, A));
      return heard(lab, stations)[1]!;
    });
    expect(passed).toEqual([1, ...new Array<number>(15).fill(0), 1]);
  });

  it("a frame to one of those groups still tells where its source is, but for a pause frame", () => {
    const lab = new Lab();
    const { bridge, stations } = buildSwitch(lab, 2);
    const known = (): string[] =>
      bridge.fdb
        .list()
        .filter((entry) => entry.mac === A || entry.mac === B)
        .map((entry) => formatMac(entry.mac));
    lab.exchange(stations[0]!, frame(parseMac("01:80:c2:00:00:01"), A));
    expect(known()).toEqual([]);
    lab.exchange(stations[0]!, frame(parseMac("01:80:c2:00:00:0e"), B));
    expect(known()).toEqual([formatMac(B)]);
  });

  it("a frame longer than a port's MTU allows does not leave there (is_skb_forwardable)", () => {
    const lab = new Lab();
    const { stations, ports } = buildSwitch(lab, 2);
    ports[1]!.device.mtu = 1400;
    lab.exchange(
      stations[0]!,
      frame(B, A, EXPERIMENTAL, new Uint8Array(1404)),
      frame(B, A, EXPERIMENTAL, new Uint8Array(1405)),
    );
    expect(lab.received(stations[1]!).map((bytes) => bytes.length)).toEqual([14 + 1404]);
    expect(drops(ports[1]!.device, DropReason.PKT_TOO_BIG)).toBe(1);
  });

  it("the bridge keeps its own MAC when a port that has the same one leaves", () => {
    const lab = new Lab();
    const namespace = lab.namespace("switch");
    const [station] = attach(lab, namespace, "swp1");
    const [, port] = attach(lab, namespace, "swp2");
    const bridge = new Bridge(namespace, { name: "br0", mac: port.mac });
    bridge.addPort(namespace.device("swp1"));
    bridge.addPort(port);
    bridge.removePort(port);
    lab.exchange(station, frame(bridge.mac, A));
    expect(lab.received(bridge)).toHaveLength(1);
  });
});
