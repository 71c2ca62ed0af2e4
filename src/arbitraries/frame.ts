/** A frame with what its sender meant by it. */
import { hexDump } from "../bytes/hex.ts";
import { describeFrame, ethernet, EtherType } from "../wire/index.ts";
import type { Layer, LayerProtocol } from "./frame-layer.ts";
import { reportAsText } from "./report.ts";

/**
 * The bytes of a frame, and its layers from the outermost in: an oracle for whoever reads the bytes. It prints as the
 * line that tcpdump has for it, in fast-check's reports with the bytes below, as they were made. A property that
 * writes into the bytes takes a frame of its own, `frame.fresh()`: other runs may get the same.
 */
export class Frame {
  readonly layers: readonly Layer[];
  readonly bytes: Uint8Array;
  /** The bytes as they were made, whatever was written into them since. */
  readonly #made: Uint8Array;

  constructor(layers: readonly Layer[], bytes: Uint8Array) {
    this.layers = layers;
    this.bytes = bytes;
    this.#made = bytes.slice();
  }

  /** The frame as it was made. */
  fresh(): Frame {
    return new Frame(this.layers, this.#made.slice());
  }

  /** A view of the bytes, as the codecs take it: `udp.sourcePort(frame.view, frame.layer("udp").offset)`. */
  get view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** Whether the frame has such a layer. */
  has(protocol: LayerProtocol): boolean {
    return this.layers.some((layer) => layer.protocol === protocol);
  }

  /** The layers of one protocol, the outermost first. */
  all<Protocol extends LayerProtocol>(protocol: Protocol): Layer<Protocol>[] {
    return this.layers.filter((layer) => layer.protocol === protocol) as Layer<Protocol>[];
  }

  /** The outermost layer of a protocol. @throws RangeError when the frame has none */
  layer<Protocol extends LayerProtocol>(protocol: Protocol): Layer<Protocol> {
    const [found] = this.all(protocol);
    if (found !== undefined) return found;
    const names = this.layers.map((layer) => layer.protocol).join(" / ");
    throw new RangeError(`expected a frame with ${protocol}, found ${names}`);
  }

  /** The line that tcpdump prints for it. */
  toString(): string {
    return this.layers[0]?.protocol === "ipv4" ? packetText(this.bytes) : frameText(this.bytes);
  }

  /** The line, and below it the bytes as `tcpdump -X` prints them: to be pasted into a test. */
  dump(): string {
    return `${this.toString()}\n${hexDump(this.bytes)}`;
  }
}

reportAsText(Frame, (frame) => frame.dump());

/** The line of an Ethernet frame. */
export function frameText(bytes: Uint8Array): string {
  return describeFrame(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

/** The line of an IPv4 packet that no Ethernet header is before. */
export function packetText(packet: Uint8Array): string {
  const bytes = new Uint8Array(ethernet.HEADER_LENGTH + packet.length);
  bytes.set(packet, ethernet.HEADER_LENGTH);
  ethernet.setEtherType(new DataView(bytes.buffer), 0, EtherType.IPV4);
  return frameText(bytes);
}
