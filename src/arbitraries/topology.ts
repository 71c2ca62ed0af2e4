/**
 * Networks for properties of the whole datapath: LANs with hosts, joined by bridges or a router, with a VXLAN overlay
 * across them. Loops of bridges cannot come out: LANs are joined in a tree, and only ports towards hosts are hairpins.
 */
import fc from "fast-check";
import type { BridgePortOptions, LinkOptions } from "../datapath/index.ts";

/** A host on a LAN. */
export interface HostPlan {
  /** Latency and rate; an ideal cable when undefined. */
  readonly cable: LinkOptions | undefined;
  /** The bridge port that its cable goes to. */
  readonly port: BridgePortOptions;
  readonly mtu: number;
}

/** A LAN: a bridge, or two, with hosts. */
export interface LanPlan {
  readonly hosts: readonly HostPlan[];
  /** Hosts on a second bridge that is joined to the first. */
  readonly farHosts: readonly HostPlan[];
  /** The cable between the two bridges. */
  readonly trunk: LinkOptions | undefined;
  /** Milliseconds until the bridge forgets a station. */
  readonly ageingTime: number;
  /** Stations that the bridge learns; 0 for no limit. */
  readonly learnedLimit: number;
  /** MTU of the router's device here. */
  readonly routerMtu: number;
}

/** A VXLAN overlay: across the LANs where there are several, or else over some hosts of one. */
export interface OverlayPlan {
  /** Whether VXLAN devices are ports of bridges with a pod each, or have addresses themselves. */
  readonly isBridged: boolean;
  readonly learning: boolean;
  readonly maximumAddresses: number;
  readonly tos: number | "inherit";
  readonly ttl: number;
}

/** A network before it is built: `buildNetwork` builds any. */
export interface Topology {
  /** Of the engine's own choices. */
  readonly seed: number;
  /** Packets that the pool holds. */
  readonly slotCount: number;
  /** Joined by a router where there are several. */
  readonly lans: readonly LanPlan[];
  readonly overlay: OverlayPlan | undefined;
}

/** What `topology` takes. */
export interface TopologyOptions {
  /** LANs, at most; 3 when left out. */
  readonly maxLans?: number;
  /** Hosts on the first bridge of a LAN, at most; 3 when left out. */
  readonly maxHosts?: number;
  /** Whether there may be a VXLAN overlay; true when left out. */
  readonly overlays?: boolean;
  /**
   * Whether there are small MTUs, slow cables, ports that do not learn or flood, isolated ones, full tables and small
   * pools; true when left out. Without quirks every host reaches every other.
   */
  readonly quirks?: boolean;
}

/** Something quirky now and then, where that is asked for. */
interface Quirks {
  readonly mostly: fc.Arbitrary<boolean>;
  readonly rarely: fc.Arbitrary<boolean>;
  readonly mtu: fc.Arbitrary<number>;
  readonly cable: fc.Arbitrary<LinkOptions | undefined>;
}

const cable = fc.option(
  fc.record(
    {
      latency: fc.integer({ min: 0, max: 2_000_000 }),
      bitsPerSecond: fc.integer({ min: 1_000_000, max: 100_000_000_000 }),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const mostly = fc.integer({ min: 0, max: 7 }).map((number) => number > 0);

const QUIRKS: Quirks = {
  mostly,
  rarely: mostly.map((isUsual) => !isUsual),
  mtu: fc.constantFrom(1500, 1500, 1450, 576, 68),
  cable,
};

const NO_QUIRKS: Quirks = {
  mostly: fc.constant(true),
  rarely: fc.constant(false),
  mtu: fc.constant(1500),
  cable: fc.constant(undefined),
};

/** Networks of one to three LANs. What fails shrinks to fewer LANs and hosts, and to no overlay. */
export function topology(options: TopologyOptions = {}): fc.Arbitrary<Topology> {
  const { maxLans = 3, maxHosts = 3, overlays = true, quirks = true } = options;
  const odd = quirks ? QUIRKS : NO_QUIRKS;
  return fc.record({
    seed: fc.integer(),
    slotCount: quirks ? fc.constantFrom(256, 64) : fc.constant(1024),
    lans: fc.array(lanPlan(odd, quirks, maxHosts), { minLength: 1, maxLength: maxLans }),
    overlay: overlays ? fc.option(overlayPlan(quirks), { nil: undefined }) : fc.constant(undefined),
  });
}

function lanPlan(odd: Quirks, quirks: boolean, maxHosts: number): fc.Arbitrary<LanPlan> {
  const host = hostPlan(odd, quirks);
  return fc.record({
    hosts: fc.array(host, { minLength: 1, maxLength: maxHosts }),
    farHosts: fc.array(host, { maxLength: Math.max(0, maxHosts - 1) }),
    trunk: odd.cable,
    ageingTime: quirks ? fc.constantFrom(300_000, 300_000, 50) : fc.constant(300_000),
    learnedLimit: quirks ? fc.constantFrom(0, 0, 2) : fc.constant(0),
    routerMtu: odd.mtu,
  });
}

function hostPlan(odd: Quirks, quirks: boolean): fc.Arbitrary<HostPlan> {
  return fc.record({
    cable: odd.cable,
    port: fc.record({
      learning: odd.mostly,
      unicastFlood: odd.mostly,
      multicastFlood: odd.mostly,
      broadcastFlood: odd.mostly,
      hairpin: quirks ? fc.boolean() : fc.constant(false),
      isolated: odd.rarely,
    }),
    mtu: odd.mtu,
  });
}

function overlayPlan(quirks: boolean): fc.Arbitrary<OverlayPlan> {
  return fc.record({
    isBridged: fc.boolean(),
    learning: fc.boolean(),
    maximumAddresses: quirks ? fc.constantFrom(1000, 1000, 1) : fc.constant(1000),
    tos: fc.constantFrom<(number | "inherit")[]>(0, 0xb8, "inherit"),
    ttl: quirks ? fc.constantFrom(64, 64, 1) : fc.constant(64),
  });
}
