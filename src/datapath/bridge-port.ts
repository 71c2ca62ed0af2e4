/** A bridge's port: the device that is enslaved, and the switches that `bridge link set` has. */
import type { Bridge } from "./bridge.ts";
import type { NetDevice } from "./net-device.ts";
import type { StageWork } from "./stage.ts";

/** The switches, with Linux's defaults. */
export interface BridgePortOptions {
  /** Source MACs are learned. */
  learning?: boolean;
  /** Frames for a MAC that the FDB does not know leave here too. */
  unicastFlood?: boolean;
  multicastFlood?: boolean;
  broadcastFlood?: boolean;
  /** A frame may leave where it came in. */
  hairpin?: boolean;
  /** Exchanges nothing with other isolated ports. */
  isolated?: boolean;
}

export class BridgePort implements StageWork {
  readonly bridge: Bridge;
  readonly device: NetDevice;
  /** What FDB entries hold: 1 and up. */
  readonly number: number;
  learning: boolean;
  unicastFlood: boolean;
  multicastFlood: boolean;
  broadcastFlood: boolean;
  hairpin: boolean;
  isolated: boolean;

  constructor(bridge: Bridge, device: NetDevice, number: number, options: BridgePortOptions) {
    this.bridge = bridge;
    this.device = device;
    this.number = number;
    this.learning = options.learning ?? true;
    this.unicastFlood = options.unicastFlood ?? true;
    this.multicastFlood = options.multicastFlood ?? true;
    this.broadcastFlood = options.broadcastFlood ?? true;
    this.hairpin = options.hairpin ?? false;
    this.isolated = options.isolated ?? false;
  }

  /** Frames that arrived at the device. */
  run(handles: Int32Array, first: number, end: number): void {
    this.bridge.receive(this, handles, first, end);
  }

  /** Whether a frame that came in at `from` (null: from the bridge itself) may leave here (Linux should_deliver). */
  takesFrom(from: BridgePort | null): boolean {
    if (!this.device.up) return false;
    if (from === null) return true;
    return (from !== this || this.hairpin) && !(from.isolated && this.isolated);
  }
}
