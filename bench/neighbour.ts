/** Neighbours: the table alone, and a packet sent to one of many, its Ethernet header written. */
import { createVethPair, Engine, Namespace, type Veth } from "../src/datapath/index.ts";
import { NeighbourTable } from "../src/table/index.ts";
import { ethernet, formatIpv4, formatMac } from "../src/wire/index.ts";
import { CirculatingWorkload } from "../src/workload/circulating.ts";
import { counted, DEFAULT_WORKLOAD, type Workload, type WorkloadCase } from "../src/workload/index.ts";
import { writeUdpPacket } from "../src/workload/udp-packet.ts";
import type { Bench } from "./bench.ts";
import { indexedWorkload } from "./indexed-workload.ts";
import { randomNumbers } from "./random.ts";

/** 10.0.0.0, the link's network, and the first neighbour's MAC. */
const NETWORK = 0x0a_00_00_00;
const FIRST_MAC = 0x02_00_00_00_10_00;
const DEVICE = 3;
const LOOKUP_COUNT = 65_536;

export const neighbour: Bench = {
  question: "What does finding a neighbour cost, and sending a packet to it?",
  operation: "packet",
  varies: [],
  cases: () => [
    { name: "no work", frameSize: null, create: () => lookups("no work", 16, false) },
    tableCase(16),
    tableCase(1024),
    sendCase(16),
    sendCase(1024),
  ],
};

function tableCase(count: number): WorkloadCase {
  const name = `the table alone, ${counted(count, "neighbour")}`;
  return { name, frameSize: null, create: () => lookups(name, count, true) };
}

function sendCase(count: number): WorkloadCase {
  const name = `header written and sent, ${counted(count, "neighbour")}`;
  return { name, frameSize: null, create: () => new NeighbourWorkload(name, count) };
}

function lookups(name: string, count: number, isLookedUp: boolean): Workload {
  const table = new NeighbourTable(count);
  for (let i = 0; i < count; i++) table.insert(DEVICE, NETWORK + 1 + i);
  const random = randomNumbers(1);
  const keys = Int32Array.from({ length: LOOKUP_COUNT }, () => NETWORK + 1 + (random() % count));
  const find = (first: number, end: number): number => {
    let sum = 0;
    for (let i = first; i < end; i++) sum += table.find(DEVICE, keys[i]!);
    return sum;
  };
  const touch = (first: number, end: number): number => {
    let sum = 0;
    for (let i = first; i < end; i++) sum = (sum + keys[i]!) | 0;
    return sum;
  };
  // A table that only grows gives indices in order.
  const indices = keys.map((key) => key - NETWORK - 1);
  return indexedWorkload({
    name,
    count: LOOKUP_COUNT,
    run: isLookedUp ? find : touch,
    expected: () => (isLookedUp ? indices : keys).reduce((sum, value) => (sum + value) | 0, 0),
  });
}

class NeighbourWorkload extends CirculatingWorkload {
  readonly name: string;
  private readonly namespace: Namespace;
  private readonly device: Veth;

  constructor(name: string, count: number) {
    const { packets, frameLengths } = DEFAULT_WORKLOAD;
    super(new Engine({ slotCount: packets }), packets, frameLengths);
    this.name = name;
    this.namespace = new Namespace(this.engine, "host");
    const outside = new Namespace(this.engine, "wire");
    const ends = [
      { namespace: this.namespace, name: "eth0" },
      { namespace: outside, name: "eth0" },
    ] as const;
    const [device, far] = createVethPair(...ends);
    this.device = device;
    far.handler = this;
    for (let i = 0; i < count; i++)
      this.namespace.addNeighbour(device, formatIpv4(NETWORK + 1 + i), formatMac(FIRST_MAC + i));
    const random = randomNumbers(1);
    this.fill([frameLengths[0]! - ethernet.HEADER_LENGTH], (offset, totalLength) =>
      writeUdpPacket(this.engine.pool.view, offset, {
        totalLength,
        source: NETWORK,
        destination: NETWORK + 1 + (random() % count),
        sourcePort: 1024,
        destinationPort: 9000,
      }),
    );
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    const { neighbours } = this.namespace;
    const { view, start } = this.engine.pool;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      neighbours.send(handle, this.device, view.getInt32(start[handle]! + IPV4_DESTINATION));
    }
  }

  /** The receiver has its packets behind their Ethernet headers, the sender makes these anew. */
  protected restore(handles: Int32Array, first: number, end: number): void {
    const { pool } = this.engine;
    for (let i = first; i < end; i++) pool.strip(handles[i]!, ethernet.HEADER_LENGTH);
  }

  protected fault(handle: number): string {
    const { view, start } = this.engine.pool;
    const offset = start[handle]!;
    const number = view.getInt32(offset + ethernet.HEADER_LENGTH + IPV4_DESTINATION) - NETWORK - 1;
    const found = ethernet.destination(view, offset);
    return found === FIRST_MAC + number ? "" : `neighbour ${number} at ${formatMac(found)}`;
  }
}

/** Where a packet's destination is, from its IPv4 header's start. */
const IPV4_DESTINATION = 16;
