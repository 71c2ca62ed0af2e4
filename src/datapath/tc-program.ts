/**
 * Programs at a device, as `tc filter add dev DEVICE ingress|egress bpf da` attaches them: each packet goes through the
 * program before anybody else decides on it (Linux sch_handle_ingress, sch_handle_egress).
 */
import type { NetDevice } from "./net-device.ts";
import { Stage } from "./stage.ts";

/** True lets a packet go on (TC_ACT_OK); false says that the program took it: sent it elsewhere, or dropped it. */
export type TcProgram = (handle: number) => boolean;

/** Runs on what arrives at the device: what goes on goes up to the namespace. The device can be no bridge's port. */
export function attachIngress(device: NetDevice, program: TcProgram): void {
  device.handler = {
    run: (handles, first, end) => {
      const kept = runEach(program, handles, first, end);
      if (kept > first) device.namespace.receive(device, handles, first, kept);
    },
  };
  device.namespace.changes.note();
}

/** Runs on what is to leave through the device, before it counts as sent: what goes on leaves. */
export function attachEgress(device: NetDevice, program: TcProgram): void {
  const wire = device.output;
  device.output = new Stage(device.engine, {
    run: (handles, first, end) => wire.pushAll(handles, first, runEach(program, handles, first, end)),
  });
  device.namespace.changes.note();
}

function runEach(program: TcProgram, handles: Int32Array, first: number, end: number): number {
  let kept = first;
  for (let i = first; i < end; i++) {
    const handle = handles[i]!;
    if (program(handle)) handles[kept++] = handle;
  }
  return kept;
}
