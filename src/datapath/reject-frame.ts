/** What `-j REJECT` does: ICMP port unreachable to the sender of a packet that goes no further. */
import { ethernet, ipv4 } from "../wire/index.ts";
import type { NetDevice } from "./net-device.ts";

const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;

/** Tells the sender of an Ethernet frame (nf_send_unreach), but not of what came to a group (icmp_send). */
export function rejectFrame({ engine, namespace }: NetDevice, handle: number): void {
  const { view, start, length } = engine.pool;
  const [offset, size] = [start[handle]!, length[handle]!];
  if ((view.getUint8(offset) & 1) === 1) return;
  start[handle] = offset + ETHERNET_HEADER_LENGTH;
  length[handle] = ipv4.totalLength(view, offset + ETHERNET_HEADER_LENGTH);
  namespace.icmp.sendRejected(handle);
  start[handle] = offset;
  length[handle] = size;
}
