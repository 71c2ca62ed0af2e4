/** IPv6 ranges of a policy file, read as far as the API server checks them: nothing here has IPv6. */
import { ipv4OrUndefined } from "./cluster-file-address.ts";

/** A range's first address, without its host bits, and how many bits all have in common. */
export interface Ipv6Range {
  readonly address: bigint;
  readonly length: number;
}

const GROUP_COUNT = 8;
const GROUP_BITS = 16n;
const BITS = 128;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const LENGTH = /^(\d|[1-9]\d|1[01]\d|12[0-8])$/;

/** "fd00::/8", with an IPv4 address in place of the last two groups if need be; undefined when the text is none (RFC 4291 section 2.2). */
export function ipv6RangeOrUndefined(text: string): Ipv6Range | undefined {
  const slash = text.lastIndexOf("/");
  const digits = text.slice(slash + 1);
  const groups = groupsOf(text.slice(0, Math.max(0, slash)));
  if (groups === undefined || !LENGTH.test(digits)) return undefined;
  const address = groups.reduce((sum, group) => (sum << GROUP_BITS) | BigInt(group), 0n);
  return networkOf(address, Number(digits));
}

/** Whether `inner` lies in `outer` and is smaller. */
export function isWithin(outer: Ipv6Range, inner: Ipv6Range): boolean {
  return inner.length > outer.length && networkOf(inner.address, outer.length).address === outer.address;
}

function networkOf(address: bigint, length: number): Ipv6Range {
  const hostBits = BigInt(BITS - length);
  return { address: (address >> hostBits) << hostBits, length };
}

/** All eight; `::` stands once, for one group of zeros at least. */
function groupsOf(text: string): number[] | undefined {
  const parts = text.split("::");
  const [before, after] = [groupList(parts[0]!), groupList(parts[1] ?? "")];
  if (parts.length > 2 || before === undefined || after === undefined) return undefined;
  const missing = GROUP_COUNT - before.length - after.length;
  if (parts.length === 1 ? missing !== 0 : missing < 1) return undefined;
  // An address of IPv4 is the end of the whole, not of what is before the zeros.
  if (parts.length === 2 && parts[0]!.includes(".")) return undefined;
  return [...before, ...new Array<number>(missing).fill(0), ...after];
}

function groupList(text: string): number[] | undefined {
  if (text === "") return [];
  const words = text.split(":");
  const last = words.at(-1)!;
  const embedded = last.includes(".") ? ipv4OrUndefined(last) : undefined;
  const plain = embedded === undefined ? words : words.slice(0, -1);
  if (!plain.every((word) => GROUP.test(word))) return undefined;
  const tail = embedded === undefined ? [] : [embedded >>> 16, embedded & 0xffff];
  return [...plain.map((word) => Number.parseInt(word, 16)), ...tail];
}
