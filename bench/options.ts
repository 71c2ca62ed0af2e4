/** What `npm run bench` was asked for. */
import { countsOption, frameSizesOption, refuseUnused } from "../src/cli/bench-options.ts";
import { type CommandLine, oneOf, readCommandLine, seconds, textOption } from "../src/cli/command-line.ts";
import { OPTION_LIMITS, RFC_2544_FRAME_SIZES } from "../src/workload/index.ts";
import type { BenchOptions } from "./bench.ts";
import { BENCHES } from "./benches.ts";
import { SECONDS_A_POINT, SWEEPS } from "./sweeps.ts";

const NAMES = Object.keys(BENCHES);
/** Those that plots have lines of. */
const SWEPT = NAMES.filter((name) => SWEEPS.some(({ lines }) => lines.some(({ bench }) => bench === name)));

export const HELP = `Times the engine and its parts on this machine, one core.

Usage: npm run bench -- [BENCH...] [OPTION...]

  BENCH                ${NAMES.slice(0, 6).join(", ")},
                       ${NAMES.slice(6, 12).join(", ")},
                       ${NAMES.slice(12).join(", ")}; all when none is named
  --frame-sizes LIST   bytes with the check sequence, separated by commas (default 64). RFC 2544's are
                       ${RFC_2544_FRAME_SIZES.join(",")}; IMIX is the usual mix (7 of 64, 4 of 570, 1 of 1518)
  --flows LIST         up to ${OPTION_LIMITS.flows} (default 4096)
  --routes LIST        up to ${OPTION_LIMITS.routes} (default 10000 for route, a full BGP table for route-table)
  --macs LIST          up to ${OPTION_LIMITS.macs} (default 256,1024,65536 for bridge, 1024,65536,1048576 for mac-table)
  --seconds N          for each case (default 0.6), or longer until there are enough samples
  --json FILE          write the figures and their samples; - for standard output, and text goes to standard error
  --compare FILE       hold this run against one that --json wrote
  --svg DIR            plot what ${SWEPT.join(", ")} do by frame size, flows, routes, MACs and
                       devices, each timed for ${SECONDS_A_POINT} s at values of the plot's own, whatever the options above;
                       nothing is plotted for the other benches

Exits 0 when all output was right, 1 when some was not or a file cannot be read or written, 2 for a wrong command line.
`;

const OPTIONS = {
  "frame-sizes": { type: "string" },
  flows: { type: "string" },
  routes: { type: "string" },
  macs: { type: "string" },
  seconds: { type: "string" },
  json: { type: "string" },
  compare: { type: "string" },
  svg: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export interface Request {
  readonly benches: readonly string[];
  readonly options: BenchOptions;
  /** For each case. */
  readonly seconds: number;
  readonly json: string | undefined;
  readonly compare: string | undefined;
  readonly svg: string | undefined;
}

/** Null when help was asked for. @throws UsageError for a wrong command line. */
export function readRequest(arguments_: readonly string[]): Request | null {
  const commandLine = readCommandLine("", arguments_, OPTIONS, "npm run bench -- --help");
  const { values, positionals } = commandLine;
  if (values["help"] === true) return null;
  const named = positionals.map((name) => oneOf("BENCH", name, NAMES));
  const benches = named.length === 0 ? NAMES : [...new Set(named)];
  refuseUnused(commandLine, benches, BENCHES);
  return {
    benches,
    options: benchOptions(commandLine),
    seconds: seconds("--seconds", textOption(commandLine, "seconds", "0.6"), 0.05, 60),
    json: values["json"] as string | undefined,
    compare: values["compare"] as string | undefined,
    svg: values["svg"] as string | undefined,
  };
}

function benchOptions(commandLine: CommandLine): BenchOptions {
  const frameSizes = frameSizesOption(commandLine);
  const flows = countsOption(commandLine, "flows");
  const routes = countsOption(commandLine, "routes");
  const macs = countsOption(commandLine, "macs");
  return {
    ...(frameSizes !== undefined && { frameSizes }),
    ...(flows !== undefined && { flows }),
    ...(routes !== undefined && { routes }),
    ...(macs !== undefined && { macs }),
  };
}
