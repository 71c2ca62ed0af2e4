import { formatHex } from "../../../src/bytes/hex.ts";
import { BlockBuilder } from "../../../src/capture/block-builder.ts";
import { OutputBuffer } from "../../../src/capture/output-buffer.ts";
import { MemorySink } from "../../../src/capture/sink.ts";

/** Bytes as 32-bit words in the order of the file, to be compared line by line: "0a0d0d0a". */
export function words(bytes: Uint8Array): string[] {
  return formatHex(bytes).match(/.{1,8}/g) ?? [];
}

/** The words of hexadecimal lines. */
export function expected(...lines: string[]): string[] {
  return lines.join(" ").split(" ");
}

/** The words that `write` builds in a fresh buffer. The buffer is dirty: padding that is not written shows. */
export function blockWords(write: (block: BlockBuilder) => void, epochSeconds = 0): string[] {
  const sink = new MemorySink();
  const output = new OutputBuffer(sink);
  output.bytes.fill(0xee);
  write(new BlockBuilder(output, epochSeconds));
  output.flush();
  return words(sink.bytes());
}
