/** What ICMP says about segments (RFC 1191, RFC 5461, RFC 5927), across a router whose far link is narrower. */
import { describe, expect, it } from "vitest";
import { createVethPair, Engine, Namespace } from "../../src/datapath/index.ts";
import { Host, type TcpConnection, type TcpError } from "../../src/host/index.ts";
import { parseIpv4 } from "../../src/wire/index.ts";

const SERVER = parseIpv4("10.2.0.1");
const NARROW = 1000;

interface Path {
  readonly engine: Engine;
  readonly client: Host;
  readonly router: Host;
  readonly server: Host;
}

/** client -- router -- server; the router's link to the server takes 1000 bytes, and the server does not know. */
function createPath(): Path {
  const engine = new Engine({ slotCount: 1024 });
  const [client, router, server] = ["client", "router", "server"].map((name) => new Namespace(engine, name));
  const [clientEnd, near] = createVethPair(
    { namespace: client!, name: "eth0" },
    { namespace: router!, name: "eth0" },
    { latency: 1_000_000 },
  );
  const [far, serverEnd] = createVethPair(
    { namespace: router!, name: "eth1", mtu: NARROW },
    { namespace: server!, name: "eth0" },
    { latency: 1_000_000 },
  );
  client!.addAddress(clientEnd, "10.1.0.1/24");
  router!.addAddress(near, "10.1.0.254/24");
  router!.addAddress(far, "10.2.0.254/24");
  server!.addAddress(serverEnd, "10.2.0.1/24");
  client!.addRoute({ to: "default", via: "10.1.0.254" });
  server!.addRoute({ to: "default", via: "10.2.0.254" });
  router!.forwarding = true;
  return { engine, client: new Host(client!), router: new Host(router!), server: new Host(server!) };
}

/** Sends bytes to the server's port 80, and returns the connection, and how many bytes arrived. */
function upload(
  { client, server }: Path,
  length: number,
): { connection: TcpConnection; received: () => number; errors: TcpError[] } {
  let count = 0;
  const errors: TcpError[] = [];
  server.tcp.listen(80, (accepted) => (accepted.onData = (bytes) => (count += bytes.length)));
  const connection = client.tcp.connect(SERVER, 80, { onError: (error) => errors.push(error) });
  connection.send(new Uint8Array(length));
  connection.end();
  return { connection, received: () => count, errors };
}

describe("fragmentation needed", () => {
  it("shrinks segments, sends again what was too long, and does not count as congestion (RFC 1191 section 6.5)", () => {
    const path = createPath();
    const { connection, received } = upload(path, 50_000);
    expect(connection.segmentSize).toBe(536);
    path.engine.run(1e9);
    expect(received()).toBe(50_000);
    expect(connection.segmentSize).toBe(NARROW - 40);
    expect(connection.counters).toMatchObject({ timeouts: 0, fastRetransmits: 0 });
  });

  it("is remembered: the next connection offers, and sends, no more", () => {
    const path = createPath();
    upload(path, 5_000);
    path.engine.run(1e9);
    const next = path.client.tcp.connect(SERVER, 80);
    path.engine.run(2e9);
    expect(next.segmentSize).toBe(NARROW - 40);
    expect(next.counters.segmentsRetransmitted).toBe(0);
  });

  it("that never comes is the black hole: the handshake is done, and nothing longer arrives", () => {
    const path = createPath();
    path.router.namespace.icmp.silent = true;
    const { connection, received, errors } = upload(path, 50_000);
    path.engine.run(600e9);
    expect([connection.state, received()]).toEqual(["FIN-WAIT-1", 0]);
    path.engine.run(2000e9);
    expect([connection.state, errors]).toEqual(["CLOSED", ["timeout"]]);
  });

  it("by a route of this MTU is never needed", () => {
    const path = createPath();
    path.client.namespace.removeRoute("default");
    path.client.namespace.addRoute({ to: "default", via: "10.1.0.254", mtu: NARROW });
    const { connection, received } = upload(path, 50_000);
    path.engine.run(1e9);
    expect([received(), connection.counters.segmentsRetransmitted]).toEqual([50_000, 0]);
  });
});

describe("unreachable (RFC 5461 section 2.1)", () => {
  function connecting(prepare: (path: Path) => void): { path: Path; connection: TcpConnection; errors: unknown[] } {
    const path = createPath();
    prepare(path);
    const errors: unknown[] = [];
    const connection = path.client.tcp.connect(SERVER, 80, {
      onError: (error, _, { icmp }) => errors.push([error, icmp?.type, icmp?.code]),
    });
    path.engine.run(20e9);
    return { path, connection, errors };
  }

  it("ends a connection that is not open yet, with the message as its cause", () => {
    const refuse = (type: "unreachable" | "prohibit") => (path: Path) =>
      path.router.namespace.addRoute({ to: "10.2.0.1/32", type });
    for (const [type, code] of [
      ["unreachable", 1],
      ["prohibit", 13],
    ] as const) {
      const path = createPath();
      path.router.namespace.removeRoute("10.2.0.0/24");
      const { connection, errors } = connecting(refuse(type));
      expect([connection.state, errors]).toEqual(["CLOSED", [["unreachable", 3, code]]]);
    }
  });

  it("is what a host says itself of a neighbour that does not answer", () => {
    const { errors } = connecting(({ client }) => {
      client.namespace.removeRoute("default");
      client.namespace.addRoute({ to: "default", via: "10.1.0.77" });
    });
    expect(errors).toEqual([["unreachable", 3, 1]]);
  });

  it("is refusal, where it is about a port", () => {
    const { path, connection } = connecting(({ client }) =>
      client.namespace.addRoute({ to: "10.2.0.1/32", via: "10.1.0.254" }),
    );
    expect(connection.state).toBe("CLOSED");
    expect(path.client.tcp.connections()).toEqual([]);
  });

  it("does not end a connection that is open: the way may come back", () => {
    const path = createPath();
    const { connection, errors } = upload(path, 500);
    path.engine.run(1e9);
    connection.abort();
    const next = path.client.tcp.connect(SERVER, 80, { onError: (error) => errors.push(error) });
    path.engine.run(2e9);
    path.router.namespace.addRoute({ to: "10.2.0.1/32", type: "unreachable" });
    next.send(new Uint8Array(10));
    path.engine.run(10e9);
    expect([next.state, next.sendQueueLength, errors]).toEqual(["ESTABLISHED", 10, []]);
    path.router.namespace.removeRoute("10.2.0.1/32");
    path.engine.run(20e9);
    expect(next.sendQueueLength).toBe(0);
  });
});
