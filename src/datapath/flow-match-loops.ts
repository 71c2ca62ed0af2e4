/**
 * The loops of the flow cache that find the records of a vector's packets, and check what a record cannot know.
 *
 * They are closures over one pool and one table, made once for an engine, since V8 then has the addresses and lengths
 * of the arrays in the code: an access takes 4 instructions in place of 9. Nothing but typed arrays is in them.
 */
import * as checksum from "../bytes/checksum.ts";
import type { PacketPool } from "../packet/index.ts";
import type { FlowTable } from "../table/index.ts";
import { EtherType, ethernet, ipv4, Protocol } from "../wire/index.ts";
import { FlowKind, FlowWord } from "./flow-record.ts";
import type { FlowVerdicts } from "./flow-verdicts.ts";
import * as tunnel from "./vxlan-outer.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { fold } = checksum;
const { VALID_VNI, VXLAN_OVERHEAD } = tunnel;
const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { HEADER_LENGTH: IPV4_HEADER_LENGTH } = ipv4;
const { IPV4 } = EtherType;
const { UDP } = Protocol;
const { LONG_WAY, DELIVER, FORWARD, UNWRAP } = FlowKind;
const { KIND, PLANNED_KIND, LIMIT, TUNNEL_PORT, TUNNEL_VNI, TUNNEL_MAC_HIGH, TUNNEL_MAC_LOW } = FlowWord;

const HEADERS_LENGTH = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH;
const TUNNEL_HEADERS_LENGTH = VXLAN_OVERHEAD + ETHERNET_HEADER_LENGTH;
/** A tunnel's packet with an IPv4 header's length in its frame. */
const LEAST_TUNNELLED = VXLAN_OVERHEAD + IPV4_HEADER_LENGTH;
/** In a word that begins with the fragment field: more fragments, and the offset. */
const FRAGMENT_BITS = 0x3fff << 16;

export interface FlowMatchLoops {
  /** Frames that came in at a device of this tag and MAC, each at least an Ethernet header long. */
  match(tag: number, macHigh: number, macLow: number, handles: Int32Array, first: number, end: number): void;
  /** Packets that start here, their IPv4 header first and complete but for its checksum. */
  matchOwn(tag: number, handles: Int32Array, first: number, end: number): void;
  /** Frames that leave through a tunnel of this tag, by destination MAC. */
  matchTunnel(tag: number, handles: Int32Array, first: number, end: number): void;
}

/**
 * What decides the outer type of service of a frame with these bytes from its EtherType on: all four where they begin
 * an IPv4 packet, else 0.
 */
export function tunnelledType(word: number): number {
  return word >>> 16 === IPV4 ? word : 0;
}

export function createFlowMatchLoops(pool: PacketPool, table: FlowTable, verdicts: FlowVerdicts): FlowMatchLoops {
  const { view, start, length } = pool;
  const { words } = table;
  const { kinds, records } = verdicts;

  function match(tag: number, macHigh: number, macLow: number, handles: Int32Array, first: number, end: number): void {
    // Neighbours are often of one flow: those that look like the one before need no second look into the table.
    let lastType = 0;
    let lastSource = 0;
    let lastDestination = 0;
    let at = 0;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      const room = length[handle]! - ETHERNET_HEADER_LENGTH;
      kinds[i - first] = LONG_WAY;
      if (room < IPV4_HEADER_LENGTH) continue;
      if (view.getInt32(offset + 2) !== macLow || view.getUint16(offset) !== macHigh) continue;
      // The IPv4 header in words that start two bytes early: the EtherType is in the first.
      const type = view.getInt32(offset + 12);
      const source = view.getInt32(offset + 26);
      const destination = view.getInt32(offset + 30);
      if (destination !== lastDestination || source !== lastSource || type !== lastType) {
        at = table.find(tag, type, source, destination);
        lastType = type;
        lastSource = source;
        lastDestination = destination;
      }
      const kind = words[at + KIND]!;
      if (at === 0 || kind === LONG_WAY) continue;
      const size = view.getInt32(offset + 16);
      const life = view.getInt32(offset + 20);
      const total = size >>> 16;
      const sum =
        (type & 0xffff) +
        total +
        (size & 0xffff) +
        (life >>> 16) +
        (life & 0xffff) +
        view.getUint16(offset + 24) +
        ((source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff));
      if (total < IPV4_HEADER_LENGTH || total > room || fold(sum) !== 0xffff) continue;
      records[i - first] = at;
      if (kind === UNWRAP) {
        if (isOfTunnel(at, offset, total, life)) {
          kinds[i - first] = kind;
        } else {
          words[at + KIND] = LONG_WAY;
          // Of another VNI, or with a checksum: from the next rest on UDP looks at each.
          if ((life & FRAGMENT_BITS) === 0) words[at + PLANNED_KIND] = DELIVER;
        }
      } else if (kind === DELIVER) {
        if ((life & FRAGMENT_BITS) !== 0) words[at + KIND] = LONG_WAY;
        else if ((life & 0xff) === UDP) kinds[i - first] = DELIVER;
      } else if (
        total <= words[at + LIMIT]! &&
        (life & 0xff00) > 0x0100 &&
        !pool.isShared(handle) &&
        (kind === FORWARD || pool.headroomOf(handle) >= VXLAN_OVERHEAD)
      ) {
        kinds[i - first] = kind;
      } else words[at + KIND] = LONG_WAY;
    }
  }

  /**
   * Whether a packet is one of a tunnel's that ends here, and one that its device takes: whole, without a UDP checksum,
   * with nothing but its VNI in its header, and a frame with an IPv4 header's length in it that is not the device's own.
   */
  function isOfTunnel(at: number, offset: number, total: number, life: number): boolean {
    const udp = offset + HEADERS_LENGTH;
    return (
      total >= LEAST_TUNNELLED &&
      (life & 0xff) === UDP &&
      (life & FRAGMENT_BITS) === 0 &&
      view.getUint16(udp + 2) === words[at + TUNNEL_PORT] &&
      view.getInt32(udp + 4) === (total - IPV4_HEADER_LENGTH) << 16 &&
      view.getInt32(udp + 8) === VALID_VNI &&
      view.getInt32(udp + 12) === words[at + TUNNEL_VNI] &&
      (view.getInt32(udp + 24) !== words[at + TUNNEL_MAC_LOW] ||
        view.getUint16(udp + 22) !== words[at + TUNNEL_MAC_HIGH])
    );
  }

  function matchOwn(tag: number, handles: Int32Array, first: number, end: number): void {
    let lastType = 0;
    let lastDestination = 0;
    let at = 0;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      const type = view.getUint16(offset);
      const destination = view.getInt32(offset + 16);
      if (destination !== lastDestination || type !== lastType) {
        at = table.find(tag, type, 0, destination);
        lastType = type;
        lastDestination = destination;
      }
      const kind = words[at + KIND]!;
      kinds[i - first] = LONG_WAY;
      if (at === 0 || kind === LONG_WAY) continue;
      const headers = kind === FORWARD ? ETHERNET_HEADER_LENGTH : TUNNEL_HEADERS_LENGTH;
      records[i - first] = at;
      if (length[handle]! <= words[at + LIMIT]! && pool.headroomOf(handle) >= headers) kinds[i - first] = kind;
      else words[at + KIND] = LONG_WAY;
    }
  }

  function matchTunnel(tag: number, handles: Int32Array, first: number, end: number): void {
    let lastA = 0;
    let lastB = 0;
    let lastType = 0;
    let at = 0;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      const room = length[handle]! - ETHERNET_HEADER_LENGTH;
      const a = view.getInt32(offset);
      const b = view.getUint16(offset + 4);
      const type = room < IPV4_HEADER_LENGTH ? 0 : tunnelledType(view.getInt32(offset + 12));
      if (a !== lastA || b !== lastB || type !== lastType) {
        at = table.find(tag, type, b, a);
        lastA = a;
        lastB = b;
        lastType = type;
      }
      const kind = words[at + KIND]!;
      kinds[i - first] = LONG_WAY;
      if (at === 0 || kind === LONG_WAY) continue;
      records[i - first] = at;
      const isFit = room <= words[at + LIMIT]! && !pool.isShared(handle) && pool.headroomOf(handle) >= VXLAN_OVERHEAD;
      if (isFit) kinds[i - first] = kind;
      else words[at + KIND] = LONG_WAY;
    }
  }

  return { match, matchOwn, matchTunnel };
}
