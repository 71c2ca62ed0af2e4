/** What tests read of a node or pod as a person would. */
import type { Namespace } from "../../../src/datapath/index.ts";

/** `ip route`: the main table, without what is local or broadcast. */
export function ipRoute({ namespace }: { readonly namespace: Namespace }): string[] {
  return namespace.routes
    .list()
    .map(String)
    .filter((text) => !/^(local|broadcast) /.test(text));
}
