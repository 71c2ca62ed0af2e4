/** Proxy ARP: RFC 1027 as Linux's arp_process and arp_fwd_proxy do it. The kernel judges it in kernel-sources.test.ts. */
import { describe, expect, it } from "vitest";
import { NeighbourState } from "../../src/datapath/index.ts";
import { ArpOperation } from "../../src/wire/index.ts";
import { attach } from "./lab.ts";
import { buildLink, heardArp, type LinkLab, NEIGHBOUR, neighbour, say } from "./link.ts";

/** A router as calico's node is to a pod: a default route away from the pod's device, which speaks for everybody. */
function buildProxy(): LinkLab {
  const link = buildLink();
  const { lab, namespace, device } = link;
  const [, uplink] = attach(lab, namespace, "eth1");
  namespace.addAddress(uplink, "198.51.100.1/24");
  namespace.addRoute({ to: "default", via: "198.51.100.9" });
  namespace.forwarding = true;
  device.proxyArp = true;
  return link;
}

describe("a device with proxy_arp", () => {
  it("answers at once for what is routed elsewhere, with its own MAC, and notes who asked", () => {
    const link = buildProxy();
    say(link, { targetProtocol: "169.254.1.1" });
    expect(heardArp(link)).toEqual([
      {
        time: 0,
        destination: NEIGHBOUR.mac,
        operation: ArpOperation.REPLY,
        senderHardware: link.device.mac,
        senderProtocol: "169.254.1.1",
        targetHardware: NEIGHBOUR.mac,
        targetProtocol: NEIGHBOUR.address,
      },
    ]);
    expect(neighbour(link)).toEqual({ state: NeighbourState.STALE, mac: NEIGHBOUR.mac });
  });

  it("does not for an address of the asker's own link", () => {
    const link = buildProxy();
    say(link, { targetProtocol: "192.0.2.77" });
    expect(heardArp(link)).toEqual([]);
  });

  it("does not for one that is routed nowhere, or to nobody", () => {
    const link = buildProxy();
    link.namespace.removeRoute("default");
    link.namespace.addRoute({ to: "10.8.0.0/16", type: "blackhole" });
    for (const targetProtocol of ["169.254.1.1", "10.8.0.1"]) say(link, { targetProtocol });
    expect(heardArp(link)).toEqual([]);
  });

  it("does not answer a probe, which looks for a clash (RFC 5227)", () => {
    const link = buildProxy();
    say(link, { targetProtocol: "169.254.1.1", senderProtocol: "0.0.0.0" });
    expect(heardArp(link)).toEqual([]);
  });

  it("does not where nothing is forwarded, or without the switch", () => {
    const link = buildProxy();
    link.namespace.forwarding = false;
    say(link, { targetProtocol: "169.254.1.1" });
    link.namespace.forwarding = true;
    link.device.proxyArp = false;
    say(link, { targetProtocol: "169.254.1.1" });
    expect(heardArp(link)).toEqual([]);
  });

  it("does not answer who would not be believed (rp_filter)", () => {
    const link = buildProxy();
    link.device.reversePathFilter = 1;
    say(link, { targetProtocol: "169.254.1.1", senderProtocol: "10.9.9.9" });
    expect(heardArp(link)).toEqual([]);
  });
});
