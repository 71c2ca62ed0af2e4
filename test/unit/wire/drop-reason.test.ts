import { describe, expect, it } from "vitest";
import { DROP_REASON_COUNT, DropReason, dropReasonName, dropReasonText } from "../../../src/wire/drop-reason.ts";

describe("DropReason", () => {
  it("numbers reasons from 0 without a gap, so that arrays can be indexed by them", () => {
    expect(Object.values(DropReason)).toEqual(Array.from({ length: DROP_REASON_COUNT }, (_, reason) => reason));
    expect(DropReason.NONE).toBe(0);
  });

  it("has a name and a sentence of its own for each", () => {
    const reasons = Object.values(DropReason);
    expect(reasons.map(dropReasonName)).toEqual(Object.keys(DropReason));
    expect(new Set(reasons.map(dropReasonText)).size).toBe(DROP_REASON_COUNT);
  });

  it.each([-1, DROP_REASON_COUNT, 0.5])("refuses %d", (reason) => {
    const message = `expected a drop reason below ${DROP_REASON_COUNT}, found ${reason}`;
    expect(() => dropReasonName(reason)).toThrow(new RangeError(message));
    expect(() => dropReasonText(reason)).toThrow(new RangeError(message));
  });
});
