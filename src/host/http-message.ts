/** HTTP/1.1 messages: heads as text, and what is wrong with one (RFC 9112 sections 2 to 5). */
import { HttpHeaders, TOKEN } from "./http-headers.ts";

export type HttpVersion = "HTTP/1.0" | "HTTP/1.1";

export interface HttpRequestHead {
  readonly method: string;
  /** As it stands in the request line: "/path?query". */
  readonly target: string;
  readonly version: HttpVersion;
  readonly headers: HttpHeaders;
}

export interface HttpResponseHead {
  readonly version: HttpVersion;
  readonly status: number;
  /** "OK", or "". */
  readonly reason: string;
  readonly headers: HttpHeaders;
}

/** What is wrong with a message. `status`: what a server answers it with. */
export class HttpFault extends Error {
  override readonly name = "HttpFault";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** RFC 9110 section 15, of the statuses that are used here. */
const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  200: "OK",
  201: "Created",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

export function reasonOf(status: number): string {
  return REASONS[status] ?? "";
}

/** RFC 9112 section 3: one space between the parts. */
export function parseRequestLine(line: string): Omit<HttpRequestHead, "headers"> {
  const parts = line.split(" ");
  const [method, target, version] = parts;
  if (parts.length !== 3 || !TOKEN.test(method!)) throw new HttpFault(400, "malformed request line");
  if (!/^[\x21-\x7e]+$/.test(target!)) throw new HttpFault(400, "malformed request target");
  return { method: method!, target: target!, version: parseVersion(version!) };
}

/** RFC 9112 section 4. */
export function parseStatusLine(line: string): Omit<HttpResponseHead, "headers"> {
  const match = /^(HTTP\/\d\.\d) (\d{3})(?: ([\t\x20-\x7e\x80-\xff]*))?$/.exec(line);
  if (match === null) throw new HttpFault(400, "malformed status line");
  const status = Number(match[2]);
  if (status < 100 || status > 599) throw new HttpFault(400, "status code out of range");
  return { version: parseVersion(match[1]!), status, reason: match[3] ?? "" };
}

function parseVersion(text: string): HttpVersion {
  if (text === "HTTP/1.1" || text === "HTTP/1.0") return text;
  if (/^HTTP\/1\.[2-9]$/.test(text)) return "HTTP/1.1"; // RFC 9110 section 2.5: as the highest that is known of the major
  throw /^HTTP\/\d\.\d$/.test(text)
    ? new HttpFault(505, "HTTP version not supported")
    : new HttpFault(400, "malformed HTTP version");
}

/** RFC 9112 section 5: no space before the colon, and no line that goes on (sections 5.1 and 5.2). */
export function addFieldLine(headers: HttpHeaders, line: string): void {
  const colon = line.indexOf(":");
  if (line.startsWith(" ") || line.startsWith("\t")) throw new HttpFault(400, "folded header field");
  if (colon < 0) throw new HttpFault(400, "header field without a colon");
  try {
    headers.add(line.slice(0, colon), line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, ""));
  } catch {
    throw new HttpFault(400, "malformed header field");
  }
}

/** RFC 9112 section 3.2: exactly one Host in HTTP/1.1, and only letters that a host and port may have. */
export function checkHost({ version, headers }: HttpRequestHead): void {
  const hosts = headers.all("Host");
  if (hosts.length > 1) throw new HttpFault(400, "more than one Host");
  if (hosts.length === 0 && version === "HTTP/1.1") throw new HttpFault(400, "no Host");
  if (!/^[\w\-.~!$&'()*+,;=%[\]:]*$/.test(hosts[0] ?? "")) throw new HttpFault(400, "malformed Host");
}

/** Whether the connection stays open after this message (RFC 9112 section 9.3). */
export function isPersistent({ version, headers }: { version: HttpVersion; headers: HttpHeaders }): boolean {
  if (headers.lists("Connection", "close")) return false;
  return version === "HTTP/1.1" || headers.lists("Connection", "keep-alive");
}

/** Text as bytes, a character each (heads are ASCII, and what is not stands for itself). */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
