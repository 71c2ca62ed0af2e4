import { describe, expect, it } from "vitest";
import { Ecn, innerEcn, outerEcn, rewriteEcn } from "../../../src/datapath/tunnel-ecn.ts";
import { ethernet, ipv4 } from "../../../src/wire/index.ts";
import { ECHO_REQUEST } from "../wire/frames.ts";

const { NOT_ECT, ECT_1, ECT_0, CE } = Ecn;

describe("RFC 6040", () => {
  it("encapsulates with the inner field, and starts CE over", () => {
    expect([NOT_ECT, ECT_1, ECT_0, CE].map(outerEcn)).toEqual([NOT_ECT, ECT_1, ECT_0, ECT_0]);
  });

  // Figure 4; -1 is "drop". Columns: outer Not-ECT, ECT(1), ECT(0), CE.
  it.each([
    [NOT_ECT, [NOT_ECT, NOT_ECT, NOT_ECT, -1]],
    [ECT_1, [ECT_1, ECT_1, ECT_1, CE]],
    [ECT_0, [ECT_0, ECT_1, ECT_0, CE]],
    [CE, [CE, CE, CE, CE]],
  ])("decapsulates an inner %i as figure 4 says", (inner, expected) => {
    expect([NOT_ECT, ECT_1, ECT_0, CE].map((outer) => innerEcn(inner, outer))).toEqual(expected);
  });
});

it("rewrites the field and leaves the rest and the checksum right", () => {
  const frame = ECHO_REQUEST.slice();
  const view = new DataView(frame.buffer);
  ipv4.setTypeOfService(view, ethernet.HEADER_LENGTH, 0xba);
  rewriteEcn(view, ethernet.HEADER_LENGTH, CE);
  expect(ipv4.typeOfService(view, ethernet.HEADER_LENGTH)).toBe(0xbb);
  expect(ipv4.verifyHeaderChecksum(view, ethernet.HEADER_LENGTH)).toBe(true);
});
