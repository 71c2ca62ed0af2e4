/**
 * UDP from one pod to another on the built-in flannel cluster, through every device that a cluster has: the
 * pod's route and neighbour, veth, bridge, node, tunnel and underlay, and the same back to front at the far end.
 * Cables are ideal: what is timed is the engine, not the virtual clock.
 */
import { Stage, VXLAN_OVERHEAD } from "../datapath/index.ts";
import { type Cluster, createExampleCluster } from "../kubernetes/index.ts";
import { ethernet, formatIpv4, ipv4 } from "../wire/index.ts";
import { CirculatingWorkload } from "./circulating.ts";
import { TIME_TO_LIVE, writeUdpPacket } from "./udp-packet.ts";
import { poolOptions, type Workload, type WorkloadOptions } from "./workload.ts";

const PORT = 9000;
const FIRST_SOURCE_PORT = 1024;
const SOURCE_PORT_COUNT = 60_000;
const HOPS_ACROSS_NODES = 2;
const TIME_TO_LIVE_AT = 8;

/** Of the pods: what the tunnel leaves of the underlay's 1500 bytes. Longer packets would be refused, DF is set. */
export const POD_MTU: number = 1500 - VXLAN_OVERHEAD;

/** `prepare` is given the cluster before there are packets, for an observer to look on. */
export function createPodToPodWorkload(
  isSameNode: boolean,
  options: WorkloadOptions,
  prepare: (cluster: Cluster) => void = () => undefined,
): Workload {
  return new PodToPodWorkload(isSameNode, options, prepare);
}

class PodToPodWorkload extends CirculatingWorkload {
  readonly name: string;
  private readonly destination: number;
  private readonly entry: Stage;
  private readonly timeToLive: number;

  constructor(isSameNode: boolean, options: WorkloadOptions, prepare: (cluster: Cluster) => void) {
    const cluster = createExampleCluster({ cable: undefined, podCable: undefined, ...poolOptions(options) });
    super(cluster.engine, options.packets, options.frameLengths);
    this.name = `pod to pod, ${isSameNode ? "one node" : "across nodes"}`;
    this.timeToLive = isSameNode ? TIME_TO_LIVE : TIME_TO_LIVE - HOPS_ACROSS_NODES;
    const source = cluster.endpoint("pod-a");
    const { address, host } = cluster.endpoint(isSameNode ? "frontend" : "pod-b");
    this.destination = address;
    this.entry = source.host.namespace.ipv4Output;
    host.namespace.udp.bind(PORT, new Stage(cluster.engine, this));
    source.host.ping(address);
    cluster.engine.run(1e9);
    prepare(cluster);
    this.fill(
      options.frameLengths.map((length) => length - ethernet.HEADER_LENGTH),
      (offset, totalLength, index) =>
        writeUdpPacket(cluster.engine.pool.view, offset, {
          totalLength,
          source: source.address,
          destination: address,
          sourcePort: FIRST_SOURCE_PORT + ((index % options.flows) % SOURCE_PORT_COUNT),
          destinationPort: PORT,
        }),
    );
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    this.entry.pushAll(handles, first, end);
  }

  /** The sender's IPv4 output computes the checksum anew. */
  protected restore(handles: Int32Array, first: number, end: number): void {
    const { pool } = this.engine;
    for (let i = first; i < end; i++) {
      pool.view.setUint8(pool.start[handles[i]!]! + TIME_TO_LIVE_AT, TIME_TO_LIVE);
      pool.renewId(handles[i]!);
    }
  }

  protected fault(handle: number): string {
    const { view, start, length } = this.engine.pool;
    const offset = start[handle]!;
    if (ipv4.check(view, offset, offset + length[handle]!) !== 0) return "the IPv4 header";
    if (ipv4.destination(view, offset) !== this.destination)
      return `destination ${formatIpv4(ipv4.destination(view, offset))}`;
    return ipv4.timeToLive(view, offset) === this.timeToLive ? "" : `TTL ${ipv4.timeToLive(view, offset)}`;
  }
}
