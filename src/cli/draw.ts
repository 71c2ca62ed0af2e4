/** `podwire draw`: the cluster as a picture, with a packet's way drawn over it. */
import { type DrawnPath, drawCluster, tracePath } from "../commands/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openCluster } from "./cluster-options.ts";
import { readCommandLine, textOption } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { placeOf } from "./exec.ts";
import { print, printError } from "./output.ts";
import { Session } from "./session.ts";
import { writeTarget } from "./text-file.ts";
import { destinationOf } from "./trace.ts";

const HELP = `Draws the cluster as an SVG picture: nodes, pods, pairs, bridges, tunnels and the underlay.

Usage: podwire draw [-o FILE.svg] [OPTION...]
       podwire draw --path SOURCE DESTINATION [-o FILE.svg] [OPTION...]

  -o FILE        (--output) where the picture goes (default: standard output)
  --path         draw a packet's way from SOURCE to DESTINATION over it, a number at each device
${CLUSTER_HELP}
Exits 1 when the file cannot be written, 2 when the command line is wrong.
`;

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  output: { type: "string", short: "o" },
  path: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws UsageError, Failure */
export function draw(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("draw", arguments_, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  const expected = values["path"] === true ? 2 : 0;
  if (positionals.length !== expected)
    throw new UsageError(
      `draw: expected ${expected === 0 ? "no argument (or --path SOURCE DESTINATION)" : "--path SOURCE DESTINATION"}, found ${positionals.length === 0 ? "none" : positionals.join(" ")}: see podwire draw --help`,
    );
  const output = textOption(commandLine, "output", "-");
  if (/\.(?!svg$)[a-z]+$/i.test(output)) throw new UsageError(`draw: expected -o FILE.svg, found ${output}`);
  const cluster = openCluster(commandLine);
  const target = values["write"] as string | undefined;
  const session = new Session(cluster, target, `draw ${arguments_.join(" ")}`, [], values["interface"] as string);
  const svg = session.run(() => drawCluster(cluster, expected === 0 ? undefined : drawnPath(session, positionals)));
  writeTarget(output, svg);
  for (const line of session.captureSummary()) printError(`${line}\n`);
  return 0;
}

/** The second of two packets: the first one has every neighbour found. */
function drawnPath(session: Session, [from = "", to = ""]: readonly string[]): DrawnPath {
  const place = placeOf("draw", session, from);
  const destination = destinationOf("draw", session.cluster, to);
  tracePath(place, destination, { protocol: "icmp" });
  return { title: `${place.name} to ${to}`, trace: tracePath(place, destination, { protocol: "icmp" }) };
}
