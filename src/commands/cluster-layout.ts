/**
 * Where everything of a cluster stands in its picture. A node is a box: pods in rows, under each row a line of what
 * joins them (the bridge, or the node itself where there is none), then tunnels, then the way out. Rows of nodes stand
 * above the line of the network segment that they are on.
 */
import { Bridge, type NetDevice, Veth } from "../datapath/index.ts";
import type { Cluster, ClusterNode, ClusterPod } from "../kubernetes/index.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PodLayout {
  readonly pod: ClusterPod;
  readonly box: Box;
  /** Where its interface is, and where the other end of the pair meets the line below. */
  readonly inside: Point;
  readonly outside: Point;
}

export interface DeviceLayout {
  readonly device: NetDevice;
  readonly box: Box;
}

export interface NodeLayout {
  readonly node: ClusterNode;
  readonly box: Box;
  readonly pods: readonly PodLayout[];
  /** What joins the pods: the bridge, null where the node routes to each of them. */
  readonly bridge: NetDevice | null;
  /** The lines that pods hang on: one a row, joined by a trunk at `trunk`. */
  readonly lines: readonly { readonly y: number; readonly from: number; readonly to: number }[];
  readonly trunk: number;
  /** Tunnels and the way out, the latter last. */
  readonly devices: readonly DeviceLayout[];
  /** Where the way out meets the segment's line. */
  readonly port: Point;
}

export interface SegmentLayout {
  readonly name: string;
  readonly nodes: readonly NodeLayout[];
  readonly lines: readonly { readonly y: number; readonly from: number; readonly to: number }[];
  readonly trunk: number;
}

export interface ClusterLayout {
  readonly width: number;
  readonly height: number;
  readonly segments: readonly SegmentLayout[];
  /** Whether pods are small squares without a name. */
  readonly isDense: boolean;
}

const MARGIN = 24;
const GAP = 16;
const TITLE_HEIGHT = 40;
const DEVICE = { width: 150, height: 38 };
const POD = { width: 112, height: 42 };
const DENSE_POD = { width: 16, height: 16 };
/** Between a row of pods and its line, and behind that. */
const LINE_GAP = 22;
/** Pods of one node above which they lose their names. */
const DENSE_FROM = 12;
/** Nodes that stand beside each other in any case. */
const FEW = 3;
/** How much wider than high a picture is to be. */
const ASPECT = 2;

export function layOut(cluster: Cluster, title: number): ClusterLayout {
  const isDense = cluster.nodes.some(({ pods }) => pods.length > DENSE_FROM);
  const groups = groupBySegment(cluster);
  const columns = columnCount(cluster, isDense);
  const segments: SegmentLayout[] = [];
  let y = title + MARGIN;
  let width = 0;
  for (const [name, nodes] of groups) {
    const { segment, bottom, right } = layOutSegment(name, nodes, columns, y, isDense);
    segments.push(segment);
    y = bottom + GAP;
    width = Math.max(width, right);
  }
  return { width: width + MARGIN, height: y + MARGIN, segments, isDense };
}

/** Nodes by what their cables end in. */
function groupBySegment(cluster: Cluster): Map<string, ClusterNode[]> {
  const groups = new Map<string, ClusterNode[]>();
  for (const node of cluster.nodes) {
    const name = segmentOf(node);
    groups.set(name, [...(groups.get(name) ?? []), node]);
  }
  return groups;
}

function segmentOf({ uplink }: ClusterNode): string {
  if (!(uplink instanceof Veth)) return "underlay";
  const { peer } = uplink;
  return peer.port === null ? peer.namespace.name : peer.port.bridge.fullName;
}

function podsPerRow(node: ClusterNode, isDense: boolean): number {
  const count = Math.max(1, node.pods.length);
  return isDense ? Math.min(count, 20) : Math.min(count, count <= 3 ? 3 : Math.ceil(Math.sqrt(count * 1.5)));
}

function nodeSize(node: ClusterNode, isDense: boolean): { width: number; height: number } {
  const pod = isDense ? DENSE_POD : POD;
  const perRow = podsPerRow(node, isDense);
  const rows = Math.max(1, Math.ceil(node.pods.length / perRow));
  const devices = tunnelsOf(node).length + 1;
  const gap = isDense ? 4 : GAP;
  const width = Math.max(perRow * (pod.width + gap) + gap + 2 * GAP, devices * (DEVICE.width + GAP) + 2 * GAP);
  return { width, height: TITLE_HEIGHT + rows * (pod.height + 2 * LINE_GAP) + DEVICE.height + 2 * GAP };
}

/** As many nodes beside each other as give the picture its shape. */
function columnCount(cluster: Cluster, isDense: boolean): number {
  const sizes = cluster.nodes.map((node) => nodeSize(node, isDense));
  const area = sizes.reduce((sum, { width, height }) => sum + (width + GAP) * (height + 3 * GAP), 0);
  const widest = Math.max(1, ...sizes.map(({ width }) => width + GAP));
  return Math.max(Math.min(FEW, cluster.nodes.length), Math.round(Math.sqrt(area * ASPECT) / widest));
}

function layOutSegment(
  name: string,
  nodes: readonly ClusterNode[],
  columns: number,
  top: number,
  isDense: boolean,
): { segment: SegmentLayout; bottom: number; right: number } {
  const trunk = MARGIN;
  const layouts: NodeLayout[] = [];
  const lines: { y: number; from: number; to: number }[] = [];
  let y = top;
  let right = 0;
  for (let first = 0; first < nodes.length; first += columns) {
    const row = nodes.slice(first, first + columns);
    const height = Math.max(...row.map((node) => nodeSize(node, isDense).height));
    const line = y + height + 2 * GAP;
    let x = trunk + GAP;
    for (const node of row) {
      layouts.push(layOutNode(node, { x, y, width: nodeSize(node, isDense).width, height }, line, isDense));
      x += nodeSize(node, isDense).width + GAP;
    }
    right = Math.max(right, x - GAP);
    lines.push({ y: line, from: trunk, to: x - GAP });
    y = line + 2 * GAP;
  }
  return { segment: { name, nodes: layouts, lines, trunk }, bottom: y, right };
}

function layOutNode(node: ClusterNode, box: Box, segmentLine: number, isDense: boolean): NodeLayout {
  const pod = isDense ? DENSE_POD : POD;
  const gap = isDense ? 4 : GAP;
  const perRow = podsPerRow(node, isDense);
  const trunk = box.x + GAP;
  const pods: PodLayout[] = [];
  const lines: { y: number; from: number; to: number }[] = [];
  node.pods.forEach((each, index) => {
    const x = trunk + gap + (index % perRow) * (pod.width + gap);
    const y = box.y + TITLE_HEIGHT + Math.floor(index / perRow) * (pod.height + 2 * LINE_GAP);
    const line = y + pod.height + LINE_GAP;
    const centre = x + pod.width / 2;
    pods.push({
      pod: each,
      box: { x, y, ...pod },
      inside: { x: centre, y: y + pod.height },
      outside: { x: centre, y: line },
    });
    if (lines.at(-1)?.y !== line) lines.push({ y: line, from: trunk, to: box.x + box.width - GAP });
  });
  const y = box.y + box.height - GAP - DEVICE.height;
  const all = [...tunnelsOf(node), node.uplink];
  const space = (box.width - 2 * GAP - all.length * DEVICE.width) / Math.max(1, all.length - 1);
  const devices = all.map((device, index) => ({
    device,
    box: {
      x: all.length === 1 ? box.x + (box.width - DEVICE.width) / 2 : box.x + GAP + index * (DEVICE.width + space),
      y,
      ...DEVICE,
    },
  }));
  const out = devices.at(-1)!.box;
  return {
    node,
    box,
    pods,
    bridge: bridgeOf(node),
    lines,
    trunk,
    devices,
    port: { x: out.x + out.width / 2, y: segmentLine },
  };
}

/** Devices that put packets into others, and what else the plugin made beside pairs and bridges. */
function tunnelsOf({ namespace, uplink }: ClusterNode): NetDevice[] {
  const isOther = (device: NetDevice): boolean =>
    device !== uplink && !["veth", "bridge", "loopback"].includes(device.kind);
  return [...namespace.devices.values()].filter(isOther);
}

function bridgeOf({ namespace }: ClusterNode): NetDevice | null {
  return [...namespace.devices.values()].find((device) => device instanceof Bridge) ?? null;
}
