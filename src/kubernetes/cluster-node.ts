/** A node: a namespace with an uplink into the underlay, and a range of addresses for its pods. */
import type { Namespace, NetDevice } from "../datapath/index.ts";
import { Host } from "../host/index.ts";
import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixBroadcast, prefixContains } from "../wire/index.ts";
import type { ClusterPod } from "./cluster-pod.ts";

export interface NodeDescription {
  readonly name: string;
  /** Its address in the underlay's LAN: "192.168.1.10". */
  readonly address: string;
  /** Where its pods' addresses come from: "10.244.1.0/24". */
  readonly podCidr: string;
}

export class ClusterNode {
  readonly name: string;
  readonly address: number;
  readonly podCidr: Ipv4Prefix;
  readonly namespace: Namespace;
  readonly host: Host;
  readonly uplink: NetDevice;
  readonly pods: ClusterPod[] = [];

  constructor(name: string, address: number, podCidr: Ipv4Prefix, namespace: Namespace, uplink: NetDevice) {
    this.name = name;
    this.address = address;
    this.podCidr = podCidr;
    this.namespace = namespace;
    this.host = new Host(namespace);
    this.uplink = uplink;
  }

  /** The pods' gateway: the range's first address. */
  get gateway(): number {
    return this.podCidr.address + 1;
  }

  /**
   * An address for a pod: the one asked for, or the next free one behind the gateway (host-local IPAM).
   * @throws RangeError when it is taken, reserved, outside the range, or none is left.
   */
  assignAddress(requested: number | undefined): number {
    const taken = new Set(this.pods.map((pod) => pod.address));
    const broadcast = prefixBroadcast(this.podCidr);
    if (requested !== undefined) {
      const isUsable =
        prefixContains(this.podCidr, requested) &&
        requested > this.gateway &&
        requested < broadcast &&
        !taken.has(requested);
      if (!isUsable)
        throw new RangeError(
          `expected a free pod address of ${this.name} (${formatPrefix(this.podCidr)}), found ${formatIpv4(requested)}`,
        );
      return requested;
    }
    for (let address = this.gateway + 1; address < broadcast; address++) if (!taken.has(address)) return address;
    throw new RangeError(
      `expected a free pod address of ${this.name} (${formatPrefix(this.podCidr)}), found all taken`,
    );
  }
}
