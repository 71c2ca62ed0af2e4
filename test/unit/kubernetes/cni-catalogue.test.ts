import { describe, expect, it } from "vitest";
import { CNI_NAMES, createCni, Flannel } from "../../../src/kubernetes/index.ts";

describe("the catalogue of plugins", () => {
  it.each(CNI_NAMES)("makes %s, each time a new one", (name) => {
    expect(createCni(name)).not.toBe(createCni(name));
    expect(createCni(name).name).not.toBe("");
  });

  it("hands options to the plugin", () => {
    const plugin = createCni("flannel", { port: 4789, vni: 7, mtu: 1300 }) as Flannel;
    expect([plugin.port, plugin.vni, plugin.podMtu(9000), plugin.vxlanPorts]).toEqual([4789, 7, 1300, [4789]]);
  });

  it.each(["", "Flannel", "toString", "constructor"])("refuses %j, and names those that there are", (name) => {
    expect(() => createCni(name)).toThrow(
      new RangeError(`expected a CNI plugin (${CNI_NAMES.join(", ")}), found ${JSON.stringify(name)}`),
    );
  });
});
