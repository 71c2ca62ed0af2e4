/** Runs a command by its name, as a shell would. */
import { bridge } from "./bridge.ts";
import { curl } from "./curl.ts";
import { type Command, CommandError, type Place, type Running, type Terminal } from "./command.ts";
import { ip } from "./ip.ts";
import { iptables } from "./iptables.ts";
import { ping, startPing } from "./ping.ts";
import { ss } from "./ss.ts";
import { readTcpdumpWords, tcpdumpAnswer } from "./tcpdump-options.ts";
import { Tcpdump } from "./tcpdump.ts";
import { traceroute } from "./traceroute.ts";

/** What a pod or a node has on its path and ends by itself. */
const COMMANDS: Readonly<Record<string, Command>> = { ip, bridge, ss, ping, traceroute, curl, iptables };

/** All names that `runCommand` and `startCommand` know. */
export const COMMAND_NAMES: readonly string[] = [...Object.keys(COMMANDS), "tcpdump"];

/** What a shell answers when nothing has this name. */
const NOT_FOUND = 127;

/** Runs a command to its end. @returns its exit code; what the original says of an error goes to standard error. */
export function runCommand(place: Place, [name = "", ...words]: readonly string[], terminal: Terminal): number {
  return catchErrors(terminal, () => {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (name === "tcpdump") return tcpdumpAlone(place, words, terminal);
    if (command === undefined)
      throw new CommandError(`${name}: command not found (there are ${COMMAND_NAMES.join(", ")})`, NOT_FOUND);
    return command(place, words, terminal);
  });
}

/** What needs no packets is answered; what is wrong is told before the want of company is. */
function tcpdumpAlone(place: Place, words: readonly string[], terminal: Terminal): number {
  const answer = tcpdumpAnswer(place, words);
  if (answer === undefined) {
    readTcpdumpWords(place, words);
    throw new CommandError("tcpdump: expected another command to run beside it, found none", 1);
  }
  terminal.out(answer);
  return 0;
}

/** Starts a command that goes on while others run: tcpdump, ping. Null when it could not be started, which it has said. */
export function startCommand(
  place: Place,
  [name = "", ...words]: readonly string[],
  terminal: Terminal,
): Running | null {
  let started: Running | null = null;
  catchErrors(terminal, () => {
    if (name === "ping") {
      started = startPing(place, words, terminal);
      return 0;
    }
    if (name !== "tcpdump")
      throw new CommandError(`${name}: expected tcpdump or ping to run beside another command`, 1);
    const answer = tcpdumpAnswer(place, words);
    if (answer === undefined) started = new Tcpdump(place, words, terminal);
    else terminal.out(answer);
    return 0;
  });
  return started;
}

function catchErrors(terminal: Terminal, run: () => number): number {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    terminal.error(`${error.message}\n`);
    return error.exitCode;
  }
}
