/** Mistakes that parsers of packets really have, and the smallest frame with which the arbitraries show each. */
import fc from "fast-check";
import { anyFrame, ethernetFrame, type Frame, nearlyValid } from "podwire/arbitraries";
import { expect, test } from "vitest";

/** What fast-check reports of the smallest frame for which a parser is wrong. */
function counterexample(frames: fc.Arbitrary<Frame>, isRight: (frame: Frame) => boolean): string {
  const { counterexample } = fc.check(fc.property(frames, isRight), { seed: 1, numRuns: 1000 });
  return fc.stringify(counterexample?.[0]);
}

test("padding is taken for payload: 60 bytes on the wire, 42 of them the packet's", () => {
  const payloadLength = ({ bytes }: Frame): number => bytes.length - 14 - 20 - 8;
  const options = { options: new Uint8Array(0) };
  const found = counterexample(ethernetFrame().ipv4(options).udp(), (frame) => {
    return payloadLength(frame) === frame.layer("payload").length;
  });
  expect(found).toBe(
    [
      "IP 10.0.0.1.49152 > 10.0.0.2.49152: UDP, length 0",
      "0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.",
      "0x0010:  001c 0000 0000 4011 66cf 0a00 0001 0a00  ......@.f.......",
      "0x0020:  0002 c000 c000 0008 6bda 0000 0000 0000  ........k.......",
      "0x0030:  0000 0000 0000 0000 0000 0000            ............",
    ].join("\n"),
  );
});

test("the header is taken to have twenty bytes: IPv4 options are there now and then", () => {
  const found = counterexample(ethernetFrame().ipv4().udp(), ({ view }) => {
    const sourcePort = view.getUint16(14 + 20);
    return sourcePort >= 49_152;
  });
  expect(found).toMatch(/^IP 10\.0\.0\.1\.49152 > 10\.0\.0\.2\.49152: UDP, length 0\n/);
});

test("tags are overlooked", () => {
  const found = counterexample(anyFrame({ kinds: ["arp"] }), ({ view }) => view.getUint16(12) === 0x0806);
  expect(found).toMatch(/^vlan 1, p 0, ARP, Request who-has 10\.0\.0\.2 tell 10\.0\.0\.1, length 28\n/);
});

test("a length is believed: the parser reads beyond the end", () => {
  const frames = nearlyValid(ethernetFrame().ipv4().udp(), { rules: ["udp.length-beyond"] });
  const read = fc.property(frames, ({ view, original }) => {
    const { offset } = original.layer("udp");
    const length = view.getUint16(offset + 4);
    return offset + length <= view.byteLength;
  });
  const { counterexample: found } = fc.check(read, { seed: 1 });
  expect(String(found![0])).toBe(
    "udp.length-beyond, the UDP length at byte 38: expected 0x0008, found 0x0009 | " +
      "IP 10.0.0.1.49152 > 10.0.0.2.49152: UDP, bad length 1 > 0",
  );
});
