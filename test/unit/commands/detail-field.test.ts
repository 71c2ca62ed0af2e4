import { expect, it } from "vitest";
import { field, fieldRecord, fieldText, switchField, wordField } from "../../../src/commands/detail-field.ts";

it("keeps a field under two names, and leaves out what one of the forms has not", () => {
  const fields = [
    field("group_addr", "01:80:c2:00:00:00", "group_address"),
    switchField("hairpin", true),
    wordField("learning", true),
    { value: false, text: "mcast_fast_leave off" },
  ];
  expect(fieldText(fields)).toBe("group_address 01:80:c2:00:00:00 hairpin on mcast_fast_leave off ");
  expect(fieldRecord(fields)).toEqual({ group_addr: "01:80:c2:00:00:00", hairpin: true, learning: true });
  expect(fieldRecord([])).toBeUndefined();
});
