/** Small networks for the conformance tests: namespaces, cables between them, and what every device saw. */
import {
  Bridge,
  type BridgeOptions,
  type BridgePort,
  type BridgePortOptions,
  createVethPair,
  type Direction,
  Engine,
  type EngineOptions,
  Namespace,
  NANOSECONDS_PER_SECOND,
  type NetDevice,
  type Observer,
  type Veth,
} from "../../src/datapath/index.ts";
import { Host, type Ping, type PingOptions } from "../../src/host/index.ts";
import { DropReason, EtherType, parseIpv4 } from "../../src/wire/index.ts";
import { frame, isType, payloadOf } from "./frames.ts";

export interface LoggedFrame {
  /** Virtual time in seconds. */
  readonly time: number;
  readonly device: NetDevice;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
}

/** What tcpdump on every device would have seen since the last `clear`. */
class FrameLog implements Observer {
  readonly asksWhy = false;
  readonly #engine: Engine;
  #frames: LoggedFrame[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  frames(device: NetDevice, direction: Direction, handles: Int32Array, first: number, end: number): void {
    for (const handle of handles.subarray(first, end)) {
      this.#frames.push({
        time: this.#engine.now / NANOSECONDS_PER_SECOND,
        device,
        direction,
        bytes: this.#engine.pool.contents(handle).slice(),
      });
    }
  }

  of(device: NetDevice, direction: Direction): LoggedFrame[] {
    return this.#frames.filter((logged) => logged.device === device && logged.direction === direction);
  }

  clear(): void {
    this.#frames = [];
  }

  explain(): void {}
  cloned(): void {}
  dropped(): void {}
  settle(): void {}
}

export class Lab {
  readonly engine: Engine;
  readonly log: FrameLog;

  constructor(options?: EngineOptions) {
    this.engine = new Engine(options);
    this.log = new FrameLog(this.engine);
    this.engine.observer = this.log;
  }

  namespace(name: string): Namespace {
    return new Namespace(this.engine, name);
  }

  /** Lets everything happen that is due within so many seconds: none moves packets at this instant only. */
  run(seconds = 0): void {
    this.engine.run(this.engine.now + Math.round(seconds * NANOSECONDS_PER_SECOND));
  }

  /** Frames that came in at a device since the last `clear`. */
  received(device: NetDevice): Uint8Array[] {
    return this.log.of(device, "in").map((logged) => logged.bytes);
  }

  /** Frames that left by a device since the last `clear`. */
  sent(device: NetDevice): Uint8Array[] {
    return this.log.of(device, "out").map((logged) => logged.bytes);
  }

  clear(): void {
    this.log.clear();
  }

  /** Frames sent in at once, then moved until all rest; the log starts anew before. */
  exchange(from: NetDevice, ...frames: readonly Uint8Array[]): void {
    this.clear();
    for (const bytes of frames) from.transmit(bytes);
    this.run();
  }
}

/** The IPv4 packets among frames. */
export function packetsOf(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.filter(isType(EtherType.IPV4)).map(payloadOf);
}

/** How often a device dropped for this reason. */
export function drops(device: NetDevice, reason: DropReason): number {
  return device.drops[reason]!;
}

/** A cable's end that speaks no protocol: it sends what it is given, and the log has what it hears. */
export function attach(lab: Lab, namespace: Namespace, name: string, mtu = 1500): [far: Veth, near: Veth] {
  return createVethPair({ namespace: lab.namespace(`${name}-peer`), name: "eth0", mtu }, { namespace, name, mtu });
}

export interface Switch {
  readonly bridge: Bridge;
  readonly ports: readonly BridgePort[];
  /** The far ends of the ports' cables, in the ports' order. */
  readonly stations: readonly NetDevice[];
}

/** A bridge with one silent station on each of so many ports. */
export function buildSwitch(
  lab: Lab,
  count: number,
  options: Omit<BridgeOptions, "name"> = {},
  portOptions: BridgePortOptions = {},
): Switch {
  const namespace = lab.namespace("switch");
  const bridge = new Bridge(namespace, { name: "br0", ...options });
  const cables = Array.from({ length: count }, (_, index) => attach(lab, namespace, `swp${index + 1}`));
  return {
    bridge,
    ports: cables.map(([, near]) => bridge.addPort(near, portOptions)),
    stations: cables.map(([far]) => far),
  };
}

/** How many frames each station has heard since the log was cleared. */
export function heard(lab: Lab, stations: readonly NetDevice[]): number[] {
  return stations.map((station) => lab.received(station).length);
}

export interface LabHost {
  readonly host: Host;
  readonly device: Veth;
}

/** A host with one address on a cable to `device`, a new device of `namespace`. */
export function addHost(
  lab: Lab,
  namespace: Namespace,
  port: string,
  name: string,
  address: string,
  mtu = 1500,
): LabHost & { readonly near: Veth } {
  const inside = lab.namespace(name);
  const [device, near] = createVethPair({ namespace: inside, name: "eth0", mtu }, { namespace, name: port, mtu });
  inside.addAddress(device, address);
  return { host: new Host(inside), device, near };
}

/** Pings and waits for the outcome: how many requests were answered. */
export function ping(lab: Lab, from: LabHost, address: string, options?: PingOptions): Ping {
  const ping = from.host.ping(parseIpv4(address), options);
  lab.run(15);
  return ping;
}

export interface RoutedPair {
  readonly lab: Lab;
  readonly router: Namespace;
  readonly routerHost: Host;
  readonly h1: LabHost;
  readonly h2: LabHost;
  /** The router's devices towards h1 (192.0.2.1/24) and h2 (198.51.100.1/24). */
  readonly rp1: Veth;
  readonly rp2: Veth;
}

/** router.sh's topology: h1 192.0.2.2/24 and h2 198.51.100.2/24 with a router between them. */
export function buildRouter(
  options: { readonly engine?: EngineOptions; readonly mtu1?: number; readonly mtu2?: number } = {},
): RoutedPair {
  const lab = new Lab(options.engine);
  const router = lab.namespace("router");
  router.forwarding = true;
  const h1 = addHost(lab, router, "rp1", "h1", "192.0.2.2/24", options.mtu1);
  const h2 = addHost(lab, router, "rp2", "h2", "198.51.100.2/24", options.mtu2);
  router.addAddress(h1.near, "192.0.2.1/24");
  router.addAddress(h2.near, "198.51.100.1/24");
  h1.host.namespace.addRoute({ to: "default", via: "192.0.2.1" });
  h2.host.namespace.addRoute({ to: "default", via: "198.51.100.1" });
  return { lab, router, routerHost: new Host(router), h1, h2, rp1: h1.near, rp2: h2.near };
}

/** Both hosts and the router know each other's MACs: what a test sees then are its own packets. */
export function introduce(pair: RoutedPair): void {
  ping(pair.lab, pair.h1, "198.51.100.2");
  pair.lab.clear();
}

/** Sends IPv4 packets from h1 to the router as raw frames and lets them move. */
export function sendToRouter(pair: RoutedPair, ...packets: readonly Uint8Array[]): void {
  pair.lab.exchange(
    pair.h1.device,
    ...packets.map((bytes) => frame(pair.rp1.mac, pair.h1.device.mac, EtherType.IPV4, bytes)),
  );
}
