/** Frames into a VXLAN tunnel, out of it, or both: two nodes whose eth0 are joined back to back. */
import { createVethPair, Engine, Namespace, type Stage, type Veth, VxlanDevice } from "../datapath/index.ts";
import { ethernet, formatMac, ipv4, udp, vxlan } from "../wire/index.ts";
import { CirculatingWorkload } from "./circulating.ts";
import { writeUdpFrame } from "./udp-packet.ts";
import { poolOptions, type Workload, type WorkloadOptions } from "./workload.ts";

export const VXLAN_DIRECTIONS = ["encapsulate", "decapsulate", "encapsulate and decapsulate"] as const;
export type VxlanDirection = (typeof VXLAN_DIRECTIONS)[number];

const VNI = 1;
const OUTER_LENGTH = ethernet.HEADER_LENGTH + ipv4.HEADER_LENGTH + udp.HEADER_LENGTH + vxlan.HEADER_LENGTH;
const NEAR = "192.168.1.10";
const FAR = "192.168.1.20";
const NEAR_MAC = "02:00:00:00:01:10";
const FAR_MAC = "02:00:00:00:01:20";
const INNER_SOURCE = 0x02_00_00_00_02_10;
const INNER_DESTINATION = 0x02_00_00_00_02_20;

export function createVxlanWorkload(direction: VxlanDirection, options: WorkloadOptions): Workload {
  return new VxlanWorkload(direction, options);
}

class VxlanWorkload extends CirculatingWorkload {
  readonly name: string;
  private readonly direction: VxlanDirection;
  private readonly entry: Stage;

  constructor(direction: VxlanDirection, options: WorkloadOptions) {
    super(new Engine(poolOptions(options)), options.packets, options.frameLengths);
    this.name = `VXLAN ${direction}, ${options.flows} flows`;
    this.direction = direction;
    const near = new Namespace(this.engine, "near");
    const far = new Namespace(this.engine, "far");
    const [nearUplink, farUplink] = createVethPair(
      { namespace: near, name: "eth0", mac: 0x02_00_00_00_01_10, mtu: 9000 },
      { namespace: far, name: "eth0", mac: 0x02_00_00_00_01_20, mtu: 9000 },
    );
    const nearTunnel = addTunnel(near, nearUplink, NEAR, FAR, FAR_MAC);
    const farTunnel = addTunnel(far, farUplink, FAR, NEAR, NEAR_MAC);
    nearTunnel.fdb.setPermanent(INNER_DESTINATION, farTunnelAddress);
    this.entry = direction === "decapsulate" ? nearUplink.output : nearTunnel.output;
    const exit = direction === "encapsulate" ? farUplink : farTunnel;
    this.fill(options.frameLengths, (offset, length, index) => {
      this.engine.pool.bytes.fill(0, offset, offset + length);
      writeInner(this.engine.pool.view, offset, length, index % options.flows);
    });
    if (direction === "decapsulate") this.encapsulateAll(nearTunnel.output, farUplink);
    exit.handler = this;
  }

  /** The far uplink hands over what the near tunnel made, once: decapsulation starts from there. */
  private encapsulateAll(tunnel: Stage, uplink: Veth): void {
    uplink.handler = { run: () => undefined };
    for (const handle of this.handles) tunnel.push(handle);
    this.engine.run(this.engine.now);
    uplink.handler = null;
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    this.entry.pushAll(handles, first, end);
  }

  protected restore(handles: Int32Array, first: number, end: number): void {
    const { pool } = this.engine;
    if (this.direction === "encapsulate") for (let i = first; i < end; i++) pool.strip(handles[i]!, OUTER_LENGTH);
    if (this.direction === "decapsulate") for (let i = first; i < end; i++) pool.prepend(handles[i]!, OUTER_LENGTH);
  }

  protected fault(handle: number): string {
    const { view, start, length } = this.engine.pool;
    const end = start[handle]! + length[handle]!;
    let inner = start[handle]!;
    if (this.direction === "encapsulate") {
      const network = inner + ethernet.HEADER_LENGTH;
      const tunnel = network + ipv4.HEADER_LENGTH + udp.HEADER_LENGTH;
      if (ethernet.destination(view, inner) !== 0x02_00_00_00_01_20) return "the outer destination MAC";
      if (ipv4.check(view, network, end) !== 0) return "the outer IPv4 header";
      if (vxlan.check(view, tunnel, end) !== 0 || vxlan.vni(view, tunnel) !== VNI) return "the VNI";
      inner += OUTER_LENGTH;
    }
    if (ethernet.destination(view, inner) !== INNER_DESTINATION)
      return `inner destination ${formatMac(ethernet.destination(view, inner))}`;
    return ipv4.check(view, inner + ethernet.HEADER_LENGTH, end) === 0 ? "" : "the inner IPv4 header";
  }
}

const farTunnelAddress = 0xc0_a8_01_14;

function addTunnel(namespace: Namespace, uplink: Veth, local: string, remote: string, remoteMac: string): VxlanDevice {
  namespace.addAddress(uplink, `${local}/24`);
  namespace.addNeighbour(uplink, remote, remoteMac);
  return new VxlanDevice(namespace, { name: "vxlan1", vni: VNI, local, mtu: 9000 - OUTER_LENGTH, learning: false });
}

function writeInner(view: DataView, offset: number, length: number, flow: number): void {
  writeUdpFrame(
    view,
    offset,
    { source: INNER_SOURCE, destination: INNER_DESTINATION },
    {
      totalLength: length - ethernet.HEADER_LENGTH,
      source: 0x0a_f4_01_05,
      destination: 0x0a_f4_02_08,
      sourcePort: 1024 + (flow % 60_000),
      destinationPort: 9000,
    },
  );
}
