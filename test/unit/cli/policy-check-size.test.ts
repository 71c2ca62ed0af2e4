import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { largeClusterFile } from "../../tools/large-cluster.ts";
import { MAIN, temporaryFolder } from "./command.ts";

const path = temporaryFolder();

/** Tells on standard error how many milliseconds of processor time the command took. */
const METER = "data:text/javascript,process.on('exit',()=>console.error('ms',process.cpuUsage().user/1e3))";
const LIMIT = 10_000;

it("checks 100 nodes with 3,000 pods and 200 policies in 10 seconds", { timeout: 120_000 }, () => {
  writeFileSync(
    path("large.json"),
    JSON.stringify({ kind: "List", apiVersion: "v1", items: largeClusterFile(100, 30, 200) }),
  );
  const command = [MAIN, "policy", "check", "--cni", "calico", "--cluster", path("large.json"), "--json"];
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", METER, ...command], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const record = JSON.parse(stdout) as {
    pods: number;
    groups: object[];
    packets: number;
    matrix: { cells: object[][] };
  };
  expect(record.pods).toBe(3000);
  expect(record.groups).toHaveLength(201);
  // Not one for each of 40,801 pairs of groups: policies see the same in most of them.
  expect(record.packets).toBeLessThan(10_000);
  const cells = record.matrix.cells.flat() as { allowed: number; denied: number; lost: number }[];
  const sum = (key: "allowed" | "denied" | "lost"): number => cells.reduce((all, cell) => all + cell[key], 0);
  expect(sum("lost")).toBe(0);
  expect(sum("allowed") + sum("denied")).toBe(3000 * 2999);
  expect(Number(/ms ([\d.]+)/.exec(stderr)![1])).toBeLessThan(LIMIT);
});
