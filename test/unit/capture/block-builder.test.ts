import { describe, expect, it } from "vitest";
import { optionLimit, textOptionLimit } from "../../../src/capture/block-builder.ts";
import type { BlockBuilder } from "../../../src/capture/block-builder.ts";
import { blockWords, expected } from "./block-words.ts";

const BLOCK_TYPE = 0xbad;

/** The words between the first total length and the last. */
function bodyWords(write: (block: BlockBuilder) => void, epochSeconds = 0): string[] {
  const all = blockWords((block) => {
    block.begin(BLOCK_TYPE, 70_000);
    write(block);
    block.end();
  }, epochSeconds);
  return all.slice(2, -1);
}

describe("the frame of a block (section 3.1)", () => {
  it("has type and total length before the body, and the total length again after it", () => {
    const block = blockWords((block) => {
      block.begin(0x01020304, 4);
      block.uint32(0xdeadbeef);
      block.end();
    });
    expect(block).toEqual(expected("04030201 10000000", "efbeadde", "10000000"));
  });

  it("is 12 bytes long without a body", () => {
    const block = blockWords((block) => {
      block.begin(1, 0);
      block.end();
    });
    expect(block).toEqual(expected("01000000 0c000000 0c000000"));
  });

  it("leaves no trace of a block that was not ended", () => {
    const blocks = blockWords((block) => {
      block.begin(1, 100);
      block.textOption(1, "given up");
      block.begin(2, 0);
      block.end();
    });
    expect(blocks).toEqual(expected("02000000 0c000000 0c000000"));
  });
});

describe("numbers (section 3.6)", () => {
  it("are little endian", () => {
    const body = bodyWords((block) => {
      block.uint16(0x0102);
      block.uint8(0xff);
      block.uint8(0);
      block.uint32(0x01020304);
      block.uint64(0x00_0102_0304_0506);
    });
    expect(body).toEqual(expected("0201ff00", "04030201", "06050403 02010000"));
  });

  it.each([
    [0, "00000000 00000000"],
    [2 ** 32 - 1, "ffffffff 00000000"],
    [2 ** 32, "00000000 01000000"],
    [Number.MAX_SAFE_INTEGER, "ffffffff ffff1f00"],
  ])("%i has 64 bits", (value, hex) => {
    expect(bodyWords((block) => block.uint64(value))).toEqual(expected(hex));
  });

  it("addresses are in network order", () => {
    const body = bodyWords((block) => {
      block.ipv4Address(0x0af40105);
      block.macAddress(0x0a58_0af4_0105);
      block.uint16(0);
    });
    expect(body).toEqual(expected("0af40105", "0a580af4 01050000"));
  });
});

describe("timestamps (section 4.3)", () => {
  it("have the upper 32 bits first, as in the draft's example of isb_starttime", () => {
    const microseconds = Date.UTC(2012, 5, 29, 6, 17, 0) * 1_000 + 834_163;
    expect(bodyWords((block) => block.timestamp(microseconds))).toEqual(expected("96c30400 73896a65"));
  });

  const epochs = [0, 1, 4, 5, 1_700_000_000, 2 ** 31, 2 ** 32 - 1];
  it.each(epochs)("are exact at every carry, %i seconds after 1970", (epochSeconds) => {
    const epoch = BigInt(epochSeconds) * 1_000_000_000n;
    const toCarry = 2 ** 32 - Number(epoch % 2n ** 32n);
    const times = [0, 1, toCarry - 1, toCarry, toCarry + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + toCarry - 1];
    for (const time of [...times, 2 ** 53 - 1 - 2 ** 32, 2 ** 53 - 1]) {
      const hex = (epoch + BigInt(time)).toString(16).padStart(16, "0");
      const written = bodyWords((block) => block.timestamp(time), epochSeconds);
      const read = written.map((word) => word.match(/../g)!.reverse().join("")).join("");
      expect(read, `${epochSeconds} s and ${time} ns`).toBe(hex);
    }
  });

  it("lose their fraction", () => {
    expect(bodyWords((block) => block.timestamp(2 ** 32 + 1.99))).toEqual(expected("01000000 01000000"));
  });
});

describe("options (section 3.5)", () => {
  it("give their length without the padding, are padded with zeros, and end with opt_endofopt", () => {
    const body = bodyWords((block) => {
      block.textOption(2, "a");
      block.textOption(3, "abcd");
      block.comment("abcde");
    });
    expect(body).toEqual(expected("02000100 61000000", "03000400 61626364", "01000500 61626364 65000000", "00000000"));
  });

  it("have no end when there are none", () => {
    expect(bodyWords((block) => block.uint32(7))).toEqual(expected("07000000"));
  });

  it("are left out when there is no value, or no text in it", () => {
    const body = bodyWords((block) => {
      block.comment(undefined);
      block.comment("");
      block.uint64Option(5, undefined);
    });
    expect(body).toEqual([]);
  });

  it("may have the value 0", () => {
    expect(bodyWords((block) => block.uint64Option(5, 0))).toEqual(expected("05000800 00000000 00000000 00000000"));
  });

  it("hold 65,535 bytes and not one more", () => {
    const body = bodyWords((block) => block.comment("x".repeat(65_535)));
    expect(body.slice(0, 2)).toEqual(expected("0100ffff 78787878"));
    expect(body.slice(-2)).toEqual(expected("78787800 00000000"));
    expect(() => bodyWords((block) => block.comment("x".repeat(65_536)))).toThrow(
      new RangeError("expected a text or a list of names of at most 65535 bytes, found 65536"),
    );
  });
});

describe("text (section 3.6.3)", () => {
  it.each([
    ["one byte", "A", "01000100 41000000"],
    ["two bytes", "é", "01000200 c3a90000"],
    ["three bytes", "→", "01000300 e2869200"],
    ["four bytes", "😀", "01000400 f09f9880"],
    ["half a surrogate pair as U+FFFD", "\ud83d", "01000300 efbfbd00"],
  ])("is UTF-8: %s", (_name, text, hex) => {
    expect(bodyWords((block) => block.comment(text))).toEqual(expected(hex, "00000000"));
  });

  it.each(["", "A", "é→", "😀😀", "\uffff".repeat(1_000)])("fits into the limit that is told before", (text) => {
    const limit = textOptionLimit(text);
    expect(bodyWords((block) => block.comment(text)).length * 4).toBeLessThanOrEqual(limit + 4);
  });
});

describe("limits", () => {
  it("count the header of an option and its padding", () => {
    for (let length = 0; length < 8; length++) {
      const words = bodyWords((block) => {
        block.beginOption(9);
        for (let count = 0; count < length; count++) block.uint8(1);
        block.endValue();
      });
      expect((words.length - 1) * 4).toBeLessThanOrEqual(optionLimit(length));
    }
  });

  it("count no text as nothing", () => {
    expect(textOptionLimit(undefined)).toBe(0);
  });
});
