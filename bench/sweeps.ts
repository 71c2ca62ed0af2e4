/** Throughput against frame size, flows, routes, MACs and devices: what is timed for the plots. */
import { type BenchResult, figures, type Machine } from "../src/cli/bench-result.ts";
import { counted, findFrameSize, OPTION_LIMITS, RFC_2544_FRAME_SIZES, wireBits } from "../src/workload/index.ts";
import type { BenchOptions } from "./bench.ts";
import { CHAIN_LENGTHS } from "./path.ts";
import type { Plot, Series } from "./plot.ts";

/** For a point of a plot: many points make a line, and one of them need not be exact. */
export const SECONDS_A_POINT = 0.25;

/** One plot, and the runs that give its points. */
export interface Sweep {
  /** The file's name, without ending. */
  readonly name: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly values: readonly number[];
  /** What makes the lines: benches, and which of their cases. */
  readonly lines: readonly SweepLine[];
  readonly options: (value: number) => BenchOptions;
  readonly y: (result: BenchResult) => number;
}

interface SweepLine {
  readonly name: string;
  readonly bench: string;
  readonly isCase: (caseName: string, value: number) => boolean;
}

const BRIDGE: SweepLine = { name: "bridge", bench: "bridge", isCase: (name) => name.endsWith("MACs") };
const ROUTE: SweepLine = { name: "route", bench: "route", isCase: (name) => /\d routes?, /.test(name) };
const VXLAN: SweepLine = {
  name: "VXLAN in and out",
  bench: "vxlan",
  isCase: (name) => name.startsWith("encapsulate and decapsulate"),
};
const ONE_NODE: SweepLine = {
  name: "pod to pod, one node",
  bench: "pod-to-pod",
  isCase: (name) => name.startsWith("one node"),
};
const ACROSS_NODES: SweepLine = {
  name: "pod to pod, across nodes",
  bench: "pod-to-pod",
  isCase: (name) => name.startsWith("across nodes") && !name.includes("slots"),
};

const BRIDGES: SweepLine = {
  name: "bridges",
  bench: "path",
  isCase: (name, count) => name === counted(count, "bridge"),
};
const ROUTERS: SweepLine = {
  name: "routers",
  bench: "path",
  isCase: (name, count) => name === counted(count, "router"),
};

const gigabits = (result: BenchResult): number => (wireBits(result.frameLength) * figures(result)!.bestMops) / 1000;
const millions = (result: BenchResult): number => figures(result)!.bestMops;
const MILLIONS = "million packets a second";

export const SWEEPS: readonly Sweep[] = [
  {
    name: "frame-size",
    title: "Throughput by frame size",
    xLabel: "frame size in bytes, check sequence included",
    yLabel: "Gbit/s on the wire",
    values: RFC_2544_FRAME_SIZES,
    lines: [BRIDGE, ROUTE, VXLAN, ONE_NODE, ACROSS_NODES],
    options: (value) => ({ frameSizes: [findFrameSize(String(value))!], macs: [256] }),
    y: gigabits,
  },
  {
    name: "flows",
    title: "Throughput by flows, 64-byte frames",
    xLabel: "flows; from 4,096 on, as many packets in flight",
    yLabel: MILLIONS,
    values: [1, 16, 256, 4096, 16_384, OPTION_LIMITS.flows],
    lines: [ROUTE, VXLAN, ONE_NODE, ACROSS_NODES],
    options: (value) => ({ flows: [value] }),
    y: millions,
  },
  {
    name: "routes",
    title: "Throughput of a router by routes, 64-byte frames, 4,096 flows",
    xLabel: "routes",
    yLabel: MILLIONS,
    values: [10, 100, 1000, 10_000, 100_000, OPTION_LIMITS.routes],
    lines: [ROUTE],
    options: (value) => ({ routes: [value] }),
    y: millions,
  },
  {
    name: "macs",
    title: "Throughput of a bridge by MACs, 64-byte frames",
    xLabel: "MACs",
    yLabel: MILLIONS,
    values: [16, 256, 4096, 65_536, OPTION_LIMITS.macs],
    lines: [BRIDGE],
    options: (value) => ({ macs: [value] }),
    y: millions,
  },
  {
    name: "devices",
    title: "Time by devices on the way, 64-byte frames",
    xLabel: "devices, one behind the other",
    yLabel: "nanoseconds a packet",
    values: CHAIN_LENGTHS,
    lines: [BRIDGES, ROUTERS],
    options: () => ({}),
    y: (result) => 1000 / figures(result)!.bestMops,
  },
];

/** How a line of a sweep has one of its points timed: the case's number of the bench and its options. */
export type TimeCase = (bench: string, options: BenchOptions, isCase: (caseName: string) => boolean) => BenchResult;

/** The sweeps that have lines of these benches. */
export function sweepsOf(benches: readonly string[]): Sweep[] {
  return SWEEPS.filter(({ lines }) => lines.some(({ bench }) => benches.includes(bench)));
}

/** Times all points of a sweep; `benches` limits its lines. */
export function runSweep(sweep: Sweep, benches: readonly string[], machine: Machine, time: TimeCase): Plot {
  const lines = sweep.lines.filter(({ bench }) => benches.includes(bench));
  const series = lines.map(({ name, bench, isCase }): Series => {
    const points = sweep.values.map(
      (value) => [value, sweep.y(time(bench, sweep.options(value), (name) => isCase(name, value)))] as const,
    );
    return { name, points };
  });
  const { title, xLabel, yLabel } = sweep;
  return { title, subtitle: `${machine.cpu}, one core, Node ${machine.node}`, xLabel, yLabel, series };
}
