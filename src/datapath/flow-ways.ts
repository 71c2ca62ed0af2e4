/** The ways that the flows of a namespace take: the devices that count them, and the queue that they end in. */
import type { FlowPlan } from "./flow-plan.ts";
import { Counter, type NetDevice } from "./net-device.ts";
import type { Stage } from "./stage.ts";

interface FlowWay {
  readonly exit: Stage;
  readonly hops: readonly WayHop[];
}

/** A device that counts frames as sent, and how much shorter they are there than where they leave, in bytes. */
interface WayHop {
  readonly device: NetDevice;
  readonly deficit: number;
}

/** Many flows share a way: records hold its number. */
export class FlowWays {
  private readonly ways: FlowWay[] = [];
  /** By where they end: the numbers of ways. */
  private readonly numbers = new Map<Stage, number[]>();

  /** The number of the plan's way. */
  numberOf({ hops, exit, overhead }: FlowPlan): number {
    const own = hops.map((hop) => ({ device: hop.device, deficit: overhead - hop.overhead }));
    const numbers = this.numbers.get(exit!) ?? [];
    const known = numbers.find((number) => isSame(this.ways[number]!.hops, own));
    if (known !== undefined) return known;
    const number = this.ways.push({ exit: exit!, hops: own }) - 1;
    this.numbers.set(exit!, [...numbers, number]);
    return number;
  }

  clear(): void {
    this.ways.length = 0;
    this.numbers.clear();
  }

  /** Sends handles[first..end), frames of `bytes` bytes together, on a way. */
  send(number: number, handles: Int32Array, first: number, end: number, bytes: number): void {
    const { hops, exit } = this.ways[number]!;
    const count = end - first;
    for (let i = 0; i < hops.length; i++) {
      const { device, deficit } = hops[i]!;
      const { counters } = device;
      counters[Counter.TX_PACKETS] = counters[Counter.TX_PACKETS]! + count;
      counters[Counter.TX_BYTES] = counters[Counter.TX_BYTES]! + bytes - count * deficit;
    }
    if (exit.engine.observer !== null) this.show(hops, handles, first, end);
    exit.pushAll(handles, first, end);
  }

  /** Shows each frame as each device sees it: before a tunnel without the headers that it has by now. */
  private show(hops: readonly WayHop[], handles: Int32Array, first: number, end: number): void {
    for (const { device, deficit } of hops) {
      const { pool } = device.engine;
      if (deficit > 0) for (let i = first; i < end; i++) pool.strip(handles[i]!, deficit);
      device.show("out", handles, first, end);
      if (deficit > 0) for (let i = first; i < end; i++) pool.prepend(handles[i]!, deficit);
    }
  }
}

function isSame(a: readonly WayHop[], b: readonly WayHop[]): boolean {
  return (
    a.length === b.length && a.every(({ device, deficit }, i) => device === b[i]!.device && deficit === b[i]!.deficit)
  );
}
