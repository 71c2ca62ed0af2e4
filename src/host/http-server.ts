/** An HTTP/1.1 server on a host: what `backend` runs on port 8080. */
import { NANOSECONDS_PER_SECOND } from "../datapath/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import { Deadline } from "./deadline.ts";
import { type HttpHeaderInput, HttpHeaders } from "./http-headers.ts";
import { concatBytes, HttpFault, type HttpRequestHead, isPersistent, latin1Bytes, reasonOf } from "./http-message.ts";
import { type HttpLimits, HttpRequestParser } from "./http-parser.ts";
import type { Host } from "./host.ts";
import type { TcpConnection } from "./tcp-connection.ts";
import type { TcpListener } from "./tcp-listener.ts";
import { TcpOutbox } from "./tcp-outbox.ts";

/** A request with all of its body. */
export interface HttpRequest extends HttpRequestHead {
  /** The target's path and, behind "?", its query: "" when there is none. */
  readonly path: string;
  readonly query: string;
  readonly body: Uint8Array;
  readonly connection: TcpConnection;
}

export interface HttpAnswer {
  /** 200 when left out. */
  readonly status?: number;
  /** Content-Length and Connection are added. */
  readonly headers?: HttpHeaderInput;
  readonly body?: Uint8Array | string;
}

export type HttpHandler = (request: HttpRequest) => HttpAnswer;

export interface HttpServerOptions extends HttpLimits {
  /** Nanoseconds that an idle connection is kept; a minute when left out. */
  readonly idleTimeout?: number;
  readonly backlog?: number;
}

/** What is served; anything else is answered with 405. */
const METHODS = ["GET", "HEAD", "POST"];
const DEFAULT_IDLE_TIMEOUT = 60 * NANOSECONDS_PER_SECOND;

/**
 * Serves a port. Without a handler it answers `GET /` with who answered, and knows nothing else.
 * @throws RangeError when somebody listens there already.
 */
export function serveHttp(
  host: Host,
  port: number,
  handler: HttpHandler = answerWithName(host),
  options: HttpServerOptions = {},
): TcpListener {
  return host.tcp.listen(
    port,
    (connection) => void new HttpServerConnection(host, connection, handler, options),
    options,
  );
}

/** Plain text that names the pod, its address, and who asks. */
export function answerWithName(host: Host): HttpHandler {
  return ({ method, path, connection }) => {
    if (path !== "/") return text(404, `${path}: not found\n`);
    if (method === "POST") return { ...text(405, "only GET and HEAD\n"), headers: { Allow: "GET, HEAD" } };
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    const self = `${host.namespace.name} at ${formatIpv4(localAddress)}:${localPort}`;
    return text(200, `${self} greets ${formatIpv4(remoteAddress)}:${remotePort}\n`);
  };
}

function text(status: number, body: string): HttpAnswer {
  return { status, body };
}

/** One client: requests one after another, each answered before the next is read. */
class HttpServerConnection {
  readonly #connection: TcpConnection;
  readonly #handler: HttpHandler;
  readonly #outbox: TcpOutbox;
  readonly #parser: HttpRequestParser;
  readonly #idle: Deadline;
  readonly #idleTimeout: number;
  #head: HttpRequestHead | undefined;
  #body: Uint8Array[] = [];
  #isEnding = false;

  constructor(host: Host, connection: TcpConnection, handler: HttpHandler, options: HttpServerOptions) {
    this.#connection = connection;
    this.#handler = handler;
    this.#outbox = new TcpOutbox(connection);
    this.#idleTimeout = options.idleTimeout ?? DEFAULT_IDLE_TIMEOUT;
    this.#idle = new Deadline(host.namespace.engine, () => this.#end());
    this.#idle.set(this.#idleTimeout);
    const listener = {
      head: (head: HttpRequestHead) => this.#start(head),
      body: (bytes: Uint8Array) => void this.#body.push(bytes.slice()),
      end: () => this.#answer(),
    };
    this.#parser = new HttpRequestParser(listener, options);
    connection.onData = (bytes) => this.#receive(bytes);
    connection.onEnd = () => this.#end();
    this.#outbox.onFlushed = () => connection.resume();
    connection.onClose = () => this.#idle.stop();
  }

  #receive(bytes: Uint8Array): void {
    // What comes after the last answer is read and forgotten, so that no reset overtakes that (RFC 9112 section 9.6).
    if (this.#isEnding) return;
    this.#idle.set(this.#idleTimeout);
    try {
      this.#parser.push(bytes);
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      this.#send("GET", "HTTP/1.1", text(error.status, `${error.message}\n`), false);
    }
    // Who asks on without reading the answers waits until they are gone.
    if (this.#outbox.isWaiting) this.#connection.pause();
  }

  #start(head: HttpRequestHead): void {
    this.#head = head;
    if (head.version === "HTTP/1.1" && head.headers.lists("Expect", "100-continue"))
      this.#outbox.send(latin1Bytes("HTTP/1.1 100 Continue\r\n\r\n")); // RFC 9110 section 10.1.1
  }

  /** The handler's own errors are answered with 500, and thrown on. */
  #answer(): void {
    if (this.#isEnding) return; // requests behind the last that is answered
    const head = this.#head!;
    const body = concatBytes(this.#body);
    this.#body = [];
    const keeps = isPersistent(head);
    const { method, version } = head;
    let answer: HttpAnswer = { ...text(405, `${method}: not allowed\n`), headers: { Allow: METHODS.join(", ") } };
    let thrown: { readonly error: unknown } | undefined;
    if (METHODS.includes(method)) {
      try {
        answer = this.#handler({ ...head, ...splitTarget(head.target), body, connection: this.#connection });
      } catch (error) {
        thrown = error instanceof HttpFault ? undefined : { error };
        answer =
          error instanceof HttpFault ? text(error.status, `${error.message}\n`) : text(500, "the handler failed\n");
      }
    }
    this.#send(method, version, answer, keeps);
    if (thrown !== undefined) throw thrown.error;
  }

  #send(method: string, version: string, answer: HttpAnswer, keeps: boolean): void {
    const { status = 200, body = "" } = answer;
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const headers = new HttpHeaders(answer.headers);
    if (!headers.has("Server")) headers.add("Server", "podwire");
    if (bytes.length > 0 && !headers.has("Content-Type")) headers.add("Content-Type", "text/plain; charset=utf-8");
    if (status !== 204 && status !== 304) headers.add("Content-Length", String(bytes.length));
    if (!keeps) headers.add("Connection", "close");
    else if (version === "HTTP/1.0") headers.add("Connection", "keep-alive");
    const head = latin1Bytes(`HTTP/1.1 ${status} ${reasonOf(status)}\r\n${headers}\r\n`);
    const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
    this.#outbox.send(hasBody ? concatBytes([head, bytes]) : head);
    if (!keeps) this.#end();
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#idle.stop();
    this.#outbox.end();
  }
}

/** "/a?b" as it is, and "http://host/a?b" (RFC 9112 section 3.2.2). @throws HttpFault for a target of another form. */
function splitTarget(target: string): { path: string; query: string } {
  const local = target.replace(/^http:\/\/[^/?#]+/i, "");
  const mark = local.indexOf("?");
  const path = mark < 0 ? local : local.slice(0, mark);
  if (!path.startsWith("/") && (local === target || path !== "")) throw new HttpFault(400, "malformed request target");
  return { path: path === "" ? "/" : path, query: mark < 0 ? "" : local.slice(mark + 1) };
}
