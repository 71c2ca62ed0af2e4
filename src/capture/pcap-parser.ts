/** Takes classic pcap apart (draft-ietf-opsawg-pcap; pcap-format.ts has the diagrams). */

import { CaptureError } from "./capture-error.ts";
import type { CaptureLimits } from "./capture-limits.ts";
import type { CaptureParser } from "./capture-parser.ts";
import type { CaptureRecord } from "./capture-record.ts";
import { NONE } from "./capture-record.ts";
import { NO_DETAILS } from "./interface-description-block.ts";
import { PacketFields } from "./packet-fields.ts";
import { fcsLength, FILE_HEADER_LENGTH, Magic, MAJOR_VERSION, PACKET_HEADER_LENGTH } from "./pcap-format.ts";

/** Interface, protocol and direction of a packet, in files of the modified kind. */
const MODIFIED_HEADER_LENGTH = PACKET_HEADER_LENGTH + 8;

const SECOND = 1e9;
const MICROSECOND = 1_000;

/** Of the field of the link type; the other half is about the frame check sequence. */
const LINK_TYPE_MASK = 0xffff;

/** Until version 2.3 the two lengths of a packet stood the other way round, in some files with that version still. */
const LAST_SWAPPED_MINOR = 2;
const PERHAPS_SWAPPED_MINOR = 3;

export class PcapParser implements CaptureParser {
  readonly #visit: (record: CaptureRecord) => void;
  readonly #maxPacketLength: number;
  readonly #littleEndian: boolean;
  /** Nanoseconds in a unit of the second field of times. */
  readonly #unit: number;
  readonly #headerLength: number;
  readonly #packet = new PacketFields();
  #minorVersion = -1;
  wanted: number = FILE_HEADER_LENGTH;
  wantedName = "a file header";

  /** @param magic one of `Magic`, found in the byte order given */
  constructor(
    visit: (record: CaptureRecord) => void,
    limits: Required<CaptureLimits>,
    magic: number,
    littleEndian: boolean,
  ) {
    this.#visit = visit;
    this.#maxPacketLength = limits.maxPacketLength;
    this.#littleEndian = littleEndian;
    this.#unit = magic === Magic.NANOSECONDS ? 1 : MICROSECOND;
    this.#headerLength = magic === Magic.MODIFIED ? MODIFIED_HEADER_LENGTH : PACKET_HEADER_LENGTH;
  }

  consume(bytes: Uint8Array, view: DataView, offset: number, end: number, origin: number): number {
    if (this.#minorVersion >= 0) return this.#readPackets(bytes, view, offset, end, origin);
    if (offset + FILE_HEADER_LENGTH > end) return offset;
    this.#readFileHeader(view, offset, origin);
    return this.#readPackets(bytes, view, offset + FILE_HEADER_LENGTH, end, origin);
  }

  #readFileHeader(view: DataView, offset: number, origin: number): void {
    const littleEndian = this.#littleEndian;
    const [major, minor] = [view.getUint16(offset + 4, littleEndian), view.getUint16(offset + 6, littleEndian)];
    if (major !== MAJOR_VERSION) throw new CaptureError("pcap version 2.4", `${major}.${minor}`, origin + offset + 4);
    this.#minorVersion = minor;
    this.wantedName = "a packet";
    const linkTypeField = view.getUint32(offset + 20, littleEndian);
    const byteOrder = littleEndian ? "little" : "big";
    this.#visit({ kind: "section", format: "pcap", byteOrder, options: NONE });
    this.#visit({
      kind: "interface",
      id: 0,
      linkType: linkTypeField & LINK_TYPE_MASK,
      snapLength: view.getUint32(offset + 16, littleEndian),
      ...NO_DETAILS,
      fcsLength: fcsLength(linkTypeField),
      unitsPerSecond: SECOND / this.#unit,
      comments: NONE,
      options: NONE,
    });
  }

  #readPackets(bytes: Uint8Array, view: DataView, offset: number, end: number, origin: number): number {
    const headerLength = this.#headerLength;
    const littleEndian = this.#littleEndian;
    const packet = this.#packet;
    let at = offset;
    for (;;) {
      const first = at + headerLength;
      this.wanted = headerLength;
      if (first > end) return at;
      let captured = view.getUint32(at + 8, littleEndian);
      let original = view.getUint32(at + 12, littleEndian);
      if (this.#minorVersion <= PERHAPS_SWAPPED_MINOR && this.#areSwapped(captured, original)) {
        [captured, original] = [original, captured];
      }
      if (captured > this.#maxPacketLength) {
        throw new CaptureError(`a packet of at most ${this.#maxPacketLength} bytes`, `${captured}`, origin + at + 8);
      }
      const next = first + captured;
      this.wanted = next - at;
      if (next > end) return at;
      this.#setTime(view.getUint32(at, littleEndian), view.getUint32(at + 4, littleEndian));
      packet.originalLength = original;
      packet.place(bytes, view, first, captured);
      this.#visit(packet);
      at = next;
    }
  }

  #areSwapped(captured: number, original: number): boolean {
    return this.#minorVersion <= LAST_SWAPPED_MINOR || captured > original;
  }

  /** A second field of a second and more, which only broken files have, is carried over. */
  #setTime(seconds: number, units: number): void {
    const nanoseconds = units * this.#unit;
    const carry = nanoseconds < SECOND ? 0 : Math.floor(nanoseconds / SECOND);
    this.#packet.seconds = seconds + carry;
    this.#packet.nanoseconds = nanoseconds - carry * SECOND;
  }
}
