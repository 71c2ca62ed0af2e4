/** The CNI plugins by the names that people choose them by, one for each plugin and mode. */
import { Calico } from "./calico.ts";
import { Cilium } from "./cilium.ts";
import type { CniPlugin } from "./cni-plugin.ts";
import { Flannel } from "./flannel.ts";
import { Kubenet } from "./kubenet.ts";
import { Weave } from "./weave.ts";

/** What can be set of a plugin; one that has no use for an option leaves it aside. */
export interface CniOptions {
  /** UDP port of its tunnels; the plugin's own when left out. */
  readonly port?: number | undefined;
  /** VXLAN network identifier of its tunnels; the plugin's own when left out. */
  readonly vni?: number | undefined;
  /** MTU of the pods' interfaces in bytes; what the plugin works out from the underlay's when left out. */
  readonly mtu?: number | undefined;
  /** All pods' addresses, for a plugin that divides them among the nodes by itself (weave); its own when left out. */
  readonly range?: string | undefined;
}

/** Every name that `createCni` takes: a plugin, and its mode where it has several. */
export const CNI_NAMES = [
  "flannel",
  "flannel-directrouting",
  "flannel-host-gw",
  "flannel-ipip",
  "calico",
  "calico-ipip",
  "calico-ipip-crosssubnet",
  "calico-vxlan",
  "calico-vxlan-crosssubnet",
  "cilium",
  "cilium-native",
  "weave",
  "kubenet",
] as const;
export type CniName = (typeof CNI_NAMES)[number];

const MAKERS: Readonly<Record<CniName, (options: CniOptions) => CniPlugin>> = {
  flannel: (options) => new Flannel(options),
  "flannel-directrouting": (options) => new Flannel({ ...options, directRouting: true }),
  "flannel-host-gw": (options) => new Flannel({ ...options, backend: "host-gw" }),
  "flannel-ipip": (options) => new Flannel({ ...options, backend: "ipip" }),
  calico: (options) => new Calico(options),
  "calico-ipip": (options) => new Calico({ ...options, encapsulation: "ipip" }),
  "calico-ipip-crosssubnet": (options) => new Calico({ ...options, encapsulation: "ipip", crossSubnet: true }),
  "calico-vxlan": (options) => new Calico({ ...options, encapsulation: "vxlan" }),
  "calico-vxlan-crosssubnet": (options) => new Calico({ ...options, encapsulation: "vxlan", crossSubnet: true }),
  cilium: (options) => new Cilium(options),
  "cilium-native": (options) => new Cilium({ ...options, routing: "native" }),
  weave: (options) => new Weave(options),
  kubenet: (options) => new Kubenet(options),
};

/** A plugin for one cluster. @throws RangeError for a name that is none of `CNI_NAMES`, or an option out of its range. */
export function createCni(name: string, options: CniOptions = {}): CniPlugin {
  if (!Object.hasOwn(MAKERS, name))
    throw new RangeError(`expected a CNI plugin (${CNI_NAMES.join(", ")}), found ${JSON.stringify(name)}`);
  return MAKERS[name as CniName](options);
}
