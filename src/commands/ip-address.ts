/** `ip addr`: a namespace's devices with their addresses, in iproute2's own form (ip/ipaddress.c). */
import type { InterfaceAddress, NetDevice } from "../datapath/index.ts";
import { formatIpv4, isLoopbackIpv4, prefixBroadcast } from "../wire/index.ts";
import type { Place } from "./command.ts";
import { answer, type Entry } from "./ip-answer.ts";
import { briefRecord, briefStart, linkText, selectDevices, statisticsEntry } from "./ip-link.ts";
import type { IpOptions } from "./ip-options.ts";
import { readVerb, type VerbTable } from "./ip-verbs.ts";
import { linkDetails, linkDetailsText } from "./link-details.ts";
import { linkRecord } from "./link-record.ts";

/** An address that ends by nobody's clock. */
const FOREVER = 2 ** 32 - 1;

interface AddressRecord {
  readonly family: "inet";
  readonly local: string;
  readonly prefixlen: number;
  readonly broadcast?: string;
  readonly scope: "host" | "link" | "global";
  readonly label: string;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
}

const VERBS: VerbTable = {
  name: "ip addr",
  fullName: "ip address",
  verbs: [
    ...(["add", "change", "chg!", "replace", "delete"] as const).map((word) => [word, "change"] as const),
    ...(["list", "show", "lst"] as const).map((word) => [word, "show"] as const),
    ["flush", "change"],
    ["save", "missing"],
    ["showdump", "missing"],
    ["restore", "change"],
    ["help", "help"],
  ],
  usage: "Usage: ip address [ show ] [ [ dev ] DEVICE ] [ up ] [ master DEVICE | nomaster ] [ type TYPE ]",
};

/** `ip addr [show] [[dev] DEVICE] ...`: without IPv6, `-6` leaves nothing. */
export function ipAddress(place: Place, words: readonly string[], options: IpOptions): string {
  const { addresses } = place.namespace;
  const { family } = options;
  const devices = selectDevices(place, readVerb(VERBS, words).rest, VERBS).filter(
    ([, device]) => family === "any" || (family === "inet" && addresses.list(device).length > 0),
  );
  if (options.isOneLine && !options.isBrief) return answer(addressLines(place, devices, options), options);
  return answer(
    devices.map(([index, device]) =>
      options.isBrief ? briefAddress(place, index, device) : deviceEntry(place, index, device, options),
    ),
    options,
  );
}

function deviceEntry(place: Place, index: number, device: NetDevice, options: IpOptions): Entry {
  const { family, hasDetails, hasStatistics } = options;
  const full = linkRecord(place, index, device);
  const { linkmode: _mode, ...record } = full;
  const { link_type: _type, address: _address, broadcast: _broadcast, ...withoutLinkLayer } = record;
  const hasLinkLayer = family === "any" || hasDetails;
  const addr_info = place.namespace.addresses.list(device).map(addressRecord);
  const statistics = hasStatistics ? statisticsEntry(device) : { record: {}, text: "" };
  return {
    record: {
      ...(hasLinkLayer ? record : withoutLinkLayer),
      ...(hasDetails && linkDetails(place, device)),
      addr_info,
      ...statistics.record,
    },
    text:
      linkText(full, false, hasLinkLayer) +
      (hasDetails ? linkDetailsText(place, device) : "") +
      addr_info.map((each) => `\n${addressText(each)}`).join("") +
      statistics.text,
  };
}

/** `ip -o addr`: a line for each address, with its device before it. JSON puts a device's addresses together. */
function addressLines(
  place: Place,
  devices: readonly (readonly [number, NetDevice])[],
  { isJson }: IpOptions,
): Entry[] {
  return devices.flatMap(([index, device]) => {
    const records = place.namespace.addresses.list(device).map(addressRecord);
    if (isJson)
      return [{ record: { addr_info: records.map((each) => ({ index, dev: device.name, ...each })) }, text: "" }];
    return records.map((each) => ({ record: {}, text: `${index}: ${device.name}${addressText(each)}` }));
  });
}

function briefAddress(place: Place, index: number, device: NetDevice): Entry {
  const record = linkRecord(place, index, device);
  const addr_info = place.namespace.addresses.list(device).map(({ address, length }) => ({
    local: formatIpv4(address),
    prefixlen: length,
  }));
  return {
    record: { ...briefRecord(record), addr_info },
    text: briefStart(record) + addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen} `).join(""),
  };
}

function addressRecord({ device, address, length }: InterfaceAddress): AddressRecord {
  const hasBroadcast = length < 31 && !isLoopbackIpv4(address);
  return {
    family: "inet",
    local: formatIpv4(address),
    prefixlen: length,
    ...(hasBroadcast && { broadcast: formatIpv4(prefixBroadcast({ address, length })) }),
    scope: isLoopbackIpv4(address) ? "host" : "global",
    label: device.name,
    valid_life_time: FOREVER,
    preferred_life_time: FOREVER,
  };
}

function addressText({ local, prefixlen, broadcast, scope, label }: AddressRecord): string {
  const brd = broadcast === undefined ? "" : ` brd ${broadcast}`;
  return `    inet ${local}/${prefixlen}${brd} scope ${scope} ${label}\n       valid_lft forever preferred_lft forever`;
}
