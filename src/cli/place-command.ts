/** `podwire curl` and `podwire traceroute`: commands of a pod, without `exec` around them. */
import { runCommand } from "../commands/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openCluster } from "./cluster-options.ts";
import { readCommandLine } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { placeOf } from "./exec.ts";
import { print, printError, textPrinter } from "./output.ts";
import { Session } from "./session.ts";
import { standardTerminal } from "./standard-terminal.ts";

interface Wrapped {
  readonly name: "curl" | "traceroute";
  readonly operand: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, { readonly type: "boolean" | "string"; readonly short: string }>>;
  readonly help: string;
}

const CURL: Wrapped = {
  name: "curl",
  operand: "URL",
  summary: "Asks for a URL over HTTP from a pod or node, on TCP that the pods speak",
  options: {
    verbose: { type: "boolean", short: "v" },
    silent: { type: "boolean", short: "s" },
    request: { type: "string", short: "X" },
    data: { type: "string", short: "d" },
    header: { type: "string", short: "H" },
    "max-time": { type: "string", short: "m" },
    head: { type: "boolean", short: "I" },
    fail: { type: "boolean", short: "f" },
    output: { type: "string", short: "o" },
    "show-error": { type: "boolean", short: "S" },
  },
  help: `  URL            http://10.244.2.20:8080/, or with the name of a pod or node: http://backend:8080/
  -v             (--verbose) tell what happens, on standard error
  -s             (--silent) say nothing of errors
  -X METHOD, -d DATA, -H HEADER, -m SECONDS, -I, -f, -o FILE, -S
                 (--request, --data, --header, --max-time, --head, --fail, --output, --show-error) as the original's
`,
};

const TRACEROUTE: Wrapped = {
  name: "traceroute",
  operand: "DESTINATION",
  summary: "Finds the routers between a pod or node and a destination, by UDP datagrams whose time to live runs out",
  options: {
    numeric: { type: "boolean", short: "n" },
    "max-hops": { type: "string", short: "m" },
    queries: { type: "string", short: "q" },
  },
  help: `  DESTINATION    a pod or node, by name or address, or any IPv4 address
  -n             (--numeric) addresses without names
  -m HOPS        (--max-hops) the largest time to live (default 30)
  -q PROBES      (--queries) datagrams for each (default 3)
`,
};

/** @throws UsageError, Failure */
export function curl(arguments_: readonly string[]): number {
  return run(CURL, arguments_);
}

/** @throws UsageError, Failure */
export function traceroute(arguments_: readonly string[]): number {
  return run(TRACEROUTE, arguments_);
}

function run({ name, operand, summary, options, help }: Wrapped, arguments_: readonly string[]): number {
  const commandLine = readCommandLine(name, arguments_, {
    ...CLUSTER_OPTIONS,
    ...options,
    help: { type: "boolean", short: "h" },
  });
  const { values, positionals } = commandLine;
  if (values["help"] === true)
    return print(
      `${summary}.\n\nUsage: podwire ${name} SOURCE ${operand} [OPTION...]\n\n  SOURCE         a pod or node, by name or address\n${help}${CLUSTER_HELP}\nExits as the original does, 2 when the command line is wrong.\n`,
    );
  const [source, target, ...others] = positionals;
  if (source === undefined || target === undefined || others.length > 0)
    throw new UsageError(
      `${name}: expected SOURCE and ${operand}, found ${positionals.length === 0 ? "neither" : positionals.join(" ")}: see podwire ${name} --help`,
    );
  const words = Object.entries(options).flatMap(([option, { short }]) => {
    const value = values[option];
    return value === undefined ? [] : value === true ? [`-${short}`] : [`-${short}`, String(value)];
  });
  const file = values["write"] as string | undefined;
  const about = [name, ...arguments_].join(" ");
  const session = new Session(openCluster(commandLine), file, about, [], values["interface"] as string);
  const place = placeOf(name, session, source);
  const status = session.run(() => runCommand(place, [name, ...words, target], standardTerminal(textPrinter(file))));
  for (const line of session.captureSummary()) printError(`${line}\n`);
  return status;
}
