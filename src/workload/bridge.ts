/** Frames through a learning bridge: stations behind two veth ports talk across it. */
import { Bridge, createVethPair, Engine, Namespace, type Veth, VECTOR_LENGTH } from "../datapath/index.ts";
import { ethernet, formatMac } from "../wire/index.ts";
import { CirculatingWorkload } from "./circulating.ts";
import { writeUdpFrame } from "./udp-packet.ts";
import { poolOptions, type Workload, type WorkloadOptions } from "./workload.ts";

/** 02:00:00:00:00:00, a locally administered address, before a station's number. */
const FIRST_STATION = 0x02_00_00_00_00_00;
const FIRST_ADDRESS = 0x0a_00_00_00;

export function createBridgeWorkload(options: WorkloadOptions): Workload {
  return new BridgeWorkload(options);
}

class BridgeWorkload extends CirculatingWorkload {
  readonly name: string;
  private readonly bridge: Bridge;
  /** The wire's other end of each port: where frames come from and go to. */
  private readonly ends: readonly [Veth, Veth];
  private readonly stationCount: number;
  /** By how many stations a packet moves on before its next round: 0 when there are packets for all of them. */
  private readonly step: number;
  private side = 0;

  constructor(options: WorkloadOptions) {
    super(new Engine(poolOptions(options)), options.packets, options.frameLengths);
    this.name = `bridge, ${options.macs} MACs`;
    // The same number on either side, so that station n is behind port n % 2.
    this.stationCount = Math.max(2, options.macs & ~1);
    this.step = this.stationCount > this.handles.length ? this.handles.length : 0;
    const namespace = new Namespace(this.engine, "switch");
    this.bridge = new Bridge(namespace, { name: "br0" });
    this.ends = [this.addPort(namespace, 0), this.addPort(namespace, 1)];
    // Before the packets are made: they take every slot of the pool.
    this.learnStations();
    this.fill(options.frameLengths, (offset, length, index) => this.build(offset, length, index));
  }

  private addPort(namespace: Namespace, number: number): Veth {
    const outside = new Namespace(this.engine, `wire-${number}`);
    const [port, end] = createVethPair({ namespace, name: `veth${number}` }, { namespace: outside, name: "eth0" });
    this.bridge.addPort(port);
    end.handler = this;
    return end;
  }

  /** Whole vectors come from one side: those of even number from the first. */
  private build(offset: number, length: number, index: number): void {
    const side = Math.floor(index / VECTOR_LENGTH) & 1;
    const pair = (index >>> 9) * VECTOR_LENGTH + (index % VECTOR_LENGTH);
    const source = ((pair * 2) % this.stationCount) + side;
    const destination = ((pair * 2 + 2 * SPREAD) % this.stationCount) + (1 - side);
    writeUdpFrame(
      this.engine.pool.view,
      offset,
      { source: FIRST_STATION + source, destination: FIRST_STATION + destination },
      {
        totalLength: length - ethernet.HEADER_LENGTH,
        source: FIRST_ADDRESS + source,
        destination: FIRST_ADDRESS + destination,
        sourcePort: index & 0xffff,
        destinationPort: 9000,
      },
    );
  }

  /** Every station says something once: to the bridge itself, so that nothing is flooded. */
  private learnStations(): void {
    const frame = new Uint8Array(ethernet.HEADER_LENGTH + 46);
    const view = new DataView(frame.buffer);
    for (let station = 0; station < this.stationCount; station++) {
      ethernet.write(view, 0, { source: FIRST_STATION + station, destination: this.bridge.mac, etherType: 0x88b5 });
      this.ends[(station & 1) as 0 | 1].transmit(frame);
      this.engine.run(this.engine.now);
    }
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    const { output } = this.ends[this.side as 0 | 1];
    this.side = 1 - this.side;
    output.pushAll(handles, first, end);
  }

  /** A bridge changes nothing. Where stations outnumber packets, the next ones have their turn. */
  protected restore(handles: Int32Array, first: number, end: number): void {
    if (this.step === 0) return;
    const { view, start } = this.engine.pool;
    for (let i = first; i < end; i++) {
      const offset = start[handles[i]!]!;
      const destination = view.getInt32(offset + DESTINATION_LOW) + this.step;
      const source = view.getInt32(offset + SOURCE_LOW) + this.step;
      view.setInt32(offset + DESTINATION_LOW, destination % this.stationCount);
      view.setInt32(offset + SOURCE_LOW, source % this.stationCount);
    }
  }

  protected fault(handle: number): string {
    const { view, start, length } = this.engine.pool;
    const offset = start[handle]!;
    const station = ethernet.destination(view, offset) - FIRST_STATION;
    const entry = this.bridge.fdb.find(view.getUint16(offset), view.getInt32(offset + 2));
    if (entry < 0) return `${formatMac(ethernet.destination(view, offset))} is not in the forwarding database`;
    if (station % 2 !== this.side) return `a frame for station ${station} at port ${1 - this.side}`;
    return length[handle]! >= 60 ? "" : `a frame of ${length[handle]!} bytes`;
  }
}

/** How far apart in number the two ends of a conversation are. */
const SPREAD = 7;
/** Where the lower 32 bits of the addresses are: the station's number, since FIRST_STATION's are zero. */
const DESTINATION_LOW = 2;
const SOURCE_LOW = 8;
