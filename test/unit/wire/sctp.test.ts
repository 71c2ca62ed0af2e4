import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { dissect } from "../../../src/wire/dissection.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import { encodeFrame } from "../../../src/wire/encode-frame.ts";
import { fixChecksums } from "../../../src/wire/fix-checksums.ts";
import { describePacket } from "../../../src/wire/frame-text.ts";
import * as ipv4 from "../../../src/wire/ipv4.ts";
import {
  chunks,
  hasInitFields,
  initFields,
  initLength,
  SctpChunkType,
  writeInit,
} from "../../../src/wire/sctp-chunks.ts";
import * as sctp from "../../../src/wire/sctp.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

/** Made apart from podwire, their checksums too. */
const INIT = parseHex(
  "9c400050000000005066f26001000024112233440000ffff000affff00000007000500080a000001000c000600050000",
);
const INIT_ACK = parseHex("9c40005000000005cf973caf0200001c112233440000ffff000affff000000070007000861626364");
const DATA = parseHex("9c40005000000005c5781d9d0003001500000007000100000000000068656c6c6f000000");
const DATA_AND_SACK = parseHex(
  "9c40005000000005e1eca5640004001400000007000100020000002e68656c6c0300001000000007000003e800000000",
);

/** Behind an IPv4 header from 10.0.0.1 to 10.0.0.2. */
function packet(payload: Uint8Array): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(ipv4.HEADER_LENGTH + payload.length);
  const view = new DataView(bytes.buffer);
  ipv4.write(view, 0, {
    totalLength: bytes.length,
    identification: 1,
    timeToLive: 64,
    protocol: ipv4.Protocol.SCTP,
    source: 0x0a000001,
    destination: 0x0a000002,
  });
  bytes.set(payload, ipv4.HEADER_LENGTH);
  return { bytes, view };
}

const RAW_IP = 101;

function line(payload: Uint8Array): string {
  const { view, bytes } = packet(payload);
  return describePacket(view, 0, bytes.length, RAW_IP);
}

function text(bytes: Uint8Array): string {
  const { view, offset, end } = placed(bytes);
  return sctp.text(view, offset, end);
}

/** DATA with another chunk in its place, and the right checksum. */
function withChunks(hex: string): Uint8Array {
  const bytes = Uint8Array.from([...DATA.subarray(0, 12), ...parseHex(hex)]);
  sctp.updateChecksum(new DataView(bytes.buffer), 0, bytes.length);
  return bytes;
}

describe("check", () => {
  it("wants every byte of the common header", () => {
    expect(checkEveryLength(sctp.check, INIT.subarray(0, 12))).toEqual(
      repeated(12, DropReason.PKT_TOO_SMALL, DropReason.NONE),
    );
  });
});

describe("getters and setters", () => {
  it("read and write the header", () => {
    const { view, offset, end } = placed(DATA);
    expect([sctp.sourcePort(view, offset), sctp.destinationPort(view, offset)]).toEqual([40_000, 80]);
    expect([sctp.verificationTag(view, offset), sctp.packetChecksum(view, offset)]).toEqual([5, 0x9d1d_78c5]);
    const length = sctp.write(view, offset, { sourcePort: 1, destinationPort: 2, verificationTag: 0xffff_ffff });
    expect([length, sctp.sourcePort(view, offset), sctp.destinationPort(view, offset)]).toEqual([12, 1, 2]);
    expect([sctp.verificationTag(view, offset), sctp.packetChecksum(view, offset)]).toEqual([0xffff_ffff, 0]);
    sctp.updateChecksum(view, offset, end);
    expect(sctp.verifyChecksum(view, offset, end)).toBe(true);
  });
});

describe("the checksum", () => {
  it.each([INIT, INIT_ACK, DATA, DATA_AND_SACK])(
    "of a packet made apart is right, and of it changed is not",
    (bytes) => {
      const { view, offset, end } = placed(bytes);
      expect(sctp.verifyChecksum(view, offset, end)).toBe(true);
      for (let at = 0; at < bytes.length; at++) {
        view.setUint8(offset + at, view.getUint8(offset + at) ^ 0x10);
        expect(sctp.verifyChecksum(view, offset, end)).toBe(false);
        view.setUint8(offset + at, view.getUint8(offset + at) ^ 0x10);
      }
    },
  );
});

describe("chunks", () => {
  it("are found with their padding, up to what is malformed", () => {
    const { view, offset, end } = placed(DATA_AND_SACK);
    expect(chunks(view, offset + 12, end)).toEqual([
      { type: SctpChunkType.DATA, flags: 4, offset: offset + 12, length: 20 },
      { type: SctpChunkType.SACK, flags: 0, offset: offset + 32, length: 16 },
    ]);
    expect(chunks(view, offset + 12, end - 1)).toHaveLength(1);
    view.setUint16(offset + 14, 3);
    expect(chunks(view, offset + 12, end)).toEqual([]);
    const padded = placed(withChunks("06000005aa0000000e000004"));
    expect(chunks(padded.view, padded.offset + 12, padded.end).map(({ type }) => type)).toEqual([6, 14]);
  });

  it("of a handshake are read and written", () => {
    const { view, offset, end } = placed(INIT_ACK);
    const [chunk] = chunks(view, offset + 12, end);
    expect(hasInitFields(chunk!)).toBe(true);
    const fields = initFields(view, chunk!);
    expect(fields).toEqual({
      ...{
        initiateTag: 0x11223344,
        receiverWindow: 65_535,
        outboundStreams: 10,
        inboundStreams: 65_535,
        initialTsn: 7,
      },
    });
    const written = new Uint8Array(initLength(4));
    const cookie = new TextEncoder().encode("abcd");
    expect(writeInit(new DataView(written.buffer), 0, fields, cookie)).toBe(written.length);
    expect(written).toEqual(INIT_ACK.subarray(12));
    const init = new Uint8Array(initLength());
    writeInit(new DataView(init.buffer), 0, fields);
    expect([init[0], init.length]).toEqual([SctpChunkType.INIT, 20]);
  });
});

describe("the text", () => {
  // As tcpdump 4.99 prints them, spaces at the end and in front of commas apart.
  it.each([
    [INIT, "sctp (1) [INIT] [init tag: 287454020] [rwnd: 65535] [OS: 10] [MIS: 65535] [init TSN: 7]"],
    [INIT_ACK, "sctp (1) [INIT ACK] [init tag: 287454020] [rwnd: 65535] [OS: 10] [MIS: 65535] [init TSN: 7]"],
    [DATA, "sctp (1) [DATA] (B)(E) [TSN: 7] [SID: 1] [SSEQ 0] [PPID 0x0]"],
    [
      DATA_AND_SACK,
      "sctp (1) [DATA] (U) [TSN: 7] [SID: 1] [SSEQ 2] [PPID 0x2e], (2) [SACK] [cum ack 7] [a_rwnd 1000] [#gap acks 0] [#dup tsns 0]",
    ],
    [
      withChunks("0300001800000007000003e8000100010002000300000009"),
      "sctp (1) [SACK] [cum ack 7] [a_rwnd 1000] [#gap acks 1] [#dup tsns 1] [gap ack block #1: start = 9, end = 10] [dup TSN #1: 9]",
    ],
    [withChunks("06010004"), "sctp (1) [ABORT]"],
    [withChunks("9900000661620000"), "sctp (1) [Unknown chunk type: 0x99]"],
    [withChunks("01000002"), "sctp (1) [Bad chunk length 2, < size of chunk descriptor]"],
    [withChunks("0100002861626364"), "sctp [|sctp]"],
    [withChunks(""), "sctp"],
    [INIT.subarray(0, 10), "truncated-sctp - 2 bytes missing!"],
  ])("is tcpdump's (%#)", (bytes, expected) => {
    expect(text(bytes)).toBe(expected);
  });

  it("stands behind the addresses in a frame's line, and a wrong checksum is told", () => {
    expect(line(DATA)).toBe(`IP 10.0.0.1.40000 > 10.0.0.2.80: ${text(DATA)}`);
    const wrong = Uint8Array.from(DATA);
    wrong[8]! ^= 1;
    expect(line(wrong)).toBe(
      `IP 10.0.0.1.40000 > 10.0.0.2.80: [bad sctp cksum 0x9d1d78c4 -> 0x9d1d78c5!] ${text(DATA)}`,
    );
    expect(line(INIT.subarray(0, 10))).toBe("IP truncated-sctp - 2 bytes missing!");
  });
});

describe("a dissection", () => {
  it("has the header, the chunks and the verdict, and leads back to the bytes", () => {
    const { view, bytes } = packet(DATA);
    const found = dissect(view, 0, bytes.length, bytes.length, RAW_IP);
    expect(found.layers.map(({ protocol, length, problems }) => [protocol, length, problems])).toEqual([
      ["ipv4", 20, []],
      ["sctp", DATA.length, []],
    ]);
    expect(found.layers[1]!.fields.map(({ name, text: value }) => `${name} ${value}`)).toEqual([
      "sctp.sourcePort 40000",
      "sctp.destinationPort 80",
      "sctp.verificationTag 0x00000005",
      "sctp.packetChecksum 0x9d1d78c5",
      "sctp.checksumVerdict good",
      "sctp.chunks (1) [DATA] (B)(E) [TSN: 7] [SID: 1] [SSEQ 0] [PPID 0x0]",
    ]);
    expect(encodeFrame(found)).toEqual(bytes);
  });

  it("tells a wrong checksum, and one that is put right", () => {
    const { view, bytes } = packet(DATA);
    sctp.setPacketChecksum(view, 20, 7);
    expect(dissect(view, 0, bytes.length, bytes.length, RAW_IP).layers[1]!.problems).toEqual([
      {
        text: "the checksum is 0x00000007, 0x9d1d78c5 would be right",
        offset: 28,
        required: 0x9d1d_78c5,
        actual: 7,
      },
    ]);
    fixChecksums(view, 0, bytes.length, RAW_IP);
    expect(bytes.subarray(20)).toEqual(DATA);
  });

  it("names a header that is not whole", () => {
    const { view, bytes } = packet(INIT.subarray(0, 11));
    const found = dissect(view, 0, bytes.length, bytes.length, RAW_IP);
    expect(found.layers[1]).toMatchObject({ protocol: "sctp", length: 11, fields: [{ name: "sctp.bytes" }] });
    expect(encodeFrame(found)).toEqual(bytes);
  });
});
