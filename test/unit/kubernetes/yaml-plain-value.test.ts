import { describe, expect, it } from "vitest";
import { plainKey, plainValue } from "../../../src/kubernetes/yaml-plain-value.ts";

describe("an unquoted text", () => {
  it.each<[value: boolean | null, words: string]>([
    [true, "y Y yes Yes YES true True TRUE on On ON"],
    [false, "n N no No NO false False FALSE off Off OFF"],
    [null, "~ null Null NULL"],
  ])("is %j as one of %s", (value, words) => {
    for (const word of words.split(" ")) expect(plainValue(word)).toBe(value);
  });

  it("is null when there is none", () => {
    expect(plainValue("")).toBe(null);
  });

  it.each<[text: string, value: number]>([
    ["80", 80],
    ["-5", -5],
    ["+5", 5],
    ["0", 0],
    ["-0", 0],
    ["00", 0],
    ["0777", 511],
    ["-0777", -511],
    ["0o777", 511],
    ["08", 8],
    ["0x1F", 31],
    ["-0X1f", -31],
    ["0b101", 5],
    ["1_000", 1000],
    ["0x_1F", 31],
    ["1.10", 1.1],
    ["1.", 1],
    [".5", 0.5],
    ["-.5", -0.5],
    ["1e3", 1000],
    ["1.5E-3", 0.0015],
    ["4294967296", 4294967296],
    ["0xFFFFFFFFFFFFFFFF", 2 ** 64],
    ["0777777777777777777777777", 777777777777777777777777],
  ])("is a number: %s", (text, value) => {
    expect(plainValue(text)).toBe(value);
  });

  it.each([
    ..."yEs tRue nuLL 10.0.0.1 10.0.0.0/8 2001-01-01 12:30:45 1:20 1e400 0o8 0b2 0x 1.5e e3 -a - + . .. 1- _1 ._5".split(
      " ",
    ),
    ..."inf nan +inf 0x1p3 http://a/b ::1 fd00::/8 80-90 0xFFFFFFFFFFFFFFFFF << = v1.2 1.2.3".split(" "),
  ])("is text otherwise: %s", (text) => {
    expect(plainValue(text)).toBe(text);
  });

  it.each(".inf .Inf .INF +.inf -.INF .nan .NaN .NAN".split(" "))("has no value in JSON: %s", (text) => {
    expect(plainValue(text)).toBe(undefined);
    expect(plainKey(text)).toBe(undefined);
  });
});

describe("an unquoted key", () => {
  it.each([
    ["app", "app"],
    ["yes", "true"],
    ["n", "false"],
    ["80", "80"],
    ["0x10", "16"],
    ["010", "8"],
    ["1.50", "1.5"],
    ["9007199254740993", "9007199254740993"],
    ["2001-01-01", "2001-01-01"],
  ])("%s is %j", (text, key) => {
    expect(plainKey(text)).toBe(key);
  });

  it.each(["~", "null", ""])("cannot be null: %j", (text) => {
    expect(plainKey(text)).toBe(undefined);
  });
});
