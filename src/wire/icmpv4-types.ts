/**
 * ICMP types and codes (RFC 792, RFC 1122, RFC 1812; IANA "ICMP Parameters") and what tcpdump calls them.
 */

/** Values of the type field. */
export const IcmpType = {
  ECHO_REPLY: 0,
  DESTINATION_UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO: 8,
  ROUTER_ADVERTISEMENT: 9,
  ROUTER_SOLICITATION: 10,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP: 13,
  TIMESTAMP_REPLY: 14,
  INFORMATION_REQUEST: 15,
  INFORMATION_REPLY: 16,
  ADDRESS_MASK_REQUEST: 17,
  ADDRESS_MASK_REPLY: 18,
} as const;

/** Codes of DESTINATION_UNREACHABLE (RFC 792; RFC 1122 section 3.2.2.1; RFC 1812 section 5.2.7.1). */
export const UnreachableCode = {
  NET: 0,
  HOST: 1,
  PROTOCOL: 2,
  PORT: 3,
  FRAGMENTATION_NEEDED: 4,
  SOURCE_ROUTE_FAILED: 5,
  NET_UNKNOWN: 6,
  HOST_UNKNOWN: 7,
  SOURCE_HOST_ISOLATED: 8,
  NET_PROHIBITED: 9,
  HOST_PROHIBITED: 10,
  NET_FOR_TYPE_OF_SERVICE: 11,
  HOST_FOR_TYPE_OF_SERVICE: 12,
  ADMINISTRATIVELY_PROHIBITED: 13,
  HOST_PRECEDENCE_VIOLATION: 14,
  PRECEDENCE_CUTOFF: 15,
} as const;

/** Codes of REDIRECT. */
export const RedirectCode = {
  NET: 0,
  HOST: 1,
  NET_FOR_TYPE_OF_SERVICE: 2,
  HOST_FOR_TYPE_OF_SERVICE: 3,
} as const;

/** Codes of TIME_EXCEEDED. */
export const TimeExceededCode = {
  IN_TRANSIT: 0,
  REASSEMBLY: 1,
} as const;

/**
 * Whether a type is an error, which quotes a packet and is never answered with another error
 * (RFC 1122 section 3.2.2).
 */
export function isError(type: number): boolean {
  return (
    type === IcmpType.DESTINATION_UNREACHABLE ||
    type === IcmpType.SOURCE_QUENCH ||
    type === IcmpType.REDIRECT ||
    type === IcmpType.TIME_EXCEEDED ||
    type === IcmpType.PARAMETER_PROBLEM
  );
}

/** Whether a type has an identifier and a sequence number behind its checksum. */
export function hasIdentifier(type: number): boolean {
  return (
    type === IcmpType.ECHO ||
    type === IcmpType.ECHO_REPLY ||
    (type >= IcmpType.TIMESTAMP && type <= IcmpType.ADDRESS_MASK_REPLY)
  );
}

const TYPE_TEXTS: Readonly<Record<number, string>> = {
  [IcmpType.ECHO_REPLY]: "echo reply",
  [IcmpType.SOURCE_QUENCH]: "source quench",
  [IcmpType.ECHO]: "echo request",
  [IcmpType.ROUTER_ADVERTISEMENT]: "router advertisement",
  [IcmpType.ROUTER_SOLICITATION]: "router solicitation",
  [IcmpType.TIMESTAMP]: "time stamp query",
  [IcmpType.TIMESTAMP_REPLY]: "time stamp reply",
  [IcmpType.INFORMATION_REQUEST]: "information request",
  [IcmpType.ADDRESS_MASK_REQUEST]: "address mask request",
};

/** What tcpdump calls a type that quotes nothing, or whose quotation it does not use. */
export function typeText(type: number): string {
  return TYPE_TEXTS[type] ?? `type-#${type}`;
}

/** By code: what stands before the destination, and what behind; codes with an own form are missing. */
const UNREACHABLE_TEXTS: Readonly<Record<number, readonly [before: string, behind: string]>> = {
  [UnreachableCode.NET]: ["net ", ""],
  [UnreachableCode.HOST]: ["host ", ""],
  [UnreachableCode.SOURCE_ROUTE_FAILED]: ["", " - source route failed"],
  [UnreachableCode.NET_UNKNOWN]: ["net ", " - unknown"],
  [UnreachableCode.HOST_UNKNOWN]: ["host ", " - unknown"],
  [UnreachableCode.SOURCE_HOST_ISOLATED]: ["", " - source host isolated"],
  [UnreachableCode.NET_PROHIBITED]: ["net ", " - admin prohibited"],
  [UnreachableCode.HOST_PROHIBITED]: ["host ", " - admin prohibited"],
  [UnreachableCode.NET_FOR_TYPE_OF_SERVICE]: ["net ", " - tos prohibited"],
  [UnreachableCode.HOST_FOR_TYPE_OF_SERVICE]: ["host ", " - tos prohibited"],
  [UnreachableCode.ADMINISTRATIVELY_PROHIBITED]: ["host ", " - admin prohibited filter"],
  [UnreachableCode.HOST_PRECEDENCE_VIOLATION]: ["host ", " - host precedence violation"],
  [UnreachableCode.PRECEDENCE_CUTOFF]: ["host ", " - precedence cutoff"],
};

/** An unreachable as tcpdump tells it, for codes that need no more than the quoted destination's text. */
export function unreachableText(code: number, destination: string): string {
  const [before, behind] = UNREACHABLE_TEXTS[code] ?? ["", ` - #${code}`];
  return `${before}${destination} unreachable${behind}`;
}

const REDIRECT_TEXTS: Readonly<Record<number, readonly [verb: string, kind: string]>> = {
  [RedirectCode.NET]: ["redirect", "net "],
  [RedirectCode.HOST]: ["redirect", "host "],
  [RedirectCode.NET_FOR_TYPE_OF_SERVICE]: ["redirect-tos", "net "],
  [RedirectCode.HOST_FOR_TYPE_OF_SERVICE]: ["redirect-tos", "host "],
};

/** A redirect as tcpdump tells it, from the quoted destination's and the gateway's texts. */
export function redirectText(code: number, destination: string, gateway: string): string {
  const [verb, kind] = REDIRECT_TEXTS[code] ?? [`redirect-#${code}`, ""];
  return `${verb} ${destination} to ${kind}${gateway}`;
}

/** A time exceeded as tcpdump tells it. */
export function timeExceededText(code: number): string {
  if (code === TimeExceededCode.IN_TRANSIT) return "time exceeded in-transit";
  if (code === TimeExceededCode.REASSEMBLY) return "ip reassembly time exceeded";
  return `time exceeded-#${code}`;
}

/** A parameter problem as tcpdump tells it; the pointer has a meaning for code 0 only. */
export function parameterProblemText(code: number, pointer: number): string {
  return code === 0 ? `parameter problem - octet ${pointer}` : `parameter problem - code ${code}`;
}
