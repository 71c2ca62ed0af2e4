/** One packet under one CNI plugin, in figures that can stand beside another's. */
import type { NetDevice } from "../datapath/index.ts";
import type { ClusterPod } from "../kubernetes/index.ts";
import { dissect, type Layer, type ScanOptions } from "../wire/index.ts";
import type { Place } from "./command.ts";
import type { Probe } from "./path-probe.ts";
import { type PathHop, type PathTrace, tracePath } from "./path-trace.ts";

export interface CniComparison {
  /** Of the plugin, as people see it. */
  readonly cni: string;
  readonly trace: PathTrace;
  /** Bytes of the largest packet that a pod may send to another node. */
  readonly podMtu: number;
  /** The frame as the sender's interface saw it, as the receiver's did, and as it went over the underlay; undefined when it never did. */
  readonly sent: PathHop | undefined;
  readonly received: PathHop | undefined;
  readonly onUnderlay: PathHop | undefined;
  /** Protocols of the frame on the underlay, the outermost first. */
  readonly underlayLayers: readonly Layer[];
  /** Bytes by which the frame on the underlay is longer than the one that was sent. */
  readonly overhead: number;
}

/** Link type of Ethernet frames. */
const ETHERNET = 1;

/**
 * Sends the probe twice, so that every neighbour is known, and measures the second.
 *
 * @param place the sender
 * @param destination the receiving pod
 */
export function measurePacket(place: Place, destination: ClusterPod, probe: Probe, size: number): CniComparison {
  tracePath(place, destination.address, probe, size);
  const trace = tracePath(place, destination.address, probe, size);
  const { cluster } = place;
  const uplinks: readonly NetDevice[] = cluster.nodes.map(({ uplink }) => uplink);
  const { hops } = trace.there;
  const sent = hops.find(({ device }) => device.namespace === place.namespace);
  const onUnderlay = hops.find(({ device, direction }) => direction === "out" && uplinks.includes(device));
  const received = hops.find(({ device }) => device.namespace === destination.namespace);
  return {
    cni: cluster.cni.name,
    trace,
    podMtu: cluster.cni.podMtu(cluster.underlayMtu),
    sent,
    received,
    onUnderlay,
    underlayLayers: onUnderlay === undefined ? [] : layersOf(onUnderlay.bytes, { vxlanPorts: cluster.cni.vxlanPorts }),
    overhead: sent === undefined || onUnderlay === undefined ? 0 : onUnderlay.bytes.length - sent.bytes.length,
  };
}

/** The layers of an Ethernet frame. */
export function layersOf(bytes: Uint8Array, options: ScanOptions): readonly Layer[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return dissect(view, 0, bytes.length, bytes.length, ETHERNET, options).layers;
}

/** A field that two frames have with different values. */
export interface FieldDifference {
  /** "ipv4.timeToLive". */
  readonly name: string;
  /** Position in the frame. */
  readonly offset: number;
  readonly texts: readonly [string, string];
}

/** Drawn anew for every packet, and what is computed over it: no difference between plugins. */
export const DRAWN_FIELDS: readonly string[] = ["ipv4.identification", "ipv4.headerChecksum"];

/** Which fields differ between two frames of the same layers; bytes beyond what both have are no field's. */
export function differingFields(a: Uint8Array, b: Uint8Array): FieldDifference[] {
  const [fields, others] = [a, b].map((bytes) => layersOf(bytes, {}).flatMap((layer) => layer.fields));
  return fields!.flatMap((field, index) => {
    const other = others![index];
    const isSame = other === undefined || other.name !== field.name || other.text === field.text;
    const isBytes = other !== undefined && field.name.endsWith(".bytes");
    if ((isSame && !isBytes) || other === undefined) return [];
    return isBytes && equal(a, b, field.offset, field.length)
      ? []
      : [{ name: field.name, offset: field.offset, texts: [field.text, other.text] }];
  });
}

function equal(a: Uint8Array, b: Uint8Array, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at++) if (a[at] !== b[at]) return false;
  return true;
}
