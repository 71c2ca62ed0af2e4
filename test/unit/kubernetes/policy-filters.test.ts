import { describe, expect, it } from "vitest";
import { UdpSocket } from "../../../src/host/index.ts";
import { type Cluster, CNI_NAMES } from "../../../src/kubernetes/index.ts";
import type { NetworkPolicy } from "../../../src/kubernetes/network-policy.ts";
import { createPolicyCluster, labelled, podOf, policy } from "./policies.ts";

const PORT = 7946;

/** What pods hear at one port while each sends there from there, whoever is to speak. */
class Gossip {
  readonly cluster: Cluster;
  readonly #sockets = new Map<string, UdpSocket>();

  constructor(cni: string, names: readonly string[]) {
    this.cluster = createPolicyCluster(cni);
    for (const name of names) this.#sockets.set(name, new UdpSocket(podOf(this.cluster, name).host, { port: PORT }));
  }

  isolate(name: string, directions: "ingress" | "egress" | "both"): Partial<NetworkPolicy> {
    return {
      podSelector: labelled({ app: name }),
      ingress: directions === "egress" ? null : [],
      egress: directions === "ingress" ? null : [],
    };
  }

  apply(...policies: readonly Partial<NetworkPolicy>[]): void {
    this.cluster.policies.set({ networkPolicies: policies.map((fields, i) => policy(`policy-${i}`, fields)) });
  }

  /** All of these send at one instant, each to the next one. */
  send(...names: readonly string[]): void {
    const { engine } = this.cluster;
    names.forEach((name, i) => {
      const to = podOf(this.cluster, names[(i + 1) % names.length]!);
      this.#sockets.get(name)!.send(to.address, PORT, new Uint8Array(4));
    });
    engine.run(engine.now + 10e6);
  }

  heard(name: string): number {
    return this.#sockets.get(name)!.receivedCount;
  }
}

describe.each(CNI_NAMES)("filters under %s", (cni) => {
  it("isolate two pods of one node that send to each other at one instant", () => {
    const gossip = new Gossip(cni, ["frontend", "backend"]);
    gossip.apply(gossip.isolate("backend", "both"), gossip.isolate("frontend", "ingress"));
    for (let round = 0; round < 5; round++) gossip.send("frontend", "backend");
    expect([gossip.heard("frontend"), gossip.heard("backend")]).toEqual([0, 0]);
    for (const node of gossip.cluster.nodes) expect(gossip.cluster.policies.tracker(node).table.count).toBe(0);
  });

  it("take what is allowed of two that begin at one instant, and the answers with it", () => {
    const gossip = new Gossip(cni, ["frontend", "backend"]);
    gossip.apply(gossip.isolate("frontend", "ingress"));
    gossip.send("frontend", "backend");
    expect(gossip.heard("backend")).toBe(1);
    const before = gossip.heard("frontend");
    gossip.send("frontend", "backend");
    expect([gossip.heard("frontend"), gossip.heard("backend")]).toEqual([before + 1, 2]);
  });

  it("let two begin at one instant whom no policy keeps apart", () => {
    const gossip = new Gossip(cni, ["frontend", "backend"]);
    gossip.cluster.policies.track();
    for (let round = 0; round < 3; round++) gossip.send("frontend", "backend");
    expect([gossip.heard("frontend"), gossip.heard("backend")]).toEqual([3, 3]);
    expect(gossip.cluster.policies.tracker(gossip.cluster.nodes[0]!).table.count).toBe(1);
  });
});
