/**
 * Filters at a device: what arrives passes one before the bridge, the namespace or a program takes it, and what is to
 * leave passes one before it counts as sent. Where none is, arriving vectors pay one check, and leaving ones nothing.
 *
 * The flow cache needs to know nothing of them: its records begin behind the filter of the device that frames come in
 * on, and end in the queue before the filter of the device that they leave by.
 */
import { type NetDevice, passUp } from "./net-device.ts";
import { Stage } from "./stage.ts";

export interface DeviceFilter {
  /**
   * Decides on frames handles[first..end), each at least an Ethernet header long: drops those that are refused, closes
   * the gaps, and returns the new end.
   */
  run(handles: Int32Array, first: number, end: number): number;
  /** Where it may put frames that are to go on behind those that `run` keeps; null until it is attached. */
  onward: Stage | null;
}

/** Puts `filter` before whatever takes the frames that arrive at the device. */
export function attachInputFilter(device: NetDevice, filter: DeviceFilter): void {
  device.inputFilter = filter;
  filter.onward = new Stage(device.engine, { run: (handles, first, end) => passUp(device, handles, first, end) });
}

/** Puts `filter` before the way out of the device. */
export function attachOutputFilter(device: NetDevice, filter: DeviceFilter): void {
  const wire = device.output;
  device.output = new Stage(device.engine, {
    run: (handles, first, end) => wire.pushAll(handles, first, filter.run(handles, first, end)),
  });
  filter.onward = new Stage(device.engine, { run: (handles, first, end) => wire.pushAll(handles, first, end) });
  device.namespace.changes.note();
}
