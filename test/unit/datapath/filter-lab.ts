/** A pod's device between its pod and the rest of the world, with both filters, under rules that a test sets. */
import {
  attachInputFilter,
  attachOutputFilter,
  ConnectionFilter,
  type ConnectionRules,
  ConnectionTracker,
  type ConnectionTrackerOptions,
  createVethPair,
  Engine,
  Namespace,
  type Veth,
} from "../../../src/datapath/index.ts";
import { DropReason, ethernet, EtherType, ipv4, parseIpv4, Protocol } from "../../../src/wire/index.ts";
import { concatenate, frame, packet, udpPacket, viewOf } from "../../conformance/frames.ts";

export const POD = "10.0.0.1";
export const REMOTE = "10.0.0.2";

/** Rules that allow connections to these ports; null allows all. */
export class PortRules implements ConnectionRules {
  generation = 1;
  asked = 0;
  ports: readonly number[] | null;

  constructor(ports: readonly number[] | null = null) {
    this.ports = ports;
  }

  /** Other rules from now on. */
  change(ports: readonly number[] | null): void {
    this.ports = ports;
    this.generation++;
  }

  get mayRefuse(): boolean {
    return this.ports !== null;
  }

  decide(_remote: number, _protocol: number, port: number): number {
    this.asked++;
    if (this.ports === null) return 0;
    return this.ports.includes(port) ? 1 : -2;
  }

  count(): void {
    // Nobody asks.
  }

  explain(decision: number): string {
    return `decision ${decision}`;
  }

  policyOf(decision: number): string {
    return decision === 0 ? "" : "the policy";
  }
}

export class FilterLab {
  readonly engine: Engine = new Engine({ slotCount: 512 });
  readonly node: Namespace = new Namespace(this.engine, "node");
  readonly egress: PortRules = new PortRules();
  readonly ingress: PortRules = new PortRules();
  readonly tracker: ConnectionTracker;
  readonly fromPod: ConnectionFilter;
  readonly toPod: ConnectionFilter;
  /** The pod's device on its node. */
  readonly device: Veth;
  /** What passed, by identification and fragment offset. */
  readonly taken: string[] = [];
  readonly #inside: Veth;
  readonly #world: Veth;
  #passedCount = 0;

  constructor(options: ConnectionTrackerOptions = {}) {
    const [pod, world] = [new Namespace(this.engine, "pod"), new Namespace(this.engine, "world")];
    const [inside, device] = createVethPair(
      { namespace: pod, name: "eth0", mac: 2 },
      { namespace: this.node, name: "veth0" },
    );
    const [far, uplink] = createVethPair({ namespace: world, name: "eth0" }, { namespace: this.node, name: "eth0" });
    this.#inside = inside;
    this.device = device;
    this.#world = far;
    for (const end of [inside, far]) end.handler = { run: (...vector) => this.#take(...vector) };
    this.tracker = new ConnectionTracker(this.engine, options);
    const reasons = {
      refused: DropReason.NETFILTER_DROP,
      invalid: DropReason.REJECTED,
      full: DropReason.CT_TABLE_FULL,
    };
    const common = { device, inside, address: parseIpv4(POD), tracker: this.tracker, reasons, rulesOwnNode: false };
    this.fromPod = new ConnectionFilter({ ...common, side: "from-pod", rules: this.egress });
    this.toPod = new ConnectionFilter({ ...common, side: "to-pod", rules: this.ingress });
    attachInputFilter(device, this.fromPod);
    attachOutputFilter(device, this.toPod);
    device.handler = { run: (handles, first, end) => uplink.output.pushAll(handles, first, end) };
    uplink.handler = { run: (handles, first, end) => device.output.pushAll(handles, first, end) };
  }

  #take(handles: Int32Array, first: number, end: number): void {
    const { view, start } = this.engine.pool;
    for (let i = first; i < end; i++) {
      const offset = start[handles[i]!]! + ethernet.HEADER_LENGTH;
      this.taken.push(`${ipv4.identification(view, offset)}:${ipv4.fragmentOffset(view, offset)}`);
      this.engine.consume(handles[i]!);
    }
    this.#passedCount += end - first;
  }

  /** How many of these packets pass, all in one vector, sent by the pod or to it. */
  send(from: "pod" | "remote", ...packets: readonly Uint8Array[]): number {
    const before = this.#passedCount;
    for (const bytes of packets)
      (from === "pod" ? this.#inside : this.#world).transmit(frame(2, 4, EtherType.IPV4, bytes));
    this.engine.run(this.engine.now);
    return this.#passedCount - before;
  }

  /** The same of a packet from outside to a station. */
  sendTo(mac: number, bytes: Uint8Array): number {
    const before = this.#passedCount;
    this.#world.transmit(frame(mac, 4, EtherType.IPV4, bytes));
    this.engine.run(this.engine.now);
    return this.#passedCount - before;
  }

  /** The same of frames that are given whole. */
  sendFrame(bytes: Uint8Array): number {
    const before = this.#passedCount;
    this.#inside.transmit(bytes);
    this.engine.run(this.engine.now);
    return this.#passedCount - before;
  }

  /** Lets virtual time pass, in seconds. */
  wait(seconds: number): void {
    this.engine.run(this.engine.now + seconds * 1e9);
  }

  dropped(reason: DropReason): number {
    return this.device.drops[reason]!;
  }
}

export const TO_REMOTE = { source: POD, destination: REMOTE } as const;
export const TO_POD = { source: REMOTE, destination: POD } as const;

export interface PacketEnds {
  readonly source: string;
  readonly destination: string;
}

/** A TCP segment: flags as "SA". */
export function segment(
  ends: typeof TO_POD | typeof TO_REMOTE,
  ports: readonly [number, number],
  flags: string,
): Uint8Array {
  const header = new Uint8Array(20);
  const view = viewOf(header);
  view.setUint16(0, ports[0]);
  view.setUint16(2, ports[1]);
  view.setUint8(12, 0x50);
  view.setUint8(
    13,
    [...flags].reduce((sum, flag) => sum | (1 << "FSRPA".indexOf(flag)), 0),
  );
  return packet({ ...ends, protocol: Protocol.TCP, payload: header });
}

export function datagram(ends: PacketEnds, ports: readonly [number, number]): Uint8Array {
  return udpPacket(ends, ...ports);
}

/** An SCTP packet with one chunk of this type. */
export function chunk(
  ends: typeof TO_POD | typeof TO_REMOTE,
  ports: readonly [number, number],
  type: number,
): Uint8Array {
  const payload = concatenate(new Uint8Array(12), Uint8Array.of(type, 0, 0, 4));
  viewOf(payload).setUint16(0, ports[0]);
  viewOf(payload).setUint16(2, ports[1]);
  return packet({ ...ends, protocol: Protocol.SCTP, payload });
}

/** Ports of a connection to the pod, and of what comes back. */
export const PORTS = [40_000, 80] as const;
export const BACK = [80, 40_000] as const;

/** A TCP handshake from outside, packet by packet: how many of the three pass. */
export function handshake(lab: FilterLab, [from, to]: readonly [number, number] = PORTS): number {
  return (
    lab.send("remote", segment(TO_POD, [from, to], "S")) +
    lab.send("pod", segment(TO_REMOTE, [to, from], "SA")) +
    lab.send("remote", segment(TO_POD, [from, to], "A"))
  );
}
