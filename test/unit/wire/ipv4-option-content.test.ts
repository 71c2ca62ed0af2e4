import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import * as ipv4 from "../../../src/wire/ipv4.ts";
import { RECORD_ROUTE } from "./frames.ts";
import { placed } from "./placed.ts";

/** What the options of a header say that has these bytes behind its first 20. */
function read(hex: string): ipv4.Ipv4Option[] {
  const bytes = parseHex(hex);
  const header = new Uint8Array(20 + Math.ceil(bytes.length / 4) * 4);
  header[0] = 0x40 | (header.length / 4);
  header.set(bytes, 20);
  const { view, offset } = placed(header);
  return ipv4.options(view, offset).map((place) => ipv4.readOption(view, place));
}

/** Bytes, padding included, and what they say. */
const OPTIONS: [what: string, hex: string, ipv4.Ipv4Option[]][] = [
  ["nothing", "", []],
  ["a router alert (RFC 2113)", "94040000", [{ name: "routerAlert", value: 0 }]],
  [
    "a record route (RFC 791)",
    "01070b080a00000100000000",
    [{ name: "nop" }, { name: "recordRoute", pointer: 8, addresses: [0x0a000001, 0] }],
  ],
  [
    "a loose source route (RFC 791)",
    "8307040a00000100",
    [{ name: "looseSourceRoute", pointer: 4, addresses: [0x0a000001] }],
  ],
  [
    "a strict source route (RFC 791)",
    "8907080a00000100",
    [{ name: "strictSourceRoute", pointer: 8, addresses: [0x0a000001] }],
  ],
  [
    "timestamps alone (RFC 791)",
    "440c0920000000017fffffff",
    [{ name: "timestamp", pointer: 9, overflow: 2, flag: 0, timestamps: [{ time: 1 }, { time: 0x7fffffff }] }],
  ],
  [
    "timestamps with addresses (RFC 791)",
    "440c05010a00000180000000",
    [{ name: "timestamp", pointer: 5, overflow: 0, flag: 1, timestamps: [{ address: 0x0a000001, time: 0x80000000 }] }],
  ],
  [
    "timestamps of given addresses (RFC 791)",
    "440c05f30a00000100000000",
    [{ name: "timestamp", pointer: 5, overflow: 15, flag: 3, timestamps: [{ address: 0x0a000001, time: 0 }] }],
  ],
  ["what has no name here", "de04abcd", [{ name: "unknown", type: 222, content: parseHex("abcd") }]],
  ["an option without content", "de020000", [{ name: "unknown", type: 222, content: new Uint8Array() }]],
];

describe.each(OPTIONS)("%s", (_what, hex, options) => {
  it("is read", () => expect(read(hex)).toEqual(options));

  it("is built", () => expect(formatHex(ipv4.buildOptions(options))).toBe(hex));
});

describe("readOption", () => {
  it.each([
    ["a route without a pointer", "07020000", 7],
    ["a route of half an address", "0705040a0a000000", 7],
    ["a timestamp without a flag", "44030500", 68],
    ["a timestamp of half a slot", "44080501 0a000001", 68],
    ["a timestamp with a flag of no meaning", "44080502 0a000001", 68],
    ["a router alert of three bytes", "94030000", 148],
  ])("finds in %s its content alone", (_what, hex, type) => {
    const bytes = parseHex(hex);
    expect(read(hex)).toEqual([{ name: "unknown", type, content: bytes.slice(2, bytes[1]) }]);
    expect(ipv4.buildOptions(read(hex))).toEqual(bytes.slice());
  });

  it("reads the route that Linux recorded", () => {
    const { view, offset } = placed(RECORD_ROUTE.subarray(14));
    const [route] = ipv4.options(view, offset).map((place) => ipv4.readOption(view, place));
    const addresses = [0x0af40105, 0x0af40201, 0x0af40208, 0x0af40208, 0x0af40101, 0, 0, 0, 0];
    expect(route).toEqual({ name: "recordRoute", pointer: 24, addresses });
  });

  it("gives a content that stays when the packet is gone", () => {
    const { view, offset } = placed(parseHex(`46${"00".repeat(19)}de04abcd`));
    const option = ipv4.readOption(view, ipv4.options(view, offset)[0]!);
    new Uint8Array(view.buffer).fill(0);
    expect(option).toEqual({ name: "unknown", type: 222, content: parseHex("abcd") });
  });
});

describe("buildOptions", () => {
  it("points to the first slot unless told otherwise (RFC 791: the smallest pointers are 4 and 5)", () => {
    expect(formatHex(ipv4.buildOptions([{ name: "recordRoute", addresses: [0] }]))).toBe("0707040000000000");
    const timestamp = { name: "timestamp", flag: 0, timestamps: [{ time: 0 }] } as const;
    expect(formatHex(ipv4.buildOptions([timestamp]))).toBe("4408050000000000");
  });

  it("takes 40 bytes and no more (RFC 791: 15 words of header)", () => {
    const route = (count: number): ipv4.Ipv4Option[] => [
      { name: "recordRoute", addresses: new Array<number>(count).fill(0) },
    ];
    expect(ipv4.buildOptions(route(9))).toHaveLength(40);
    expect(() => ipv4.buildOptions(route(10))).toThrow(
      new RangeError("expected IPv4 options of at most 40 bytes, found 43 bytes"),
    );
  });

  it.each<[string, number, ipv4.Ipv4Timestamp]>([
    ["expected timestamps with addresses, as the flag has it", 1, { time: 1 }],
    ["expected timestamps without addresses, as the flag has it", 0, { address: 1, time: 1 }],
    ["expected a timestamp option's flag to be 0, 1 or 3", 2, { time: 1 }],
  ])("says %s", (message, flag, timestamp) => {
    expect(() => ipv4.buildOptions([{ name: "timestamp", flag, timestamps: [timestamp] }])).toThrow(
      new RangeError(message),
    );
  });

  it("gives what write takes", () => {
    const bytes = new Uint8Array(24);
    const view = new DataView(bytes.buffer);
    const options = ipv4.buildOptions([{ name: "routerAlert", value: 0 }]);
    ipv4.write(view, 0, { totalLength: 24, protocol: 2, source: 1, destination: 2, options });
    expect(ipv4.check(view, 0, 24)).toBe(0);
    expect(ipv4.text(view, 0, 24)).toContain("options (RA)");
  });
});
