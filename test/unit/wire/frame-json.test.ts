import { describe, expect, it } from "vitest";
import { dissect } from "../../../src/wire/dissection.ts";
import { type JsonLayer, jsonLayers } from "../../../src/wire/frame-json.ts";
import { PORT_UNREACHABLE, TCP_SYN, UDP_DATAGRAM } from "./frames.ts";

function layers(bytes: Uint8Array): JsonLayer[] {
  const found = jsonLayers(dissect(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length));
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  return found;
}

describe("layers for JSON", () => {
  it("have bytes as hexadecimal text", () => {
    expect(layers(UDP_DATAGRAM)[3]).toEqual({
      protocol: "payload",
      offset: 42,
      length: 5,
      fields: [{ name: "payload.bytes", offset: 42, length: 5, value: "68656c6c6f", text: "5 bytes" }],
    });
  });

  it("have the text of a field where it is not the value", () => {
    const fields = layers(TCP_SYN)[2]!.fields;
    expect(fields[0]).toEqual({ name: "tcp.sourcePort", offset: 34, length: 2, value: 34246 });
    expect(fields.find(({ name }) => name === "tcp.flags")).toMatchObject({ value: 2, text: "0x02 [S]" });
    expect(fields.find(({ name }) => name === "tcp.option.timestamps")).toMatchObject({ value: [3191072262, 0] });
  });

  it("have problems and the mark of a quotation where there are any", () => {
    const cut = layers(UDP_DATAGRAM.subarray(0, 13));
    expect(cut[0]!.problems).toEqual([
      { text: "the header is cut short: 13 of 14 bytes are there", offset: 0, required: 14, actual: 13 },
    ]);
    const all = layers(PORT_UNREACHABLE);
    expect(all.map(({ quoted }) => quoted)).toEqual([undefined, undefined, undefined, true, true, true]);
    expect(all.some((layer) => "problems" in layer)).toBe(false);
  });
});
