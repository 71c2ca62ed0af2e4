/** A pod: a namespace with one interface, on a node; or, with hostNetwork, another name for its node. */
import type { Namespace } from "../datapath/index.ts";
import { Host } from "../host/index.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { servePorts } from "./serve-ports.ts";

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

export interface ContainerDescription {
  readonly name: string;
  readonly ports?: readonly ContainerPort[];
}

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";

export interface PodDescription {
  readonly name: string;
  /** The Kubernetes namespace; "default" when left out. */
  readonly kubernetesNamespace?: string;
  /** Name of the node that it runs on. */
  readonly node: string;
  /** One that the plugin's IPAM can give it; a free one when left out. */
  readonly address?: string;
  /** The pod shares its node's namespace, address and ports. */
  readonly hostNetwork?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly containers?: readonly ContainerDescription[];
  /** "Running" when left out. */
  readonly phase?: PodPhase;
}

export class ClusterPod {
  readonly name: string;
  readonly kubernetesNamespace: string;
  readonly node: ClusterNode;
  readonly address: number;
  readonly namespace: Namespace;
  readonly host: Host;
  readonly hostNetwork: boolean;
  /** Changed by `Cluster.relabel`. */
  labels: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerDescription[];
  readonly phase: PodPhase;

  /** `own`: its namespace and address; null for a pod that is its node. */
  constructor(
    description: PodDescription,
    node: ClusterNode,
    own: { readonly namespace: Namespace; readonly address: number } | null,
  ) {
    this.name = description.name;
    this.kubernetesNamespace = description.kubernetesNamespace ?? "default";
    this.node = node;
    this.hostNetwork = own === null;
    this.address = own === null ? node.address : own.address;
    this.namespace = own === null ? node.namespace : own.namespace;
    this.host = own === null ? node.host : new Host(own.namespace);
    this.labels = description.labels ?? {};
    this.containers = description.containers ?? [];
    this.phase = description.phase ?? "Running";
    servePorts(this.host, this.containers);
  }

  /** "default/pod-a", unique in the cluster. */
  get fullName(): string {
    return `${this.kubernetesNamespace}/${this.name}`;
  }
}
