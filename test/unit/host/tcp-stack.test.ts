import { describe, expect, it } from "vitest";
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST } from "../../../src/datapath/index.ts";
import type { TcpConnection } from "../../../src/host/index.ts";
import { DropReason, parseIpv4 } from "../../../src/wire/index.ts";
import { A, B, createHostPair, dropsBy } from "../datapath/host-pair.ts";
import { Flags, SYN_OPTIONS, TcpPeer } from "./tcp-peer.ts";

describe("ports", () => {
  it("are those asked for, or free ones of the ephemeral range", () => {
    const { a } = createHostPair();
    expect(a.tcp.connect(B, 80, { localPort: 1234 }).localPort).toBe(1234);
    const { localPort } = a.tcp.connect(B, 80);
    expect(localPort).toBeGreaterThanOrEqual(EPHEMERAL_PORT_FIRST);
    expect(localPort).toBeLessThanOrEqual(EPHEMERAL_PORT_LAST);
  });

  it("are taken by one listener, and by one connection to the same place", () => {
    const { a } = createHostPair();
    const listener = a.tcp.listen(80, () => {});
    expect(() => a.tcp.listen(80, () => {})).toThrow(
      new RangeError("expected a free TCP port in a, found 80, which is in use"),
    );
    listener.close();
    listener.close();
    a.tcp.listen(80, () => {});
    a.tcp.connect(B, 80, { localPort: 1234 });
    a.tcp.connect(B, 81, { localPort: 1234 });
    expect(() => a.tcp.connect(B, 80, { localPort: 1234 })).toThrow(
      new RangeError("expected a free TCP port in a, found 1234, which is in use"),
    );
  });

  it("and addresses have to be some", () => {
    const { a } = createHostPair();
    for (const port of [0, 65_536, 1.5, NaN])
      expect(() => a.tcp.listen(port, () => {})).toThrow(
        new RangeError(`expected a TCP port from 1 to 65535, found ${port}`),
      );
    expect(() => a.tcp.connect(B, 0)).toThrow(RangeError);
    expect(() => a.tcp.connect(-1, 80)).toThrow(
      new RangeError("expected an IPv4 address from 0 to 4294967295, found -1"),
    );
  });
});

describe("a listener", () => {
  it("takes as many handshakes at once as its backlog says; SYN beyond comes again", () => {
    const peer = new TcpPeer();
    const accepted: TcpConnection[] = [];
    const listener = peer.host.tcp.listen(80, (connection) => accepted.push(connection), { backlog: 2 });
    peer.port = 80;
    const syn = (sourcePort: number): number => peer.say({ flags: Flags.SYN, sourcePort }).length;
    expect([syn(1), syn(2), syn(3)]).toEqual([1, 1, 0]);
    expect([listener.pendingCount, listener.overflowCount]).toEqual([2, 1]);
    expect(dropsBy(peer.host.namespace.device("eth0"))).toEqual({ [DropReason.TCP_LISTEN_OVERFLOW]: 1 });
    peer.say({ sourcePort: 1, sequence: 1001, acknowledgment: peer.heard[0]!.sequence + 1 });
    expect([listener.pendingCount, accepted.length, listener.acceptedCount, syn(3)]).toEqual([1, 1, 1, 1]);
  });

  it("that closes resets handshakes under way, and leaves connections alone", () => {
    const peer = new TcpPeer();
    const accepted: TcpConnection[] = [];
    const listener = peer.host.tcp.listen(80, (connection) => accepted.push(connection));
    peer.open(80);
    peer.say({ flags: Flags.SYN, sourcePort: 7, sequence: 50 });
    const answers = peer.after(() => listener.close());
    expect(answers).toMatchObject([{ flags: Flags.RST_ACK, destinationPort: 7 }]);
    expect(peer.host.tcp.connections()).toEqual(accepted);
    expect(peer.say({ flags: Flags.SYN, sourcePort: 8 })).toMatchObject([{ flags: Flags.RST_ACK }]);
  });
});

describe("the limit of connections", () => {
  it("refuses more, but for those in TIME-WAIT, which give way", () => {
    const { engine, a, b } = createHostPair();
    b.tcp.listen(80, () => {});
    a.tcp.connectionLimit = 2;
    const first = a.tcp.connect(B, 80, { onConnect: (connection) => connection.end() });
    const second = a.tcp.connect(B, 80);
    engine.run(1e9);
    expect([first.state, second.state]).toEqual(["TIME-WAIT", "ESTABLISHED"]);
    const third = a.tcp.connect(B, 80);
    expect([first.state, third.state]).toEqual(["CLOSED", "SYN-SENT"]);
    expect(() => a.tcp.connect(B, 80)).toThrow(new RangeError("expected fewer than 2 connections in a, found as many"));
    expect(a.tcp.connections()).toEqual([second, third]);
  });

  it("drops SYN when it is reached", () => {
    const peer = new TcpPeer();
    peer.host.tcp.listen(80, () => {});
    peer.host.tcp.connectionLimit = 1;
    peer.open(80, { options: SYN_OPTIONS });
    expect(peer.say({ flags: Flags.SYN, sourcePort: 9 })).toEqual([]);
  });
});

describe("a connection that cannot be", () => {
  it("is told of, but not before its maker has it", () => {
    const { engine, a } = createHostPair();
    const events: string[] = [];
    const connection = a.tcp.connect(parseIpv4("11.0.0.1"), 80);
    connection.onError = (error) => events.push(error);
    connection.onClose = () => events.push("closed");
    expect(connection.state).toBe("CLOSED");
    engine.run();
    expect([events, connection.error, a.tcp.connections()]).toEqual([["unreachable", "closed"], "unreachable", []]);
  });

  it("is one to everybody", () => {
    const { engine, a } = createHostPair();
    const connection = a.tcp.connect(parseIpv4("10.0.0.255"), 80);
    engine.run();
    expect(connection.error).toBe("unreachable");
  });
});

describe("a callback that throws", () => {
  it("costs nobody a segment: the books balance, and all other callbacks are called", () => {
    const { engine, a, b } = createHostPair({ slotCount: 256 });
    const events: string[] = [];
    b.tcp.listen(80, (connection) => {
      connection.onData = (bytes) => {
        events.push(`data ${bytes.length}`);
        throw new Error("the application failed");
      };
      connection.onEnd = () => {
        events.push("end");
        connection.end();
      };
      connection.onClose = () => events.push("closed");
      throw new Error("the application failed");
    });
    const client = a.tcp.connect(B, 80);
    client.send(new Uint8Array(2000));
    client.end();
    let failures = 0;
    for (; ; failures++) {
      try {
        engine.run();
        break;
      } catch (error) {
        expect(error).toEqual(new Error("the application failed"));
        expect(failures).toBeLessThan(4);
      }
    }
    expect(failures).toBeGreaterThan(0);
    expect(events).toEqual(["data 1460", "data 540", "end", "closed"]);
    expect(client.counters.segmentsRetransmitted).toBe(0);
    expect([engine.pool.inFlightCount, a.tcp.connections(), b.tcp.connections()]).toEqual([0, [], []]);
  });
});

describe("an empty pool", () => {
  it("costs time, and no bytes", () => {
    const { engine, a, b } = createHostPair({ slotCount: 6, cable: { latency: 100_000 } });
    let count = 0;
    b.tcp.listen(80, (connection) => (connection.onData = (bytes) => (count += bytes.length)));
    const client = a.tcp.connect(B, 80);
    client.send(new Uint8Array(100_000));
    client.end();
    engine.run();
    expect([count, client.state]).toEqual([100_000, "CLOSED"]);
    expect(client.counters.segmentsRetransmitted).toBeGreaterThan(0);
  });
});

describe("a host that speaks to itself", () => {
  it("does so over its loopback, in segments that the pool's slots hold", () => {
    const { engine, a } = createHostPair({ slotCount: 512 });
    let count = 0;
    a.tcp.listen(80, (connection) => (connection.onData = (bytes) => (count += bytes.length)));
    const client = a.tcp.connect(A, 80);
    client.send(new Uint8Array(100_000));
    client.end();
    engine.run();
    expect([count, client.state, client.localAddress]).toEqual([100_000, "CLOSED", A]);
  });
});

describe("abort and send", () => {
  it("may be called from anywhere, and at any time", () => {
    const { engine, a, b } = createHostPair();
    b.tcp.listen(80, (connection) => {
      connection.onData = () => connection.abort();
      connection.onEnd = () => expect.fail("told after abort");
    });
    const events: string[] = [];
    const client = a.tcp.connect(B, 80, { onError: (error) => events.push(error) });
    client.send(new Uint8Array(10));
    client.end();
    expect(() => client.send(new Uint8Array(1))).toThrow(
      "expected a connection that has not ended, found send after end",
    );
    engine.run();
    expect(events).toEqual(["reset"]);
    client.abort();
    client.end();
    const other = a.tcp.connect(B, 81);
    engine.run();
    expect([other.error, other.send(new Uint8Array(5))]).toEqual(["refused", 0]);
  });
});
