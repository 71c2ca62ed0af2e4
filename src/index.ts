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
  answerWithName,
  type ConnectOptions,
  Host,
  type HttpAnswer,
  type HttpError,
  type HttpEvent,
  HttpExchange,
  HttpFault,
  httpGet,
  type HttpHandler,
  type HttpHeaderInput,
  HttpHeaders,
  type HttpLimits,
  type HttpParserListener,
  type HttpRequest,
  type HttpRequestHead,
  type HttpRequestOptions,
  HttpRequestParser,
  type HttpResponse,
  type HttpResponseHead,
  HttpResponseParser,
  type HttpServerOptions,
  type HttpTarget,
  type HttpTimings,
  type HttpVersion,
  type IcmpMessage,
  type ListenOptions,
  parseHttpUrl,
  type PathMtuDiscovery,
  Ping,
  type PingEvent,
  type PingOptions,
  type QuotedDatagram,
  type QuotedSegment,
  type SendResult,
  serveHttp,
  TcpConnection,
  type TcpCounters,
  type TcpEndpoints,
  type TcpError,
  type TcpErrorCause,
  type TcpHandlers,
  TcpListener,
  TcpStack,
  type TcpState,
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
