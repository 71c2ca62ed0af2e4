/** RFC 9293 sections 3.5 and 3.10.7.1 to 3.10.7.3, rule by rule: how connections open, and what closed ports answer. */
import { describe, expect, it } from "vitest";
import type { TcpConnection, TcpError } from "../../src/host/index.ts";
import { DropReason, parseIpv4 } from "../../src/wire/index.ts";
import { dropsBy } from "../unit/datapath/host-pair.ts";
import { Flags, inShort, PEER, PEER_PORT, SYN_OPTIONS, TcpPeer } from "../unit/host/tcp-peer.ts";

const { ACK, FIN, RST, RST_ACK, SYN, SYN_ACK } = Flags;

describe("a closed port (section 3.10.7.1)", () => {
  it("answers SYN with a reset that acknowledges it, at sequence number 0", () => {
    const peer = new TcpPeer();
    const [answer] = peer.say({ flags: SYN, sequence: 7000, destinationPort: 81 });
    expect(answer).toMatchObject({ flags: RST_ACK, sequence: 0, acknowledgment: 7001, window: 0 });
    expect(answer).toMatchObject({ sourcePort: 81, destinationPort: PEER_PORT });
  });

  it("counts the bytes and FIN of what it acknowledges", () => {
    const peer = new TcpPeer();
    const [answer] = peer.say({ flags: FIN, sequence: 7000, payload: new Uint8Array(10), destinationPort: 81 });
    expect(answer).toMatchObject({ flags: RST_ACK, sequence: 0, acknowledgment: 7011 });
  });

  it("answers an acknowledgment with a reset at the number that it acknowledges", () => {
    const peer = new TcpPeer();
    const [answer] = peer.say({ flags: ACK, acknowledgment: 0xffff_fff0, destinationPort: 81 });
    expect(answer).toMatchObject({ flags: RST, sequence: 0xffff_fff0, acknowledgment: 0 });
  });

  it("does not answer a reset, and nothing with a wrong checksum", () => {
    const peer = new TcpPeer();
    expect(peer.say({ flags: RST, destinationPort: 81 })).toEqual([]);
    expect(peer.say({ flags: SYN, destinationPort: 81, corruption: 1 })).toEqual([]);
    expect(dropsBy(peer.host.namespace.device("eth0"))).toEqual({
      [DropReason.NO_SOCKET]: 1,
      [DropReason.TCP_CSUM]: 1,
    });
  });

  it("says nothing to what was sent to everybody (MUST-57)", () => {
    const peer = new TcpPeer();
    expect(peer.say({ flags: SYN, destinationPort: 81, destination: parseIpv4("10.0.0.255") })).toEqual([]);
    peer.host.tcp.listen(81, () => expect.fail("somebody connected to a broadcast address"));
    expect(peer.say({ flags: SYN, destinationPort: 81, destination: parseIpv4("10.0.0.255") })).toEqual([]);
  });
});

describe("a port that listens (section 3.10.7.2)", () => {
  function listening(): { peer: TcpPeer; accepted: TcpConnection[] } {
    const peer = new TcpPeer();
    const accepted: TcpConnection[] = [];
    peer.host.tcp.listen(80, (connection) => accepted.push(connection));
    peer.port = 80;
    return { peer, accepted };
  }

  it("answers SYN with one that acknowledges it, and hands over what is acknowledged", () => {
    const { peer, accepted } = listening();
    const [answer] = peer.say({ flags: SYN, options: SYN_OPTIONS });
    expect(answer).toMatchObject({ flags: SYN_ACK, acknowledgment: 1001, window: 65_535 });
    expect(accepted).toEqual([]);
    peer.say({ sequence: 1001, acknowledgment: answer!.sequence + 1 });
    expect(accepted.map(({ state, remoteAddress, remotePort }) => [state, remoteAddress, remotePort])).toEqual([
      ["ESTABLISHED", PEER, PEER_PORT],
    ]);
  });

  it("answers an acknowledgment with a reset, and ignores a reset and what is neither", () => {
    const { peer, accepted } = listening();
    expect(peer.say({ flags: ACK, acknowledgment: 5 })).toMatchObject([{ flags: RST, sequence: 5 }]);
    expect(peer.say({ flags: RST })).toEqual([]);
    expect(peer.say({ flags: FIN })).toEqual([]);
    expect(peer.say({ flags: SYN | FIN })).toEqual([]);
    expect(accepted).toEqual([]);
  });

  it("offers the MTU less 40 bytes as MSS (section 3.7.1), and the window's shift only to who offers one", () => {
    const { peer } = listening();
    const mss = { name: "maximumSegmentSize", size: 1460 };
    const [scaled] = peer.say({ flags: SYN, options: SYN_OPTIONS });
    expect(scaled!.options).toEqual([mss, { name: "nop" }, { name: "windowScale", shift: 7 }]);
    const [plain] = peer.say({ flags: SYN, sourcePort: 5001 });
    expect(plain!.options).toEqual([mss]);
  });

  it("sends SYN again to who sends it again, and the same", () => {
    const { peer } = listening();
    const [first] = peer.say({ flags: SYN });
    const [second] = peer.say({ flags: SYN });
    expect({ ...second, time: 0 }).toEqual({ ...first, time: 0 });
  });

  it("resets a handshake whose acknowledgment is wrong", () => {
    const { peer, accepted } = listening();
    const [answer] = peer.say({ flags: SYN });
    const wrong = (answer!.sequence + 2) >>> 0;
    expect(peer.say({ sequence: 1001, acknowledgment: wrong })).toMatchObject([{ flags: RST, sequence: wrong }]);
    expect(accepted).toEqual([]);
    peer.say({ sequence: 1001, acknowledgment: answer!.sequence + 1 });
    expect(accepted).toHaveLength(1);
  });

  it("forgets a handshake that is reset, as if nothing had come", () => {
    const { peer, accepted } = listening();
    peer.say({ flags: SYN });
    peer.say({ flags: RST, sequence: 1001 });
    expect(peer.host.tcp.connections()).toEqual([]);
    expect([peer.host.tcp.listeners()[0]!.pendingCount, accepted.length]).toEqual([0, 0]);
  });

  it("sends five more SYNs to who does not answer, each after twice as long, and gives up", () => {
    const { peer } = listening();
    peer.say({ flags: SYN });
    expect(peer.wait(200_000).map(({ flags, time }) => [flags, time / 1e9])).toEqual(
      [1, 3, 7, 15, 31].map((time) => [SYN_ACK, time]),
    );
    expect(peer.host.tcp.connections()).toEqual([]);
  });

  it("takes data that comes with the acknowledgment", () => {
    const { peer, accepted } = listening();
    const [answer] = peer.say({ flags: SYN });
    const answers = peer.say({ sequence: 1001, acknowledgment: answer!.sequence + 1, payload: Uint8Array.of(1, 2) });
    expect(accepted[0]!.counters.bytesReceived).toBe(2);
    expect(answers).toMatchObject([{ flags: ACK, acknowledgment: 1003 }]);
  });
});

describe("connecting (section 3.10.7.3)", () => {
  interface Connecting {
    readonly peer: TcpPeer;
    readonly connection: TcpConnection;
    readonly events: string[];
    /** Our initial sequence number. */
    readonly initial: number;
  }

  function connecting(): Connecting {
    const peer = new TcpPeer();
    const events: string[] = [];
    const connection = peer.host.tcp.connect(PEER, PEER_PORT, {
      onConnect: () => events.push("connected"),
      onError: (error: TcpError) => events.push(error),
      onClose: () => events.push("closed"),
    });
    peer.settle();
    peer.port = connection.localPort;
    return { peer, connection, events, initial: peer.heard[0]!.sequence };
  }

  it("sends SYN, and acknowledges the answer at once", () => {
    const { peer, connection, events, initial } = connecting();
    expect(peer.heard).toMatchObject([{ flags: SYN, acknowledgment: 0, window: 65_535 }]);
    const answers = peer.say({ flags: SYN_ACK, sequence: 9000, acknowledgment: initial + 1, options: SYN_OPTIONS });
    expect(answers).toMatchObject([{ flags: ACK, sequence: (initial + 1) >>> 0, acknowledgment: 9001 }]);
    expect([connection.state, events]).toEqual(["ESTABLISHED", ["connected"]]);
  });

  it("resets who acknowledges something else, and goes on", () => {
    const { peer, connection, initial } = connecting();
    for (const wrong of [initial, initial + 2])
      expect(peer.say({ flags: SYN_ACK, acknowledgment: wrong })).toMatchObject([
        { flags: RST, sequence: wrong >>> 0 },
      ]);
    expect(connection.state).toBe("SYN-SENT");
  });

  it("is refused by a reset that acknowledges SYN, and by no other", () => {
    const { peer, connection, events, initial } = connecting();
    peer.say({ flags: RST, acknowledgment: initial + 1 });
    peer.say({ flags: RST_ACK, acknowledgment: initial + 2 });
    expect([connection.state, events]).toEqual(["SYN-SENT", []]);
    peer.say({ flags: RST_ACK, acknowledgment: initial + 1 });
    expect([connection.state, connection.error, events]).toEqual(["CLOSED", "refused", ["refused", "closed"]]);
  });

  it("opens from both sides at once (section 3.5, figure 8)", () => {
    const { peer, connection, events, initial } = connecting();
    const [answer] = peer.say({ flags: SYN, sequence: 9000 });
    expect(answer).toMatchObject({ flags: SYN_ACK, sequence: initial, acknowledgment: 9001 });
    expect(connection.state).toBe("SYN-RECEIVED");
    peer.say({ flags: SYN_ACK, sequence: 9000, acknowledgment: initial + 1 });
    expect([connection.state, events]).toEqual(["ESTABLISHED", ["connected"]]);
  });

  it("ends such an opening, when it is reset, as refused", () => {
    const { peer, events } = connecting();
    peer.say({ flags: SYN, sequence: 9000 });
    peer.say({ flags: RST, sequence: 9001 });
    expect(events).toEqual(["refused", "closed"]);
  });

  it("sends six more SYNs, each after twice as long, and times out after 127 seconds as Linux does", () => {
    const { peer, connection, events } = connecting();
    const times = peer.wait(126_999).map(({ time }) => time / 1e9);
    expect(times).toEqual([1, 3, 7, 15, 31, 63]);
    expect(events).toEqual([]);
    peer.wait(1);
    expect([connection.state, events]).toEqual(["CLOSED", ["timeout", "closed"]]);
  });

  it("sends what it was given meanwhile, and ends if it was told to", () => {
    const { peer, connection, initial } = connecting();
    expect(connection.send(Uint8Array.of(1, 2, 3))).toBe(3);
    connection.end();
    expect(connection.state).toBe("SYN-SENT");
    const answers = peer.say({ flags: SYN_ACK, sequence: 9000, acknowledgment: initial + 1 });
    expect(answers.map(inShort)).toEqual(["FP. 3"]);
    expect(connection.state).toBe("FIN-WAIT-1");
  });
});

describe("initial sequence numbers (section 3.4.1, RFC 6528)", () => {
  function initial(seed: number, wait = 0, port = PEER_PORT): number {
    const peer = new TcpPeer({ seed });
    peer.wait(wait);
    const [syn] = peer.after(() => peer.host.tcp.connect(PEER, port, { localPort: 40_000 }));
    return syn!.sequence;
  }

  it("go up by one in four microseconds", () => {
    expect((initial(1, 1000) - initial(1)) >>> 0).toBe(250_000);
  });

  it("depend on both ends and on the seed", () => {
    expect(new Set([initial(1), initial(2), initial(3), initial(1, 0, 5001), initial(1, 0, 5002)]).size).toBe(5);
    expect(initial(1)).toBe(initial(1));
  });
});
