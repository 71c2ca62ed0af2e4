import { describe, expect, it } from "vitest";
import { isError, redirectText, timeExceededText, typeText, unreachableText } from "../../../src/wire/icmpv4-types.ts";

describe("isError", () => {
  it("holds for the five types that quote a packet (RFC 1122 section 3.2.2), and no other", () => {
    const types = Array.from({ length: 256 }, (_, type) => type);
    expect(types.filter(isError)).toEqual([3, 4, 5, 11, 12]);
  });
});

describe("tcpdump's words", () => {
  it("for types", () => {
    expect([0, 4, 8, 9, 10, 42].map(typeText)).toEqual([
      "echo reply",
      "source quench",
      "echo request",
      "router advertisement",
      "router solicitation",
      "type-#42",
    ]);
  });

  it("for every code of an unreachable that is told by its destination alone", () => {
    const codes = [0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    expect(codes.map((code) => unreachableText(code, "D"))).toEqual([
      "net D unreachable",
      "host D unreachable",
      "D unreachable - source route failed",
      "net D unreachable - unknown",
      "host D unreachable - unknown",
      "D unreachable - source host isolated",
      "net D unreachable - admin prohibited",
      "host D unreachable - admin prohibited",
      "net D unreachable - tos prohibited",
      "host D unreachable - tos prohibited",
      "host D unreachable - admin prohibited filter",
      "host D unreachable - host precedence violation",
      "host D unreachable - precedence cutoff",
      "D unreachable - #16",
    ]);
  });

  it("for every code of a redirect", () => {
    expect([0, 1, 2, 3, 4].map((code) => redirectText(code, "D", "G"))).toEqual([
      "redirect D to net G",
      "redirect D to host G",
      "redirect-tos D to net G",
      "redirect-tos D to host G",
      "redirect-#4 D to G",
    ]);
  });

  it("for every code of a time exceeded", () => {
    expect([0, 1, 2].map(timeExceededText)).toEqual([
      "time exceeded in-transit",
      "ip reassembly time exceeded",
      "time exceeded-#2",
    ]);
  });
});
