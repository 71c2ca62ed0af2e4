import { describe, expect, it } from "vitest";
import { VxlanDevice } from "../../../src/datapath/index.ts";
import { createCni, createExampleCluster } from "../../../src/kubernetes/index.ts";
import { Lab } from "./place.ts";

function details(cni: string, line: string): string {
  return new Lab(createExampleCluster({ cni: createCni(cni) })).run(`node-a ${line}`).out;
}

describe("ip -d link", () => {
  it("shows Linux's own IP-in-IP device, and one with an address", () => {
    expect(details("calico-ipip", "ip -d link show tunl0")).toMatch(
      /promiscuity 0 {2}allmulti 0 minmtu 0 maxmtu 0 \n {4}ipip any remote any local any ttl inherit nopmtudisc \n$/,
    );
    expect(details("flannel-ipip", "ip -d link show flannel.ipip")).toMatch(
      / {4}ipip ipip remote any local 192\.168\.1\.10 ttl inherit nopmtudisc \n$/,
    );
    expect(JSON.parse(details("calico-ipip", "ip -j -d link show tunl0"))[0].linkinfo).toEqual({
      info_kind: "ipip",
      info_data: { proto: "any", remote: "any", local: "any", ttl: 0, pmtudisc: false },
    });
  });

  it("shows a VXLAN device whose packets bring their VNI", () => {
    expect(details("cilium", "ip -d link show cilium_vxlan")).toMatch(
      /\n {4}vxlan external id 0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 noudpcsum noudp6zerocsumtx noudp6zerocsumrx \n$/,
    );
  });

  it("shows what a VXLAN device was given", () => {
    const lab = new Lab();
    const { namespace } = lab.place("node-a");
    const options = { name: "other", vni: 7, local: "192.168.1.10", ttl: 9, ageingTime: 60_000, maximumAddresses: 5 };
    new VxlanDevice(namespace, { ...options, tos: 0x10 });
    new VxlanDevice(namespace, { ...options, name: "inheriting", vni: 8, tos: "inherit", ageingTime: 0 });
    expect(lab.run("node-a ip -d link show other").out).toContain(
      "vxlan id 7 local 192.168.1.10 dev eth0 srcport 0 0 dstport 8472 tos 0x10 ttl 9 ageing 60 maxaddr 5 noudpcsum ",
    );
    expect(lab.run("node-a ip -d link show inheriting").out).toContain(" tos inherit ttl 9 ageing none maxaddr 5 ");
  });

  it("tells whose ports Weave's devices are", () => {
    expect(details("weave", "ip -d link show vethwe-datapath")).toMatch(
      /^5: vethwe-datapath@vethwe-bridge: .* master datapath state UP .*\n.* promiscuity 1 {2}allmulti 0 .*\n {4}veth \n {4}openvswitch_slave \n$/,
    );
    expect(details("weave", "ip -br link show master datapath").match(/^[^ ]+/gm)).toEqual([
      "vethwe-datapath@vethwe-bridge",
      "vxlan-6784",
    ]);
    expect(details("weave", "ip -d link show datapath")).toMatch(/\n {4}openvswitch \n$/);
  });

  it("takes a node's way out for a network card", () => {
    expect(details("flannel", "ip -d link show eth0")).toMatch(/ minmtu 68 maxmtu 65535 \n$/);
    expect(details("flannel", "ip link show type veth")).not.toContain("eth0");
  });

  it("shows a port without carrier as disabled", () => {
    const lab = new Lab();
    lab.place("pod-a").namespace.device("eth0").up = false;
    expect(lab.run("node-a ip -d link show veth19fd34b4").out).toContain("bridge_slave state disabled ");
    expect(lab.run("node-a bridge link show dev veth19fd34b4").out).toContain(" state disabled ");
  });
});
