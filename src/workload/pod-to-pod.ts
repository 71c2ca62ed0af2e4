/**
 * UDP from one pod to another on the built-in flannel cluster, through every device that a cluster has: the
 * pod's route and neighbour, veth, bridge, node, tunnel and underlay, and the same back to front at the far end.
 * Cables are ideal: what is timed is the engine, not the virtual clock.
 */
import { Stage, type StageWork, VECTOR_LENGTH } from "../datapath/index.ts";
import { type Cluster, createExampleCluster, type Endpoint } from "../kubernetes/index.ts";
import { ethernet, ipv4, Protocol, udp } from "../wire/index.ts";
import type { Workload } from "./workload.ts";

export interface PodToPodOptions {
  /** Whether both pods are on one node. */
  readonly isSameNode: boolean;
  /** Bytes of the pod's frame without its frame check sequence: 60 makes the shortest Ethernet frame. */
  readonly frameLength: number;
  /** Different source ports: flows. */
  readonly flowCount: number;
}

const PORT = 9000;
const FIRST_SOURCE_PORT = 10_000;
const HEADERS_LENGTH = ipv4.HEADER_LENGTH + udp.HEADER_LENGTH;
const HOPS_ACROSS_NODES = 2;
const DEFAULT_TIME_TO_LIVE = 64;

export function createPodToPod(options: PodToPodOptions): Workload {
  return new PodToPod(options);
}

class PodToPod implements Workload, StageWork {
  readonly name: string;
  readonly packetsPerRound: number = VECTOR_LENGTH;
  readonly #cluster: Cluster;
  readonly #source: Endpoint;
  /** The packet as it starts, its IPv4 header first. */
  readonly #template: Uint8Array;
  readonly #flowCount: number;
  readonly #timeToLive: number;
  #nextFlow = 0;
  #sentCount = 0;
  #arrivedCount = 0;
  #wrongCount = 0;

  constructor({ isSameNode, frameLength, flowCount }: PodToPodOptions) {
    this.name = `pod to pod, ${isSameNode ? "one node" : "across nodes"}`;
    this.#flowCount = flowCount;
    this.#timeToLive = isSameNode ? DEFAULT_TIME_TO_LIVE : DEFAULT_TIME_TO_LIVE - HOPS_ACROSS_NODES;
    this.#cluster = createExampleCluster({ cable: undefined, podCable: undefined });
    this.#source = this.#cluster.endpoint("pod-a");
    const destination = this.#cluster.endpoint(isSameNode ? "frontend" : "pod-b");
    this.#template = template(this.#source.address, destination.address, frameLength - ethernet.HEADER_LENGTH);
    const { namespace } = destination.host;
    namespace.udp.bind(PORT, new Stage(namespace.engine, this));
    // One ping fills the neighbour and MAC tables, as any first packet would.
    this.#source.host.ping(destination.address);
    this.#cluster.engine.run(1e9);
  }

  round(): void {
    const { engine } = this.#cluster;
    const { pool } = engine;
    const { ipv4Output } = this.#source.host.namespace;
    const template = this.#template;
    for (let i = 0; i < VECTOR_LENGTH; i++) {
      const handle = pool.allocate(template.length);
      const offset = pool.start[handle]!;
      for (let position = 0; position < HEADERS_LENGTH; position++) pool.bytes[offset + position] = template[position]!;
      pool.view.setUint16(offset + ipv4.HEADER_LENGTH, FIRST_SOURCE_PORT + this.#nextFlow);
      this.#nextFlow = this.#nextFlow + 1 === this.#flowCount ? 0 : this.#nextFlow + 1;
      ipv4Output.push(handle);
    }
    this.#sentCount += VECTOR_LENGTH;
    engine.run(engine.now);
  }

  /** The far pod's end: what arrives is looked at and delivered. */
  run(handles: Int32Array, first: number, end: number): void {
    const { engine } = this.#cluster;
    const { view, start } = engine.pool;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      if (view.getUint8(start[handle]! + TIME_TO_LIVE) !== this.#timeToLive) this.#wrongCount++;
      engine.deliver(handle);
    }
    this.#arrivedCount += end - first;
  }

  verify(): void {
    const { droppedCount, pool } = this.#cluster.engine;
    const isRight =
      this.#arrivedCount === this.#sentCount &&
      this.#wrongCount === 0 &&
      droppedCount === 0 &&
      pool.inFlightCount === 0 &&
      pool.copyCount === 0;
    if (isRight) return;
    const found = `${this.#arrivedCount} arrived, ${this.#wrongCount} of them wrong, ${droppedCount} dropped, ${pool.inFlightCount} left, ${pool.copyCount} copied`;
    throw new Error(
      `${this.name}: expected ${this.#sentCount} packets to arrive with TTL ${this.#timeToLive} and without a copy, found ${found}`,
    );
  }
}

const TIME_TO_LIVE = 8;

/** IPv4 and UDP headers without UDP checksum, and a payload of zeroes. */
function template(source: number, destination: number, totalLength: number): Uint8Array {
  const bytes = new Uint8Array(totalLength);
  const view = new DataView(bytes.buffer);
  ipv4.write(view, 0, { totalLength, dontFragment: true, protocol: Protocol.UDP, source, destination });
  udp.write(view, ipv4.HEADER_LENGTH, {
    sourcePort: FIRST_SOURCE_PORT,
    destinationPort: PORT,
    datagramLength: totalLength - ipv4.HEADER_LENGTH,
  });
  return bytes;
}
