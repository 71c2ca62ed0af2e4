import { expect, it } from "vitest";
import { Decimal, jsonText } from "../../../src/commands/json-text.ts";

const RECORDS = [
  { name: 'a"b', left: undefined, list: ["x", "y"], none: [], timer: new Decimal("0.00") },
  { in: { at: 1 } },
];

it("is one line", () => {
  expect(jsonText(RECORDS, false)).toBe('[{"name":"a\\"b","list":["x","y"],"none":[],"timer":0.00},{"in":{"at":1}}]\n');
});

it("is as iproute2's pretty JSON", () => {
  expect(jsonText(RECORDS, true)).toBe(`[ {
        "name": "a\\"b",
        "list": [ "x","y" ],
        "none": [ ],
        "timer": 0.00
    },{
        "in": {
            "at": 1
        }
    } ]
`);
  expect(jsonText([], true)).toBe("[ ]\n");
  expect(jsonText([{}], true)).toBe("[ {} ]\n");
});
