/** The judge of captures is judged first: it passes what is right, and finds every kind of fault. */

import { expect, it } from "vitest";
import { MemorySink, PcapngWriter } from "../../src/capture/index.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { judge, readFields } from "../tools/tshark.ts";
import { PING, TUNNELLED } from "./frames.ts";

/** The bytes of a capture. */
function capture(...frames: Uint8Array[]): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapngWriter(sink);
  writer.addInterface({ name: "eth0" });
  for (const frame of frames) writer.writePacket(0, 0, frame, 0, frame.length);
  writer.flush();
  return sink.bytes();
}

/** A copy of `frame` with the bits of one byte turned over. */
function corrupted(frame: Uint8Array, offset: number): Uint8Array {
  const copy = new Uint8Array(frame);
  copy[offset]! ^= 0xff;
  return copy;
}

describeWith([tool("tshark"), tool("capinfos")], "judge", () => {
  it("has nothing against a ping, plain or in VXLAN on the port of Linux", () => {
    judge(capture(PING));
    judge(capture(TUNNELLED));
    const rows = readFields(capture(TUNNELLED), ["vxlan.vni", "icmp.type"]);
    expect(rows).toEqual([{ "vxlan.vni": "1", "icmp.type": "8" }]);
  });

  const [outer, inner] = [14, 64];
  it.each([
    ["checksum of IPv4", corrupted(PING, outer + 10), /ip\.checksum\.status: 0/],
    ["checksum of ICMP", corrupted(PING, outer + 22), /icmp\.checksum\.status: 0/],
    ["checksum of IPv4 in a tunnel", corrupted(TUNNELLED, inner + 10), /ip\.checksum\.status: 1,0/],
    ["checksum of ICMP in a tunnel", corrupted(TUNNELLED, inner + 22), /icmp\.checksum\.status: 0/],
    ["checksum of UDP", corrupted(TUNNELLED, outer + 26), /udp\.checksum\.status: 0/],
    ["total length", corrupted(PING, outer + 2), /_ws\.expert\.message: .*length/i],
    ["end of a packet", PING.subarray(0, 30), /malformed|expert/i],
  ])("refuses a wrong %s", (_name, frame, reason) => {
    const objection = new RegExp(`^tshark objects to 1 of 1 frames:\n {2}frame 1 [^]*(?:${reason.source})`, "i");
    expect(() => judge(capture(frame))).toThrow(objection);
  });

  it("refuses a capture without frames, and one that breaks off", () => {
    const whole = capture(PING);
    expect(() => judge(capture())).toThrow(/^tshark finds no frames/);
    expect(() => judge(whole.subarray(0, whole.length - 4))).toThrow(/cut short/);
  });
});
