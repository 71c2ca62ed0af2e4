/** Who speaks to whom in a frame: the addresses of its innermost IPv4 packet, beyond all tunnels. */
import { type Dissection, dissect, type ScanOptions } from "../wire/index.ts";

export interface FlowEnds {
  readonly source: number;
  readonly destination: number;
  /** Number of the IP protocol. */
  readonly protocol: number;
  /** Whether it is an ICMP error. */
  readonly isError: boolean;
}

/** Undefined for a frame without an IPv4 packet: ARP, for one. */
export function findFlow(bytes: Uint8Array, linkType: number, options: ScanOptions): FlowEnds | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return innermostIpv4(dissect(view, 0, bytes.length, bytes.length, linkType, options));
}

function innermostIpv4({ layers }: Dissection): FlowEnds | undefined {
  const layer = layers.findLast(({ protocol, quoted }) => protocol === "ipv4" && quoted !== true);
  const value = (name: string): number | undefined =>
    layer?.fields.find((field) => field.name === name)?.value as number | undefined;
  const [source, destination] = [value("ipv4.source"), value("ipv4.destination")];
  const protocol = value("ipv4.protocol");
  if (source === undefined || destination === undefined || protocol === undefined) return undefined;
  return { source, destination, protocol, isError: layers.some(({ quoted }) => quoted === true) };
}
