/**
 * What policies promise of connections, over random ones under every plugin: replies of what is allowed pass though the
 * reverse is denied; what is established goes on when policies change, but for Cilium's, of which each packet in the
 * direction that began obeys, and what is new obeys; a table at its bound
 * takes no new ones and keeps the old.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cluster, type ClusterPod, CNI_NAMES } from "../../src/kubernetes/index.ts";
import type { NetworkPolicy } from "../../src/kubernetes/network-policy.ts";
import { UdpSocket } from "../../src/host/index.ts";
import { DropReason } from "../../src/wire/index.ts";
import { createPolicyCluster, labelled, podOf, policy, pods, port, rule } from "../unit/kubernetes/policies.ts";

const NAMES = ["frontend", "backend", "database", "client"] as const;
const name = fc.constantFrom(...NAMES);
const pair = fc.tuple(name, name).filter(([from, to]) => from !== to);

/** Each policy isolates one pod in one or both directions, and allows some of the others some ports. */
const somePolicy = fc
  .record({
    target: name,
    directions: fc.constantFrom("ingress", "egress", "ingress and egress"),
    peer: fc.option(name),
    toPort: fc.option(fc.constantFrom(7, 8)),
    allows: fc.boolean(),
  })
  .map(({ target, directions, peer, toPort, allows }): Partial<NetworkPolicy> => {
    const peers = peer === null ? null : [pods({ app: peer })];
    const rules = allows ? [rule(peers, toPort === null ? null : [port("UDP", toPort)])] : [];
    return {
      podSelector: labelled({ app: target }),
      ingress: directions.includes("ingress") ? rules : null,
      egress: directions.includes("egress") ? rules : null,
    };
  });
const somePolicies = fc
  .array(somePolicy, { maxLength: 4 })
  .map((all) => all.map((fields, i) => policy(`policy-${i}`, fields)));

/** Every pod answers at ports 7 and 8, and counts what it hears there. */
class Echoes {
  readonly cluster: Cluster;
  readonly heard = new Map<ClusterPod, number>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    for (const pod of cluster.pods)
      for (const number of [7, 8])
        new UdpSocket(pod.host, {
          port: number,
          onMessage: ({ from, fromPort, payload }, socket) => {
            this.heard.set(pod, (this.heard.get(pod) ?? 0) + 1);
            socket.send(from, fromPort, payload);
          },
        });
  }

  /** A flow, and what it takes to use it: whether a datagram is heard, and whether the answer comes back. */
  flow([from, to]: readonly [string, string], toPort: number): () => { isHeard: boolean; isAnswered: boolean } {
    const { cluster, heard } = this;
    const [source, destination] = [podOf(cluster, from), podOf(cluster, to)];
    let answers = 0;
    const socket = new UdpSocket(source.host, { onMessage: () => answers++ });
    return () => {
      const before = [heard.get(destination) ?? 0, answers];
      socket.send(destination.address, toPort, new Uint8Array(4));
      cluster.engine.run(cluster.engine.now + 10e6);
      return { isHeard: heard.get(destination)! > before[0]!, isAnswered: answers > before[1]! };
    };
  }

  allows([from, to]: readonly [string, string], toPort: number): boolean {
    const { cluster } = this;
    const [source, destination] = [podOf(cluster, from), podOf(cluster, to)];
    return cluster.policies.verdict({ source, destination, protocol: "UDP", port: toPort }).isAllowed;
  }
}

describe("connections and policies", () => {
  it("of any kind: new ones obey, their replies pass, established ones go on, or obey under Cilium", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CNI_NAMES),
        somePolicies,
        somePolicies,
        fc.array(fc.tuple(pair, fc.constantFrom(7, 8)), { minLength: 1, maxLength: 6 }),
        (cni, before, after, flows) => {
          const echoes = new Echoes(createPolicyCluster(cni));
          const { policies } = echoes.cluster;
          policies.track();
          policies.set({ networkPolicies: before });
          const old = flows.map(([ends, toPort]) => {
            const use = echoes.flow(ends, toPort);
            const isAllowed = echoes.allows(ends, toPort);
            expect(use()).toEqual({ isHeard: isAllowed, isAnswered: isAllowed });
            return { use, isAllowed, ends, toPort };
          });
          policies.set({ networkPolicies: after });
          for (const { use, isAllowed, ends, toPort } of old) {
            const goesOn = isAllowed && (!cni.startsWith("cilium") || echoes.allows(ends, toPort));
            if (isAllowed) expect(use()).toEqual({ isHeard: goesOn, isAnswered: goesOn });
          }
          for (const [ends, toPort] of flows) {
            const isAllowed = echoes.allows(ends, toPort);
            expect(echoes.flow(ends, toPort)()).toEqual({ isHeard: isAllowed, isAnswered: isAllowed });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("drop new ones for a full table, with its reason, and keep the old ones", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CNI_NAMES), fc.integer({ min: 1, max: 4 }), pair, (cni, limit, ends) => {
        const echoes = new Echoes(createPolicyCluster(cni, { connectionLimit: limit }));
        const { cluster } = echoes;
        cluster.policies.track();
        const flows = Array.from({ length: limit + 2 }, () => echoes.flow(ends, 7));
        const first = flows.map((use) => use().isAnswered);
        expect(first).toEqual(flows.map((_, i) => i < limit));
        expect(flows.map((use) => use().isAnswered)).toEqual(first);
        const devices = cluster.nodes.flatMap(({ namespace }) => [...namespace.devices.values()]);
        const reason = cni.startsWith("cilium") ? DropReason.DROP_CT_CREATE_FAILED : DropReason.CT_TABLE_FULL;
        expect(devices.reduce((sum, { drops }) => sum + drops[reason]!, 0)).toBe(4);
        for (const node of cluster.nodes) expect(cluster.policies.tracker(node).table.count).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 30 },
    );
  });
});
