import { constants, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Inflate, InflateError } from "../../../src/cli/inflate.ts";

const TEXT = "to and fro ".repeat(3_000);
const PACKED = deflateRawSync(TEXT);

describe("Inflate", () => {
  it("unpacks one stream after another, and tells where each ends", () => {
    const inflate = new Inflate();
    for (const chunkLength of [1, 1e6]) {
      inflate.start();
      let [text, used] = ["", 0];
      const input = Buffer.concat([PACKED, Buffer.from("what follows")]);
      for (let offset = 0; !inflate.isDone; offset += chunkLength) {
        used += inflate.push(input.subarray(offset, offset + chunkLength), (bytes) => (text += Buffer.from(bytes)));
      }
      expect([text, used]).toEqual([TEXT, PACKED.length]);
    }
  });

  it("reads a stream again where it is damaged, and tells at which byte", () => {
    const sound = deflateRawSync(TEXT, { level: 0, finishFlush: constants.Z_SYNC_FLUSH });
    const damaged = Buffer.concat([sound, Buffer.alloc(9, 0xff)]);
    const inflate = new Inflate((offset, length) => damaged.subarray(offset, offset + length));
    let text = "";
    let fault: unknown;
    try {
      inflate.push(damaged, (bytes) => (text += Buffer.from(bytes)));
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(InflateError);
    expect(fault).toMatchObject({ message: "invalid block type", position: sound.length });
    expect(text).toBe(TEXT);
  });

  it("lets through what is thrown at what it gives", () => {
    const fail = (): void => {
      throw new RangeError("enough");
    };
    expect(() => new Inflate().push(PACKED, fail)).toThrow(new RangeError("enough"));
  });
});
