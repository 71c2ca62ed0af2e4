/** What a device may be called, and which MACs and MTUs it may have: Linux's rules. */
import { formatMac, isMulticastMac } from "../wire/index.ts";
import type { Engine } from "./engine.ts";

/** IFNAMSIZ - 1: the longest name that Linux gives a device. */
const NAME_LENGTH_LIMIT = 15;

/** The smallest MTU that IPv4 allows (RFC 791), and the largest packet. */
const MTU_MINIMUM = 68;
const MTU_MAXIMUM = 65_535;

/** @throws RangeError for a name that Linux would refuse. */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > NAME_LENGTH_LIMIT || /[\s/:]/.test(name) || name === "." || name === "..") {
    throw new RangeError(
      `expected a device name of 1 to ${NAME_LENGTH_LIMIT} characters without space, '/' or ':', found ${JSON.stringify(name)}`,
    );
  }
}

/** Only a loopback has the all-zero MAC. @throws RangeError for a group address. */
export function checkMac(name: string, mac: number): void {
  const isUnicast = Number.isInteger(mac) && mac >= 0 && mac < 2 ** 48 && !isMulticastMac(mac);
  if (!isUnicast || (mac === 0 && name !== "lo"))
    throw new RangeError(`expected a unicast MAC for ${name}, found ${isUnicast ? formatMac(mac) : mac}`);
}

/** @throws RangeError for an MTU outside 68..65535. */
export function checkMtu(mtu: number): number {
  if (!Number.isInteger(mtu) || mtu < MTU_MINIMUM || mtu > MTU_MAXIMUM)
    throw new RangeError(`expected an MTU from ${MTU_MINIMUM} to ${MTU_MAXIMUM}, found ${mtu}`);
  return mtu;
}

/** A locally administered unicast MAC, as Linux draws them. */
export function randomMac(engine: Engine): number {
  const high = ((engine.random() & 0xffff) | 0x0200) & 0xfeff;
  return high * 2 ** 32 + engine.random();
}
