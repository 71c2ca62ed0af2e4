/** Which options of an echo request its reply has: as in Linux those that hosts shall write into, and no others. */
import type { PacketPool } from "../packet/index.ts";
import { ipv4 } from "../wire/index.ts";

const { OptionType } = ipv4;

/** In Linux's order (ip_options_echo). Source routes, which it turns around, have been refused before. */
const ECHOED: readonly number[] = [OptionType.RECORD_ROUTE, OptionType.TIMESTAMP];

/** Leaves those alone in a packet's header, padded with END. What follows the header stays where it is. */
export function keepEchoedOptions(pool: PacketPool, handle: number): void {
  const { view, bytes } = pool;
  const offset = pool.start[handle]!;
  const length = ipv4.headerLength(view, offset);
  if (length === ipv4.HEADER_LENGTH) return;
  const options = ipv4.options(view, offset);
  const kept = ECHOED.flatMap((type) => options.filter((option) => option.type === type)).flatMap((option) => [
    ...bytes.subarray(option.offset, option.offset + option.length),
  ]);
  while (kept.length % 4 !== 0) kept.push(OptionType.END);
  const surplus = length - ipv4.HEADER_LENGTH - kept.length;
  const start = offset + surplus;
  bytes.copyWithin(start, offset, offset + ipv4.HEADER_LENGTH);
  bytes.set(kept, start + ipv4.HEADER_LENGTH);
  pool.strip(handle, surplus);
  ipv4.setHeaderLength(view, start, ipv4.HEADER_LENGTH + kept.length);
  ipv4.setTotalLength(view, start, ipv4.totalLength(view, start) - surplus);
}
