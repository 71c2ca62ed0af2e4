/** What an engine dropped, in words. */
import type { Engine } from "../datapath/index.ts";
import { DROP_REASON_COUNT, dropReasonName, dropReasonText } from "../wire/index.ts";

/** "IP_CSUM 2 (the IPv4 header checksum is wrong)" for each reason that was met, "none" when none was. */
export function dropSummary(engine: Engine): string {
  const counts = new Array<number>(DROP_REASON_COUNT).fill(0);
  for (const device of engine.devices) device?.drops.forEach((count, reason) => (counts[reason]! += count));
  const texts = counts.flatMap((count, reason) =>
    count > 0 ? [`${dropReasonName(reason)} ${count} (${dropReasonText(reason)})`] : [],
  );
  return texts.length === 0 ? "none" : texts.join(", ");
}
