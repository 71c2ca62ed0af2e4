/**
 * What `podwire convert` does to frames, done to all of ../shared/corpus, fuzzed ones included: it never throws, never
 * touches a byte beyond the frame, and can be undone or done again.
 */

import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { CaptureError, CaptureReader } from "../../src/capture/index.ts";
import { AddressMapper, fixChecksums, stripVxlan } from "../../src/wire/index.ts";
import { describeWith, shared, sharedPath } from "../tools/requirements.ts";

const POISON = 0xa5;
const MARGIN = 64;

interface Packet {
  readonly linkType: number;
  readonly bytes: Uint8Array;
}

/** The packets of a file, up to where it is broken. */
function packetsOf(name: string): Packet[] {
  const packets: Packet[] = [];
  const linkTypes: number[] = [];
  const reader = new CaptureReader((record) => {
    if (record.kind === "interface") linkTypes[record.id] = record.linkType;
    if (record.kind !== "packet") return;
    packets.push({ linkType: linkTypes[record.interfaceId]!, bytes: record.bytes.slice() });
  });
  try {
    reader.push(readFileSync(sharedPath(`corpus/captures/${name}`)));
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
  return packets;
}

describeWith(shared("corpus/captures"), "the packets of the corpus", () => {
  let packets: Packet[];
  const buffer = new Uint8Array(2 ** 18 + 2 * MARGIN);
  const view = new DataView(buffer.buffer);
  beforeAll(() => {
    packets = readdirSync(sharedPath("corpus/captures")).flatMap(packetsOf);
    expect(packets.length).toBeGreaterThan(23_800);
  });

  /** Changes a copy of a packet, and looks whether anything beside it has changed. */
  function change({ bytes }: Packet, apply: (end: number) => void): Uint8Array {
    const end = MARGIN + bytes.length;
    buffer
      .fill(POISON, 0, MARGIN)
      .fill(POISON, end, end + MARGIN)
      .set(bytes, MARGIN);
    apply(end);
    const margins = [buffer.subarray(0, MARGIN), buffer.subarray(end, end + MARGIN)];
    for (const margin of margins) if (margin.some((byte) => byte !== POISON)) throw new Error("expected poison");
    return buffer.slice(MARGIN, end);
  }

  it("have the addresses that they had when each was turned around twice", () => {
    const mapper = new AddressMapper({ ipv4: (address) => ~address >>> 0, mac: (mac) => 2 ** 48 - 1 - mac });
    let changed = 0;
    for (const packet of packets) {
      const once = change(packet, (end) => void mapper.mapPacket(view, MARGIN, end, packet.linkType));
      const back = change(
        { ...packet, bytes: once },
        (end) => void mapper.mapPacket(view, MARGIN, end, packet.linkType),
      );
      if (Buffer.compare(back, packet.bytes) !== 0) expect(back).toEqual(packet.bytes);
      changed += Number(Buffer.compare(once, packet.bytes) !== 0);
    }
    expect(changed).toBeGreaterThan(20_000);
  });

  it("stay as they are when their checksums are fixed once more", () => {
    for (const packet of packets) {
      const fix = (end: number): void => void fixChecksums(view, MARGIN, end, packet.linkType);
      const once = change(packet, fix);
      const twice = change({ ...packet, bytes: once }, fix);
      if (Buffer.compare(once, twice) !== 0) expect(twice).toEqual(once);
    }
  });

  it("are in no tunnel any more when it was taken off", () => {
    let tunnels = 0;
    for (const packet of packets) {
      change(packet, (end) => {
        const inner = stripVxlan(view, MARGIN, end);
        tunnels += Number(inner > MARGIN);
        expect(stripVxlan(view, inner, end)).toBe(inner);
      });
    }
    expect(tunnels).toBeGreaterThan(20);
  });
});
