import { describe, expect, it } from "vitest";
import { dissect, type Dissection } from "../../../src/wire/dissection.ts";
import { frameTree } from "../../../src/wire/frame-tree.ts";
import { ARP_REQUEST, TIME_EXCEEDED, UDP_DATAGRAM } from "./frames.ts";

function apart(bytes: Uint8Array, originalLength = bytes.length): Dissection {
  return dissect(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, originalLength);
}

describe("a tree", () => {
  it("has layers with their bytes, and under each its fields with theirs", () => {
    expect(frameTree(apart(ARP_REQUEST.subarray(0, 42)))).toBe(
      [
        "ethernet, bytes 0 to 13",
        "      0-5  destination  ff:ff:ff:ff:ff:ff",
        "     6-11  source       0a:58:0a:f4:01:05",
        "    12-13  etherType    0x0806 (arp)",
        "arp, bytes 14 to 41",
        "    14-15  hardwareType    1",
        "    16-17  protocolType    0x0800 (ipv4)",
        "       18  hardwareLength  6",
        "       19  protocolLength  4",
        "    20-21  operation       1 (request)",
        "    22-27  senderHardware  0a:58:0a:f4:01:05",
        "    28-31  senderProtocol  10.244.1.5",
        "    32-37  targetHardware  00:00:00:00:00:00",
        "    38-41  targetProtocol  10.244.1.1",
      ].join("\n"),
    );
  });

  it("says what is wrong under the layer that has it", () => {
    const lines = frameTree(apart(UDP_DATAGRAM.subarray(0, 38), 47)).split("\n");
    expect(lines.slice(-5)).toEqual([
      "udp, bytes 34 to 37",
      "    34-35  sourcePort       40349",
      "    36-37  destinationPort  9999",
      "    34-37  bytes            4 bytes",
      "  ! the header is cut short: 4 of 8 bytes are there (at byte 34)",
    ]);
    expect(lines[4]).toBe("  ! the capture has 38 of the frame's 47 bytes (at byte 0)");
  });

  it("marks what is quoted", () => {
    const layers = frameTree(apart(TIME_EXCEEDED))
      .split("\n")
      .filter((line) => /^\S/.test(line));
    expect(layers).toEqual([
      "ethernet, bytes 0 to 13",
      "ipv4, bytes 14 to 33",
      "icmpv4, bytes 34 to 41",
      "ipv4, bytes 42 to 61, quoted",
      "icmpv4, bytes 62 to 69, quoted",
      "payload, bytes 70 to 125, quoted",
    ]);
  });

  it("of no byte at all has one layer", () => {
    expect(frameTree(apart(new Uint8Array()))).toBe(
      "ethernet, no bytes at 0\n  ! the header is cut short: 0 of 14 bytes are there (at byte 0)",
    );
  });

  it("is shown in styles", () => {
    const tree = frameTree(apart(UDP_DATAGRAM.subarray(0, 13)), (part, text) => `<${part} ${text}>`);
    expect(tree.split("\n")).toEqual([
      "<layer ethernet>, bytes 0 to 12",
      "<offset       0-5>  <name destination>  0a:58:0a:f4:01:01",
      "<offset      6-11>  <name source     >  0a:58:0a:f4:01:05",
      "<offset      0-12>  <name bytes      >  13 bytes",
      "  <problem ! the header is cut short: 13 of 14 bytes are there (at byte 0)>",
    ]);
  });
});
