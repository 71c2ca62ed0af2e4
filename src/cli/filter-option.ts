/** The option --filter: an expression in tcpdump's words, for packets of any link type. */
import { compileFilter, ethernet, FilterError, findNetworkLayer, type FrameFilter } from "../wire/index.ts";
import { UsageError } from "./errors.ts";
import type { PacketFilter } from "./packet-steps.ts";

/** Link type of Ethernet frames, which filters are for. */
const ETHERNET = 1;

/** @throws UsageError with a picture that points at the character where the expression is wrong */
export function filterOption(command: string, expression: string, vxlanPorts?: readonly number[]): PacketFilter {
  const filter = compile(command, expression, vxlanPorts);
  const frames = new SubstituteFrames();
  return (view, offset, end, linkType) => {
    if (linkType === ETHERNET) return filter(view, offset, end);
    const frame = frames.of(view, offset, end, linkType);
    return frame !== undefined && filter(frame.view, 0, frame.length);
  };
}

function compile(command: string, expression: string, vxlanPorts: readonly number[] | undefined): FrameFilter {
  try {
    return compileFilter(expression, vxlanPorts === undefined ? {} : { vxlanPorts });
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const [message, ...picture] = error.message.split("\n");
    throw new UsageError(`${command}: --filter: ${message}`, picture.join("\n"));
  }
}

/** Packets of other link types, from their network layer on behind an Ethernet header of zeroes. */
class SubstituteFrames {
  #bytes = new Uint8Array(65_536);
  #view = new DataView(this.#bytes.buffer);

  /** Undefined for a packet without a network layer that is known. */
  of(view: DataView, offset: number, end: number, linkType: number): { view: DataView; length: number } | undefined {
    const network = findNetworkLayer(view, offset, end, linkType);
    if (network === undefined) return undefined;
    const packet = new Uint8Array(view.buffer, view.byteOffset + network.offset, end - network.offset);
    const length = ethernet.HEADER_LENGTH + packet.length;
    if (length > this.#bytes.length) {
      this.#bytes = new Uint8Array(2 * length);
      this.#view = new DataView(this.#bytes.buffer);
    }
    ethernet.write(this.#view, 0, { destination: 0, source: 0, etherType: network.etherType });
    this.#bytes.set(packet, ethernet.HEADER_LENGTH);
    return { view: this.#view, length };
  }
}
