/** Frames as other link layers announce them. */

/** The same frame as IEEE 802.3 has it: a length in place of the EtherType, LLC and SNAP (RFC 1042). */
export function withSnap(frame: Uint8Array): Uint8Array {
  const length = frame.length - 14 + 8;
  const [addresses, type] = [frame.subarray(0, 12), frame.subarray(12, 14)];
  return Uint8Array.of(
    ...[...addresses, length >> 8, length & 0xff, 0xaa, 0xaa, 3, 0, 0, 0, ...type],
    ...frame.subarray(14),
  );
}

/** The same frame behind a tag of VLAN 3 that is announced by 0x9100. */
export function withOldTag(frame: Uint8Array): Uint8Array {
  return Uint8Array.of(...frame.subarray(0, 12), 0x91, 0x00, 0x00, 0x03, ...frame.subarray(12));
}
