/** How `podwire decode` tells packets: a line, a tree, bytes, JSON, rows of columns. */
import { type CaptureRecord, type InterfaceRecord, linkTypeName, type PacketRecord } from "../capture/index.ts";
import {
  describePacket,
  dissect,
  type Dissection,
  FrameColumns,
  frameDump,
  frameTree,
  isKnownLinkType,
  jsonLayers,
  type TreePart,
} from "../wire/index.ts";
import { oneLine, style } from "./output.ts";
import { ClockText, dateText, epochText, fractionDigits } from "./packet-time.ts";
import type { TextStream } from "./text-stream.ts";

/** A packet, and what the capture has told of it before. */
interface Packet {
  /** Counted from 1 in its file, whether told or not. */
  readonly number: number;
  readonly record: PacketRecord;
  readonly view: DataView;
  /** Position of its first byte in the view, and behind its last. */
  readonly offset: number;
  readonly end: number;
  readonly device: InterfaceRecord;
}

/** Tells packets in one form. */
export abstract class PacketPrinter {
  protected readonly stream: TextStream;
  protected readonly options: { readonly vxlanPorts?: readonly number[] };
  /** The file that is read, when there are several. */
  protected file: string | undefined;
  readonly #clock = new ClockText();
  #interfaces: InterfaceRecord[] = [];
  #packetCount = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(stream: TextStream, vxlanPorts: readonly number[] | undefined) {
    this.stream = stream;
    this.options = vxlanPorts === undefined ? {} : { vxlanPorts };
  }

  /** Another file begins. */
  openFile(name: string | undefined): void {
    this.file = name;
    this.#interfaces = [];
    this.#packetCount = 0;
  }

  /** Takes note of a record, before it is told or not. */
  count(record: CaptureRecord): void {
    if (record.kind === "interface") this.#interfaces[record.id] = record;
    if (record.kind === "packet") this.#packetCount++;
  }

  /** Tells a packet. */
  print(record: CaptureRecord): void {
    if (record.kind !== "packet") return;
    const { bytes } = record;
    // The reader gives windows on one buffer: a view a packet would take longer than all that is read through it.
    if (bytes.buffer !== this.#view.buffer) this.#view = new DataView(bytes.buffer);
    const [offset, end] = [bytes.byteOffset, bytes.byteOffset + bytes.length];
    const device = this.#interfaces[record.interfaceId]!;
    this.tell({ number: this.#packetCount, record, view: this.#view, offset, end, device });
  }

  /** Hands on what is pending. */
  flush(): void {
    this.stream.flush();
  }

  protected abstract tell(packet: Packet): void;

  protected dissection({ record, view, offset, end, device }: Packet): Dissection {
    return dissect(view, offset, end, record.originalLength, device.linkType, this.options);
  }

  /** The packet as tcpdump prints it. */
  protected line({ record, view, offset, end, device }: Packet): string {
    const { hasTime, seconds, nanoseconds } = record;
    const time = hasTime ? this.#clock.of(seconds, nanoseconds, fractionDigits(device.unitsPerSecond)) : "no time";
    const text = isKnownLinkType(device.linkType)
      ? describePacket(view, offset, end, device.linkType, this.options)
      : `${linkTypeName(device.linkType)}, length ${end - offset}`;
    return `${style("dim", time)} ${text}`;
  }
}

/** One line a packet; of several files, each begins with a line of its own. */
class LinePrinter extends PacketPrinter {
  override openFile(name: string | undefined): void {
    super.openFile(name);
    if (name !== undefined) this.stream.write(`${style("bold", oneLine(name))}:\n`);
  }

  protected override tell(packet: Packet): void {
    this.stream.write(`${this.line(packet)}\n`);
  }
}

/** Colours for the layers from the outermost on. */
const LAYER_COLOURS = ["cyan", "yellow", "green", "magenta", "blue", "red"] as const;

function layerStyle(layer: number, text: string): string {
  return style(LAYER_COLOURS[layer % LAYER_COLOURS.length]!, text);
}

/** The line, the layers with their bytes, and the bytes. */
class HexPrinter extends LinePrinter {
  protected override tell(packet: Packet): void {
    super.tell(packet);
    const dissection = this.dissection(packet);
    const layers = dissection.layers.map(({ protocol, length }, layer) => layerStyle(layer, `${protocol} ${length}`));
    const dump = frameDump(packet.record.bytes, dissection, layerStyle);
    this.stream.write([layers.join(" "), ...dump.split("\n")].map((line) => `\t${line}\n`).join(""));
  }
}

const TREE_STYLES = { layer: "bold", offset: "dim", name: "cyan", problem: "red" } as const;

function treeStyle(part: TreePart, text: string): string {
  return style(TREE_STYLES[part], text);
}

/** Every field of every layer. */
class TreePrinter extends LinePrinter {
  protected override tell(packet: Packet): void {
    const tree = frameTree(this.dissection(packet), treeStyle);
    const comments = packet.record.comments.map((comment) => `comment: ${oneLine(comment)}\n`).join("");
    this.stream.write(`${style("bold", packetText(packet))}\n${comments}${tree}\n\n`);
  }
}

/** What the capture says of a packet: `packet 1, 98 bytes, 2026-01-01T00:00:00.000055000Z, pod-a/eth0, out`. */
function packetText({ number, record, device }: Packet): string {
  const { bytes, originalLength, direction } = record;
  const length = originalLength === bytes.length ? `${bytes.length}` : `${bytes.length} of ${originalLength}`;
  const link = device.linkType === 1 ? [] : [linkTypeName(device.linkType)];
  const name = device.name === undefined || device.name === "" ? [] : [oneLine(device.name)];
  const way = direction === undefined ? [] : [direction];
  return [`packet ${number}`, `${length} bytes`, dateText(record), ...name, ...way, ...link].join(", ");
}

/** One object a line. */
class JsonPrinter extends PacketPrinter {
  protected override tell(packet: Packet): void {
    const { number, record, device } = packet;
    const { bytes, originalLength, direction, packetId, comments } = record;
    const told = {
      ...(this.file !== undefined && { file: this.file }),
      number,
      time: epochText(record) ?? null,
      capturedLength: bytes.length,
      originalLength,
      linkType: linkTypeName(device.linkType),
      interface: device.name ?? device.id,
      ...(direction !== undefined && { direction }),
      ...(packetId !== undefined && { packetId }),
      ...(comments.length > 0 && { comments }),
      layers: jsonLayers(this.dissection(packet)),
    };
    this.stream.write(`${JSON.stringify(told)}\n`);
  }
}

/** Bytes of rows that are written at once. */
const PIECE_LENGTH = 1 << 16;

/** A row a packet, below one of names; of several files, with the file's name in a last column. */
class RowPrinter extends PacketPrinter {
  readonly #columns: FrameColumns;
  #hasHeader = false;

  constructor(stream: TextStream, vxlanPorts: readonly number[] | undefined) {
    super(stream, vxlanPorts);
    this.#columns = new FrameColumns(this.options);
  }

  override openFile(name: string | undefined): void {
    this.flush();
    if (!this.#hasHeader) {
      this.file = name === undefined ? undefined : "file";
      this.#columns.writeHeader();
      this.flush();
      this.#hasHeader = true;
    }
    super.openFile(name);
  }

  protected override tell({ number, record, view, offset, end, device }: Packet): void {
    const { originalLength, hasTime, nanoseconds } = record;
    const seconds = hasTime ? record.seconds : undefined;
    const { linkType } = device;
    this.#columns.writeRow({ number, view, offset, end, originalLength, linkType, seconds, nanoseconds });
    if (this.#columns.length >= PIECE_LENGTH) this.flush();
  }

  override flush(): void {
    if (this.#columns.length === 0) return;
    const rows = this.#columns.take();
    this.stream.writeBytes(this.file === undefined ? rows : withLastCell(rows, oneLine(this.file)));
  }
}

function withLastCell(rows: Uint8Array, cell: string): Uint8Array {
  const text = new TextDecoder().decode(rows).replaceAll("\n", () => `\t${cell}\n`);
  return new TextEncoder().encode(text);
}

/** A way to tell packets. */
export type PrinterForm = "line" | "tree" | "hex" | "json" | "tsv";

type Printer = new (stream: TextStream, vxlanPorts: readonly number[] | undefined) => PacketPrinter;

const PRINTERS: Readonly<Record<PrinterForm, Printer>> = {
  line: LinePrinter,
  tree: TreePrinter,
  hex: HexPrinter,
  json: JsonPrinter,
  tsv: RowPrinter,
};

/** The printer for a form. */
export function openPrinter(
  form: PrinterForm,
  stream: TextStream,
  vxlanPorts: readonly number[] | undefined,
): PacketPrinter {
  return new PRINTERS[form](stream, vxlanPorts);
}
