import { describe, expect, it } from "vitest";
import {
  type Engine,
  EPHEMERAL_PORT_FIRST,
  EPHEMERAL_PORT_LAST,
  Stage,
  type StageWork,
} from "../../../src/datapath/index.ts";
import { DropReason, EtherType, ethernet, ipv4, Protocol, udp } from "../../../src/wire/index.ts";
import { A, B, createHostPair, dropsBy, type HostPair } from "./host-pair.ts";

/** Notes the bytes that it is handed, from the IPv4 header on. */
class Receiver implements StageWork {
  readonly stage: Stage;
  readonly packets: Uint8Array[] = [];

  constructor(engine: Engine) {
    this.stage = new Stage(engine, this);
  }

  run(handles: Int32Array, first: number, end: number): void {
    const { engine } = this.stage;
    for (const handle of handles.subarray(first, end)) {
      this.packets.push(engine.pool.contents(handle).slice());
      engine.deliver(handle);
    }
  }
}

/** Sends b's port 53 a datagram of four bytes and `extra` bytes behind it; `change` spoils it. */
function deliverTo(
  { engine, aEnd, bEnd }: HostPair,
  extra: number,
  change: (view: DataView, udpOffset: number) => void = () => undefined,
): void {
  const ip = ethernet.HEADER_LENGTH;
  const start = ip + ipv4.HEADER_LENGTH;
  const frame = new Uint8Array(start + udp.HEADER_LENGTH + 4 + extra).fill(0x77);
  const view = new DataView(frame.buffer);
  ethernet.write(view, 0, { destination: bEnd.mac, source: aEnd.mac, etherType: EtherType.IPV4 });
  ipv4.write(view, ip, { totalLength: frame.length - ip, protocol: Protocol.UDP, source: A, destination: B });
  udp.write(view, start, { sourcePort: 1000, destinationPort: 53, datagramLength: udp.HEADER_LENGTH + 4 });
  udp.updateChecksum(view, ip, start);
  change(view, start);
  bEnd.arrive(frame);
  engine.run();
}

describe("binding", () => {
  it("gives the port asked for, once", () => {
    const { b, engine } = createHostPair();
    const { udp: ports } = b.namespace;
    const { stage } = new Receiver(engine);
    expect(ports.bind(53, stage)).toBe(53);
    expect(ports.receiver(53)).toBe(stage);
    expect(() => ports.bind(53, stage)).toThrow(
      new RangeError("expected a free UDP port in b, found 53, which is in use"),
    );
    ports.release(53);
    expect(ports.receiver(53)).toBeUndefined();
    expect(ports.bind(53, stage)).toBe(53);
  });

  it.each([-1, 65_536, 1.5, NaN])("refuses port %d", (port) => {
    const { b, engine } = createHostPair();
    expect(() => b.namespace.udp.bind(port, new Receiver(engine).stage)).toThrow(
      new RangeError(`expected a UDP port from 0 to 65535, found ${port}`),
    );
  });

  it("chooses from Linux's ephemeral range for port 0, until none is left", () => {
    const { b, engine } = createHostPair();
    const { stage } = new Receiver(engine);
    const count = EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1;
    const chosen = new Set(Array.from({ length: count }, () => b.namespace.udp.bind(0, stage)));
    expect([chosen.size, Math.min(...chosen), Math.max(...chosen)]).toEqual([
      count,
      EPHEMERAL_PORT_FIRST,
      EPHEMERAL_PORT_LAST,
    ]);
    expect(() => b.namespace.udp.bind(0, stage)).toThrow(
      new RangeError("expected a free UDP port in b, found all in use"),
    );
  });
});

describe("receiving", () => {
  it("cuts off what the packet holds behind the datagram's own length", () => {
    const pair = createHostPair();
    const receiver = new Receiver(pair.engine);
    pair.b.namespace.udp.bind(53, receiver.stage);
    for (const extra of [0, 5]) deliverTo(pair, extra);
    expect(receiver.packets.map((packet) => packet.length)).toEqual([32, 32]);
  });

  it.each<[string, number, (view: DataView, offset: number) => void]>([
    ["a length below 8", DropReason.PKT_TOO_SMALL, (view, offset) => udp.setDatagramLength(view, offset, 7)],
    ["a length beyond the packet", DropReason.PKT_TOO_SMALL, (view, offset) => udp.setDatagramLength(view, offset, 13)],
    ["a wrong checksum", DropReason.UDP_CSUM, (view, offset) => udp.setSourcePort(view, offset, 999)],
    [
      "a port that nobody has",
      DropReason.NO_SOCKET,
      (view, offset) => {
        udp.setDestinationPort(view, offset, 54);
        udp.setDatagramChecksum(view, offset, 0);
      },
    ],
  ])("drops a datagram with %s", (_, reason, change) => {
    const pair = createHostPair();
    const receiver = new Receiver(pair.engine);
    pair.b.namespace.udp.bind(53, receiver.stage);
    deliverTo(pair, 0, change);
    expect([receiver.packets, dropsBy(pair.bEnd)]).toEqual([[], { [reason]: 1 }]);
  });
});

describe("changes", () => {
  it("are noted when a port is freed that somebody relies on, once, and not for others", () => {
    const { b, engine } = createHostPair();
    const { udp: ports, changes } = b.namespace;
    const { stage } = new Receiver(engine);
    const noted = (action: () => unknown): number => {
      const before = changes.count;
      action();
      return changes.count - before;
    };
    expect(noted(() => ports.bind(53, stage))).toBe(0);
    expect(noted(() => ports.release(53))).toBe(0);
    ports.bind(53, stage);
    ports.relyOn(53);
    expect(noted(() => ports.release(53))).toBe(1);
    ports.bind(53, stage);
    expect(noted(() => ports.release(53))).toBe(0);
  });
});
