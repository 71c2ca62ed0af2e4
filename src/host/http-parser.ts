/**
 * Reads HTTP/1.1 messages from a stream of bytes, however it is cut (RFC 9112), strictly: lines end in CRLF, and what
 * the RFC lets a recipient forgive is not forgiven.
 */
import { type Framing, requestFraming, responseFraming } from "./http-framing.ts";
import { HttpHeaders } from "./http-headers.ts";
import {
  addFieldLine,
  checkHost,
  HttpFault,
  type HttpRequestHead,
  type HttpResponseHead,
  parseRequestLine,
  parseStatusLine,
} from "./http-message.ts";

export interface HttpLimits {
  /** Bytes of the start line; 8000 when left out, as RFC 9112 section 3 asks at least. */
  readonly startLineLimit?: number;
  /** Bytes of all header fields, trailers among them; 16 KiB when left out. */
  readonly headerLimit?: number;
  /** Bytes of a body; 1 MiB when left out. */
  readonly bodyLimit?: number;
}

/** Who hears what was read. */
export interface HttpParserListener<Head> {
  head(head: Head): void;
  /** Bytes of the body; valid during the call only. */
  body(bytes: Uint8Array): void;
  end(): void;
}

type Step = "start-line" | "field" | "bytes" | "chunk-size" | "chunk-end" | "trailer";

const LF = 0x0a;

/** RFC 9112 section 7.1: size in hexadecimal; extensions are passed over. */
const CHUNK_SIZE = /^([0-9a-fA-F]{1,12})[\t ]*(;[\t\x20-\x7e\x80-\xff]*)?$/;

abstract class HttpParser<Head extends HttpRequestHead | HttpResponseHead> {
  readonly #listener: HttpParserListener<Head>;
  readonly #limits: Required<HttpLimits>;
  #step: Step = "start-line";
  /** What came of the line that is not whole, and how much it may yet be. */
  #line = "";
  #headers = new HttpHeaders();
  #headerLength = 0;
  #framing: Framing = 0;
  /** Bytes that are missing of the body, or of its chunk, and that there were of it. */
  #missing = 0;
  #bodyLength = 0;
  #startLine: Omit<Head, "headers"> | undefined;

  constructor(listener: HttpParserListener<Head>, limits: HttpLimits = {}) {
    this.#listener = listener;
    const { startLineLimit = 8000, headerLimit = 16 * 1024, bodyLimit = 1024 * 1024 } = limits;
    this.#limits = { startLineLimit, headerLimit, bodyLimit };
  }

  protected abstract parseStartLine(line: string): Omit<Head, "headers">;
  /** @throws HttpFault for a head that makes no sense. */
  protected abstract frame(head: Head): Framing;

  /** Whether a message has begun and not ended. */
  get isInMessage(): boolean {
    return this.#step !== "start-line" || this.#line !== "";
  }

  /** Takes what came. @throws HttpFault when it is no HTTP, and what a listener throws. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#step === "bytes") at += this.#takeBody(bytes.subarray(at));
      else at += this.#takeLine(bytes.subarray(at));
    }
  }

  /** The other side has no more to say: the end of a body that has no other. False when it cut a message short. */
  close(): boolean {
    if (this.#framing === "until-close" && this.#step === "bytes") this.#endMessage();
    return !this.isInMessage;
  }

  #takeLine(bytes: Uint8Array): number {
    const feed = bytes.indexOf(LF);
    const count = feed < 0 ? bytes.length : feed + 1;
    this.#checkLength(this.#line.length + count);
    for (let i = 0; i < count; i++) this.#line += String.fromCharCode(bytes[i]!);
    if (feed >= 0) {
      const line = this.#line;
      this.#line = "";
      if (!line.endsWith("\r\n")) throw new HttpFault(400, "a line that does not end in CRLF");
      this.#receiveLine(line.slice(0, -2));
    }
    return count;
  }

  #checkLength(length: number): void {
    if (this.#step === "start-line") {
      if (length > this.#limits.startLineLimit + 2) throw new HttpFault(414, "start line too long");
    } else if (this.#headerLength + length > this.#limits.headerLimit + 2) {
      throw new HttpFault(431, "header fields too large");
    }
  }

  #receiveLine(line: string): void {
    switch (this.#step) {
      case "start-line":
        if (line === "") return; // section 2.2: an empty line before a request
        this.#startLine = this.parseStartLine(line);
        this.#headers = new HttpHeaders();
        this.#headerLength = 0;
        this.#step = "field";
        return;
      case "field":
      case "trailer":
        this.#headerLength += line.length + 2;
        if (line !== "") addFieldLine(this.#headers, line);
        else if (this.#step === "field") this.#endHead();
        else this.#endMessage();
        return;
      case "chunk-size":
        this.#startChunk(line);
        return;
      default: // "chunk-end"
        if (line !== "") throw new HttpFault(400, "a chunk longer than it says");
        this.#step = "chunk-size";
    }
  }

  #endHead(): void {
    const head = { ...this.#startLine!, headers: this.#headers } as Head;
    this.#framing = this.frame(head);
    this.#bodyLength = 0;
    if (typeof this.#framing === "number") this.#checkBody(this.#framing);
    this.#listener.head(head);
    if (this.#framing === 0) this.#endMessage();
    else if (this.#framing === "chunked") this.#step = "chunk-size";
    else {
      this.#missing = this.#framing === "until-close" ? Infinity : this.#framing;
      this.#step = "bytes";
    }
  }

  #checkBody(length: number): void {
    if (length > this.#limits.bodyLimit) throw new HttpFault(413, "body too large");
  }

  #startChunk(line: string): void {
    const match = CHUNK_SIZE.exec(line);
    if (match === null) throw new HttpFault(400, "malformed chunk size");
    this.#headerLength = 0;
    this.#missing = parseInt(match[1]!, 16);
    this.#checkBody(this.#bodyLength + this.#missing);
    if (this.#missing > 0) this.#step = "bytes";
    else {
      this.#headers = new HttpHeaders(); // trailers are read and forgotten
      this.#step = "trailer";
    }
  }

  #takeBody(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.#missing);
    this.#bodyLength += count;
    this.#checkBody(this.#bodyLength);
    this.#missing -= count;
    const isWhole = this.#missing === 0;
    if (isWhole) this.#step = "chunk-end";
    this.#listener.body(bytes.subarray(0, count));
    if (isWhole && this.#framing !== "chunked") this.#endMessage();
    return count;
  }

  #endMessage(): void {
    this.#step = "start-line";
    this.#framing = 0;
    this.#listener.end();
  }
}

export class HttpRequestParser extends HttpParser<HttpRequestHead> {
  protected override parseStartLine(line: string): Omit<HttpRequestHead, "headers"> {
    return parseRequestLine(line);
  }

  protected override frame(head: HttpRequestHead): Framing {
    checkHost(head);
    return requestFraming(head);
  }
}

export class HttpResponseParser extends HttpParser<HttpResponseHead> {
  /** Of the request that is answered: the answer to HEAD has no body. */
  method = "GET";

  protected override parseStartLine(line: string): Omit<HttpResponseHead, "headers"> {
    return parseStatusLine(line);
  }

  protected override frame(head: HttpResponseHead): Framing {
    return responseFraming(head, this.method);
  }
}
