import { describe, expect, it } from "vitest";
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST } from "../../../src/datapath/index.ts";
import type { IcmpMessage, QuotedDatagram, UdpMessage } from "../../../src/host/index.ts";
import { IcmpType, parseIpv4, UnreachableCode } from "../../../src/wire/index.ts";
import { A, B, createHostPair } from "../datapath/host-pair.ts";

describe("binding", () => {
  it("takes the port asked for, or one of the ephemeral range", () => {
    const { a } = createHostPair();
    expect(a.openUdp({ port: 53 }).port).toBe(53);
    const { port } = a.openUdp();
    expect(port).toBeGreaterThanOrEqual(EPHEMERAL_PORT_FIRST);
    expect(port).toBeLessThanOrEqual(EPHEMERAL_PORT_LAST);
  });

  it("refuses a port in use until it is closed", () => {
    const { a } = createHostPair();
    const socket = a.openUdp({ port: 53 });
    expect(() => a.openUdp({ port: 53 })).toThrow(
      new RangeError("expected a free UDP port in a, found 53, which is in use"),
    );
    socket.close();
    expect(a.openUdp({ port: 53 }).port).toBe(53);
  });
});

describe("datagrams", () => {
  it("arrive with their sender, and an echo finds its way back", () => {
    const { engine, a, b } = createHostPair();
    const heard: UdpMessage[] = [];
    b.openUdp({
      port: 7,
      onMessage: (message, socket) => socket.send(message.from, message.fromPort, message.payload),
    });
    const socket = a.openUdp({ onMessage: (message) => heard.push({ ...message, payload: message.payload.slice() }) });
    expect(socket.send(B, 7, Uint8Array.of(1, 2, 3))).toEqual({ outcome: "sent" });
    engine.run();
    expect(heard).toEqual([{ from: B, fromPort: 7, to: A, payload: Uint8Array.of(1, 2, 3) }]);
    expect(socket.receivedCount).toBe(1);
  });

  it("may be empty, and as long as an IPv4 packet can be", () => {
    const { engine, a, b } = createHostPair({ slotCount: 256 });
    const lengths: number[] = [];
    b.openUdp({ port: 7, onMessage: ({ payload }) => lengths.push(payload.length) });
    const socket = a.openUdp();
    socket.send(B, 7, new Uint8Array(0));
    socket.send(B, 7, new Uint8Array(65_507));
    engine.run();
    expect(lengths).toEqual([0, 65_507]);
    expect(() => socket.send(B, 7, new Uint8Array(65_508))).toThrow(
      new RangeError("expected at most 65515 bytes behind the IPv4 header, found 65516"),
    );
  });

  it("to a closed socket are refused by ICMP, and the sender's socket is told what it sent", () => {
    const { engine, a, b } = createHostPair();
    const errors: [IcmpMessage, QuotedDatagram][] = [];
    const closed = b.openUdp({ port: 9 });
    closed.close();
    const socket = a.openUdp({ port: 1000, onError: (error, about) => errors.push([error, about]) });
    socket.send(B, 9, new Uint8Array(4));
    engine.run();
    expect(errors).toHaveLength(1);
    const [error, about] = errors[0]!;
    expect(error).toMatchObject({ type: IcmpType.DESTINATION_UNREACHABLE, code: UnreachableCode.PORT, from: B });
    expect(about).toEqual({ sourcePort: 1000, destination: B, destinationPort: 9 });
  });

  it("of a socket that has closed cause no news", () => {
    const { engine, a } = createHostPair();
    const socket = a.openUdp({ onError: () => expect.fail("a closed socket was told") });
    socket.send(B, 9, new Uint8Array(4));
    socket.close();
    engine.run();
    expect(engine.deliveredCount).toBe(1);
  });

  it("know at once when they cannot be sent", () => {
    const { a } = createHostPair({ mtu: 576 });
    expect(a.openUdp().send(parseIpv4("11.0.0.1"), 9, new Uint8Array(1))).toEqual({ outcome: "network-unreachable" });
    expect(a.openUdp({ pathMtuDiscovery: "do" }).send(B, 9, new Uint8Array(549))).toEqual({
      outcome: "message-too-long",
      mtu: 576,
    });
    expect(a.openUdp({ pathMtuDiscovery: "do" }).send(B, 9, new Uint8Array(548))).toEqual({ outcome: "sent" });
  });
});
