/** Frames as they pass the example cluster between two pods, to be cut and changed: each reaches deep into the datapath. */
import { type Cluster } from "../../src/kubernetes/index.ts";
import {
  arp,
  ArpOperation,
  ethernet,
  EtherType,
  icmpv4,
  IcmpType,
  ipv4,
  parseIpv4,
  Protocol,
  TcpFlag,
  tcp,
  udp,
  UnreachableCode,
  vxlan,
} from "../../src/wire/index.ts";

const POD_A = parseIpv4("10.244.1.5");
const POD_B = parseIpv4("10.244.2.8");
const GATEWAY_A = parseIpv4("10.244.1.1");
const NODE_A = parseIpv4("192.168.1.10");
const NODE_B = parseIpv4("192.168.1.20");

/** The UDP port that `clusterFrames` sends to, for a socket to be bound there. */
export const SOCKET_PORT = 5000;

/** A VNI for a device that learns, unlike flannel's. */
export const LEARNING_VNI = 7;

type Write = (view: DataView, ipOffset: number, offset: number) => number;

const RECORD_ROUTE = Uint8Array.from([7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const SOURCE_ROUTE = Uint8Array.from([131, 7, 4, 10, 244, 2, 8, 0]);

/** By name: frames between pod-a and pod-b, or between their nodes, whose MACs are those of `cluster`. */
export function clusterFrames(cluster: Cluster): Record<string, Uint8Array> {
  const pod = cluster.endpoint("pod-a").host.namespace.device("eth0").mac;
  const cni0 = cluster.endpoint("node-a").host.namespace.device("cni0").mac;
  const node = cluster.endpoint("node-a").host.namespace.device("eth0").mac;
  const other = cluster.endpoint("node-b").host.namespace.device("eth0").mac;
  const vtep = cluster.endpoint("node-a").host.namespace.device("flannel.1").mac;
  const otherVtep = cluster.endpoint("node-b").host.namespace.device("flannel.1").mac;
  const toPod = (write: Write, fields: Partial<ipv4.Ipv4Fields> & { protocol: number }): Uint8Array =>
    inEthernet(cni0, pod, inIpv4(write, { source: POD_A, destination: POD_B, ...fields }));
  const answer = inEthernet(
    vtep,
    otherVtep,
    inIpv4(echo(IcmpType.ECHO_REPLY, 24), { protocol: Protocol.ICMP, source: POD_B, destination: POD_A }),
  );
  const tunnelled = (inner: Uint8Array, typeOfService = 0, vni = 1): Uint8Array =>
    inEthernet(
      node,
      other,
      inIpv4(inVxlan(inner, vni), { protocol: Protocol.UDP, source: NODE_B, destination: NODE_A, typeOfService }),
    );
  return {
    "ARP request": inArp(0xffff_ffff_ffff, pod, ArpOperation.REQUEST, POD_A, GATEWAY_A),
    "ARP reply": inArp(cni0, pod, ArpOperation.REPLY, POD_A, GATEWAY_A),
    "echo request": toPod(echo(IcmpType.ECHO, 24), { protocol: Protocol.ICMP }),
    "echo request to the gateway": toPod(echo(IcmpType.ECHO, 24), { protocol: Protocol.ICMP, destination: GATEWAY_A }),
    "echo request with its time up": toPod(echo(IcmpType.ECHO, 24), { protocol: Protocol.ICMP, timeToLive: 1 }),
    "echo request with a record route": toPod(echo(IcmpType.ECHO, 8), {
      protocol: Protocol.ICMP,
      options: RECORD_ROUTE,
    }),
    "echo request with a source route": toPod(echo(IcmpType.ECHO, 8), {
      protocol: Protocol.ICMP,
      options: SOURCE_ROUTE,
    }),
    "datagram to a socket": toPod(datagram(SOCKET_PORT, 13), { protocol: Protocol.UDP, destination: GATEWAY_A }),
    "datagram to nobody": toPod(datagram(9, 13), { protocol: Protocol.UDP, destination: GATEWAY_A }),
    "first fragment": toPod(datagram(9, 16), { protocol: Protocol.UDP, moreFragments: true, destination: GATEWAY_A }),
    segment: toPod(synchronise, { protocol: Protocol.TCP, destination: GATEWAY_A }),
    "error about a datagram": toPod(
      quoting(inIpv4(datagram(9, 0), { protocol: Protocol.UDP, source: GATEWAY_A, destination: POD_A })),
      { protocol: Protocol.ICMP, destination: GATEWAY_A },
    ),
    "echo reply in VXLAN": tunnelled(answer),
    "congested echo reply in VXLAN": tunnelled(marked(answer), 3),
    "echo request for the tunnel": inEthernet(
      otherVtep,
      vtep,
      inIpv4(echo(IcmpType.ECHO, 8), { protocol: Protocol.ICMP, source: POD_A, destination: POD_B }),
    ),
    "echo reply in a VXLAN that learns": tunnelled(marked(answer), 3, LEARNING_VNI),
    "ARP request in VXLAN": tunnelled(inArp(0xffff_ffff_ffff, otherVtep, ArpOperation.REQUEST, POD_B, POD_A)),
    "VXLAN in VXLAN": tunnelled(
      inEthernet(
        vtep,
        otherVtep,
        inIpv4(inVxlan(answer, 1), { protocol: Protocol.UDP, source: NODE_B, destination: NODE_A }),
      ),
    ),
  };
}

/** The frame, addressed to this MAC. */
export function addressedTo(frame: Uint8Array, mac: number): Uint8Array {
  const copy = frame.slice();
  if (copy.length >= ethernet.HEADER_LENGTH) ethernet.setDestination(new DataView(copy.buffer), 0, mac);
  return copy;
}

/**
 * The first `length` bytes of the frame, with lengths and checksums made to fit again, `depth` packets deep: so
 * that what is cut short is the innermost, and all around it is right.
 */
export function cutInside(frame: Uint8Array, length: number, depth: number): Uint8Array {
  const cut = frame.slice(0, length);
  refit(new DataView(cut.buffer), 0, cut.length, depth);
  return cut;
}

function refit(view: DataView, offset: number, end: number, depth: number): void {
  const packet = offset + ethernet.HEADER_LENGTH;
  if (depth === 0 || packet + ipv4.HEADER_LENGTH > end || ethernet.etherType(view, offset) !== EtherType.IPV4) return;
  const start = packet + ipv4.headerLength(view, packet);
  if (start > end) return;
  ipv4.setTotalLength(view, packet, end - packet);
  ipv4.updateHeaderChecksum(view, packet);
  const protocol = ipv4.protocol(view, packet);
  if (protocol === Protocol.ICMP && start + icmpv4.HEADER_LENGTH <= end) icmpv4.updateChecksum(view, start, end);
  if (protocol !== Protocol.UDP || start + udp.HEADER_LENGTH > end) return;
  udp.setDatagramLength(view, start, end - start);
  udp.setDatagramChecksum(view, start, 0);
  refit(view, start + udp.HEADER_LENGTH + vxlan.HEADER_LENGTH, end, depth - 1);
}

function inEthernet(destination: number, source: number, packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ethernet.HEADER_LENGTH + packet.length);
  ethernet.write(new DataView(frame.buffer), 0, { destination, source, etherType: EtherType.IPV4 });
  frame.set(packet, ethernet.HEADER_LENGTH);
  return frame;
}

function inArp(destination: number, source: number, operation: number, sender: number, target: number): Uint8Array {
  const frame = new Uint8Array(ethernet.HEADER_LENGTH + arp.LENGTH);
  const view = new DataView(frame.buffer);
  const offset = ethernet.write(view, 0, { destination, source, etherType: EtherType.ARP });
  const targetHardware = operation === ArpOperation.REPLY ? destination : 0;
  arp.write(view, offset, {
    operation,
    senderHardware: source,
    senderProtocol: sender,
    targetHardware,
    targetProtocol: target,
  });
  return frame;
}

/** An IPv4 packet around what `write` writes, in place and again when the total length is known. */
function inIpv4(write: Write, fields: Omit<ipv4.Ipv4Fields, "totalLength">): Uint8Array {
  const bytes = new Uint8Array(400);
  const view = new DataView(bytes.buffer);
  const start = ipv4.write(view, 0, { ...fields, totalLength: 0 });
  const totalLength = start + write(view, 0, start);
  ipv4.write(view, 0, { ...fields, totalLength });
  return bytes.slice(0, totalLength);
}

function echo(type: number, length: number): Write {
  return (view, _, offset) => {
    icmpv4.write(view, offset, { type, identifier: 1, sequence: 1 });
    icmpv4.updateChecksum(view, offset, offset + icmpv4.HEADER_LENGTH + length);
    return icmpv4.HEADER_LENGTH + length;
  };
}

function datagram(destinationPort: number, length: number): Write {
  return (view, ipOffset, offset) => {
    udp.write(view, offset, { sourcePort: 40_000, destinationPort, datagramLength: udp.HEADER_LENGTH + length });
    udp.updateChecksum(view, ipOffset, offset);
    return udp.HEADER_LENGTH + length;
  };
}

function synchronise(view: DataView, ipOffset: number, offset: number): number {
  const length = tcp.write(view, offset, {
    sourcePort: 40_000,
    destinationPort: 80,
    sequenceNumber: 1,
    flags: TcpFlag.SYN,
    window: 1000,
  });
  tcp.updateChecksum(view, ipOffset, offset, offset + length);
  return length;
}

function quoting(packet: Uint8Array): Write {
  return (view, _, offset) => {
    const length = icmpv4.HEADER_LENGTH + packet.length;
    icmpv4.write(view, offset, {
      type: IcmpType.DESTINATION_UNREACHABLE,
      code: UnreachableCode.FRAGMENTATION_NEEDED,
      nextHopMtu: 1400,
    });
    new Uint8Array(view.buffer).set(packet, icmpv4.quotedOffset(offset));
    icmpv4.updateChecksum(view, offset, offset + length);
    return length;
  };
}

function inVxlan(inner: Uint8Array, vni: number): Write {
  return (view, _, offset) => {
    const datagramLength = udp.HEADER_LENGTH + vxlan.HEADER_LENGTH + inner.length;
    udp.write(view, offset, { sourcePort: 50_000, destinationPort: vxlan.PORT, datagramLength });
    vxlan.write(view, offset + udp.HEADER_LENGTH, { vni });
    new Uint8Array(view.buffer).set(inner, offset + udp.HEADER_LENGTH + vxlan.HEADER_LENGTH);
    return datagramLength;
  };
}

/** The frame's packet with ECT(0), so that a congested tunnel has to rewrite it. */
function marked(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  const view = new DataView(copy.buffer);
  ipv4.setEcn(view, ethernet.HEADER_LENGTH, 2);
  ipv4.updateHeaderChecksum(view, ethernet.HEADER_LENGTH);
  return copy;
}
