/** One segment that arrived, read once; and how segments are sent. */
import { DropReason, ipv4, Protocol, tcp, TcpFlag } from "../wire/index.ts";
import type { Namespace } from "../datapath/index.ts";
import { sendDatagram, type SendResult } from "./datagram.ts";

/** Both ends of a connection, as this side sees them. */
export interface TcpEndpoints {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

export interface TcpSegment extends TcpEndpoints {
  readonly sequence: number;
  readonly acknowledgment: number;
  /** Sum of TcpFlag bits. */
  readonly flags: number;
  /** As the field carries it. */
  readonly window: number;
  /** Valid while the segment is received. */
  readonly payload: Uint8Array;
  /** Sequence numbers that it takes: its payload's bytes, SYN and FIN (RFC 9293's SEG.LEN). */
  readonly length: number;
  /** What the options of a SYN say, if they do. */
  readonly maximumSegmentSize: number | undefined;
  readonly windowShift: number | undefined;
}

/** RFC 7323 section 2.3: more is taken for this. */
const LARGEST_WINDOW_SHIFT = 14;

/** 0, or why a packet for TCP, its IPv4 header first, holds no segment. */
export function checkSegment(namespace: Namespace, handle: number): DropReason {
  const { view, start, length } = namespace.engine.pool;
  const offset = start[handle]!;
  const end = offset + length[handle]!;
  const header = offset + ipv4.headerLength(view, offset);
  const reason = tcp.check(view, header, end);
  if (reason !== DropReason.NONE) return reason;
  return tcp.verifyChecksum(view, offset, header, end) ? DropReason.NONE : DropReason.TCP_CSUM;
}

/** Reads a segment that `checkSegment` has passed. */
export function readSegment(namespace: Namespace, handle: number): TcpSegment {
  const { view, start, length, bytes } = namespace.engine.pool;
  const offset = start[handle]!;
  const end = offset + length[handle]!;
  const header = offset + ipv4.headerLength(view, offset);
  const flags = tcp.flags(view, header);
  const payload = bytes.subarray(header + tcp.headerLength(view, header), end);
  const isSynchronizing = (flags & TcpFlag.SYN) !== 0;
  return {
    localAddress: ipv4.destination(view, offset),
    localPort: tcp.destinationPort(view, header),
    remoteAddress: ipv4.source(view, offset),
    remotePort: tcp.sourcePort(view, header),
    sequence: tcp.sequenceNumber(view, header),
    acknowledgment: tcp.acknowledgmentNumber(view, header),
    flags,
    window: tcp.window(view, header),
    payload,
    length: payload.length + (isSynchronizing ? 1 : 0) + ((flags & TcpFlag.FIN) !== 0 ? 1 : 0),
    ...(isSynchronizing ? readSynOptions(view, header) : NO_OPTIONS),
  };
}

type SynOptions = Pick<TcpSegment, "maximumSegmentSize" | "windowShift">;

const NO_OPTIONS: SynOptions = { maximumSegmentSize: undefined, windowShift: undefined };

/** Options that are not known are passed over (RFC 9293 section 3.1, MUST-6). */
function readSynOptions(view: DataView, header: number): SynOptions {
  let { maximumSegmentSize, windowShift } = NO_OPTIONS;
  for (const place of tcp.options(view, header)) {
    const option = tcp.readOption(view, place);
    if (option.name === "maximumSegmentSize") maximumSegmentSize = option.size;
    if (option.name === "windowScale") windowShift = Math.min(option.shift, LARGEST_WINDOW_SHIFT);
  }
  return { maximumSegmentSize, windowShift };
}

/** What a segment to be sent says. */
export interface OutgoingSegment {
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  /** As the field carries it. */
  readonly window: number;
  readonly options?: Uint8Array;
  /** Bytes of payload, which `fill` writes at a position of the pool. */
  readonly payloadLength?: number;
  readonly fill?: (bytes: Uint8Array, at: number) => void;
}

/** Sends one segment. What the network does not take is lost, as any packet may be. */
export function sendSegment(namespace: Namespace, ends: TcpEndpoints, segment: OutgoingSegment): SendResult {
  const { options, payloadLength = 0, fill } = segment;
  const length = tcp.HEADER_LENGTH + (options?.length ?? 0) + payloadLength;
  return sendDatagram(
    namespace,
    {
      protocol: Protocol.TCP,
      source: ends.localAddress,
      destination: ends.remoteAddress,
      pathMtuDiscovery: "want",
    },
    length,
    (view, ipOffset, offset, end) => {
      const headerLength = tcp.write(view, offset, {
        sourcePort: ends.localPort,
        destinationPort: ends.remotePort,
        sequenceNumber: segment.sequence,
        acknowledgmentNumber: segment.acknowledgment,
        flags: segment.flags,
        window: segment.window,
        ...(options !== undefined && { options }),
      });
      fill?.(namespace.engine.pool.bytes, offset + headerLength);
      tcp.updateChecksum(view, ipOffset, offset, end);
    },
  );
}

/**
 * Answers a segment that belongs to no connection with a reset that its sender believes (RFC 9293 section 3.10.7.1).
 * A reset is not answered.
 */
export function sendReset(namespace: Namespace, segment: TcpSegment): void {
  if ((segment.flags & TcpFlag.RST) !== 0) return;
  const isAcknowledging = (segment.flags & TcpFlag.ACK) !== 0;
  sendSegment(namespace, segment, {
    sequence: isAcknowledging ? segment.acknowledgment : 0,
    acknowledgment: isAcknowledging ? 0 : (segment.sequence + segment.length) >>> 0,
    flags: isAcknowledging ? TcpFlag.RST : TcpFlag.RST | TcpFlag.ACK,
    window: 0,
  });
}
