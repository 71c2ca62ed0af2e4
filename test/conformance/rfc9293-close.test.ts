/** RFC 9293 section 3.6, figures 12 and 13, and section 3.10.7.4's checks of FIN: how connections end. */
import { describe, expect, it } from "vitest";
import type { TcpConnection } from "../../src/host/index.ts";
import { Flags, inShort, SYN_OPTIONS, TcpPeer } from "../unit/host/tcp-peer.ts";

const { ACK, FIN_ACK, RST, RST_ACK, SYN, SYN_ACK } = Flags;
const PORT = 80;

interface Established {
  readonly peer: TcpPeer;
  readonly connection: TcpConnection;
  readonly events: string[];
}

/** `answersEnd`: the application ends when the peer has. */
function establish(answersEnd: boolean): Established {
  const peer = new TcpPeer();
  const events: string[] = [];
  let connection: TcpConnection | undefined;
  peer.host.tcp.listen(PORT, (accepted) => {
    connection = accepted;
    accepted.onData = (bytes) => events.push(`data ${bytes.length}`);
    accepted.onEnd = () => {
      events.push("end");
      if (answersEnd) accepted.end();
    };
    accepted.onError = (error) => events.push(error);
    accepted.onClose = () => events.push("closed");
  });
  peer.open(PORT, { options: SYN_OPTIONS });
  return { peer, connection: connection!, events };
}

describe("closing first (figure 12, from its left)", () => {
  it("goes through FIN-WAIT-1 and FIN-WAIT-2 to TIME-WAIT, and stays there for a minute", () => {
    const { peer, connection, events } = establish(true);
    const fin = peer.after(() => connection.end());
    expect(fin).toMatchObject([{ flags: FIN_ACK, sequence: peer.acknowledgment }]);
    expect(connection.state).toBe("FIN-WAIT-1");
    peer.acknowledgment++;
    expect(peer.say({})).toEqual([]);
    expect(connection.state).toBe("FIN-WAIT-2");
    const answers = peer.say({ flags: FIN_ACK });
    expect(answers).toMatchObject([{ flags: ACK, acknowledgment: peer.sequence + 1 }]);
    expect([connection.state, events]).toEqual(["TIME-WAIT", ["end", "closed"]]);
    peer.wait(59_999);
    expect(connection.state).toBe("TIME-WAIT");
    peer.wait(1);
    expect([connection.state, peer.host.tcp.connections(), events]).toEqual(["CLOSED", [], ["end", "closed"]]);
  });

  it("goes to TIME-WAIT at once when the other FIN acknowledges it", () => {
    const { peer, connection } = establish(true);
    connection.end();
    peer.settle();
    expect(peer.say({ flags: FIN_ACK, acknowledgment: peer.acknowledgment + 1 }).map(inShort)).toEqual([". 0"]);
    expect(connection.state).toBe("TIME-WAIT");
  });

  it("still takes what the other side sends (a half-closed connection)", () => {
    const { peer, connection, events } = establish(true);
    connection.end();
    peer.settle();
    peer.acknowledgment++;
    peer.say({ payload: new Uint8Array(5) });
    peer.sequence += 5;
    expect(peer.say({ payload: new Uint8Array(6), flags: FIN_ACK })).toMatchObject([
      { flags: ACK, acknowledgment: peer.sequence + 7 },
    ]);
    expect([connection.state, events]).toEqual(["TIME-WAIT", ["data 5", "data 6", "end", "closed"]]);
  });

  it("answers a FIN that comes again, and waits for another minute", () => {
    const { peer, connection } = establish(true);
    connection.end();
    peer.settle();
    const fin = { flags: FIN_ACK, acknowledgment: peer.acknowledgment + 1 };
    peer.say(fin);
    peer.wait(40_000);
    expect(peer.say(fin)).toMatchObject([{ flags: ACK, acknowledgment: peer.sequence + 1 }]);
    peer.wait(40_000);
    expect(connection.state).toBe("TIME-WAIT");
    peer.wait(20_000);
    expect(connection.state).toBe("CLOSED");
  });
});

describe("closing second (figure 12, from its right)", () => {
  it("acknowledges FIN with its own, and ends with the acknowledgment of that", () => {
    const { peer, connection, events } = establish(true);
    const answers = peer.say({ flags: FIN_ACK });
    expect(answers).toMatchObject([{ flags: FIN_ACK, acknowledgment: peer.sequence + 1 }]);
    expect([connection.state, events]).toEqual(["LAST-ACK", ["end"]]);
    peer.say({ sequence: peer.sequence + 1, acknowledgment: peer.acknowledgment + 1 });
    expect([connection.state, events]).toEqual(["CLOSED", ["end", "closed"]]);
  });

  it("goes on sending in CLOSE-WAIT, and acknowledges FIN within 40 ms if it has nothing to say", () => {
    const { peer, connection } = establish(false);
    expect(peer.say({ flags: FIN_ACK })).toEqual([]);
    expect(connection.state).toBe("CLOSE-WAIT");
    expect(peer.wait(40)).toMatchObject([{ flags: ACK, acknowledgment: peer.sequence + 1 }]);
    expect(peer.after(() => connection.send(new Uint8Array(9))).map(inShort)).toEqual(["P. 9"]);
    expect(peer.after(() => connection.end()).map(inShort)).toEqual(["F. 0"]);
    expect(connection.state).toBe("LAST-ACK");
  });

  it("hears of the end only when all before it is there", () => {
    const { peer, connection, events } = establish(true);
    peer.say({ sequence: peer.sequence + 4, payload: new Uint8Array(4), flags: FIN_ACK });
    expect([connection.state, events]).toEqual(["ESTABLISHED", []]);
    peer.say({ payload: new Uint8Array(4) });
    expect([connection.state, events]).toEqual(["LAST-ACK", ["data 4", "data 4", "end"]]);
  });

  it("ends by itself where the application does not care", () => {
    const peer = new TcpPeer();
    peer.host.tcp.listen(PORT, () => {});
    peer.open(PORT);
    expect(peer.say({ flags: FIN_ACK }).map(inShort)).toEqual(["F. 0"]);
  });

  it("sends FIN again until it is acknowledged", () => {
    const { peer, connection } = establish(true);
    peer.say({ flags: FIN_ACK });
    expect(peer.wait(1000).map(inShort)).toEqual(["F. 0", "F. 0"]);
    peer.say({ sequence: peer.sequence + 1, acknowledgment: peer.acknowledgment + 1 });
    expect(connection.state).toBe("CLOSED");
    expect(peer.wait(10_000)).toEqual([]);
  });
});

describe("closing from both sides at once (figure 13)", () => {
  it("goes through CLOSING to TIME-WAIT", () => {
    const { peer, connection, events } = establish(true);
    connection.end();
    peer.settle();
    expect(peer.say({ flags: FIN_ACK })).toMatchObject([{ flags: ACK, acknowledgment: peer.sequence + 1 }]);
    expect(connection.state).toBe("CLOSING");
    peer.say({ sequence: peer.sequence + 1, acknowledgment: peer.acknowledgment + 1 });
    expect([connection.state, events]).toEqual(["TIME-WAIT", ["end", "closed"]]);
  });
});

describe("TIME-WAIT", () => {
  function waiting(): Established {
    const established = establish(true);
    const { peer, connection } = established;
    connection.end();
    peer.settle();
    peer.acknowledgment++;
    peer.say({ flags: FIN_ACK });
    peer.sequence++;
    return established;
  }

  it("gives way to a SYN behind all of the old connection (section 3.10.7.4, RFC 6191)", () => {
    const { peer } = waiting();
    const [answer] = peer.say({ flags: SYN, sequence: peer.sequence + 1 });
    expect(answer).toMatchObject({ flags: SYN_ACK, acknowledgment: peer.sequence + 2 });
    // Numbers start behind all that the old connection may still have under way.
    expect((answer!.sequence - peer.acknowledgment) >>> 0).toBe(0x1_0001);
    expect(peer.host.tcp.connections().map(({ state }) => state)).toEqual(["SYN-RECEIVED"]);
  });

  it("does not give way to an old SYN: it is told where the connection stands", () => {
    const { peer } = waiting();
    expect(peer.say({ flags: SYN, sequence: peer.sequence - 5 })).toMatchObject([
      { flags: ACK, acknowledgment: peer.sequence },
    ]);
    expect(peer.host.tcp.connections().map(({ state }) => state)).toEqual(["TIME-WAIT"]);
  });

  it("ends by a reset", () => {
    const { peer, events } = waiting();
    peer.say({ flags: RST });
    expect(peer.host.tcp.connections()).toEqual([]);
    expect(events).toEqual(["end", "closed"]);
  });
});

describe("aborting (section 3.10.5)", () => {
  it("resets the other side, and tells nothing more", () => {
    const { peer, connection, events } = establish(true);
    const answers = peer.after(() => connection.abort());
    expect(answers).toMatchObject([{ flags: RST_ACK, sequence: peer.acknowledgment, acknowledgment: peer.sequence }]);
    expect([connection.state, events, peer.host.tcp.connections()]).toEqual(["CLOSED", [], []]);
    expect(peer.say({ payload: new Uint8Array(1) })).toMatchObject([{ flags: RST }]);
  });

  it("resets nobody who has ended, or has not begun", () => {
    const { peer, connection } = establish(true);
    peer.say({ flags: FIN_ACK });
    expect(connection.state).toBe("LAST-ACK");
    expect(peer.after(() => connection.abort())).toEqual([]);
    const next = peer.host.tcp.connect(connection.remoteAddress, 9);
    peer.settle();
    expect(peer.after(() => next.abort())).toEqual([]);
    expect(peer.wait(10_000)).toEqual([]);
  });
});
