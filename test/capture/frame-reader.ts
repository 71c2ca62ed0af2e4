/** Reads the frames of a capture byte by byte, with nothing of src: what the tools are compared with. */

const ENHANCED_PACKET_BLOCK = 6;

/** The frames of a little-endian pcapng or pcap capture, in order. */
export function readFrames(capture: Uint8Array): Uint8Array[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.length);
  return view.getUint32(0) === 0x0a0d0d0a ? pcapngFrames(capture, view) : pcapFrames(capture, view);
}

function pcapngFrames(capture: Uint8Array, view: DataView): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let offset = 0; offset < capture.length; offset += view.getUint32(offset + 4, true)) {
    if (view.getUint32(offset, true) !== ENHANCED_PACKET_BLOCK) continue;
    frames.push(capture.subarray(offset + 28, offset + 28 + view.getUint32(offset + 20, true)));
  }
  return frames;
}

function pcapFrames(capture: Uint8Array, view: DataView): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let offset = 24; offset < capture.length; offset += 16 + frames.at(-1)!.length) {
    frames.push(capture.subarray(offset + 16, offset + 16 + view.getUint32(offset + 8, true)));
  }
  return frames;
}

/** Types of the blocks of a pcapng capture, in order. */
export function readBlockTypes(capture: Uint8Array): number[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.length);
  const types: number[] = [];
  for (let offset = 0; offset < capture.length; offset += view.getUint32(offset + 4, true))
    types.push(view.getUint32(offset, true));
  return types;
}
