/** Your own codec against podwire's: two implementations that must agree on every frame. */
import fc from "fast-check";
import { ethernetFrame, type Frame } from "podwire/arbitraries";
import { ipv4 } from "podwire/wire";
import { expect, test } from "vitest";

/** The code under test; yours would be imported. */
function parseIpv4(packet: Uint8Array) {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const headerLength = (view.getUint8(0) & 0x0f) * 4;
  return {
    timeToLive: view.getUint8(8),
    source: view.getUint32(12),
    destination: view.getUint32(16),
    options: packet.subarray(20, headerLength),
    payload: packet.subarray(headerLength, view.getUint16(2)),
  };
}

// Any stack, read from the outside in. Fields vary unless you say what they are to be.
const packets = fc.oneof(
  ethernetFrame().ipv4().udp({ destinationPort: 53 }),
  ethernetFrame()
    .vlan()
    .ipv4({ timeToLive: fc.constantFrom(1, 64, 255) })
    .tcp(),
  ethernetFrame().ipv4().icmpEcho(),
);

/** What stands behind Ethernet and its tags, padding included. */
function packetOf(frame: Frame): Uint8Array {
  return frame.bytes.subarray(frame.layer("ipv4").offset);
}

test("reads what the sender meant", () => {
  fc.assert(
    fc.property(packets, (frame) => {
      const { source, destination, timeToLive, options } = frame.layer("ipv4").fields;
      expect(parseIpv4(packetOf(frame))).toMatchObject({ source, destination, timeToLive, options });
    }),
  );
});

test("reads what podwire's codec reads", () => {
  fc.assert(
    fc.property(packets, (frame) => {
      const { offset } = frame.layer("ipv4");
      const { source, payload } = parseIpv4(packetOf(frame));
      expect(source).toBe(ipv4.source(frame.view, offset));
      expect(payload.length).toBe(ipv4.totalLength(frame.view, offset) - ipv4.headerLength(frame.view, offset));
    }),
  );
});
