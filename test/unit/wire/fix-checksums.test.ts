import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { fixChecksums } from "../../../src/wire/fix-checksums.ts";
import { generateFrames } from "../../capture/generated-frames.ts";
import * as frames from "./frames.ts";
import { withOldTag, withSnap } from "./link-frames.ts";
import { placed } from "./placed.ts";

/** The frame with right checksums, in hexadecimal; `changes` are made before. */
function fixed(
  frame: Uint8Array,
  changes: readonly (readonly [position: number, value: number])[] = [],
  linkType = 1,
): string {
  const copy = frame.slice();
  for (const [position, value] of changes) copy[position] = value;
  const { view, offset, end } = placed(copy);
  fixChecksums(view, offset, end, linkType);
  const whole = new Uint8Array(view.buffer);
  expect(new Set([...whole.subarray(0, offset), ...whole.subarray(end)])).toEqual(new Set([0xa5]));
  return formatHex(whole.subarray(offset, end));
}

const IP_CHECKSUM = 14 + 10;
const TRANSPORT = 14 + 20;
const INNER = TRANSPORT + 16;

describe("fixChecksums", () => {
  it.each(Object.entries(frames))("leaves %s, whose checksums are right, as it is", (_name, frame) =>
    expect(fixed(frame)).toBe(formatHex(frame)),
  );

  it.each([
    ["IPv4", frames.ECHO_REQUEST, [IP_CHECKSUM]],
    ["IPv4 with options", frames.RECORD_ROUTE, [IP_CHECKSUM]],
    ["ICMP", frames.ECHO_REQUEST, [TRANSPORT + 2]],
    ["UDP", frames.UDP_DATAGRAM, [TRANSPORT + 6]],
    ["UDP behind VLAN tags", frames.STACKED_VLAN_UDP, [IP_CHECKSUM + 8, TRANSPORT + 8 + 6]],
    ["TCP", frames.TCP_DATA, [TRANSPORT + 16]],
    ["ICMP within IP in IP", frames.IP_IN_IP, [IP_CHECKSUM, TRANSPORT + 10, TRANSPORT + 20 + 2]],
    ["ICMP within VXLAN, and the UDP around it", frames.VXLAN_ECHO_REQUEST, [TRANSPORT + 6, INNER + 24, INNER + 36]],
    ["UDP behind a tag of 0x9100", withOldTag(frames.UDP_DATAGRAM), [IP_CHECKSUM + 4, TRANSPORT + 4 + 6]],
    ["UDP behind SNAP", withSnap(frames.UDP_DATAGRAM), [IP_CHECKSUM + 8, TRANSPORT + 8 + 6]],
    ["the header of a fragment", frames.LAST_FRAGMENT, [IP_CHECKSUM]],
  ])("computes the checksum of %s", (_name, frame, positions) => {
    const changes = positions.flatMap(
      (position) =>
        [
          [position, 0x12],
          [position + 1, 0x34],
        ] as const,
    );
    expect(fixed(frame, changes)).toBe(formatHex(frame));
  });

  it("leaves a UDP checksum of 0, which says that there is none (RFC 768)", () => {
    expect(fixed(frames.UDP_WITHOUT_CHECKSUM)).toBe(formatHex(frames.UDP_WITHOUT_CHECKSUM));
  });

  it("fixes no more than the header of what is cut, of fragments and of lengths that lie", () => {
    const change = [
      [IP_CHECKSUM, 0],
      [TRANSPORT + 6, 0x12],
    ] as const;
    const cut = frames.UDP_DATAGRAM.subarray(0, -1);
    const expected = cut.slice();
    expected[TRANSPORT + 6] = 0x12;
    expect(fixed(cut, change)).toBe(formatHex(expected));
    const fragment = frames.FIRST_FRAGMENT.slice();
    fragment[TRANSPORT + 6]! ^= 0xff;
    expect(fixed(fragment)).toBe(formatHex(fragment));
    // UDP's own length reaches beyond the packet.
    const lying = frames.UDP_DATAGRAM.slice();
    lying[TRANSPORT + 5] = 200;
    expect(fixed(lying)).toBe(formatHex(lying));
  });

  it("computes what segmentation offload leaves, over what is there", () => {
    const frame = frames.TCP_DATA.slice();
    const view = new DataView(frame.buffer);
    view.setUint16(14 + 2, 0);
    const whole = parseHex(fixed(frame, [[TRANSPORT + 16, 0x12]]));
    expect(formatHex(whole.subarray(TRANSPORT))).toBe(formatHex(frames.TCP_DATA.subarray(TRANSPORT)));
    // Of a frame that is cut, nobody knows.
    const cut = frame.slice(0, -1);
    const unfixed = fixChecksums(new DataView(cut.buffer), 0, cut.length, 1, frame.length);
    expect(unfixed.leftCount).toBe(1);
    expect(formatHex(cut.subarray(TRANSPORT))).toBe(formatHex(frame.subarray(TRANSPORT, -1)));
  });

  it.each([
    ["nothing of a sound packet", frames.UDP_DATAGRAM, 0, []],
    ["what is cut", frames.UDP_DATAGRAM.subarray(0, -1), 1, []],
    ["a first fragment", frames.FIRST_FRAGMENT, 1, []],
    ["no checksum of a fragment behind the first", frames.LAST_FRAGMENT, 0, []],
    ["no checksum that is not there", frames.UDP_DATAGRAM.subarray(0, TRANSPORT + 7), 0, []],
    ["nothing that an ICMP error quotes", frames.PORT_UNREACHABLE, 0, []],
    ["a protocol by its name", frames.UNKNOWN_PROTOCOL, 0, ["ip-protocol-253"]],
    ["a type by its name", frames.LOCAL_EXPERIMENT, 0, ["local-experiment"]],
  ])("tells that it left %s", (_name, frame, leftCount, unseen) => {
    const copy = frame.slice();
    expect(fixChecksums(new DataView(copy.buffer), 0, copy.length, 1)).toEqual({ leftCount, unseen });
  });

  it("finds IPv4 in packets without Ethernet", () => {
    const packet = frames.UDP_DATAGRAM.subarray(14);
    expect(fixed(packet, [[10, 0]], 101)).toBe(formatHex(packet));
    expect(fixed(packet, [[10, 0]], 105)).not.toBe(formatHex(packet));
  });

  it("gives generated frames back whose checksums were damaged", () => {
    const damaged = (frame: Uint8Array): string => fixed(frame, [[24, frame[24]! ^ 1]]);
    const plain = generateFrames(400).filter((frame) => frame[12] === 0x08 && frame[13] === 0x00);
    expect(plain.length).toBeGreaterThan(100);
    for (const frame of plain) expect(damaged(frame)).toBe(formatHex(frame));
  });
});
