import { describe, expect, it } from "vitest";
import { HopRecorder, stateName, TrackBit } from "../../../src/datapath/index.ts";
import { UdpSocket } from "../../../src/host/index.ts";
import { type Cluster, type ClusterPod, CNI_NAMES } from "../../../src/kubernetes/index.ts";
import type { NetworkPolicy, PolicyRule } from "../../../src/kubernetes/network-policy.ts";
import { ConnectionWord } from "../../../src/table/index.ts";
import { Protocol } from "../../../src/wire/index.ts";
import { createPolicyCluster, labelled, podOf, pods, policy, port, rule } from "./policies.ts";

const PORT = 7946;
const BOTH = [
  ["frontend", "backend"],
  ["backend", "frontend"],
] as const;

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

  /** All of these send at one instant, each to the other one. */
  send(...pairs: readonly (readonly [from: string, to: string])[]): void {
    const { engine } = this.cluster;
    for (const [from, to] of pairs)
      this.#sockets.get(from)!.send(podOf(this.cluster, to).address, PORT, new Uint8Array(4));
    engine.run(engine.now + 10e6);
  }

  heard(name: string): number {
    return this.#sockets.get(name)!.receivedCount;
  }
}

describe("what filters say of a connection whose policies have become others", () => {
  const CLIENT = rule([pods({ app: "client" })], [port("UDP", PORT)]);
  const FORTH = ["client", "backend"] as const;
  const BACK = ["backend", "client"] as const;

  /** What they say of a packet forth, and under the other policies of one forth and one back; each thing once in a row. */
  function said(cni: string, ingress: PolicyRule[]): string[] {
    const gossip = new Gossip(cni, FORTH);
    const comments: string[] = [];
    const { engine, policies } = gossip.cluster;
    const backend = { podSelector: labelled({ app: "backend" }) };
    policies.set({ networkPolicies: [policy("first", { ...backend, ingress: [CLIENT] })] });
    gossip.send(FORTH);
    gossip.send(BACK);
    engine.observer = new HopRecorder(engine, [
      {
        hop({ comment }) {
          for (const text of comment.split("; "))
            if (/^(established|policy|isolated|no egress)/.test(text) && text !== comments.at(-1)) comments.push(text);
        },
      },
    ]);
    gossip.send(FORTH);
    policies.set({ networkPolicies: [policy("second", { ...backend, ingress })] });
    gossip.send(FORTH);
    gossip.send(BACK);
    return comments;
  }

  const KNOWN = ["established", "established, allowed by policy default/first"];
  const REFUSED = "isolated by default/second: no ingress rule allows UDP 7946 from default/client";
  const ALLOWED = "policy default/second: ingress rule 1 allows UDP 7946 from default/client";
  const UNRULED = "no egress policy isolates default/client";

  it.each([
    ["calico", "denies it", [], [...KNOWN, ...KNOWN, "established"]],
    ["calico", "allows it", [rule(null)], [...KNOWN, ...KNOWN, "established"]],
    ["cilium", "denies it", [], [...KNOWN, UNRULED, REFUSED, "established"]],
    ["cilium", "allows it", [rule(null)], [...KNOWN, UNRULED, ALLOWED, "established"]],
  ])("is, under %s, when the new one %s", (cni, _what, rules, expected) => {
    expect(said(cni, rules)).toEqual(expected);
  });
});

describe("a connection that was lost between two filters", () => {
  it("is in nobody's way who begins one between the same ends", () => {
    const cluster = createPolicyCluster("calico");
    const [frontend, backend] = [podOf(cluster, "frontend"), podOf(cluster, "backend")];
    const heard: string[] = [];
    const open = (pod: ClusterPod, timeToLive: number): UdpSocket =>
      new UdpSocket(pod.host, { port: PORT, timeToLive, onMessage: () => heard.push(pod.name) });
    const send = (from: UdpSocket, to: ClusterPod): void => {
      from.send(to.address, PORT, new Uint8Array(4));
      cluster.engine.run(cluster.engine.now + 10e6);
    };
    cluster.policies.set({
      networkPolicies: [policy("none", { podSelector: labelled({ app: "backend" }), ingress: [] })],
    });
    const lost = open(frontend, 1);
    send(lost, backend);
    lost.close();
    const [one, other] = [open(frontend, 64), open(backend, 64)];
    send(one, backend);
    send(other, frontend);
    send(one, backend);
    expect(heard).toEqual(["frontend", "backend"]);
    // Again, with the lost one in between.
    const { table } = cluster.policies.tracker(frontend.node);
    table.clear();
    one.close();
    const again = open(frontend, 1);
    send(again, backend);
    expect(table.count).toBe(1);
    again.close();
    const last = open(frontend, 64);
    send(other, frontend);
    send(last, backend);
    expect(heard).toEqual(["frontend", "backend", "frontend", "backend"]);
  });
});

describe.each(CNI_NAMES)("filters under %s", (cni) => {
  it("isolate two pods of one node that send to each other at one instant", () => {
    const gossip = new Gossip(cni, ["frontend", "backend"]);
    gossip.apply(gossip.isolate("backend", "both"), gossip.isolate("frontend", "ingress"));
    for (let round = 0; round < 5; round++) gossip.send(...BOTH);
    expect([gossip.heard("frontend"), gossip.heard("backend")]).toEqual([0, 0]);
    for (const node of gossip.cluster.nodes) expect(gossip.cluster.policies.tracker(node).table.count).toBe(0);
  });

  it("take what is allowed of two that begin at one instant, and the answers with it", () => {
    const gossip = new Gossip(cni, ["frontend", "backend"]);
    gossip.apply(gossip.isolate("frontend", "ingress"));
    gossip.send(...BOTH);
    expect(gossip.heard("backend")).toBe(1);
    const before = gossip.heard("frontend");
    gossip.send(...BOTH);
    expect([gossip.heard("frontend"), gossip.heard("backend")]).toEqual([before + 1, 2]);
  });

  it("count a segment once that passes two of them", () => {
    const gossip = new Gossip(cni, []);
    const { cluster } = gossip;
    const [frontend, backend] = [podOf(cluster, "frontend"), podOf(cluster, "backend")];
    cluster.policies.track();
    const states = (): string[] => {
      cluster.engine.run(cluster.engine.now + 300e6);
      const found: string[] = [];
      const { table } = cluster.policies.tracker(frontend.node);
      table.forEach((at) => {
        const state = table.words[at + ConnectionWord.STATE]! & TrackBit.STATE_MASK;
        if (table.words[at + ConnectionWord.EXPIRY]! > cluster.engine.milliseconds)
          found.push(stateName(Protocol.TCP, state));
      });
      return found;
    };
    backend.host.tcp.listen(80, (server) => (server.onEnd = () => {}));
    const connection = frontend.host.tcp.connect(backend.address, 80, {});
    expect(states()).toEqual(["ESTABLISHED"]);
    connection.end();
    expect(states()).toEqual(["CLOSE_WAIT"]);
    // Nobody listens: what refused it is heard, and the connection is none.
    let isRefused = false;
    frontend.host.tcp.connect(backend.address, 81, { onClose: () => (isRefused = true) });
    expect([states(), isRefused]).toEqual([["CLOSE_WAIT"], true]);
  });

  it("let datagrams in fragments pass, and the answers", () => {
    const cluster = createPolicyCluster(cni, { largeSlotCount: 16 });
    const dns = rule(null, [port("UDP", PORT)]);
    cluster.policies.set({ networkPolicies: [policy("all", { ingress: [dns], egress: [dns] })] });
    const heard = { backend: 0, client: 0, frontend: 0 };
    const source = new UdpSocket(podOf(cluster, "frontend").host, {
      onMessage: ({ payload }) => (heard.frontend += payload.length),
    });
    for (const name of ["backend", "client"] as const) {
      const pod = podOf(cluster, name);
      new UdpSocket(pod.host, {
        port: PORT,
        onMessage({ from, fromPort, payload }, socket) {
          heard[name] += payload.length;
          socket.send(from, fromPort, payload);
        },
      });
      source.send(pod.address, PORT, new Uint8Array(4000));
      source.send(pod.address, PORT + 1, new Uint8Array(4000));
    }
    cluster.engine.run(cluster.engine.now + 10e6);
    expect(heard).toEqual({ backend: 4000, client: 4000, frontend: 8000 });
  });

  it("let two begin at one instant whom no policy keeps apart", () => {
    const gossip = new Gossip(cni, ["frontend", "backend"]);
    gossip.cluster.policies.track();
    for (let round = 0; round < 3; round++) gossip.send(...BOTH);
    expect([gossip.heard("frontend"), gossip.heard("backend")]).toEqual([3, 3]);
    expect(gossip.cluster.policies.tracker(gossip.cluster.nodes[0]!).table.count).toBe(1);
  });
});
