/** Congestion marks of VXLAN packets that arrive: RFC 6040 section 4.2. */
import type { PacketPool } from "../packet/index.ts";
import { DropReason, EtherType, ethernet, ipv4 } from "../wire/index.ts";
import { carryEcn } from "./tunnel-ecn.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { etherType, HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { ecn, HEADER_LENGTH: IPV4_HEADER_LENGTH } = ipv4;
const { IPV4 } = EtherType;

/**
 * Brings the outer header's congestion mark into the inner one; `outer` and `inner` are where the outer IPv4 header
 * and the inner frame start. 0, or why the packet must be dropped.
 */
export function carryCongestion(
  pool: PacketPool,
  handle: number,
  outer: number,
  inner: number,
  end: number,
): DropReason {
  const { view } = pool;
  const network = inner + ETHERNET_HEADER_LENGTH;
  if (etherType(view, inner) !== IPV4) return DropReason.NONE;
  if (network + IPV4_HEADER_LENGTH > end) return DropReason.PKT_TOO_SMALL;
  return carryEcn(pool, handle, ecn(view, outer), network, end);
}
