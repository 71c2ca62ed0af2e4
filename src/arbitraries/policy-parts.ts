/** Parts of network policies: what they are about, ports and address ranges. */
import fc from "fast-check";
import { formatPrefix, type Ipv4Prefix, parseIpv4, prefixContains, prefixMask } from "../wire/index.ts";
import { type LabelVocabulary, NAMESPACE_VOCABULARY, POD_VOCABULARY } from "./labels.ts";

/** What policies are about; whatever is left out is as `policyCluster` has it. */
export interface PolicyOptions {
  /** Names of namespaces that policies are in. */
  readonly namespaces?: readonly string[];
  readonly podVocabulary?: LabelVocabulary;
  readonly namespaceVocabulary?: LabelVocabulary;
  /** Names that pods have for ports. */
  readonly portNames?: readonly string[];
  readonly portNumbers?: readonly number[];
  /** Addresses that ranges lie about, unsigned. */
  readonly addresses?: readonly number[];
  /** Rules in each direction, at most; 3 when left out. */
  readonly maxRules?: number;
}

/** The same with nothing left out. */
export type PolicyTopics = Required<PolicyOptions>;

/** The names of namespaces that there are when no others are asked for. */
export const POLICY_NAMESPACES: readonly string[] = ["shop", "data", "tools"];

/** Names of ports; each pod may give one to another port. */
export const PORT_NAMES: readonly string[] = ["web", "dns", "signal"];

/** Numbers of ports. */
export const PORT_NUMBERS: readonly number[] = [80, 81, 443];

/** The first pods' of two nodes where addresses are given out in order, and the nodes' own. */
const USUAL_ADDRESSES = ["10.244.1.2", "10.244.2.2", "10.244.1.3", "10.244.2.3", "192.168.1.10", "192.168.1.20"];

/** What is left out, filled in. */
export function topicsOf(options: PolicyOptions): PolicyTopics {
  return {
    namespaces: options.namespaces ?? POLICY_NAMESPACES,
    podVocabulary: options.podVocabulary ?? POD_VOCABULARY,
    namespaceVocabulary: options.namespaceVocabulary ?? NAMESPACE_VOCABULARY,
    portNames: options.portNames ?? PORT_NAMES,
    portNumbers: options.portNumbers ?? PORT_NUMBERS,
    addresses: options.addresses ?? USUAL_ADDRESSES.map(parseIpv4),
    maxRules: options.maxRules ?? 3,
  };
}

/** TCP, UDP and SCTP. */
export const policyProtocol: fc.Arbitrary<"TCP" | "UDP" | "SCTP"> = fc.constantFrom("TCP", "UDP", "SCTP");

/** A range of ports, the first less than the last. */
export function portRange({ portNumbers }: PolicyTopics): fc.Arbitrary<readonly [first: number, last: number]> {
  return fc
    .tuple(fc.constantFrom(...portNumbers), fc.constantFrom(0, 1, 400), fc.constantFrom(1, 2, 400, 60_000))
    .map(([port, before, after]) => [Math.max(1, port - before), Math.min(65_535, port + after)]);
}

/** One of `networking.k8s.io/v1`'s ports. What fails shrinks to all of TCP. */
export function policyPort(topics: PolicyTopics): fc.Arbitrary<Record<string, unknown>> {
  const protocol = fc.option(policyProtocol, { nil: undefined });
  const single = fc.oneof(fc.constantFrom(...topics.portNumbers), fc.constantFrom(...topics.portNames));
  return fc
    .oneof(
      { withCrossShrink: true },
      protocol.map((name) => ({ protocol: name })),
      fc.record({ protocol, port: single }),
      fc.record({ protocol, range: portRange(topics) }).map(({ protocol: name, range: [port, endPort] }) => ({
        ...{ protocol: name, port, endPort },
      })),
    )
    .map(withoutUndefined);
}

/** A range about one of the addresses: of any length, so that it holds few of them or many. */
export function policyRange({ addresses }: PolicyTopics, lengths: readonly number[]): fc.Arbitrary<Ipv4Prefix> {
  return fc.tuple(fc.constantFrom(...addresses), fc.constantFrom(...lengths)).map(([address, length]) => ({
    address: (address & prefixMask(length)) >>> 0,
    length,
  }));
}

/** Lengths of ranges: a whole network's, a node's, single addresses'. */
export const RANGE_LENGTHS: readonly number[] = [0, 8, 9, 16, 22, 24, 25, 30, 31, 32];

/** An ipBlock; exceptions lie in it and are smaller. */
export function ipBlock(topics: PolicyTopics): fc.Arbitrary<{ readonly cidr: string; readonly except?: string[] }> {
  const exceptions = fc.array(policyRange(topics, RANGE_LENGTHS), { maxLength: 3, size: "small" });
  return fc.tuple(policyRange(topics, RANGE_LENGTHS), exceptions).map(([cidr, ranges]) => {
    const inside = ranges.filter((range) => range.length > cidr.length && prefixContains(cidr, range.address));
    const except = inside.map(formatPrefix);
    return { cidr: formatPrefix(cidr), ...(except.length > 0 && { except }) };
  });
}

/** Kubernetes' JSON has no undefined. */
export function withoutUndefined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
