/** The bytes of a packet as tcpdump's options -x, -X and -A print them (print-ascii.c). */

const BYTES_A_LINE = 16;
/** Eight groups of two bytes, each behind a space. */
const HEX_WIDTH = 40;

/** Lines that begin with a line end and a tabulator: `0x0000:  4500 0054`, and with `hasText` what it would be in ASCII. */
export function hexDump(bytes: Uint8Array, hasText: boolean): string {
  let dump = "";
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    const line = bytes.subarray(at, at + BYTES_A_LINE);
    const hex = groups(line);
    const text = hasText ? `${hex.padEnd(HEX_WIDTH)}  ${Array.from(line, graphic).join("")}` : hex;
    dump += `\n\t0x${at.toString(16).padStart(4, "0")}: ${text}`;
  }
  return dump;
}

function groups(bytes: Uint8Array): string {
  let text = "";
  bytes.forEach((byte, index) => (text += `${index % 2 === 0 ? " " : ""}${byte.toString(16).padStart(2, "0")}`));
  return text;
}

function graphic(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
}

/** The bytes as text behind a line end; a return before a line end is left out. */
export function textDump(bytes: Uint8Array): string {
  let dump = "\n";
  bytes.forEach((byte, index) => {
    if (byte === 0x0d && bytes[index + 1] === 0x0a) return;
    dump += byte === 0x0a ? "\n" : byte === 0x09 ? "\t" : byte === 0x20 ? " " : graphic(byte);
  });
  return dump;
}
