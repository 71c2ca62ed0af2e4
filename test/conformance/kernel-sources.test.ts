/**
 * Proxy ARP and the reverse path filter as the kernel of this machine has them: the same router, the same frames,
 * for every combination of the switches.
 */
import { expect, it } from "vitest";
import { createVethPair, type NetDevice, type ReversePathFilter } from "../../src/datapath/index.ts";
import { Host } from "../../src/host/index.ts";
import {
  ArpOperation,
  BROADCAST_MAC,
  EtherType,
  formatMac,
  IcmpType,
  parseMac,
  Protocol,
} from "../../src/wire/index.ts";
import { KERNEL, kernelAnswers, type Probe, type SeenFrame } from "../tools/kernel.ts";
import { describeWith } from "../tools/requirements.ts";
import { arpFrame, frame, icmp, packet } from "./frames.ts";
import { Lab } from "./lab.ts";

const STATION = parseMac("02:00:00:00:00:99");
const NAMES = ["eth0", "eth1", "eth2"] as const;
const MACS = [parseMac("02:00:00:00:00:0a"), parseMac("02:00:00:00:00:0b"), parseMac("02:00:00:00:00:0c")] as const;

interface Switches {
  readonly filter: ReversePathFilter;
  readonly forwarding: boolean;
  readonly proxy: boolean;
  readonly hasDefault: boolean;
}

/** Addresses of each link, of others, and of none: "10.8.0.0/16" is a blackhole, "10.7.0.0/16" behind eth0. */
const SOURCES = ["10.1.0.9", "10.2.0.9", "10.3.0.9", "10.7.0.9", "10.8.0.9", "10.9.9.9", "10.2.0.255", "0.0.0.9"];
const DESTINATIONS = ["10.2.0.1", "10.1.0.77", "10.2.0.77", "10.3.0.77"];
const TARGETS = ["10.1.0.77", "10.2.0.77", "10.3.0.77", "10.7.0.1", "10.8.0.1", "10.9.9.8", "10.2.0.1", "169.254.1.1"];
const ASKERS = ["10.1.0.9", "10.2.0.9", "10.9.9.9", "0.0.0.0", "10.1.0.1", "127.0.0.9"];

function probes(): Probe[] {
  const into = NAMES.map((device, index) => ({ device, mac: MACS[index]! }));
  return into.flatMap(({ device, mac }) => [
    ...SOURCES.flatMap((source) =>
      [...DESTINATIONS, "255.255.255.255"].map((destination) => {
        const bytes = packet({
          source,
          destination,
          protocol: Protocol.ICMP,
          payload: icmp(IcmpType.ECHO, 0, 0x0001_0001),
        });
        const to = destination === "255.255.255.255" ? BROADCAST_MAC : mac;
        return { device, bytes: frame(to, STATION, EtherType.IPV4, bytes) };
      }),
    ),
    ...ASKERS.flatMap((senderProtocol) =>
      TARGETS.map((targetProtocol) => {
        const message = { operation: ArpOperation.REQUEST, senderHardware: STATION, senderProtocol, targetProtocol };
        return { device, bytes: arpFrame(BROADCAST_MAC, message) };
      }),
    ),
  ]);
}

const PROBES = probes();

/** ARP replies to the byte, and which echo messages go where: the router's own requests are another test's. */
function notable({ device, hex }: SeenFrame): string[] {
  const type = hex.slice(24, 28);
  if (type === "0806") return hex.slice(40, 44) === "0002" ? [`${device} ${hex.slice(0, 84)}`] : [];
  const icmpType = hex.slice(68, 70);
  return type === "0800" && (icmpType === "00" || icmpType === "08")
    ? [`${device} ${hex.slice(0, 28)} ${hex.slice(52, 70)}`]
    : [];
}

function ours({ filter, forwarding, proxy, hasDefault }: Switches): string[][] {
  const lab = new Lab({ slotCount: 4096 });
  const router = new Host(lab.namespace("router")).namespace;
  const far = lab.namespace("far");
  router.forwarding = forwarding;
  const devices = new Map<string, NetDevice>();
  NAMES.forEach((name, index) => {
    const [near, end] = createVethPair(
      { namespace: router, name, mac: MACS[index]! },
      { namespace: far, name: `f${name}` },
    );
    if (name !== "eth2") router.addAddress(near, `10.${index + 1}.0.1/24`);
    near.reversePathFilter = filter;
    near.proxyArp = proxy;
    devices.set(name, end);
  });
  const [a, b, c] = NAMES.map((name) => router.device(name)) as [NetDevice, NetDevice, NetDevice];
  for (const [device, address] of [
    [a, "10.1.0.77"],
    [a, "10.1.0.9"],
    [b, "10.2.0.77"],
    [b, "10.2.0.9"],
    [c, "10.3.0.77"],
    [c, "10.3.0.9"],
  ] as const)
    router.addNeighbour(device, address, formatMac(STATION));
  router.addRoute({ to: "10.3.0.0/24", device: c });
  router.addRoute({ to: "10.7.0.0/16", via: "10.1.0.9" });
  router.addRoute({ to: "10.8.0.0/16", type: "blackhole" });
  if (hasDefault) router.addRoute({ to: "default", via: "10.2.0.9" });
  return PROBES.map(({ device, bytes }) => {
    lab.exchange(devices.get(device)!, bytes);
    return NAMES.flatMap((name) =>
      lab
        .received(devices.get(name)!)
        .flatMap((seen) => notable({ device: name, hex: Buffer.from(seen).toString("hex") })),
    );
  });
}

function theirs({ filter, forwarding, proxy, hasDefault }: Switches): string[][] {
  const station = formatMac(STATION);
  const neighbours = NAMES.flatMap((name, index) =>
    [77, 9].map((host) => `ip neigh add 10.${index + 1}.0.${host} lladdr ${station} dev ${name} nud permanent`),
  );
  const setup = [
    `echo ${Number(forwarding)} > /proc/sys/net/ipv4/ip_forward`,
    "echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter",
    ...NAMES.flatMap((name) => [
      `echo ${filter} > /proc/sys/net/ipv4/conf/${name}/rp_filter`,
      `echo ${Number(proxy)} > /proc/sys/net/ipv4/conf/${name}/proxy_arp`,
      `echo 0 > /proc/sys/net/ipv4/neigh/${name}/proxy_delay`,
      `echo 0 > /proc/sys/net/ipv4/conf/${name}/send_redirects`,
    ]),
    "echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects",
    "ip addr add 10.1.0.1/24 dev eth0",
    "ip addr add 10.2.0.1/24 dev eth1",
    ...neighbours,
    "ip route add 10.3.0.0/24 dev eth2",
    "ip route add 10.7.0.0/16 via 10.1.0.9",
    "ip route add blackhole 10.8.0.0/16",
    ...(hasDefault ? ["ip route add default via 10.2.0.9"] : []),
  ];
  const devices = NAMES.map((name, index) => ({ name, mac: formatMac(MACS[index]!) }));
  return kernelAnswers({ devices, setup, probes: PROBES }).map((seen) => seen.flatMap(notable));
}

/** What was sent in, beside what came out, so that a difference explains itself. */
function told(outcomes: readonly (readonly string[])[]): string[] {
  return outcomes.map((seen, index) => {
    const { device, bytes } = PROBES[index]!;
    return `${device} ${Buffer.from(bytes).toString("hex").slice(0, 84)}: ${seen.join(", ")}`;
  });
}

describeWith(KERNEL, "a router's answers to every source and every question are the kernel's", () => {
  it.each<Switches>([
    { filter: 0, forwarding: true, proxy: true, hasDefault: false },
    { filter: 1, forwarding: true, proxy: true, hasDefault: false },
    { filter: 2, forwarding: true, proxy: true, hasDefault: true },
    { filter: 2, forwarding: true, proxy: false, hasDefault: false },
    { filter: 1, forwarding: false, proxy: true, hasDefault: true },
  ])("%o", (switches) => {
    const kernel = theirs(switches);
    expect(kernel.filter((seen) => seen.length > 0).length).toBeGreaterThan(10);
    expect(told(ours(switches))).toEqual(told(kernel));
  });
});
