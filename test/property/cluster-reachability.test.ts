/** What Kubernetes promises of its network, on random clusters: every plugin and mode on every underlay. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHex } from "../../src/bytes/hex.ts";
import type { PingEvent } from "../../src/host/index.ts";
import type { Cluster, ClusterPod } from "../../src/kubernetes/index.ts";
import { formatIpv4, formatPrefix, icmpv4, IcmpType, ipv4, UnreachableCode } from "../../src/wire/index.ts";
import { buildClusterOf, type ClusterPlan, clusterPlans, isReachable } from "./cluster-plan.ts";

/** A pod or a node, with the node that it is on. */
interface Party {
  readonly name: string;
  readonly address: number;
  readonly host: ClusterPod["host"];
  /** The number of that node. */
  readonly node: number;
  readonly isPod: boolean;
}

function partiesOf(cluster: Cluster): Party[] {
  const { pods, nodes } = cluster;
  return [
    ...pods.map(({ name, address, host, node }) => ({ name, address, host, node: nodes.indexOf(node), isPod: true })),
    ...nodes.map(({ name, address, host }, node) => ({ name, address, host, node, isPod: false })),
  ];
}

const PORT = 9000;

interface Exchange {
  readonly from: number;
  readonly there: string;
  readonly back: string;
}

/** Sends bytes and has them sent back: whom the receiver saw and what both got, in hexadecimal. */
function exchange(cluster: Cluster, from: Party, to: Party, payload: Uint8Array): Exchange {
  const seen = { from: 0, there: "", back: "" };
  const server = to.host.openUdp({
    port: PORT,
    onMessage: (message, socket) => {
      seen.from = message.from;
      seen.there = formatHex(message.payload);
      socket.send(message.from, message.fromPort, message.payload.slice());
    },
  });
  const client = from.host.openUdp({ onMessage: (message) => (seen.back = formatHex(message.payload)) });
  client.send(to.address, PORT, payload);
  cluster.engine.run(cluster.engine.now + 5e9);
  server.close();
  client.close();
  return seen;
}

/** Longer than some MTUs and shorter than the reassembly of any; nodes are not told of pods' MTUs, and send less. */
const payloads = fc.uint8Array({ minLength: 1, maxLength: 3000 });
const NODE_PAYLOAD_LIMIT = 1000;

describe("any pod and node reaches any other, both ways", () => {
  it("with the same bytes and a pod's own address, wherever the underlay carries them, and findings tell where not", () => {
    const pairs = fc.array(fc.tuple(fc.nat(), fc.nat(), payloads), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(clusterPlans(), pairs, (plan, choices) => {
        const cluster = buildClusterOf(plan);
        const parties = partiesOf(cluster);
        for (const [first, second, bytes] of choices) {
          const [from, to] = [parties[first % parties.length]!, parties[second % parties.length]!];
          const isAmongPods = from.isPod && to.isPod;
          const payload = isAmongPods ? bytes : bytes.subarray(0, NODE_PAYLOAD_LIMIT);
          const reaches = isReachable(plan, from.node, to.node) || (!from.isPod && !to.isPod);
          const seen = exchange(cluster, from, to, payload);
          const what = `${from.name} to ${to.name}`;
          if (reaches) {
            const sent = formatHex(payload);
            expect([what, seen.there, seen.back]).toEqual([what, sent, sent]);
            if (from.isPod) expect([what, seen.from]).toEqual([what, from.address]);
          } else expect([what, seen.back]).toEqual([what, ""]);
        }
        const gaps = cluster.nodes.filter((_, from) => plan.nodes.some((__, to) => !isReachable(plan, from, to)));
        expect(cluster.findings().map((line) => /^pods of (\S+)/.exec(line)![1])).toEqual(gaps.map(({ name }) => name));
        expect(cluster.engine.pool.inFlightCount).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

const HEADERS = ipv4.HEADER_LENGTH + icmpv4.HEADER_LENGTH;

/** What a ping that may not be fragmented, in a packet of this length, came to. */
function pingWith(cluster: Cluster, from: ClusterPod, to: ClusterPod, length: number): string {
  let heard = "nothing";
  const onEvent = (event: PingEvent): void => {
    if (event.kind === "error") {
      const { type, code, nextHopMtu } = event.message;
      const isTooBig = type === IcmpType.DESTINATION_UNREACHABLE && code === UnreachableCode.FRAGMENTATION_NEEDED;
      heard = isTooBig ? `too big for ${nextHopMtu}` : `type ${type} code ${code}`;
    } else heard = event.kind;
  };
  from.host.ping(to.address, { size: length - HEADERS, pathMtuDiscovery: "do", onEvent });
  cluster.engine.run(cluster.engine.now + 20e9);
  return heard;
}

/** The most that a pod may send to an address: what its interface takes, or its route says. */
function mtuTowards({ namespace }: ClusterPod, address: number): number {
  const { mtu } = namespace.routes.lookup(address);
  return Math.min(namespace.device("eth0").mtu, mtu === 0 ? Infinity : mtu);
}

/** A pod whose MTU somebody set too large: its interface and routes, the other end, and the bridge where there is one. */
function widen(pod: ClusterPod): void {
  const eth0 = pod.namespace.device("eth0");
  const mtu = Math.min(0xffff, eth0.mtu + 5000);
  eth0.mtu = mtu;
  for (const { prefix, gateway, mtu: routeMtu } of pod.namespace.routes.list()) {
    if (routeMtu === 0) continue;
    const to = formatPrefix(prefix);
    pod.namespace.removeRoute(to);
    pod.namespace.addRoute({ to, via: formatIpv4(gateway), device: eth0 });
  }
  for (const device of pod.node.namespace.devices.values())
    if (device.kind === "bridge" || (device.kind === "veth" && device !== pod.node.uplink)) device.mtu = mtu;
}

/**
 * Whether a node's IPv4 layer sends packets into the tunnel. Cilium's programs and Weave's datapath hold no packet
 * against an MTU: in theirs it is the outer packet that is cut into fragments.
 */
function nodesRoute({ cni }: ClusterPlan): boolean {
  return cni !== "cilium" && cni !== "weave";
}

/** Weave gives pods 1,376 bytes whatever the underlay takes, and its tunnel adds 50. */
const WEAVE_NEEDS = 1426;

describe("the MTU that a plugin gives pods", () => {
  const plans = clusterPlans(2).filter(
    (plan) => isReachable(plan, 0, plan.nodes.length - 1) && (plan.cni !== "weave" || plan.underlayMtu >= WEAVE_NEEDS),
  );

  /** A pod of the first node and one of the last, and the MTU in question. */
  function across(plan: ClusterPlan): { cluster: Cluster; from: ClusterPod; to: ClusterPod; mtu: number } {
    const cluster = buildClusterOf(plan);
    return { cluster, from: cluster.pods[0]!, to: cluster.pods.at(-1)!, mtu: cluster.cni.podMtu(plan.underlayMtu) };
  }

  it("is what crosses nodes whole, and one byte more is refused by ICMP with the MTU in it", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { cluster, from, to, mtu } = across(plan);
        expect(mtuTowards(from, to.address)).toBe(mtu);
        expect(pingWith(cluster, from, to, mtu)).toBe("reply");
        expect(pingWith(cluster, from, to, mtu + 1)).toBe("not-sent");
        if (!nodesRoute(plan)) return;
        widen(from);
        expect(pingWith(cluster, from, to, mtu)).toBe("reply");
        expect(pingWith(cluster, from, to, mtu + 1)).toBe(`too big for ${mtu}`);
      }),
      { numRuns: 30 },
    );
  });

  it("when too large, is a black hole where ICMP is eaten: small packets pass, large ones vanish in silence", () => {
    fc.assert(
      fc.property(plans.filter(nodesRoute), (plan) => {
        const { cluster, from, to, mtu } = across(plan);
        widen(from);
        for (const { namespace } of cluster.nodes) namespace.icmp.silent = true;
        expect(pingWith(cluster, from, to, mtu)).toBe("reply");
        expect(pingWith(cluster, from, to, mtu + 1)).toBe("nothing");
        expect(pingWith(cluster, from, to, 100)).toBe("reply");
      }),
      { numRuns: 30 },
    );
  });
});
