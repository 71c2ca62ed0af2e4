import { describe, expect, it } from "vitest";
import { CalicoIpam } from "../../../src/kubernetes/calico-ipam.ts";
import { Cluster, type CniPlugin } from "../../../src/kubernetes/index.ts";
import { formatIpv4, formatPrefix, parseIpv4 } from "../../../src/wire/index.ts";

const NONE: CniPlugin = { name: "none", vxlanPorts: [], podMtu: (mtu) => mtu, addNode: () => 0, addPod: () => 0 };

/** Two nodes, and functions that ask for addresses and tell what was handed out. */
function create(
  clusterCidr: string,
  ...podCidrs: string[]
): {
  take: (node: number, requested?: string) => string;
  ipam: CalicoIpam;
} {
  const cluster = new Cluster({ cni: NONE, clusterCidr, slotCount: 16 });
  podCidrs.forEach((podCidr, index) =>
    cluster.addNode({ name: `node-${index}`, address: `192.168.1.${index + 10}`, podCidr }),
  );
  const ipam = new CalicoIpam(cluster);
  const take = (node: number, requested?: string): string => {
    const { address, gained } = ipam.assign(
      cluster.nodes[node]!,
      requested === undefined ? undefined : parseIpv4(requested),
    );
    return gained === null ? formatIpv4(address) : `${formatIpv4(address)} of ${formatPrefix(gained.prefix)}`;
  };
  return { take, ipam };
}

describe("Calico's IPAM", () => {
  it("hands a block out from its first address to its last, then claims the next", () => {
    const { take } = create("10.244.0.0/16", "10.244.1.0/24");
    expect(take(0)).toBe("10.244.1.0 of 10.244.1.0/26");
    for (let number = 1; number < 64; number++) expect(take(0)).toBe(`10.244.1.${number}`);
    expect(take(0)).toBe("10.244.1.64 of 10.244.1.64/26");
  });

  it("claims blocks of the node's own range, then of nobody's, then of another's", () => {
    const { take, ipam } = create("10.244.0.0/24", "10.244.0.64/26", "10.244.0.128/26");
    for (let number = 0; number < 3 * 64; number++) take(0);
    expect(ipam.holdings.map(({ prefix }) => formatPrefix(prefix))).toEqual([
      "10.244.0.64/26",
      "10.244.0.0/26",
      "10.244.0.192/26",
    ]);
    expect(take(0)).toBe("10.244.0.128 of 10.244.0.128/26");
    expect(() => take(1)).toThrow(
      new RangeError("expected a free block of 10.244.0.0/24 for node-1, found all claimed"),
    );
  });

  it("claims the block of an address that is asked for", () => {
    const { take } = create("10.244.0.0/16", "10.244.1.0/24", "10.244.2.0/24");
    expect(take(0, "10.244.7.70")).toBe("10.244.7.70 of 10.244.7.64/26");
    expect(take(0)).toBe("10.244.7.64");
  });

  it("lends an address of another node's block, as a /32 of its own", () => {
    const { take, ipam } = create("10.244.0.0/16", "10.244.1.0/24", "10.244.2.0/24");
    take(1);
    expect(take(0, "10.244.2.9")).toBe("10.244.2.9 of 10.244.2.9/32");
    expect(() => take(1, "10.244.2.9")).toThrow("found 10.244.2.9");
    expect(ipam.holdings.map(({ node, prefix }) => `${node.name} ${formatPrefix(prefix)}`)).toEqual([
      "node-1 10.244.2.0/26",
      "node-0 10.244.2.9/32",
    ]);
  });

  it.each(["10.245.0.1", "192.168.1.10"])("refuses %s, which is outside", (address) => {
    const { take } = create("10.244.0.0/16", "10.244.1.0/24");
    expect(() => take(0, address)).toThrow(
      new RangeError(`expected a free address of 10.244.0.0/16 for node-0, found ${address}`),
    );
  });

  it("has one block where the whole range is smaller than one", () => {
    const { take } = create("10.244.0.0/28", "10.244.0.0/29", "10.244.0.8/29");
    expect(take(1)).toBe("10.244.0.0 of 10.244.0.0/28");
    expect(() => take(0)).toThrow("found all claimed");
  });
});
