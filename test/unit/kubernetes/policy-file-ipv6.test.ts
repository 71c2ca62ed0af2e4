import { isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ipv6RangeOrUndefined, isWithin } from "../../../src/kubernetes/policy-file-ipv6.ts";

const RUN_COUNT = 2_000;

it.each<[string, bigint, number]>([
  ["::/0", 0n, 0],
  ["fd00::/8", 0xfd00n << 112n, 8],
  ["fd00::1/8", 0xfd00n << 112n, 8],
  ["::1/128", 1n, 128],
  ["1:2:3:4:5:6:7:8/128", 0x0001_0002_0003_0004_0005_0006_0007_0008n, 128],
  ["1::8/128", (1n << 112n) | 8n, 128],
  ["::ffff:10.1.2.3/120", 0xffff_0a01_0200n, 120],
])("reads %s", (text, address, length) => {
  expect(ipv6RangeOrUndefined(text)).toEqual({ address, length });
});

it.each([
  ...["", "/64", "::", "::1", "::/129", "::/064", "::/-1", "::/", ":::1/64", "1:2:3/64", "1::2::3/64"],
  ...["1:2:3:4:5:6:7/64", "1:2:3:4:5:6:7:8:9/64", "1:2:3:4::5:6:7:8/64", "12345::/64", "g::/64", ":1::/64", "1:/64"],
  ...["1.2.3.4::/64", "::1.2.3/120", "::1.2.3.4:5/64", "::1.2.3.256/120", "fe80::1%eth0/64", " ::/0", "10.0.0.0/8"],
])("refuses %j", (text) => {
  expect(ipv6RangeOrUndefined(text)).toBeUndefined();
});

it("takes what Node takes for an address, and nothing else", () => {
  const part = fc.constantFrom(":", ":", "::", "0", "1f", "ffff", "10000", ".", "10.0.0.1", "x");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 17 }), (parts) => {
      const text = parts.join("");
      expect(ipv6RangeOrUndefined(`${text}/64`) !== undefined, text).toBe(isIPv6(text));
    }),
    { numRuns: RUN_COUNT },
  );
});

it("tells which range lies in which", () => {
  const within = (outer: string, inner: string): boolean =>
    isWithin(ipv6RangeOrUndefined(outer)!, ipv6RangeOrUndefined(inner)!);
  expect(within("fd00::/8", "fd12::/16")).toBe(true);
  expect(within("fd00::/8", "fe00::/16")).toBe(false);
  expect(within("fd00::/8", "fd00::/8")).toBe(false);
  expect(within("::/0", "::1/128")).toBe(true);
});
