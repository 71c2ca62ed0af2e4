/**
 * The topology of Linux selftests forwarding/vxlan_bridge_1d.sh: a bridge with two local hosts and a VXLAN port,
 * an underlay router, and two remote VTEPs with a host each.
 *
 *     h1 192.0.2.1 -- swp1 +------------------+
 *                          | br1  vx1 VNI 1000|-- rp1 192.0.2.17 -- spine -+- 192.0.2.34 VTEP 1 -- w1 192.0.2.3
 *     h2 192.0.2.2 -- swp2 +------------------+                            +- 192.0.2.50 VTEP 2 -- w2 192.0.2.4
 */
import {
  Bridge,
  createVethPair,
  type Namespace,
  type NetDevice,
  type Veth,
  VxlanDevice,
  type VxlanOptions,
} from "../../src/datapath/index.ts";
import { EtherType } from "../../src/wire/index.ts";
import { frame, readVxlan, type ReadVxlan, vxlanPacket } from "./frames.ts";
import { addHost, Lab, type LabHost, packetsOf, ping } from "./lab.ts";

export const VNI = 1000;
export const VTEPS = { local: "192.0.2.17", first: "192.0.2.34", second: "192.0.2.50" } as const;

/** One VTEP: its bridge, its tunnel and its cable into the underlay. */
export interface Vtep {
  readonly namespace: Namespace;
  readonly bridge: Bridge;
  readonly vxlan: VxlanDevice;
  readonly uplink: Veth;
}

export interface VxlanLab {
  readonly lab: Lab;
  readonly spine: Namespace;
  readonly local: Vtep;
  readonly remotes: readonly [Vtep, Vtep];
  readonly h1: LabHost;
  readonly h2: LabHost;
  /** The hosts behind the remote VTEPs. */
  readonly w1: LabHost;
  readonly w2: LabHost;
  /** The underlay router's end of the local VTEP's cable. */
  readonly spinePort: Veth;
}

export type LocalOptions = Omit<Partial<VxlanOptions>, "name" | "vni" | "local">;

/** Builds it all; `options` are the local VXLAN device's. Every VTEP floods to the two others. */
export function buildVxlan(options: LocalOptions = {}): VxlanLab {
  const lab = new Lab();
  const spine = lab.namespace("spine");
  spine.forwarding = true;
  const local = addVtep(lab, spine, "switch", VTEPS.local, "192.0.2.18", options);
  const first = addVtep(lab, spine, "ns1", VTEPS.first, "192.0.2.33", {});
  const second = addVtep(lab, spine, "ns2", VTEPS.second, "192.0.2.49", {});
  const vteps = [local, first, second];
  for (const { vxlan } of vteps)
    for (const other of vteps) if (other.vxlan !== vxlan) vxlan.fdb.addFlood(other.vxlan.local);
  return {
    lab,
    spine,
    local,
    remotes: [first, second],
    h1: addBridgedHost(lab, local, "swp1", "h1", "192.0.2.1/28"),
    h2: addBridgedHost(lab, local, "swp2", "h2", "192.0.2.2/28"),
    w1: addBridgedHost(lab, first, "w1", "h3", "192.0.2.3/28"),
    w2: addBridgedHost(lab, second, "w2", "h4", "192.0.2.4/28"),
    spinePort: local.uplink.peer,
  };
}

function addVtep(
  lab: Lab,
  spine: Namespace,
  name: string,
  address: string,
  gateway: string,
  options: LocalOptions,
): Vtep {
  const namespace = lab.namespace(name);
  const [uplink, port] = createVethPair({ namespace, name: "rp1" }, { namespace: spine, name });
  spine.addAddress(port, `${gateway}/28`);
  putAddress({ namespace, uplink }, address);
  const bridge = new Bridge(namespace, { name: "br1" });
  const vxlan = new VxlanDevice(namespace, { name: "vx1", vni: VNI, local: address, port: 4789, ...options });
  bridge.addPort(vxlan);
  return { namespace, bridge, vxlan, uplink };
}

/** The VTEP's underlay address and the route that goes with it; a removal of the address takes both along. */
export function putAddress({ namespace, uplink }: Pick<Vtep, "namespace" | "uplink">, address: string): void {
  const gateway = { [VTEPS.local]: "192.0.2.18", [VTEPS.first]: "192.0.2.33", [VTEPS.second]: "192.0.2.49" }[address]!;
  namespace.addAddress(uplink, `${address}/28`);
  namespace.addRoute({ to: "default", via: gateway, device: uplink });
}

function addBridgedHost(lab: Lab, { namespace, bridge }: Vtep, port: string, name: string, address: string): LabHost {
  const host = addHost(lab, namespace, port, name, address);
  bridge.addPort(host.near);
  return host;
}

/** Makes the underlay's neighbours known, so that the log of what follows has no ARP of theirs. */
export function warmUnderlay(net: VxlanLab): void {
  ping(net.lab, net.h1, "192.0.2.3");
  ping(net.lab, net.h1, "192.0.2.4");
  forgetOverlay(net);
  net.lab.clear();
}

/** Empties every bridge's and tunnel's table of what it learned. */
export function forgetOverlay(net: VxlanLab): void {
  for (const { bridge, vxlan } of [net.local, ...net.remotes]) {
    bridge.fdb.flush();
    for (const entry of vxlan.fdb.list()) if (entry.mac !== 0) vxlan.fdb.delete(entry.mac);
  }
}

/** How often h2 and the two remote hosts have heard exactly this frame. */
export function copies(net: VxlanLab, sought: Uint8Array): number[] {
  const isSought = (bytes: Uint8Array): boolean =>
    bytes.length === sought.length && bytes.every((byte, index) => byte === sought[index]);
  return [net.h2, net.w1, net.w2].map((host) => net.lab.received(host.device).filter(isSought).length);
}

/** Sends the frame ten times from h1, as flood_test does, and counts the copies at h2, VTEP 1's and VTEP 2's host. */
export function flood(net: VxlanLab, bytes: Uint8Array): number[] {
  net.lab.exchange(net.h1.device, ...Array.from({ length: 10 }, () => bytes));
  return copies(net, bytes);
}

/** The VXLAN packets among those that a device has sent. */
export function tunnelled(lab: Lab, device: NetDevice): ReadVxlan[] {
  return packetsOf(lab.sent(device)).map(readVxlan);
}

/** Lets a VXLAN packet from a remote VTEP arrive at the local one, as the underlay router would hand it over. */
export function deliverFrom(
  net: VxlanLab,
  source: string,
  inner: Uint8Array,
  more: Partial<Parameters<typeof vxlanPacket>[0]> = {},
): void {
  const outer = vxlanPacket({ source, destination: VTEPS.local, vni: VNI, inner, ...more });
  net.lab.exchange(net.spinePort, frame(net.local.uplink.mac, net.spinePort.mac, EtherType.IPV4, outer));
}

/** The MACs that a bridge has learned at the port of this device. */
export function learnedAt({ bridge }: Vtep, device: NetDevice): number[] {
  return bridge.fdb
    .list()
    .filter((entry) => entry.port === device.port?.number && entry.mac !== device.mac)
    .map((entry) => entry.mac);
}

/** An IPv4 packet in a frame. */
export function ipFrame(destination: number, source: number, bytes: Uint8Array): Uint8Array {
  return frame(destination, source, EtherType.IPV4, bytes);
}
