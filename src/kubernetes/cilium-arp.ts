/**
 * Cilium's ARP responder at a pod's host end: whatever the pod asks for is at that end's MAC, but for its own address,
 * so that duplicate address detection in the pod works (bpf/bpf_lxc.c, tail_handle_arp).
 */
import type { NetDevice } from "../datapath/index.ts";
import {
  arp,
  ArpOperation,
  BROADCAST_MAC,
  DropReason,
  ethernet,
  EtherType,
  formatIpv4,
  formatMac,
} from "../wire/index.ts";

/** Answers a request in place; false for what is none, or not to be answered, which is for the stack. */
export function answerArp(device: NetDevice, handle: number, ownAddress: number): boolean {
  const { pool, inquirer } = device.engine;
  const { view } = pool;
  const offset = pool.start[handle]!;
  if (!isRequestFor(device, view, offset, offset + pool.length[handle]!)) return false;
  const body = offset + ethernet.HEADER_LENGTH;
  const target = arp.targetProtocol(view, body);
  if (target === ownAddress) return false;
  const asker = arp.senderProtocol(view, body);
  const text = `from-container: ARP responder, ${formatIpv4(target)} is at ${formatMac(device.mac)}`;
  inquirer?.explain(handle, text);
  if (!pool.makeWritable(handle)) {
    device.engine.drop(handle, DropReason.NOMEM, device);
    return true;
  }
  writeReply(device, view, pool.start[handle]!, target, asker);
  pool.renewId(handle);
  inquirer?.explain(handle, text);
  device.output.push(handle);
  return true;
}

/** To everybody or to this device, and whole (lib/arp.h, arp_check). */
function isRequestFor(device: NetDevice, view: DataView, offset: number, end: number): boolean {
  const body = offset + ethernet.HEADER_LENGTH;
  if (arp.check(view, body, end) !== DropReason.NONE || arp.operation(view, body) !== ArpOperation.REQUEST)
    return false;
  const destination = ethernet.destination(view, offset);
  return destination === BROADCAST_MAC || destination === device.mac;
}

function writeReply(device: NetDevice, view: DataView, offset: number, target: number, asker: number): void {
  const body = offset + ethernet.HEADER_LENGTH;
  const askerMac = ethernet.source(view, offset);
  ethernet.write(view, offset, { destination: askerMac, source: device.mac, etherType: EtherType.ARP });
  arp.write(view, body, {
    operation: ArpOperation.REPLY,
    senderHardware: device.mac,
    senderProtocol: target,
    targetHardware: askerMac,
    targetProtocol: asker,
  });
}
