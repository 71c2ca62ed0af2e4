/** Other addresses for `podwire convert --anonymize`: prefix-preserving, and the same for the same seed. */
import { createHash } from "node:crypto";
import { type AddressMap, isMulticastMac } from "../wire/index.ts";
import { PrefixPreserving } from "./prefix-preserving.ts";

/** 127/8 is loopback, and from 224/4 on follow multicast, reserved and broadcast: they name nobody. */
const KEPT_IPV4 = [
  { bits: 127, length: 8 },
  { bits: 0b111, length: 3 },
];

/** Bits of a MAC address below the first octet's lower two, which tell groups and local addresses. */
const FIRST_OCTET = 2 ** 40;

/** One mapping of IPv4 and MAC addresses. */
export class AddressAnonymizer implements AddressMap {
  readonly #ipv4: PrefixPreserving;
  readonly #mac: PrefixPreserving;

  constructor(seed: string) {
    this.#ipv4 = new PrefixPreserving(32, keyOf("ipv4", seed), KEPT_IPV4);
    this.#mac = new PrefixPreserving(46, keyOf("mac", seed));
  }

  /** Loopback, multicast, reserved and broadcast addresses stay, and 0.0.0.0, which says that there is none. */
  ipv4(address: number): number {
    return mapButZero(this.#ipv4, address);
  }

  /** Groups, broadcast among them, and the address of zeros stay; so does whether an address is a local one. */
  mac(mac: number): number {
    if (isMulticastMac(mac)) return mac;
    const firstOctet = Math.floor(mac / FIRST_OCTET);
    const upper = Math.floor(firstOctet / 4) * FIRST_OCTET + (mac % FIRST_OCTET);
    const lower = firstOctet % 4;
    // Of local addresses none says that there is none: 02:00:00:00:00:00 is one like the others.
    const mapped = lower === 0 ? mapButZero(this.#mac, upper) : this.#mac.map(upper);
    return (Math.floor(mapped / FIRST_OCTET) * 4 + lower) * FIRST_OCTET + (mapped % FIRST_OCTET);
  }
}

/** Zero stays, and the one address that would become zero gets what zero would: no two become the same. */
function mapButZero(mapping: PrefixPreserving, address: number): number {
  return address === 0 ? 0 : mapping.map(address) || mapping.map(0);
}

function keyOf(kind: string, seed: string): Uint8Array {
  return createHash("sha256").update(`podwire ${kind} ${seed}`).digest();
}
