/** A veth pair: what leaves one end arrives at the other. A handle changes owner, no byte moves. */
import type { FlowPlan } from "./flow-plan.ts";
import type { Namespace } from "./namespace.ts";
import { Link, type LinkOptions } from "./link.ts";
import { DeviceReceive, NetDevice, type NetDeviceOptions } from "./net-device.ts";
import type { Stage } from "./stage.ts";

/** One end of a pair. Made by `createVethPair`. */
export class Veth extends NetDevice {
  override readonly kind = "veth";
  /** The other end. */
  peer!: Veth;
  override output!: Stage;

  constructor(namespace: Namespace, options: NetDeviceOptions, isCable: boolean) {
    super(namespace, options, isCable ? undefined : (device) => new VethReceive(device as Veth));
  }

  override planOutput(plan: FlowPlan): boolean {
    plan.exit = this.output;
    return true;
  }

  override get description(): string {
    return `veth, other end ${this.peer.fullName}`;
  }
}

/**
 * Frames that crossed an ideal pair. Sending and receiving happen at one instant, so one stage does both: it
 * counts and shows the frames as sent by the far end, then as received by the near one.
 */
class VethReceive extends DeviceReceive {
  declare readonly device: Veth;

  override run(handles: Int32Array, first: number, end: number): void {
    const { device } = this;
    this.takeUp(handles, first, device.admitCrossing(device.peer, handles, first, end));
  }
}

/** Where an end of a pair lives and what it is called. */
export interface VethEnd extends NetDeviceOptions {
  readonly namespace: Namespace;
}

/**
 * Two devices joined back to back, each in its namespace. With a latency, rate or impairment the pair is a cable: frames
 * wait for their turn, take the time that their bits need, and arrive later.
 */
export function createVethPair(a: VethEnd, b: VethEnd, cable?: LinkOptions): [Veth, Veth] {
  const isCable = cable !== undefined;
  const ends: [Veth, Veth] = [new Veth(a.namespace, a, isCable), new Veth(b.namespace, b, isCable)];
  for (const [from, to] of [ends, [ends[1], ends[0]] as const]) {
    from.peer = to;
    from.output = isCable ? new Link(from, to, cable).stage : to.receiver;
  }
  return ends;
}
