import { expect, it } from "vitest";
import {
  attachInputFilter,
  type DeviceFilter,
  createVethPair,
  Engine,
  Namespace,
  type Veth,
  WorkloadCount,
  WorkloadFilter,
} from "../../../src/datapath/index.ts";
import { DropReason, EtherType, parseIpv4, Protocol } from "../../../src/wire/index.ts";
import { frame, packet, udpPacket } from "../../conformance/frames.ts";

const OWN = "10.0.0.1";
const SECOND = "10.0.0.9";
const TO = "10.0.0.2";
const TUNNEL_PORT = 4789;

/** A pod's device on its node that believes in two addresses. */
class Lab {
  readonly engine: Engine = new Engine({ slotCount: 64 });
  readonly device: Veth;
  readonly filter: WorkloadFilter;
  readonly #inside: Veth;
  #passedCount = 0;

  constructor() {
    const [pod, node] = [new Namespace(this.engine, "pod"), new Namespace(this.engine, "node")];
    const [inside, device] = createVethPair({ namespace: pod, name: "eth0" }, { namespace: node, name: "veth0" });
    [this.#inside, this.device] = [inside, device];
    device.reversePathFilter = 1;
    for (const to of [OWN, SECOND]) node.addRoute({ to, device, scope: "link" });
    this.filter = new WorkloadFilter({ device, address: parseIpv4(OWN), vxlanPort: TUNNEL_PORT });
    attachInputFilter(device, this.filter);
    device.handler = {
      run: (handles, first, end) => {
        for (let i = first; i < end; i++) this.engine.consume(handles[i]!);
        this.#passedCount += end - first;
      },
    };
  }

  /** How many of these pass, all in one vector. */
  send(...packets: readonly Uint8Array[]): number {
    const before = this.#passedCount;
    for (const bytes of packets) this.#inside.transmit(frame(2, 4, EtherType.IPV4, bytes));
    this.engine.run(this.engine.now);
    return this.#passedCount - before;
  }
}

const ends = { source: OWN, destination: TO };

it("passes what a pod sends under an address whose way back is its device", () => {
  const lab = new Lab();
  expect(lab.send(packet(ends), udpPacket(ends, 1, 53), packet({ ...ends, source: SECOND }))).toBe(3);
  expect(lab.send(packet(ends), packet({ ...ends, source: "10.0.0.3" }), packet(ends))).toBe(2);
  expect(lab.device.drops[DropReason.IP_RPFILTER]).toBe(1);
  expect([lab.filter.packets[WorkloadCount.SPOOFED], lab.filter.bytes[WorkloadCount.SPOOFED]]).toEqual([1, 60]);
});

it("passes requests for an address by who has none, and nothing else of them", () => {
  const lab = new Lab();
  expect(lab.send(udpPacket({ source: "0.0.0.0", destination: "255.255.255.255" }, 68, 67))).toBe(1);
  expect(lab.send(udpPacket({ source: "0.0.0.0", destination: TO }, 68, 67))).toBe(0);
});

it("drops VXLAN and IP-in-IP packets, with options before the port as well, and only the first fragment", () => {
  const lab = new Lab();
  const options = Uint8Array.of(1, 1, 1, 0);
  const fragmentOf = (fragmentOffset: number): Uint8Array =>
    packet({ ...ends, protocol: Protocol.UDP, moreFragments: true, fragmentOffset, payload: payloadTo(TUNNEL_PORT) });
  expect(lab.send(udpPacket(ends, 1, TUNNEL_PORT), packet({ ...ends, protocol: Protocol.IPIP }))).toBe(0);
  expect(lab.send(udpPacket({ ...ends, options }, 1, TUNNEL_PORT), fragmentOf(0))).toBe(0);
  expect(lab.send(fragmentOf(8), udpPacket(ends, TUNNEL_PORT, 1))).toBe(2);
  // Too short to have a port.
  expect(lab.send(packet({ ...ends, protocol: Protocol.UDP, payload: payloadTo(TUNNEL_PORT).subarray(0, 3) }))).toBe(1);
  expect([...lab.filter.packets]).toEqual([0, 3, 1]);
  expect(lab.device.drops[DropReason.WORKLOAD_ENCAP]).toBe(4);
});

it("hands what passes to the filter behind it, and leaves what is no IPv4 packet to others", () => {
  const lab = new Lab();
  const seen: number[] = [];
  const behind: DeviceFilter = {
    onward: null,
    run: (_handles, first, end) => {
      seen.push(end - first);
      return first;
    },
  };
  lab.filter.setNext(behind);
  expect(behind.onward).toBe(lab.filter.onward);
  expect(lab.send(packet(ends), packet({ ...ends, source: TO }), packet(ends))).toBe(0);
  expect(lab.send(Uint8Array.of(1, 2, 3))).toBe(0);
  expect(seen).toEqual([2, 1]);
});

/** The beginning of a UDP header, and more. */
function payloadTo(port: number): Uint8Array {
  return Uint8Array.of(0, 1, port >>> 8, port & 0xff, 0, 40, 0, 0, ...new Uint8Array(16));
}
