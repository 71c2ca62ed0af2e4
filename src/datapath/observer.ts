/** What the engine tells whoever looks on: a recorder for captures, a printer for traces, a test. */
import type { DropReason } from "../wire/index.ts";
import type { NetDevice } from "./net-device.ts";

/** Seen from the device: `in` comes from its wire, `out` goes to it. */
export type Direction = "in" | "out";

/**
 * With no observer the datapath pays one check a batch. With one, it tells each frame that a device
 * sees before changing it, then why it did what it did: the text belongs to the frame just seen going
 * in, and to the next one that goes out of the same handle.
 */
export interface Observer {
  /**
   * Whether it is to hear why of every packet: all of them are then decided on device by device, which costs several
   * times what a known flow does. Otherwise it sees the same frames, and `explain` is not called.
   */
  readonly asksWhy: boolean;
  /** Frames handles[first..end) pass a device. Their bytes are as on the wire, and change afterwards. */
  frames(device: NetDevice, direction: Direction, handles: Int32Array, first: number, end: number): void;
  /** Why the packet goes where it goes. */
  explain(handle: number, text: string): void;
  /** A filter let the packet pass, or drops it: the name of the policy that decided. Told after `explain`, and for it as that is. */
  decided?(handle: number, policy: string): void;
  /** `copy` was cloned from `handle` and has its history. */
  cloned(handle: number, copy: number): void;
  /** The packet ends here. Called before the handle is released. */
  dropped(device: NetDevice, handle: number, reason: DropReason): void;
  /** All packets have come to rest at this instant: what was seen is explained. */
  settle(): void;
}
