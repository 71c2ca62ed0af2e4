/** A parser on nearly valid frames: each breaks one rule, and the parser must notice. */
import fc from "fast-check";
import { ethernetFrame, nearlyValid, RULE_NAMES } from "podwire/arbitraries";
import { DropReason } from "podwire/wire";
import { expect, test } from "vitest";

/** The code under test: the payload of a UDP datagram in Ethernet and IPv4, or null for what is none. */
function udpPayload(frame: Uint8Array): Uint8Array | null {
  if (frame.length < 14 + 20) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint16(12) !== 0x0800 || view.getUint8(14) >> 4 !== 4) return null;
  const headerLength = (view.getUint8(14) & 0x0f) * 4;
  if (headerLength < 20 || 14 + headerLength > frame.length) return null;
  const end = 14 + view.getUint16(16);
  const udp = 14 + headerLength;
  if (end > frame.length || udp + 8 > end) return null;
  if (onesSum(view, 14, udp, 0) !== 0xffff || view.getUint8(23) !== 17) return null;
  const length = view.getUint16(udp + 4);
  if (length < 8 || udp + length > end) return null;
  const pseudoHeader = onesSum(view, 26, 34, 17 + length);
  if (view.getUint16(udp + 6) !== 0 && onesSum(view, udp, udp + length, pseudoHeader) !== 0xffff) return null;
  return frame.subarray(udp + 8, udp + length);
}

function onesSum(view: DataView, start: number, end: number, initial: number): number {
  let sum = initial;
  for (let at = start; at < end; at += 2) sum += at + 1 < end ? view.getUint16(at) : view.getUint8(at) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

const datagrams = ethernetFrame().ipv4().udp();

test("takes every valid frame", () => {
  fc.assert(
    fc.property(datagrams, (frame) => {
      expect(udpPayload(frame.bytes)).toEqual(frame.layer("payload").fields.bytes);
    }),
  );
});

test("refuses every frame that a receiver must refuse", () => {
  // This parser does not look at options; a rule says by its reason whether receivers are to mind it.
  const rules = RULE_NAMES.filter((name) => name !== "ipv4.option-length");
  fc.assert(
    fc.property(nearlyValid(datagrams, { rules }), ({ bytes, rule }) => {
      if (rule.reason !== DropReason.NONE) expect(udpPayload(bytes)).toBeNull();
      else expect(udpPayload(bytes)).not.toBeNull();
    }),
    { numRuns: 1000 },
  );
});
