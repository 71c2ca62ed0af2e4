/** tshark as the judge of what pods say over TCP: no segment malformed or out of place, and the exchange readable. */
import { expect, it } from "vitest";
import { MemorySink } from "../../src/capture/index.ts";
import { type Engine, FrameCapture, type NetDevice } from "../../src/datapath/index.ts";
import { httpGet, serveHttp } from "../../src/host/index.ts";
import { createExampleCluster } from "../../src/kubernetes/index.ts";
import { B, createHostPair, type HostPair } from "../unit/datapath/host-pair.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { judge, readFields, run, type TsharkOptions, withFile } from "../tools/tshark.ts";

const CABLE = { latency: 1_000_000, bitsPerSecond: 1e9 };

/** Captures what one device sees, or all of them. */
function record(engine: Engine, only?: NetDevice): () => Uint8Array {
  const sink = new MemorySink();
  const capture = new FrameCapture(engine, sink, { epochSeconds: 1_767_225_600, names: [], application: "a test" });
  const { frames } = capture;
  capture.frames = (device, ...rest) => {
    if (only === undefined || device === only) frames.call(capture, device, ...rest);
  };
  engine.observer = capture;
  return () => {
    capture.end(engine.now);
    return sink.bytes();
  };
}

/** All that Wireshark's analysis of the sequence has to say, of each frame that it says something of. */
function analysis(capture: Uint8Array): string[] {
  const found = readFields(capture, ["frame.number", "_ws.col.Info", "_ws.expert.message"], {
    filter: "tcp.analysis.flags",
  });
  return found.map((row) => Object.values(row).join(" "));
}

/** The stream's bytes in one direction, as Wireshark puts them together. */
function follow(capture: Uint8Array, form: "ascii" | "raw"): string {
  return withFile(capture, (path) => run("tshark", ["-r", path, "-q", "-z", `follow,tcp,${form},0`]));
}

const PROBED = ["tcp.analysis.zero_window_probe", "tcp.analysis.window_update", "tcp.analysis.retransmission"] as const;

function exchange(pair: HostPair, size: number): Uint8Array {
  const end = record(pair.engine, pair.aEnd);
  const body = new Uint8Array(size).map((_, i) => (i * 7) >> 3);
  serveHttp(pair.b, 8080, size === 0 ? undefined : (request) => ({ body: request.body }));
  const done = httpGet(pair.a, { address: B, port: 8080 }, { body });
  pair.engine.run();
  expect(done.response!.status).toBe(200);
  return end();
}

/** For a capture of segments that come in another order. */
const ORDERED: TsharkOptions = { preferences: ["tcp.reassemble_out_of_order:TRUE"] };
/** For one of the same segment at many devices. */
const LOOSE: TsharkOptions = { preferences: ["tcp.analyze_sequence_numbers:FALSE"] };

describeWith([tool("tshark")], "an HTTP exchange over a clean link", () => {
  const capture = exchange(createHostPair({ cable: CABLE }), 0);

  it("is one that tshark has nothing against, nor to remark on", () => {
    judge(capture);
    expect(analysis(capture)).toEqual([]);
  });

  it("goes as between two Linux hosts: handshake, request, acknowledgment, reply, acknowledgment, and both ends", () => {
    const rows = readFields(capture, ["ip.src", "tcp.flags.str", "tcp.len", "tcp.seq", "tcp.ack"], { filter: "tcp" });
    const { length } = rows;
    expect(rows.map((row) => `${row["ip.src"].at(-1)} ${row["tcp.flags.str"].replaceAll("·", "")}`)).toEqual([
      ...["1 S", "2 AS", "1 A", "1 AP", "2 A", "2 AP", "1 A", "1 AF", "2 AF", "1 A"],
    ]);
    // The last: both sides have everything, FIN counted.
    const request = Number(rows[3]!["tcp.len"]);
    const reply = Number(rows[5]!["tcp.len"]);
    expect(rows[length - 1]).toMatchObject({ "tcp.seq": String(request + 2), "tcp.ack": String(reply + 2) });
  });

  it("is told by its stream", () => {
    const text = follow(capture, "ascii");
    expect(text).toContain("GET / HTTP/1.1");
    expect(text).toContain("HTTP/1.1 200 OK");
    expect(text).toMatch(/b at 10\.0\.0\.2:8080 greets 10\.0\.0\.1:\d+/);
  });

  it("is HTTP to tshark, which finds the reply to the request", () => {
    const rows = readFields(capture, ["http.request.method", "http.host", "http.response.code", "http.time"], {
      filter: "http",
    });
    expect(rows).toMatchObject([
      { "http.request.method": "GET", "http.host": "10.0.0.2:8080" },
      { "http.response.code": "200" },
    ]);
    expect(Number(rows[1]!["http.time"])).toBeCloseTo(0.002, 4);
  });

  it("has options that are read as meant", () => {
    const rows = readFields(capture, ["tcp.options.mss_val", "tcp.options.wscale.shift"], {
      filter: "tcp.flags.syn == 1",
    });
    expect(rows).toEqual(Array(2).fill({ "tcp.options.mss_val": "1460", "tcp.options.wscale.shift": "7" }));
  });
});

describeWith([tool("tshark")], "a long exchange", () => {
  it("over a clean link leaves tshark nothing to remark on", () => {
    const capture = exchange(createHostPair({ cable: CABLE, slotCount: 2048 }), 100_000);
    judge(capture);
    expect(analysis(capture)).toEqual([]);
  });

  it("over one that loses, doubles and reorders has the same bytes, and segments sent again", () => {
    const cable = { ...CABLE, loss: 0.03, duplicate: 0.03, reorder: 0.05 };
    const capture = exchange(createHostPair({ cable, slotCount: 2048, seed: 4 }), 100_000);
    judge(capture, { ...LOOSE, without: ["http"] });
    expect(readFields(capture, ["frame.number"], { filter: "tcp.analysis.retransmission" }).length).toBeGreaterThan(0);
    expect(readFields(capture, ["frame.number"], { filter: "http.content_length == 100000", ...ORDERED })).toHaveLength(
      2,
    );
  });

  it("with a reader that stops has a closed window, and probes of it", () => {
    const { engine, a, b, aEnd } = createHostPair({ cable: CABLE, slotCount: 2048 });
    const end = record(engine, aEnd);
    b.tcp.receiveBuffer = 20_000;
    b.tcp.listen(80, (connection) => {
      connection.pause();
      engine.after(2e9, { fire: () => connection.resume() });
    });
    const client = a.tcp.connect(B, 80);
    client.send(new Uint8Array(50_000));
    client.end();
    engine.run();
    const capture = end();
    const rows = readFields(capture, ["tcp.analysis.zero_window", ...PROBED]);
    const count = (field: keyof (typeof rows)[number]): number => rows.filter((row) => row[field] !== "").length;
    expect(count("tcp.analysis.zero_window")).toBeGreaterThan(0);
    expect(count("tcp.analysis.zero_window_probe")).toBe(client.counters.zeroWindowProbes);
    expect(count("tcp.analysis.window_update")).toBeGreaterThan(0);
    // What was probed with is sent again in a segment, and nothing else.
    expect(count("tcp.analysis.retransmission")).toBeLessThan(2);
    judge(capture, LOOSE);
  });
});

describeWith([tool("tshark")], "a connection that fails", () => {
  it("at a closed port, or by an abort, has a reset that tshark finds in place", () => {
    const { engine, a, b, aEnd } = createHostPair({ cable: CABLE });
    const end = record(engine, aEnd);
    a.tcp.connect(B, 81);
    b.tcp.listen(82, (connection) => connection.abort());
    a.tcp.connect(B, 82);
    engine.run();
    const capture = end();
    // A reset is worth a warning to tshark, and there is nothing else.
    const rows = readFields(capture, ["tcp.flags.str", "tcp.seq", "tcp.ack"], { filter: "tcp.flags.reset == 1" });
    expect(rows.map((row) => [row["tcp.flags.str"].replaceAll("·", ""), row["tcp.seq"], row["tcp.ack"]])).toEqual([
      ["AR", "1", "1"],
      ["AR", "1", "1"],
    ]);
    expect(analysis(capture)).toEqual([]);
  });
});

describeWith([tool("tshark")], "an HTTP exchange across nodes", () => {
  const cluster = createExampleCluster();
  const end = record(cluster.engine);
  const [frontend, backend] = [cluster.endpoint("frontend"), cluster.endpoint("backend")];
  const exchanged = httpGet(frontend.host, { address: backend.address, port: 8080 });
  cluster.engine.run();
  const capture = end();

  it("is well-formed at every hop, inside the tunnel and outside", () => {
    expect(new TextDecoder().decode(exchanged.response!.body)).toMatch(
      /^backend at 10\.244\.2\.20:8080 greets 10\.244\.1\.10:/,
    );
    judge(capture, LOOSE);
    expect(readFields(capture, ["frame.number"], { filter: "vxlan && http.response", ...LOOSE }).length).toBe(4);
  });

  it("has segments that fit the tunnel: the MSS is that of the pods' MTU, 1450", () => {
    const rows = readFields(capture, ["tcp.options.mss_val"], { filter: "tcp.flags.syn == 1" });
    expect(new Set(rows.map((row) => row["tcp.options.mss_val"]))).toEqual(new Set(["1410"]));
  });
});
