/** IPv4 addresses and ranges in a cluster's file: IPv6 ones are passed over, host bits in a range are cut off. */
import {
  formatPrefix,
  type Ipv4Prefix,
  parseInterfaceAddress,
  parseIpv4,
  prefixBroadcast,
  prefixContains,
  prefixMask,
} from "../wire/index.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { JsonReading } from "./cluster-file-object.ts";

/** Shows an IPv6 address or range: no IPv4 one has a colon. */
export function isIpv6(text: string): boolean {
  return text.includes(":");
}

/** An address, or undefined when the text is none. */
export function ipv4OrUndefined(text: string): number | undefined {
  try {
    return parseIpv4(text);
  } catch {
    return undefined;
  }
}

/** "10.244.1.5/24" with its host bits, or undefined when the text is none. */
export function interfaceOrUndefined(text: string): Ipv4Prefix | undefined {
  try {
    return parseInterfaceAddress(text);
  } catch {
    return undefined;
  }
}

/** The network that an interface's address is in. */
export function networkOf({ address, length }: Ipv4Prefix): Ipv4Prefix {
  return { address: (address & prefixMask(length)) >>> 0, length };
}

/** The first IPv4 range of a list as dual-stack settings have it: "10.244.0.0/16,fd00::/56". */
export function firstRange(text: string): Ipv4Prefix | undefined {
  const ranges = text.split(",").map((part) => interfaceOrUndefined(part.trim()));
  const found = ranges.find((range) => range !== undefined);
  return found === undefined ? undefined : networkOf(found);
}

/** The smallest prefix that holds all of them; undefined for none. */
export function coverOf(prefixes: readonly Ipv4Prefix[]): Ipv4Prefix | undefined {
  const [first, ...rest] = prefixes;
  if (first === undefined) return undefined;
  return rest.reduce((cover, prefix) => {
    const differing = Math.clz32(cover.address ^ prefix.address);
    return networkOf({ address: cover.address, length: Math.min(cover.length, prefix.length, differing) });
  }, networkOf(first));
}

/** An address as the range that holds nothing else. */
export function hostRange(address: number): Ipv4Prefix {
  return { address, length: 32 };
}

/** Whether one of them lies in the other. */
export function overlaps(one: Ipv4Prefix, other: Ipv4Prefix): boolean {
  return prefixContains(one, other.address) || prefixContains(other, one.address);
}

/** Whether the whole of `inner` lies in `outer`. */
export function holds(outer: Ipv4Prefix, inner: Ipv4Prefix): boolean {
  return prefixContains(outer, inner.address) && prefixContains(outer, prefixBroadcast(inner));
}

/** Reads addresses of one object. */
export class AddressReader {
  readonly #title: string;
  readonly #findings: FindingList;

  constructor(title: string, findings: FindingList) {
    this.#title = title;
    this.#findings = findings;
  }

  /**
   * The IPv4 addresses among the texts, in order. `fail` is called for a text that is none.
   */
  addresses(texts: readonly string[], field: string, fail: (index: number) => never): number[] {
    return texts.flatMap((text, index) => {
      if (text === "") return [];
      if (isIpv6(text)) {
        this.#findings.ipv6(this.#title, field);
        return [];
      }
      return [ipv4OrUndefined(text) ?? fail(index)];
    });
  }

  /** The IPv4 ranges of a field that has one and of another that has several, the first of which is the same. */
  ranges(reading: JsonReading, single: string, several: string): Ipv4Prefix[] {
    const list = reading.texts(several);
    const isList = list.length > 0;
    const texts = isList ? list : [reading.text(single) ?? ""];
    return texts.flatMap((text, index) => {
      if (text === "") return [];
      const field = reading.pathOf(isList ? several : single);
      if (isIpv6(text)) {
        this.#findings.ipv6(this.#title, field);
        return [];
      }
      const range = interfaceOrUndefined(text);
      if (range === undefined)
        return reading.fail(isList ? several : single, "IPv4 ranges such as 10.244.1.0/24", isList ? index : undefined);
      return [this.#withoutHostBits(range, field)];
    });
  }

  #withoutHostBits(range: Ipv4Prefix, field: string): Ipv4Prefix {
    const network = networkOf(range);
    if (network.address !== range.address)
      this.#findings.warning(
        this.#title,
        field,
        `${formatPrefix(range)} has host bits: ${formatPrefix(network)} is taken`,
      );
    return network;
  }
}
