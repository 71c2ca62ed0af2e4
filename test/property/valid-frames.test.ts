/** Frames of the arbitraries are valid: the codecs take every layer, and read what the sender meant. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyFrame,
  ethernetFrame,
  FRAME_KINDS,
  type Frame,
  ipv4Packet,
  type Layer,
} from "../../src/arbitraries/index.ts";
import { arp, DropReason, ethernet, icmpv4, ipv4, tcp, udp, vlan, vxlan } from "../../src/wire/index.ts";
import { verdictOnFrame, verdictOnPacket } from "./verdict.ts";

type Getters = Readonly<Record<string, (view: DataView, offset: number) => unknown>>;

/** How each field of a plan is read back; what is no field of a header is left out. */
const GETTERS: Readonly<Record<Exclude<Layer["protocol"], "payload">, Getters>> = {
  ethernet: { destination: ethernet.destination, source: ethernet.source },
  vlan: {
    tagProtocol: vlan.tagProtocol,
    priority: vlan.priority,
    dropEligible: vlan.dropEligible,
    vlanId: vlan.vlanId,
  },
  arp: {
    operation: arp.operation,
    senderHardware: arp.senderHardware,
    senderProtocol: arp.senderProtocol,
    targetHardware: arp.targetHardware,
    targetProtocol: arp.targetProtocol,
  },
  ipv4: {
    typeOfService: ipv4.typeOfService,
    identification: ipv4.identification,
    dontFragment: ipv4.dontFragment,
    moreFragments: ipv4.moreFragments,
    fragmentOffset: ipv4.fragmentOffset,
    timeToLive: ipv4.timeToLive,
    source: ipv4.source,
    destination: ipv4.destination,
  },
  icmpv4: {
    type: icmpv4.type,
    code: icmpv4.code,
    identifier: icmpv4.identifier,
    sequence: icmpv4.sequence,
    nextHopMtu: icmpv4.nextHopMtu,
    gateway: icmpv4.gateway,
    pointer: icmpv4.pointer,
  },
  udp: { sourcePort: udp.sourcePort, destinationPort: udp.destinationPort },
  tcp: {
    sourcePort: tcp.sourcePort,
    destinationPort: tcp.destinationPort,
    sequenceNumber: tcp.sequenceNumber,
    acknowledgmentNumber: tcp.acknowledgmentNumber,
    flags: tcp.flags,
    window: tcp.window,
    urgentPointer: tcp.urgentPointer,
  },
  vxlan: { vni: vxlan.vni },
};

/** Checks that the getters read what each layer was planned with, and that lengths and bytes are where it says. */
function expectFields(frame: Frame): void {
  const { view, bytes } = frame;
  const read: unknown[] = [];
  const meant: unknown[] = [];
  const compare = (name: string, found: unknown, planned: unknown): void => {
    read.push([name, found]);
    meant.push([name, planned]);
  };
  for (const layer of frame.layers) {
    const { protocol, offset, length, end } = layer;
    const getters = protocol === "payload" ? {} : GETTERS[protocol];
    for (const [name, value] of Object.entries(layer.fields))
      if (getters[name] !== undefined) compare(name, getters[name](view, offset), value);
    if (protocol === "payload") compare("bytes", bytes.subarray(offset, end), layer.fields.bytes);
    if (protocol === "ipv4" || protocol === "tcp")
      compare("options", bytes.subarray(offset + 20, offset + length), layer.fields.options);
    if (protocol === "ipv4") compare("total length", ipv4.totalLength(view, offset), end - offset);
    if (protocol === "udp") compare("length", udp.datagramLength(view, offset), end - offset);
    if (protocol === "udp") compare("checksum", udp.datagramChecksum(view, offset) !== 0, layer.fields.hasChecksum);
  }
  expect(read).toEqual(meant);
}

/** Layers that checks can reach: all but a payload behind the last header. */
function headerCount({ layers }: Frame): number {
  return layers.filter(({ protocol }) => protocol !== "payload").length;
}

describe("anyFrame", () => {
  it("gives frames of which every codec takes its layer, and reads what was planned", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyFrame({ tunnels: [0, 2] }), (frame) => {
        expect(verdictOnFrame(frame.bytes)).toEqual({ layer: headerCount(frame), reason: DropReason.NONE });
        expectFields(frame);
        seen.add(frame.layers.map(({ protocol }) => protocol).join("/"));
      }),
      { numRuns: 600 },
    );
    expect(seen.size).toBeGreaterThan(60);
  });

  it.each(FRAME_KINDS)("gives %s alone when told so, without tags and tunnels", (kind) => {
    fc.assert(
      fc.property(anyFrame({ kinds: [kind], tags: [0, 0], tunnels: [0, 0] }), (frame) => {
        expect(verdictOnFrame(frame.bytes)).toEqual({ layer: headerCount(frame), reason: DropReason.NONE });
        expect(frame.has("vlan") || frame.has("vxlan")).toBe(false);
      }),
    );
  });

  it("keeps to the counts and lengths that it is given", () => {
    fc.assert(
      fc.property(anyFrame({ kinds: ["udp"], tags: [1, 1], tunnels: [2, 2], maxPayload: 3 }), (frame) => {
        expect(frame.all("vxlan").length).toBe(2);
        expect(frame.all("vlan").length).toBe(3);
        expect(frame.layer("payload").length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it("refuses no kinds at all", () => {
    expect(() => anyFrame({ kinds: [] })).toThrow(/^expected kinds of frames \(udp, .*\), found none$/);
  });
});

describe("a stack", () => {
  const stacks = {
    "vlan / ipv4 / udp / vxlan / ethernet / ipv4 / tcp": ethernetFrame()
      .vlan()
      .ipv4()
      .udp()
      .vxlan()
      .ethernet()
      .ipv4()
      .tcp(),
    "vlan / vlan / arp": ethernetFrame().vlan().vlan().arp(),
    "ipv4 / ipv4 / icmpv4 / payload": ethernetFrame().ipv4().ipv4().icmpEcho(),
    "ipv4 / icmpv4 / payload": ethernetFrame().ipv4().icmpError(),
    "ipv4 / udp / vxlan / ethernet / vlan / payload": ethernetFrame().ipv4().udp().vxlan().ethernet().vlan(),
    "snap: payload": ethernetFrame().snap(),
    "an IPv4 packet / udp": ipv4Packet().udp(),
    "an IPv4 packet / tcp": ipv4Packet()
      .tcp()
      .payload(Uint8Array.of(1, 2, 3)),
  };

  it.each(Object.entries(stacks))("%s: has these layers, all of them right", (name, stack) => {
    fc.assert(
      fc.property(stack, (frame) => {
        const isPacket = frame.layers[0]!.protocol === "ipv4";
        const verdict = isPacket ? verdictOnPacket(frame.bytes) : verdictOnFrame(frame.bytes);
        expect(verdict).toEqual({ layer: headerCount(frame), reason: DropReason.NONE });
        expectFields(frame);
        const named = name
          .replace(/^.*: |an IPv4 packet \/ /, "")
          .replace(/tcp$|udp$|payload$/, "")
          .split(" / ")
          .filter((protocol) => protocol !== "");
        expect(frame.layers.map(({ protocol }) => protocol).join(" ")).toContain(named.join(" "));
      }),
    );
  });
});
