/** What pods and nodes answer and ask: ICMP echo and UDP. */
export type { PathMtuDiscovery, SendResult } from "./datagram.ts";
export { Host } from "./host.ts";
export { type IcmpMessage, IcmpReceiver, type QuotedDatagram } from "./icmp-receiver.ts";
export { longestEcho, Ping, type PingEvent, type PingOptions } from "./ping.ts";
export { type UdpMessage, UdpSocket, type UdpSocketOptions } from "./udp-socket.ts";
