/** Fields of ICMP messages, UDP and VXLAN headers. */
import fc from "fast-check";
import {
  type icmpv4,
  IcmpType,
  RedirectCode,
  TimeExceededCode,
  UnreachableCode,
  vxlan as vxlanCodec,
} from "../wire/index.ts";
import { dynamicPort, ipv4Address } from "./addresses.ts";
import { arbitraryOf, bits, checkedChoices, type Choices, fieldsOf, usually } from "./choice.ts";
import { type FieldChecks, flag, ipv4AddressOf, unsigned } from "./field-check.ts";
import type { IcmpLayerFields, UdpLayerFields } from "./frame-layer.ts";

/** What an echo varies in. */
export type IcmpEchoFields = Pick<icmpv4.IcmpFields, "type" | "identifier" | "sequence">;

/** What an error varies in; fields that its type and code do not have are left out of the message. */
export type IcmpErrorFields = Pick<IcmpLayerFields, "type" | "code" | "nextHopMtu" | "gateway" | "pointer">;

/** What may be chosen for an error. */
export type IcmpErrorChoices = Choices<IcmpErrorFields, "gateway">;

const ECHO_CHECKS: FieldChecks<IcmpEchoFields> = {
  type: unsigned(8),
  identifier: unsigned(16),
  sequence: unsigned(16),
};
const ERROR_CHECKS: FieldChecks<IcmpErrorFields> = {
  type: unsigned(8),
  code: unsigned(8),
  nextHopMtu: unsigned(16),
  gateway: ipv4AddressOf,
  pointer: unsigned(8),
};
const UDP_CHECKS: FieldChecks<UdpLayerFields> = {
  sourcePort: unsigned(16),
  destinationPort: unsigned(16),
  hasChecksum: flag,
};
const VXLAN_CHECKS: FieldChecks<vxlanCodec.VxlanFields> = {
  vni: unsigned(24),
  flags: unsigned(8),
  reserved1: unsigned(24),
  reserved2: unsigned(8),
};

/** Echo requests and replies. */
export function icmpEchoFields(choices: Choices<IcmpEchoFields> = {}): fc.Arbitrary<IcmpLayerFields> {
  return fieldsOf<IcmpEchoFields>(
    {
      type: fc.constantFrom<number[]>(IcmpType.ECHO, IcmpType.ECHO_REPLY),
      identifier: usually(1, bits(16)),
      sequence: usually(1, bits(16)),
    },
    checkedChoices(choices, ECHO_CHECKS),
  ).map((fields) => ({ ...fields, code: 0 }));
}

/** Types of errors with their codes, as IANA has them. */
const ERRORS: readonly (readonly [type: number, code: number])[] = [
  [IcmpType.DESTINATION_UNREACHABLE, UnreachableCode.PORT],
  ...Object.values(UnreachableCode).map((code) => [IcmpType.DESTINATION_UNREACHABLE, code] as const),
  ...Object.values(TimeExceededCode).map((code) => [IcmpType.TIME_EXCEEDED, code] as const),
  ...Object.values(RedirectCode).map((code) => [IcmpType.REDIRECT, code] as const),
  [IcmpType.PARAMETER_PROBLEM, 0],
];

/** The fields behind type and code. */
type IcmpErrorDetails = Required<Omit<IcmpErrorFields, "type" | "code">>;

/** Errors of every type and code. What they quote comes behind the header. */
export function icmpErrorFields(choices: IcmpErrorChoices = {}): fc.Arbitrary<IcmpLayerFields> {
  const { type, code, ...others } = checkedChoices(choices, ERROR_CHECKS);
  const details = fieldsOf<Omit<IcmpErrorFields, "type" | "code">>(
    { nextHopMtu: fc.integer({ min: 68, max: 65_535 }), gateway: ipv4Address(), pointer: fc.nat(19) },
    others,
  );
  // A code has a meaning with its type only: where the type is given, one of its codes.
  const known = ERRORS.filter(([own]) => typeof type !== "number" || own === type);
  const kind = fc.constantFrom(...(known.length > 0 ? known : ERRORS));
  return fc
    .tuple(kind, arbitraryOf(type ?? -1), arbitraryOf(code ?? -1), details)
    .map(([[usualType, usualCode], givenType, givenCode, fields]) => {
      const chosenType = givenType < 0 ? usualType : givenType;
      const chosenCode = givenCode < 0 ? usualCode : givenCode;
      return { type: chosenType, code: chosenCode, ...detailsOf(chosenType, chosenCode, fields) };
    });
}

/** The fields that a message of this type and code has. */
function detailsOf(type: number, code: number, fields: IcmpErrorDetails): Partial<IcmpLayerFields> {
  if (type === IcmpType.REDIRECT) return { gateway: fields.gateway };
  if (type === IcmpType.PARAMETER_PROBLEM) return { pointer: fields.pointer };
  const isMtu = type === IcmpType.DESTINATION_UNREACHABLE && code === UnreachableCode.FRAGMENTATION_NEEDED;
  return isMtu ? { nextHopMtu: fields.nextHopMtu } : {};
}

/** Ports that no protocol has, with a checksum three times in four. */
export function udpFields(choices: Choices<UdpLayerFields> = {}): fc.Arbitrary<UdpLayerFields> {
  return fieldsOf<UdpLayerFields>(
    { sourcePort: dynamicPort(), destinationPort: dynamicPort(), hasChecksum: usually(true, fc.boolean()) },
    checkedChoices(choices, UDP_CHECKS),
  );
}

/** The same around VXLAN: to IANA's port, without a checksum three times in four (RFC 7348 section 5). */
export function vxlanUdpFields(choices: Choices<UdpLayerFields> = {}): fc.Arbitrary<UdpLayerFields> {
  return udpFields({ destinationPort: vxlanCodec.PORT, hasChecksum: usually(false, fc.boolean()), ...choices });
}

/** The I bit, alone (RFC 7348 section 5). */
const VNI_IS_VALID = 0x08;

/** Any network identifier; reserved bits are zero. */
export function vxlanFields(choices: Choices<vxlanCodec.VxlanFields> = {}): fc.Arbitrary<vxlanCodec.VxlanFields> {
  return fieldsOf<vxlanCodec.VxlanFields>(
    {
      vni: usually(1, bits(24)),
      flags: fc.constant(VNI_IS_VALID),
      reserved1: fc.constant(0),
      reserved2: fc.constant(0),
    },
    checkedChoices(choices, VXLAN_CHECKS),
  );
}
