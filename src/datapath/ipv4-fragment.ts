/** Cuts an IPv4 packet that is too long for the next link (RFC 791 section 2.3, RFC 1812 section 4.2.2.7). */
import { DropReason, ipv4 } from "../wire/index.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";

/** The bit of an option's type that says: every fragment carries it. */
const COPIED = 0x80;
const NO_OPERATION = 1;

/**
 * Replaces the packet (its IPv4 header first) by fragments of at most `mtu` bytes and gives each to `send`,
 * in order. The packet itself is consumed, or, when the pool runs dry, dropped with what is left of it.
 */
export function fragment(
  namespace: Namespace,
  handle: number,
  mtu: number,
  device: NetDevice,
  send: (piece: number) => void,
): void {
  const { engine } = namespace;
  const { pool } = engine;
  const { view } = pool;
  const offset = pool.start[handle]!;
  const headerLength = ipv4.headerLength(view, offset);
  const payloadLength = pool.length[handle]! - headerLength;
  const room = (mtu - headerLength) & ~7;
  const alreadyAt = ipv4.fragmentOffset(view, offset);
  const moreFollow = ipv4.moreFragments(view, offset);
  for (let position = 0, pieceLength = 0; position < payloadLength; position += pieceLength) {
    const left = payloadLength - position;
    // Only where another piece follows must the length be a multiple of eight.
    pieceLength = left <= mtu - headerLength ? left : room;
    const piece = pool.allocate(headerLength + pieceLength);
    if (piece < 0) {
      engine.drop(handle, DropReason.NOMEM, device);
      return;
    }
    const start = pool.start[piece]!;
    pool.bytes.copyWithin(start, offset, offset + headerLength);
    pool.bytes.copyWithin(
      start + headerLength,
      offset + headerLength + position,
      offset + headerLength + position + pieceLength,
    );
    pool.ingress[piece] = pool.ingress[handle]!;
    ipv4.setTotalLength(view, start, headerLength + pieceLength);
    const isLast = position + pieceLength === payloadLength && !moreFollow;
    ipv4.setFlags(view, start, isLast ? 0 : ipv4.Flag.MORE_FRAGMENTS);
    ipv4.setFragmentOffset(view, start, alreadyAt + position);
    if (position > 0) blankUncopiedOptions(view, start);
    ipv4.updateHeaderChecksum(view, start);
    engine.observer?.cloned(handle, piece);
    engine.inquirer?.explain(
      piece,
      `bytes ${alreadyAt + position} to ${alreadyAt + position + pieceLength - 1} of a packet too long for ${mtu} bytes`,
    );
    send(piece);
  }
  engine.consume(handle);
}

/** Options that only the first fragment carries become no-operations in the others. */
function blankUncopiedOptions(view: DataView, offset: number): void {
  for (const option of ipv4.options(view, offset)) {
    if ((option.type & COPIED) !== 0) continue;
    for (let i = 0; i < option.length; i++) view.setUint8(option.offset + i, NO_OPERATION);
  }
}
