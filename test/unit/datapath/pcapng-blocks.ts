/** Reads what the captures of these tests are made of. */

/** The blocks of a little-endian pcapng file: type, and body behind type and length. */
export function blocksOf(bytes: Uint8Array): { type: number; body: DataView }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: { type: number; body: DataView }[] = [];
  for (let offset = 0; offset < bytes.length; offset += view.getUint32(offset + 4, true)) {
    const length = view.getUint32(offset + 4, true);
    blocks.push({
      type: view.getUint32(offset, true),
      body: new DataView(bytes.buffer, bytes.byteOffset + offset + 8, length - 12),
    });
  }
  return blocks;
}
