/** RFC 9293 sections 3.7, 3.8 and 3.10.7.4: segments, windows and acknowledgments of an open connection. */
import { describe, expect, it } from "vitest";
import type { TcpConnection } from "../../src/host/index.ts";
import { DropReason, tcp } from "../../src/wire/index.ts";
import { dropsBy } from "../unit/datapath/host-pair.ts";
import { Flags, inShort, type PeerOptions, type Said, SYN_OPTIONS, TcpPeer } from "../unit/host/tcp-peer.ts";

const { ACK, FIN_ACK } = Flags;
const PORT = 80;

interface Established {
  readonly peer: TcpPeer;
  readonly connection: TcpConnection;
  /** All bytes that the application heard. */
  readonly heard: number[];
}

function establish(
  syn: Said = { options: SYN_OPTIONS },
  options: PeerOptions & { receiveBuffer?: number } = {},
): Established {
  const peer = new TcpPeer(options);
  if (options.receiveBuffer !== undefined) peer.host.tcp.receiveBuffer = options.receiveBuffer;
  const heard: number[] = [];
  let connection: TcpConnection | undefined;
  peer.host.tcp.listen(PORT, (accepted) => {
    connection = accepted;
    accepted.onData = (bytes) => heard.push(...bytes);
  });
  peer.window = syn.window ?? peer.window;
  peer.open(PORT, syn);
  return { peer, connection: connection!, heard };
}

function bytes(first: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => first + i);
}

describe("segments (section 3.7.1)", () => {
  it("are no longer than the other side takes, and PSH marks the last (section 3.9.1.2)", () => {
    const { peer, connection } = establish();
    expect(peer.after(() => connection.send(new Uint8Array(3000))).map(inShort)).toEqual([". 1460", ". 1460", "P. 80"]);
  });

  it("hold 536 bytes at most for who names no size", () => {
    const { peer, connection } = establish({});
    expect(peer.after(() => connection.send(new Uint8Array(600))).map(inShort)).toEqual([". 536", "P. 64"]);
  });

  it("are no longer than the link takes, and say that nobody may fragment them", () => {
    const { peer, connection } = establish({ options: SYN_OPTIONS }, { mtu: 600 });
    const sent = peer.after(() => connection.send(new Uint8Array(600)));
    expect(sent.map(({ payload, dontFragment }) => [payload.length, dontFragment])).toEqual([
      [560, true],
      [40, true],
    ]);
  });

  it("wait, while others are under way, until they are full (Nagle: section 3.7.4, as Linux has it: other small ones)", () => {
    const { peer, connection } = establish();
    const send = (count: number): string[] => peer.after(() => connection.send(new Uint8Array(count))).map(inShort);
    expect([send(10), send(10), send(10)]).toEqual([["P. 10"], [], []]);
    expect(peer.say({ acknowledgment: peer.acknowledgment + 10 }).map(inShort)).toEqual(["P. 20"]);
    expect([send(1460), send(100)]).toEqual([["P. 1460"], []]);
    connection.noDelay = true;
    peer.settle();
    expect([peer.heard.slice(-1).map(inShort), send(10)]).toEqual([["P. 100"], ["P. 10"]]);
  });
});

describe("what arrives (section 3.10.7.4)", () => {
  it("out of order waits for what comes before, and is acknowledged up to the gap", () => {
    const { peer, heard } = establish();
    const at = peer.sequence;
    expect(peer.say({ sequence: at + 4, payload: bytes(4, 4) })).toMatchObject([{ flags: ACK, acknowledgment: at }]);
    expect(heard).toEqual([]);
    expect(peer.say({ payload: bytes(0, 4) })).toMatchObject([{ acknowledgment: at + 8 }]);
    expect(heard).toEqual([...bytes(0, 8)]);
  });

  it("twice, or overlapping, is heard once", () => {
    const { peer, heard, connection } = establish();
    const at = peer.sequence;
    peer.say({ payload: bytes(0, 4) });
    expect(peer.say({ payload: bytes(0, 4) })).toMatchObject([{ flags: ACK, acknowledgment: at + 4 }]);
    peer.say({ sequence: at + 6, payload: bytes(6, 4) });
    peer.say({ sequence: at + 2, payload: bytes(2, 6) });
    expect(heard).toEqual([...bytes(0, 10)]);
    expect(connection.counters).toMatchObject({ duplicates: 1, bytesReceived: 10 });
    expect(dropsBy(peer.host.namespace.device("eth0"))).toEqual({ [DropReason.TCP_OLD_DATA]: 1 });
  });

  it("goes on across the end of the sequence numbers", () => {
    const { peer, heard } = establish({ options: SYN_OPTIONS, sequence: 0xffff_fffc });
    // `open` counted on from its own number.
    peer.sequence = 0xffff_fffd;
    peer.say({ sequence: 1, payload: bytes(4, 4) });
    peer.say({ payload: bytes(0, 4) });
    expect(heard).toEqual([...bytes(0, 8)]);
  });

  it("beyond the window is cut, and all beyond it is answered with where the window is", () => {
    const { peer, heard } = establish({ options: SYN_OPTIONS }, { receiveBuffer: 1000 });
    const at = peer.sequence;
    expect(peer.say({ sequence: at + 1000, payload: bytes(0, 1) })).toMatchObject([{ flags: ACK, acknowledgment: at }]);
    peer.say({ payload: new Uint8Array(1400) });
    expect(heard).toHaveLength(1000);
    expect(dropsBy(peer.host.namespace.device("eth0"))).toEqual({ [DropReason.TCP_OVERWINDOW]: 1 });
  });

  it("without ACK is dropped", () => {
    const { peer, heard } = establish();
    expect(peer.say({ flags: 0, payload: bytes(0, 4) })).toEqual([]);
    expect(heard).toEqual([]);
    expect(dropsBy(peer.host.namespace.device("eth0"))).toEqual({ [DropReason.TCP_FLAGS]: 1 });
  });
});

describe("acknowledgments (section 3.8.6.3)", () => {
  it("leave at once until the application turns out to answer, as Linux's do; then within 40 ms, or with an answer", () => {
    const { peer, connection } = establish();
    expect(peer.say({ payload: bytes(0, 4) }).map(inShort)).toEqual([". 0"]);
    peer.sequence += 4;
    expect(peer.after(() => connection.send(bytes(0, 1))).map(inShort)).toEqual(["P. 1"]);
    peer.acknowledgment++;
    expect(peer.say({ payload: bytes(4, 4) })).toEqual([]);
    peer.sequence += 4;
    expect(peer.wait(39)).toEqual([]);
    expect(peer.wait(1)).toMatchObject([{ flags: ACK, acknowledgment: peer.sequence }]);
    peer.say({ payload: bytes(8, 4) });
    peer.sequence += 4;
    expect(peer.after(() => connection.send(bytes(0, 1)))).toMatchObject([{ acknowledgment: peer.sequence }]);
    expect(peer.wait(100)).toEqual([]);
  });

  it("of a long stream leave at once sixteen times, then with every second segment, and within 40 ms after the last", () => {
    const { peer } = establish();
    const answers: number[] = [];
    for (let i = 0; i < 25; i++) {
      answers.push(peer.say({ payload: new Uint8Array(1460) }).length);
      peer.sequence += 1460;
    }
    // The handshake's own acknowledgment was the first.
    expect(answers).toEqual([...Array(15).fill(1), ...Array(5).fill([0, 1]).flat()]);
    peer.say({ payload: bytes(0, 1) });
    expect([peer.wait(39).length, peer.wait(1).length]).toEqual([0, 1]);
  });

  it("leave with every second full segment at the latest", () => {
    const { peer, connection } = establish();
    peer.say({ payload: bytes(0, 1) });
    peer.sequence++;
    peer.after(() => connection.send(bytes(0, 1)));
    peer.acknowledgment++;
    const full = { payload: new Uint8Array(1460) };
    expect(peer.say(full)).toEqual([]);
    peer.sequence += 1460;
    expect(peer.say(full)).toMatchObject([{ acknowledgment: peer.sequence + 1460 }]);
  });
});

describe("the window that we offer", () => {
  it("closes behind what the application does not take, and is told of when it opens", () => {
    const { peer, connection, heard } = establish({ options: SYN_OPTIONS }, { receiveBuffer: 4096 });
    connection.pause();
    const windows: number[] = [];
    for (let i = 0; i < 4; i++) {
      windows.push(...peer.say({ payload: new Uint8Array(1024) }).map(({ window }) => window << 7));
      peer.sequence += 1024;
    }
    expect(windows).toEqual([3072, 2048, 1024, 0]);
    expect([heard.length, connection.receiveQueueLength]).toEqual([0, 4096]);
    expect(peer.say({ payload: bytes(0, 1) })).toMatchObject([
      { flags: ACK, acknowledgment: peer.sequence, window: 0 },
    ]);
    expect(dropsBy(peer.host.namespace.device("eth0"))).toEqual({ [DropReason.TCP_ZEROWINDOW]: 1 });
    expect(peer.after(() => connection.resume())).toMatchObject([{ flags: ACK, window: 4096 >> 7 }]);
    expect([heard.length, connection.receiveQueueLength]).toEqual([4096, 0]);
  });

  it("takes acknowledgments while it is closed", () => {
    const { peer, connection } = establish({ options: SYN_OPTIONS }, { receiveBuffer: 1024 });
    connection.pause();
    peer.say({ payload: new Uint8Array(1024) });
    peer.sequence += 1024;
    peer.after(() => connection.send(bytes(0, 10)));
    peer.say({ payload: bytes(0, 1), acknowledgment: peer.acknowledgment + 10 });
    expect(connection.sendQueueLength).toBe(0);
  });

  it("tells the end when the bytes before it are taken", () => {
    const { peer, connection, heard } = establish();
    const events: number[] = [];
    connection.onEnd = () => events.push(heard.length);
    connection.pause();
    peer.say({ payload: bytes(0, 9), flags: FIN_ACK });
    expect(events).toEqual([]);
    connection.resume();
    expect(events).toEqual([9]);
  });
});

describe("the window that the other side offers", () => {
  it("bounds what is under way, and is shifted but in SYN (RFC 7323 section 2.2)", () => {
    const options = tcp.buildOptions([
      { name: "windowScale", shift: 2 },
      { name: "maximumSegmentSize", size: 1000 },
    ]);
    const { peer, connection } = establish({ options, window: 1000 });
    expect(connection.sendWindow).toBe(4000);
    expect(peer.after(() => connection.send(new Uint8Array(9000)))).toHaveLength(4);
    expect(peer.say({ acknowledgment: peer.acknowledgment + 4000, window: 500 })).toHaveLength(2);
  });

  it("is that of the newest segment, whatever comes late (SND.WL1, SND.WL2)", () => {
    const { peer, connection } = establish({});
    peer.say({ payload: bytes(0, 4), window: 3000 });
    peer.say({ payload: bytes(0, 0), sequence: peer.sequence + 4, window: 2000 });
    expect(connection.sendWindow).toBe(2000);
    // This one is within the window, but older than the one before.
    peer.say({ sequence: peer.sequence + 2, payload: bytes(2, 4), window: 9 });
    expect(connection.sendWindow).toBe(2000);
  });

  it("when closed, is probed with a byte, ever more seldom, for as long as that is answered (section 3.8.6.1)", () => {
    const { peer, connection } = establish({ window: 0 });
    expect(peer.after(() => connection.send(bytes(1, 100)))).toEqual([]);
    const probes: number[] = [];
    while (peer.engine.now < 1000e9) {
      for (const { time, payload, sequence } of peer.wait(100)) {
        expect([[...payload], sequence]).toEqual([[1], peer.acknowledgment]);
        probes.push(time / 1e9);
        peer.say({ window: 0 });
      }
    }
    const gaps = probes.slice(1).map((time, i) => Math.round((time - probes[i]!) * 10) / 10);
    expect(gaps.slice(0, 11)).toEqual([0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 120, 120]);
    expect(probes.length).toBeGreaterThan(15);
    const sent = peer.say({ window: 1000 });
    expect(sent.map(inShort)).toEqual(["P. 100"]);
    expect(connection.counters.zeroWindowProbes).toBe(probes.length);
  });

  it("when closed for good, without an answer, ends the connection", () => {
    const { peer, connection } = establish({ window: 0 });
    const errors: string[] = [];
    connection.onError = (error) => errors.push(error);
    connection.send(bytes(1, 100));
    expect(peer.wait(3_000_000)).toHaveLength(15);
    expect([errors, connection.state]).toEqual([["timeout"], "CLOSED"]);
  });

  it("when silly, is not filled at once (section 3.8.6.2.1)", () => {
    const { peer, connection } = establish({ window: 1000 });
    peer.after(() => connection.send(new Uint8Array(5000)));
    // 464 bytes of the window are left: less than a segment, and less than half of the widest window.
    expect(peer.heard.slice(1).map(inShort)).toEqual([". 536"]);
    peer.acknowledgment += 536;
    expect(peer.say({ window: 100 })).toEqual([]);
    expect(peer.wait(199)).toEqual([]);
    expect(peer.wait(1).map(inShort)).toEqual([". 100"]);
  });
});

describe("the send buffer", () => {
  it("takes what it has room for, and tells when half of it is free", () => {
    const peer = new TcpPeer();
    peer.host.tcp.sendBuffer = 10_000;
    let drains = 0;
    let connection: TcpConnection | undefined;
    peer.host.tcp.listen(PORT, (accepted) => {
      connection = accepted;
      accepted.onDrain = () => drains++;
    });
    peer.open(PORT, { options: SYN_OPTIONS });
    expect(connection!.send(new Uint8Array(12_000))).toBe(10_000);
    expect(connection!.send(new Uint8Array(1))).toBe(0);
    peer.settle();
    peer.say({ acknowledgment: peer.acknowledgment + 4380 });
    expect(drains).toBe(0);
    peer.say({ acknowledgment: peer.acknowledgment + 5840 });
    expect(drains).toBe(1);
    expect(connection!.send(new Uint8Array(12_000))).toBe(5840);
  });
});
