/**
 * Random frames: Ethernet with ARP, ICMP, UDP, VXLAN or anything in it, right, wrong in one place, cut short or with
 * bytes behind. A plan names MACs and addresses by number, taken modulo how many a network has.
 */
import fc from "fast-check";
import {
  arp,
  ArpOperation,
  ethernet,
  EtherType,
  icmpv4,
  IcmpType,
  ipv4,
  Protocol,
  udp,
  vxlan,
} from "../../src/wire/index.ts";
import { addressesOf, at, ECHO_PORT, macsOf, type Network } from "./networks.ts";

type Payload =
  | { readonly kind: "arp"; readonly operation: number; readonly sender: number; readonly target: number }
  | { readonly kind: "echo"; readonly type: number; readonly length: number }
  | { readonly kind: "udp"; readonly port: number; readonly length: number; readonly lengthFault: number }
  | { readonly kind: "error"; readonly code: number; readonly mtu: number; readonly quoted: Uint8Array }
  | { readonly kind: "vxlan"; readonly vni: number; readonly inner: FramePlan }
  | { readonly kind: "raw"; readonly protocol: number; readonly bytes: Uint8Array };

/** How a frame is spoilt when it is complete: not at all, cut to a share of it, bytes changed, bytes behind it. */
type Damage =
  | { readonly kind: "none" }
  | { readonly kind: "cut"; readonly share: number }
  | { readonly kind: "changed"; readonly changes: readonly (readonly [position: number, value: number])[] }
  | { readonly kind: "padded"; readonly bytes: Uint8Array };

export interface FramePlan {
  readonly destination: number;
  readonly source: number;
  readonly from: number;
  readonly to: number;
  readonly timeToLive: number;
  readonly typeOfService: number;
  readonly dontFragment: boolean;
  readonly fragmentOffset: number;
  readonly options: Uint8Array;
  readonly payload: Payload;
  readonly damage: Damage;
}

/** Right options (none, a record route), wrong ones, and a source route. */
const options = fc
  .constantFrom([], [], [], [7, 7, 4, 0, 0, 0, 0, 0], [68, 1, 0, 0], [131, 3, 4, 0], [1, 1, 1, 1])
  .map((bytes) => Uint8Array.from(bytes));

const payload = (inner: fc.Arbitrary<FramePlan>): fc.Arbitrary<Payload> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("arp" as const),
      operation: fc.constantFrom<number[]>(ArpOperation.REQUEST, ArpOperation.REPLY, 8),
      sender: fc.nat(),
      target: fc.nat(),
    }),
    fc.record({
      kind: fc.constant("echo" as const),
      type: fc.constantFrom<number[]>(IcmpType.ECHO, IcmpType.ECHO_REPLY, 13),
      length: fc.nat(1600),
    }),
    fc.record({
      kind: fc.constant("udp" as const),
      port: fc.constantFrom(ECHO_PORT, 9, vxlan.PORT),
      length: fc.nat(1600),
      lengthFault: fc.constantFrom(0, 0, 0, -4, 4),
    }),
    fc.record({
      kind: fc.constant("error" as const),
      code: fc.constantFrom(1, 3, 4),
      mtu: fc.nat(2000),
      quoted: fc.uint8Array({ maxLength: 40 }),
    }),
    fc.record({ kind: fc.constant("vxlan" as const), vni: fc.constantFrom(42, 1, 7), inner }),
    fc.record({ kind: fc.constant("raw" as const), protocol: fc.nat(255), bytes: fc.uint8Array({ maxLength: 60 }) }),
  );

const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Damage>({ kind: "none" }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("cut" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("changed" as const),
      changes: fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("padded" as const), bytes: fc.uint8Array({ maxLength: 60 }) }),
  },
);

/** An echo request: what is inside the innermost tunnel. */
const plainFrame: fc.Arbitrary<FramePlan> = fc.constant({
  destination: 0,
  source: 1,
  from: 0,
  to: 1,
  timeToLive: 64,
  typeOfService: 0,
  dontFragment: true,
  fragmentOffset: 0,
  options: new Uint8Array(0),
  payload: { kind: "echo", type: IcmpType.ECHO, length: 32 },
  damage: { kind: "none" },
} as const);

/** Ethernet frames; one in six or so carries another in VXLAN, two deep at most. */
export const framePlan: fc.Arbitrary<FramePlan> = fc.letrec<{ frame: FramePlan }>((tie) => ({
  frame: fc.record({
    destination: fc.nat(),
    source: fc.nat(),
    from: fc.nat(),
    to: fc.nat(),
    timeToLive: fc.constantFrom(64, 64, 2, 1, 0),
    typeOfService: fc.nat(255),
    dontFragment: fc.boolean(),
    fragmentOffset: fc.constantFrom(0, 0, 0, 0, 16),
    options,
    payload: payload(fc.oneof({ maxDepth: 2 }, plainFrame, tie("frame"))),
    damage,
  }),
})).frame;

/** The bytes of a planned frame, checksums right but for its damage. */
export function writeFrame(network: Network, plan: FramePlan): Uint8Array {
  const macs = macsOf(network);
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  const etherType = plan.payload.kind === "arp" ? EtherType.ARP : EtherType.IPV4;
  const body = ethernet.write(view, 0, {
    destination: at(macs, plan.destination),
    source: at(macs, plan.source),
    etherType,
  });
  const end =
    plan.payload.kind === "arp"
      ? writeArp(network, view, body, plan, plan.payload)
      : writeIpv4(network, view, body, plan);
  return spoil(bytes.slice(0, end), plan.damage);
}

function writeArp(
  network: Network,
  view: DataView,
  offset: number,
  plan: FramePlan,
  payload: Payload & { kind: "arp" },
): number {
  const macs = macsOf(network);
  const addresses = addressesOf(network);
  return (
    offset +
    arp.write(view, offset, {
      operation: payload.operation,
      senderHardware: at(macs, plan.source),
      senderProtocol: at(addresses, payload.sender),
      targetHardware: at(macs, plan.destination),
      targetProtocol: at(addresses, payload.target),
    })
  );
}

function writeIpv4(network: Network, view: DataView, offset: number, plan: FramePlan): number {
  const addresses = addressesOf(network);
  const start = offset + ipv4.HEADER_LENGTH + plan.options.length;
  const { payload } = plan;
  const write = (totalLength: number): number =>
    ipv4.write(view, offset, {
      totalLength,
      protocol: protocolOf(payload),
      source: at(addresses, plan.from),
      destination: at(addresses, plan.to),
      timeToLive: plan.timeToLive,
      typeOfService: plan.typeOfService,
      dontFragment: plan.dontFragment,
      fragmentOffset: plan.fragmentOffset,
      options: plan.options,
    });
  write(0); // the UDP checksum covers the addresses
  const end = start + writeTransport(network, view, offset, start, payload);
  write(end - offset);
  return end;
}

function protocolOf(payload: Payload): number {
  if (payload.kind === "echo" || payload.kind === "error") return Protocol.ICMP;
  return payload.kind === "raw" ? payload.protocol : Protocol.UDP;
}

/** Writes what stands behind the IPv4 header; returns its length. */
function writeTransport(network: Network, view: DataView, ipOffset: number, start: number, payload: Payload): number {
  const bytes = new Uint8Array(view.buffer);
  switch (payload.kind) {
    case "echo":
      icmpv4.write(view, start, { type: payload.type, identifier: 1, sequence: 1 });
      icmpv4.updateChecksum(view, start, start + icmpv4.HEADER_LENGTH + payload.length);
      return icmpv4.HEADER_LENGTH + payload.length;
    case "error":
      icmpv4.write(view, start, {
        type: IcmpType.DESTINATION_UNREACHABLE,
        code: payload.code,
        nextHopMtu: payload.mtu,
      });
      bytes.set(payload.quoted, start + icmpv4.HEADER_LENGTH);
      icmpv4.updateChecksum(view, start, start + icmpv4.HEADER_LENGTH + payload.quoted.length);
      return icmpv4.HEADER_LENGTH + payload.quoted.length;
    case "udp": {
      const datagramLength = udp.HEADER_LENGTH + payload.length;
      udp.write(view, start, { sourcePort: 40_000, destinationPort: payload.port, datagramLength });
      udp.updateChecksum(view, ipOffset, start);
      if (payload.lengthFault !== 0) {
        udp.write(view, start, {
          sourcePort: 40_000,
          destinationPort: payload.port,
          datagramLength: Math.max(0, datagramLength + payload.lengthFault),
        });
      }
      return datagramLength;
    }
    case "vxlan": {
      const inner = writeFrame(network, payload.inner).subarray(0, 1800);
      const datagramLength = udp.HEADER_LENGTH + vxlan.HEADER_LENGTH + inner.length;
      udp.write(view, start, { sourcePort: 50_000, destinationPort: vxlan.PORT, datagramLength });
      vxlan.write(view, start + udp.HEADER_LENGTH, { vni: payload.vni });
      bytes.set(inner, start + udp.HEADER_LENGTH + vxlan.HEADER_LENGTH);
      return datagramLength;
    }
    default:
      if (payload.kind === "raw") bytes.set(payload.bytes, start);
      return payload.kind === "raw" ? payload.bytes.length : 0;
  }
}

function spoil(frame: Uint8Array, damage: Damage): Uint8Array {
  switch (damage.kind) {
    case "none":
      return frame;
    case "cut":
      return frame.subarray(0, Math.floor(frame.length * damage.share));
    case "changed":
      for (const [position, value] of damage.changes) if (position < frame.length) frame[position] = value;
      return frame;
    case "padded":
      return Uint8Array.from([...frame, ...damage.bytes]);
  }
}
