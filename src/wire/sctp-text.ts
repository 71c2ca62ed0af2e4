/** Chunks of SCTP packets on one line, in tcpdump's words. */
import { CHUNK_HEADER_LENGTH, hasInitFields, initFields, type SctpChunk, SctpChunkType } from "./sctp-chunks.ts";

const NAMES: Readonly<Record<number, string>> = {
  [SctpChunkType.DATA]: "DATA",
  [SctpChunkType.INIT]: "INIT",
  [SctpChunkType.INIT_ACK]: "INIT ACK",
  [SctpChunkType.SACK]: "SACK",
  [SctpChunkType.HEARTBEAT]: "HB REQ",
  [SctpChunkType.HEARTBEAT_ACK]: "HB ACK",
  [SctpChunkType.ABORT]: "ABORT",
  [SctpChunkType.SHUTDOWN]: "SHUTDOWN",
  [SctpChunkType.SHUTDOWN_ACK]: "SHUTDOWN ACK",
  [SctpChunkType.ERROR]: "OP ERR",
  [SctpChunkType.COOKIE_ECHO]: "COOKIE ECHO",
  [SctpChunkType.COOKIE_ACK]: "COOKIE ACK",
  [SctpChunkType.ECNE]: "ECN ECHO",
  [SctpChunkType.CWR]: "ECN CWR",
  [SctpChunkType.SHUTDOWN_COMPLETE]: "SHUTDOWN COMPLETE",
  [SctpChunkType.FORWARD_TSN]: "FOR CUM TSN",
};

/** Bytes of DATA in front of what it carries, and of SACK in front of its blocks. */
const FIXED_LENGTH = 16;

/** U, B and E (RFC 9260 section 3.3.1), in tcpdump's order. */
const DATA_FLAGS: readonly (readonly [bit: number, text: string])[] = [
  [4, "(U)"],
  [2, "(B)"],
  [1, "(E)"],
];

/** `(1) [INIT] [init tag: 1] ..., (2) [SACK] ...`; tcpdump's mark where the bytes end too early. */
export function chunksText(view: DataView, offset: number, end: number): string {
  const texts: string[] = [];
  for (let at = offset; at < end;) {
    const number = `(${texts.length + 1})`;
    if (at + CHUNK_HEADER_LENGTH > end) return [...texts, "[|sctp]"].join(", ");
    const length = view.getUint16(at + 2);
    if (length < CHUNK_HEADER_LENGTH)
      return [...texts, `${number} [Bad chunk length ${length}, < size of chunk descriptor]`].join(", ");
    if (at + length > end) return [...texts, "[|sctp]"].join(", ");
    texts.push(
      `${number} ${chunkText(view, { type: view.getUint8(at), flags: view.getUint8(at + 1), offset: at, length })}`,
    );
    at += length + (-length & 3);
  }
  return texts.join(", ");
}

function chunkText(view: DataView, chunk: SctpChunk): string {
  const name = NAMES[chunk.type];
  if (name === undefined) return `[Unknown chunk type: 0x${chunk.type.toString(16)}]`;
  return [`[${name}]`, ...detailsOf(view, chunk)].join(" ");
}

function detailsOf(view: DataView, chunk: SctpChunk): string[] {
  switch (chunk.type) {
    case SctpChunkType.INIT:
    case SctpChunkType.INIT_ACK:
      return hasInitFields(chunk) ? initDetails(view, chunk) : [];
    case SctpChunkType.DATA:
      return chunk.length < FIXED_LENGTH ? [] : dataDetails(view, chunk);
    case SctpChunkType.SACK:
      return chunk.length < FIXED_LENGTH ? [] : sackDetails(view, chunk);
    default:
      return [];
  }
}

function initDetails(view: DataView, chunk: SctpChunk): string[] {
  const { initiateTag, receiverWindow, outboundStreams, inboundStreams, initialTsn } = initFields(view, chunk);
  return [
    `[init tag: ${initiateTag}]`,
    `[rwnd: ${receiverWindow}]`,
    `[OS: ${outboundStreams}]`,
    `[MIS: ${inboundStreams}]`,
    `[init TSN: ${initialTsn}]`,
  ];
}

function dataDetails(view: DataView, { offset, flags }: SctpChunk): string[] {
  const set = DATA_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, text]) => text);
  return [
    ...(set.length > 0 ? [set.join("")] : []),
    `[TSN: ${view.getUint32(offset + 4)}]`,
    `[SID: ${view.getUint16(offset + 8)}]`,
    `[SSEQ ${view.getUint16(offset + 10)}]`,
    `[PPID 0x${view.getUint32(offset + 12).toString(16)}]`,
  ];
}

function sackDetails(view: DataView, { offset, length }: SctpChunk): string[] {
  const [gaps, duplicates] = [view.getUint16(offset + 12), view.getUint16(offset + 14)];
  const texts = [
    `[cum ack ${view.getUint32(offset + 4)}]`,
    `[a_rwnd ${view.getUint32(offset + 8)}]`,
    `[#gap acks ${gaps}]`,
    `[#dup tsns ${duplicates}]`,
  ];
  if (FIXED_LENGTH + 4 * (gaps + duplicates) > length) return texts;
  const base = view.getUint32(offset + 4);
  for (let index = 0; index < gaps; index++) {
    const at = offset + FIXED_LENGTH + 4 * index;
    const [start, end] = [base + view.getUint16(at), base + view.getUint16(at + 2)];
    texts.push(`[gap ack block #${index + 1}: start = ${start >>> 0}, end = ${end >>> 0}]`);
  }
  for (let index = 0; index < duplicates; index++)
    texts.push(`[dup TSN #${index + 1}: ${view.getUint32(offset + FIXED_LENGTH + 4 * (gaps + index))}]`);
  return texts;
}
