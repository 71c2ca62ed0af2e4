import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { dissect, type Layer } from "../../../src/wire/dissection.ts";
import { fixChecksums } from "../../../src/wire/fix-checksums.ts";
import { placed } from "./placed.ts";

/** A frame whose IPv4 and TCP headers have these options, filled up with END. */
function frameWith(ipv4Options: string, tcpOptions: string): Uint8Array {
  const [outer, inner] = [ipv4Options, tcpOptions].map((options) => {
    const bytes = parseHex(options);
    return [...bytes, ...new Array<number>(-bytes.length & 3).fill(0)];
  });
  const lengths = [20 + outer!.length, 20 + inner!.length];
  const ipv4 = [0x40 | (lengths[0]! / 4), 0, 0, lengths[0]! + lengths[1]!, 0, 1, 0, 0, 64, 6, 0, 0];
  const tcp = [0, 80, 0, 81, ...new Array<number>(8).fill(0), lengths[1]! << 2, 0x10, 0, 0, 0, 0, 0, 0];
  const frame = Uint8Array.of(...new Array<number>(12).fill(2), 8, 0, ...ipv4, 10, 0, 0, 1, 10, 0, 0, 2, ...outer!);
  const whole = Uint8Array.of(...frame, ...tcp, ...inner!);
  fixChecksums(new DataView(whole.buffer), 0, whole.length, 1);
  return whole;
}

function layerOf(protocol: string, ipv4Options: string, tcpOptions: string): Layer {
  const { view, offset, end } = placed(frameWith(ipv4Options, tcpOptions));
  const { layers } = dissect(view, offset, end);
  return layers.find((layer) => layer.protocol === protocol)!;
}

/** Problems as [position in the options, required, actual]. */
function problems(layer: Layer): unknown[] {
  return layer.problems.map(({ offset, required, actual }) => [offset - layer.offset - 20, required, actual]);
}

function names(layer: Layer): string[] {
  const prefix = `${layer.protocol}.option.`;
  return layer.fields.flatMap(({ name }) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
}

describe("problems of IPv4 options", () => {
  const of = (options: string): unknown[] => problems(layerOf("ipv4", options, ""));

  it.each([
    ["nothing at all", ""],
    ["NOP and END", "01010100"],
    ["router alert", "94040000"],
    ["a record route without a slot", "070304"],
    ["one that is empty", "070b04" + "00".repeat(8)],
    ["one that is half full", "070b08" + "00".repeat(8)],
    ["one that is full", "070b0c" + "00".repeat(8)],
    ["source routes", "830704 0a000001 890704 0a000001"],
    ["timestamps alone", "440c0500" + "00".repeat(8)],
    ["one of two timestamps", "440c0900" + "00".repeat(8)],
    ["timestamps with addresses, full", "440c0d01" + "00".repeat(8)],
    ["security", "820b" + "00".repeat(9)],
    ["a type that is not known, of any length", "630200 990300"],
  ])("are none of %s", (_name, options) => expect(of(options)).toEqual([]));

  it.each([
    ["router alert of 3 bytes", "940300", [[1, 4, 3]]],
    ["router alert of 6 bytes", "940600000000", [[1, 4, 6]]],
    ["record route without a pointer", "0702", [[1, 3, 2]]],
    ["record route that ends in an address", "070904" + "00".repeat(6), [[1, 7, 9]]],
    ["loose source route likewise", "830504 0000", [[1, 3, 5]]],
    ["strict source route likewise", "8902", [[1, 3, 2]]],
    ["a pointer before the first address", "070703 00000000", [[2, 4, 3]]],
    ["a pointer into an address", "070706 00000000", [[2, 4, 6]]],
    ["a pointer behind the option", "07070c 00000000", [[2, 8, 12]]],
    ["a timestamp without its flag", "440305", [[1, 4, 3]]],
    ["a timestamp flag without meaning", "44080502 00000000", [[3, undefined, undefined]]],
    ["a timestamp that ends in a slot", "44080501 00000000", [[1, 4, 8]]],
    ["a timestamp's pointer before the first", "44080400 00000000", [[2, 5, 4]]],
    ["a timestamp's pointer into a slot", "440c0901" + "00".repeat(8), [[2, 5, 9]]],
    ["security of 2 bytes", "8202", [[1, 3, 2]]],
    ["a length of 1", "9401", [[1, 2, 1]]],
    ["a length of 0", "0700", [[1, 2, 0]]],
    ["a length beyond the header", "94050000", [[1, 5, 4]]],
    ["no length", "01010107", [[3, 2, 1]]],
  ])("tell of %s", (_name, options, expected) => expect(of(options)).toEqual(expected));

  it("do not keep the options behind from being told", () => {
    const layer = layerOf("ipv4", "940300 070703 00000000 94040001", "");
    expect(names(layer)).toEqual(["unknown", "recordRoute", "routerAlert", "end"]);
    expect(problems(layer)).toEqual([
      [1, 4, 3],
      [5, 4, 3],
    ]);
  });
});

describe("problems of TCP options", () => {
  const of = (options: string): unknown[] => problems(layerOf("tcp", "", options));

  it.each([
    ["all that is well known", "020405b4 0402 080a0000000100000002 01 030307"],
    ["SACK of two blocks", "0101 0512" + "00".repeat(16)],
    ["SACK of none, as tshark has it", "0502"],
    ["a kind that is not known", "1304ffff"],
  ])("are none of %s", (_name, options) => expect(of(options)).toEqual([]));

  it.each([
    ["a maximum segment size of 3 bytes", "020305", [[1, 4, 3]]],
    ["a window scale of 4 bytes", "03040700", [[1, 3, 4]]],
    ["SACK permitted of 3 bytes", "040300", [[1, 2, 3]]],
    ["timestamps of 8 bytes", "0808000000010000", [[1, 10, 8]]],
    ["SACK with half a block", "050600000001", [[1, 2, 6]]],
    ["SACK with one block and a half", "050e" + "00".repeat(12), [[1, 10, 14]]],
    ["a length of 0", "0200", [[1, 2, 0]]],
    ["a length beyond the header", "020a05b4", [[1, 10, 4]]],
  ])("tell of %s", (_name, options, expected) => expect(of(options)).toEqual(expected));

  it("do not keep the options behind from being told, nor make anything of the content", () => {
    const layer = layerOf("tcp", "", "020305 03040700 0402 080a0000000100000002");
    expect(names(layer)).toEqual(["unknown", "unknown", "sackPermitted", "timestamps", "end"]);
    expect(layer.problems).toHaveLength(2);
    expect(layer.fields.find(({ name }) => name === "tcp.option.unknown")!.value).toEqual(Uint8Array.of(5));
  });
});
