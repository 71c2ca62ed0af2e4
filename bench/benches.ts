/** All benches, in the order in which they run: from the parts to the whole. */
import type { Bench } from "./bench.ts";
import { bridge } from "./bridge.ts";
import { capture } from "./capture.ts";
import { captureCopy } from "./capture-copy.ts";
import { checksumBench } from "./checksum.ts";
import { decoding } from "./decode.ts";
import { macTable } from "./mac-table.ts";
import { neighbour } from "./neighbour.ts";
import { packetPool } from "./packet-pool.ts";
import { path } from "./path.ts";
import { podToPod } from "./pod-to-pod.ts";
import { policy } from "./policy.ts";
import { route } from "./route.ts";
import { routeTable } from "./route-table.ts";
import { vxlan } from "./vxlan.ts";
import { wire } from "./wire.ts";

export const BENCHES: Readonly<Record<string, Bench>> = {
  wire,
  checksum: checksumBench,
  decode: decoding,
  "packet-pool": packetPool,
  "mac-table": macTable,
  "route-table": routeTable,
  neighbour,
  bridge,
  route,
  vxlan,
  path,
  "pod-to-pod": podToPod,
  policy,
  capture,
  "capture-copy": captureCopy,
};
