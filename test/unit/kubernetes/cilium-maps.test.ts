/** Cilium's maps and identities, without a network. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CiliumEndpointMap,
  CiliumIdentities,
  CiliumIpcache,
  identityText,
  ReservedIdentity,
} from "../../../src/kubernetes/index.ts";
import { formatPrefix, parseIpv4, parsePrefix, prefixContains, prefixMask } from "../../../src/wire/index.ts";

describe("the ipcache", () => {
  it("answers by the longest prefix, and with the world when it knows nothing", () => {
    const ipcache = new CiliumIpcache();
    expect(ipcache.lookup(parseIpv4("10.0.0.1"))).toEqual({ identity: ReservedIdentity.WORLD, tunnelEndpoint: 0 });
    ipcache.set(parsePrefix("0.0.0.0/0"), 2);
    ipcache.set(parsePrefix("10.0.0.0/24"), 300, parseIpv4("192.168.1.20"));
    ipcache.set(parsePrefix("10.0.0.7/32"), 301);
    const identities = ["10.0.0.7", "10.0.0.8", "10.0.1.1"].map((text) => ipcache.lookup(parseIpv4(text)).identity);
    expect(identities).toEqual([301, 300, 2]);
    expect(ipcache.describe(parseIpv4("10.0.0.8"))).toBe(
      "ipcache 10.0.0.0/24 identity=300 tunnelendpoint=192.168.1.20",
    );
    expect(ipcache.describe(parseIpv4("10.0.1.1"))).toBe(
      "ipcache 0.0.0.0/0 identity=2 (reserved:world) tunnelendpoint=0.0.0.0",
    );
    expect(ipcache.delete(parsePrefix("10.0.0.7/32"))).toBe(true);
    expect([ipcache.lookup(parseIpv4("10.0.0.7")).identity, ipcache.count]).toEqual([300, 2]);
    expect(new CiliumIpcache().describe(0)).toBe("ipcache has nothing for 0.0.0.0");
  });

  it("is a list of prefixes, whatever is set, changed and deleted", () => {
    const prefix = fc
      .tuple(fc.nat({ max: 63 }), fc.integer({ min: 24, max: 32 }))
      .map(([low, length]) => ({ address: (((10 * 2 ** 24 + low * 8) & prefixMask(length)) >>> 0) as number, length }));
    const change = fc.tuple(prefix, fc.integer({ min: 1, max: 5 }), fc.constantFrom(0, 7), fc.boolean());
    fc.assert(
      fc.property(fc.array(change), fc.nat({ max: 512 }), (changes, low) => {
        const ipcache = new CiliumIpcache();
        const model = new Map<string, { prefix: { address: number; length: number }; identity: number }>();
        for (const [place, identity, tunnelEndpoint, isDeleted] of changes) {
          if (isDeleted) expect(ipcache.delete(place)).toBe(model.delete(formatPrefix(place)));
          else {
            ipcache.set(place, identity, tunnelEndpoint);
            model.set(formatPrefix(place), { prefix: place, identity });
          }
        }
        const address = 10 * 2 ** 24 + low;
        const best = [...model.values()]
          .filter((entry) => prefixContains(entry.prefix, address))
          .sort((a, b) => b.prefix.length - a.prefix.length)[0];
        expect(ipcache.lookup(address).identity).toBe(best?.identity ?? ReservedIdentity.WORLD);
        expect(ipcache.entryFor(address)?.prefix).toEqual(best?.prefix);
        expect(
          ipcache
            .list()
            .map((entry) => formatPrefix(entry.prefix))
            .sort(),
        ).toEqual([...model.keys()].sort());
      }),
    );
  });

  it("takes 512,000 entries, or as many as it is told", () => {
    expect(new CiliumIpcache().maximumCount).toBe(512_000);
    const ipcache = new CiliumIpcache(2);
    for (const text of ["10.0.0.0/32", "10.0.0.1/32"]) ipcache.set(parsePrefix(text), 256);
    expect(() => ipcache.set(parsePrefix("11.0.0.0/32"), 256)).toThrow(
      new RangeError("expected room in the ipcache, found all 2 entries in use"),
    );
    ipcache.set(parsePrefix("10.0.0.0/32"), 257);
    expect(ipcache.lookup(parseIpv4("10.0.0.0")).identity).toBe(257);
  });
});

describe("the endpoint map", () => {
  it("has one endpoint an address, and 65,535 in all, or as many as it is told", () => {
    expect(new CiliumEndpointMap().maximumCount).toBe(65_535);
    const map = new CiliumEndpointMap(2);
    for (const address of [2, 1, 1]) map.set({ isHost: true, address });
    expect([map.count, map.list()[0]!.address, map.lookup(0)]).toEqual([2, 1, undefined]);
    expect(() => map.set({ isHost: true, address: 0 })).toThrow(
      new RangeError("expected room in the endpoint map, found all 2 entries in use"),
    );
    expect([map.delete(1), map.delete(1)]).toEqual([true, false]);
  });
});

describe("identities", () => {
  const pod = (labels: Record<string, string>, kubernetesNamespace = "default") => ({ labels, kubernetesNamespace });

  it("are numbered from 256 in order of first use, one for all pods of equal labels and namespace", () => {
    const identities = new CiliumIdentities();
    const numbers = [
      pod({ app: "web", tier: "front" }),
      pod({ app: "web" }),
      pod({ tier: "front", app: "web" }),
      pod({ app: "web" }, "other"),
      { kubernetesNamespace: "default" },
    ].map((labels) => identities.numberOf(labels));
    expect(numbers).toEqual([256, 257, 256, 258, 259]);
    expect(identities.list()[0]).toEqual({
      number: 256,
      labels: ["k8s:app=web", "k8s:io.kubernetes.pod.namespace=default", "k8s:tier=front"],
    });
  });

  it("do not tell the pods of one deployment, job or set apart", () => {
    const identities = new CiliumIdentities();
    for (const key of ["pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name"]) {
      const numbers = ["1", "2"].map((value) => identities.numberOf(pod({ app: key, [key]: value })));
      expect(numbers[0]).toBe(numbers[1]);
    }
    expect(identities.numberOf(pod({ "app.kubernetes.io/name": "a" }))).not.toBe(identities.numberOf(pod({})));
  });

  it("run out behind 65,535", () => {
    const identities = new CiliumIdentities();
    for (let i = 256; i <= 65_535; i++) identities.numberOf(pod({ app: `${i}` }));
    expect(() => identities.numberOf(pod({}))).toThrow("expected a free security identity, found all in use");
  });

  it("are shown with their reserved names", () => {
    expect([0, 1, 2, 6, 256].map(identityText)).toEqual([
      "0 (reserved:unknown)",
      "1 (reserved:host)",
      "2 (reserved:world)",
      "6 (reserved:remote-node)",
      "256",
    ]);
  });
});
