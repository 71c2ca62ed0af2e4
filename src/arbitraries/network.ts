/** Builds the networks that topologies plan, and tells which addresses and MACs mean something in them. */
import { Bridge, createVethPair, Engine, Namespace, type NetDevice, VxlanDevice } from "../datapath/index.ts";
import { Host } from "../host/index.ts";
import { formatIpv4, parseIpv4, vxlan } from "../wire/index.ts";
import type { HostPlan, LanPlan, OverlayPlan, Topology } from "./topology.ts";

/** The port on which every host echoes datagrams. */
export const ECHO_PORT = 7;
const VNI = 42;

/** A network that stands, and whom to send from. */
export interface Network {
  readonly engine: Engine;
  readonly hosts: readonly Host[];
  /** Every device, loopbacks included. */
  readonly devices: readonly NetDevice[];
  readonly bridges: readonly Bridge[];
}

/** Builds what the plan says; `slotCount` replaces the plan's. */
export function buildNetwork(plan: Topology, slotCount: number = plan.slotCount): Network {
  const engine = new Engine({ seed: plan.seed, slotCount });
  const router = plan.lans.length > 1 ? new Namespace(engine, "router") : undefined;
  if (router !== undefined) addRefusals(router);
  const lanHosts = plan.lans.map((lan, index) => buildLan(engine, lan, index, router));
  const hosts = lanHosts.flat();
  if (plan.overlay !== undefined) {
    const members = lanHosts.length > 1 ? lanHosts.map((own) => own[0]!) : hosts.slice(0, 3);
    hosts.push(...buildOverlay(engine, plan.overlay, members));
  }
  for (const host of hosts) openEcho(host);
  const devices = engine.devices.filter((device) => device !== null);
  return { engine, hosts, devices, bridges: devices.filter((device) => device instanceof Bridge) };
}

/** Routes that refuse in every way, and a hole into which no answer comes. */
function addRefusals(router: Namespace): void {
  router.forwarding = true;
  router.addRoute({ to: "10.99.1.0/24", type: "blackhole" });
  router.addRoute({ to: "10.99.2.0/24", type: "unreachable" });
  router.addRoute({ to: "10.99.3.0/24", type: "prohibit" });
}

function buildLan(engine: Engine, plan: LanPlan, index: number, router: Namespace | undefined): Host[] {
  const place = new Namespace(engine, `lan-${index}`);
  const bridge = new Bridge(place, { name: "br0", ageingTime: plan.ageingTime, learnedLimit: plan.learnedLimit });
  const hosts = plan.hosts.map((host, number) => attachHost(bridge, host, index, number + 10));
  if (plan.farHosts.length > 0) {
    const far = new Bridge(place, { name: "br1" });
    const [near, distant] = createVethPair(
      { namespace: place, name: "trunk0" },
      { namespace: place, name: "trunk1" },
      plan.trunk,
    );
    bridge.addPort(near);
    far.addPort(distant);
    hosts.push(...plan.farHosts.map((host, number) => attachHost(far, host, index, number + 20)));
  }
  if (router !== undefined) {
    const [inside, outside] = createVethPair(
      { namespace: router, name: `eth${index}`, mtu: plan.routerMtu },
      { namespace: place, name: "router" },
    );
    bridge.addPort(outside);
    router.addAddress(inside, `10.0.${index}.1/24`);
  }
  return hosts;
}

function attachHost(bridge: Bridge, plan: HostPlan, lan: number, number: number): Host {
  const namespace = new Namespace(bridge.engine, `host-${lan}-${number}`);
  const [inside, outside] = createVethPair(
    { namespace, name: "eth0", mtu: plan.mtu },
    { namespace: bridge.namespace, name: `port${number}` },
    plan.cable,
  );
  bridge.addPort(outside, plan.port);
  namespace.addAddress(inside, `10.0.${lan}.${number}/24`);
  namespace.addRoute({ to: "default", via: `10.0.${lan}.1`, device: inside });
  return new Host(namespace);
}

/** A full mesh of VXLAN devices; returns the hosts that only the overlay has. */
function buildOverlay(engine: Engine, plan: OverlayPlan, members: readonly Host[]): Host[] {
  const locals = members.map(({ namespace }) => namespace.addresses.list(namespace.device("eth0"))[0]!.address);
  return members.flatMap(({ namespace }, index) => {
    const device = new VxlanDevice(namespace, {
      name: "vxlan0",
      vni: VNI,
      port: vxlan.PORT,
      mtu: 1400,
      local: formatIpv4(locals[index]!),
      ...plan,
    });
    locals.forEach((remote, other) => other !== index && device.fdb.addFlood(remote));
    if (!plan.isBridged) {
      namespace.addAddress(device, `172.16.0.${index + 1}/24`);
      return [];
    }
    const bridge = new Bridge(namespace, { name: "br0", mtu: 1400 });
    bridge.addPort(device);
    const pod = new Namespace(engine, `pod-${index}`);
    const [inside, outside] = createVethPair(
      { namespace: pod, name: "eth0", mtu: 1400 },
      { namespace, name: "pod", mtu: 1400 },
    );
    bridge.addPort(outside);
    pod.addAddress(inside, `172.16.0.${index + 1}/24`);
    return [new Host(pod)];
  });
}

/** Sends back what comes, but never to the echo port itself: two echoes would talk for ever. */
function openEcho(host: Host): void {
  host.icmp.ignoresBroadcastEcho = false; // so that one packet is answered in place by many
  host.openUdp({
    port: ECHO_PORT,
    onMessage: ({ from, fromPort, payload }, socket) => {
      if (fromPort !== ECHO_PORT) socket.send(from, fromPort, payload);
    },
    onError: () => undefined,
  });
}

/** Addresses that mean something somewhere, and such as nobody has. */
export function addressesOf({ hosts }: Network): number[] {
  const own = hosts.flatMap(({ namespace }) => namespace.addresses.list().map(({ address }) => address));
  const others = [
    "10.0.0.1",
    "10.0.1.1",
    "10.0.0.77",
    "10.0.0.255",
    "10.99.1.1",
    "10.99.2.1",
    "10.99.3.1",
    "10.98.0.1",
    "172.16.0.99",
  ];
  return [...own, ...[...others, "255.255.255.255", "224.0.0.1", "0.0.0.0", "240.0.0.1"].map(parseIpv4)];
}

/** MACs of all devices, and groups: everybody, a multicast one, one that bridges keep, and nobody. */
export function macsOf({ devices }: Network): number[] {
  return [
    ...devices.map((device) => device.mac),
    0xffff_ffff_ffff,
    0x0100_5e00_0001,
    0x0180_c200_0002,
    0x0200_0000_00ff,
    0,
  ];
}

/** The element of this number, counted around. */
export function at<T>(list: readonly T[], number: number): T {
  return list[number % list.length]!;
}
