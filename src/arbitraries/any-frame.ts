/** Frames of every kind, which shrink to fewer layers. */
import fc from "fast-check";
import { EtherType } from "../wire/index.ts";
import { checkKinds } from "./choice.ts";
import { composeFrame } from "./compose-frame.ts";
import type { Frame } from "./frame.ts";
import type { LayerPlan } from "./frame-layer.ts";
import { quotedPacket } from "./frame-stack.ts";
import { ipv4Fields } from "./ipv4-fields.ts";
import { layerPlan, payloadPlan, snapPlan } from "./layer-plan.ts";
import { payloadBytes } from "./payload-bytes.ts";
import { arpFields, ethernetFields, vlanFields } from "./link-fields.ts";
import { tcpFields } from "./tcp-fields.ts";
import { icmpEchoFields, icmpErrorFields, udpFields, vxlanFields, vxlanUdpFields } from "./transport-fields.ts";

/** What the innermost of a frame may be. */
export const FRAME_KINDS = ["udp", "icmp", "tcp", "arp", "icmp-error", "ipip", "snap", "other"] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** What `anyFrame` takes. */
export interface AnyFrameOptions {
  /** Kinds that occur; all when left out. What fails shrinks towards the first of them. */
  readonly kinds?: readonly FrameKind[];
  /** VLAN tags in front of a packet, from and to; 0 and 2 when left out. */
  readonly tags?: CountRange;
  /** VXLAN tunnels around the innermost frame, from and to; 0 and 1 when left out. */
  readonly tunnels?: CountRange;
  /** Bytes of a payload, at most; 64 when left out. */
  readonly maxPayload?: number;
}

/** How many of something: at least, at most. */
export type CountRange = readonly [minimum: number, maximum: number];

/**
 * Frames of all protocols that the codecs know, tagged and in tunnels or not. One that fails loses first its tunnels
 * and tags, then becomes of the first kind, then gets plainer fields and a shorter payload.
 */
export function anyFrame(options: AnyFrameOptions = {}): fc.Arbitrary<Frame> {
  const { kinds = FRAME_KINDS, tags = [0, 2], tunnels = [0, 1], maxPayload } = options;
  checkKinds("kinds of frames", kinds, FRAME_KINDS);
  const link = linkPlans(tags);
  const tunnel = fc.tuple(link, ...tunnelPlans()).map(([own, ...plans]) => [...own, ...plans]);
  const contents = kinds.map((kind) => fc.tuple(...contentPlans(kind, maxPayload)));
  return fc
    .tuple(several(tunnel, tunnels), link, fc.oneof({ withCrossShrink: true }, ...contents))
    .map(([around, own, content]) => composeFrame([...around.flat(), ...own, ...content]));
}

function several<T>(element: fc.Arbitrary<T>, [minLength, maxLength]: CountRange): fc.Arbitrary<T[]> {
  return fc.array(element, { minLength, maxLength });
}

/** Of several tags only the first may be a service provider's (IEEE 802.1ad): within it are customers'. */
function linkPlans([least, most]: CountRange): fc.Arbitrary<LayerPlan[]> {
  const first = several(layerPlan("vlan", vlanFields()), [Math.min(1, least), Math.min(1, most)]);
  const others = layerPlan("vlan", vlanFields({ tagProtocol: EtherType.VLAN }));
  const list = several(others, [Math.max(0, least - 1), Math.max(0, most - 1)]);
  const tags = fc.tuple(first, list).map(([outer, inner]) => [...outer, ...inner]);
  return fc.tuple(layerPlan("ethernet", ethernetFields()), tags).map(([ethernet, own]) => [ethernet, ...own]);
}

function tunnelPlans(): fc.Arbitrary<LayerPlan>[] {
  return [layerPlan("ipv4", ipv4Fields()), layerPlan("udp", vxlanUdpFields()), layerPlan("vxlan", vxlanFields())];
}

/** What Ethernet carries, for each kind. */
function contentPlans(kind: FrameKind, maxPayload: number | undefined): fc.Arbitrary<LayerPlan>[] {
  const ipv4 = layerPlan("ipv4", ipv4Fields());
  const payload = payloadPlan(payloadBytes(maxPayload));
  switch (kind) {
    case "udp":
      return [ipv4, layerPlan("udp", udpFields()), payload];
    case "icmp":
      return [ipv4, layerPlan("icmpv4", icmpEchoFields()), payload];
    case "tcp":
      return [ipv4, layerPlan("tcp", tcpFields()), payload];
    case "arp":
      return [layerPlan("arp", arpFields())];
    case "icmp-error":
      return [ipv4, layerPlan("icmpv4", icmpErrorFields()), payloadPlan(quotedPacket())];
    case "ipip":
      return [ipv4, ...contentPlans("udp", maxPayload)];
    case "snap":
      return [snapPlan(payloadBytes(maxPayload))];
    case "other":
      return [payload];
  }
}
