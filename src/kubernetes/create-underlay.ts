/** From a description of the underlay to the network itself. */
import { LanUnderlay } from "./underlay-lans.ts";
import type { Underlay, UnderlayDescription, UnderlayOptions } from "./underlay.ts";
import { VpcUnderlay } from "./underlay-vpc.ts";

/** @throws RangeError for a kind that there is not, or wrong prefixes. */
export function createUnderlay(description: UnderlayDescription, options: UnderlayOptions): Underlay {
  if (typeof description === "string") return new LanUnderlay(options, "lan", [description]);
  switch (description.kind) {
    case "lan":
      return new LanUnderlay(options, "lan", [description.prefix], description.routers);
    case "subnets":
      return new LanUnderlay(options, "subnets", description.prefixes, description.routers);
    case "vpc":
      return new VpcUnderlay(options, description.prefix, description.routes, description.routers);
    default:
      throw new RangeError(
        `expected an underlay of kind lan, subnets or vpc, found ${JSON.stringify((description as { kind: unknown }).kind)}`,
      );
  }
}
