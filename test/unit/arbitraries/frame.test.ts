import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyFrame,
  composeFrame,
  ethernetFrame,
  type Frame,
  ipv4Packet,
  type LayerPlan,
} from "../../../src/arbitraries/index.ts";
import { parseIpv4, parseMac } from "../../../src/wire/index.ts";

const ETHERNET: LayerPlan = {
  protocol: "ethernet",
  fields: { destination: parseMac("02:00:00:00:00:02"), source: parseMac("02:00:00:00:00:01") },
};
const IPV4: LayerPlan = {
  protocol: "ipv4",
  fields: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") },
};
const UDP: LayerPlan = { protocol: "udp", fields: { sourcePort: 50_000, destinationPort: 53 } };

describe("composeFrame", () => {
  it("fills in types, lengths and checksums", () => {
    const frame = composeFrame([
      ETHERNET,
      IPV4,
      UDP,
      { protocol: "payload", fields: { bytes: Uint8Array.of(1, 2, 3) } },
    ]);
    expect(frame.dump()).toBe(
      [
        "IP 10.0.0.1.50000 > 10.0.0.2.53: UDP, length 3",
        "0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.",
        "0x0010:  001f 0000 0000 4011 66cc 0a00 0001 0a00  ......@.f.......",
        "0x0020:  0002 c350 0035 000b 244e 0102 03         ...P.5..$N...",
      ].join("\n"),
    );
  });

  it("pads behind the packet, and counts the padding of a frame in a tunnel as the tunnel's", () => {
    const padded: LayerPlan = { protocol: "ethernet", fields: { ...ETHERNET.fields, minimumLength: 60 } } as LayerPlan;
    const outer: LayerPlan = {
      protocol: "udp",
      fields: { sourcePort: 50_000, destinationPort: 4789, hasChecksum: false },
    };
    const frame = composeFrame([ETHERNET, IPV4, outer, { protocol: "vxlan", fields: { vni: 1 } }, padded, IPV4, UDP]);
    expect(frame.bytes.length).toBe(14 + 20 + 8 + 8 + 60);
    expect(frame.layers.map(({ protocol, end }) => [protocol, end])).toEqual([
      ["ethernet", 110],
      ["ipv4", 110],
      ["udp", 110],
      ["vxlan", 110],
      ["ethernet", 110],
      ["ipv4", 92],
      ["udp", 92],
    ]);
  });

  it("puts a tag where an untagged frame has its EtherType", () => {
    const tag: LayerPlan = { protocol: "vlan", fields: { vlanId: 5 } };
    const { bytes, layers } = composeFrame([ETHERNET, tag, tag, IPV4]);
    expect(Buffer.from(bytes.subarray(12, 22)).toString("hex")).toBe("81000005810000050800");
    expect(layers.map(({ offset, length }) => [offset, length])).toEqual([
      [0, 14],
      [12, 4],
      [16, 4],
      [22, 20],
    ]);
  });

  it.each<[string, LayerPlan[], string]>([
    ["no layers", [], "expected a layer at least, found none"],
    ["UDP in no packet", [ETHERNET, UDP], "expected udp in IPv4, found it in ethernet"],
    [
      "a packet that is too long to say how long it is",
      [ETHERNET, IPV4, { protocol: "payload", fields: { bytes: new Uint8Array(65_516) } }],
      "expected an IPv4 packet of at most 65535 bytes, found 65536",
    ],
  ])("refuses %s", (_name, plans, message) => {
    expect(() => composeFrame(plans)).toThrow(new RangeError(message));
  });
});

describe("a frame", () => {
  const [frame] = fc.sample(ethernetFrame().vlan().ipv4().udp().vxlan().ethernet().vlan().ipv4().tcp(), {
    numRuns: 1,
    seed: 1,
  }) as [Frame];

  it("has its layers by name, the outermost first", () => {
    expect(frame.layer("vlan")).toBe(frame.layers[1]);
    expect(frame.all("vlan")).toEqual([frame.layers[1], frame.layers[6]]);
    expect([frame.has("vxlan"), frame.has("arp")]).toEqual([true, false]);
    expect(() => frame.layer("arp")).toThrow(
      new RangeError(
        "expected a frame with arp, found ethernet / vlan / ipv4 / udp / vxlan / ethernet / vlan / ipv4 / tcp / payload",
      ),
    );
  });

  it("prints as tcpdump does, a packet without a link layer too", () => {
    const packets = ipv4Packet({ source: 0x0a000001, destination: 0x0a000002 }).udp({
      sourcePort: 1,
      destinationPort: 2,
    });
    const [packet] = fc.sample(packets.payload(new Uint8Array(4)), 1);
    expect(String(packet)).toBe("IP 10.0.0.1.1 > 10.0.0.2.2: UDP, length 4");
    expect(fc.stringify(packet)).toMatch(/^IP 10\.0\.0\.1\.1 > 10\.0\.0\.2\.2: UDP, length 4\n0x0000: {2}4/);
  });
});

describe("a property that writes into a frame", () => {
  it("does not change what is reported", () => {
    const property = fc.property(anyFrame(), (frame) => {
      const isLong = frame.bytes.length >= 50;
      frame.bytes.fill(0);
      return !isLong;
    });
    const { counterexample } = fc.check(property, { seed: 1 });
    expect(fc.stringify(counterexample![0])).toMatch(/^IP 10\.0\.0\.1/);
  });

  it("may do so to one of its own", () => {
    const [frame] = fc.sample(anyFrame(), 1) as [Frame];
    const own = frame.fresh();
    own.bytes.fill(0);
    expect(own.fresh().bytes).toEqual(frame.bytes);
    expect(own.layers).toBe(frame.layers);
  });
});

describe("frames beside other values", () => {
  it("leave these alone while both shrink", () => {
    const record = fc.record({ before: fc.nat(), frame: anyFrame(), behind: fc.nat() });
    const lists = fc.array(record, { minLength: 1, maxLength: 3 });
    const whole: boolean[] = [];
    const property = fc.property(lists, fc.nat(), (list, number) => {
      whole.push(list.every(({ before, frame, behind }) => before >= 0 && frame.bytes.length > 0 && behind >= 0));
      return number < 7 || list[0]!.behind < 3;
    });
    expect(fc.check(property, { seed: 1 }).failed).toBe(true);
    expect(whole.length).toBeGreaterThan(20);
    expect(new Set(whole)).toEqual(new Set([true]));
  });
});
