/** A pod: a namespace with one interface, on a node. */
import type { Namespace } from "../datapath/index.ts";
import { Host } from "../host/index.ts";
import type { ClusterNode } from "./cluster-node.ts";

export interface PodDescription {
  readonly name: string;
  /** The Kubernetes namespace; "default" when left out. */
  readonly kubernetesNamespace?: string;
  /** Name of the node that it runs on. */
  readonly node: string;
  /** One of the node's pod addresses; the next free one when left out. */
  readonly address?: string;
}

export class ClusterPod {
  readonly name: string;
  readonly kubernetesNamespace: string;
  readonly node: ClusterNode;
  readonly address: number;
  readonly namespace: Namespace;
  readonly host: Host;

  constructor(name: string, kubernetesNamespace: string, node: ClusterNode, address: number, namespace: Namespace) {
    this.name = name;
    this.kubernetesNamespace = kubernetesNamespace;
    this.node = node;
    this.address = address;
    this.namespace = namespace;
    this.host = new Host(namespace);
  }

  /** "default/pod-a", unique in the cluster. */
  get fullName(): string {
    return `${this.kubernetesNamespace}/${this.name}`;
  }
}
