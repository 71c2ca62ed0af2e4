import { describe, expect, it } from "vitest";
import { flowHash } from "../../../src/datapath/flow-hash.ts";
import { ethernet, ipv4, udp } from "../../../src/wire/index.ts";
import { ARP_REQUEST, ECHO_REQUEST, UDP_DATAGRAM } from "../wire/frames.ts";
import { placed } from "../wire/placed.ts";

const IP = ethernet.HEADER_LENGTH;
const UDP = IP + ipv4.HEADER_LENGTH;

function hash(frame: Uint8Array, change: (view: DataView) => void = () => undefined, poison?: number): number {
  const copy = frame.slice();
  change(new DataView(copy.buffer));
  const { view, offset, end } = placed(copy, poison);
  return flowHash(view, offset, end);
}

describe("the flow hash", () => {
  it.each<[string, (view: DataView) => void]>([
    ["source", (view) => ipv4.setSource(view, IP, 1)],
    ["destination", (view) => ipv4.setDestination(view, IP, 1)],
    ["protocol", (view) => ipv4.setProtocol(view, IP, 6)],
    ["source port", (view) => udp.setSourcePort(view, UDP, 1)],
    ["destination port", (view) => udp.setDestinationPort(view, UDP, 1)],
  ])("tells flows apart by %s", (_, change) => {
    expect(hash(UDP_DATAGRAM, change)).not.toBe(hash(UDP_DATAGRAM));
  });

  it.each<[string, (view: DataView) => void]>([
    ["identification", (view) => ipv4.setIdentification(view, IP, 1)],
    ["time to live", (view) => ipv4.setTimeToLive(view, IP, 1)],
    ["checksums", (view) => udp.setDatagramChecksum(view, UDP, 1)],
    ["MACs", (view) => ethernet.setSource(view, 0, 1)],
  ])("keeps a flow together whatever its %s", (_, change) => {
    expect(hash(UDP_DATAGRAM, change)).toBe(hash(UDP_DATAGRAM));
  });

  it("leaves the ports of fragments out: only the first has them", () => {
    const first = hash(UDP_DATAGRAM, (view) => ipv4.setFlags(view, IP, ipv4.Flag.MORE_FRAGMENTS));
    const second = hash(UDP_DATAGRAM, (view) => {
      ipv4.setFragmentOffset(view, IP, 8);
      udp.setSourcePort(view, UDP, 0x7878);
    });
    expect(second).toBe(first);
  });

  it("reads nothing behind the frame's end, wherever that is", () => {
    for (const frame of [ARP_REQUEST, ECHO_REQUEST, UDP_DATAGRAM]) {
      for (let length = ethernet.HEADER_LENGTH; length <= frame.length; length++) {
        const cut = frame.subarray(0, length);
        expect(hash(cut, undefined, 0xff)).toBe(hash(cut, undefined, 0x00));
      }
    }
  });

  it("spreads neighbouring ports over its upper bits, of which tunnels make their source port", () => {
    const buckets = new Array<number>(16).fill(0);
    for (let port = 0; port < 1600; port++)
      buckets[hash(UDP_DATAGRAM, (view) => udp.setSourcePort(view, UDP, 32_768 + port)) >>> 28]!++;
    for (const count of buckets) expect(count).toBeGreaterThan(50);
  });
});
