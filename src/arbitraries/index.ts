/**
 * Generators for property-based tests with fast-check, an optional peer dependency: frames that are right, frames that
 * break one rule, conversations, capture files, routes, networks and traffic, clusters with network policies.
 *
 *     import fc from "fast-check";
 *     import { ethernetFrame } from "podwire/arbitraries";
 *     import { DropReason, udp } from "podwire/wire";
 *
 *     const datagram = ethernetFrame().ipv4().udp({ destinationPort: 53 });
 *     fc.assert(fc.property(datagram, (frame) => {
 *       const { offset, end } = frame.layer("udp");
 *       return udp.check(frame.view, offset, end) === DropReason.NONE;
 *     }));
 */
export * from "./addresses.ts";
export { type AnyFrameOptions, anyFrame, type CountRange, FRAME_KINDS, type FrameKind } from "./any-frame.ts";
export type { Choice, Choices } from "./choice.ts";
export { composeFrame } from "./compose-frame.ts";
export { Frame } from "./frame.ts";
export * from "./frame-layer.ts";
export * from "./frame-stack.ts";
export { type Ipv4Choices, ipv4Fields, ipv4OptionBytes } from "./ipv4-fields.ts";
export { payloadBytes } from "./payload-bytes.ts";
export * from "./link-fields.ts";
export { tcpFields } from "./tcp-fields.ts";
export * from "./transport-fields.ts";
export { BrokenFrame, type BrokenRule } from "./broken-frame.ts";
export { type NearlyValidOptions, nearlyValid } from "./nearly-valid.ts";
export { RULE_NAMES, type RuleName } from "./rules.ts";
export { type AnyConversationOptions, anyConversation } from "./any-conversation.ts";
export {
  Conversation,
  CONVERSATION_KINDS,
  type ConversationKind,
  type ConversationOptions,
  type Endpoint,
  type EndpointChoices,
  type SentFrame,
  type Side,
} from "./conversation.ts";
export * from "./exchanges.ts";
export { type Ending, type Message, type TcpConnectionOptions, tcpConnection } from "./tcp-connection.ts";
export type { ByteOrder } from "./byte-builder.ts";
export * from "./capture-file.ts";
export { type PcapFileOptions, pcapFile } from "./pcap-file.ts";
export { type PcapngFileOptions, pcapngFile } from "./pcapng-file.ts";
export * from "./routes.ts";
export { addressesOf, buildNetwork, ECHO_PORT, macsOf, type Network } from "./network.ts";
export * from "./topology.ts";
export { perform, type Step, STEP_KINDS, type StepKind, traffic, type TrafficOptions } from "./traffic.ts";
export * from "./generated-frames.ts";
export * from "./labels.ts";
export { adminPolicies, networkPolicy, type PolicyManifest } from "./network-policies.ts";
export {
  buildPolicyCluster,
  policyCluster,
  type PolicyClusterOptions,
  type PolicyClusterPlan,
} from "./policy-cluster.ts";
export { POLICY_NAMESPACES, type PolicyOptions, PORT_NAMES, PORT_NUMBERS } from "./policy-parts.ts";
