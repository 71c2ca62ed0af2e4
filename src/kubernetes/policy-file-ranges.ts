/** Address ranges of a policy file. IPv6 ones are passed over: a list of nothing but those allows nothing. */
import { formatPrefix, type Ipv4Prefix } from "../wire/index.ts";
import { holds, interfaceOrUndefined, isIpv6, networkOf } from "./cluster-file-address.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { JsonReading } from "./cluster-file-object.ts";
import type { PolicyPeer } from "./network-policy.ts";
import { checkFields } from "./policy-file-fields.ts";

const EXPECTED = "an address range such as 10.0.0.0/8";
/** What an IPv6 range looks like; the rest of it is nobody's business here. */
const IPV6_RANGE = /^[0-9a-fA-F:.]+\/(\d|[1-9]\d|1[01]\d|12[0-8])$/;

/** Reads ranges of one policy. */
export class RangeReader {
  readonly #title: string;
  readonly #findings: FindingList;

  constructor(title: string, findings: FindingList) {
    this.#title = title;
    this.#findings = findings;
  }

  /** An ipBlock peer; undefined for one of IPv6. @throws ClusterFileError */
  ipBlock(reading: JsonReading): PolicyPeer | undefined {
    checkFields(reading, ["cidr", "except"]);
    const text = reading.text("cidr") ?? reading.fail("cidr", EXPECTED);
    const cidr = this.#range(text, reading.pathOf("cidr"), () => reading.fail("cidr", EXPECTED));
    const exceptions = reading.texts("except").map((exception, index) => {
      const expected = `a range that lies in ${text} and is smaller`;
      const path = `${reading.pathOf("except")}[${index}]`;
      const range = this.#range(exception, path, () => reading.fail("except", EXPECTED, index));
      if ((range === undefined) !== (cidr === undefined)) reading.fail("except", expected, index);
      if (range === undefined || cidr === undefined) return [];
      if (!holds(cidr, range) || range.length <= cidr.length) reading.fail("except", expected, index);
      return [range];
    });
    return cidr && { kind: "ipBlock", cidr, except: exceptions.flat() };
  }

  /** The IPv4 ranges of a list. @throws ClusterFileError */
  ranges(reading: JsonReading, key: string): Ipv4Prefix[] {
    return reading.texts(key).flatMap((text, index) => {
      const path = `${reading.pathOf(key)}[${index}]`;
      return this.#range(text, path, () => reading.fail(key, EXPECTED, index)) ?? [];
    });
  }

  /** A range without its host bits, which the API server takes with a warning; undefined for one of IPv6. */
  #range(text: string, path: string, fail: () => never): Ipv4Prefix | undefined {
    if (isIpv6(text) && IPV6_RANGE.test(text)) {
      this.#findings.warning(this.#title, path, `${text} is of IPv6, which is passed over`);
      return undefined;
    }
    const range = interfaceOrUndefined(text) ?? fail();
    const network = networkOf(range);
    if (network.address !== range.address)
      this.#findings.warning(this.#title, path, `${text} has host bits: ${formatPrefix(network)} is taken`);
    return network;
  }
}
