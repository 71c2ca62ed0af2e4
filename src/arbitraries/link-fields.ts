/** Fields of Ethernet headers, VLAN tags and ARP packets. */
import fc from "fast-check";
import { type arp, ArpOperation, EtherType, type vlan } from "../wire/index.ts";
import { ipv4Address, macAddress } from "./addresses.ts";
import { bits, checkedChoices, type Choices, fieldsOf, indexed, usually } from "./choice.ts";
import { type FieldChecks, flag, integers, ipv4AddressOf, macAddressOf, unsigned } from "./field-check.ts";
import type { EthernetLayerFields } from "./frame-layer.ts";

/** The least that a network card sends, without the check sequence (IEEE 802.3 clause 4.2.3.3). */
const MINIMUM_FRAME_LENGTH = 60;

/** VLAN ids that name a VLAN: 0 says that there is none, 4095 is reserved (IEEE 802.1Q-2018, table 9-2). */
const VLAN_ID_COUNT = 4094;

/** What may be chosen for an Ethernet header, and for an ARP packet. */
export type EthernetChoices = Choices<EthernetLayerFields, "destination" | "source">;
export type ArpChoices = Choices<
  arp.ArpFields,
  "senderHardware" | "senderProtocol" | "targetHardware" | "targetProtocol"
>;

const ETHERNET_CHECKS: FieldChecks<EthernetLayerFields> = {
  destination: macAddressOf,
  source: macAddressOf,
  minimumLength: integers(0, 65_535),
};
const VLAN_CHECKS: FieldChecks<vlan.VlanFields> = {
  tagProtocol: unsigned(16),
  priority: unsigned(3),
  dropEligible: flag,
  vlanId: unsigned(12),
};
const ARP_CHECKS: FieldChecks<arp.ArpFields> = {
  operation: unsigned(16),
  senderHardware: macAddressOf,
  senderProtocol: ipv4AddressOf,
  targetHardware: macAddressOf,
  targetProtocol: ipv4AddressOf,
};

/** Ethernet headers between two devices; one frame in two is padded to what a network card sends. */
export function ethernetFields(choices: EthernetChoices = {}): fc.Arbitrary<EthernetLayerFields> {
  return fieldsOf<EthernetLayerFields>(
    {
      destination: macAddress(2),
      source: macAddress(1),
      minimumLength: fc.constantFrom(0, MINIMUM_FRAME_LENGTH),
    },
    checkedChoices(choices, ETHERNET_CHECKS),
  );
}

/** Tags of customers (802.1Q) and of service providers (802.1ad), with ids that name a VLAN. */
export function vlanFields(choices: Choices<vlan.VlanFields> = {}): fc.Arbitrary<vlan.VlanFields> {
  return fieldsOf<vlan.VlanFields>(
    {
      tagProtocol: usually<number>(EtherType.VLAN, fc.constant(EtherType.SERVICE_VLAN)),
      priority: bits(3),
      dropEligible: fc.boolean(),
      vlanId: indexed(VLAN_ID_COUNT, (index) => index + 1),
    },
    checkedChoices(choices, VLAN_CHECKS),
  );
}

/** Requests, whose target's MAC address is not known (RFC 5227 section 2.1.1), and replies. */
export function arpFields(choices: ArpChoices = {}): fc.Arbitrary<arp.ArpFields> {
  const fields = fieldsOf<arp.ArpFields>(
    {
      operation: fc.constantFrom<number[]>(ArpOperation.REQUEST, ArpOperation.REPLY),
      senderHardware: macAddress(1),
      senderProtocol: ipv4Address(1),
      targetHardware: macAddress(2),
      targetProtocol: ipv4Address(2),
    },
    checkedChoices(choices, ARP_CHECKS),
  );
  if (choices.targetHardware !== undefined) return fields;
  return fields.map((chosen) =>
    chosen.operation === ArpOperation.REQUEST ? { ...chosen, targetHardware: 0 } : chosen,
  );
}
