/** Fields of TCP headers, with the options that a segment of their kind may carry. */
import fc from "fast-check";
import { tcp, TcpFlag } from "../wire/index.ts";
import { dynamicPort } from "./addresses.ts";
import { arbitraryOf, bits, checkedChoices, type Choices, fieldsOf, usually } from "./choice.ts";
import { type FieldChecks, headerOptions, unsigned } from "./field-check.ts";

const { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } = TcpFlag;

/** Control bits that occur together, those of data first. */
const FLAGS: readonly number[] = [
  ACK,
  PSH | ACK,
  SYN,
  SYN | ACK,
  FIN | ACK,
  RST,
  RST | ACK,
  URG | PSH | ACK,
  ECE | ACK,
  CWR | ACK,
  SYN | ECE | CWR,
];

const NOP: tcp.TcpOption = { name: "nop" };

const CHECKS: FieldChecks<tcp.TcpFields> = {
  sourcePort: unsigned(16),
  destinationPort: unsigned(16),
  sequenceNumber: unsigned(32),
  acknowledgmentNumber: unsigned(32),
  flags: unsigned(8),
  reserved: unsigned(4),
  window: unsigned(16),
  urgentPointer: unsigned(16),
  options: headerOptions,
};

/** What the options of one segment may be; those that its control bits forbid are left out. */
interface OptionPlan {
  readonly maximumSegmentSize: number;
  readonly windowScale: number | undefined;
  readonly sackPermitted: boolean;
  readonly timestamps: readonly [value: number, echo: number] | undefined;
  /** From what is acknowledged, or from the block before. */
  readonly sackBlocks: readonly (readonly [gap: number, length: number])[];
}

/**
 * Headers of single segments: control bits that occur together, an acknowledgment number and an urgent pointer only
 * with their bits, and options that such a segment may have. Segments of one connection: `tcpConnection`.
 */
export function tcpFields(choices: Choices<tcp.TcpFields> = {}): fc.Arbitrary<tcp.TcpFields> {
  const { options, acknowledgmentNumber, urgentPointer, ...others } = checkedChoices(choices, CHECKS);
  const plain = fieldsOf<Omit<tcp.TcpFields, "options" | "acknowledgmentNumber" | "urgentPointer">>(
    {
      sourcePort: dynamicPort(),
      destinationPort: dynamicPort(),
      sequenceNumber: usually(1, bits(32)),
      flags: fc.constantFrom(...FLAGS),
      window: usually(64_240, bits(16)),
      reserved: fc.constant(0),
    },
    others,
  );
  const acknowledgment = arbitraryOf(acknowledgmentNumber ?? usually(1, bits(32)));
  const urgent = arbitraryOf(urgentPointer ?? fc.integer({ min: 1, max: 0xffff }));
  const optionList = options === undefined ? optionPlan : arbitraryOf(options);
  return fc.tuple(plain, acknowledgment, urgent, optionList).map(([fields, acknowledged, pointer, list]) => ({
    ...fields,
    acknowledgmentNumber: (fields.flags & ACK) !== 0 || acknowledgmentNumber !== undefined ? acknowledged : 0,
    urgentPointer: (fields.flags & URG) !== 0 || urgentPointer !== undefined ? pointer : 0,
    options: list instanceof Uint8Array ? list : tcpOptionBytes(list, fields.flags, acknowledged),
  }));
}

/** Between edges of SACK blocks, in bytes. */
const distance = fc.integer({ min: 1, max: 100_000 });

const optionPlan: fc.Arbitrary<OptionPlan> = fc.record({
  maximumSegmentSize: usually(1460, fc.integer({ min: 536, max: 65_495 })),
  // 14 is the most (RFC 7323 section 2.3).
  windowScale: usually<number | undefined>(undefined, fc.integer({ min: 0, max: 14 })),
  sackPermitted: fc.boolean(),
  timestamps: usually<OptionPlan["timestamps"]>(undefined, fc.tuple(bits(32), bits(32))),
  sackBlocks: usually<OptionPlan["sackBlocks"]>(
    [],
    fc.array(fc.tuple(distance, distance), { minLength: 1, maxLength: 3 }),
  ),
});

/**
 * Options in words of four bytes, in the order of Linux. Segment size, window scale and SACK permitted are a SYN's
 * (RFC 9293 section 3.7.1, RFC 7323 section 2.1, RFC 2018 section 2), SACK blocks an ACK's (RFC 2018 section 3).
 */
function tcpOptionBytes(plan: OptionPlan, flags: number, acknowledged: number): Uint8Array {
  const isSyn = (flags & SYN) !== 0;
  const hasTimestamps = plan.timestamps !== undefined && (flags & RST) === 0;
  const list: tcp.TcpOption[] = [];
  if (isSyn) list.push({ name: "maximumSegmentSize", size: plan.maximumSegmentSize });
  // SACK permitted stands where the two no-operations are otherwise that bring timestamps to a word's end.
  const isPermitted = isSyn && plan.sackPermitted;
  if (hasTimestamps !== isPermitted) list.push(NOP, NOP);
  if (isPermitted) list.push({ name: "sackPermitted" });
  if (hasTimestamps) list.push(timestampOption(...plan.timestamps, flags));
  if (isSyn && plan.windowScale !== undefined) list.push(NOP, { name: "windowScale", shift: plan.windowScale });
  if ((flags & (SYN | RST | ACK)) === ACK && plan.sackBlocks.length > 0)
    list.push(NOP, NOP, sackOption(plan.sackBlocks, acknowledged));
  return tcp.buildOptions(list);
}

/** The echo is zero unless ACK is set (RFC 7323 section 3.2). */
function timestampOption(value: number, echo: number, flags: number): tcp.TcpOption {
  return { name: "timestamps", value, echoReply: (flags & ACK) === 0 ? 0 : echo };
}

/** Blocks beyond what is acknowledged, each some way beyond the one before. */
function sackOption(plan: OptionPlan["sackBlocks"], acknowledged: number): tcp.TcpOption {
  let edge = acknowledged;
  const blocks = plan.map(([gap, length]) => {
    const left = edge + gap;
    edge = left + length;
    return { left: left >>> 0, right: edge >>> 0 };
  });
  return { name: "sack", blocks };
}

/** Options of the segments of one connection: a SYN's, and with `timestamps` those of every segment. */
export function connectionOptions(
  flags: number,
  maximumSegmentSize: number,
  windowScale: number | undefined,
  timestamps: readonly [value: number, echo: number] | undefined,
): Uint8Array {
  const plan = { maximumSegmentSize, windowScale, sackPermitted: true, timestamps, sackBlocks: [] };
  return tcpOptionBytes(plan, flags, 0);
}
