/** `ping`, as iputils has it. */
import { RouteType } from "../datapath/index.ts";
import type { Host, PathMtuDiscovery, Ping, PingOptions } from "../host/index.ts";
import type { Cluster } from "../kubernetes/index.ts";
import { isLimitedBroadcast } from "../wire/index.ts";
import { type Command, CommandError, type Place, type Running, type Terminal } from "./command.ts";
import { findDestination } from "./destination.ts";
import { isLocalError, PingText } from "./ping-text.ts";
import { routeRefusal } from "./route-text.ts";
import { numberOption, readWordOptions, type WordOptions } from "./word-options.ts";

/** Requests where the original would go on until somebody stops it. */
const USUAL_COUNT = 4;

/** Sequence numbers have 16 bits. */
const LARGEST_COUNT = 65_535;

const HINTS = ["do", "want", "dont"] as const;

const USAGE = `
Usage
  ping [options] <destination>

Options:
  <destination>      name of a pod or node, or an IPv4 address
  -c <count>         stop after <count> replies (${USUAL_COUNT} where the original goes on, unless -w ends it or it runs beside others)
  -h                 print help and exit
  -i <interval>      seconds between sending each packet
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -q                 quiet output
  -s <size>          use <size> as number of data bytes to be sent
  -t <ttl>           define time to live
  -w <deadline>      end after <deadline> seconds, at an error, or when -c packets were answered
  -W <timeout>       time to wait for the last response, while there was none, in seconds
  -4                 use IPv4
`;

/** `ping [-c COUNT] [-w DEADLINE] ... DESTINATION`: 0 when a reply came (with -c and -w: all), 1 when none did, 2 when nothing could be sent. */
export const ping: Command = (place, words, terminal) => {
  const { running, close } = beginPing(place, words, terminal, USUAL_COUNT);
  while (!running.isDone) place.cluster.engine.step();
  return close();
};

/** Starts one that goes on while time passes: until it is stopped, where no option ends it. @throws CommandError */
export function startPing(place: Place, words: readonly string[], terminal: Terminal): Running {
  const { running, close } = beginPing(place, words, terminal, LARGEST_COUNT);
  let isClosed = false;
  return {
    get isDone(): boolean {
      return running.isDone;
    },
    stop(): void {
      running.stop();
      if (!isClosed) close();
      isClosed = true;
    },
  };
}

interface BegunPing {
  readonly running: Ping;
  /** Tells what it came to. @returns the exit code */
  readonly close: () => number;
}

function beginPing(place: Place, words: readonly string[], terminal: Terminal, usualCount: number): BegunPing {
  const options = readWordOptions("ping", words, "c:s:i:t:M:W:w:qn4h");
  if (options.values.has("h")) throw new CommandError(USAGE.trimEnd(), 2);
  if (options.operands.length !== 1) throw new CommandError("ping: usage error: Destination address required", 1);
  const destination = findDestination("ping", place.cluster, options.operands[0]!);
  const { count, deadline, size, ...rest } = readPingOptions(options);
  checkRoute(place, destination.address);
  const text = new PingText(place.cluster, destination, size);
  const isQuiet = options.values.has("q");
  terminal.out(text.opening());
  const running = place.host.ping(destination.address, {
    // With a deadline alone, requests go out until it is over.
    count: count ?? (deadline === 0 ? usualCount : LARGEST_COUNT),
    ...(deadline !== 0 && { deadline: deadline * 1e9 }),
    size,
    ...rest,
    onEvent: (event) => {
      if (!isQuiet) (isLocalError(event) ? terminal.error : terminal.out)(text.event(event));
    },
  });
  const close = (): number => {
    terminal.out(text.closing(running));
    const isEnough = deadline === 0 || count === undefined || running.receivedCount >= count;
    return running.receivedCount > 0 && isEnough ? 0 : 1;
  };
  return { running, close };
}

/** What the options ask for; `deadline` in seconds, 0 for none, `count` undefined for none. */
interface AskedPing {
  readonly count: number | undefined;
  readonly deadline: number;
  readonly size: number;
  readonly interval: number;
  readonly linger: number;
  readonly timeToLive: number;
  readonly pathMtuDiscovery: PathMtuDiscovery;
}

function readPingOptions(options: WordOptions): AskedPing {
  const { values } = options;
  const hint = HINTS.find((word) => word === (values.get("M") ?? "want"));
  if (hint === undefined) throw new CommandError(`ping: invalid -M argument: ${values.get("M")!}`, 2);
  return {
    count: values.has("c") ? wholeOption(values, "c", 0, 1, LARGEST_COUNT) : undefined,
    deadline: wholeOption(values, "w", 0, 0, 2 ** 31 - 1),
    size: wholeOption(values, "s", 56, 0, 65_507),
    interval: numberOption("ping", options, "i", 1, 0, 3600) * 1e9,
    linger: numberOption("ping", options, "W", 10, 0.001, 86_400) * 1e9,
    timeToLive: wholeOption(values, "t", 64, 1, 255),
    pathMtuDiscovery: hint,
  };
}

/** @throws CommandError (exit code 1) as iputils for what is no whole number from minimum to maximum. */
function wholeOption(
  values: ReadonlyMap<string, string>,
  letter: string,
  usual: number,
  minimum: number,
  maximum: number,
): number {
  const text = values.get(letter);
  if (text === undefined) return usual;
  const complaint = `ping: invalid argument: '${text}'`;
  if (!/^-?\d+$/.test(text)) throw new CommandError(complaint, 1);
  const value = Number(text);
  if (value >= minimum && value <= maximum) return value;
  throw new CommandError(`${complaint}: out of range: ${minimum} <= value <= ${maximum}`, 1);
}

/** What connecting a socket comes to where a route refuses: ping asks the kernel so for its own address. */
function checkRoute({ namespace }: Place, address: number): void {
  const { type } = namespace.routes.lookup(address);
  const refused = routeRefusal(type);
  if (
    type === RouteType.BROADCAST ||
    type === RouteType.PROHIBIT ||
    (isLimitedBroadcast(address) && refused === undefined)
  )
    throw new CommandError("ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules", 2);
  if (refused !== undefined) throw new CommandError(`ping: connect: ${refused}`, 2);
}

/** Starts a ping and lets virtual time pass until all is answered or waited for in vain. */
export function pingUntilDone(cluster: Cluster, source: Host, destination: number, options: PingOptions): Ping {
  const running = source.ping(destination, options);
  while (!running.isDone) cluster.engine.step();
  return running;
}
