import { expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { keepEchoedOptions } from "../../../src/host/echo-options.ts";
import { PacketPool } from "../../../src/packet/index.ts";
import { counting, packet, readPacket, withHeaderChecksum } from "../../conformance/frames.ts";

/** The packet that is left of one with these options; its header checksum is made anew. */
function left(options: string): Uint8Array {
  const pool = new PacketPool({ slotCount: 2 });
  const fields = { source: "10.0.0.1", destination: "10.0.0.2", timeToLive: 9, payload: counting(30) };
  const handle = pool.allocateFrom(packet({ ...fields, options: parseHex(options) }));
  keepEchoedOptions(pool, handle);
  return withHeaderChecksum(pool.contents(handle).slice());
}

it.each([
  ["nothing", "", ""],
  ["no-operations", "01010101", ""],
  ["router alert and the end", "94040000 00000000", ""],
  ["a record route, whatever room it has", "07070400000000 00", "07070400000000 00"],
  ["a record route in the middle", "010101 070708 0a0a0a0a 0000", "0707080a0a0a0a 00"],
  [
    "timestamps and a record route, which goes first",
    "4408050000000001 07070400000000 01",
    "07070400000000 4408050000000001 00",
  ],
  ["40 bytes of no-operations", "01".repeat(40), ""],
])("keeps of %s what an echo reply has", (_name, asked, kept) => {
  const reply = left(asked);
  const { headerLength, totalLength, payload, source, timeToLive } = readPacket(reply);
  expect(formatHex(reply.subarray(20, headerLength))).toBe(kept.replaceAll(" ", ""));
  expect(totalLength).toBe(reply.length);
  expect([source, timeToLive]).toEqual(["10.0.0.1", 9]);
  expect(payload).toEqual(counting(30));
});
