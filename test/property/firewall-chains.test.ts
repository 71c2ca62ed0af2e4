/** Random policies and traffic under every plugin: what `iptables -S -v` shows of a node adds up. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPolicyCluster, policyCluster, type PolicyClusterPlan } from "../../src/arbitraries/index.ts";
import { runCommand, Taps } from "../../src/commands/index.ts";
import { FilterCount } from "../../src/datapath/index.ts";
import { type Cluster, type ClusterNode, createCni, parsePolicies } from "../../src/kubernetes/index.ts";
import { type PolicyProbe, PolicyProbes } from "../tools/policy-probes.ts";

interface Rule {
  readonly chain: string;
  readonly packets: number;
  readonly target: string;
  /** It takes whatever comes to it. */
  readonly isPlain: boolean;
  readonly isGoto: boolean;
}

const ENDS = ["ACCEPT", "DROP", "REJECT"];
const REFUSALS = ["DROP", "REJECT"];
const BUILT_IN = ["INPUT", "FORWARD", "OUTPUT"];

function rulesOf(cluster: Cluster, { name, host, namespace }: ClusterNode): Rule[] {
  let text = "";
  const nothing = (): never => {
    throw new Error("expected no error and no file");
  };
  const terminal = { out: (said: string) => void (text += said), error: nothing, create: nothing };
  const place = { cluster, name, host, namespace, taps: new Taps(cluster.engine) };
  expect(runCommand(place, ["iptables", "-S", "-v"], terminal)).toBe(0);
  return [...text.matchAll(/^-A (\S+) (.*)-c (\d+) \d+ -([jg]) (\S+)/gm)].map(
    ([, chain, matches, packets, how, target]) => ({
      chain: chain!,
      packets: Number(packets),
      target: target!,
      isPlain: matches!.replace(/-m comment --comment ("[^"]*"|\S+) /, "") === "",
      isGoto: how === "g",
    }),
  );
}

function packetsOf(rules: readonly Rule[]): number {
  return rules.reduce((sum, { packets }) => sum + packets, 0);
}

/** Rules that count more than came to them, and rules without a condition that count less. */
function faults(rules: readonly Rule[]): string[] {
  const callers = (name: string): Rule[] => rules.filter(({ target }) => target === name);
  const inside = (name: string): Rule[] => rules.filter(({ chain }) => chain === name);
  /** What ends in a chain and those that it goes to; NaN where another goes to one of these as well. */
  const ended = (name: string): number =>
    inside(name).reduce((sum, { target, packets }) => {
      if (ENDS.includes(target)) return sum + packets;
      if (inside(target).length === 0) return sum;
      const all = ended(target);
      return sum + (all === 0 || callers(target).length === 1 ? all : NaN);
    }, 0);
  return [...new Set(rules.map(({ chain }) => chain))]
    .filter((name) => !BUILT_IN.includes(name))
    .flatMap((name) => {
      let left = packetsOf(callers(name));
      return inside(name).flatMap(({ packets, target, isPlain, isGoto }, index) => {
        const isFault = packets < 0 || packets > left || (isPlain && packets < left);
        if (isGoto || target === "RETURN" || ENDS.includes(target)) left -= packets;
        else if (inside(target).length > 0) {
          const all = ended(target);
          left -= all === 0 || callers(target).length === 1 ? all : NaN;
        }
        return isFault ? [`${name} ${index + 1}: ${packets} to ${target}, of ${left} left`] : [];
      });
    });
}

/** Of the filters at a node's pods. */
function refusedCount(cluster: Cluster, node: ClusterNode): number {
  const filters = node.pods.flatMap((pod) => Object.values(cluster.policies.filters(pod) ?? {}));
  return filters.reduce((sum, { packets }) => sum + packets[FilterCount.REFUSED]! + packets[FilterCount.INVALID]!, 0);
}

const SOCKETS = [
  { protocol: "TCP", port: 80 },
  { protocol: "UDP", port: 8080 },
  { protocol: "SCTP", port: 82 },
  { protocol: "ICMP", port: 0 },
] as const;

function probesOf({ pods }: Cluster): PolicyProbe[] {
  return pods.flatMap((source) =>
    pods
      .filter(({ address }) => address !== source.address)
      .flatMap((destination) => SOCKETS.map((socket) => ({ source, destination, ...socket }))),
  );
}

describe("the chains of a node", () => {
  it.each(["flannel", "kubenet", "calico", "weave"])("count each packet once under %s", (cni) => {
    let refused = 0;
    const check = (cluster: Cluster, isFirst: boolean): void => {
      for (const node of cluster.nodes) {
        const rules = rulesOf(cluster, node);
        expect(faults(rules)).toEqual([]);
        const top = rules.filter(({ chain, target }) => BUILT_IN.includes(chain) && !ENDS.includes(target));
        const ends = packetsOf(rules.filter(({ target }) => ENDS.includes(target)));
        // Weave's way through FORWARD is two chains, of which some packets come to both.
        if (cni !== "weave") expect(ends).toBe(packetsOf(top));
        if (!isFirst) continue;
        const refusals = packetsOf(rules.filter(({ target }) => REFUSALS.includes(target)));
        expect(refusals).toBe(refusedCount(cluster, node));
        refused += refusals;
      }
    };
    const property = fc.property(
      policyCluster(),
      policyCluster(),
      (plan: PolicyClusterPlan, next: PolicyClusterPlan) => {
        const cluster = buildPolicyCluster(plan, { cni: createCni(cni), slotCount: 512 });
        const network = new PolicyProbes(cluster);
        network.send(probesOf(cluster));
        check(cluster, true);
        cluster.policies.set(parsePolicies(next.policies, "next"));
        network.send(probesOf(cluster));
        check(cluster, false);
      },
    );
    fc.assert(property, { numRuns: 6 });
    expect(refused).toBeGreaterThan(0);
  });
});
