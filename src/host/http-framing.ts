/** Where a message's body ends (RFC 9112 section 6.3). */
import type { HttpHeaders } from "./http-headers.ts";
import { HttpFault, type HttpRequestHead, type HttpResponseHead, type HttpVersion } from "./http-message.ts";

/** After so many bytes, after the chunk of length 0, or with the connection. */
export type Framing = number | "chunked" | "until-close";

/** Of a request: without either field it has no body. */
export function requestFraming({ version, headers }: HttpRequestHead): Framing {
  return framing(version, headers) ?? 0;
}

/** Of a response to a request of this method. */
export function responseFraming({ version, status, headers }: HttpResponseHead, method: string): Framing {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  return framing(version, headers) ?? "until-close";
}

function framing(version: HttpVersion, headers: HttpHeaders): Framing | undefined {
  const codings = headers.get("Transfer-Encoding");
  const lengths = headers.all("Content-Length");
  if (codings !== undefined) {
    // Who sends both may want to smuggle a request past somebody (section 11.2).
    if (lengths.length > 0) throw new HttpFault(400, "both Transfer-Encoding and Content-Length");
    if (version === "HTTP/1.0") throw new HttpFault(400, "Transfer-Encoding in HTTP/1.0");
    if (codings.toLowerCase() !== "chunked") throw new HttpFault(501, "a transfer coding other than chunked");
    return "chunked";
  }
  if (lengths.length === 0) return undefined;
  const [length] = lengths;
  if (lengths.length > 1 || !/^\d{1,15}$/.test(length!)) throw new HttpFault(400, "malformed Content-Length");
  return Number(length);
}
