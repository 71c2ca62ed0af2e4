/**
 * Random frames: Ethernet with ARP, ICMP, UDP, VXLAN or anything in it, right, wrong in one place, cut short or with
 * bytes behind. A plan names MACs and addresses by number, taken modulo how many a network has.
 */
import fc from "fast-check";
import { ArpOperation, ethernet, IcmpType, ipv4, udp, vxlan } from "../wire/index.ts";
import { composeFrame } from "./compose-frame.ts";
import type { LayerPlan } from "./frame-layer.ts";
import { addressesOf, at, ECHO_PORT, macsOf, type Network } from "./network.ts";

/** Bytes of a frame in a tunnel that are kept. */
const INNER_LIMIT = 1800;

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

/** A frame for a network: MACs and addresses by number. */
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
  const ethernet: LayerPlan = {
    protocol: "ethernet",
    fields: { destination: at(macs, plan.destination), source: at(macs, plan.source) },
  };
  return spoil(composeFrame([ethernet, ...contentOf(network, plan)]).bytes, plan);
}

function contentOf(network: Network, plan: FramePlan): LayerPlan[] {
  const [macs, addresses] = [macsOf(network), addressesOf(network)];
  const { payload, typeOfService, timeToLive, dontFragment, fragmentOffset, options } = plan;
  if (payload.kind === "arp") {
    const fields = {
      operation: payload.operation,
      senderHardware: at(macs, plan.source),
      senderProtocol: at(addresses, payload.sender),
      targetHardware: at(macs, plan.destination),
      targetProtocol: at(addresses, payload.target),
    };
    return [{ protocol: "arp", fields }];
  }
  const [source, destination] = [at(addresses, plan.from), at(addresses, plan.to)];
  const fields = { source, destination, typeOfService, timeToLive, dontFragment, fragmentOffset, options };
  return [{ protocol: "ipv4", fields }, ...transportOf(network, payload)];
}

/** What stands behind the IPv4 header. */
function transportOf(network: Network, payload: Exclude<Payload, { kind: "arp" }>): LayerPlan[] {
  switch (payload.kind) {
    case "echo":
      return [
        { protocol: "icmpv4", fields: { type: payload.type, identifier: 1, sequence: 1 } },
        payloadOf(new Uint8Array(payload.length)),
      ];
    case "error":
      return [
        {
          protocol: "icmpv4",
          fields: { type: IcmpType.DESTINATION_UNREACHABLE, code: payload.code, nextHopMtu: payload.mtu },
        },
        payloadOf(payload.quoted),
      ];
    case "udp":
      return [
        { protocol: "udp", fields: { sourcePort: 40_000, destinationPort: payload.port } },
        payloadOf(new Uint8Array(payload.length)),
      ];
    case "vxlan":
      return [
        { protocol: "udp", fields: { sourcePort: 50_000, destinationPort: vxlan.PORT, hasChecksum: false } },
        { protocol: "vxlan", fields: { vni: payload.vni } },
        payloadOf(writeFrame(network, payload.inner).subarray(0, INNER_LIMIT)),
      ];
    case "raw":
      return [{ protocol: "payload", fields: { bytes: payload.bytes, type: payload.protocol } }];
  }
}

function payloadOf(bytes: Uint8Array): LayerPlan {
  return { protocol: "payload", fields: { bytes } };
}

function spoil(frame: Uint8Array, { payload, options, damage }: FramePlan): Uint8Array {
  if (payload.kind === "udp" && payload.lengthFault !== 0) {
    const offset = ethernet.HEADER_LENGTH + ipv4.HEADER_LENGTH + options.length;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    udp.setDatagramLength(view, offset, udp.datagramLength(view, offset) + payload.lengthFault);
    udp.setDatagramChecksum(view, offset, 0);
  }
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
