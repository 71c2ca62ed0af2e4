/**
 * The loops of the flow cache that give packets the headers of their records, or take headers off.
 *
 * Each takes a run of packets of one kind and one way, from handles[i] on, whose verdicts begin at `at`, and returns
 * its end. They are closures as those in flow-match-loops.ts are.
 */
import * as checksum from "../bytes/checksum.ts";
import type { PacketPool } from "../packet/index.ts";
import type { FlowTable } from "../table/index.ts";
import { EtherType, ethernet, ipv4, Protocol } from "../wire/index.ts";
import * as hashing from "./flow-hash.ts";
import { FlowKind, FlowWord } from "./flow-record.ts";
import type { FlowVerdicts } from "./flow-verdicts.ts";
import * as tunnel from "./vxlan-outer.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { fold, update } = checksum;
const { flowHash, ipv4FlowHash } = hashing;
const { tunnelSourcePort, VXLAN_OVERHEAD } = tunnel;
const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { HEADER_LENGTH: IPV4_HEADER_LENGTH } = ipv4;
const { IPV4 } = EtherType;
const { UDP, TCP } = Protocol;
const { DELIVER, FORWARD, ENCAPSULATE, WRAP, UNWRAP } = FlowKind;
const { WAY, OUTER_SUM, HEADERS } = FlowWord;

const TUNNEL_HEADERS_LENGTH = VXLAN_OVERHEAD + ETHERNET_HEADER_LENGTH;
/** By how much the outer packet's lengths exceed the inner packet's. */
const OUTER_TOTAL_EXCESS = VXLAN_OVERHEAD;
const OUTER_UDP_EXCESS = VXLAN_OVERHEAD - IPV4_HEADER_LENGTH;
/** Where a key has the EtherType and the first bytes behind it, and what they are before an IPv4 header without options. */
const TYPE = 1;
const PLAIN_IPV4 = 0x080045;
/** In a word that begins with the fragment field: more fragments, and the offset. */
const FRAGMENT_BITS = 0x3fff << 16;
/** An IPv4 packet without options that has ports. */
const LEAST_WITH_PORTS = IPV4_HEADER_LENGTH + 4;

export interface FlowHeaderLoops {
  /** For packets that end here: takes the Ethernet headers off. */
  deliver(handles: Int32Array, i: number, end: number, at: number): number;
  /** Takes a tunnel's outer headers off. */
  unwrap(handles: Int32Array, i: number, end: number, at: number): number;
  /** Routers' work: time to live, checksum, Ethernet header. */
  forward(handles: Int32Array, i: number, end: number, at: number): number;
  /** The same for flows that leave in a tunnel. Identifications count up from `identification`. */
  encapsulate(handles: Int32Array, i: number, end: number, at: number, identification: number): number;
  /** Puts a tunnel's outer headers before whole frames. */
  wrap(handles: Int32Array, i: number, end: number, at: number, identification: number): number;
  /** Checksum and Ethernet header of packets that start here. */
  send(handles: Int32Array, i: number, end: number, at: number): number;
  /** The same for flows that leave in a tunnel. */
  sendEncapsulated(handles: Int32Array, i: number, end: number, at: number, identification: number): number;
}

export function createFlowHeaderLoops(pool: PacketPool, table: FlowTable, verdicts: FlowVerdicts): FlowHeaderLoops {
  const { view, start, length } = pool;
  const { words } = table;
  const { kinds, records, sentBytes } = verdicts;

  function deliver(handles: Int32Array, i: number, end: number, at: number): number {
    for (; i < end && kinds[at] === DELIVER; i++, at++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      start[handle] = offset + ETHERNET_HEADER_LENGTH;
      length[handle] = view.getUint16(offset + 16);
    }
    return i;
  }

  function unwrap(handles: Int32Array, i: number, end: number, at: number): number {
    const way = words[records[at]! + WAY]!;
    for (; i < end && kinds[at] === UNWRAP; i++, at++) {
      if (words[records[at]! + WAY] !== way) break;
      const handle = handles[i]!;
      const offset = start[handle]!;
      start[handle] = offset + VXLAN_OVERHEAD;
      length[handle] = view.getUint16(offset + 16) + ETHERNET_HEADER_LENGTH - VXLAN_OVERHEAD;
    }
    return i;
  }

  /** Returns the packet's length. */
  function passRouter(offset: number): number {
    const life = view.getInt32(offset + 22);
    const word = life >>> 16;
    view.setInt32(offset + 22, ((word - 0x0100) << 16) | update(life & 0xffff, word, word - 0x0100));
    return view.getUint16(offset + 16);
  }

  function forward(handles: Int32Array, i: number, end: number, at: number): number {
    const way = words[records[at]! + WAY]!;
    let bytes = 0;
    for (; i < end && kinds[at] === FORWARD; i++, at++) {
      const record = records[at]!;
      if (words[record + WAY] !== way) break;
      const handle = handles[i]!;
      const offset = start[handle]!;
      const size = passRouter(offset) + ETHERNET_HEADER_LENGTH;
      length[handle] = size;
      bytes += size;
      writeEthernet(record, offset);
    }
    sentBytes[0] = bytes;
    return i;
  }

  // Words of the record that are written as they are lie there in little-endian order, that of the machine: sixteen
  // of them take 10 ns in place of 20 when their bytes need not be turned round.
  function writeEthernet(record: number, offset: number): void {
    view.setInt32(offset, words[record + HEADERS]!, true);
    view.setInt32(offset + 4, words[record + HEADERS + 1]!, true);
    view.setInt32(offset + 8, words[record + HEADERS + 2]!, true);
    view.setUint16(offset + 12, IPV4);
  }

  function encapsulate(handles: Int32Array, i: number, end: number, at: number, identification: number): number {
    const way = words[records[at]! + WAY]!;
    let bytes = 0;
    for (; i < end && kinds[at] === ENCAPSULATE; i++, at++) {
      const record = records[at]!;
      if (words[record + WAY] !== way) break;
      const handle = handles[i]!;
      const offset = start[handle]!;
      // Before the time to live is written: a load that overlaps a store just made waits for it, 5 ns.
      const hash = hashOf(offset + ETHERNET_HEADER_LENGTH, view.getUint16(offset + 16));
      const total = passRouter(offset);
      start[handle] = offset - VXLAN_OVERHEAD;
      length[handle] = total + TUNNEL_HEADERS_LENGTH;
      bytes += total + TUNNEL_HEADERS_LENGTH;
      writeTunnel(record, offset - VXLAN_OVERHEAD, total, identification, hash);
      identification = (identification + 1) & 0xffff;
    }
    sentBytes[0] = bytes;
    return i;
  }

  /** Writes all headers of a tunnel's flow. */
  function writeTunnel(record: number, offset: number, total: number, identification: number, hash: number): void {
    const headers = record + HEADERS;
    writeOuter(record, offset, total, identification, hash);
    view.setInt32(offset + 48, words[headers + 12]!, true);
    view.setInt32(offset + 52, words[headers + 13]!, true);
    view.setInt32(offset + 56, words[headers + 14]!, true);
    view.setInt32(offset + 60, words[headers + 15]!, true);
  }

  /**
   * The outer headers but for their last two bytes, which share a word with the inner Ethernet header. One word after
   * the other: in a loop over them it takes three times as long.
   */
  function writeOuter(record: number, offset: number, total: number, identification: number, hash: number): void {
    const headers = record + HEADERS;
    const outerTotal = total + OUTER_TOTAL_EXCESS;
    const outerChecksum = ~fold(words[record + OUTER_SUM]! + outerTotal + identification) & 0xffff;
    view.setInt32(offset, words[headers]!, true);
    view.setInt32(offset + 4, words[headers + 1]!, true);
    view.setInt32(offset + 8, words[headers + 2]!, true);
    view.setInt32(offset + 12, words[headers + 3]!, true);
    view.setInt32(offset + 16, (outerTotal << 16) | identification);
    view.setInt32(offset + 20, words[headers + 5]!, true);
    view.setInt32(offset + 24, (outerChecksum << 16) | words[headers + 6]!);
    view.setInt32(offset + 28, words[headers + 7]!, true);
    view.setInt32(offset + 32, words[headers + 8]! | tunnelSourcePort(hash));
    view.setInt32(offset + 36, words[headers + 9]! | (total + OUTER_UDP_EXCESS));
    view.setInt32(offset + 40, words[headers + 10]!, true);
    view.setInt32(offset + 44, words[headers + 11]!, true);
  }

  /** `flowHash` of a packet without options. */
  function hashOf(network: number, total: number): number {
    const life = view.getInt32(network + 6); // fragment, time to live, protocol
    const protocol = life & 0xff;
    const hasPorts = (protocol === UDP || protocol === TCP) && (life & FRAGMENT_BITS) === 0;
    const ports = hasPorts && total >= LEAST_WITH_PORTS ? view.getInt32(network + 20) : 0;
    return ipv4FlowHash(view.getInt32(network + 12), view.getInt32(network + 16), protocol, ports);
  }

  function wrap(handles: Int32Array, i: number, end: number, at: number, identification: number): number {
    const way = words[records[at]! + WAY]!;
    let bytes = 0;
    for (; i < end && kinds[at] === WRAP; i++, at++) {
      const record = records[at]!;
      if (words[record + WAY] !== way) break;
      const handle = handles[i]!;
      const inner = start[handle]!;
      const size = length[handle]!;
      const isPlain = words[record + TYPE]! >>> 8 === PLAIN_IPV4;
      const hash = isPlain
        ? hashOf(inner + ETHERNET_HEADER_LENGTH, size - ETHERNET_HEADER_LENGTH)
        : flowHash(view, inner, inner + size);
      start[handle] = inner - VXLAN_OVERHEAD;
      length[handle] = size + VXLAN_OVERHEAD;
      bytes += size + VXLAN_OVERHEAD;
      writeOuter(record, inner - VXLAN_OVERHEAD, size - ETHERNET_HEADER_LENGTH, identification, hash);
      view.setUint16(inner - 2, words[record + HEADERS + 12]! & 0xffff, true);
      identification = (identification + 1) & 0xffff;
    }
    sentBytes[0] = bytes;
    return i;
  }

  function writeChecksum(network: number): void {
    const type = view.getInt32(network);
    const id = view.getInt32(network + 4);
    const life = view.getUint16(network + 8);
    const source = view.getInt32(network + 12);
    const destination = view.getInt32(network + 16);
    const sum =
      (type >>> 16) +
      (type & 0xffff) +
      (id >>> 16) +
      (id & 0xffff) +
      life +
      ((source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff));
    view.setUint16(network + 10, ~fold(sum) & 0xffff);
  }

  function send(handles: Int32Array, i: number, end: number, at: number): number {
    const way = words[records[at]! + WAY]!;
    let bytes = 0;
    for (; i < end && kinds[at] === FORWARD; i++, at++) {
      const record = records[at]!;
      if (words[record + WAY] !== way) break;
      const handle = handles[i]!;
      const network = start[handle]!;
      const size = length[handle]! + ETHERNET_HEADER_LENGTH;
      writeChecksum(network);
      writeEthernet(record, network - ETHERNET_HEADER_LENGTH);
      start[handle] = network - ETHERNET_HEADER_LENGTH;
      length[handle] = size;
      bytes += size;
    }
    sentBytes[0] = bytes;
    return i;
  }

  function sendEncapsulated(handles: Int32Array, i: number, end: number, at: number, identification: number): number {
    const way = words[records[at]! + WAY]!;
    let bytes = 0;
    for (; i < end && kinds[at] === ENCAPSULATE; i++, at++) {
      const record = records[at]!;
      if (words[record + WAY] !== way) break;
      const handle = handles[i]!;
      const network = start[handle]!;
      const total = length[handle]!;
      writeChecksum(network);
      start[handle] = network - TUNNEL_HEADERS_LENGTH;
      length[handle] = total + TUNNEL_HEADERS_LENGTH;
      bytes += total + TUNNEL_HEADERS_LENGTH;
      writeTunnel(record, network - TUNNEL_HEADERS_LENGTH, total, identification, hashOf(network, total));
      identification = (identification + 1) & 0xffff;
    }
    sentBytes[0] = bytes;
    return i;
  }

  return { deliver, unwrap, forward, encapsulate, wrap, send, sendEncapsulated };
}
