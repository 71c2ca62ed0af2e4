/** The design as a test: folders are layers, imports point down, and only the command knows Node. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeWith, type Requirement, tool } from "../tools/requirements.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a folder may import, beside itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  wire: ["bytes"],
  packet: ["bytes"],
  table: ["bytes"],
  capture: ["bytes"],
  datapath: ["bytes", "wire", "packet", "table", "capture"],
  host: ["bytes", "wire", "packet", "table", "capture", "datapath"],
  kubernetes: ["bytes", "wire", "packet", "table", "capture", "datapath", "host"],
  commands: ["bytes", "wire", "packet", "table", "capture", "datapath", "host", "kubernetes"],
  workload: ["bytes", "wire", "packet", "table", "capture", "datapath", "host", "kubernetes"],
  arbitraries: ["bytes", "wire", "packet", "table", "capture", "datapath", "host", "kubernetes"],
  cli: ["bytes", "wire", "packet", "table", "capture", "datapath", "host", "kubernetes", "commands", "workload", "arbitraries"],
};

/** Folders that import a package: an optional peer dependency, so that nothing else may need them. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = { arbitraries: ["fast-check"] };

const LINE_LIMIT = 320;

const TOP_LEVEL = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "src",
  "bench",
  "test",
  "pcap-samples",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
];

interface SourceFile {
  /** From src: "wire/udp.ts". */
  readonly path: string;
  readonly text: string;
  /** What it imports: "../bytes/checksum.ts", "node:fs". */
  readonly specifiers: readonly string[];
}

/** From src: folder of an import's target, or of a file; "" for src/index.ts. */
function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/** Comments and the contents of strings, which may hold anything, become nothing. */
function codeOf(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, (part) =>
    /^["`]/.test(part) ? '""' : "",
  );
}

/** `import ... from "x"`, `export ... from "x"`, `import "x"` and `import("x")`, on one line or several. */
function specifiersOf(text: string): string[] {
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*/gm, "");
  const statements = code.matchAll(/^(?:import|export)\s(?:[^"';]*?\sfrom\s*)?"([^"]+)"|\bimport\(\s*["'`]([^"'`]*)/gm);
  return Array.from(statements, (match) => match[1] ?? match[2]!);
}

function readSource(): SourceFile[] {
  const folder = join(ROOT, "src");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.split(sep).join("/"));
  return names
    .filter((path) => path.endsWith(".ts"))
    .map((path) => {
      const text = readFileSync(join(folder, path), "utf8");
      return { path, text, specifiers: specifiersOf(text) };
    });
}

const source = readSource();

/** Every import of another file of src, with both paths from src. */
const edges = source.flatMap(({ path, specifiers }) =>
  specifiers
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => ({ from: path, to: posix.join(posix.dirname(path), specifier) })),
);
const crossing = edges.filter(({ from, to }) => folderOf(from) !== folderOf(to));
const shown = ({ from, to }: { from: string; to: string }): string => `${from} imports ${to}`;

describe("the scanner of this test", () => {
  it("finds imports in all their forms, and none in comments and text", () => {
    const text = [
      'import { a } from "./a.ts";',
      'import type { B } from "./b.ts";',
      'import {\n  c,\n  type D,\n} from "./c.ts";',
      'export * as e from "./e.ts";',
      'export { f } from "./f.ts";',
      'import "./g.ts";',
      'const h = await import("./h.ts");',
      '// import { no } from "./comment.ts";',
      '/**\n * import { no } from "./docs.ts";\n */',
      'export const text = "x"; const from = "./text.ts";',
    ].join("\n");
    expect(specifiersOf(text)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./e.ts", "./f.ts", "./g.ts", "./h.ts"]);
  });

  it("sees code without comments and text", () => {
    expect(codeOf('const a = "process.x"; // Buffer.y\n/* console.log */ b(`process.${c}`);')).toBe(
      'const a = ""; \n b("");',
    );
  });

  it("finds every folder, and imports from most files", () => {
    expect(new Set(source.map(({ path }) => folderOf(path)))).toEqual(new Set(["", ...Object.keys(LAYERS)]));
    expect(edges.length).toBeGreaterThan(source.length);
    expect(crossing.length).toBeGreaterThan(50);
  });
});

describe("imports", () => {
  it("lead to files that are there", () => {
    const paths = new Set(source.map(({ path }) => path));
    expect(edges.filter(({ to }) => !paths.has(to)).map(shown)).toEqual([]);
  });

  it("point down only", () => {
    const forbidden = crossing.filter(
      ({ from, to }) => from !== "index.ts" && LAYERS[folderOf(from)]?.includes(folderOf(to)) !== true,
    );
    expect(forbidden.map(shown)).toEqual([]);
  });

  it("see of another folder its index alone, except of bytes, which has none", () => {
    const inside = crossing.filter(({ to }) => folderOf(to) !== "bytes" && to !== `${folderOf(to)}/index.ts`);
    expect(inside.map(shown)).toEqual([]);
    expect(source.some(({ path }) => path === "bytes/index.ts")).toBe(false);
  });

  it("make no circle of folders", () => {
    const targets = (folder: string): string[] =>
      crossing.filter(({ from }) => folderOf(from) === folder).map(({ to }) => folderOf(to));
    const circles: string[] = [];
    const visit = (trail: readonly string[]): void => {
      for (const next of new Set(targets(trail.at(-1)!))) {
        if (trail.includes(next)) circles.push([...trail, next].join(" > "));
        else visit([...trail, next]);
      }
    };
    for (const folder of Object.keys(LAYERS)) visit([folder]);
    expect(circles).toEqual([]);
  });

  it("are of the project itself, of Node in the command, or of fast-check in the arbitraries", () => {
    const foreign = source.flatMap(({ path, specifiers }) =>
      specifiers
        .filter(
          (specifier) => !specifier.startsWith(".") && !(folderOf(path) === "cli" && specifier.startsWith("node:")),
        )
        .filter((specifier) => PACKAGES[folderOf(path)]?.includes(specifier) !== true)
        .map((to) => shown({ from: path, to })),
    );
    expect(foreign).toEqual([]);
  });

  it("of the arbitraries happen when a command needs them, since fast-check may be missing", () => {
    const early = source.filter(
      ({ path, text }) =>
        folderOf(path) !== "arbitraries" &&
        /^(?:import|export) (?!type )[^;]*"[^"]*arbitraries\/index\.ts"/m.test(text),
    );
    expect(early.map(({ path }) => path)).toEqual([]);
  });

  it("carry the extension .ts", () => {
    expect(edges.filter(({ to }) => !to.endsWith(".ts")).map(shown)).toEqual([]);
  });
});

describe("source", () => {
  it("knows Node's globals in the command alone", () => {
    const globals = /\b(?:process|console|Buffer|require|global|setTimeout|setImmediate|performance)\s*[.([]/;
    const users = source.filter(({ path, text }) => folderOf(path) !== "cli" && globals.test(codeOf(text)));
    expect(users.map(({ path }) => path)).toEqual([]);
  });

  it(`has no file of more than ${LINE_LIMIT} lines`, () => {
    const lengths = source.map(({ path, text }) => [path, text.trimEnd().split("\n").length] as const);
    expect(lengths.filter(([, count]) => count > LINE_LIMIT)).toEqual([]);
  });

  it("has files in kebab-case, none of them a drawer for odds and ends", () => {
    for (const { path } of source) {
      expect(path).toMatch(/^([a-z0-9]+(-[a-z0-9]+)*\/)?[a-z0-9]+(-[a-z0-9]+)*\.ts$/);
      expect(path).not.toMatch(/\b(utils?|helpers?|manager|misc|common|data|info)\b/);
    }
  });

  it("has no default exports, no any, and no loose ends", () => {
    const lax = source.filter(
      ({ text }) =>
        /\bexport default\b|[:<]\s*any\b|\bas any\b|@ts-/.test(codeOf(text)) || /\bTODO\b|\bFIXME\b|@ts-/.test(text),
    );
    expect(lax.map(({ path }) => path)).toEqual([]);
  });
});

function checkout(): Requirement {
  const inside = spawnSync("git", ["-c", "safe.directory=*", "rev-parse", "--is-inside-work-tree"], { cwd: ROOT });
  return { missing: inside.status === 0 ? undefined : "not a git checkout" };
}

describeWith([tool("git"), checkout()], "the repository", () => {
  const { stdout } = spawnSync(
    "git",
    ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
    { cwd: ROOT, encoding: "utf8" },
  );
  const files = stdout.trim().split("\n");

  it("has nothing at its top but what belongs there", () => {
    const entries = new Set(files.map((file) => file.split("/")[0]!));
    expect([...entries].filter((entry) => !entry.startsWith(".") && !TOP_LEVEL.includes(entry))).toEqual([]);
    expect(TOP_LEVEL.filter((entry) => !["bench", "CHANGELOG.md"].includes(entry) && !entries.has(entry))).toEqual([]);
  });

  it("keeps unit tests in the folders that src has", () => {
    const tested = files.filter((file) => file.startsWith("test/unit/") && file.endsWith(".test.ts"));
    const orphans = tested.filter(
      (file) => !source.some(({ path }) => dirname(path) === dirname(relative("test/unit", file))),
    );
    expect(orphans).toEqual([]);
  });
});
