/** Cilium's endpoints of one node by their addresses: its pods, and the node itself (the map cilium_lxc). */
import type { NetDevice } from "../datapath/index.ts";
import type { PodFilters } from "./policy-filters.ts";

/** Entries that the map takes when nothing else is said (ENDPOINTS_MAP_SIZE). */
export const ENDPOINT_MAP_SIZE = 65_535;

/** An address of the node itself: what is sent to it goes up to the node. */
export interface HostEndpoint {
  readonly isHost: true;
  readonly address: number;
}

export interface PodEndpoint {
  readonly isHost: false;
  readonly address: number;
  /** Of the endpoint on its node. */
  readonly id: number;
  /** Security identity, which follows the pod's labels. */
  identity: number;
  /** The node's end of the pod's veth pair. */
  readonly device: NetDevice;
  /** MAC of the pod's end. */
  readonly mac: number;
  /** What the endpoint's programs ask where there are policies. */
  policy?: PodFilters;
}

export type CiliumEndpoint = HostEndpoint | PodEndpoint;

export class CiliumEndpointMap {
  /** Entries that the map takes. */
  readonly maximumCount: number;
  readonly #endpoints = new Map<number, CiliumEndpoint>();

  constructor(maximumCount: number = ENDPOINT_MAP_SIZE) {
    this.maximumCount = maximumCount;
  }

  get count(): number {
    return this.#endpoints.size;
  }

  /** Enters an endpoint, in place of what its address had. @throws RangeError when the map is full. */
  set(endpoint: CiliumEndpoint): void {
    if (this.count >= this.maximumCount && !this.#endpoints.has(endpoint.address))
      throw new RangeError(`expected room in the endpoint map, found all ${this.maximumCount} entries in use`);
    this.#endpoints.set(endpoint.address, endpoint);
  }

  /** False when the address has none. */
  delete(address: number): boolean {
    return this.#endpoints.delete(address);
  }

  lookup(address: number): CiliumEndpoint | undefined {
    return this.#endpoints.get(address);
  }

  /** By address. */
  list(): CiliumEndpoint[] {
    return [...this.#endpoints.values()].sort((a, b) => a.address - b.address);
  }
}
