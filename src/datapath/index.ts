/** Devices, namespaces and the engine that moves packets between them. */
export { AddressList, type InterfaceAddress } from "./address-list.ts";
export { Bridge, type BridgeOptions } from "./bridge.ts";
export { BridgeFdb, type FdbEntry, FdbFlag } from "./bridge-fdb.ts";
export { BridgePort, type BridgePortOptions } from "./bridge-port.ts";
export {
  ConnectionFilter,
  type ConnectionFilterOptions,
  type ConnectionRules,
  FilterCount,
  type FilterReasons,
  UNRULED,
} from "./connection-filter.ts";
export { stateName } from "./connection-state.ts";
export { ConnectionTracker, type ConnectionTrackerOptions, type TrackingKind } from "./connection-tracker.ts";
export { attachInputFilter, attachOutputFilter, type DeviceFilter } from "./device-filter.ts";
export { Engine, type EngineOptions, NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND } from "./engine.ts";
export { IcmpErrors } from "./icmp-errors.ts";
export { IPIP_OVERHEAD, IpipDevice, type IpipOptions } from "./ipip-device.ts";
export { Ipv4Reassembly } from "./ipv4-reassembly.ts";
export { Link, type LinkOptions } from "./link.ts";
export type { ImpairmentOptions } from "./link-impairments.ts";
export { Loopback } from "./loopback.ts";
export { Namespace, type RouteDescription } from "./namespace.ts";
export { NeighbourCache } from "./neighbour-cache.ts";
export { Counter, NetDevice, type NetDeviceOptions, type ReversePathFilter } from "./net-device.ts";
export { NeighbourState, REACHABLE_MILLISECONDS } from "./neighbour-state.ts";
export type { Direction, Observer } from "./observer.ts";
export { PathMtuCache } from "./path-mtu.ts";
export { Route, type RouteFields, RouteList, type RouteScope, RouteType } from "./route.ts";
export { attachEgress, attachIngress, type TcProgram } from "./tc-program.ts";
export { Stage, type StageWork, VECTOR_LENGTH } from "./stage.ts";
export { TrackBit } from "./track-bit.ts";
export type { Timer } from "./timer-queue.ts";
export { TunnelPeers } from "./tunnel-peers.ts";
export { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST } from "./ephemeral-ports.ts";
export { UdpPorts } from "./udp-ports.ts";
export { createVethPair, Veth, type VethEnd } from "./veth.ts";
export { ExternalVxlanDevice, type ExternalVxlanOptions } from "./vxlan-external.ts";
export { VxlanDevice, type VxlanOptions } from "./vxlan-device.ts";
export { VXLAN_OVERHEAD } from "./vxlan-outer.ts";
export { VxlanFdb, type VxlanFdbEntry } from "./vxlan-fdb.ts";
export { WorkloadCount, WorkloadFilter, type WorkloadFilterOptions } from "./workload-filter.ts";
export { type Hop, HopRecorder, type HopSink, type LateDrop } from "./hop.ts";
export type { DeviceCaptureOptions } from "./device-capture.ts";
export { FrameCapture } from "./frame-capture.ts";
export { HopCapture } from "./hop-capture.ts";
export { EPOCH_SECONDS } from "./epoch.ts";
