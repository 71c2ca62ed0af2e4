/** `ping`, as iputils has it. */
import type { Host, Ping, PingOptions } from "../host/index.ts";
import type { Cluster } from "../kubernetes/index.ts";
import { type Command, CommandError } from "./command.ts";
import { findDestination } from "./destination.ts";
import { PingText } from "./ping-text.ts";
import { numberOption, readWordOptions } from "./word-options.ts";

/** Requests where the original would go on until somebody stops it. */
const USUAL_COUNT = 4;

const HINTS = ["do", "want", "dont"] as const;

/** `ping [-c COUNT] [-s BYTES] [-i SECONDS] [-t TTL] [-M do|want|dont] [-q] [-n] DESTINATION`: 0 when a reply came, 1 when none did. */
export const ping: Command = (place, words, terminal) => {
  const options = readWordOptions("ping", words, "c:s:i:t:M:W:w:qn4");
  if (options.operands.length !== 1) throw new CommandError("ping: usage error: Destination address required", 1);
  const destination = findDestination("ping", place.cluster, options.operands[0]!);
  const size = numberOption("ping", options, "s", 56, 0, 65_507);
  const hint = HINTS.find((word) => word === (options.values.get("M") ?? "want"));
  if (hint === undefined) throw new CommandError(`ping: invalid -M argument: ${options.values.get("M")!}`, 2);
  const text = new PingText(place.cluster, destination, size);
  const isQuiet = options.values.has("q");
  terminal.out(text.opening());
  const result = pingUntilDone(place.cluster, place.host, destination.address, {
    count: numberOption("ping", options, "c", USUAL_COUNT, 1, 65_535),
    size,
    interval: numberOption("ping", options, "i", 1, 0, 3600) * 1e9,
    timeToLive: numberOption("ping", options, "t", 64, 1, 255),
    pathMtuDiscovery: hint,
    onEvent: (event) => {
      if (!isQuiet) terminal.out(text.event(event));
    },
  });
  terminal.out(text.closing(result));
  return result.receivedCount > 0 ? 0 : 1;
};

/** Starts a ping and lets virtual time pass until all is answered or waited for in vain. */
export function pingUntilDone(cluster: Cluster, source: Host, destination: number, options: PingOptions): Ping {
  const running = source.ping(destination, options);
  while (!running.isDone) cluster.engine.step();
  return running;
}
