/** `curl`, for the HTTP that pods speak: the body on standard output, and with -v what happened on standard error. */
import {
  type HttpEvent,
  type HttpExchange,
  httpGet,
  type HttpRequestOptions,
  type HttpResponseHead,
  type HttpTarget,
  parseHttpUrl,
} from "../host/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import { type Command, CommandError, type Terminal } from "./command.ts";
import { findDestination } from "./destination.ts";
import { numberOption, readWordOptions, type WordOptions } from "./word-options.ts";

/** curl's exit codes (curl(1), EXIT CODES). */
const EXIT_CODES: Readonly<Record<string, number>> = {
  refused: 7,
  unreachable: 7,
  timeout: 28,
  reset: 56,
  empty: 52,
  partial: 18,
  malformed: 1,
};

/** A URL that curl cannot read, and a host that it cannot find. */
const BAD_URL = 3;
const UNKNOWN_HOST = 6;
const HTTP_ERROR = 22;

/** `curl [-v] [-s] [-i] [-I] [-f] [-X METHOD] [-d DATA] [-H HEADER] [-m SECONDS] [-o FILE] URL`. */
export const curl: Command = (place, words, terminal) => {
  const options = readWordOptions("curl", splitLongOptions(words), "vsSifIkLX:d:H:m:o:4");
  const [url, ...others] = options.operands;
  if (url === undefined || others.length > 0) throw new CommandError("curl: (2) no URL specified", 2);
  const target = findTarget(url, (name) => findDestination("curl", place.cluster, name).address);
  const transcript = new Transcript(terminal, options);
  const exchange = httpGet(place.host, target, {
    ...requestOptions(options),
    onEvent: (event) => transcript.tell(event),
  });
  while (!exchange.isDone && place.cluster.engine.step());
  // The connection is closed in its own time: who looks at a capture wants to see it end.
  place.cluster.engine.run(place.cluster.engine.now + 1e9);
  return transcript.end(exchange);
};

/** What people write out: only those that have a letter. */
const LONG_OPTIONS: Readonly<Record<string, string>> = {
  "--verbose": "-v",
  "--silent": "-s",
  "--include": "-i",
  "--head": "-I",
  "--fail": "-f",
  "--request": "-X",
  "--data": "-d",
  "--header": "-H",
  "--max-time": "-m",
  "--output": "-o",
  "--connect-timeout": "-m",
};

function splitLongOptions(words: readonly string[]): string[] {
  return words.map((word) => {
    if (!word.startsWith("--")) return word;
    const letter = LONG_OPTIONS[word];
    if (letter === undefined) throw new CommandError(`curl: option ${word}: is unknown`, 2);
    return letter;
  });
}

/** A URL with an address, or with the name of a pod or node. */
function findTarget(url: string, addressOf: (name: string) => number): HttpTarget {
  const [, , name = ""] = /^(http:\/\/)?([^/:?]+)/i.exec(url) ?? [];
  if (/^https:/i.test(url)) throw new CommandError('curl: (1) Protocol "https" not supported: pods here speak HTTP', 1);
  let address: number;
  try {
    address = addressOf(name);
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 1) throw error;
    throw new CommandError(`curl: (${UNKNOWN_HOST}) Could not resolve host: ${name}`, UNKNOWN_HOST);
  }
  try {
    return parseHttpUrl(url.replace(name, formatIpv4(address)));
  } catch {
    throw new CommandError(`curl: (${BAD_URL}) URL using bad/illegal format or missing URL`, BAD_URL);
  }
}

function requestOptions(options: WordOptions): HttpRequestOptions {
  const { values } = options;
  const body = values.get("d");
  const header = /^([^:]+):\s*(.*)$/.exec(values.get("H") ?? "");
  const method = values.get("X") ?? (values.has("I") ? "HEAD" : undefined);
  return {
    ...(method !== undefined && { method }),
    ...(body !== undefined && { body }),
    ...(header !== null && { headers: { [header[1]!]: header[2]! } }),
    ...(values.has("m") && { timeout: numberOption("curl", options, "m", 0, 0, 86_400) * 1e9 }),
  };
}

/** What curl says of an exchange. */
class Transcript {
  readonly #terminal: Terminal;
  readonly #options: WordOptions;
  #peer = "";

  constructor(terminal: Terminal, options: WordOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  #has(letter: string): boolean {
    return this.#options.values.has(letter);
  }

  #note(text: string): void {
    if (this.#has("v")) this.#terminal.error(text);
  }

  tell(event: HttpEvent): void {
    switch (event.kind) {
      case "connecting":
        this.#peer = `${formatIpv4(event.address)} port ${event.port}`;
        this.#note(`*   Trying ${formatIpv4(event.address)}:${event.port}...\n`);
        return;
      case "connected":
        this.#note(
          `* Connected to ${formatIpv4(event.connection.remoteAddress)} (${formatIpv4(event.connection.remoteAddress)}) port ${event.connection.remotePort} (#0)\n`,
        );
        return;
      case "request":
        this.#note(marked(">", event.head));
        return;
      case "response":
        this.#note(marked("<", responseHead(event.response)));
        if (this.#has("i") || this.#has("I")) this.#terminal.out(responseHead(event.response).replaceAll("\r\n", "\n"));
        return;
      default:
    }
  }

  /** @returns the exit code */
  end({ response, error, timings, connection }: HttpExchange): number {
    if (response !== undefined) {
      const isFailure = this.#has("f") && response.status >= 400;
      if (!isFailure) this.#write(response.body);
      this.#note(`* Connection #0 to host ${formatIpv4(connection.remoteAddress)} left intact\n`);
      return isFailure ? this.#fail(HTTP_ERROR, `The requested URL returned error: ${response.status}`) : 0;
    }
    const kind = error?.kind ?? "timeout";
    const milliseconds = Math.round(((timings.done ?? timings.started) - timings.started) / 1e6);
    const text =
      kind === "refused" || kind === "unreachable"
        ? `Failed to connect to ${this.#peer} after ${milliseconds} ms: ${kind === "refused" ? "Connection refused" : "No route to host"}`
        : (error?.message ?? "nothing came");
    return this.#fail(EXIT_CODES[kind] ?? 1, text);
  }

  #fail(code: number, text: string): number {
    if (!this.#has("s") || this.#has("S")) this.#terminal.error(`curl: (${code}) ${text}\n`);
    return code;
  }

  #write(body: Uint8Array): void {
    const path = this.#options.values.get("o");
    if (path === undefined) {
      this.#terminal.out(new TextDecoder().decode(body));
      return;
    }
    if (path === "/dev/null") return;
    const file = this.#terminal.create(path);
    file.write(body);
    file.finish();
  }
}

function responseHead({ version, status, reason, headers }: HttpResponseHead): string {
  const lines = [`${version} ${status} ${reason}`, ...[...headers].map(([name, value]) => `${name}: ${value}`)];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function marked(mark: string, head: string): string {
  return head
    .replace(/\r\n$/, "")
    .split("\r\n")
    .map((line) => `${mark} ${line}\n`)
    .join("");
}
