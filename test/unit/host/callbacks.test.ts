import { describe, expect, it } from "vitest";
import { A, B, createHostPair } from "../datapath/host-pair.ts";

describe("a callback that throws", () => {
  it("costs nobody a packet: the books balance, and the network goes on", () => {
    const { engine, a, b } = createHostPair({ slotCount: 64 });
    let calls = 0;
    b.openUdp({
      port: 7,
      onMessage: ({ from, fromPort, payload }, socket) => {
        if (++calls % 7 === 0) throw new Error("the application failed");
        socket.send(from, fromPort, payload);
      },
    });
    const client = a.openUdp();
    const bystander = b.openUdp({ port: 9 });
    client.send(B, 7, new Uint8Array(1));
    engine.run(1e6);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 10; i++) client.send(B, i % 2 === 0 ? 7 : 9, new Uint8Array(4));
      try {
        engine.run(engine.now + 1e6);
      } catch (error) {
        expect(error).toEqual(new Error("the application failed"));
        engine.run(engine.now + 1e6);
      }
    }
    expect([calls, bystander.receivedCount]).toEqual([101, 100]);
    expect(client.receivedCount).toBe(101 - Math.floor(101 / 7));
    expect([engine.pool.inFlightCount, engine.pool.slotsInUse]).toEqual([0, 0]);
  });

  it("may not run the engine from inside", () => {
    const { engine, a, b } = createHostPair();
    b.openUdp({ port: 7, onMessage: () => engine.run() });
    a.openUdp().send(B, 7, new Uint8Array(1));
    expect(() => engine.run(1e9)).toThrow(
      "expected run and step to be called from outside, found a call while packets move: use after()",
    );
  });
});

describe("closing a UDP socket twice", () => {
  it("leaves the port to whoever has it since", () => {
    const { engine, a, b } = createHostPair();
    const first = b.openUdp({ port: 7 });
    first.close();
    const second = b.openUdp({ port: 7 });
    first.close();
    a.openUdp().send(B, 7, new Uint8Array(1));
    engine.run(1e9);
    expect(second.receivedCount).toBe(1);
  });
});

describe("pinging", () => {
  it("wants an address, as a number", () => {
    const { a } = createHostPair();
    expect(() => a.ping("10.0.0.2" as unknown as number)).toThrow(
      new TypeError("expected an IPv4 address as a number, as parseIpv4 gives it, found string"),
    );
    expect(() => a.ping(-1)).toThrow(new RangeError("expected an IPv4 address from 0 to 4294967295, found -1"));
    expect(a.ping(A).isDone).toBe(false);
  });
});
