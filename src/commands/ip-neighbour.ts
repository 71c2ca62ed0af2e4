/** `ip neigh`: what a namespace knows of its neighbours, in iproute2's own form (ip/ipneigh.c). */
import { NeighbourState, REACHABLE_MILLISECONDS } from "../datapath/index.ts";
import { formatIpv4, formatMac } from "../wire/index.ts";
import type { Place } from "./command.ts";
import { answer, argument } from "./ip-answer.ts";
import { requireDevice } from "./ip-link.ts";
import type { IpOptions } from "./ip-options.ts";

interface NeighbourRecord {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
}

/** `ip neigh [show] [ADDRESS] [dev DEVICE] [nud STATE]`. */
export function ipNeighbour(place: Place, words: readonly string[], options: IpOptions): string {
  const rest = ["show", "list", "ls"].includes(words[0] ?? "") ? words.slice(1) : words;
  let records = neighbourRecords(place);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    const isKey = word === "dev" || word === "nud" || word === "to";
    const value = isKey ? argument(rest, ++at) : word;
    if (word === "dev") requireDevice(place, value);
    records = records.filter(({ dst, dev, state }) =>
      word === "dev" ? dev === value : word === "nud" ? state[0] === value.toUpperCase() : dst === value,
    );
  }
  return answer(
    records.map((record) => ({ record, text: neighbourText(record) })),
    options,
  );
}

function neighbourRecords({ namespace }: Place): NeighbourRecord[] {
  const { table } = namespace.neighbours;
  const records: NeighbourRecord[] = [];
  for (let index = 0; index < table.device.length; index++) {
    const device = table.device[index]! < 0 ? null : namespace.engine.devices[table.device[index]!]!;
    if (device === null) continue;
    // A state that ends with time changes when somebody looks: the cache itself, or whoever lists it.
    const isOld = namespace.engine.millisecondsSince(table.confirmed[index]!) > REACHABLE_MILLISECONDS;
    const stored = table.state[index]!;
    const state = stored === NeighbourState.REACHABLE && isOld ? NeighbourState.STALE : stored;
    const name = Object.entries(NeighbourState).find(([, bit]) => bit === state)?.[0] ?? "NONE";
    const isKnown = state !== NeighbourState.INCOMPLETE && state !== NeighbourState.FAILED;
    records.push({
      dst: formatIpv4(table.address[index]! >>> 0),
      dev: device.name,
      ...(isKnown && { lladdr: formatMac(table.mac(index)) }),
      state: [name],
    });
  }
  return records;
}

function neighbourText({ dst, dev, lladdr, state }: NeighbourRecord): string {
  return `${dst} dev ${dev} ${lladdr === undefined ? "" : `lladdr ${lladdr} `}${state[0]!} `;
}
