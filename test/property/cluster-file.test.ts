/** Clusters' files: what `podwire cluster init` writes is read back whole, and damaged ones give a result or one line. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildCluster,
  ClusterFileError,
  CNI_NAMES,
  initialClusterFile,
  parseClusterFile,
  type UnderlayDescription,
} from "../../src/kubernetes/index.ts";
import { pluginSigns } from "../../src/kubernetes/cluster-file-init-plugin.ts";

/** Every plugin and mode that signs are written for. */
const NAMES = [
  ...["flannel", "flannel-directrouting", "flannel-host-gw", "flannel-ipip", "calico", "calico-ipip"],
  ...["calico-ipip-crosssubnet", "calico-vxlan", "calico-vxlan-crosssubnet", "cilium", "cilium-native", "weave"],
  "kubenet",
];

const wanted = fc.record({
  nodes: fc.integer({ min: 1, max: 12 }),
  podsPerNode: fc.integer({ min: 0, max: 9 }),
  cni: fc.constantFrom(...NAMES),
});

describe("a file to start from", () => {
  it("is read back without a finding, as the plugin, nodes and pods that were asked for", () => {
    fc.assert(
      fc.property(wanted, ({ nodes, podsPerNode, cni }) => {
        const { specification, findings } = parseClusterFile(initialClusterFile({ nodes, podsPerNode, cni }), "");
        expect(findings).toEqual([]);
        expect(specification.cni).toBe(cni);
        expect([specification.nodes.length, specification.pods.length]).toEqual([nodes, nodes * podsPerNode]);
        if ((CNI_NAMES as readonly string[]).includes(cni)) {
          const cluster = buildCluster(specification, { slotCount: 16 });
          expect([cluster.pods.length, cluster.findings()]).toEqual([nodes * podsPerNode, []]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("tells of nodes that cannot reach each other where the plugin on the built cluster does", () => {
    const underlays: readonly Exclude<UnderlayDescription, string>[] = [
      { kind: "lan", prefix: "192.168.0.0/16" },
      { kind: "subnets", prefixes: ["192.168.1.8/29", "192.168.1.16/29", "10.128.1.8/29", "10.128.1.16/29"] },
      { kind: "vpc", prefix: "192.168.0.0/16", routes: "none" },
      { kind: "vpc", prefix: "192.168.0.0/16", routes: "nodes" },
    ];
    for (const cni of CNI_NAMES)
      for (const underlay of underlays) {
        const text = initialClusterFile({ nodes: 12, podsPerNode: 0, cni });
        const file = parseClusterFile(text.replaceAll('"10.128.1.', '"192.168.1.'), "", { underlay });
        const isTold = file.findings.some(({ text: told }) => !told.includes("left out"));
        expect([cni, underlay.kind, isTold]).toEqual([
          cni,
          underlay.kind,
          buildCluster(file.specification, { slotCount: 16 }).findings().length > 0,
        ]);
      }
  });

  it("can be written for every plugin of the catalogue, and for no other", () => {
    for (const cni of CNI_NAMES) expect(NAMES).toContain(cni);
    expect(() => pluginSigns("antrea", "10.244.0.0/16")).toThrow('found "antrea"');
    expect(() => pluginSigns("constructor", "10.244.0.0/16")).toThrow('found "constructor"');
  });

  it.each([
    { nodes: 1, podsPerNode: 1_000, length: 22 },
    { nodes: 1_000, podsPerNode: 3, length: 24 },
    { nodes: 12, podsPerNode: 254, length: 23 },
  ])("holds $nodes nodes of $podsPerNode pods in ranges that have room", ({ nodes, podsPerNode, length }) => {
    const { specification, findings } = parseClusterFile(initialClusterFile({ nodes, podsPerNode, cni: "calico" }), "");
    expect([findings, specification.pods.length]).toEqual([[], nodes * podsPerNode]);
    expect(specification.nodes[0]!.podCidr).toBe(`10.${specification.clusterCidr.split(".")[1]}.0.0/${length}`);
  });

  it.each([
    [{ nodes: 0, podsPerNode: 1 }, "expected 1 to 1000 nodes, found 0"],
    [{ nodes: 1, podsPerNode: 1.5 }, "expected 0 to 1000 pods on each node, found 1.5"],
  ])("is refused for %j", (counts, message) => {
    expect(() => initialClusterFile({ ...counts, cni: "flannel" })).toThrow(new RangeError(message));
  });

  it("of 100 nodes and 3,000 pods is read in less than half a second", () => {
    const text = initialClusterFile({ nodes: 100, podsPerNode: 30, cni: "flannel" });
    // Time of the processor, not of the clock: other tests run beside this one.
    const times = Array.from({ length: 4 }, () => {
      const start = process.cpuUsage();
      parseClusterFile(text, "");
      return process.cpuUsage(start).user / 1e3;
    });
    expect(Math.min(...times)).toBeLessThan(500);
  });
});

/** Values of every kind, most of them somewhere else in the file or nearly right. */
const VALUES: readonly unknown[] = [
  ...[null, 0, -1, 1.5, 1e9, true, "", "x", "{", [], [[]], {}, "__proto__", "List", "Node", "router", "node-1"],
  ...["10.244.0.1", "10.244.0.0/24", "10.244.1.2", "10.244.0.0/8", "0.0.0.0/0", "255.255.255.255", "fd00::1"],
  ...["192.168.1.10", "192.168.1.1", "127.0.0.1", "10.244.0.2/33", "Succeeded", "RouteCreated", "vxlan"],
];

/** A change of one place: numbers that choose the way to it, what is done there, and a value. */
const change = fc.record({
  way: fc.array(fc.nat(1_000), { minLength: 2, maxLength: 9 }),
  action: fc.constantFrom("delete", "copy", "set"),
  value: fc.constantFrom(...VALUES),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(document: unknown, { way, action, value }: Change): void {
  let place = document as Record<string, unknown>;
  for (const [index, step] of way.entries()) {
    const keys = Object.keys(place);
    const key = keys[step % keys.length];
    if (key === undefined) return;
    const inner = place[key];
    const isLast = index === way.length - 1 || typeof inner !== "object" || inner === null;
    if (!isLast) place = inner as Record<string, unknown>;
    else {
      if (action === "delete" && Array.isArray(place)) place.splice(Number(key), 1);
      else if (action === "delete") delete place[key];
      else place[key] = action === "copy" ? place[keys[(step >> 3) % keys.length]!] : value;
      return;
    }
  }
}

/** A file gives a specification that can be built, or an error of one line. */
function tryFile(text: string, cni: string | undefined): "cluster" | "error" {
  try {
    const { specification, findings } = parseClusterFile(text, "cluster.json", { cni });
    for (const { object, field, text: told } of findings) expect([object, field, told]).not.toContain("");
    if ((CNI_NAMES as readonly string[]).includes(specification.cni)) buildCluster(specification, { slotCount: 16 });
    return "cluster";
  } catch (error) {
    if (!(error instanceof ClusterFileError)) throw error;
    expect(error.message).toMatch(/^cluster\.json: [^\n]+$/);
    return "error";
  }
}

describe("a damaged file", () => {
  const chosen = fc.option(fc.constantFrom(...CNI_NAMES), { nil: undefined });
  const small = fc.record({
    nodes: fc.integer({ min: 1, max: 3 }),
    podsPerNode: fc.integer({ min: 0, max: 3 }),
    cni: fc.constantFrom(...NAMES),
  });

  it("gives a cluster that can be built, or one line, whatever value is where", () => {
    const counts = { cluster: 0, error: 0 };
    fc.assert(
      fc.property(small, fc.array(change, { minLength: 1, maxLength: 4 }), chosen, (parts, changes, cni) => {
        const document: unknown = JSON.parse(initialClusterFile(parts));
        for (const each of changes) apply(document, each);
        counts[tryFile(JSON.stringify(document, null, 1), cni)]++;
      }),
      { numRuns: 200 },
    );
    expect(Math.min(counts.cluster, counts.error)).toBeGreaterThan(40);
  });

  it("gives a cluster or one line, whatever text is missing or too much", () => {
    const extra = fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", "\\", "é", "0", "\u0000", "\n", "{}");
    fc.assert(
      fc.property(small, fc.nat(), fc.nat(30), extra, (parts, at, length, inserted) => {
        const text = initialClusterFile(parts);
        const start = at % text.length;
        tryFile(text.slice(0, start) + inserted + text.slice(start + length), undefined);
      }),
      { numRuns: 200 },
    );
  });
});
