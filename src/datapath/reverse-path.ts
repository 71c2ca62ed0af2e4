/**
 * The reverse path filter (RFC 3704; Linux fib_validate_source, net.ipv4.conf.DEVICE.rp_filter): a packet is believed
 * to come from its source only if packets to that source would leave where it came in (strict), or could be sent at
 * all (loose).
 */
import { DropReason } from "../wire/index.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import { RouteType } from "./route.ts";

/** 0, or why a packet from `source` that came in by `device` is refused. */
export function checkReversePath(namespace: Namespace, device: NetDevice, source: number): DropReason {
  const mode = device.reversePathFilter;
  if (mode === 0 || device === namespace.loopback) return DropReason.NONE;
  const back = namespace.routes.lookup(source);
  if (back.type === RouteType.BROADCAST) return DropReason.IP_INVALID_SOURCE;
  if (back.type === RouteType.LOCAL) return DropReason.IP_LOCAL_SOURCE;
  if (back.type !== RouteType.UNICAST) return DropReason.IP_RPFILTER;
  if (back.device === device) return DropReason.NONE;
  // A device without an address is no judge of where else packets may come from: loose is strict there.
  const hasAddress = namespace.addresses.has(device);
  return mode === 2 && hasAddress ? DropReason.NONE : DropReason.IP_RPFILTER;
}
