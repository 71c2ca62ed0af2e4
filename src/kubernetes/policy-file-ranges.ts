/** Address ranges of a policy file. IPv6 ones are passed over: a list of nothing but those allows nothing. */
import { formatPrefix, type Ipv4Prefix } from "../wire/index.ts";
import { holds, interfaceOrUndefined, isIpv6, networkOf } from "./cluster-file-address.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { JsonReading } from "./cluster-file-object.ts";
import type { PolicyPeer } from "./network-policy.ts";
import { checkFields } from "./policy-file-fields.ts";
import { type Ipv6Range, ipv6RangeOrUndefined, isWithin } from "./policy-file-ipv6.ts";

const EXPECTED = "an address range such as 10.0.0.0/8";

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
      const path = `${reading.pathOf("except")}[${index}]`;
      const range = this.#range(exception, path, () => reading.fail("except", EXPECTED, index));
      if (!isSmaller(cidr, range)) reading.fail("except", `a range that lies in ${text} and is smaller`, index);
      return range;
    });
    if (isOfIpv6(cidr)) return undefined;
    return { kind: "ipBlock", cidr, except: exceptions.flatMap((range) => (isOfIpv6(range) ? [] : [range])) };
  }

  /** The IPv4 ranges of a list. @throws ClusterFileError */
  ranges(reading: JsonReading, key: string): Ipv4Prefix[] {
    return reading.texts(key).flatMap((text, index) => {
      const path = `${reading.pathOf(key)}[${index}]`;
      const range = this.#range(text, path, () => reading.fail(key, EXPECTED, index));
      return isOfIpv6(range) ? [] : [range];
    });
  }

  /** A range without its host bits, which the API server takes with a warning. */
  #range(text: string, path: string, fail: () => never): Ipv4Prefix | Ipv6Range {
    if (isIpv6(text)) {
      const passedOver = ipv6RangeOrUndefined(text) ?? fail();
      this.#findings.warning(this.#title, path, `${text} is of IPv6, which is passed over`);
      return passedOver;
    }
    const range = interfaceOrUndefined(text) ?? fail();
    const network = networkOf(range);
    if (network.address !== range.address)
      this.#findings.warning(this.#title, path, `${text} has host bits: ${formatPrefix(network)} is taken`);
    return network;
  }
}

function isOfIpv6(range: Ipv4Prefix | Ipv6Range): range is Ipv6Range {
  return typeof range.address === "bigint";
}

/** Whether an exception is of the range's version, lies in it and is smaller. */
function isSmaller(cidr: Ipv4Prefix | Ipv6Range, range: Ipv4Prefix | Ipv6Range): boolean {
  if (isOfIpv6(cidr)) return isOfIpv6(range) && isWithin(cidr, range);
  return !isOfIpv6(range) && holds(cidr, range) && range.length > cidr.length;
}
