/** Sends ARP packets (RFC 826). */
import { arp, DropReason, EtherType, ethernet } from "../wire/index.ts";
import type { NetDevice } from "./net-device.ts";

export interface ArpPacket {
  readonly operation: number;
  /** MAC that the frame goes to. */
  readonly destination: number;
  readonly senderProtocol: number;
  /** Left out by who asks: Linux does not fill it in even where it asks one neighbour. */
  readonly targetHardware?: number;
  readonly targetProtocol: number;
}

/** Sends one ARP packet from a device's own MAC; `why` is for whoever looks on. */
export function sendArp(device: NetDevice, packet: ArpPacket, why: string): void {
  const { engine } = device;
  const { pool, inquirer } = engine;
  const handle = pool.allocate(ethernet.HEADER_LENGTH + arp.LENGTH);
  if (handle < 0) {
    device.countDrop(DropReason.NOMEM);
    return;
  }
  const offset = pool.start[handle]!;
  ethernet.write(pool.view, offset, { destination: packet.destination, source: device.mac, etherType: EtherType.ARP });
  arp.write(pool.view, offset + ethernet.HEADER_LENGTH, {
    operation: packet.operation,
    senderHardware: device.mac,
    senderProtocol: packet.senderProtocol,
    targetHardware: packet.targetHardware ?? 0,
    targetProtocol: packet.targetProtocol,
  });
  if (inquirer !== null) inquirer.explain(handle, why);
  device.output.push(handle);
}
