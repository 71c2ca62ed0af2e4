import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { refusal } from "./reading.ts";

describe("a file that is no capture is named when it is one that people take for it", () => {
  it.each([
    ["1f8b0800", "gzip"],
    ["28b52ffd", "Zstandard"],
    ["425a6839", "bzip2"],
    ["504b0304", "a ZIP archive"],
    ["1c0001ac", "pcap of IXIA's hardware"],
    ["ab01001c", "pcap of IXIA's software"],
    ["736e6f6f70000000", "Solaris snoop"],
    ["474d4255", "Microsoft Network Monitor 2"],
    ["23212f62", "a file that begins with 23212f62"],
    // Half a magic number is none.
    ["d4c3b2a2", "a file that begins with d4c3b2a2"],
  ])("%s", (hex, name) => {
    expect(refusal(parseHex(hex))).toEqual([
      `CaptureError: expected a pcap or pcapng capture, found ${name}, at byte 0`,
      0,
    ]);
  });
});
