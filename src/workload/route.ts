/** Packets through a router: checks, the longest prefix, time to live, checksum, neighbour. */
import { createVethPair, Engine, Namespace, type Stage, type Veth } from "../datapath/index.ts";
import type { PacketPool } from "../packet/index.ts";
import { ethernet, formatIpv4, formatMac, formatPrefix, ipv4 } from "../wire/index.ts";
import { CirculatingWorkload } from "./circulating.ts";
import { restoreTimeToLive, TIME_TO_LIVE, writeUdpFrame } from "./udp-packet.ts";
import { poolOptions, type Workload, type WorkloadOptions } from "./workload.ts";

const NEXT_HOP_COUNT = 16;
const NEXT_HOP_MAC = 0x02_00_0a_01_00_00;
const SENDER_MAC = 0x02_00_0a_02_00_02;
const SENDER_ADDRESS = 0x0a_02_00_02;
/** 20.0.0.0: the routes' prefixes lie behind it, side by side. */
const FIRST_PREFIX = 0x14_00_00_00;
const PREFIX_LENGTHS = [24, 22, 20, 26] as const;

export function createRouteWorkload(options: WorkloadOptions): Workload {
  return new RouteWorkload(options);
}

class RouteWorkload extends CirculatingWorkload {
  readonly name: string;
  private readonly entry: Stage;
  private readonly rewind: Rewind;
  private readonly ingress: Veth;
  private readonly egress: Veth;
  private readonly prefixes: { readonly address: number; readonly length: number }[] = [];

  constructor(options: WorkloadOptions) {
    super(new Engine(poolOptions(options)), options.packets, options.frameLengths);
    this.name = `route, ${options.routes} routes, ${options.flows} flows`;
    const router = new Namespace(this.engine, "router");
    router.forwarding = true;
    const [ingress, sender] = this.connect(router, "eth0", "10.2.0.1/24");
    const [egress, receiver] = this.connect(router, "eth1", "10.1.0.254/24");
    this.ingress = ingress;
    this.egress = egress;
    this.entry = sender.output;
    this.rewind = createRewind(this.engine.pool, ingress);
    receiver.handler = this;
    for (let hop = 0; hop < NEXT_HOP_COUNT; hop++)
      router.addNeighbour(egress, `10.1.0.${hop + 1}`, formatMac(NEXT_HOP_MAC + hop));
    this.addRoutes(router, options.routes);
    this.fill(options.frameLengths, (offset, length, index) => this.build(offset, length, index % options.flows));
  }

  private connect(router: Namespace, name: string, address: string): [Veth, Veth] {
    const [device, end] = createVethPair(
      { namespace: router, name },
      { namespace: new Namespace(this.engine, `behind-${name}`), name: "eth0" },
    );
    router.addAddress(device, address);
    return [device, end];
  }

  private addRoutes(router: Namespace, count: number): void {
    let address = FIRST_PREFIX;
    for (let i = 0; i < count; i++) {
      const length = PREFIX_LENGTHS[i % PREFIX_LENGTHS.length]!;
      const size = 2 ** (32 - length);
      const prefix = { address: Math.ceil(address / size) * size, length };
      address = prefix.address + size;
      this.prefixes.push(prefix);
      router.addRoute({ to: formatPrefix(prefix), via: `10.1.0.${(i % NEXT_HOP_COUNT) + 1}` });
    }
  }

  private build(offset: number, length: number, flow: number): void {
    // Flows are spread evenly over the prefixes, each at an address of its own.
    const prefix = this.prefixes[Math.floor((flow * this.prefixes.length) / 4096) % this.prefixes.length]!;
    const host = 1 + (flow % (2 ** (32 - prefix.length) - 2));
    writeUdpFrame(
      this.engine.pool.view,
      offset,
      { source: SENDER_MAC, destination: this.ingress.mac },
      {
        totalLength: length - ethernet.HEADER_LENGTH,
        source: SENDER_ADDRESS,
        destination: prefix.address + host,
        sourcePort: 1024 + (flow % 60_000),
        destinationPort: 9000,
      },
    );
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    this.entry.pushAll(handles, first, end);
  }

  protected restore(handles: Int32Array, first: number, end: number): void {
    this.rewind(handles, first, end, this.isVerifying ? TIME_TO_LIVE : LEAST_TIME_TO_LIVE);
  }

  protected fault(handle: number): string {
    const { view, start, length } = this.engine.pool;
    const offset = start[handle]!;
    const network = offset + ethernet.HEADER_LENGTH;
    const destination = ipv4.destination(view, network);
    const expected = NEXT_HOP_MAC + (this.routeOf(destination) % NEXT_HOP_COUNT);
    if (ethernet.destination(view, offset) !== expected || ethernet.source(view, offset) !== this.egress.mac)
      return `${formatIpv4(destination)} from ${formatMac(ethernet.source(view, offset))} to ${formatMac(ethernet.destination(view, offset))} and not ${formatMac(expected)}`;
    if (ipv4.check(view, network, offset + length[handle]!) !== 0) return "the IPv4 header";
    return ipv4.timeToLive(view, network) === TIME_TO_LIVE - 1 ? "" : `TTL ${ipv4.timeToLive(view, network)}`;
  }

  /** Number of the route whose prefix holds an address: prefixes lie side by side in ascending order. */
  private routeOf(address: number): number {
    let first = 0;
    for (let behind = this.prefixes.length; behind - first > 1;) {
      const middle = (first + behind) >>> 1;
      if (this.prefixes[middle]!.address <= address) first = middle;
      else behind = middle;
    }
    return first;
  }
}

const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const TIME_TO_LIVE_AT = ETHERNET_HEADER_LENGTH + 8;
const SENDER_MAC_HIGH = Math.floor(SENDER_MAC / 2 ** 32);
const SENDER_MAC_LOW = SENDER_MAC | 0;

/** Packets go round until they have no more than this left: their checksums differ from round to round meanwhile. */
const LEAST_TIME_TO_LIVE = 40;

type Rewind = (handles: Int32Array, first: number, end: number, leastTimeToLive: number) => void;

/**
 * Undoes a router's work, that on the time to live only where `leastTimeToLive` is reached. A closure over the pool,
 * like the loops that are timed, so as not to be slower than they are.
 */
function createRewind({ view, start }: PacketPool, { macHigh, macLow }: Veth): Rewind {
  return (handles, first, end, leastTimeToLive) => {
    for (let i = first; i < end; i++) {
      const offset = start[handles[i]!]!;
      view.setInt32(offset, (macHigh << 16) | (macLow >>> 16));
      view.setInt32(offset + 4, (macLow << 16) | SENDER_MAC_HIGH);
      view.setInt32(offset + 8, SENDER_MAC_LOW);
      if (view.getUint8(offset + TIME_TO_LIVE_AT) <= leastTimeToLive)
        restoreTimeToLive(view, offset + ETHERNET_HEADER_LENGTH);
    }
  };
}
