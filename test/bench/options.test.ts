import { describe, expect, it } from "vitest";
import { HELP, readRequest } from "../../bench/options.ts";
import { UsageError } from "../../src/cli/errors.ts";

describe("npm run bench", () => {
  it("runs every bench when none is named, each once when they are", () => {
    const { benches, options, seconds } = readRequest([])!;
    expect(benches).toEqual([
      "wire",
      "checksum",
      "decode",
      "packet-pool",
      "mac-table",
      "route-table",
      "neighbour",
      "bridge",
      "route",
      "vxlan",
      "path",
      "pod-to-pod",
      "policy",
      "capture",
      "capture-copy",
    ]);
    expect([options, seconds]).toEqual([{}, 0.6]);
    expect(readRequest(["route", "wire", "route"])!.benches).toEqual(["route", "wire"]);
  });

  it("takes lists, seconds and files", () => {
    const request = readRequest(
      "route bridge --frame-sizes 64,IMIX,imix,064 --flows 1,2,01 --routes 10 --macs 5 --seconds 0.5 --json a --compare b --svg c".split(
        " ",
      ),
    )!;
    const { frameSizes, ...others } = request.options;
    expect(frameSizes!.map(({ name }) => name)).toEqual(["64", "IMIX"]);
    expect(others).toEqual({ flows: [1, 2], routes: [10], macs: [5] });
    expect(request).toMatchObject({ seconds: 0.5, json: "a", compare: "b", svg: "c" });
  });

  it("helps, on lines that a terminal has room for", () => {
    expect(readRequest(["--help"])).toBeNull();
    expect(HELP).toContain("64,128,256,512,1024,1280,1518; IMIX is the usual mix");
    expect(HELP).toContain("plot what bridge, route, vxlan, path, pod-to-pod do");
    for (const line of HELP.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each<[string, string[], RegExp]>([
    ["an unknown bench", ["fly"], /^expected BENCH to be wire or .* or capture-copy, found "fly"$/],
    ["an unknown option", ["--fast"], /^unknown option '--fast': see npm run bench -- --help$/],
    ["no seconds", ["--seconds", "0"], /^expected --seconds from 0.05 to 60 seconds, found "0"$/],
    ["seconds in words", ["--seconds", "1s"], /^expected --seconds from 0.05 to 60 seconds, found "1s"$/],
    ["a jumbo frame", ["--frame-sizes", "64,9000"], /^expected --frame-sizes from 64 to 1518, or IMIX, found "9000"$/],
    ["too many routes", ["--routes", "500001"], /^expected --routes from 1 to 500000, found "500001"$/],
    ["MACs for a router", ["route", "--macs", "5"], /^expected --macs with mac-table or bridge, found it with route$/],
    [
      "routes for no router",
      ["wire", "bridge", "--routes", "5"],
      /^expected --routes with route-table or route, found it with wire and bridge$/,
    ],
    [
      "frames of a table",
      ["mac-table", "--frame-sizes", "64"],
      /^expected --frame-sizes with checksum or .*, found it w/,
    ],
    ["no MACs", ["--macs", ""], /^expected --macs from 1 to 1000000, found ""$/],
  ])("refuses %s", (_name, arguments_, message) => {
    expect(() => readRequest(arguments_)).toThrow(UsageError);
    expect(() => readRequest(arguments_)).toThrow(message);
  });
});
