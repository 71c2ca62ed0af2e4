/**
 * What a pod's containers do here: HTTP on every TCP port that they declare, an echo on every UDP port, an
 * answer to INIT on every SCTP port. Containers of
 * one pod share its namespace, and those with hostNetwork their node's: who comes first has the port, as with bind(2).
 */
import { type Host, serveHttp } from "../host/index.ts";
import type { ContainerDescription } from "./cluster-pod.ts";

/** Starts whatever listens in the pod. */
export function servePorts(host: Host, containers: readonly ContainerDescription[]): void {
  for (const { ports = [] } of containers)
    for (const { containerPort, protocol } of ports) {
      if (protocol === "TCP" && !host.tcp.listeners().some(({ port }) => port === containerPort))
        serveHttp(host, containerPort);
      if (protocol === "SCTP" && !host.sctp.listeners().some(({ port }) => port === containerPort))
        host.sctp.listen(containerPort);
      if (protocol === "UDP" && host.namespace.udp.receiver(containerPort) === undefined)
        host.openUdp({
          port: containerPort,
          onMessage: ({ from, fromPort, payload }, socket) => void socket.send(from, fromPort, payload),
        });
    }
}
