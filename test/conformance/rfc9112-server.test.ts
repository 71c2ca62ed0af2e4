/** RFC 9112, as the server holds clients to it: what is answered, what is refused and how, and when connections end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HttpHandler, serveHttp } from "../../src/host/index.ts";
import { B, createHostPair } from "../unit/datapath/host-pair.ts";

const HOST = "Host: b\r\n";

interface Talk {
  /** All that the server sent. */
  readonly text: string;
  /** Whether it ended the connection before the client did. */
  readonly hasEnded: boolean;
}

const echo: HttpHandler = ({ method, path, body }) => ({ body: `${method} ${path} ${Buffer.from(body).toString()}` });

/** Sends pieces one after another on one connection, to a handler or, for null, the default one. */
function talk(pieces: readonly string[], handler: HttpHandler | null = echo): Talk {
  const { engine, a, b } = createHostPair({ slotCount: 512 });
  serveHttp(b, 80, handler ?? undefined);
  let text = "";
  let hasEnded = false;
  const connection = a.tcp.connect(B, 80, {
    onData: (bytes) => (text += Buffer.from(bytes).toString("latin1")),
    onEnd: () => (hasEnded = true),
  });
  connection.noDelay = true;
  for (const piece of pieces) {
    connection.send(Buffer.from(piece, "latin1"));
    engine.run(engine.now + 1e9);
  }
  expect(engine.pool.inFlightCount).toBe(0);
  return { text, hasEnded };
}

function statuses({ text }: Talk): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
}

describe("requests", () => {
  it("are answered in turn on one connection, which stays open (section 9.3)", () => {
    const { text, hasEnded } = talk([`GET /1 HTTP/1.1\r\n${HOST}\r\n`, `GET /2 HTTP/1.1\r\n${HOST}\r\n`]);
    expect(text.match(/GET \/\d/g)).toEqual(["GET /1", "GET /2"]);
    expect(hasEnded).toBe(false);
  });

  it("may come all at once (section 9.3.2), or after an empty line (section 2.2)", () => {
    const { text } = talk([`\r\nGET /1 HTTP/1.1\r\n${HOST}\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`]);
    expect(text.match(/GET \/\d/g)).toEqual(["GET /1", "GET /2"]);
  });

  it("end the connection where they say so, or are of HTTP/1.0 and do not say otherwise", () => {
    const ends = (head: string): boolean => talk([`${head}\r\n\r\n`]).hasEnded;
    expect(ends("GET / HTTP/1.1\r\nHost: b\r\nConnection: foo, Close")).toBe(true);
    expect(ends("GET / HTTP/1.0")).toBe(true);
    expect(ends("GET / HTTP/1.0\r\nConnection: keep-alive")).toBe(false);
    expect(
      talk([`GET /1 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`]).text,
    ).not.toContain("/2");
  });

  it("may name the host in their target (section 3.2.2)", () => {
    expect(talk([`GET http://b:80/x?y HTTP/1.1\r\n${HOST}\r\n`]).text).toContain("GET /x");
    expect(talk([`GET http://b HTTP/1.1\r\n${HOST}\r\n`]).text).toContain("GET /");
  });

  it("have bodies by length (section 6.2) or in chunks (section 7.1), extensions and trailers passed over", () => {
    expect(talk([`POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`]).text).toContain("POST / hello");
    const chunked = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nX: y\r\n\r\n`;
    const { text, hasEnded } = talk([chunked + `GET /next HTTP/1.1\r\n${HOST}\r\n`]);
    expect(text).toContain("POST / hello");
    expect([text.includes("GET /next"), hasEnded]).toEqual([true, false]);
  });

  it("are the same however they are cut", () => {
    const whole = `POST /a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /b HTTP/1.1\r\n${HOST}\r\n`;
    const expected = talk([whole]);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.sort((x, y) => x - y), whole.length];
        expect(talk(places.slice(1).map((end, i) => whole.slice(places[i], end)))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it("are told to go on, if they wait for that (RFC 9110 section 10.1.1)", () => {
    const head = `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
    expect(statuses(talk([head, "hello"]))).toEqual([100, 200]);
  });

  it("with HEAD have the same answer but for its body", () => {
    const [get, head] = ["GET", "HEAD"].map(
      (method) => talk([`${method} / HTTP/1.1\r\n${HOST}\r\n`], () => ({ body: "12345" })).text,
    );
    expect(get).toBe(`${head}12345`);
    expect(head).toContain("Content-Length: 5\r\n");
  });
});

describe("what is refused", () => {
  const cases: [what: string, status: number, request: string][] = [
    ["a line without version", 400, `GET /\r\n${HOST}\r\n`],
    ["two spaces (section 3)", 400, `GET  / HTTP/1.1\r\n${HOST}\r\n`],
    ["a line that ends in LF alone (section 2.2)", 400, `GET / HTTP/1.1\n${HOST}\r\n`],
    ["CR inside a line", 400, `GET / HTTP/1.1\r\nHost: b\rX: y\r\n\r\n`],
    ["no Host (section 3.2)", 400, "GET / HTTP/1.1\r\n\r\n"],
    ["two Hosts", 400, `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
    ["a Host that is none", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"],
    ["space before the colon (section 5.1)", 400, `GET / HTTP/1.1\r\n${HOST}X : y\r\n\r\n`],
    ["a folded line (section 5.2)", 400, `GET / HTTP/1.1\r\n${HOST}X: y\r\n z\r\n\r\n`],
    ["a header without colon", 400, `GET / HTTP/1.1\r\n${HOST}X\r\n\r\n`],
    ["a zero byte", 400, `GET / HTTP/1.1\r\n${HOST}X: \0\r\n\r\n`],
    [
      "both length and chunks (section 6.3)",
      400,
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ["two lengths", 400, `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`],
    ["a length that is none", 400, `POST / HTTP/1.1\r\n${HOST}Content-Length: +1\r\n\r\n`],
    ["chunks in HTTP/1.0 (section 6.1)", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a chunk size that is none", 400, `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0x5\r\n`],
    ["a chunk longer than it says", 400, `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`],
    ["a target that is none", 400, `GET nowhere HTTP/1.1\r\n${HOST}\r\n`],
    ["another method", 405, `DELETE / HTTP/1.1\r\n${HOST}\r\n`],
    ["a target that is too long (section 3)", 414, `GET /${"x".repeat(8000)} HTTP/1.1\r\n${HOST}\r\n`],
    [
      "headers that are too large (RFC 6585 section 5)",
      431,
      `GET / HTTP/1.1\r\n${HOST}X: ${"y".repeat(20_000)}\r\n\r\n`,
    ],
    ["too many headers", 431, `GET / HTTP/1.1\r\n${HOST}${"X: y\r\n".repeat(4000)}\r\n`],
    ["a body that is too large", 413, `POST / HTTP/1.1\r\n${HOST}Content-Length: 2000000\r\n\r\n`],
    ["chunks that are together", 413, `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n200000\r\n`],
    [
      "another transfer coding (section 6.1)",
      501,
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    ],
    ["another version (section 2.3)", 505, `GET / HTTP/2.0\r\n${HOST}\r\n`],
  ];

  it.each(cases)("%s: %i", (_, status, request) => {
    const answer = talk([request, `GET /next HTTP/1.1\r\n${HOST}\r\n`]);
    expect(statuses(answer)).toEqual(status === 405 || request.startsWith("GET nowhere") ? [status, 200] : [status]);
    expect(answer.text.includes("Connection: close")).toBe(answer.hasEnded);
  });

  it("by the default handler: what is not there, and to change it", () => {
    const ask = (line: string): Talk => talk([`${line} HTTP/1.1\r\n${HOST}\r\n`], null);
    expect(["GET /", "GET /nowhere", "POST /"].flatMap((line) => statuses(ask(line)))).toEqual([200, 404, 405]);
    expect(ask("POST /").text).toContain("Allow: GET, HEAD\r\n");
  });
});

describe("connections", () => {
  it("that are idle for a minute are ended", () => {
    const { engine, a, b } = createHostPair();
    serveHttp(b, 80);
    let endedAt = 0;
    a.tcp.connect(B, 80, { onEnd: (connection) => ((endedAt = engine.now), connection.end()) });
    engine.run();
    expect(endedAt).toBe(60e9);
  });

  it("whose client ends after its request are answered all the same", () => {
    const { engine, a, b } = createHostPair();
    serveHttp(b, 80);
    let text = "";
    const connection = a.tcp.connect(B, 80, { onData: (bytes) => (text += Buffer.from(bytes).toString()) });
    connection.send(Buffer.from(`GET / HTTP/1.1\r\n${HOST}\r\n`));
    connection.end();
    engine.run();
    expect(text).toContain("200 OK");
    expect(connection.state).toBe("CLOSED");
  });

  it("whose client does not read its answers are not read any more", () => {
    const { engine, a, b } = createHostPair({ slotCount: 2048 });
    let answered = 0;
    serveHttp(b, 80, () => ({ body: new Uint8Array(100_000), status: (answered++, 200) }));
    const connection = a.tcp.connect(B, 80);
    connection.noDelay = true;
    connection.pause();
    const request = Buffer.from(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    for (let i = 0; i < 1000; i++) {
      connection.send(request);
      engine.run(engine.now + 1e6);
    }
    expect(answered).toBeLessThan(20);
    connection.resume();
    engine.run(engine.now + 30e9);
    expect(answered).toBe(1000);
  });
});
