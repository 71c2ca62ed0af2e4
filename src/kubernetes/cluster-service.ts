/** A Service: an address that kube-proxy turns into a pod's on each node. It is known here, and not modelled. */
import { parseIpv4 } from "../wire/index.ts";

export interface ServiceDescription {
  readonly name: string;
  /** The Kubernetes namespace. */
  readonly namespace: string;
  /** "10.96.0.10", or "None" for a headless one. */
  readonly clusterIP: string;
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

/** The service that has this address. */
export function serviceAt(services: readonly ServiceDescription[], address: number): ServiceDescription | undefined {
  return services.find(({ clusterIP }) => /^[\d.]+$/.test(clusterIP) && parseIpv4(clusterIP) === address);
}
