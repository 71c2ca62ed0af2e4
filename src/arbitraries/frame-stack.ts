/**
 * Frames of a chosen stack of protocols, written as one reads them, from the outside in:
 *
 *     ethernetFrame().vlan().ipv4().udp().vxlan().ethernet().ipv4({ timeToLive: 1 }).tcp()
 *
 * Each step offers what may come next, and what it gives is an arbitrary of whole frames. Every field varies as its
 * `...Fields` arbitrary says, unless a step is given a value or an arbitrary for it.
 */
import fc from "fast-check";
import { ipv4, type tcp, type vlan, type vxlan } from "../wire/index.ts";
import { checkedChoice, type Choice, type Choices } from "./choice.ts";
import { composeFrame } from "./compose-frame.ts";
import type { Frame } from "./frame.ts";
import type { LayerPlan, UdpLayerFields } from "./frame-layer.ts";
import { someBytes, unsigned } from "./field-check.ts";
import { type Ipv4Choices, ipv4Fields } from "./ipv4-fields.ts";
import { type ArpChoices, arpFields, type EthernetChoices, ethernetFields, vlanFields } from "./link-fields.ts";
import { layerPlan, payloadPlan, snapPlan } from "./layer-plan.ts";
import { payloadBytes } from "./payload-bytes.ts";
import { tcpFields } from "./tcp-fields.ts";
import {
  type IcmpEchoFields,
  icmpEchoFields,
  type IcmpErrorChoices,
  icmpErrorFields,
  udpFields,
  vxlanFields,
  vxlanUdpFields,
} from "./transport-fields.ts";

/** A layer an element; each varies on its own. */
type Plans = readonly fc.Arbitrary<LayerPlan>[];

/** What an ICMP error quotes beyond the IPv4 header, at least (RFC 792). */
const LEAST_QUOTED = 8;

/** An Ethernet frame: what it carries comes with the next step, otherwise a payload of no known type. */
export function ethernetFrame(choices: EthernetChoices = {}): EthernetStack {
  return new EthernetStack([layerPlan("ethernet", ethernetFields(choices))]);
}

/** An IPv4 packet without a link layer, as captures of tunnel devices have it and ICMP errors quote it. */
export function ipv4Packet(choices: Ipv4Choices = {}): Ipv4Stack {
  return new Ipv4Stack([layerPlan("ipv4", ipv4Fields(choices))]);
}

/**
 * Packets as ICMP errors quote them: whole, as RFC 1812 wants them where there is room, or the header and 8 bytes,
 * which RFC 792 asks for.
 */
export function quotedPacket(packets: fc.Arbitrary<Frame> = usualQuoted()): fc.Arbitrary<Uint8Array> {
  return fc.tuple(packets, fc.boolean()).map(([{ bytes, view }, isWhole]) => {
    return isWhole ? bytes.slice() : bytes.slice(0, ipv4.headerLength(view, 0) + LEAST_QUOTED);
  });
}

function usualQuoted(): fc.Arbitrary<Frame> {
  return fc.oneof({ withCrossShrink: true }, ipv4Packet().udp(), ipv4Packet().tcp(), ipv4Packet().icmpEcho());
}

function payloadOf(bytes: Choice<Uint8Array>): Choice<Uint8Array> {
  return checkedChoice("payload", bytes, someBytes);
}

/** What a payload is said to be, where that was chosen. */
function typeOf(name: string, choice: Choice<number> | undefined, bitCount: number): Choice<number> | undefined {
  return choice === undefined ? undefined : checkedChoice(name, choice, unsigned(bitCount));
}

/** Frames of the layers so far, which may end here. */
export class FrameStack extends fc.Arbitrary<Frame> {
  protected readonly plans: Plans;
  readonly #ending: Plans;
  #whole: fc.Arbitrary<Frame> | undefined;

  /** @param ending what follows when no other step does */
  constructor(plans: Plans, ending: Plans = []) {
    super();
    this.plans = plans;
    this.#ending = ending;
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<Frame> {
    return this.#arbitrary().generate(random, biasFactor);
  }

  override canShrinkWithoutContext(_value: unknown): _value is Frame {
    return false;
  }

  override shrink(value: Frame, context: unknown): fc.Stream<fc.Value<Frame>> {
    return this.#arbitrary().shrink(value, context);
  }

  #arbitrary(): fc.Arbitrary<Frame> {
    this.#whole ??= fc.tuple(...this.plans, ...this.#ending).map(composeFrame);
    return this.#whole;
  }
}

/** What Ethernet or a VLAN tag carries. */
export class EthernetStack extends FrameStack {
  constructor(plans: Plans) {
    super(plans, [payloadPlan(payloadBytes())]);
  }

  /** A tag, in which another may follow. */
  vlan(choices: Choices<vlan.VlanFields> = {}): EthernetStack {
    return new EthernetStack([...this.plans, layerPlan("vlan", vlanFields(choices))]);
  }

  /** An ARP packet. */
  arp(choices: ArpChoices = {}): FrameStack {
    return new FrameStack([...this.plans, layerPlan("arp", arpFields(choices))]);
  }

  /** An IPv4 packet. */
  ipv4(choices: Ipv4Choices = {}): Ipv4Stack {
    return new Ipv4Stack([...this.plans, layerPlan("ipv4", ipv4Fields(choices))]);
  }

  /** Any other payload; its EtherType is 0x88b5 when left out. */
  payload(bytes: Choice<Uint8Array>, etherType?: Choice<number>): FrameStack {
    return new FrameStack([...this.plans, payloadPlan(payloadOf(bytes), typeOf("etherType", etherType, 16))]);
  }

  /** A payload behind an 802.2 and a SNAP header (RFC 1042): where others have the EtherType, the frame has its length. */
  snap(bytes: Choice<Uint8Array> = payloadBytes()): FrameStack {
    return new FrameStack([...this.plans, snapPlan(payloadOf(bytes))]);
  }
}

/** What an IPv4 packet carries. */
export class Ipv4Stack extends FrameStack {
  constructor(plans: Plans) {
    super(plans, [payloadPlan(payloadBytes())]);
  }

  /** An echo request or reply. */
  icmpEcho(choices: Choices<IcmpEchoFields> = {}): PayloadStack {
    return new PayloadStack([...this.plans, layerPlan("icmpv4", icmpEchoFields(choices))]);
  }

  /** An error about a packet, whose beginning it quotes. */
  icmpError(choices: IcmpErrorChoices = {}, quoted: Choice<Uint8Array> = quotedPacket()): FrameStack {
    return new FrameStack([
      ...this.plans,
      layerPlan("icmpv4", icmpErrorFields(choices)),
      payloadPlan(payloadOf(quoted)),
    ]);
  }

  /** A datagram, or a tunnel that goes on. */
  udp(choices: Choices<UdpLayerFields> = {}): UdpStack {
    return new UdpStack(this.plans, choices);
  }

  /** A segment. */
  tcp(choices: Choices<tcp.TcpFields> = {}): PayloadStack {
    return new PayloadStack([...this.plans, layerPlan("tcp", tcpFields(choices))]);
  }

  /** IPv4 in IPv4 (RFC 2003). */
  ipv4(choices: Ipv4Choices = {}): Ipv4Stack {
    return new Ipv4Stack([...this.plans, layerPlan("ipv4", ipv4Fields(choices))]);
  }

  /** Any other payload; its protocol is 253 when left out. */
  payload(bytes: Choice<Uint8Array>, protocol?: Choice<number>): FrameStack {
    return new FrameStack([...this.plans, payloadPlan(payloadOf(bytes), typeOf("protocol", protocol, 8))]);
  }
}

/** A header with a payload of up to 64 bytes behind it. */
export class PayloadStack extends FrameStack {
  constructor(plans: Plans) {
    super(plans, [payloadPlan(payloadBytes())]);
  }

  /** These bytes, or such, in place of up to 64. */
  payload(bytes: Choice<Uint8Array>): FrameStack {
    return new FrameStack([...this.plans, payloadPlan(payloadOf(bytes))]);
  }
}

/** UDP around a payload or a tunnel. */
export class UdpStack extends PayloadStack {
  readonly #around: Plans;
  readonly #choices: Choices<UdpLayerFields>;

  constructor(around: Plans, choices: Choices<UdpLayerFields>) {
    super([...around, layerPlan("udp", udpFields(choices))]);
    this.#around = around;
    this.#choices = choices;
  }

  /** A tunnel: the UDP header then goes to port 4789, mostly without a checksum, where nothing else was asked for. */
  vxlan(choices: Choices<vxlan.VxlanFields> = {}): VxlanStack {
    const outer = layerPlan("udp", vxlanUdpFields(this.#choices));
    return new VxlanStack([...this.#around, outer, layerPlan("vxlan", vxlanFields(choices))]);
  }
}

/** A tunnel that wants its frame: alone it is none yet. */
export class VxlanStack {
  readonly #plans: Plans;

  constructor(plans: Plans) {
    this.#plans = plans;
  }

  /** The frame in the tunnel. */
  ethernet(choices: EthernetChoices = {}): EthernetStack {
    return new EthernetStack([...this.#plans, layerPlan("ethernet", ethernetFields(choices))]);
  }
}
