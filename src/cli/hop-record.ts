/** A hop as a JSON object. */
import type { Hop, LateDrop } from "../datapath/index.ts";
import { DropReason, dropReasonName } from "../wire/index.ts";
import { frameText } from "./trace-printer.ts";

/** Time in nanoseconds of virtual time; the frame as tcpdump's line. */
export interface HopRecord {
  readonly time: number;
  readonly namespace: string;
  readonly device: string;
  readonly direction: string;
  readonly packet: number;
  readonly length: number;
  readonly comment: string;
  readonly dropReason: string | null;
  readonly frame: string;
  /** Where policies were asked: the one that let it pass, or refused it. */
  readonly policy?: string;
}

export function hopRecord(hop: Hop, vxlanPorts: readonly number[]): HopRecord {
  return {
    time: hop.time,
    namespace: hop.device.namespace.name,
    device: hop.device.name,
    direction: hop.direction,
    packet: hop.packetId,
    length: hop.bytes.length,
    comment: hop.comment,
    dropReason: hop.dropReason === DropReason.NONE ? null : dropReasonName(hop.dropReason),
    frame: frameText(hop, vxlanPorts),
    ...(hop.verdict !== undefined && { policy: hop.verdict }),
  };
}

/** The end of a packet that had waited: as a hop in direction "end", without a frame. */
export function lateDropRecord(drop: LateDrop): Omit<HopRecord, "length" | "frame"> {
  return {
    time: drop.time,
    namespace: drop.device.namespace.name,
    device: drop.device.name,
    direction: "end",
    packet: drop.packetId,
    comment: drop.comment,
    dropReason: dropReasonName(drop.reason),
  };
}
