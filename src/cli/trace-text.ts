/** A packet's path in words, a device at a time, and as JSON. */
import { answerText, type Path, type PathHop, type PathTrace, type Place, type Probe } from "../commands/index.ts";
import type { Cluster } from "../kubernetes/index.ts";
import { DropReason, dropReasonName, dropReasonText, formatIpv4 } from "../wire/index.ts";
import { hopRecord } from "./hop-record.ts";
import { style } from "./output.ts";
import { frameText } from "./trace-printer.ts";

const SENT = { udp: "UDP datagram", tcp: "TCP SYN", sctp: "SCTP INIT" } as const;

function probeText(probe: Probe): string {
  if (probe.protocol === "icmp") return "ICMP echo request";
  return `${SENT[probe.protocol]} to port ${probe.port}`;
}

export function traceText(
  cluster: Cluster,
  place: Place,
  destination: number,
  probe: Probe,
  traced: PathTrace,
): string {
  const { there, back, outcome } = traced;
  const title = style("bold", `${place.name} to ${nameOf(cluster, destination)}: ${probeText(probe)}`);
  if (outcome !== "sent") return `${title}\nnot sent: ${outcome.replaceAll("-", " ")}\n`;
  const answer = back === null ? "" : `\n${style("bold", "and back")}\n${pathText(cluster, back)}`;
  const text = answerText(traced, probe, cluster.cni.vxlanPorts);
  const end =
    traced.end === "silence" ? text : style(traced.end === "answered" ? "green" : "red", `${traced.end}: ${text}`);
  return `${title}\n${pathText(cluster, there)}${answer}${end}\n`;
}

function nameOf(cluster: Cluster, address: number): string {
  const name = cluster.addressNames().find((entry) => entry.address === address)?.names[0];
  return name === undefined ? formatIpv4(address) : `${name} (${formatIpv4(address)})`;
}

function pathText(cluster: Cluster, path: Path): string {
  const { hops } = path;
  const width = Math.max(0, ...hops.map(({ device }) => device.fullName.length));
  return `${hops.map((hop, index) => hopText(cluster, hop, index + 1, width)).join("")}${pathEnd(path)}\n`;
}

function pathEnd({ hops, lost, dropReason, hasArrived }: Path): string {
  const [first, last] = [hops[0], hops.at(-1)];
  if (hasArrived) {
    const unwanted = dropReason === DropReason.NONE ? "" : `, where ${dropReasonText(dropReason)}`;
    return `arrived at ${last!.device.namespace.name} after ${((last!.time - first!.time) / 1e3).toFixed(0)} us${unwanted}`;
  }
  if (lost !== "") return style("red", `lost: ${lost}`);
  return style("red", last === undefined ? "nothing was seen of it" : `last seen at ${last.device.fullName}`);
}

function hopText(cluster: Cluster, hop: PathHop, number: number, width: number): string {
  const { device, direction, comment, dropReason } = hop;
  const paint = dropReason === DropReason.NONE ? "green" : "red";
  const place = style("bold", device.fullName.padEnd(width));
  const start = `${String(number).padStart(2)}  ${place}  ${direction.padEnd(3)}  ${frameText(hop, cluster.cni.vxlanPorts)}\n`;
  return comment === "" ? start : `${start}      ${style(paint, comment)}\n`;
}

export function traceRecord(cluster: Cluster, place: Place, destination: number, traced: PathTrace): object {
  const path = ({ hops, lost, dropReason, hasArrived }: Path): object => ({
    hasArrived,
    lost: hasArrived || dropReason === DropReason.NONE ? null : { reason: dropReasonName(dropReason), text: lost },
    hops: hops.map((hop) => hopRecord(hop, cluster.cni.vxlanPorts)),
  });
  return {
    source: place.name,
    destination: formatIpv4(destination),
    cni: cluster.cni.name,
    outcome: traced.outcome,
    end: traced.end,
    there: path(traced.there),
    back: traced.back === null ? null : path(traced.back),
  };
}
