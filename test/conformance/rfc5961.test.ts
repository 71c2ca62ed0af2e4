/** RFC 5961: resets, SYNs and acknowledgments that somebody else has made up do no harm. */
import { describe, expect, it } from "vitest";
import type { TcpConnection } from "../../src/host/index.ts";
import { DropReason } from "../../src/wire/index.ts";
import { dropsBy } from "../unit/datapath/host-pair.ts";
import { Flags, SYN_OPTIONS, TcpPeer } from "../unit/host/tcp-peer.ts";

const { ACK, RST, SYN, SYN_ACK } = Flags;

function establish(): { peer: TcpPeer; connection: TcpConnection; errors: string[] } {
  const peer = new TcpPeer();
  const errors: string[] = [];
  let connection: TcpConnection | undefined;
  peer.host.tcp.listen(80, (accepted) => {
    connection = accepted;
    accepted.onError = (error) => errors.push(error);
  });
  peer.open(80, { options: SYN_OPTIONS });
  return { peer, connection: connection!, errors };
}

describe("a reset (section 3.2)", () => {
  it("that stands exactly where the next byte is expected ends the connection", () => {
    const { peer, connection, errors } = establish();
    expect(peer.say({ flags: RST })).toEqual([]);
    expect([connection.state, errors, peer.host.tcp.connections()]).toEqual(["CLOSED", ["reset"], []]);
  });

  it("elsewhere in the window is answered with where we stand, which who is real then resets exactly", () => {
    const { peer, connection, errors } = establish();
    const answers = peer.say({ flags: RST, sequence: peer.sequence + 1 });
    expect(answers).toMatchObject([{ flags: ACK, sequence: peer.acknowledgment, acknowledgment: peer.sequence }]);
    expect([connection.state, errors]).toEqual(["ESTABLISHED", []]);
    expect(dropsBy(peer.host.namespace.device("eth0"))).toEqual({ [DropReason.TCP_RESET]: 1 });
  });

  it("outside the window is not answered", () => {
    const { peer, connection } = establish();
    expect(peer.say({ flags: RST, sequence: peer.sequence - 1 })).toEqual([]);
    expect(peer.say({ flags: RST, sequence: peer.sequence + 0x10_0000 })).toEqual([]);
    expect(connection.state).toBe("ESTABLISHED");
  });
});

describe("SYN in a connection (section 4.2)", () => {
  it("is answered with where we stand, wherever it stands", () => {
    for (const flags of [SYN, SYN_ACK])
      for (const distance of [-1, 0, 100, 0x10_0000]) {
        const { peer, connection } = establish();
        expect(peer.say({ flags, sequence: peer.sequence + distance })).toMatchObject([
          { flags: ACK, sequence: peer.acknowledgment, acknowledgment: peer.sequence },
        ]);
        expect(connection.state).toBe("ESTABLISHED");
      }
  });
});

describe("an acknowledgment (section 5.2)", () => {
  it("of what was not sent, or was acknowledged longer ago than a window, is answered and its bytes dropped", () => {
    for (const distance of [1, -65_536 * 128 - 1]) {
      const { peer, connection } = establish();
      const payload = Uint8Array.of(1);
      expect(peer.say({ acknowledgment: peer.acknowledgment + distance, payload })).toMatchObject([
        { flags: ACK, acknowledgment: peer.sequence },
      ]);
      expect(connection.counters).toMatchObject({ bytesReceived: 0, challengeAcknowledgments: 1 });
    }
  });

  it("of what was acknowledged a while ago does not matter", () => {
    const { peer, connection } = establish();
    peer.say({ acknowledgment: peer.acknowledgment - 100, payload: Uint8Array.of(1) });
    expect(connection.counters.bytesReceived).toBe(1);
  });
});

describe("answers to what cannot be right", () => {
  it("leave once in half a second, as Linux's do, so that two sides that disagree do not talk for ever", () => {
    const { peer } = establish();
    const wrong = { flags: RST, sequence: peer.sequence + 1 };
    expect([peer.say(wrong).length, peer.say(wrong).length]).toEqual([1, 0]);
    peer.wait(499);
    expect(peer.say(wrong)).toHaveLength(0);
    peer.wait(1);
    expect(peer.say(wrong)).toHaveLength(1);
  });
});
