/** The option --filter: an expression in tcpdump's words, for packets of any link type that has a network layer. */
import { LinkType, linkTypeName } from "../capture/index.ts";
import {
  compileFilter,
  ethernet,
  FilterError,
  type FilterOptions,
  findNetworkLayer,
  type FrameFilter,
  isKnownLinkType,
} from "../wire/index.ts";
import { Failure, UsageError } from "./errors.ts";
import type { PacketFilter } from "./packet-steps.ts";

/**
 * Packets without an Ethernet header are asked for what they carry, as `decode` finds it. The filter throws a Failure
 * for a link type that is not known, and where the expression asks packets for MAC addresses that have none.
 *
 * @throws UsageError with a picture that points at the character where the expression is wrong
 */
export function filterOption(command: string, expression: string, vxlanPorts?: readonly number[]): PacketFilter {
  const options = vxlanPorts === undefined ? {} : { vxlanPorts };
  const filter = compile(command, expression, options);
  // It asks for nothing, of no packet.
  if (expression.trim() === "") return () => true;
  const frames = new SubstituteFrames();
  let filterOfOthers: FrameFilter | undefined;
  return (view, offset, end, linkType) => {
    if (linkType === LinkType.ETHERNET) return filter(view, offset, end);
    if (!isKnownLinkType(linkType)) refuse(linkType);
    filterOfOthers ??= compileForOthers(expression, options, linkType);
    const frame = frames.of(view, offset, end, linkType);
    return frame !== undefined && filterOfOthers(frame.view, 0, frame.length);
  };
}

function compile(command: string, expression: string, options: FilterOptions): FrameFilter {
  try {
    return compileFilter(expression, options);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const [message, ...picture] = error.message.split("\n");
    throw new UsageError(`${command}: --filter: ${message}`, picture.join("\n"));
  }
}

/** The filter of packets that are not of Ethernet, of which `linkType` is the first that was met. */
function compileForOthers(expression: string, options: FilterOptions, linkType: number): FrameFilter {
  try {
    return compileFilter(expression, { ...options, hasMacAddresses: false });
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const [message] = error.message.split("\n");
    throw new Failure(`--filter, for packets of ${linkTypeName(linkType)}: ${message}`);
  }
}

/** Packets of other link types, from their network layer on behind an Ethernet header of zeroes. */
class SubstituteFrames {
  #bytes = new Uint8Array(65_536);
  #view = new DataView(this.#bytes.buffer);

  /** Undefined for a packet that is cut before its network layer. */
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

function refuse(linkType: number): never {
  const known = "Ethernet, IP, loopback, Linux cooked";
  throw new Failure(`expected packets that --filter looks into (${known}), found ${linkTypeName(linkType)}`);
}
