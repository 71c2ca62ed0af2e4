/** Packets between pods, one a connection, and which of them arrive: what policies do, seen at the far end. */
import { type Namespace, Stage } from "../../src/datapath/index.ts";
import { sendDatagram } from "../../src/host/datagram.ts";
import type { Cluster, ClusterPod } from "../../src/kubernetes/index.ts";
import {
  icmpv4,
  IcmpType,
  initLength,
  ipv4,
  Protocol,
  sctp,
  tcp,
  TcpFlag,
  udp,
  writeInit,
} from "../../src/wire/index.ts";

export interface PolicyProbe {
  readonly source: ClusterPod;
  readonly destination: ClusterPod;
  /** ICMP is an echo request. */
  readonly protocol: "TCP" | "UDP" | "SCTP" | "ICMP";
  /** Of TCP, UDP and SCTP. */
  readonly port: number;
}

/** Longer than any path takes here, ARP included. */
const PATIENCE = 100_000_000;
/** Probes at once: the pool holds them, and so does the queue of a neighbour whose address is not known yet. */
const BURST = 128;

/** Source ports, one a probe, so that every probe is a new connection. */
const FIRST_PORT = 1024;
const LAST_PORT = 0xffff;

const HEADER_LENGTHS = {
  TCP: tcp.HEADER_LENGTH,
  UDP: udp.HEADER_LENGTH,
  SCTP: sctp.HEADER_LENGTH + initLength(),
  ICMP: icmpv4.HEADER_LENGTH,
} as const;

/** Sends SYN, datagrams, INIT and echo requests from any pod to any other, and takes what arrives in place of the pods' own stacks. */
export class PolicyProbes {
  readonly #cluster: Cluster;
  /** Those under way, from `#firstPort` on. */
  #probes: readonly PolicyProbe[] = [];
  #arrived: boolean[] = [];
  #firstPort = FIRST_PORT;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    for (const { namespace } of [...cluster.pods, ...cluster.nodes])
      for (const protocol of [Protocol.TCP, Protocol.SCTP, Protocol.ICMP])
        namespace.protocols.set(protocol, this.#receiverIn(namespace));
  }

  /** Takes datagrams to this port of a pod. */
  listenUdp({ namespace }: ClusterPod, port: number): void {
    namespace.udp.release(port);
    namespace.udp.bind(port, this.#receiverIn(namespace));
  }

  #receiverIn(namespace: Namespace): Stage {
    const run = (handles: Int32Array, first: number, end: number): void => {
      for (let index = first; index < end; index++) this.#receive(handles[index]!, namespace);
    };
    return new Stage(this.#cluster.engine, { run });
  }

  /**
   * Of each probe, whether its packet arrived. UDP probes go to ports that `listenUdp` was told.
   * @throws RangeError when the cluster has been sent more probes than there are ports
   */
  send(probes: readonly PolicyProbe[]): boolean[] {
    const { engine } = this.#cluster;
    if (this.#firstPort + probes.length > LAST_PORT) throw new RangeError("expected a free source port, found none");
    this.#probes = probes;
    this.#arrived = probes.map(() => false);
    for (let first = 0; first < probes.length; first += BURST) {
      const end = Math.min(first + BURST, probes.length);
      for (let index = first; index < end; index++) sendProbe(probes[index]!, this.#firstPort + index);
      engine.run(engine.now + PATIENCE);
    }
    this.#firstPort += probes.length;
    return this.#arrived;
  }

  /** Notes a packet that is just what was sent, where it was sent to. */
  #receive(handle: number, namespace: Namespace): void {
    const { engine } = this.#cluster;
    const { view, start } = engine.pool;
    const offset = start[handle]!;
    const header = offset + ipv4.headerLength(view, offset);
    // SCTP has its ports where UDP and TCP have theirs.
    const isEcho = ipv4.protocol(view, offset) === Protocol.ICMP;
    const sent = isEcho ? icmpv4.identifier(view, header) : udp.sourcePort(view, header);
    const index = sent - this.#firstPort;
    const probe = this.#probes[index];
    const isProbe =
      probe !== undefined &&
      namespace === probe.destination.namespace &&
      ipv4.destination(view, offset) === probe.destination.address &&
      ipv4.protocol(view, offset) === Protocol[probe.protocol] &&
      (isEcho ? icmpv4.type(view, header) === IcmpType.ECHO : udp.destinationPort(view, header) === probe.port);
    if (isProbe) this.#arrived[index] = true;
    engine.deliver(handle);
  }
}

function sendProbe({ source, destination, protocol, port }: PolicyProbe, sourcePort: number): void {
  const ports = { sourcePort, destinationPort: port };
  const length = HEADER_LENGTHS[protocol];
  const options = { protocol: Protocol[protocol], destination: destination.address, pathMtuDiscovery: "want" } as const;
  sendDatagram(source.namespace, options, length, (view, ipOffset, offset, end) => {
    if (protocol === "ICMP") {
      icmpv4.write(view, offset, { type: IcmpType.ECHO, identifier: sourcePort, sequence: 1 });
      icmpv4.updateChecksum(view, offset, end);
    } else if (protocol === "TCP") {
      tcp.write(view, offset, { ...ports, sequenceNumber: 1, flags: TcpFlag.SYN, window: 64_240 });
      tcp.updateChecksum(view, ipOffset, offset, end);
    } else if (protocol === "UDP") {
      udp.write(view, offset, { ...ports, datagramLength: length });
      udp.updateChecksum(view, ipOffset, offset);
    } else {
      const fields = { initiateTag: 1, receiverWindow: 65_535, outboundStreams: 1, inboundStreams: 1, initialTsn: 1 };
      writeInit(view, offset + sctp.write(view, offset, { ...ports, verificationTag: 0 }), fields);
      sctp.updateChecksum(view, offset, end);
    }
  });
}
