/** Bytes as hexadecimal text, and back: for people, tests and error messages, not for traffic. */

/** Bytes in a line of `hexDump`, as in `tcpdump -X`. */
const LINE_LENGTH = 16;

/**
 * Two lower-case digits a byte: `0a580af40105`.
 *
 * @param separator text between two bytes: `formatHex(bytes, ":")` gives `0a:58:0a:f4:01:05`
 */
export function formatHex(bytes: Uint8Array, separator = ""): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);
}

/**
 * The bytes that hexadecimal text stands for. White space may stand between digits anywhere, so that
 * what `tcpdump -x` prints can be pasted; upper and lower case are the same.
 *
 * @throws TypeError when `text` is no string
 * @throws RangeError for any other character, and for an odd number of digits
 */
export function parseHex(text: string): Uint8Array {
  if (typeof text !== "string") throw new TypeError(`expected hexadecimal text, found ${typeof text}`);
  const wrong = /[^0-9a-fA-F\s]/.exec(text);
  if (wrong) throw new RangeError(`expected hexadecimal digits, found "${wrong[0]}" at position ${wrong.index}`);
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0) {
    throw new RangeError(`expected two hexadecimal digits a byte, found ${digits.length} digits`);
  }
  const byteAt = (index: number): number => parseInt(digits.slice(2 * index, 2 * index + 2), 16);
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) => byteAt(index));
}

/**
 * The dump that `tcpdump -X` prints: a line for every 16 bytes, with the position of the first, the
 * bytes in pairs, and the bytes as ASCII (a dot for what is not printable). Lines are joined by "\n";
 * no line is indented and none ends in "\n".
 */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += LINE_LENGTH) {
    const line = bytes.subarray(offset, offset + LINE_LENGTH);
    const pairs = formatHex(line)
      .match(/.{1,4}/g)!
      .join(" ");
    const ascii = Array.from(line, (byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`0x${offset.toString(16).padStart(4, "0")}:  ${pairs.padEnd(39)}  ${ascii}`);
  }
  return lines.join("\n");
}
