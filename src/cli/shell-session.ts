/** What a line of `podwire shell` does: the state that it keeps, apart from where lines come from. */
import { readdirSync } from "node:fs";
import {
  COMMAND_NAMES,
  CommandError,
  drawCluster,
  type DrawnPath,
  findDestination,
  type Place,
  type Running,
  runCommand,
  startCommand,
  Taps,
  type Terminal,
  tracePath,
} from "../commands/index.ts";
import { type Cluster, EXAMPLE_POLICY_NAME } from "../kubernetes/index.ts";
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import { Failure, UsageError } from "./errors.ts";
import { applyFiles, deleteFiles } from "./shell-policies.ts";
import { traceText } from "./trace-text.ts";
import { splitWords } from "./words.ts";

const HELP = `  WHERE COMMAND...     run a command in a pod or on a node: pod-a ping -c 1 pod-b; node-a ip route
  use WHERE            go there: commands need no WHERE then; "use" alone comes back
  WHERE tcpdump ... &  look on while other commands run; "jobs" lists what looks on, "stop [N]" ends it
  WHERE ping ... &     go on while other commands run and time passes
  wait SECONDS         let virtual time pass: entries age, timers fire
  nodes, pods          what the cluster has
  time                 the virtual clock
  apply FILE...        network policies, as kubectl apply -f: what is established goes on, new connections obey
  delete FILE...       takes the policies of these files away
  trace FROM TO        one packet's way, with the tables as they are now
  draw FILE [FROM TO]  the cluster as a picture (SVG), and the way
  exit [STATUS]        ends (as does the end of the input)

  Commands: ${COMMAND_NAMES.join(", ")}. Quotes keep spaces together; a line that begins with # is a comment.
`;

/** What the shell knows beside places and their commands. */
const BUILTINS: readonly string[] = [
  ...["apply", "delete", "draw", "exit", "help", "jobs", "nodes", "pods", "stop", "time", "trace", "use", "wait"],
];

/** Seconds that `wait` takes at most: a day. */
const LONGEST_WAIT = 86_400;

/** What a line that is wrong gives, as in a shell. */
const USAGE_STATUS = 2;

interface Job {
  readonly number: number;
  readonly line: string;
  readonly running: Running;
}

export class ShellSession {
  readonly #cluster: Cluster;
  readonly #taps: Taps;
  readonly #terminal: Terminal;
  readonly #jobs: Job[] = [];
  #jobCount = 0;
  /** Where commands run that name no place. */
  #here: string | undefined;
  /** Exit code of the last command. */
  status = 0;
  hasEnded = false;

  constructor(cluster: Cluster, taps: Taps, terminal: Terminal) {
    this.#cluster = cluster;
    // As a node's kernel does: policies that come later find what is established.
    cluster.policies.track();
    this.#taps = taps;
    this.#terminal = terminal;
  }

  get prompt(): string {
    return `${this.#here ?? "podwire"}> `;
  }

  /** Does what a line says. What is wrong with it is told on standard error. */
  run(line: string): void {
    if (/^\s*(#|$)/.test(line)) return;
    try {
      this.status = this.#runWords(splitWords(line), line.trim());
    } catch (error) {
      const isExpected = [UsageError, RangeError, Failure, CommandError].some((kind) => error instanceof kind);
      if (!isExpected || !(error instanceof Error)) throw error;
      this.#terminal.error(`${error.message}\n`);
      this.status = USAGE_STATUS;
    }
    for (const job of this.#jobs.filter(({ running }) => running.isDone)) this.#end(job);
  }

  #runWords(words: readonly string[], line: string): number {
    const [first = "", ...rest] = words;
    switch (first) {
      case "apply":
        return applyFiles(this.#cluster, rest, this.#terminal);
      case "delete":
        return deleteFiles(this.#cluster, rest, this.#terminal);
      case "help":
        return this.#say(HELP);
      case "exit":
        return this.#exit(rest[0]);
      case "trace":
        return this.#trace(rest);
      case "draw":
        return this.#draw(rest);
      case "use":
        this.#here = rest[0] === undefined ? undefined : this.#place(rest[0]).name;
        return 0;
      case "nodes":
        return this.#say(this.#nodes());
      case "pods":
        return this.#say(this.#pods());
      case "time":
        return this.#say(`${(this.#cluster.engine.now / 1e9).toFixed(9)} s\n`);
      case "wait":
        return this.#wait(rest[0]);
      case "jobs":
        return this.#say(this.#jobs.map((job) => `[${job.number}] ${job.line}\n`).join(""));
      case "stop":
        return this.#stop(rest[0]);
      default:
        return this.#runIn(words, line);
    }
  }

  #exit(text: string | undefined): number {
    if (text !== undefined && !/^\d{1,3}$/.test(text))
      throw new UsageError(`expected exit with a number, found ${text}`);
    this.hasEnded = true;
    return text === undefined ? this.status : Number(text) & 0xff;
  }

  #trace(words: readonly string[]): number {
    const [from, to, ...others] = words;
    if (from === undefined || to === undefined || others.length > 0)
      throw new UsageError(`expected trace FROM TO, found trace ${words.join(" ")}`.trim());
    const place = this.#place(from);
    const destination = findDestination("trace", this.#cluster, to).address;
    const probe = { protocol: "icmp" } as const;
    const traced = tracePath(place, destination, probe);
    this.#terminal.out(traceText(this.#cluster, place, destination, probe, traced));
    return traced.end === "answered" ? 0 : 1;
  }

  #draw(words: readonly string[]): number {
    const [file, from, to, ...others] = words;
    if (file?.endsWith(".svg") !== true || (from === undefined) !== (to === undefined) || others.length > 0)
      throw new UsageError(`expected draw FILE.svg [FROM TO], found draw ${words.join(" ")}`.trim());
    const path = from === undefined ? undefined : this.#drawnPath(from, to!);
    const output = this.#terminal.create(file);
    output.write(new TextEncoder().encode(drawCluster(this.#cluster, path)));
    output.finish();
    return 0;
  }

  #drawnPath(from: string, to: string): DrawnPath {
    const destination = findDestination("draw", this.#cluster, to).address;
    return { title: `${from} to ${to}`, trace: tracePath(this.#place(from), destination, { protocol: "icmp" }) };
  }

  #say(text: string): number {
    this.#terminal.out(text);
    return 0;
  }

  /** A command here, or in the place that its first word names; `podwire`'s own way of writing it will do too. */
  #runIn(words: readonly string[], line: string): number {
    const isCommand = COMMAND_NAMES.includes(words[0]!);
    if (isCommand && this.#here === undefined)
      throw new UsageError(`expected a pod or node before ${words[0]!}: pod-a ${line} (or: use pod-a)`);
    const named = words[0] === "exec" || words[0] === "node" ? words.slice(1) : words;
    const [where, command] = isCommand ? [this.#here!, words] : [named[0] ?? "", named.slice(1)];
    const place = this.#place(where);
    const plain = command[0] === "--" ? command.slice(1) : command;
    if (plain.length === 0) throw new UsageError(`expected a command (${COMMAND_NAMES.join(", ")}) behind ${where}`);
    if (plain.includes("|") || plain.includes(">"))
      throw new UsageError(
        `expected one command, found ${plain.includes("|") ? "a pipe" : "a redirection"}: there is none here`,
      );
    if (plain.at(-1) !== "&") return runCommand(place, plain, this.#terminal);
    const running = startCommand(place, plain.slice(0, -1), this.#terminal);
    if (running === null) return 1;
    const job = { number: ++this.#jobCount, line, running };
    this.#jobs.push(job);
    return this.#say(`[${job.number}]\n`);
  }

  #place(text: string): Place {
    const { name, host } = this.#cluster.endpoint(text.replace(/^(pod|po|node|no)\//, ""));
    return { cluster: this.#cluster, name, host, namespace: host.namespace, taps: this.#taps };
  }

  #wait(text: string | undefined): number {
    const seconds = text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (!(seconds <= LONGEST_WAIT))
      throw new UsageError(`expected wait with 0 to ${LONGEST_WAIT} seconds, found ${text ?? "nothing"}`);
    const { engine } = this.#cluster;
    engine.run(engine.now + seconds * 1e9);
    return 0;
  }

  #stop(text: string | undefined): number {
    const job = text === undefined ? this.#jobs.at(-1) : this.#jobs.find(({ number }) => String(number) === text);
    if (job === undefined) throw new UsageError(`expected a job to stop, found ${text ?? "none that runs"}: see jobs`);
    this.#end(job);
    return 0;
  }

  #end(job: Job): void {
    job.running.stop();
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
  }

  /** Ends what looks on. */
  end(): void {
    for (const { running } of this.#jobs.splice(0)) running.stop();
  }

  #nodes(): string {
    return this.#cluster.nodes
      .map(
        ({ name, address, podCidr }) =>
          `${name.padEnd(20)} ${formatIpv4(address).padEnd(15)} ${formatPrefix(podCidr)}\n`,
      )
      .join("");
  }

  #pods(): string {
    return this.#cluster.pods
      .map(({ fullName, address, node }) => `${fullName.padEnd(30)} ${formatIpv4(address).padEnd(15)} ${node.name}\n`)
      .join("");
  }

  /** For readline: the words that may stand where the line ends, and what they replace. */
  complete(line: string): [string[], string] {
    const words = line.trimStart().split(/\s+/);
    const last = words.at(-1) ?? "";
    const [first = ""] = words;
    const places = [...this.#cluster.pods, ...this.#cluster.nodes].map(({ name }) => name);
    const isPlace = places.includes(first);
    const candidates =
      words.length === 1
        ? [...BUILTINS, ...places, ...(this.#here === undefined ? [] : COMMAND_NAMES)]
        : words.length === 2 && isPlace
          ? COMMAND_NAMES
          : first === "apply" || first === "delete"
            ? policyFileNames()
            : [...this.#deviceNames(isPlace ? first : this.#here), ...places];
    return [candidates.filter((word) => word.startsWith(last)).sort(), last];
  }

  #deviceNames(where: string | undefined): string[] {
    return where === undefined ? [] : [...this.#place(where).namespace.devices.keys()];
  }
}

/** What may be a file of policies, here. */
function policyFileNames(): string[] {
  return [EXAMPLE_POLICY_NAME, ...readdirSync(".").filter((name) => /\.(json|ya?ml)$/.test(name))];
}
