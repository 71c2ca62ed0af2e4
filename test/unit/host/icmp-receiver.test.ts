import { describe, expect, it } from "vitest";
import {
  DropReason,
  EtherType,
  ethernet,
  icmpv4,
  IcmpType,
  ipv4,
  Protocol,
  udp,
  UnreachableCode,
} from "../../../src/wire/index.ts";
import { A, B, createHostPair, dropsBy, type HostPair } from "../datapath/host-pair.ts";

/** Bytes of an error that quotes a header and eight bytes more: the longest message here. */
const QUOTE_LENGTH = icmpv4.HEADER_LENGTH + ipv4.HEADER_LENGTH + udp.HEADER_LENGTH;
const MESSAGE = ethernet.HEADER_LENGTH + ipv4.HEADER_LENGTH;

/** Lets an ICMP message of b arrive at a: `write` writes it, of `length` bytes, and its checksum follows. */
function arrive(
  { engine, aEnd, bEnd }: HostPair,
  length: number,
  write: (view: DataView, offset: number) => void,
  finish: (view: DataView, offset: number) => void = () => undefined,
): void {
  const frame = new Uint8Array(MESSAGE + QUOTE_LENGTH).subarray(0, MESSAGE + length);
  const view = new DataView(frame.buffer);
  ethernet.write(view, 0, { destination: aEnd.mac, source: bEnd.mac, etherType: EtherType.IPV4 });
  ipv4.write(view, ethernet.HEADER_LENGTH, {
    totalLength: frame.length - ethernet.HEADER_LENGTH,
    protocol: Protocol.ICMP,
    source: B,
    destination: A,
  });
  write(view, MESSAGE);
  if (length >= icmpv4.HEADER_LENGTH) icmpv4.updateChecksum(view, MESSAGE, frame.length);
  finish(view, MESSAGE);
  aEnd.arrive(frame);
  engine.run(1);
}

/** A "fragmentation needed" that quotes a UDP datagram of a, with `change` in the quoted header. */
function quote(
  view: DataView,
  offset: number,
  change: (view: DataView, quoted: number) => void = () => undefined,
): void {
  icmpv4.write(view, offset, {
    type: IcmpType.DESTINATION_UNREACHABLE,
    code: UnreachableCode.FRAGMENTATION_NEEDED,
    nextHopMtu: 1400,
  });
  const quoted = icmpv4.quotedOffset(offset);
  ipv4.write(view, quoted, { totalLength: 1500, protocol: Protocol.UDP, source: A, destination: B });
  udp.write(view, quoted + ipv4.HEADER_LENGTH, { sourcePort: 1000, destinationPort: 9, datagramLength: 1480 });
  change(view, quoted);
}

describe("messages that are wrong", () => {
  it.each<[string, number, number, (view: DataView, offset: number) => void, (view: DataView, offset: number) => void]>(
    [
      ["cut short", 7, DropReason.ICMP_INVALID, () => undefined, () => undefined],
      [
        "with a wrong checksum",
        8,
        DropReason.ICMP_CSUM,
        (view, offset) => icmpv4.write(view, offset, { type: IcmpType.ECHO }),
        (view, offset) => icmpv4.setSequence(view, offset, 1),
      ],
      [
        "of a type that hosts do not know",
        8,
        DropReason.ICMP_INVALID,
        (view, offset) => icmpv4.write(view, offset, { type: 200 }),
        () => undefined,
      ],
    ],
  )("%s are dropped", (_, length, reason, write, finish) => {
    const pair = createHostPair();
    arrive(pair, length, write, finish);
    expect([dropsBy(pair.aEnd), pair.aEnd.counters[2]]).toEqual([{ [reason]: 1 }, 0]);
  });
});

describe("fragmentation needed", () => {
  it("is believed for the quoted destination, and told to the socket that sent", () => {
    const pair = createHostPair();
    const told: number[] = [];
    pair.a.openUdp({ port: 1000, onError: (error, about) => told.push(error.nextHopMtu, about.destinationPort) });
    arrive(pair, QUOTE_LENGTH, quote);
    expect([pair.a.namespace.pathMtu.limit(B, 1500), told]).toEqual([1400, [1400, 9]]);
  });

  it.each<[string, (view: DataView, quoted: number) => void, number?]>([
    ["less than eight bytes behind the header", () => undefined, QUOTE_LENGTH - 1],
    ["no IPv4", (view, quoted) => view.setUint8(quoted, 0x65)],
    ["a header length below 20 bytes", (view, quoted) => view.setUint8(quoted, 0x44)],
    ["a header longer than what is there", (view, quoted) => view.setUint8(quoted, 0x46)],
  ])("that quotes %s tells nothing", (_, change, length = QUOTE_LENGTH) => {
    const pair = createHostPair();
    pair.a.openUdp({ port: 1000, onError: () => expect.fail("a socket was told") });
    arrive(pair, length, (view, offset) => quote(view, offset, change));
    expect([pair.a.namespace.pathMtu.limit(B, 1500), dropsBy(pair.aEnd), pair.engine.deliveredCount]).toEqual([
      1500,
      {},
      1,
    ]);
  });
});

describe("errors about echoes", () => {
  function aboutEcho(type: number): number {
    const pair = createHostPair();
    let told = 0;
    pair.a.icmp.echoListeners.set(77, () => told++);
    arrive(pair, QUOTE_LENGTH, (view, offset) => {
      quote(view, offset, (_, quoted) => ipv4.setProtocol(view, quoted, Protocol.ICMP));
      icmpv4.write(view, icmpv4.quotedOffset(offset) + ipv4.HEADER_LENGTH, { type, identifier: 77, sequence: 1 });
    });
    return told;
  }

  it("reach the ping that asked, and not one whose identifier somebody else's echo bears", () => {
    expect([aboutEcho(IcmpType.ECHO), aboutEcho(IcmpType.ECHO_REPLY)]).toEqual([1, 0]);
  });
});

describe("echo requests to everybody", () => {
  it.each([true, false])("are ignored as in Linux unless told otherwise: %s", (ignores) => {
    const pair = createHostPair();
    pair.b.icmp.ignoresBroadcastEcho = ignores;
    const ping = pair.a.ping(0x0a0000ff);
    pair.engine.run(1);
    expect(ping.receivedCount).toBe(ignores ? 0 : 1);
    expect(dropsBy(pair.bEnd)).toEqual(ignores ? { [DropReason.INVALID_PROTO]: 1 } : {});
  });
});
