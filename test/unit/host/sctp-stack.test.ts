import { describe, expect, it } from "vitest";
import { NANOSECONDS_PER_SECOND, Stage } from "../../../src/datapath/index.ts";
import { sendDatagram } from "../../../src/host/datagram.ts";
import type { Host, SctpProbeResult } from "../../../src/host/index.ts";
import {
  chunks,
  DropReason,
  initFields,
  ipv4,
  parseIpv4,
  Protocol,
  sctp,
  type SctpChunk,
  SctpChunkType,
  writeChunkHeader,
} from "../../../src/wire/index.ts";
import { A, B, createHostPair, dropsBy, type HostPair } from "../datapath/host-pair.ts";

const PORT = 80;

/** A pair whose first host is played by the test. */
function createPeer(): HostPair & { readonly heard: { tag: number; chunk: SctpChunk; initiateTag: number }[] } {
  const pair = createHostPair();
  const { pool } = pair.engine;
  const heard: { tag: number; chunk: SctpChunk; initiateTag: number }[] = [];
  const run = (handles: Int32Array, first: number, end: number): void => {
    for (const handle of handles.subarray(first, end)) {
      const offset = pool.start[handle]!;
      const header = offset + ipv4.headerLength(pool.view, offset);
      const packetEnd = offset + pool.length[handle]!;
      expect(sctp.verifyChecksum(pool.view, header, packetEnd)).toBe(true);
      const [chunk] = chunks(pool.view, header + sctp.HEADER_LENGTH, packetEnd);
      const initiateTag = chunk!.length >= 20 ? initFields(pool.view, chunk!).initiateTag : 0;
      heard.push({ tag: sctp.verificationTag(pool.view, header), chunk: chunk!, initiateTag });
      pair.engine.deliver(handle);
    }
  };
  pair.a.namespace.protocols.set(Protocol.SCTP, new Stage(pair.engine, { run }));
  return { ...pair, heard };
}

/** Sends a packet with one chunk of zeroes from port 1000, which `change` may change before the checksum is there. */
function send(
  host: Host,
  type: number,
  {
    tag = 0,
    length = 4,
    change = () => {},
    spoil = 0,
  }: {
    readonly tag?: number;
    readonly length?: number;
    readonly change?: (view: DataView, chunk: number) => void;
    readonly spoil?: number;
  } = {},
): void {
  const options = { protocol: Protocol.SCTP, destination: B, pathMtuDiscovery: "want" } as const;
  sendDatagram(host.namespace, options, sctp.HEADER_LENGTH + length, (view, _ip, offset, end) => {
    sctp.write(view, offset, { sourcePort: 1000, destinationPort: PORT, verificationTag: tag });
    for (let at = offset + sctp.HEADER_LENGTH; at < end; at++) view.setUint8(at, 0);
    writeChunkHeader(view, offset + sctp.HEADER_LENGTH, type, 0, length);
    change(view, offset + sctp.HEADER_LENGTH);
    sctp.updateChecksum(view, offset, end);
    sctp.setPacketChecksum(view, offset, sctp.packetChecksum(view, offset) ^ spoil);
  });
}

const INIT = { length: 20, change: (view: DataView, chunk: number): void => view.setUint32(chunk + 4, 99) };

describe("a probe", () => {
  function probe(pair: HostPair, address: number, port: number): [SctpProbeResult, number][] {
    const results: [SctpProbeResult, number][] = [];
    pair.a.sctp.probe(address, port, { onResult: (result) => results.push([result, pair.engine.now]) });
    pair.engine.run();
    return results;
  }

  it("tells open ports from closed ones", () => {
    const pair = createHostPair();
    const requests: unknown[] = [];
    const listener = pair.b.sctp.listen(PORT, (request) => requests.push(request));
    expect(probe(pair, B, PORT)).toEqual([["open", 0]]);
    expect(probe(pair, B, PORT + 1)).toEqual([["closed", expect.any(Number)]]);
    expect(requests).toEqual([{ from: A, fromPort: expect.any(Number), to: B }]);
    expect(listener.receivedCount).toBe(1);
    expect(pair.b.sctp.listeners()).toEqual([listener]);
    pair.b.sctp.close(PORT);
    expect(probe(pair, B, PORT)[0]![0]).toBe("closed");
  });

  it("tells silence after a second, and that there is no way at once", () => {
    const pair = createHostPair();
    pair.b.namespace.protocols.delete(Protocol.SCTP);
    pair.bEnd.up = false;
    expect(probe(pair, B, PORT)).toEqual([["timeout", NANOSECONDS_PER_SECOND]]);
    expect(probe(pair, parseIpv4("10.9.0.1"), PORT)[0]![0]).toBe("unreachable");
  });

  it("believes nobody who does not know its tag", () => {
    const pair = createHostPair();
    const results: string[] = [];
    pair.bEnd.up = false;
    pair.b.sctp.probe(B, PORT, { localPort: PORT, onResult: (result) => results.push(result) });
    expect(() => pair.b.sctp.probe(B, 9, { localPort: PORT })).toThrow("expected a free SCTP port in b, found 80");
    expect(() => pair.b.sctp.probe(B, 65_536)).toThrow("expected an SCTP port from 1 to 65535, found 65536");
    pair.bEnd.up = true;
    send(pair.a, SctpChunkType.ABORT, { tag: 1 });
    pair.engine.run();
    expect(results).toEqual(["closed"]); // its own stack's answer to itself
  });
});

describe("a port", () => {
  it("answers INIT with INIT ACK, under the tag that it asks for, and with a cookie", () => {
    const { a, b, engine, heard } = createPeer();
    b.sctp.listen(PORT);
    expect(() => b.sctp.listen(PORT)).toThrow("expected a free SCTP port in b, found 80, which is in use");
    send(a, SctpChunkType.INIT, INIT);
    engine.run();
    expect(heard).toMatchObject([{ tag: 99, chunk: { type: SctpChunkType.INIT_ACK, length: 40 } }]);
    expect(heard[0]!.initiateTag).not.toBe(0);
  });

  it.each([
    ["INIT to a closed port", SctpChunkType.INIT, INIT, { tag: 99, chunk: { type: SctpChunkType.ABORT, flags: 0 } }],
    ["COOKIE ECHO", SctpChunkType.COOKIE_ECHO, { tag: 5 }, { tag: 5, chunk: { type: SctpChunkType.ABORT, flags: 1 } }],
    ["DATA", SctpChunkType.DATA, { tag: 5, length: 20 }, { tag: 5, chunk: { type: SctpChunkType.ABORT, flags: 1 } }],
    [
      "SHUTDOWN ACK",
      SctpChunkType.SHUTDOWN_ACK,
      { tag: 5 },
      { tag: 5, chunk: { type: SctpChunkType.SHUTDOWN_COMPLETE, flags: 1 } },
    ],
  ])("answers %s of no association as RFC 9260 section 8.4 has it", (_name, type, parts, expected) => {
    const { a, engine, heard, bEnd } = createPeer();
    send(a, type, parts);
    engine.run();
    expect(heard).toMatchObject([expected]);
    expect(dropsBy(bEnd)).toEqual({ [DropReason.NO_SOCKET]: 1 });
  });

  const { NO_SOCKET, SCTP_CSUM, PKT_TOO_SMALL, INVALID_PROTO } = DropReason;
  it.each([
    ["ABORT", SctpChunkType.ABORT, { tag: 5 }, NO_SOCKET],
    ["SHUTDOWN COMPLETE", SctpChunkType.SHUTDOWN_COMPLETE, { tag: 5 }, NO_SOCKET],
    ["COOKIE ACK", SctpChunkType.COOKIE_ACK, { tag: 5 }, NO_SOCKET],
    ["ERROR", SctpChunkType.ERROR, { tag: 5 }, NO_SOCKET],
    ["a wrong checksum", SctpChunkType.INIT, { ...INIT, spoil: 1 }, SCTP_CSUM],
    ["INIT with a tag", SctpChunkType.INIT, { ...INIT, tag: 7 }, INVALID_PROTO],
    ["INIT that asks for tag 0", SctpChunkType.INIT, { length: 20 }, INVALID_PROTO],
    ["INIT that is cut", SctpChunkType.INIT, { length: 16 }, INVALID_PROTO],
    [
      "INIT with another chunk",
      SctpChunkType.INIT,
      {
        length: 24,
        change: (view: DataView, chunk: number) => {
          INIT.change(view, chunk);
          view.setUint16(chunk + 2, 20);
          view.setUint16(chunk + 22, 4);
        },
      },
      INVALID_PROTO,
    ],
    [
      "no chunk",
      SctpChunkType.INIT,
      { length: 4, change: (view: DataView, chunk: number) => view.setUint16(chunk + 2, 3) },
      PKT_TOO_SMALL,
    ],
  ])("does not answer %s", (_name, type, parts, reason) => {
    const { a, b, engine, heard, bEnd } = createPeer();
    b.sctp.listen(PORT);
    send(a, type, parts);
    engine.run();
    expect(heard).toEqual([]);
    expect(dropsBy(bEnd)).toEqual({ [reason]: 1 });
  });
});
