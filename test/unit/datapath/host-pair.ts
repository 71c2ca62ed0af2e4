/** Two hosts on one veth pair, the smallest network there is. */
import {
  createVethPair,
  Engine,
  type EngineOptions,
  type LinkOptions,
  Namespace,
  type NetDevice,
  type Veth,
} from "../../../src/datapath/index.ts";
import { Host } from "../../../src/host/index.ts";
import { EtherType, ethernet, parseIpv4 } from "../../../src/wire/index.ts";

export const A = parseIpv4("10.0.0.1");
export const B = parseIpv4("10.0.0.2");

export interface HostPair {
  readonly engine: Engine;
  readonly a: Host;
  readonly b: Host;
  readonly aEnd: Veth;
  readonly bEnd: Veth;
}

/** 10.0.0.1 and 10.0.0.2, both /24. */
export function createHostPair(
  options: EngineOptions & { readonly cable?: LinkOptions; readonly mtu?: number } = {},
): HostPair {
  const engine = new Engine({ slotCount: 64, ...options });
  const [inA, inB] = [new Namespace(engine, "a"), new Namespace(engine, "b")];
  const mtu = options.mtu ?? 1500;
  const [aEnd, bEnd] = createVethPair(
    { namespace: inA, name: "eth0", mtu },
    { namespace: inB, name: "eth0", mtu },
    options.cable,
  );
  inA.addAddress(aEnd, "10.0.0.1/24");
  inB.addAddress(bEnd, "10.0.0.2/24");
  return { engine, a: new Host(inA), b: new Host(inB), aEnd, bEnd };
}

/** An Ethernet frame of zeroes, `length` bytes in all. */
export function emptyFrame(
  destination: number,
  source: number,
  length: number = 60,
  etherType: number = EtherType.IPV4,
): Uint8Array {
  const frame = new Uint8Array(length);
  ethernet.write(new DataView(frame.buffer), 0, { destination, source, etherType });
  return frame;
}

/** Drops of a device by reason, without those that are zero. */
export function dropsBy(device: NetDevice): Record<number, number> {
  return Object.fromEntries([...device.drops.entries()].filter(([, count]) => count > 0));
}
