/** Network policies as they are checked and enforced: NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy. */
import type { Ipv4Prefix } from "../wire/index.ts";

export type PolicyProtocol = "TCP" | "UDP" | "SCTP";

/** Selects whatever meets all of its requirements; everything, when it has none. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly LabelRequirement[];
}

/** `NotIn` and `DoesNotExist` are met by what has no such label too. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  /** Empty for `Exists` and `DoesNotExist`. */
  readonly values: readonly string[];
}

/** An address range, or pods: of the policy's own namespace where no namespaceSelector is. */
export type PolicyPeer =
  | { readonly kind: "ipBlock"; readonly cidr: Ipv4Prefix; readonly except: readonly Ipv4Prefix[] }
  | {
      readonly kind: "pods";
      /** null: all pods of the namespaces. */
      readonly podSelector: LabelSelector | null;
      readonly namespaceSelector: LabelSelector | null;
    };

/** port null: all ports; a number up to endPort; or a container port's name. */
export interface PolicyPort {
  readonly protocol: PolicyProtocol;
  readonly port: number | string | null;
  /** The last port of a range; null for one port, a named one or all. */
  readonly endPort: number | null;
}

/** Empty or missing lists allow all: null. */
export interface PolicyRule {
  readonly peers: readonly PolicyPeer[] | null;
  readonly ports: readonly PolicyPort[] | null;
}

export interface NetworkPolicy {
  readonly name: string;
  readonly namespace: string;
  readonly podSelector: LabelSelector;
  /** null: the policy does not isolate in that direction. */
  readonly ingress: readonly PolicyRule[] | null;
  /** null: the policy does not isolate in that direction. */
  readonly egress: readonly PolicyRule[] | null;
  /** Where it was read: "deny.json: document 1, items[2]". */
  readonly origin: string;
}

/** Pods of an administrator's policy: its subject, and most peers. */
export type AdminSelection =
  | { readonly kind: "namespaces"; readonly selector: LabelSelector }
  | { readonly kind: "pods"; readonly namespaceSelector: LabelSelector; readonly podSelector: LabelSelector };

/** Pods, or address ranges (in egress only). Pods with hostNetwork are never among the pods. */
export type AdminPeer = AdminSelection | { readonly kind: "networks"; readonly prefixes: readonly Ipv4Prefix[] };

export interface AdminPolicyRule {
  /** "" when it has none. */
  readonly name: string;
  /** A baseline has no "Pass". */
  readonly action: "Allow" | "Deny" | "Pass";
  readonly peers: readonly AdminPeer[];
  /** null: all ports of all protocols. */
  readonly ports: readonly PolicyPort[] | null;
}

/** The first rule that a connection meets decides; the policy of the lowest priority number is asked first. */
export interface AdminPolicy {
  readonly name: string;
  /** 0 to 1000, the baseline's Infinity. */
  readonly priority: number;
  readonly isBaseline: boolean;
  readonly subject: AdminSelection;
  readonly ingress: readonly AdminPolicyRule[];
  readonly egress: readonly AdminPolicyRule[];
  /** Where it was read: "admin.json: document 1". */
  readonly origin: string;
}
