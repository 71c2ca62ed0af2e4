/** Packets through devices of one kind, one behind the other: what each more of them costs. */
import { Bridge, createVethPair, Engine, Namespace, type Veth } from "../datapath/index.ts";
import { ethernet, formatIpv4, formatMac, ipv4 } from "../wire/index.ts";
import { CirculatingWorkload } from "./circulating.ts";
import { restoreTimeToLive, TIME_TO_LIVE, writeUdpFrame } from "./udp-packet.ts";
import { poolOptions, type Workload, type WorkloadOptions } from "./workload.ts";

export type ChainKind = "bridge" | "router";

const SENDER_MAC = 0x02_00_00_00_00_01;
const RECEIVER_MAC = 0x02_00_00_00_00_02;
const SENDER_ADDRESS = 0x0a_00_00_01;
/** 10.255.0.1, behind the last of them. */
const RECEIVER_ADDRESS = 0x0a_ff_00_01;

/** UDP through `count` bridges or routers, from one station to another. */
export function createChainWorkload(kind: ChainKind, count: number, options: WorkloadOptions): Workload {
  return new ChainWorkload(kind, count, options);
}

class ChainWorkload extends CirculatingWorkload {
  readonly name: string;
  private readonly routerCount: number;
  /** The ends of the first wire and the last. */
  private readonly sender: Veth;
  private readonly receiver: Veth;
  /** Where the sender's frames go: the upper 16 and the lower 32 bits of that MAC. */
  private readonly firstMacHigh: number;
  private readonly firstMacLow: number;
  /** Where those that arrive come from. */
  private readonly lastMac: number;

  constructor(kind: ChainKind, count: number, options: WorkloadOptions) {
    super(new Engine(poolOptions(options)), options.packets, options.frameLengths);
    this.name = `${count} ${kind}s`;
    this.routerCount = kind === "router" ? count : 0;
    const nodes = Array.from({ length: count }, (_, i) => new Namespace(this.engine, `${kind}-${i}`));
    const wires = this.connect([
      new Namespace(this.engine, "sender"),
      ...nodes,
      new Namespace(this.engine, "receiver"),
    ]);
    this.sender = wires[0]![0];
    this.receiver = wires.at(-1)![1];
    if (kind === "bridge") this.bridge(nodes, wires);
    else this.route(nodes, wires);
    const firstMac = kind === "bridge" ? RECEIVER_MAC : wires[0]![1].mac;
    this.firstMacHigh = Math.floor(firstMac / 2 ** 32);
    this.firstMacLow = firstMac | 0;
    this.lastMac = kind === "bridge" ? SENDER_MAC : wires.at(-1)![0].mac;
    this.receiver.handler = this;
    this.fill(options.frameLengths, (offset, length, index) =>
      this.build(offset, length, firstMac, index % options.flows),
    );
  }

  /** A wire between each namespace and the next. */
  private connect(namespaces: readonly Namespace[]): [Veth, Veth][] {
    return namespaces
      .slice(1)
      .map((next, i) =>
        createVethPair({ namespace: namespaces[i]!, name: "right" }, { namespace: next, name: "left" }),
      );
  }

  /** Each bridge has learned from the receiver where it is. */
  private bridge(nodes: readonly Namespace[], wires: readonly [Veth, Veth][]): void {
    nodes.forEach((namespace, i) => {
      const bridge = new Bridge(namespace, { name: "br0" });
      bridge.addPort(wires[i]![1]);
      bridge.addPort(wires[i + 1]![0]);
    });
    const frame = new Uint8Array(ethernet.HEADER_LENGTH + 46);
    const addresses = { destination: SENDER_MAC, source: RECEIVER_MAC };
    ethernet.write(new DataView(frame.buffer), 0, { ...addresses, etherType: 0x88b5 });
    this.receiver.transmit(frame);
    this.engine.run(this.engine.now);
  }

  /** 10.I.0.1 and 10.I.0.2 are the ends of wire I. */
  private route(nodes: readonly Namespace[], wires: readonly [Veth, Veth][]): void {
    nodes.forEach((router, i) => {
      const [[, left], [right, next]] = [wires[i]!, wires[i + 1]!];
      const isLast = i === nodes.length - 1;
      const gateway = isLast ? formatIpv4(RECEIVER_ADDRESS) : `10.${i + 1}.0.2`;
      router.forwarding = true;
      router.addAddress(left, `10.${i}.0.2/24`);
      router.addAddress(right, isLast ? "10.255.0.2/24" : `10.${i + 1}.0.1/24`);
      router.addNeighbour(right, gateway, formatMac(isLast ? RECEIVER_MAC : next.mac));
      if (!isLast) router.addRoute({ to: "10.255.0.0/24", via: gateway });
    });
  }

  private build(offset: number, length: number, firstMac: number, flow: number): void {
    writeUdpFrame(
      this.engine.pool.view,
      offset,
      { source: SENDER_MAC, destination: firstMac },
      {
        totalLength: length - ethernet.HEADER_LENGTH,
        source: SENDER_ADDRESS,
        destination: RECEIVER_ADDRESS,
        sourcePort: 1024 + (flow % 60_000),
        destinationPort: 9000,
      },
    );
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    this.sender.output.pushAll(handles, first, end);
  }

  protected restore(handles: Int32Array, first: number, end: number): void {
    if (this.routerCount === 0) return;
    const { view, start } = this.engine.pool;
    for (let i = first; i < end; i++) {
      const offset = start[handles[i]!]!;
      view.setUint16(offset, this.firstMacHigh);
      view.setInt32(offset + 2, this.firstMacLow);
      restoreTimeToLive(view, offset + ethernet.HEADER_LENGTH);
    }
  }

  protected fault(handle: number): string {
    const { view, start, length } = this.engine.pool;
    const offset = start[handle]!;
    const network = offset + ethernet.HEADER_LENGTH;
    if (ethernet.destination(view, offset) !== RECEIVER_MAC || ethernet.source(view, offset) !== this.lastMac)
      return `from ${formatMac(ethernet.source(view, offset))} to ${formatMac(ethernet.destination(view, offset))}`;
    if (ipv4.check(view, network, offset + length[handle]!) !== 0) return "the IPv4 header";
    const timeToLive = ipv4.timeToLive(view, network);
    return timeToLive === TIME_TO_LIVE - this.routerCount ? "" : `TTL ${timeToLive}`;
  }
}
