/** What an engine dropped, in words. */
import type { Engine } from "../datapath/index.ts";
import type { PolicyCount, PolicyTable } from "../kubernetes/index.ts";
import { dropReasonName, dropReasonText } from "../wire/index.ts";

/** "IP_CSUM 2 (the IPv4 header checksum is wrong)" for each reason that was met, "none" when none was. */
export function dropSummary(engine: Engine): string {
  const texts = Array.from(engine.drops).flatMap((count, reason) =>
    count > 0 ? [`${dropReasonName(reason)} ${count} (${dropReasonText(reason)})`] : [],
  );
  return texts.length === 0 ? "none" : texts.join(", ");
}

/** A line for each policy, or policies that isolate together, that refused packets; empty when none did. */
export function refusalSummary(policies: PolicyTable): string[] {
  const counts = new Map<string, number>();
  for (const count of policies.counters()) {
    if (count.isAllowed) continue;
    const by = decisionName(count);
    counts.set(by, (counts.get(by) ?? 0) + count.packets);
  }
  return [...counts].map(([by, packets]) => `refused ${by}: ${packets} ${packets === 1 ? "packet" : "packets"}`);
}

/** "by admin policy first: ingress rule 2", "as isolated by default/backend: ingress". */
function decisionName({ direction, kind, policy, rule, isolatedBy }: PolicyCount): string {
  if (policy === null) return `as isolated by ${isolatedBy.join(", ")} in ${direction}`;
  return `by ${kind} ${policy}, ${direction} rule ${rule! + 1}`;
}
