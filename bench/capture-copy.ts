/** How fast captures are read, and written again, in memory: what `podwire convert` does without the disk. */
import {
  type ByteSink,
  CaptureReader,
  type CaptureRecord,
  MemorySink,
  PcapngRecordWriter,
  PcapRecordWriter,
} from "../src/capture/index.ts";
import { DEFAULT_PIPELINE_OPTIONS, type FrameSize, type Workload, type WorkloadCase } from "../src/workload/index.ts";
import type { Bench } from "./bench.ts";

const PACKETS = 256;

/** What `convert` reads at a time: a round's packets come in such pieces. */
const CHUNK_LENGTH = 131_072;

type Format = "pcap" | "pcapng";

export const captureCopy: Bench = {
  question: "How fast are captures read, and written again?",
  operation: "packet",
  varies: ["frameSizes"],
  cases: ({ frameSizes = DEFAULT_PIPELINE_OPTIONS.frameSizes }) => frameSizes.flatMap(casesOf),
};

function casesOf(frameSize: FrameSize, index: number): WorkloadCase[] {
  const made = (name: string, from: Format, to: Format | "memory" | null): WorkloadCase => ({
    name,
    frameSize,
    create: () => new CopyWorkload(name, frameSize, from, to),
  });
  return [
    ...(index === 0 ? [made("no work", "pcap", "memory")] : []),
    made("pcap read", "pcap", null),
    made("pcapng read", "pcapng", null),
    made("pcap to pcap", "pcap", "pcap"),
    made("pcap to pcapng", "pcap", "pcapng"),
    made("pcapng to pcap", "pcapng", "pcap"),
    made("pcapng to pcapng", "pcapng", "pcapng"),
  ];
}

/** A capture without an end, whose next packets are always the same. */
class CopyWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number = PACKETS;
  readonly frameLength: number;
  private readonly chunks: readonly Uint8Array[];
  private readonly target = new RingSink();
  private readonly take: (chunk: Uint8Array) => void;
  private packetCount = 0;
  private byteCount = 0;
  private roundCount = 0;

  /** `to`: "memory" copies the bytes as they are, null reads without writing. */
  constructor(name: string, { frameLengths }: FrameSize, from: Format, to: Format | "memory" | null) {
    const lengths = Array.from({ length: PACKETS }, (_, index) => frameLengths[index % frameLengths.length]!);
    const { opening, packets } = captureOf(from, lengths);
    this.name = name;
    this.frameLength = lengths.reduce((sum, length) => sum + length, 0) / PACKETS;
    this.chunks = Array.from({ length: Math.ceil(packets.length / CHUNK_LENGTH) }, (_, index) =>
      packets.subarray(index * CHUNK_LENGTH, (index + 1) * CHUNK_LENGTH),
    );
    const reader = new CaptureReader(this.visitor(to));
    reader.push(opening);
    this.take = to === "memory" ? (chunk) => this.target.write(chunk) : (chunk) => reader.push(chunk);
  }

  private visitor(to: Format | "memory" | null): (record: CaptureRecord) => void {
    const count = (record: CaptureRecord): void => {
      if (record.kind !== "packet") return;
      this.packetCount++;
      this.byteCount += record.originalLength;
    };
    if (to === null || to === "memory") return count;
    const writer = writerOf(to, this.target);
    return (record) => {
      count(record);
      writer.write(record);
    };
  }

  round(): void {
    for (const chunk of this.chunks) this.take(chunk);
    this.roundCount++;
  }

  verify(): void {
    if (this.name === "no work") return;
    const expected = [this.roundCount * PACKETS, this.roundCount * PACKETS * this.frameLength];
    const found = [this.packetCount, this.byteCount];
    if (found[0] !== expected[0] || Math.abs(found[1]! - expected[1]!) > 0.5)
      throw new Error(`${this.name}: expected ${expected.join(" packets of ")} bytes, found ${found.join(" of ")}`);
  }
}

/** The beginning of a capture, and packets of these lengths. */
function captureOf(format: Format, lengths: readonly number[]): { opening: Uint8Array; packets: Uint8Array } {
  const sink = new MemorySink();
  const writer = writerOf(format, sink);
  const [comments, options] = [[], []];
  writer.write({ kind: "section", format, byteOrder: "little", options });
  const units = { unitsPerSecond: 1e6, offsetSeconds: 0 };
  writer.write({ kind: "interface", id: 0, linkType: 1, snapLength: 0, ...units, comments, options });
  let openingLength = format === "pcap" ? FILE_HEADER_LENGTH : 0;
  lengths.forEach((length, index) => {
    if (index === 0 && format === "pcapng") {
      writer.flush();
      openingLength = sink.length;
    }
    const time = { hasTime: true, seconds: 1_700_000_000, nanoseconds: index * 1_000 };
    const bytes = new Uint8Array(length).fill(index);
    writer.write({ kind: "packet", interfaceId: 0, ...time, bytes, originalLength: length, comments, options });
  });
  writer.flush();
  const capture = sink.bytes();
  return { opening: capture.subarray(0, openingLength), packets: capture.subarray(openingLength) };
}

const FILE_HEADER_LENGTH = 24;

function writerOf(format: Format, sink: ByteSink): PcapRecordWriter | PcapngRecordWriter {
  return format === "pcap" ? new PcapRecordWriter(sink) : new PcapngRecordWriter(sink);
}

/** Takes bytes over the same memory again and again, as a kernel does. */
class RingSink implements ByteSink {
  private readonly memory = new Uint8Array(2 ** 20);
  private end = 0;

  write(chunk: Uint8Array): void {
    if (this.end + chunk.length > this.memory.length) this.end = 0;
    this.memory.set(chunk, this.end);
    this.end += chunk.length;
  }
}
