/** What became of a probe, in words: whether it arrived, and what came back. */
import { describePacket, dissect, DropReason, TcpFlag } from "../wire/index.ts";
import type { Probe } from "./path-probe.ts";
import type { PathHop, PathTrace } from "./path-trace.ts";

export const NO_ANSWER = "no answer came";

/**
 * "SYN-ACK came back from backend", "RST came back from pod-b: nobody listens on TCP 9999", "no answer came", or how the
 * answer was lost.
 */
export function answerText(traced: PathTrace, probe: Probe, vxlanPorts: readonly number[]): string {
  const { there, back } = traced;
  const first = back?.hops[0];
  if (back === null || first === undefined) return NO_ANSWER;
  const [name, sender] = [answerName(first, vxlanPorts), first.device.namespace.name];
  if (!back.hasArrived) return `${name} was sent back from ${sender}, and was lost: ${back.lost}`;
  const isUnheard = there.dropReason === DropReason.NO_SOCKET && probe.protocol !== "icmp";
  const reason = isUnheard ? `: nobody listens on ${probe.protocol.toUpperCase()} ${probe.port}` : "";
  return `${name} came back from ${sender}${reason}`;
}

function answerName({ bytes, device }: PathHop, vxlanPorts: readonly number[]): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { layers } = dissect(view, 0, bytes.length, bytes.length, device.linkType, { vxlanPorts });
  const layer = layers.findLast(({ protocol, quoted }) => NAMED.includes(protocol) && quoted !== true);
  const value = (name: string): unknown => layer?.fields.find((field) => field.name === name)?.value;
  const line = describePacket(view, 0, bytes.length, device.linkType, { vxlanPorts });
  switch (layer?.protocol) {
    case "tcp":
      return tcpName(value("tcp.flags") as number);
    case "udp":
      return "a datagram";
    case "sctp":
      return /\[([A-Z][A-Z ]+)\]/.exec(line)?.[1] ?? "a packet";
    case "icmpv4":
      return icmpName(/ICMP (.*?), /.exec(line)?.[1]);
    default:
      return "a packet";
  }
}

const NAMED = ["tcp", "udp", "icmpv4", "sctp"];

function tcpName(flags: number): string {
  if ((flags & TcpFlag.RST) !== 0) return "RST";
  return (flags & TcpFlag.SYN) !== 0 ? "SYN-ACK" : "a segment";
}

/** By tcpdump's words. */
function icmpName(message: string | undefined): string {
  if (message === "echo reply") return "an echo reply";
  return message === undefined ? "an ICMP message" : `ICMP "${message}"`;
}
