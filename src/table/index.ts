/** Bounded lookup tables over typed arrays. They know nothing of packets. */

export {
  CONNECTION_WORDS,
  connectionHash,
  ConnectionTable,
  type ConnectionTableOptions,
  ConnectionWord,
  DEFAULT_CONNECTION_LIMIT,
} from "./connection-table.ts";
export { FLOW_KEY_WORDS, FLOW_RECORD_WORDS, FlowTable } from "./flow-table.ts";
export * as macEntry from "./mac-entry.ts";
export { MacTable, type MacTableOptions } from "./mac-table.ts";
export { NeighbourTable } from "./neighbour-table.ts";
export { MAX_ROUTE_VALUE, type PrefixEntry, RouteTable } from "./route-table.ts";
