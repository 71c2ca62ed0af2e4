/** What bridge and tunnel learn from a remote VTEP: Linux selftests forwarding/vxlan_bridge_1d.sh, test_learning. */
import { describe, expect, it } from "vitest";
import { BROADCAST_MAC, formatIpv4, parseMac } from "../../src/wire/index.ts";
import { frame } from "./frames.ts";
import {
  buildVxlan,
  deliverFrom,
  flood,
  forgetOverlay,
  learnedAt,
  VTEPS,
  type VxlanLab,
  warmUnderlay,
} from "./vxlan-lab.ts";

/** test_learning's MAC, at the first VTEP. */
const LEARNED = parseMac("de:ad:be:ef:13:37");
const AGEING_SECONDS = 20;

function build(): VxlanLab {
  const net = buildVxlan({ ageingTime: AGEING_SECONDS * 1000 });
  net.local.bridge.fdb.ageingTime = AGEING_SECONDS * 1000;
  warmUnderlay(net);
  return net;
}

/** A broadcast frame from the MAC through the first VTEP. */
function speak(net: VxlanLab): void {
  deliverFrom(net, VTEPS.first, frame(BROADCAST_MAC, LEARNED));
}

function remoteOf(net: VxlanLab): string | undefined {
  const entry = net.local.vxlan.fdb.list().find(({ mac }) => mac === LEARNED);
  return entry === undefined ? undefined : formatIpv4(entry.remote);
}

function isInBridge(net: VxlanLab): boolean {
  return learnedAt(net.local, net.local.vxlan).includes(LEARNED);
}

function ask(net: VxlanLab): number[] {
  return flood(net, frame(LEARNED, net.h1.device.mac));
}

describe("test_learning", () => {
  it("V10 before anything is learned its frames are flooded", () => {
    expect(ask(build())).toEqual([10, 10, 10]);
  });

  it("V10 a frame from a VTEP enters MAC -> VTEP and MAC -> port, and unicast goes to that VTEP only", () => {
    const net = build();
    speak(net);
    expect(remoteOf(net)).toBe(VTEPS.first);
    expect(isInBridge(net)).toBe(true);
    expect(ask(net)).toEqual([0, 10, 0]);
  });

  it("V10 a MAC that speaks through another VTEP has moved there", () => {
    const net = build();
    speak(net);
    deliverFrom(net, VTEPS.second, frame(BROADCAST_MAC, LEARNED));
    expect(remoteOf(net)).toBe(VTEPS.second);
    expect(ask(net)).toEqual([0, 0, 10]);
  });

  it("V11 without the tunnel's entry all VTEPs get it, without the bridge's too all ports", () => {
    const net = build();
    speak(net);
    expect(net.local.vxlan.fdb.delete(LEARNED)).toBe(true);
    expect(ask(net)).toEqual([0, 10, 10]);
    expect(net.local.bridge.fdb.delete(LEARNED)).toBe(true);
    expect(ask(net)).toEqual([10, 10, 10]);
  });

  it("V12 both entries age out while frames are still sent to the MAC", () => {
    const net = build();
    speak(net);
    for (let second = 1; second < AGEING_SECONDS; second++) {
      net.lab.run(1);
      expect(ask(net)).toEqual([0, 10, 0]);
    }
    net.lab.run(1);
    expect([remoteOf(net), isInBridge(net)]).toEqual([undefined, false]);
    expect(ask(net)).toEqual([10, 10, 10]);
  });

  it("V12 frames from the MAC keep both", () => {
    const net = build();
    for (let seconds = 0; seconds < 4 * AGEING_SECONDS; seconds += AGEING_SECONDS / 2) {
      speak(net);
      net.lab.run(AGEING_SECONDS / 2);
    }
    expect([remoteOf(net), isInBridge(net)]).toEqual([VTEPS.first, true]);
  });

  it("V13 with learning off at the bridge port only the tunnel learns; on again both do", () => {
    const net = build();
    net.local.vxlan.port!.learning = false;
    speak(net);
    expect([remoteOf(net), isInBridge(net)]).toEqual([VTEPS.first, false]);
    // The bridge floods, the tunnel knows where.
    expect(ask(net)).toEqual([10, 10, 0]);
    forgetOverlay(net);
    net.local.vxlan.port!.learning = true;
    speak(net);
    expect([remoteOf(net), isInBridge(net)]).toEqual([VTEPS.first, true]);
  });

  it("V13 a tunnel that does not learn floods what the bridge knows", () => {
    const net = buildVxlan({ learning: false });
    warmUnderlay(net);
    speak(net);
    expect([remoteOf(net), isInBridge(net)]).toEqual([undefined, true]);
    expect(ask(net)).toEqual([0, 10, 10]);
  });
});
