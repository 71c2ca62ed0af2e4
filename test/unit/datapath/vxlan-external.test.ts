import { describe, expect, it } from "vitest";
import { createVethPair, Engine, ExternalVxlanDevice, Namespace, type Veth } from "../../../src/datapath/index.ts";
import { DropReason, ethernet, ipv4, parseIpv4, udp, vxlan } from "../../../src/wire/index.ts";

const REMOTE = parseIpv4("192.168.1.20");
const FRAME = new Uint8Array(60).map((_, i) => (i < 12 ? (i === 0 || i === 6 ? 0x02 : i) : i));

interface Lab {
  readonly engine: Engine;
  readonly left: ExternalVxlanDevice;
  readonly right: ExternalVxlanDevice;
  readonly uplink: Veth;
  /** Frames that the right device got, with their VNI and VTEP. */
  readonly received: { bytes: Uint8Array; vni: number; remote: number }[];
}

function create(options: { local?: string; dontFragment?: boolean; port?: number } = {}): Lab {
  const engine = new Engine({ slotCount: 16 });
  const [a, b] = [new Namespace(engine, "a"), new Namespace(engine, "b")];
  const [uplink, other] = createVethPair({ namespace: a, name: "eth0" }, { namespace: b, name: "eth0" });
  a.addAddress(uplink, "192.168.1.10/24");
  b.addAddress(other, "192.168.1.20/24");
  const left = new ExternalVxlanDevice(a, { name: "vxlan0", ...options });
  const right = new ExternalVxlanDevice(b, { name: "vxlan0", ...options });
  const received: Lab["received"] = [];
  right.handler = {
    run: (handles, first, end) => {
      for (let i = first; i < end; i++) {
        const handle = handles[i]!;
        expect(right.hasKey(handle)).toBe(true);
        received.push({
          bytes: engine.pool.contents(handle).slice(),
          vni: right.vniOf(handle),
          remote: right.remoteOf(handle),
        });
        engine.consume(handle);
      }
    },
  };
  return { engine, left, right, uplink, received };
}

function send({ engine, left }: Lab, vni: number, frame: Uint8Array = FRAME): void {
  left.send(engine.pool.allocateFrom(frame), vni, REMOTE);
  engine.run();
}

/** The last outer packet that the right namespace saw, as bytes. */
function outerOf(lab: Lab, vni: number): DataView {
  let seen = new Uint8Array(0);
  lab.engine.observer = {
    asksWhy: false,
    frames: (device, direction, handles, first) => {
      if (device === lab.uplink && direction === "out") seen = lab.engine.pool.contents(handles[first]!).slice();
    },
    explain: () => undefined,
    cloned: () => undefined,
    dropped: () => undefined,
    settle: () => undefined,
  };
  send(lab, vni);
  return new DataView(seen.buffer);
}

describe("a VXLAN device whose packets bring their key", () => {
  it("carries frames with any VNI, and tells VNI and VTEP of each", () => {
    const lab = create();
    send(lab, 1);
    send(lab, 0xffffff);
    expect(lab.received).toEqual([
      { bytes: FRAME, vni: 1, remote: parseIpv4("192.168.1.10") },
      { bytes: FRAME, vni: 0xffffff, remote: parseIpv4("192.168.1.10") },
    ]);
  });

  it("writes TTL 64, no UDP checksum, the port and the VNI, and DF only when told", () => {
    for (const dontFragment of [false, true]) {
      const view = outerOf(create({ dontFragment, port: 6784, local: "192.168.1.10" }), 0x123456);
      const network = ethernet.HEADER_LENGTH;
      const transport = network + ipv4.HEADER_LENGTH;
      expect([
        ipv4.timeToLive(view, network),
        ipv4.dontFragment(view, network),
        udp.destinationPort(view, transport),
        udp.datagramChecksum(view, transport),
        vxlan.vni(view, transport + udp.HEADER_LENGTH),
      ]).toEqual([64, dontFragment, 6784, 0, 0x123456]);
    }
  });

  it("drops what has no key", () => {
    const { engine, left } = create();
    left.transmit(FRAME);
    engine.run();
    expect(left.drops[DropReason.TUNNEL_TXINFO]).toBe(1);
  });

  it("does not take an old packet's key for a new one's", () => {
    const lab = create();
    send(lab, 7);
    lab.left.transmit(FRAME);
    lab.engine.run();
    expect([lab.received.length, lab.left.drops[DropReason.TUNNEL_TXINFO]]).toEqual([1, 1]);
  });

  it.each([
    ["the source is not the namespace's", "192.168.1.99", REMOTE],
    ["no route leads to the VTEP", undefined, parseIpv4("8.8.8.8")],
  ])("drops what it cannot send: %s", (_, local, remote) => {
    const { engine, left } = create(local === undefined ? {} : { local });
    left.send(engine.pool.allocateFrom(FRAME), 1, remote);
    engine.run();
    expect(left.drops[DropReason.IP_OUTNOROUTES]).toBe(1);
  });

  it("refuses reserved bits, a cut frame and its own MAC, as every VXLAN device does", () => {
    const lab = create();
    const { engine, right } = lab;
    const datagram = (header: number[], frame: Uint8Array): void => {
      const socketless = new Uint8Array([...header, ...frame]);
      const handle = engine.pool.allocate(28 + socketless.length);
      const { view, start, bytes } = engine.pool;
      const offset = start[handle]!;
      ipv4.write(view, offset, {
        totalLength: 28 + socketless.length,
        timeToLive: 64,
        protocol: 17,
        source: parseIpv4("192.168.1.10"),
        destination: REMOTE,
      });
      udp.write(view, offset + 20, { sourcePort: 1, destinationPort: 8472, datagramLength: 8 + socketless.length });
      bytes.set(socketless, offset + 28);
      lab.left.namespace.ipv4Output.push(handle);
      engine.run();
    };
    const own = FRAME.slice();
    ethernet.setSource(new DataView(own.buffer), 0, right.mac);
    datagram([0x08, 0, 0, 0, 0, 0, 1, 1], FRAME);
    datagram([0, 0, 0, 0, 0, 0, 1, 0], FRAME);
    datagram([0x08, 0, 0, 0, 0, 0, 1, 0], FRAME.subarray(0, 13));
    datagram([0x08, 0, 0, 0, 0, 0, 1, 0], own);
    expect([
      right.drops[DropReason.VXLAN_INVALID_HDR],
      right.drops[DropReason.HDR_TRUNC],
      right.drops[DropReason.LOCAL_MAC],
      lab.received.length,
    ]).toEqual([2, 1, 1, 0]);
  });

  it("refuses a port that is in use", () => {
    const { left } = create();
    expect(() => new ExternalVxlanDevice(left.namespace, { name: "vxlan1" })).toThrow(
      new RangeError("expected a free UDP port in a, found 8472, which is in use"),
    );
  });
});
