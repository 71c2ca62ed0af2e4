import { describe, expect, it } from "vitest";
import {
  type HttpAnswer,
  type HttpEvent,
  type HttpExchange,
  httpGet,
  parseHttpUrl,
  serveHttp,
} from "../../../src/host/index.ts";
import { formatIpv4, parseIpv4 } from "../../../src/wire/index.ts";
import { B, createHostPair } from "../datapath/host-pair.ts";

const URL = "http://10.0.0.2:8080/";
const CABLE = { latency: 1_000_000 };

function bodyOf(exchange: HttpExchange): string {
  return new TextDecoder().decode(exchange.response?.body);
}

/** What `curl -v` would say. */
function inWords(event: HttpEvent): string {
  switch (event.kind) {
    case "connecting":
      return `connecting to ${formatIpv4(event.address)}:${event.port}`;
    case "request":
      return event.head.replaceAll("\r\n", "|");
    case "response":
      return `${event.response.version} ${event.response.status} ${event.response.reason}`;
    case "data":
      return `${event.bytes.length} bytes`;
    case "failed":
      return `${event.error.kind}: ${event.error.message}`;
    default:
      return event.kind;
  }
}

describe("a request", () => {
  it("is answered by name and address, and told step by step", () => {
    const { engine, a, b } = createHostPair({ cable: CABLE });
    serveHttp(b, 8080);
    const events: string[] = [];
    const exchange = httpGet(a, URL, { onEvent: (event) => events.push(inWords(event)) });
    engine.run();
    const { localPort } = exchange.connection;
    const greeting = `b at 10.0.0.2:8080 greets 10.0.0.1:${localPort}\n`;
    expect(bodyOf(exchange)).toBe(greeting);
    expect(events).toEqual([
      "connecting to 10.0.0.2:8080",
      "connected",
      "GET / HTTP/1.1|Host: 10.0.0.2:8080|User-Agent: podwire|Accept: */*||",
      "HTTP/1.1 200 OK",
      `${greeting.length} bytes`,
      "done",
    ]);
    expect([...exchange.response!.headers]).toEqual([
      ["Server", "podwire"],
      ["Content-Type", "text/plain; charset=utf-8"],
      ["Content-Length", String(greeting.length)],
    ]);
    expect([a.tcp.connections(), b.tcp.connections(), engine.pool.inFlightCount]).toEqual([[], [], 0]);
  });

  it("has its times: ARP, handshake, request and answer, each a way of a millisecond", () => {
    const { engine, a, b } = createHostPair({ cable: CABLE });
    serveHttp(b, 8080);
    engine.run(5e9);
    const { timings } = httpGet(a, URL);
    engine.run();
    expect(timings).toEqual({ started: 5e9, connected: 5.004e9, firstByte: 5.006e9, done: 5.006e9 });
  });

  it("carries method, headers and body", () => {
    const { engine, a, b } = createHostPair();
    serveHttp(b, 8080, ({ method, path, query, headers, body }) => ({
      status: 201,
      headers: { "X-Agent": headers.get("user-agent")! },
      body: `${method} ${path} ${query} ${headers.get("x-test")} ${new TextDecoder().decode(body)}`,
    }));
    const exchange = httpGet(a, "http://10.0.0.2:8080/things?n=1", {
      body: "hello",
      headers: { "X-Test": "yes", "user-agent": "curl/8.5.0" },
    });
    engine.run();
    expect(bodyOf(exchange)).toBe("POST /things n=1 yes hello");
    expect(exchange.response).toMatchObject({ status: 201, reason: "Created" });
    expect(exchange.response!.headers.get("x-agent")).toBe("curl/8.5.0");
  });

  it("with HEAD is answered without a body, but with its length", () => {
    const { engine, a, b } = createHostPair();
    serveHttp(b, 8080);
    const exchange = httpGet(a, URL, { method: "HEAD" });
    engine.run();
    expect(exchange.response!.body).toHaveLength(0);
    expect(Number(exchange.response!.headers.get("content-length"))).toBeGreaterThan(30);
  });

  it("takes a megabyte each way", () => {
    const { engine, a, b } = createHostPair({ slotCount: 4096 });
    const body = new Uint8Array(1_000_000).map((_, i) => (i * 7) >> 3);
    serveHttp(b, 8080, (request) => ({ body: request.body.slice().reverse() }));
    const exchange = httpGet(a, URL, { body });
    engine.run();
    expect(Buffer.from(exchange.response!.body).equals(Buffer.from(body).reverse())).toBe(true);
  });

  it("may come from the same host", () => {
    const { engine, b } = createHostPair();
    serveHttp(b, 8080);
    const [over, local] = [httpGet(b, URL), httpGet(b, "127.0.0.1:8080")];
    engine.run();
    expect(bodyOf(over)).toMatch(/^b at 10\.0\.0\.2:8080 greets 10\.0\.0\.2:\d+\n$/);
    expect(bodyOf(local)).toMatch(/^b at 127\.0\.0\.1:8080 greets 127\.0\.0\.1:\d+\n$/);
  });
});

describe("a request that fails", () => {
  function failure(exchange: HttpExchange): unknown {
    return [exchange.isDone, exchange.response, exchange.error?.kind];
  }

  it("is refused by a closed port", () => {
    const { engine, a } = createHostPair();
    const exchange = httpGet(a, URL);
    engine.run();
    expect(failure(exchange)).toEqual([true, undefined, "refused"]);
    expect(exchange.timings.connected).toBeUndefined();
  });

  it("cannot reach what has no route, or nobody behind it", () => {
    const { engine, a } = createHostPair();
    const events: string[] = [];
    const onEvent = (event: HttpEvent): unknown => events.push(inWords(event));
    const exchanges = [httpGet(a, "http://11.0.0.1/", { onEvent }), httpGet(a, "http://10.0.0.77/", { onEvent })];
    expect(events).toEqual(["connecting to 11.0.0.1:80", "connecting to 10.0.0.77:80"]);
    engine.run(10e9);
    expect(exchanges.map(failure)).toEqual(Array(2).fill([true, undefined, "unreachable"]));
    expect(events.slice(2)).toEqual(Array(2).fill("unreachable: no route to host"));
    expect(exchanges[1]!.error!.cause!.icmp).toMatchObject({ code: 1 });
  });

  it("gives up when its time is over, and resets the connection", () => {
    const { engine, a, b } = createHostPair();
    let reset: string | undefined;
    b.tcp.listen(8080, (connection) => (connection.onError = (error) => (reset = error)));
    const exchange = httpGet(a, URL, { timeout: 3e9 });
    engine.run();
    expect([failure(exchange), exchange.timings.done, reset]).toEqual([[true, undefined, "timeout"], 3e9, "reset"]);
  });

  it("tells an empty reply from one cut short, and from none of HTTP", () => {
    const say = (text: string): unknown => {
      const { engine, a, b } = createHostPair();
      b.tcp.listen(8080, (connection) => {
        connection.send(Buffer.from(text));
        connection.end();
      });
      const exchange = httpGet(a, URL);
      engine.run();
      return exchange.error?.kind;
    };
    expect(say("")).toBe("empty");
    expect(say("HTTP/1.1 200 O")).toBe("partial");
    expect(say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")).toBe("partial");
    expect(say("SSH-2.0-OpenSSH\r\n")).toBe("malformed");
    expect(say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")).toBeUndefined();
    expect(say("HTTP/1.0 200 OK\r\n\r\nuntil the end")).toBeUndefined();
  });

  it("is refused before it is sent where it makes no sense", () => {
    const { a } = createHostPair();
    for (const url of [
      "https://10.0.0.2/",
      "http://backend/",
      "http://10.0.0.2:99999/",
      "http://10.0.0.2:0/",
      "10.0.0.2/ x",
    ])
      expect(() => httpGet(a, url)).toThrow(RangeError);
    expect(() => httpGet(a, URL, { method: "GET / HTTP/1.1\r\n" })).toThrow(RangeError);
    expect(() => httpGet(a, URL, { headers: { "X-Evil": "a\r\nb" } })).toThrow(
      new RangeError('expected the value of header field X-Evil, found "a\\r\\nb"'),
    );
    expect(() => httpGet(a, { address: B, path: "nowhere" })).toThrow(
      new RangeError('expected a path, found "nowhere"'),
    );
  });
});

describe("URLs", () => {
  it("name an address, and a port and path if they like", () => {
    const address = parseIpv4("10.0.0.2");
    expect(parseHttpUrl("10.0.0.2")).toEqual({ address, port: 80, path: "/" });
    expect(parseHttpUrl("HTTP://10.0.0.2:8080?x=1#part")).toEqual({ address, port: 8080, path: "/?x=1" });
  });
});

describe("a handler that throws", () => {
  it("is answered with 500, and costs nobody else anything", () => {
    const { engine, a, b } = createHostPair();
    serveHttp(b, 8080, ({ path }): HttpAnswer => {
      if (path === "/bad") throw new Error("the handler failed");
      return { body: "fine" };
    });
    const [bad, good] = [httpGet(a, `${URL}bad`), httpGet(a, URL)];
    expect(() => engine.run()).toThrow("the handler failed");
    engine.run();
    expect([bad.response!.status, bodyOf(good)]).toEqual([500, "fine"]);
    expect(engine.pool.inFlightCount).toBe(0);
  });
});
