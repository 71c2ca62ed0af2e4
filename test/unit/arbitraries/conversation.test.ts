import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyConversation,
  arpExchange,
  type Conversation,
  CONVERSATION_KINDS,
  fragmentedDatagram,
  type Layer,
  pingExchange,
  type Side,
  tcpConnection,
  udpExchange,
} from "../../../src/arbitraries/index.ts";
import { BROADCAST_MAC, ipv4, Protocol, TcpFlag, udp } from "../../../src/wire/index.ts";
import { verdictOnFrame } from "../../property/verdict.ts";
import { smallest } from "./shrinking.ts";

const { ACK, FIN, SYN } = TcpFlag;

/** The innermost layer of a protocol in each frame. */
function innermost<P extends Layer["protocol"]>(conversation: Conversation, protocol: P): Layer<P>[] {
  return conversation.frames.map((frame) => frame.all(protocol).at(-1)!);
}

describe.each(CONVERSATION_KINDS)("a conversation, %s,", (kind) => {
  it("has valid frames in the order of time, between two who keep their addresses", () => {
    fc.assert(
      fc.property(anyConversation({ kinds: [kind] }), (conversation) => {
        const { client, server, sent } = conversation;
        expect(conversation.kind).toBe(kind);
        expect(sent.map(({ frame }) => verdictOnFrame(frame.bytes).reason)).toEqual(sent.map(() => 0));
        expect(sent.map(({ time }) => time)).toEqual(sent.map(({ time }) => time).sort((a, b) => a - b));
        const senders = sent.map(({ from }) => (from === "client" ? client.mac : server.mac));
        expect(innermost(conversation, "ethernet").map(({ fields }) => fields.source)).toEqual(senders);
      }),
    );
  });

  it("may be kept out of tags and tunnels, and between chosen addresses", () => {
    const options = { encapsulated: false, client: { address: 0x0a00_0001 }, server: { mac: 0x0200_0000_0009 } };
    fc.assert(
      fc.property(anyConversation({ kinds: [kind], ...options }), ({ client, server, frames }) => {
        expect([client.address, server.mac]).toEqual([0x0a00_0001, 0x0200_0000_0009]);
        expect(frames.filter((frame) => frame.has("vlan") || frame.has("vxlan"))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("arpExchange", () => {
  it("asks everybody, and is answered by one, alone", () => {
    fc.assert(
      fc.property(arpExchange({ requestCount: 2 }), (conversation) => {
        const { client, server } = conversation;
        const destinations = innermost(conversation, "ethernet").map(({ fields }) => fields.destination);
        expect(destinations).toEqual([BROADCAST_MAC, BROADCAST_MAC, client.mac]);
        const [request, , reply] = innermost(conversation, "arp").map(({ fields }) => fields);
        expect(request).toMatchObject({ operation: 1, targetProtocol: server.address, senderHardware: client.mac });
        expect(reply).toMatchObject({ operation: 2, senderHardware: server.mac, targetHardware: client.mac });
      }),
    );
  });

  it("may get no answer", () => {
    const [conversation] = fc.sample(arpExchange({ isAnswered: false, requestCount: 3 }), 1);
    expect(conversation!.sent.map(({ from }) => from)).toEqual(["client", "client", "client"]);
    expect(conversation!.sent[2]!.time).toBeGreaterThan(2e9);
  });
});

describe("pingExchange", () => {
  it("gives back identifier, sequence number and data", () => {
    fc.assert(
      fc.property(pingExchange({ count: 3 }), (conversation) => {
        const echoes = innermost(conversation, "icmpv4").map(({ fields }) => fields);
        expect(echoes.map(({ type, sequence }) => [type, sequence])).toEqual([
          [8, 1],
          [0, 1],
          [8, 2],
          [0, 2],
          [8, 3],
          [0, 3],
        ]);
        expect(new Set(echoes.map(({ identifier }) => identifier)).size).toBe(1);
        const data = innermost(conversation, "payload").map(({ fields }) => Buffer.from(fields.bytes).toString("hex"));
        expect(new Set(data).size).toBe(1);
      }),
    );
  });
});

describe("udpExchange", () => {
  it("answers to the port that asked", () => {
    const request = Uint8Array.of(1);
    const responses = [Uint8Array.of(2), Uint8Array.of(3)];
    fc.assert(
      fc.property(udpExchange({ request, responses, server: { port: 53 } }), (conversation) => {
        const { client } = conversation;
        const ports = innermost(conversation, "udp").map(({ fields }) => [fields.sourcePort, fields.destinationPort]);
        expect(ports).toEqual([
          [client.port, 53],
          [53, client.port],
          [53, client.port],
        ]);
        expect(innermost(conversation, "payload").map(({ fields }) => [...fields.bytes])).toEqual([[1], [2], [3]]);
      }),
    );
  });
});

describe("tcpConnection", () => {
  it("counts bytes, SYN and FIN in its sequence numbers, and acknowledges what came", () => {
    fc.assert(
      fc.property(tcpConnection(), (conversation) => {
        const next: Record<Side, number | undefined> = { client: undefined, server: undefined };
        const segments = innermost(conversation, "tcp");
        const payloads = innermost(conversation, "payload");
        conversation.sent.forEach(({ from }, index) => {
          const { flags, sequenceNumber, acknowledgmentNumber } = segments[index]!.fields;
          expect(sequenceNumber).toBe(next[from] ?? sequenceNumber);
          if (flags & ACK) expect(acknowledgmentNumber).toBe(next[from === "client" ? "server" : "client"]);
          const length = payloads[index]!.length + (flags & (SYN | FIN) ? 1 : 0);
          next[from] = (sequenceNumber + length) >>> 0;
        });
      }),
    );
  });

  it("says what it is told to, in segments of the size that it is told", () => {
    const messages = [
      { from: "client", bytes: new Uint8Array(25).fill(1) },
      { from: "server", bytes: new Uint8Array(5).fill(2) },
    ] as const;
    const connections = tcpConnection({ messages, ending: "client closes", maximumSegmentSize: 10 });
    fc.assert(
      fc.property(connections, (conversation) => {
        const said: Record<Side, number[]> = { client: [], server: [] };
        innermost(conversation, "payload").forEach(({ fields }, index) => {
          expect(fields.bytes.length).toBeLessThanOrEqual(10);
          said[conversation.sent[index]!.from].push(...fields.bytes);
        });
        expect(said).toEqual({ client: [...messages[0].bytes], server: [...messages[1].bytes] });
        const flags = innermost(conversation, "tcp").map(({ fields }) => fields.flags);
        expect(flags.slice(0, 3)).toEqual([SYN, SYN | ACK, ACK]);
        expect(flags.slice(-3)).toEqual([FIN | ACK, FIN | ACK, ACK]);
      }),
    );
  });

  it("shrinks to the handshake when it fails whatever is said", () => {
    expect(smallest(tcpConnection(), () => false)).toBe(
      [
        "tcp, 6 frames",
        "  0.000000000 client IP 10.0.0.1.49152 > 10.0.0.2.49152: Flags [S], seq 1, win 64240, options [mss 1460,nop,nop,sackOK], length 0",
        "  0.000000001 server IP 10.0.0.2.49152 > 10.0.0.1.49152: Flags [S.], seq 1, ack 2, win 64240, options [mss 1460,nop,nop,sackOK], length 0",
        "  0.000000002 client IP 10.0.0.1.49152 > 10.0.0.2.49152: Flags [.], ack 2, win 64240, length 0",
        "  0.000000003 client IP 10.0.0.1.49152 > 10.0.0.2.49152: Flags [F.], seq 2, ack 2, win 64240, length 0",
        "  0.000000004 server IP 10.0.0.2.49152 > 10.0.0.1.49152: Flags [F.], seq 2, ack 3, win 64240, length 0",
        "  0.000000005 client IP 10.0.0.1.49152 > 10.0.0.2.49152: Flags [.], ack 3, win 64240, length 0",
      ].join("\n"),
    );
  });
});

describe("fragmentedDatagram", () => {
  it("cuts a datagram whose checksum is right when it is whole again", () => {
    fc.assert(
      fc.property(fragmentedDatagram(), (conversation) => {
        const { frames } = conversation;
        const packets = innermost(conversation, "ipv4");
        const parts = innermost(conversation, "payload");
        const length = parts.reduce((sum, part) => sum + part.length, 0);
        const whole = new Uint8Array(20 + length);
        const view = new DataView(whole.buffer);
        const { source, destination, identification } = packets[0]!.fields;
        ipv4.write(view, 0, { totalLength: whole.length, protocol: Protocol.UDP, source, destination });
        packets.forEach(({ offset }, index) => {
          const fragment = frames[index]!.view;
          expect(ipv4.identification(fragment, offset)).toBe(identification);
          expect(ipv4.moreFragments(fragment, offset)).toBe(index < frames.length - 1);
          whole.set(parts[index]!.fields.bytes, 20 + ipv4.fragmentOffset(fragment, offset));
        });
        expect(frames.length).toBeGreaterThan(1);
        expect(udp.datagramLength(view, 20)).toBe(length);
        expect(udp.verifyChecksum(view, 0, 20)).toBe(true);
      }),
    );
  });

  it("refuses fragments that are no multiple of eight bytes", () => {
    expect(() => fragmentedDatagram({ fragmentLength: 20 })).toThrow(
      new RangeError("expected fragmentLength from 8 to 65528 in steps of 8, found 20"),
    );
  });
});

describe("anyConversation", () => {
  it("refuses no kinds at all, and is the same for the same seed", () => {
    expect(() => anyConversation({ kinds: [] })).toThrow(/^expected kinds of conversations \(arp, .*\), found none$/);
    const sample = (seed: number): string[] => fc.sample(anyConversation(), { seed, numRuns: 20 }).map(String);
    expect(sample(1)).toEqual(sample(1));
    expect(sample(1)).not.toEqual(sample(2));
  });
});
