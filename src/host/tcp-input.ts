/**
 * What a connection does with a segment that arrived: RFC 9293 sections 3.10.7.3 and 3.10.7.4, with RFC 5961's guard
 * against segments that somebody else has made up. Every function returns why the segment is dropped, or NONE.
 */
import { DropReason, TcpFlag } from "../wire/index.ts";
import type { TcpControlBlock } from "./tcp-control-block.ts";
import type { Arrival } from "./tcp-receiver.ts";
import { sendReset, type TcpSegment } from "./tcp-segment.ts";
import { advance, distance } from "./tcp-sequence.ts";
import { mayReceive } from "./tcp-state.ts";

const { ACK, FIN, RST, SYN } = TcpFlag;
const { NONE } = DropReason;

export function receiveSegment(block: TcpControlBlock, segment: TcpSegment): DropReason {
  block.counters.segmentsReceived++;
  return block.state === "SYN-SENT" ? receiveInSynSent(block, segment) : receiveSynchronized(block, segment);
}

function has(segment: TcpSegment, flag: number): boolean {
  return (segment.flags & flag) !== 0;
}

/** Section 3.10.7.3. */
function receiveInSynSent(block: TcpControlBlock, segment: TcpSegment): DropReason {
  const { sender } = block;
  if (has(segment, ACK)) {
    if (segment.acknowledgment !== sender.highest) {
      sendReset(block.owner.namespace, segment);
      return DropReason.TCP_INVALID_ACK_SEQUENCE;
    }
    if (has(segment, RST)) {
      block.fail("refused");
      return NONE;
    }
  } else if (has(segment, RST)) return DropReason.TCP_RESET;
  if (!has(segment, SYN)) return DropReason.TCP_FLAGS;
  block.synchronize(segment);
  if (!has(segment, ACK)) {
    block.state = "SYN-RECEIVED";
    sender.acknowledgeSyn();
    return NONE;
  }
  block.receiver.requestAcknowledgment(true); // it may travel with what waited for the handshake
  block.establish(segment);
  receiveText(block, segment);
  finish(block, true);
  return NONE;
}

/** Section 3.10.7.4, in its order: sequence number, reset, SYN, acknowledgment, text, FIN. */
function receiveSynchronized(block: TcpControlBlock, segment: TcpSegment): DropReason {
  const isOtherSyn = isSynAgain(block, segment);
  if (isOtherSyn && !has(segment, ACK)) {
    block.sender.acknowledgeSyn(); // our answer was lost, or the other side's patience
    return NONE;
  }
  if (!isOtherSyn) {
    if (!block.receiver.isAcceptable(segment)) return refuse(block, segment);
    if (has(segment, RST)) return receiveReset(block, segment);
    if (has(segment, SYN)) {
      block.challenge();
      return DropReason.TCP_INVALID_SYN;
    }
  }
  if (!has(segment, ACK)) return DropReason.TCP_FLAGS;
  const reason = receiveAcknowledgment(block, segment);
  if (reason !== NONE || block.state === "CLOSED") return reason;
  const isUrgent = receiveText(block, segment);
  finish(block, isUrgent);
  return NONE;
}

/** The SYN that brought us to SYN-RECEIVED, sent again, or as the answer to ours where both sides opened at once. */
function isSynAgain(block: TcpControlBlock, segment: TcpSegment): boolean {
  const isSyn = has(segment, SYN) && !has(segment, RST);
  return isSyn && block.state === "SYN-RECEIVED" && segment.sequence === block.receiver.initial;
}

/** First check: a segment outside the window is answered with where we stand, unless it is a reset. */
function refuse(block: TcpControlBlock, segment: TcpSegment): DropReason {
  const { receiver, counters } = block;
  const isOld = distance(segment.sequence, receiver.next) >= segment.length;
  const isDuplicate = isOld && segment.payload.length > 0;
  if (isDuplicate) counters.duplicates++;
  else counters.outOfWindow++;
  if (!has(segment, RST)) {
    // TIME-WAIT: the other side's FIN again, since it has not heard that it was taken.
    if (block.state === "TIME-WAIT" && has(segment, FIN)) block.restartTimeWait();
    // Where there is no window, what acknowledges is heard all the same (section 3.10.7.4).
    if (receiver.offered === 0 && segment.sequence === receiver.next && has(segment, ACK)) {
      receiveAcknowledgment(block, segment);
      if (block.state === "CLOSED") return NONE;
    }
    // Only what carries data or FIN cannot be an answer to what we send now.
    if (segment.payload.length > 0 || has(segment, FIN)) block.acknowledge();
    else block.challenge();
  }
  if (isOld) return DropReason.TCP_OLD_DATA;
  return receiver.offered === 0 ? DropReason.TCP_ZEROWINDOW : DropReason.TCP_OVERWINDOW;
}

/** Second check: only a reset that stands exactly where the next byte would is believed (RFC 5961 section 3.2). */
function receiveReset(block: TcpControlBlock, segment: TcpSegment): DropReason {
  if (segment.sequence !== block.receiver.next) {
    block.challenge();
    return DropReason.TCP_RESET;
  }
  const { state } = block;
  if (block.isPassive || state === "CLOSING" || state === "LAST-ACK" || state === "TIME-WAIT") block.close();
  else block.fail(state === "SYN-RECEIVED" ? "refused" : "reset");
  return NONE;
}

/** Fifth check. */
function receiveAcknowledgment(block: TcpControlBlock, segment: TcpSegment): DropReason {
  const { sender } = block;
  const { acknowledgment } = segment;
  if (block.state === "SYN-RECEIVED") {
    if (acknowledgment !== sender.highest) {
      sendReset(block.owner.namespace, segment);
      return DropReason.TCP_INVALID_ACK_SEQUENCE;
    }
    block.establish(segment);
    return NONE;
  }
  if (distance(sender.highest, acknowledgment) > 0) {
    block.challenge();
    return DropReason.TCP_ACK_UNSENT_DATA;
  }
  const progress = distance(sender.unacknowledged, acknowledgment);
  if (progress < -sender.window.widest) {
    block.challenge(); // RFC 5961 section 5.2
    return DropReason.TCP_TOO_OLD_ACK;
  }
  sender.heard();
  const isWindowNew = progress >= 0 && sender.updateWindow(segment);
  if (progress > 0) advanceAcknowledgment(block, acknowledgment);
  else if (progress === 0 && segment.length === 0 && !isWindowNew && sender.flight > 0) {
    block.counters.duplicateAcknowledgments++;
    sender.duplicate();
  }
  return NONE;
}

function advanceAcknowledgment(block: TcpControlBlock, acknowledgment: number): void {
  const { sender, inbox } = block;
  sender.acknowledge(acknowledgment);
  if (block.isDrainDue()) inbox.isDrained = true;
  if (!sender.isFinAcknowledged) return;
  if (block.state === "FIN-WAIT-1") block.state = "FIN-WAIT-2";
  else if (block.state === "CLOSING") block.enterTimeWait();
  else if (block.state === "LAST-ACK") block.close();
}

/** Seventh and eighth check: the bytes and FIN. True when they must be acknowledged at once. */
function receiveText(block: TcpControlBlock, segment: TcpSegment): boolean {
  if (!mayReceive(block.state)) return false;
  const { receiver, inbox, counters } = block;
  const arrival = receiver.accept(segment, (bytes) => {
    counters.bytesReceived += bytes.length;
    inbox.add(bytes);
  });
  const isInOrder = arrival === "in-order" || arrival === "nothing";
  if (!isInOrder) countArrival(block, arrival);
  const isUrgent = receiver.takeFin() ? block.receiveFin() : !isInOrder;
  const hasText = segment.payload.length > 0 || has(segment, FIN);
  const isDue = hasText && receiver.requestAcknowledgment(isUrgent);
  // What is out of order is told by a segment without data, which alone counts as a duplicate (RFC 5681 section 4.2).
  if (isDue && !isInOrder) block.acknowledge();
  return isDue;
}

function countArrival(block: TcpControlBlock, arrival: Arrival): void {
  if (arrival === "duplicate") block.counters.duplicates++;
  else block.counters.outOfOrder++;
}

/** Sends what the segment made possible; its acknowledgment travels with that, or alone. */
function finish(block: TcpControlBlock, isUrgent: boolean): void {
  block.sender.transmit();
  if (isUrgent && block.receiver.isAcknowledgmentDue) block.acknowledge();
}

/** Whether SYN in TIME-WAIT may begin a new connection: it stands behind all of the old one (RFC 6191's case without timestamps). */
export function mayReopen(block: TcpControlBlock, segment: TcpSegment): boolean {
  const isSyn = (segment.flags & (SYN | ACK | RST)) === SYN;
  return isSyn && block.state === "TIME-WAIT" && distance(block.receiver.next, segment.sequence) > 0;
}

/** Where a connection's number may start after one that `mayReopen` ends. */
export function sequenceAfter(block: TcpControlBlock): number {
  return advance(block.sender.highest, 0x1_0001);
}
