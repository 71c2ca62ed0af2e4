/** The options of an IPv4 or TCP header one after another, sound or not, for those who look at any header. */

/** The two types that have no length byte, in IPv4 and TCP alike. */
const END = 0;
const NOP = 1;

/** One option, or what is there of it. */
export interface WalkedOption {
  readonly type: number;
  /** Position of the type byte. */
  readonly offset: number;
  /** Its length in bytes as it says itself, which may be wrong; 1 for NOP, 0 where the length byte is not there. */
  readonly length: number;
  /** Position behind its bytes that are there. */
  readonly end: number;
}

/** Whether an option's length can be: nothing behind one of another length can be told. */
export function isUsable({ type, offset, length, end }: WalkedOption): boolean {
  return type === NOP || (length >= 2 && offset + length === end);
}

/** The options in `offset..end` without the END that closes them, up to the first whose length cannot be. */
export function walkOptions(view: DataView, offset: number, end: number): WalkedOption[] {
  const found: WalkedOption[] = [];
  let position = offset;
  while (position < end && view.getUint8(position) !== END) {
    const option = optionAt(view, position, end);
    found.push(option);
    if (!isUsable(option)) break;
    position = option.end;
  }
  return found;
}

function optionAt(view: DataView, offset: number, end: number): WalkedOption {
  const type = view.getUint8(offset);
  if (type === NOP) return { type, offset, length: 1, end: offset + 1 };
  const length = offset + 1 < end ? view.getUint8(offset + 1) : 0;
  return { type, offset, length, end: length < 2 ? end : Math.min(end, offset + length) };
}
