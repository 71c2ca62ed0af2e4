/** What pods and nodes answer and ask: ICMP echo and UDP. */
export { type PathMtuDiscovery, sendDatagram, type SendResult } from "./datagram.ts";
/** What pods and nodes answer and ask: ICMP echo, UDP, TCP and HTTP. */
export { Host } from "./host.ts";
export {
  type HttpError,
  type HttpEvent,
  HttpExchange,
  httpGet,
  type HttpRequestOptions,
  type HttpResponse,
  type HttpTarget,
  type HttpTimings,
  parseHttpUrl,
} from "./http-client.ts";
export { type HttpHeaderInput, HttpHeaders } from "./http-headers.ts";
export { HttpFault, type HttpRequestHead, type HttpResponseHead, type HttpVersion } from "./http-message.ts";
export { type HttpLimits, type HttpParserListener, HttpRequestParser, HttpResponseParser } from "./http-parser.ts";
export {
  answerWithName,
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  type HttpServerOptions,
  serveHttp,
} from "./http-server.ts";
export { type IcmpMessage, IcmpReceiver, type QuotedDatagram, type QuotedSegment } from "./icmp-receiver.ts";
export { longestEcho, Ping, type PingEvent, type PingOptions } from "./ping.ts";
export {
  type SctpListener,
  type SctpProbeOptions,
  type SctpProbeResult,
  type SctpRequest,
  SctpStack,
} from "./sctp-stack.ts";
export { TcpConnection, type TcpHandlers } from "./tcp-connection.ts";
export { TcpListener } from "./tcp-listener.ts";
export type { TcpEndpoints } from "./tcp-segment.ts";
export { type ConnectOptions, type ListenOptions, TcpStack } from "./tcp-stack.ts";
export type { TcpCounters, TcpError, TcpErrorCause, TcpState } from "./tcp-state.ts";
export { type UdpMessage, UdpSocket, type UdpSocketOptions } from "./udp-socket.ts";
