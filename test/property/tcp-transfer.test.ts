/** Whatever a cable does to segments, the bytes arrive: all of them, once, in order, in both directions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LinkOptions } from "../../src/datapath/index.ts";
import type { TcpConnection } from "../../src/host/index.ts";
import { formatMac } from "../../src/wire/index.ts";
import { B, createHostPair, type HostPair } from "../unit/datapath/host-pair.ts";

const MEGABYTE = 1_000_000;
const PORT = 8080;

/** Bytes that no shift or swap leaves as they are. */
function pattern(length: number, seed: number): Uint8Array {
  let word = seed | 1;
  return new Uint8Array(length).map(() => {
    word = (Math.imul(word, 1_103_515_245) + 12_345) | 0;
    return word >>> 16;
  });
}

/** Gives all of `bytes` to a connection, as fast as it takes them, and then ends it. */
function pour(connection: TcpConnection, bytes: Uint8Array): void {
  let given = 0;
  const go = (): void => {
    given += connection.send(bytes.subarray(given));
    if (given === bytes.length) connection.end();
  };
  connection.onDrain = go;
  go();
}

/** Keeps what a connection receives; its end is the other side's. */
function collect(connection: TcpConnection, into: Uint8Array[], ended: () => void): void {
  connection.onData = (bytes) => into.push(bytes.slice());
  connection.onEnd = ended;
}

/** Neighbours are known: whom ARP does not find, no transfer reaches. */
function createPair(cable: LinkOptions, seed: number): HostPair {
  const pair = createHostPair({ slotCount: 2048, seed, cable });
  const { a, b, aEnd, bEnd } = pair;
  a.namespace.addNeighbour(aEnd, "10.0.0.2", formatMac(bEnd.mac));
  b.namespace.addNeighbour(bEnd, "10.0.0.1", formatMac(aEnd.mac));
  return pair;
}

interface Exchange {
  readonly received: Buffer[];
  readonly ends: string[];
  readonly client: TcpConnection;
}

/** Both sides send at once. Returns what each received, and how the connections ended. */
function exchange(
  pair: HostPair,
  [up, down]: readonly [Uint8Array, Uint8Array],
  heed: (connection: TcpConnection) => void = () => {},
): Exchange {
  const heard: [Uint8Array[], Uint8Array[]] = [[], []];
  const ends: string[] = [];
  pair.b.tcp.listen(PORT, (connection) => {
    collect(connection, heard[0], () => ends.push("server heard the end"));
    connection.onClose = () => ends.push("server closed");
    pour(connection, down);
  });
  const client = pair.a.tcp.connect(B, PORT, {
    onConnect: (connection) => pour(connection, up),
    onError: (error) => ends.push(error),
    onClose: () => ends.push("client closed"),
  });
  collect(client, heard[1], () => ends.push("client heard the end"));
  const { onData } = client;
  client.onData = (bytes, connection) => {
    onData?.(bytes, connection);
    heed(connection);
  };
  pair.engine.run();
  return { received: heard.map((chunks) => Buffer.concat(chunks)), ends: ends.sort(), client };
}

const ALL_ENDS = ["client closed", "client heard the end", "server closed", "server heard the end"];

describe("a transfer", () => {
  it("of a megabyte each way arrives whole though 5 % of all frames are lost, and some doubled or late", () => {
    const cable = { latency: 500_000, bitsPerSecond: 1e9, loss: 0.05, duplicate: 0.02, reorder: 0.05, jitter: 100_000 };
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const pair = createPair(cable, seed);
        const bytes = [pattern(MEGABYTE, seed), pattern(MEGABYTE, seed + 1)] as const;
        const { received, ends, client } = exchange(pair, bytes);
        expect(ends).toEqual(ALL_ENDS);
        expect(received.map((buffer, i) => buffer.equals(bytes[i]!))).toEqual([true, true]);
        expect(client.counters.segmentsRetransmitted).toBeGreaterThan(0);
        expect([pair.engine.pool.inFlightCount, pair.a.tcp.connections(), pair.b.tcp.connections()]).toEqual([
          0,
          [],
          [],
        ]);
      }),
      { numRuns: 5 },
    );
  });

  it("arrives whole over any cable, to who reads when he likes", () => {
    const probability = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });
    const cables = fc.record({
      latency: fc.nat(50_000_000),
      bitsPerSecond: fc.constantFrom(1e6, 1e8, 1e10),
      loss: probability(0.15),
      duplicate: probability(0.2),
      reorder: probability(0.3),
      jitter: fc.nat(5_000_000),
    });
    fc.assert(
      fc.property(
        cables,
        fc.integer(),
        fc.nat(100_000),
        fc.nat(100_000),
        fc.boolean(),
        (cable, seed, up, down, reads) => {
          const pair = createPair(cable, seed);
          if (!reads) pair.a.tcp.receiveBuffer = 3000;
          const bytes = [pattern(up, seed), pattern(down, seed + 1)] as const;
          const { received, ends } = exchange(pair, bytes, reads ? undefined : hesitate(pair));
          expect(ends).toEqual(ALL_ENDS);
          expect(received.map((buffer, i) => buffer.equals(bytes[i]!))).toEqual([true, true]);
          expect(pair.engine.pool.inFlightCount).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("gives the same segments again with the same seed", () => {
    const cable = { latency: 500_000, bitsPerSecond: 1e9, loss: 0.05, reorder: 0.05 };
    const bytes = [pattern(50_000, 1), pattern(50_000, 2)] as const;
    const [first, second, other] = [5, 5, 6].map((seed) => {
      const pair = createPair(cable, seed);
      const { client } = exchange(pair, bytes);
      return [client.localPort, pair.engine.now, client.counters];
    });
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

/** A reader that takes a while after each piece. */
function hesitate({ engine }: HostPair): (connection: TcpConnection) => void {
  return (connection) => {
    connection.pause();
    engine.after(30_000_000, { fire: () => connection.resume() });
  };
}
