/** A node: a namespace with an uplink into the underlay, and a range of addresses for its pods. */
import type { Namespace, NetDevice } from "../datapath/index.ts";
import { Host } from "../host/index.ts";
import { type Ipv4Prefix, parseIpv4 } from "../wire/index.ts";
import type { ClusterPod } from "./cluster-pod.ts";

export interface NodeDescription {
  readonly name: string;
  /** Its address in one of the underlay's subnets: "192.168.1.10". */
  readonly address: string;
  /**
   * Where its pods' addresses come from: "10.244.1.0/24". Left out: the next free /24 of the cluster's range, as
   * the controller manager hands them out.
   */
  readonly podCidr?: string;
  /** The address of its end of the tunnels, where a plugin gives it one out of the pods'; a free one when left out. */
  readonly tunnelAddress?: string;
}

export class ClusterNode {
  readonly name: string;
  readonly address: number;
  /** The subnet of the underlay that it is on. */
  readonly subnet: Ipv4Prefix;
  readonly podCidr: Ipv4Prefix;
  /** Of its end of the tunnels, when one was asked for. */
  readonly tunnelAddress: number | undefined;
  readonly namespace: Namespace;
  readonly host: Host;
  readonly uplink: NetDevice;
  readonly pods: ClusterPod[] = [];

  constructor(
    description: NodeDescription,
    place: { readonly address: number; readonly subnet: Ipv4Prefix; readonly podCidr: Ipv4Prefix },
    namespace: Namespace,
    uplink: NetDevice,
  ) {
    this.name = description.name;
    this.tunnelAddress = description.tunnelAddress === undefined ? undefined : parseIpv4(description.tunnelAddress);
    this.address = place.address;
    this.subnet = place.subnet;
    this.podCidr = place.podCidr;
    this.namespace = namespace;
    this.host = new Host(namespace);
    this.uplink = uplink;
  }

  /** The first address of the range: the pods' gateway where a plugin makes a bridge. */
  get gateway(): number {
    return this.podCidr.address + 1;
  }

  /** Whether frames go from one node to the other without a router. */
  isOnSubnetOf(other: ClusterNode): boolean {
    return this.subnet === other.subnet;
  }
}
