import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { preparePlots } from "../../bench/plot-folder.ts";
import { Failure } from "../../src/cli/errors.ts";
import { temporaryFolder } from "../unit/cli/command.ts";

describe("the folder of plots", () => {
  const inside = temporaryFolder();

  it("is made where it is missing, and stays empty at first", () => {
    preparePlots(inside("new"), ["route"]);
    preparePlots(inside("new"), ["route"]);
    expect(readdirSync(inside())).toEqual(["new"]);
    expect(readdirSync(inside("new"))).toEqual([]);
  });

  it.each<[string, () => string, string]>([
    ["an empty name", () => "", "found an empty name"],
    ["a file", () => inside("file"), "file: it is a file"],
    ["what lies below a file", () => inside("file/x"), "x: its folder is a file"],
    ["what lies below nothing", () => inside("a/b"), "b: it cannot be made there"],
    // With folders above it made as well, Node 20 tries this for ever.
    ["what no folder can be made in", () => "/proc/x", "found /proc/x: it cannot be made there"],
  ])("is not %s", (_name, folder, message) => {
    writeFileSync(inside("file"), "");
    expect(() => preparePlots(folder(), ["wire"])).toThrow(Failure);
    expect(() => preparePlots(folder(), ["wire"])).toThrow(message);
  });

  it("has room for each of the plots", () => {
    mkdirSync(inside("routes.svg"));
    expect(() => preparePlots(inside(), ["vxlan"])).not.toThrow();
    expect(() => preparePlots(inside(), ["route"])).toThrow("routes.svg: it is a folder");
  });
});
