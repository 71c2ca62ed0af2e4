import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyConversation,
  anyFrame,
  arpFields,
  CONVERSATION_KINDS,
  ethernetFrame,
  type Frame,
  FRAME_KINDS,
  generateFrames,
  icmpEchoFields,
  icmpErrorFields,
  ipv4Fields,
  ipv4Prefix,
  nearlyValid,
  pcapngFile,
  pingExchange,
  RULE_NAMES,
  STEP_KINDS,
  tcpFields,
  traffic,
  vxlanFields,
} from "../../../src/arbitraries/index.ts";
import { ethernet, formatIpv4, formatMac, icmpv4, IcmpType, ipv4, parseIpv4 } from "../../../src/wire/index.ts";

const NONE = new Uint8Array(0);

function range(message: string): RangeError {
  return new RangeError(`expected ${message}`);
}

function type(message: string, found: string): TypeError {
  return new TypeError(`expected ${message}, found a value of type ${found}`);
}

/** What plain JavaScript lets pass. */
function wrong(value: unknown): never {
  return value as never;
}

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

describe("a choice that a field cannot hold", () => {
  it.each<[string, () => unknown, Error]>([
    ["too large", () => ethernetFrame().ipv4({ timeToLive: 300 }), range("timeToLive from 0 to 255, found 300")],
    ["negative", () => ethernetFrame().ipv4({ timeToLive: -1 }), range("timeToLive from 0 to 255, found -1")],
    ["no integer", () => ipv4Fields({ typeOfService: 1.5 }), range("typeOfService from 0 to 255, found 1.5")],
    ["no number", () => tcpFields({ window: NaN }), range("window from 0 to 65535, found NaN")],
    ["beyond 32 bits", () => ipv4Fields({ source: 2 ** 33 }), range("source from 0 to 4294967295, found 8589934592")],
    [
      "of no step",
      () => ipv4Fields({ fragmentOffset: 4 }),
      range("fragmentOffset from 0 to 65528 in steps of 8, found 4"),
    ],
    [
      "beyond 48 bits",
      () => ethernetFrame({ source: 2 ** 48 }),
      range("source from 0 to 281474976710655, found 281474976710656"),
    ],
    [
      "of three bytes",
      () => ipv4Fields({ options: new Uint8Array(3) }),
      range("options of 0 to 40 bytes in steps of 4, found 3"),
    ],
    ["of 13 bits", () => ethernetFrame().vlan({ vlanId: 4096 }), range("vlanId from 0 to 4095, found 4096")],
    ["an opcode of 17 bits", () => arpFields({ operation: 65_536 }), range("operation from 0 to 65535, found 65536")],
    ["a type of an echo", () => icmpEchoFields({ type: 256 }), range("type from 0 to 255, found 256")],
    ["a type of an error", () => icmpErrorFields({ type: -1 }), range("type from 0 to 255, found -1")],
    [
      "a port",
      () => ethernetFrame().ipv4().udp({ sourcePort: 65_536 }),
      range("sourcePort from 0 to 65535, found 65536"),
    ],
    ["a VNI", () => vxlanFields({ vni: 2 ** 24 }), range("vni from 0 to 16777215, found 16777216")],
    ["an EtherType", () => ethernetFrame().payload(NONE, 65_536), range("etherType from 0 to 65535, found 65536")],
    ["a protocol", () => ethernetFrame().ipv4().payload(NONE, 256), range("protocol from 0 to 255, found 256")],
    ["a prefix's length", () => ipv4Prefix({ length: 33 }), range("length from 0 to 32, found 33")],
    ["an endpoint's", () => pingExchange({ client: { port: -1 } }), range("port from 0 to 65535, found -1")],
    ["a count", () => pingExchange({ count: 0 }), range("count from 1 to 65535, found 0")],
    ["a flag", () => ipv4Fields({ dontFragment: wrong(1) }), type("dontFragment to be true or false", "number")],
    ["text", () => ipv4Fields({ timeToLive: wrong("64") }), type("timeToLive to be a number", "string")],
    ["a list", () => ethernetFrame().payload(wrong([1])), type("payload to be a Uint8Array", "object")],
    ["null", () => ipv4Fields({ source: wrong(null) }), new TypeError("expected source to be a number, found null")],
    [
      "no address",
      () => ipv4Fields({ source: "10.0.0" }),
      new RangeError('source: expected an IPv4 address such as 10.244.1.5, found "10.0.0"'),
    ],
  ])("is refused at once: %s", (_what, build, error) => expect(build).toThrow(error));

  it("is refused as well when an arbitrary gives it, for which it has to be drawn", () => {
    const frames = ethernetFrame().ipv4({ timeToLive: fc.constant(300) });
    expect(() => all(frames)).toThrow(range("timeToLive from 0 to 255, found 300"));
  });

  it("may be at either end", () => {
    for (const timeToLive of [0, 255]) {
      const [frame] = all(ethernetFrame().ipv4({ timeToLive }));
      expect(ipv4.timeToLive(frame!.view, 14)).toBe(timeToLive);
    }
  });
});

describe("an address", () => {
  it("may be text, in the fields and as the value of an arbitrary", () => {
    const source = fc.constantFrom("10.0.0.1", parseIpv4("10.0.0.2"));
    const frames = all(ethernetFrame({ source: "02:00:00:00:00:07" }).ipv4({ source, destination: "10.244.1.5" }));
    const [addresses, destinations] = (["source", "destination"] as const).map(
      (name) => new Set(frames.map((frame) => formatIpv4(frame.layer("ipv4").fields[name]))),
    );
    expect([addresses, destinations]).toEqual([new Set(["10.0.0.1", "10.0.0.2"]), new Set(["10.244.1.5"])]);
    expect(new Set(frames.map(({ view }) => formatMac(ethernet.source(view, 0))))).toEqual(
      new Set(["02:00:00:00:00:07"]),
    );
  });

  it("may be text of endpoints, ARP packets, errors and prefixes", () => {
    const [conversation] = fc.sample(pingExchange({ server: { mac: "02:00:00:00:00:09", address: "10.0.0.9" } }), 1);
    expect(conversation!.server).toMatchObject({ mac: 0x0200_0000_0009, address: 0x0a00_0009 });
    const [arp] = fc.sample(arpFields({ senderProtocol: "10.0.0.9" }), 1);
    expect(arp!.senderProtocol).toBe(0x0a00_0009);
    const [error] = fc.sample(icmpErrorFields({ type: IcmpType.REDIRECT, gateway: "10.0.0.9" }), 1);
    expect(error!.gateway).toBe(0x0a00_0009);
    const [prefix] = fc.sample(ipv4Prefix({ within: "10.0.0.9", length: 24 }), 1);
    expect(prefix).toEqual({ address: 0x0a00_0000, length: 24 });
  });
});

describe("kinds", () => {
  const bogus = wrong(["bogus"]);
  it.each<[string, (kinds: never) => unknown, string, string]>([
    ["anyFrame", (kinds) => anyFrame({ kinds }), "kinds of frames", FRAME_KINDS.join(", ")],
    ["anyConversation", (kinds) => anyConversation({ kinds }), "kinds of conversations", CONVERSATION_KINDS.join(", ")],
    ["traffic", (kinds) => traffic({ kinds }), "kinds of steps", STEP_KINDS.join(", ")],
    ["nearlyValid", (rules) => nearlyValid(anyFrame(), { rules }), "rules", RULE_NAMES.join(", ")],
    [
      "pcapngFile",
      (blocks) => pcapngFile({ blocks }),
      "kinds of blocks",
      "enhanced, simple, obsolete, names, statistics, custom, unknown",
    ],
    [
      "generateFrames",
      (kinds) => [...generateFrames({ kinds, seed: 1, count: 1, isInvalid: false })],
      "kinds",
      "any, udp, icmp, icmp-error, tcp, arp, ipip, snap, vlan, vxlan, " +
        "conversation, arp-exchange, ping, udp-exchange, tcp-connection, fragments",
    ],
  ])("that there are not, or none, are refused by %s with those that there are", (_name, build, what, list) => {
    expect(() => build(bogus)).toThrow(new RangeError(`expected ${what} (${list}), found "bogus"`));
    expect(() => build(wrong([]))).toThrow(new RangeError(`expected ${what} (${list}), found none`));
    expect(() => build(wrong("udp"))).toThrow(
      new TypeError(`expected a list of ${what}, found a value of type string`),
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
    for (const fields of fc.sample(icmpErrorFields({ type: IcmpType.PARAMETER_PROBLEM, pointer: fc.nat(255) }), 10))
      expect(fields.gateway).toBeUndefined();
  });
});
