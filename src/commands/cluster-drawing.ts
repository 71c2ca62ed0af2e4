/** A cluster as a picture (SVG): nodes, pods, pairs, bridges, tunnels, the underlay, and a path drawn over it. */
import { type NetDevice, Veth } from "../datapath/index.ts";
import type { Cluster } from "../kubernetes/index.ts";
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import {
  type Box,
  type ClusterLayout,
  type DeviceLayout,
  layOut,
  type NodeLayout,
  type PodLayout,
  type Point,
  type SegmentLayout,
} from "./cluster-layout.ts";
import type { PathTrace } from "./path-trace.ts";

/** What is drawn over the cluster. */
export interface DrawnPath {
  readonly title: string;
  readonly trace: PathTrace;
}

const TITLE_HEIGHT = 34;
const LEGEND_LINE = 18;

const STYLE = `
  text { font: 12px ui-sans-serif, system-ui, "DejaVu Sans", sans-serif; fill: #1f2933; }
  .title { font-size: 17px; font-weight: 600; }
  .name { font-weight: 600; }
  .small { font-size: 10.5px; fill: #52606d; }
  .node { fill: #f5f7fa; stroke: #9aa5b1; }
  .pod { fill: #e3f8ff; stroke: #2bb0ed; }
  .tunnel { fill: #fffbea; stroke: #de911d; }
  .uplink { fill: #e3e7eb; stroke: #52606d; }
  .pair { stroke: #2bb0ed; stroke-width: 1.2; }
  .bridge { stroke: #127fbf; stroke-width: 5; stroke-linecap: round; }
  .routes { stroke: #7b8794; stroke-width: 2; stroke-dasharray: 5 4; }
  .cable { stroke: #52606d; stroke-width: 1.6; }
  .underlay { stroke: #52606d; stroke-width: 6; stroke-linecap: round; }
  .path { fill: none; stroke: #e12d39; stroke-width: 2.5; stroke-linejoin: round; }
  .hop { fill: #e12d39; }
  .end { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  .number { fill: #ffffff; font-size: 10px; font-weight: 600; text-anchor: middle; }
`;

/** @returns the picture's text: an SVG document */
export function drawCluster(cluster: Cluster, path?: DrawnPath): string {
  const layout = layOut(cluster, TITLE_HEIGHT);
  const steps = path === undefined ? [] : stepsOf(layout, path.trace);
  const legend = steps.map(
    ({ device, text }, index) => `${index + 1}  ${device.fullName}${text === "" ? "" : `: ${text}`}`,
  );
  const height = layout.height + legend.length * LEGEND_LINE + (legend.length > 0 ? LEGEND_LINE : 0);
  const width = Math.max(layout.width, 480, ...legend.map((line) => Math.min(line.length, LEGEND_LENGTH) * 6.6 + 48));
  const title = `${cluster.nodes.length} nodes, ${cluster.pods.length} pods, ${cluster.cni.name}${path === undefined ? "" : `: ${path.title}`}`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}">`,
    `<style>${STYLE}</style>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text({ x: 24, y: 30 }, title, "title"),
    ...layout.segments.map((segment) => drawSegment(segment, layout.isDense)),
    drawSteps(steps),
    ...(layout.isDense ? endNames(steps) : []),
    ...legend.map((line, index) =>
      text({ x: 24, y: layout.height + (index + 0.5) * LEGEND_LINE }, shorten(line, LEGEND_LENGTH), ""),
    ),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

/** Characters of a line below the picture. */
const LEGEND_LENGTH = 170;

function shorten(line: string, length: number): string {
  return line.length <= length ? line : `${line.slice(0, length - 3)}...`;
}

function drawSegment({ name, nodes, lines, trunk }: SegmentLayout, isDense: boolean): string {
  const [first, last] = [lines[0], lines.at(-1)];
  const parts = lines.map(({ y, from, to }) => line({ x: from, y }, { x: to, y }, "underlay"));
  if (first !== undefined && last !== undefined && lines.length > 1)
    parts.push(line({ x: trunk, y: first.y }, { x: trunk, y: last.y }, "underlay"));
  if (last !== undefined) parts.push(text({ x: trunk + 4, y: last.y + 18 }, name, "small"));
  return [...parts, ...nodes.map((node) => drawNode(node, isDense))].join("\n");
}

function drawNode(layout: NodeLayout, isDense: boolean): string {
  const { node, box, pods, bridge, lines, trunk, devices, port } = layout;
  const joint = bridge === null ? "routes" : "bridge";
  const out = devices.at(-1)!.box;
  const bottom = lines.at(-1)?.y ?? box.y + 40;
  const label = bridge === null ? "a route to each pod" : `${bridge.name}${addressOf(bridge)}`;
  return [
    rectangle(box, "node", 8),
    text({ x: box.x + 16, y: box.y + 18 }, node.name, "name"),
    text({ x: box.x + 16, y: box.y + 32 }, `pods ${formatPrefix(node.podCidr)}`, "small"),
    ...lines.map(({ y, from, to }) => line({ x: from, y }, { x: to, y }, joint)),
    line({ x: trunk, y: lines[0]?.y ?? bottom }, { x: trunk, y: out.y + out.height }, joint),
    text({ x: trunk + 10, y: bottom + 15 }, label, "small"),
    ...pods.map((pod) => drawPod(pod, isDense)),
    line({ x: trunk, y: out.y + out.height }, bottomOf(out), "cable"),
    ...devices.map(drawDevice),
    line({ x: port.x, y: out.y + out.height }, port, "cable"),
  ].join("\n");
}

function drawPod({ pod, box, inside, outside }: PodLayout, isDense: boolean): string {
  const about = `${pod.fullName} ${formatIpv4(pod.address)}`;
  const pair = line(inside, outside, "pair");
  if (isDense) return `<g><title>${escape(about)}</title>${rectangle(box, "pod", 3)}${pair}</g>`;
  const name = text({ x: box.x + 8, y: box.y + 17 }, shorten(pod.name, 15), "name");
  const address = text({ x: box.x + 8, y: box.y + 33 }, formatIpv4(pod.address), "small");
  return `<g><title>${escape(about)}</title>${rectangle(box, "pod", 5)}${pair}${name}${address}</g>`;
}

function drawDevice({ device, box }: DeviceLayout): string {
  const kind = device.kind === "veth" ? "uplink" : "tunnel";
  return [
    rectangle(box, kind, 4),
    text({ x: box.x + 8, y: box.y + 16 }, device.name, "name"),
    text({ x: box.x + 8, y: box.y + 31 }, `${addressOf(device).trim()} mtu ${device.mtu}`.trim(), "small"),
  ].join("\n");
}

function addressOf(device: NetDevice): string {
  const [first] = device.namespace.addresses.list(device);
  return first === undefined ? "" : ` ${formatIpv4(first.address)}`;
}

/** A place that a packet comes by, and the x of the line that leads from there to others. */
interface Stop {
  readonly at: Point;
  readonly trunk: number;
}

/** A device on the way, once for each time that the packet comes by. */
interface Step extends Stop {
  readonly device: NetDevice;
  readonly text: string;
}

function stepsOf(layout: ClusterLayout, { there }: PathTrace): Step[] {
  const steps: Step[] = [];
  for (const { device, comment } of there.hops) {
    const previous = steps.at(-1);
    if (previous?.device === device) continue;
    const stop = stopOf(layout, device) ?? previous;
    if (stop !== undefined) steps.push({ device, at: stop.at, trunk: stop.trunk, text: comment });
  }
  return steps;
}

/** Where a device is in the picture. */
function stopOf({ segments }: ClusterLayout, device: NetDevice): Stop | undefined {
  for (const segment of segments)
    for (const layout of segment.nodes) {
      const pod = layout.pods.find(({ pod: { namespace } }) => device.namespace === namespace);
      if (device.namespace === layout.node.namespace) return stopInNode(layout, device);
      if (pod !== undefined) return { at: pod.inside, trunk: layout.trunk };
      const { uplink } = layout.node;
      if (uplink instanceof Veth && uplink.peer === device) return { at: layout.port, trunk: segment.trunk };
    }
  return undefined;
}

function stopInNode({ pods, bridge, lines, trunk, devices }: NodeLayout, device: NetDevice): Stop | undefined {
  const own = devices.find((layout) => layout.device === device);
  if (own !== undefined) return { at: bottomOf(own.box), trunk };
  if (device instanceof Veth) {
    const pod = pods.find(({ pod: { namespace } }) => device.peer.namespace === namespace);
    if (pod !== undefined) return { at: pod.outside, trunk };
    // A pair within the node: one end is the bridge's, the other one belongs to what stands behind it.
    const behind = devices.find((layout) => layout.device.name === device.name.replace(/^.*-/, ""));
    if (device.port === null && behind !== undefined) return { at: bottomOf(behind.box), trunk };
    return { at: { x: trunk, y: (lines.at(-1)?.y ?? 0) + 24 }, trunk };
  }
  if (device !== bridge && device.kind !== "bridge") return undefined;
  return { at: { x: trunk, y: (lines.at(-1)?.y ?? 0) + 24 }, trunk };
}

/** Lines between devices run along their lower edges, clear of their texts. */
function bottomOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height };
}

/** The corners between two stops: along a line to the trunk, and along that. */
function corners(from: Stop, to: Stop): Point[] {
  if (from.at.x === to.at.x || from.at.y === to.at.y) return [];
  return [
    { x: to.trunk, y: from.at.y },
    { x: to.trunk, y: to.at.y },
  ];
}

/** Where pods are too small for names, those at the ends of the way have theirs beside the first and last number. */
function endNames(steps: readonly Step[]): string[] {
  const ends = [...new Set([steps[0], steps.at(-1)])].filter((step) => step !== undefined);
  return ends.map(({ at, device }) => text({ x: at.x + 12, y: at.y + 4 }, device.namespace.name, "name end"));
}

/** The way as a line, and a number at each device; numbers that would cover each other stand side by side. */
function drawSteps(steps: readonly Step[]): string {
  if (steps.length === 0) return "";
  const points = steps.flatMap((step, index) => [...(index === 0 ? [] : corners(steps[index - 1]!, step)), step.at]);
  const taken = new Map<string, number>();
  const numbers = steps.map(({ at }, index) => {
    const key = `${round(at.x)},${round(at.y)}`;
    const place = taken.get(key) ?? 0;
    taken.set(key, place + 1);
    const x = at.x + 18 * place;
    return `<circle class="hop" cx="${round(x)}" cy="${round(at.y)}" r="8"/>${text({ x, y: at.y + 3.5 }, String(index + 1), "number")}`;
  });
  const way = points.map(({ x, y }) => `${round(x)},${round(y)}`).join(" ");
  return `<polyline class="path" points="${way}"/>\n${numbers.join("\n")}`;
}

function rectangle({ x, y, width, height }: Box, kind: string, radius: number): string {
  return `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>`;
}

function line(from: Point, to: Point, kind: string): string {
  return `<line class="${kind}" x1="${round(from.x)}" y1="${round(from.y)}" x2="${round(to.x)}" y2="${round(to.y)}"/>`;
}

function text({ x, y }: Point, content: string, kind: string): string {
  const attribute = kind === "" ? "" : ` class="${kind}"`;
  return `<text${attribute} x="${round(x)}" y="${round(y)}">${escape(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(content: string): string {
  return content.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
