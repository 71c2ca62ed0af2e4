/**
 * What a test may need that npm does not install: packet tools, root, data beside the checkout.
 *
 * A test that lacks something is skipped, and its name says why. With CI=true in the environment it
 * fails instead: there a skipped test would be a check that silently stopped.
 */

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Something outside the project that a test needs. */
export interface Requirement {
  /** Why it is not met, to follow "skipped: "; undefined when it is met. */
  readonly missing: string | undefined;
}

/** A program on the PATH: `tool("tshark")`, `tool("capinfos")`, `tool("tcpdump")`. */
export function tool(name: string): Requirement {
  return { missing: executable(name) === undefined ? `${name} is not installed` : undefined };
}

/** A Python 3 that can import scapy; `pythonWithScapy()` is its path. */
export function scapy(): Requirement {
  return { missing: pythonWithScapy() === undefined ? "no python3 with scapy is installed" : undefined };
}

/** A Python 3 that can import yaml, PyYAML; `pythonWith("yaml")` is its path. */
export function pyYaml(): Requirement {
  return { missing: pythonWith("yaml") === undefined ? "no python3 with yaml is installed" : undefined };
}

/** The effective user is root: for tests that make network namespaces or devices. */
export function root(): Requirement {
  return { missing: process.geteuid?.() === 0 ? undefined : "not root" };
}

/** A file or folder of `../shared`, large inputs that are kept beside the checkout and not in it. */
export function shared(path = ""): Requirement {
  return { missing: existsSync(sharedPath(path)) ? undefined : `${join("..", "shared", path)} is not there` };
}

/** The absolute path of a file or folder of `../shared`, there or not. */
export function sharedPath(path = ""): string {
  return join(fileURLToPath(new URL("../../../shared", import.meta.url)), path);
}

const pythons = new Map<string, string | undefined>();

/** The first Python 3 that can import a module: the PATH's, or the system's own behind a version manager's. */
export function pythonWith(module: "scapy" | "yaml"): string | undefined {
  if (!pythons.has(module)) {
    const able = (path: string | undefined): boolean =>
      path !== undefined && spawnSync(path, ["-c", `import ${module}`]).status === 0;
    pythons.set(module, [executable("python3"), "/usr/bin/python3"].find(able));
  }
  return pythons.get(module);
}

/** The Python 3 of `scapy()`. */
export function pythonWithScapy(): string | undefined {
  return pythonWith("scapy");
}

/**
 * `describe`, for tests that need something: runs them when every requirement is met. Otherwise one test
 * stands in for them, named with the reason: skipped, or failing where CI=true.
 */
export function describeWith(needs: Requirement | readonly Requirement[], name: string, body: () => void): void {
  const reason = [needs]
    .flat()
    .flatMap((requirement) => requirement.missing ?? [])
    .join(", ");
  if (reason === "") describe(name, body);
  else if (process.env["CI"] === "true") it(name, () => expect.fail(`${reason}, and CI=true allows no skip`));
  else it.skip(`${name} [skipped: ${reason}]`);
}

function executable(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
