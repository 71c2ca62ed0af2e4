/**
 * Plans of layers become a frame: headers one behind the other, types and lengths from what they carry, checksums
 * from the innermost out.
 */
import { arp, ethernet, EtherType, icmpv4, ipv4, Protocol, tcp, udp, vlan, vxlan } from "../wire/index.ts";
import { Frame } from "./frame.ts";
import type { Layer, LayerPlan } from "./frame-layer.ts";
import { sealFrame } from "./seal-frame.ts";

const ETHER_TYPE_LENGTH = 2;

/** Local Experimental EtherType 1 (IEEE 802-2014 clause 9.2.3). */
const EXPERIMENTAL_ETHER_TYPE = 0x88b5;
/** "Use for experimentation and testing" (RFC 3692 section 2.1). */
const EXPERIMENTAL_PROTOCOL = 253;

/** The longest that an IPv4 packet can say it is. */
const PACKET_LIMIT = 65_535;

/**
 * The frame of these layers, from the outermost in. Each header says what the next one is, lengths and checksums are
 * right.
 *
 *     composeFrame([
 *       { protocol: "ethernet", fields: { destination: 0x020000000002, source: 0x020000000001 } },
 *       { protocol: "ipv4", fields: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") } },
 *       { protocol: "udp", fields: { sourcePort: 50_000, destinationPort: 53 } },
 *     ])
 *
 * @throws RangeError for no layers, for UDP or TCP that no IPv4 carries, for options that do not fit a header, and
 *   for an IPv4 packet of more than 65,535 bytes
 */
export function composeFrame(plans: readonly LayerPlan[]): Frame {
  if (plans.length === 0) throw new RangeError("expected a layer at least, found none");
  const layers = place(plans);
  const { bytes, view } = scratchOf(layers[0]!.end);
  layers.forEach((layer, index) => writeLayer(view, layer, layers[index + 1]));
  sealFrame(view, layers);
  return new Frame(layers, bytes.slice(0, layers[0]!.end));
}

/** Frames are made in one place and copied out of it: a buffer and a view of its own for each took half of the time. */
let scratch = { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)) };

function scratchOf(length: number): typeof scratch {
  if (scratch.bytes.length < length) {
    const bytes = new Uint8Array(2 * length);
    scratch = { bytes, view: new DataView(bytes.buffer) };
  }
  scratch.bytes.fill(0, 0, length);
  return scratch;
}

/** Where each layer comes to stand. */
function place(plans: readonly LayerPlan[]): Layer[] {
  const starts: number[] = [];
  let position = 0;
  for (const plan of plans) {
    // A tag goes before the EtherType of what it carries, which the header in front of it has room for.
    starts.push(plan.protocol === "vlan" ? position - ETHER_TYPE_LENGTH : position);
    position += lengthOf(plan);
  }
  const layers: Layer[] = [];
  let end = position;
  for (let index = plans.length - 1; index >= 0; index--) {
    const plan = plans[index]!;
    const offset = starts[index]!;
    if (plan.protocol === "ethernet") end = Math.max(end, offset + (plan.fields.minimumLength ?? 0));
    if (plan.protocol === "ipv4" && end - offset > PACKET_LIMIT)
      throw new RangeError(`expected an IPv4 packet of at most ${PACKET_LIMIT} bytes, found ${end - offset}`);
    layers.unshift({ ...plan, offset, length: lengthOf(plan), end } as Layer);
  }
  return layers;
}

/** Length of a layer's header in bytes, or of all of a payload. */
function lengthOf(plan: LayerPlan): number {
  switch (plan.protocol) {
    case "ethernet":
      return ethernet.HEADER_LENGTH;
    case "vlan":
      return vlan.TAG_LENGTH;
    case "arp":
      return arp.LENGTH;
    case "ipv4":
      return ipv4.HEADER_LENGTH + (plan.fields.options?.length ?? 0);
    case "icmpv4":
      return icmpv4.HEADER_LENGTH;
    case "udp":
      return udp.HEADER_LENGTH;
    case "tcp":
      return tcp.HEADER_LENGTH + (plan.fields.options?.length ?? 0);
    case "vxlan":
      return vxlan.HEADER_LENGTH;
    case "payload":
      return plan.fields.bytes.length;
  }
}

function writeLayer(view: DataView, layer: Layer, next: Layer | undefined): void {
  const { offset, end } = layer;
  switch (layer.protocol) {
    case "ethernet":
      return void ethernet.write(view, offset, { ...layer.fields, etherType: etherTypeOf(next) });
    case "vlan":
      view.setUint16(offset + vlan.TAG_LENGTH, etherTypeOf(next));
      return void vlan.write(view, offset, layer.fields);
    case "arp":
      return void arp.write(view, offset, layer.fields);
    case "ipv4":
      return void ipv4.write(view, offset, { ...layer.fields, totalLength: end - offset, protocol: protocolOf(next) });
    case "icmpv4":
      icmpv4.write(view, offset, layer.fields);
      if (layer.fields.gateway !== undefined) icmpv4.setGateway(view, offset, layer.fields.gateway);
      if (layer.fields.pointer !== undefined) icmpv4.setPointer(view, offset, layer.fields.pointer);
      return;
    case "udp":
      return void udp.write(view, offset, { ...layer.fields, datagramLength: end - offset });
    case "tcp":
      return void tcp.write(view, offset, layer.fields);
    case "vxlan":
      return void vxlan.write(view, offset, layer.fields);
    case "payload":
      scratch.bytes.set(layer.fields.bytes, offset);
  }
}

/** The EtherType or IP protocol under which a layer is carried by the one around it. */
export function carriedType(layer: Layer, around: Layer | undefined): number {
  return around?.protocol === "ipv4" ? protocolOf(layer) : etherTypeOf(layer);
}

function etherTypeOf(next: Layer | undefined): number {
  switch (next?.protocol) {
    case "vlan":
      return next.fields.tagProtocol ?? EtherType.VLAN;
    case "arp":
      return EtherType.ARP;
    case "ipv4":
      return EtherType.IPV4;
    case "payload":
      return next.fields.type ?? EXPERIMENTAL_ETHER_TYPE;
    default:
      return EXPERIMENTAL_ETHER_TYPE;
  }
}

function protocolOf(next: Layer | undefined): number {
  switch (next?.protocol) {
    case "icmpv4":
      return Protocol.ICMP;
    case "ipv4":
      return Protocol.IPIP;
    case "tcp":
      return Protocol.TCP;
    case "udp":
      return Protocol.UDP;
    case "payload":
      return next.fields.type ?? EXPERIMENTAL_PROTOCOL;
    default:
      return EXPERIMENTAL_PROTOCOL;
  }
}
