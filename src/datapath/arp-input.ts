/** Receives ARP packets: answers for the namespace's own addresses, learns who said what (RFC 826, Linux arp_process). */
import {
  arp,
  ArpOperation,
  DropReason,
  formatIpv4,
  formatMac,
  isLimitedBroadcast,
  isLoopbackIpv4,
  isMulticastIpv4,
} from "../wire/index.ts";
import { sendArp } from "./arp-output.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import { checkReversePath } from "./reverse-path.ts";
import { RouteType } from "./route.ts";

/** Takes an ARP packet whose first byte is at the packet's start. `isForUs`: its frame was sent to our MAC alone. */
export function receiveArp(namespace: Namespace, device: NetDevice, handle: number, isForUs: boolean): void {
  const { engine } = namespace;
  if (!device.arp) {
    engine.consume(handle);
    return;
  }
  const { view, start, length } = engine.pool;
  const offset = start[handle]!;
  const reason = checkArp(view, offset, offset + length[handle]!);
  if (reason !== DropReason.NONE) {
    engine.drop(handle, reason, device);
    return;
  }
  const sender = arp.senderProtocol(view, offset);
  const senderMac = arp.senderHardware(view, offset);
  const target = arp.targetProtocol(view, offset);
  const isRequest = arp.operation(view, offset) === ArpOperation.REQUEST;
  const reasonToAnswer = isRequest ? reasonFor(namespace, device, sender, target) : Answer.NONE;
  const answers = reasonToAnswer !== Answer.NONE && mayAsk(namespace, device, sender);
  if (engine.inquirer !== null)
    engine.inquirer.explain(handle, explain(device, sender, senderMac, target, isRequest, reasonToAnswer, answers));
  // A request for our address tells where the asker is: the answer to come needs no asking back. What
  // others say only refreshes what we already knew. A probe (RFC 5227) has no sender address to learn.
  if (sender !== 0) {
    const isGratuitous = sender === target && (isRequest || arp.targetHardware(view, offset) === senderMac);
    namespace.neighbours.learn(device, sender, senderMac, !isRequest && isForUs, answers, isGratuitous);
  }
  if (answers) {
    const packet = {
      operation: ArpOperation.REPLY,
      destination: senderMac,
      senderProtocol: target,
      targetHardware: senderMac,
      targetProtocol: sender,
    };
    sendArp(device, packet, `${reasonText(namespace, target, reasonToAnswer)}: answering ${formatIpv4(sender)}`);
  }
  engine.consume(handle);
}

/** Why a request is answered. */
const Answer = { NONE: 0, OURS: 1, PROXY: 2 } as const;
type Answer = (typeof Answer)[keyof typeof Answer];

/**
 * For its own addresses a namespace answers; as a proxy for those that it would forward to by another device, but
 * never to a probe, which looks for somebody who has the address (Linux arp_process, arp_fwd_proxy; RFC 1027).
 */
function reasonFor(namespace: Namespace, device: NetDevice, sender: number, target: number): Answer {
  const route = namespace.routes.lookup(target);
  if (route.type === RouteType.LOCAL) return Answer.OURS;
  const isProxy = device.proxyArp && namespace.forwarding && sender !== 0;
  return isProxy && route.type === RouteType.UNICAST && route.device !== device ? Answer.PROXY : Answer.NONE;
}

function reasonText(namespace: Namespace, target: number, reason: Answer): string {
  if (reason === Answer.OURS) return `${formatIpv4(target)} is an address of ${namespace.name}`;
  const { device } = namespace.routes.lookup(target);
  return `${namespace.name} stands in for ${formatIpv4(target)}, which is behind ${device!.name}`;
}

/** ARP's own rules and Linux's: a loopback or group address is nobody's neighbour. */
function checkArp(view: DataView, offset: number, end: number): DropReason {
  const reason = arp.check(view, offset, end) as DropReason;
  if (reason !== DropReason.NONE) return reason;
  const operation = arp.operation(view, offset);
  if (operation !== ArpOperation.REQUEST && operation !== ArpOperation.REPLY) return DropReason.ARP_INVALID;
  const target = arp.targetProtocol(view, offset);
  if (isLoopbackIpv4(target) || isMulticastIpv4(target)) return DropReason.ARP_INVALID;
  return DropReason.NONE;
}

/** A sender that could not have sent an IPv4 packet is not answered; 0 is a probe's (RFC 5227 section 2.1.1). */
function mayAsk(namespace: Namespace, device: NetDevice, sender: number): boolean {
  return (
    (sender === 0 || checkReversePath(namespace, device, sender) === DropReason.NONE) &&
    !namespace.addresses.isLocal(sender) &&
    !isLoopbackIpv4(sender) &&
    !isMulticastIpv4(sender) &&
    !isLimitedBroadcast(sender)
  );
}

function explain(
  device: NetDevice,
  sender: number,
  senderMac: number,
  target: number,
  isRequest: boolean,
  reason: Answer,
  answers: boolean,
): string {
  if (!isRequest) return `ARP: ${formatIpv4(sender)} is at ${formatMac(senderMac)}, noted for ${device.name}`;
  const about = `ARP: ${formatIpv4(sender)} asks for ${formatIpv4(target)}`;
  if (reason === Answer.NONE) return `${about}, which is not ours: ignored`;
  const whose = reason === Answer.OURS ? "ours" : "routed elsewhere";
  return answers
    ? `${about}, which is ${whose}: answering`
    : `${about}, which is ${whose}, but may not be a sender: ignored`;
}
