/** An HTTP/1.1 client on a host: one request on a connection of its own, as curl does it, told step by step. */
import { formatIpv4, parseIpv4 } from "../wire/index.ts";
import { Deadline } from "./deadline.ts";
import type { Host } from "./host.ts";
import { type HttpHeaderInput, HttpHeaders } from "./http-headers.ts";
import { concatBytes, HttpFault, type HttpResponseHead, latin1Bytes } from "./http-message.ts";
import { type HttpLimits, HttpResponseParser } from "./http-parser.ts";
import type { TcpConnection } from "./tcp-connection.ts";
import { TcpOutbox } from "./tcp-outbox.ts";
import type { TcpError, TcpErrorCause } from "./tcp-state.ts";

/** Where to ask, and for what. */
export interface HttpTarget {
  readonly address: number;
  /** 80 when left out. */
  readonly port?: number;
  /** With its query; "/" when left out. */
  readonly path?: string;
}

export interface HttpRequestOptions extends HttpLimits {
  /** "GET" when left out, "POST" where there is a body. */
  readonly method?: string;
  /** In place of Host, User-Agent and Accept where they are named, behind them otherwise. */
  readonly headers?: HttpHeaderInput;
  readonly body?: Uint8Array | string;
  /** Nanoseconds for all of it; without one, TCP's own patience. */
  readonly timeout?: number;
  readonly onEvent?: (event: HttpEvent, exchange: HttpExchange) => void;
}

/** A response with all of its body. */
export interface HttpResponse extends HttpResponseHead {
  readonly body: Uint8Array;
}

/**
 * Why there is no whole response: TCP's own errors; "timeout" is also that of the exchange; "empty": the connection
 * ended before a response; "partial": in the middle of one; "malformed": it is no HTTP, or too large.
 */
export interface HttpError {
  readonly kind: TcpError | "empty" | "partial" | "malformed";
  readonly message: string;
  readonly cause?: TcpErrorCause;
}

/** What happens, in the order that `curl -v` tells it in. Heads are as on the wire, with their CRLFs. */
export type HttpEvent =
  | { readonly kind: "connecting"; readonly address: number; readonly port: number }
  | { readonly kind: "connected"; readonly connection: TcpConnection }
  | { readonly kind: "request"; readonly head: string; readonly bodyLength: number }
  | { readonly kind: "response"; readonly response: HttpResponseHead }
  | { readonly kind: "data"; /** Valid during the call only. */ readonly bytes: Uint8Array }
  | { readonly kind: "done"; readonly response: HttpResponse }
  | { readonly kind: "failed"; readonly error: HttpError };

/** Virtual times in nanoseconds since the engine was made; undefined for what has not happened. */
export interface HttpTimings {
  readonly started: number;
  connected?: number;
  /** The first byte of the response came. */
  firstByte?: number;
  done?: number;
}

const DEFAULT_BODY_LIMIT = 64 * 1024 * 1024;

/**
 * Asks for "http://10.244.2.20:8080/path", or for a target; the engine's clock does the rest.
 * @throws RangeError for what is no such URL, address, method or header.
 */
export function httpGet(host: Host, target: string | HttpTarget, options: HttpRequestOptions = {}): HttpExchange {
  return new HttpExchange(host, typeof target === "string" ? parseHttpUrl(target) : target, options);
}

/** @throws RangeError for what is no http URL of an IPv4 address. */
export function parseHttpUrl(url: string): HttpTarget {
  const match = /^(?:http:\/\/)?([\d.]+)(?::(\d{1,5}))?([/?][\x21-\x7e]*)?$/i.exec(url);
  const port = Number(match?.[2] ?? 80);
  if (match === null || port < 1 || port > 0xffff)
    throw new RangeError(`expected a URL such as http://10.244.2.20:8080/, found ${JSON.stringify(url)}`);
  const path = (match[3] ?? "/").replace(/#.*/, "");
  return { address: parseIpv4(match[1]!), port, path: path.startsWith("/") ? path : `/${path}` };
}

export class HttpExchange {
  readonly connection: TcpConnection;
  readonly timings: HttpTimings;
  /** One of the two once `isDone`. */
  response: HttpResponse | undefined;
  error: HttpError | undefined;
  isDone = false;
  readonly #options: HttpRequestOptions;
  readonly #host: Host;
  readonly #head: string;
  readonly #requestBody: Uint8Array;
  readonly #parser: HttpResponseParser;
  readonly #deadline: Deadline;
  #responseHead: HttpResponseHead | undefined;
  #body: Uint8Array[] = [];

  constructor(host: Host, target: HttpTarget, options: HttpRequestOptions) {
    const { engine } = host.namespace;
    const { body = "", timeout } = options;
    this.#host = host;
    this.#options = options;
    this.#requestBody = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const method = options.method ?? (this.#requestBody.length > 0 ? "POST" : "GET");
    this.#head = requestHead(method, target, options.headers, this.#requestBody.length);
    const listener = {
      head: (head: HttpResponseHead) => this.#receiveHead(head),
      body: (bytes: Uint8Array) => this.#receiveBody(bytes),
      end: () => this.#receiveEnd(),
    };
    this.#parser = new HttpResponseParser(listener, { bodyLimit: DEFAULT_BODY_LIMIT, ...options });
    this.#parser.method = method;
    this.timings = { started: engine.now };
    this.#deadline = new Deadline(engine, () => this.#fail("timeout", "it took too long"));
    if (timeout !== undefined) this.#deadline.set(timeout);
    const port = target.port ?? 80;
    this.#tell({ kind: "connecting", address: target.address, port });
    this.connection = host.tcp.connect(target.address, port, {
      onConnect: () => this.#send(),
      onData: (bytes) => this.#receive(bytes),
      onEnd: () => this.#close(),
      onError: (error, _, cause) => this.#fail(error, TCP_ERRORS[error], cause),
    });
  }

  #tell(event: HttpEvent): void {
    this.#options.onEvent?.(event, this);
  }

  get #now(): number {
    return this.#host.namespace.engine.now;
  }

  #send(): void {
    this.timings.connected = this.#now;
    const outbox = new TcpOutbox(this.connection);
    outbox.send(concatBytes([latin1Bytes(this.#head), this.#requestBody]));
    this.#tell({ kind: "connected", connection: this.connection });
    this.#tell({ kind: "request", head: this.#head, bodyLength: this.#requestBody.length });
  }

  #receive(bytes: Uint8Array): void {
    if (this.isDone) return;
    this.timings.firstByte ??= this.#now;
    try {
      this.#parser.push(bytes);
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      this.#fail("malformed", error.message);
    }
  }

  /** Interim responses, 1xx, come before the one that counts (RFC 9110 section 15.2). */
  #receiveHead(head: HttpResponseHead): void {
    this.#responseHead = head;
    if (!this.isDone) this.#tell({ kind: "response", response: head });
  }

  #receiveBody(bytes: Uint8Array): void {
    if (this.isDone) return;
    this.#body.push(bytes.slice());
    this.#tell({ kind: "data", bytes });
  }

  #receiveEnd(): void {
    const head = this.#responseHead!;
    if (this.isDone || head.status < 200) return;
    this.response = { ...head, body: concatBytes(this.#body) };
    this.#finish();
    this.connection.end();
    this.#tell({ kind: "done", response: this.response });
  }

  /** The server has ended. */
  #close(): void {
    if (!this.isDone && !this.#parser.close()) this.#fail("partial", "the connection ended inside the response");
    else if (!this.isDone) this.#fail("empty", "the connection ended before a response");
    else this.connection.end();
  }

  #fail(kind: HttpError["kind"], message: string, cause?: TcpErrorCause): void {
    if (this.isDone) return;
    this.error = { kind, message, ...(cause !== undefined && { cause }) };
    this.#finish();
    this.connection.abort();
    this.#tell({ kind: "failed", error: this.error });
  }

  #finish(): void {
    this.isDone = true;
    this.timings.done = this.#now;
    this.#deadline.stop();
  }
}

const TCP_ERRORS: Readonly<Record<TcpError, string>> = {
  refused: "connection refused",
  reset: "connection reset",
  timeout: "connection timed out",
  unreachable: "no route to host",
};

function requestHead(method: string, target: HttpTarget, given: HttpHeaderInput = [], bodyLength: number): string {
  const { address, port = 80, path = "/" } = target;
  if (!/^[A-Z]+$/.test(method)) throw new RangeError(`expected an HTTP method, found ${JSON.stringify(method)}`);
  if (!/^\/[\x21-\x7e]*$/.test(path)) throw new RangeError(`expected a path, found ${JSON.stringify(path)}`);
  const own = new HttpHeaders(given);
  const headers = new HttpHeaders();
  const usual: [string, string][] = [
    ["Host", `${formatIpv4(address)}${port === 80 ? "" : `:${port}`}`],
    ["User-Agent", "podwire"],
    ["Accept", "*/*"],
  ];
  for (const [name, value] of usual) headers.add(name, own.get(name) ?? value);
  for (const [name, value] of own)
    if (!usual.some(([known]) => known.toLowerCase() === name.toLowerCase())) headers.add(name, value);
  if (bodyLength > 0 || method === "POST") headers.add("Content-Length", String(bodyLength));
  return `${method} ${path} HTTP/1.1\r\n${headers}\r\n`;
}
