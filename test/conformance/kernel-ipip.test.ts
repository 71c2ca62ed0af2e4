/**
 * IP-in-IP as Linux has it, to the byte: a node with tunl0, a tunnel with a remote and path MTU discovery, and one whose
 * MTU is too large, between a pod and the underlay. What came out of Linux for each frame is kept in ipip-linux.json, as
 * Linux 6.1 gave it; a kernel with IP-in-IP devices is asked itself as well.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createVethPair, IpipDevice, type NetDevice } from "../../src/datapath/index.ts";
import { Host } from "../../src/host/index.ts";
import { BROADCAST_MAC, EtherType, ethernet, formatMac, ipv4, parseMac, Protocol } from "../../src/wire/index.ts";
import { hasIpip, KERNEL, kernelAnswers, type KernelPlan, type Probe, type SeenFrame } from "../tools/kernel.ts";
import { describeWith } from "../tools/requirements.ts";
import { frame, viewOf } from "./frames.ts";
import { arrivals, departures, type IpipProbe, reports } from "./ipip-probes.ts";
import { Lab } from "./lab.ts";

const STATION = parseMac("02:00:00:00:00:99");
const DEVICES = [
  { name: "eth0", mac: "02:00:00:00:00:01" },
  { name: "cali0", mac: "02:00:00:00:00:02" },
] as const;

const ROUTES = [
  { to: "10.244.2.0/24", via: "192.168.1.20", tunnel: "tunl0" },
  { to: "10.244.3.0/24", tunnel: "tunl0" },
  { to: "10.244.4.0/24", via: "10.244.2.9", tunnel: "tunl0" },
  { to: "10.244.5.0/24", via: "192.168.9.9", tunnel: "tunl0" },
  { to: "10.244.6.0/24", tunnel: "ipip1" },
  { to: "10.244.7.0/24", tunnel: "ipip2" },
] as const;

const ALL: readonly IpipProbe[] = [...departures(), ...arrivals(), ...reports()];

function probe({ device, packet, isBroadcast = false }: IpipProbe): Probe {
  const own = parseMac(DEVICES.find(({ name }) => name === device)!.mac);
  return { device, bytes: frame(isBroadcast ? BROADCAST_MAC : own, STATION, EtherType.IPV4, packet) };
}

const NEIGHBOURS = ["192.168.1.20", "192.168.1.30", "192.168.1.40", "192.168.1.77"];

const PLAN: KernelPlan = {
  devices: DEVICES,
  setup: [
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    "ip addr add 192.168.1.10/24 dev eth0",
    "ip route add 10.244.1.5 dev cali0",
    ...NEIGHBOURS.map((address) => `ip neigh add ${address} lladdr ${formatMac(STATION)} dev eth0 nud permanent`),
    `ip neigh add 10.244.1.5 lladdr ${formatMac(STATION)} dev cali0 nud permanent`,
    "ip link set dev tunl0 up",
    "ip addr add 10.244.1.0/32 dev tunl0",
    "ip link add name ipip1 type ipip local 192.168.1.10 remote 192.168.1.30 ttl 33 tos inherit",
    "ip link add name ipip2 mtu 1500 type ipip remote 192.168.1.40 tos 0x10 nopmtudisc",
    "ip link set dev ipip1 up",
    "ip link set dev ipip2 up",
    ...ROUTES.map(
      (route) => `ip route add ${route.to} ${"via" in route ? `via ${route.via} onlink ` : ""}dev ${route.tunnel}`,
    ),
  ],
  probes: ALL.map(probe),
};

/**
 * What differs from run to run is the identification of packets that start in the node, and with it the checksum, which
 * is checked here.
 */
function comparable({ device, hex }: SeenFrame): string {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  const view = viewOf(bytes);
  const network = ethernet.HEADER_LENGTH;
  if (ethernet.etherType(view, 0) !== EtherType.IPV4) return `${device} ${hex}`;
  const end = network + ipv4.totalLength(view, network);
  blankIdentification(view, network, end);
  const inner = network + ipv4.HEADER_LENGTH;
  const isTunnelled = ipv4.protocol(view, network) === Protocol.IPIP && ipv4.fragmentOffset(view, network) === 0;
  if (isTunnelled && ipv4.protocol(view, inner) === Protocol.ICMP) blankIdentification(view, inner, end);
  return `${device} ${Buffer.from(bytes.subarray(0, end)).toString("hex")}`;
}

function blankIdentification(view: DataView, offset: number, end: number): void {
  expect(ipv4.check(view, offset, end)).toBe(0);
  ipv4.setIdentification(view, offset, 0);
  ipv4.setHeaderChecksum(view, offset, 0);
}

function ours(): string[][] {
  const lab = new Lab({ slotCount: 4096 });
  const node = new Host(lab.namespace("node")).namespace;
  node.forwarding = true;
  // Linux's own tunnel is there before all.
  node.addAddress(new IpipDevice(node, { name: "tunl0" }), "10.244.1.0/32");
  const far = lab.namespace("far");
  const ends = new Map<string, NetDevice>();
  for (const { name, mac } of DEVICES)
    ends.set(
      name,
      createVethPair({ namespace: node, name, mac: parseMac(mac) }, { namespace: far, name: `f${name}` })[1],
    );
  const [eth0, cali0] = [node.device("eth0"), node.device("cali0")];
  node.addAddress(eth0, "192.168.1.10/24");
  node.addRoute({ to: "10.244.1.5", device: cali0 });
  for (const address of NEIGHBOURS) node.addNeighbour(eth0, address, formatMac(STATION));
  node.addNeighbour(cali0, "10.244.1.5", formatMac(STATION));
  const [local, remote] = ["192.168.1.10", "192.168.1.30"];
  new IpipDevice(node, { name: "ipip1", local, remote, ttl: 33, tos: "inherit", pathMtuDiscovery: true });
  new IpipDevice(node, { name: "ipip2", remote: "192.168.1.40", tos: 0x10, mtu: 1500 });
  for (const { tunnel, ...route } of ROUTES)
    node.addRoute({ ...route, device: node.device(tunnel), isOnlink: "via" in route });
  return PLAN.probes.map(({ device, bytes }) => {
    lab.exchange(ends.get(device)!, bytes);
    return DEVICES.flatMap(({ name }) =>
      lab.received(ends.get(name)!).map((seen) => comparable({ device: name, hex: Buffer.from(seen).toString("hex") })),
    );
  });
}

/** With what each is about, so that a difference explains itself. */
function told(outcomes: readonly (readonly string[])[]): string[] {
  return outcomes.map((seen, index) => [ALL[index]!.about, ...seen].join("\n"));
}

function recorded(): string[][] {
  return JSON.parse(readFileSync(new URL("ipip-linux.json", import.meta.url), "utf8")) as string[][];
}

it("an IP-in-IP node does with every packet what Linux did", () => {
  const linux = recorded();
  expect(linux.length).toBe(ALL.length);
  expect(linux.filter((seen) => seen.length > 0).length).toBeGreaterThan(30);
  expect(told(ours())).toEqual(told(linux));
});

if (hasIpip())
  describeWith(KERNEL, "this machine's kernel", () => {
    it("does what was recorded", () => {
      expect(told(kernelAnswers(PLAN).map((seen) => seen.map(comparable)))).toEqual(told(recorded()));
    });
  });
