import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ethernetFrame, type Frame, icmpErrorFields, ipv4Address, tcpFields } from "../../../src/arbitraries/index.ts";
import { icmpv4, IcmpType } from "../../../src/wire/index.ts";

function all(arbitrary: fc.Arbitrary<Frame>): Frame[] {
  return fc.sample(arbitrary, { numRuns: 50, seed: 1 });
}

describe("a choice", () => {
  it("of a value gives it always", () => {
    for (const frame of all(ethernetFrame().ipv4({ timeToLive: 1 }).udp({ destinationPort: 53 }))) {
      expect(frame.layer("ipv4").fields.timeToLive).toBe(1);
      expect(frame.layer("udp").fields.destinationPort).toBe(53);
    }
  });

  it("of an arbitrary gives its values", () => {
    const frames = all(ethernetFrame().ipv4({ timeToLive: fc.constantFrom(1, 2, 3) }));
    expect(new Set(frames.map((frame) => frame.layer("ipv4").fields.timeToLive))).toEqual(new Set([1, 2, 3]));
  });

  it("of an arbitrary may come from another copy of fast-check", () => {
    const foreign = {
      generate: () => new fc.Value(7, undefined),
      shrink: () => fc.Stream.nil(),
      canShrinkWithoutContext: () => false,
    };
    const choice = foreign as unknown as fc.Arbitrary<number>;
    for (const frame of all(ethernetFrame().ipv4({ timeToLive: choice })))
      expect(frame.layer("ipv4").fields.timeToLive).toBe(7);
  });

  it("left undefined is none", () => {
    const source = undefined as unknown as number;
    for (const frame of all(ethernetFrame().ipv4({ source })))
      expect(frame.layer("ipv4").fields.source).toBeGreaterThan(0);
  });

  it("for a field that there is none of is refused", () => {
    const wrong = { ttl: 1 } as object;
    expect(() => ethernetFrame().ipv4(wrong)).toThrow(
      /^expected a choice for one of typeOfService, .*, options, found one for "ttl"$/,
    );
  });
});

describe("fields that depend on others", () => {
  it("have an acknowledgment number and an urgent pointer only with their bits, unless chosen", () => {
    for (const fields of fc.sample(tcpFields({ flags: 0x02 }), 30)) {
      expect([fields.acknowledgmentNumber, fields.urgentPointer]).toEqual([0, 0]);
      expect([...fields.options!.subarray(0, 2)]).toEqual([2, 4]); // a SYN says its segment size
    }
    for (const fields of fc.sample(tcpFields({ flags: 0x02, acknowledgmentNumber: 9 }), 5))
      expect(fields.acknowledgmentNumber).toBe(9);
  });

  it("have codes that their type has", () => {
    for (const { type, code } of fc.sample(icmpErrorFields({ type: IcmpType.TIME_EXCEEDED }), 30)) {
      expect(type).toBe(IcmpType.TIME_EXCEEDED);
      expect(code).toBeLessThanOrEqual(1);
    }
  });

  it("are an error's, of every type and code that there is", () => {
    const errors = fc.sample(icmpErrorFields(), { numRuns: 500, seed: 1 });
    expect(errors.filter(({ type }) => !icmpv4.isError(type))).toEqual([]);
    expect(new Set(errors.map(({ type, code }) => `${type} ${code}`)).size).toBe(16 + 2 + 4 + 1);
  });

  it("have a gateway and a pointer where the type does", () => {
    const gateway = 0x0a000009;
    for (const fields of fc.sample(icmpErrorFields({ type: IcmpType.REDIRECT, gateway, pointer: 3 }), 10))
      expect([fields.gateway, fields.pointer]).toEqual([gateway, undefined]);
    for (const fields of fc.sample(icmpErrorFields({ type: IcmpType.PARAMETER_PROBLEM, pointer: ipv4Address() }), 10))
      expect(fields.gateway).toBeUndefined();
  });
});
