/** `lo`: what a namespace sends to itself comes back at once. */
import type { Namespace } from "./namespace.ts";
import { DeviceReceive, NetDevice } from "./net-device.ts";
import type { Stage } from "./stage.ts";

const LOOPBACK_MTU = 65_535;
/** Frames on lo carry all-zero MACs, as Linux's do. */
export const LOOPBACK_MAC = 0;

export class Loopback extends NetDevice {
  override readonly kind = "loopback";
  override output: Stage;

  constructor(namespace: Namespace) {
    super(namespace, { name: "lo", mac: LOOPBACK_MAC, mtu: LOOPBACK_MTU }, (device) => new LoopbackReceive(device));
    this.output = this.receiver;
  }
}

class LoopbackReceive extends DeviceReceive {
  override run(handles: Int32Array, first: number, end: number): void {
    const kept = this.device.admitSent(handles, first, end, Infinity);
    if (kept > first) super.run(handles, first, kept);
  }
}
