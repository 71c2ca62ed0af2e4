/**
 * podwire: a raw-bytes packet engine that shows how Kubernetes pods reach each other.
 *
 * This entry gives what most programs need, and all of the hosts (src/host); every other layer has an entry of its own with all of it:
 * podwire/wire, podwire/packet, podwire/table, podwire/capture, podwire/datapath, podwire/kubernetes, and, where fast-check
 * is installed, podwire/arbitraries.
 */
export {
  type ByteSink,
  CaptureError,
  CaptureReader,
  type CaptureRecord,
  MemorySink,
  PcapngWriter,
  PcapWriter,
} from "./capture/index.ts";
export {
  Bridge,
  createVethPair,
  Engine,
  type Hop,
  HopCapture,
  HopRecorder,
  type HopSink,
  Namespace,
  Veth,
  VxlanDevice,
} from "./datapath/index.ts";
export {
  Host,
  type IcmpMessage,
  type PathMtuDiscovery,
  Ping,
  type PingEvent,
  type PingOptions,
  type QuotedDatagram,
  type SendResult,
  type UdpMessage,
  UdpSocket,
  type UdpSocketOptions,
} from "./host/index.ts";
export { Cluster, ClusterNode, ClusterPod, type CniPlugin, createExampleCluster, Flannel } from "./kubernetes/index.ts";
export { PacketPool } from "./packet/index.ts";
export { MacTable, NeighbourTable, RouteTable } from "./table/index.ts";
export {
  describeFrame,
  DropReason,
  dropReasonName,
  dropReasonText,
  formatIpv4,
  formatMac,
  parseIpv4,
  parseMac,
  parsePrefix,
} from "./wire/index.ts";
