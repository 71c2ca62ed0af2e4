/** What the loop over known connections must leave to those who look closer: it would read other bytes for ports. */
import { describe, expect, it } from "vitest";
import { Protocol } from "../../../src/wire/index.ts";
import { concatenate, packet, viewOf } from "../../conformance/frames.ts";
import { datagram, FilterLab, handshake, PORTS, segment, TO_POD } from "./filter-lab.ts";

/** Ports as they stand at the beginning of TCP's and UDP's headers. */
function portBytes([from, to]: readonly [number, number]): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint16(0, from);
  viewOf(bytes).setUint16(2, to);
  return bytes;
}

const REFUSED = [40_000, 81] as const;
const TRANSPORTS = [
  ["UDP", Protocol.UDP, (ports: readonly [number, number]) => datagram(TO_POD, ports).subarray(20)],
  ["TCP", Protocol.TCP, (ports: readonly [number, number]) => segment(TO_POD, ports, "A").subarray(20)],
] as const;

/** A pod with a known connection of each protocol from port 40,000 to port 80, which goes the short way. */
function knowing(kind: "netfilter" | "cilium"): FilterLab {
  const lab = new FilterLab({ kind });
  lab.ingress.change([80]);
  handshake(lab);
  lab.send("remote", datagram(TO_POD, PORTS));
  const asked = lab.ingress.asked;
  expect(lab.send("remote", datagram(TO_POD, PORTS), segment(TO_POD, PORTS, "A"))).toBe(2);
  expect(lab.ingress.asked).toBe(asked);
  return lab;
}

describe.each(TRANSPORTS)("the loop over known connections of %s", (_name, protocol, transport) => {
  it.each(["netfilter", "cilium"] as const)("takes no options for ports, under %s", (kind) => {
    const lab = knowing(kind);
    const withOptions = (ports: readonly [number, number]): Uint8Array =>
      packet({ ...TO_POD, protocol, options: portBytes(PORTS), payload: transport(ports) });
    expect([lab.send("remote", withOptions(REFUSED)), lab.send("remote", withOptions(PORTS))]).toEqual([0, 1]);
  });

  it.each(["netfilter", "cilium"] as const)("takes the bytes of no later fragment for ports, under %s", (kind) => {
    const lab = knowing(kind);
    const payload = concatenate(transport(PORTS), new Uint8Array(24));
    for (const fields of [
      { fragmentOffset: 8 },
      { fragmentOffset: 8, moreFragments: true },
      { fragmentOffset: 0x1fff * 8 - 64 },
    ])
      expect(lab.send("remote", packet({ ...TO_POD, protocol, payload, ...fields }))).toBe(0);
  });
});
