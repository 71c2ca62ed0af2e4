/** Chunks of SCTP packets (RFC 9260 section 3.2, 3.3): where they stand, and the few that a responder writes. */

/** Chunk types (IANA "SCTP Parameters"). */
export const SctpChunkType = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  ECNE: 12,
  CWR: 13,
  SHUTDOWN_COMPLETE: 14,
  FORWARD_TSN: 192,
} as const;

/** The T bit of ABORT and SHUTDOWN COMPLETE: the tag is the receiver's own, reflected (section 3.3.7). */
export const REFLECTED_TAG = 1;

/** Length of a chunk's type, flags and length. */
export const CHUNK_HEADER_LENGTH = 4;

/** INIT and INIT ACK up to their parameters. */
const INIT_LENGTH = 20;
/** The parameter of INIT ACK that must be there: the state cookie (section 3.3.3.1). */
const STATE_COOKIE = 7;
const PARAMETER_HEADER_LENGTH = 4;

/** Where one chunk stands. */
export interface SctpChunk {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  /** With its header, without the padding to a multiple of four bytes. */
  readonly length: number;
}

/** The chunks of `offset..end` in order, up to the first whose length is wrong. */
export function chunks(view: DataView, offset: number, end: number): SctpChunk[] {
  const found: SctpChunk[] = [];
  for (let at = offset; at + CHUNK_HEADER_LENGTH <= end;) {
    const length = view.getUint16(at + 2);
    if (length < CHUNK_HEADER_LENGTH || at + length > end) break;
    found.push({ type: view.getUint8(at), flags: view.getUint8(at + 1), offset: at, length });
    at += length + (-length & 3);
  }
  return found;
}

/** What INIT and INIT ACK say (sections 3.3.2 and 3.3.3). */
export interface SctpInitFields {
  /** The tag that packets to the sender shall carry; never 0. */
  readonly initiateTag: number;
  /** Advertised receiver window credit, in bytes. */
  readonly receiverWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
}

/** Whether INIT or INIT ACK is as long as its fixed fields. */
export function hasInitFields({ length }: SctpChunk): boolean {
  return length >= INIT_LENGTH;
}

/** The fields of an INIT or INIT ACK that `hasInitFields`. */
export function initFields(view: DataView, { offset }: SctpChunk): SctpInitFields {
  return {
    initiateTag: view.getUint32(offset + 4),
    receiverWindow: view.getUint32(offset + 8),
    outboundStreams: view.getUint16(offset + 12),
    inboundStreams: view.getUint16(offset + 14),
    initialTsn: view.getUint32(offset + 16),
  };
}

/** Bytes that INIT takes, or INIT ACK with a cookie of `cookieLength` bytes, a multiple of 4. */
export function initLength(cookieLength: number = 0): number {
  return INIT_LENGTH + (cookieLength === 0 ? 0 : PARAMETER_HEADER_LENGTH + cookieLength);
}

/** Writes INIT, or INIT ACK when it has a state cookie. @returns its length in bytes */
export function writeInit(view: DataView, offset: number, fields: SctpInitFields, cookie?: Uint8Array): number {
  const length = initLength(cookie?.length);
  writeChunkHeader(view, offset, cookie === undefined ? SctpChunkType.INIT : SctpChunkType.INIT_ACK, 0, length);
  view.setUint32(offset + 4, fields.initiateTag);
  view.setUint32(offset + 8, fields.receiverWindow);
  view.setUint16(offset + 12, fields.outboundStreams);
  view.setUint16(offset + 14, fields.inboundStreams);
  view.setUint32(offset + 16, fields.initialTsn);
  if (cookie === undefined) return length;
  view.setUint16(offset + INIT_LENGTH, STATE_COOKIE);
  view.setUint16(offset + INIT_LENGTH + 2, PARAMETER_HEADER_LENGTH + cookie.length);
  for (const [index, byte] of cookie.entries())
    view.setUint8(offset + INIT_LENGTH + PARAMETER_HEADER_LENGTH + index, byte);
  return length;
}

/** Writes a chunk's type, flags and length. @returns the length of these */
export function writeChunkHeader(view: DataView, offset: number, type: number, flags: number, length: number): number {
  view.setUint8(offset, type);
  view.setUint8(offset + 1, flags);
  view.setUint16(offset + 2, length);
  return CHUNK_HEADER_LENGTH;
}
