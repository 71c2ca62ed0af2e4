/** The package as its users get it: packed, installed into an empty folder without a network, imported, run. */

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies?: object;
  readonly optionalDependencies?: object;
  readonly peerDependencies?: object;
  readonly peerDependenciesMeta?: object;
  readonly bundleDependencies?: unknown;
  readonly devDependencies: object;
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

const PAGE = readFileSync(join(ROOT, "README.md"), "utf8");

/** Something typed from every entry: each line must compile under strict, and print what stands behind it. */
const PROGRAM = `
import { createExampleCluster, type PingEvent } from "podwire";
import { ethernet, formatMac, parseIpv4, DropReason } from "podwire/wire";
import { PacketPool, type PacketPoolOptions } from "podwire/packet";
import { MacTable, NeighbourTable, RouteTable } from "podwire/table";
import { MemorySink, PcapngWriter, type InterfaceDescription } from "podwire/capture";
import { type Hop, HopRecorder } from "podwire/datapath";
import { Cluster, Flannel, type CniPlugin } from "podwire/kubernetes";

const view: DataView = new DataView(new ArrayBuffer(64));
const length: number = ethernet.write(view, 0, { destination: 2, source: 4, etherType: ethernet.EtherType.IPV4 });
const reason: DropReason = ethernet.check(view, 0, length);
console.log(length, reason, formatMac(ethernet.source(view, 0)), parseIpv4("10.244.1.5"));

const options: PacketPoolOptions = {};
const pool: PacketPool = new PacketPool(options);
console.log(pool.inFlightCount satisfies number);

const routes: RouteTable = new RouteTable();
routes.set(parseIpv4("10.244.0.0"), 16, 7);
console.log(routes.lookup(parseIpv4("10.244.1.5")) satisfies number, new MacTable().count, new NeighbourTable().count);

const sink: MemorySink = new MemorySink();
const writer: PcapngWriter = new PcapngWriter(sink);
const description: InterfaceDescription = { name: "eth0" };
console.log(writer.addInterface(description) satisfies number);

const plugin: CniPlugin = new Flannel();
console.log(new Cluster({ cni: plugin }).nodes.length satisfies number);

const cluster: Cluster = createExampleCluster();
let hopCount = 0;
cluster.engine.observer = new HopRecorder(cluster.engine, [{ hop: (hop: Hop) => void (hopCount += hop.bytes.length > 0 ? 1 : 0) }]);
const onEvent = (event: PingEvent): void => console.log(event.kind, event.sequence, hopCount);
cluster.endpoint("pod-a").host.ping(cluster.endpoint("pod-b").address, { onEvent });
cluster.engine.run();

// @ts-expect-error: what is typed must not pass for anything.
export const wrong: string = parseIpv4("10.244.1.5");
`;

const PRINTED = `14 0 00:00:00:00:00:04 183763205
0
7 0 0
0
0
reply 1 55
`;

/** The same of the entry that needs fast-check, beside podwire. */
const PROPERTY = `
import fc from "fast-check";
import { type BrokenFrame, ethernetFrame, type Frame, nearlyValid } from "podwire/arbitraries";
import { DropReason, udp } from "podwire/wire";

const datagrams: fc.Arbitrary<Frame> = ethernetFrame().ipv4().udp({ destinationPort: 53 });
const cut: fc.Arbitrary<BrokenFrame> = nearlyValid(datagrams, { rules: ["udp.short"] });
fc.assert(fc.property(datagrams, cut, (frame, broken) => {
  const { offset, end } = frame.layer("udp");
  return udp.check(frame.view, offset, end) === DropReason.NONE && broken.rule.reason === DropReason.PKT_TOO_SMALL;
}));
// @ts-expect-error: UDP carries no VLAN tag.
ethernetFrame().ipv4().udp().vlan;
// @ts-expect-error: a tunnel alone is no frame.
export const wrong: fc.Arbitrary<Frame> = ethernetFrame().ipv4().udp().vxlan();
console.log("held");
`;

/** A run of a program outside the checkout, without what npm tells the programs that it runs. */
function run(program: string, arguments_: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|VITEST)/i.test(name),
  );
  const env = {
    ...Object.fromEntries(own),
    npm_config_cache: join(cwd, ".npm"),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  return spawnSync(program, arguments_, { cwd, env, encoding: "utf8", timeout: 60_000 });
}

/** Its standard output. @throws Error with all that it said when it does not exit with 0 */
function succeed(program: string, arguments_: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = run(program, arguments_, cwd);
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${arguments_.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Files of a folder of the checkout, with its name. */
function filesOf(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).split(sep).join("/"));
}

describe("the manifest", () => {
  it("needs nothing to run", () => {
    const { dependencies = {}, optionalDependencies = {}, bundleDependencies = [] } = manifest;
    expect({ ...dependencies, ...optionalDependencies }).toEqual({});
    expect(bundleDependencies).toEqual([]);
  });

  it("needs fast-check for podwire/arbitraries alone, which who does not use it need not install", () => {
    expect(Object.keys(manifest.peerDependencies ?? {})).toEqual(["fast-check"]);
    expect(manifest.peerDependenciesMeta).toEqual({ "fast-check": { optional: true } });
  });

  it("needs five packages to be developed", () => {
    expect(Object.keys(manifest.devDependencies).sort()).toEqual([
      "@types/node",
      "fast-check",
      "tinybench",
      "typescript",
      "vitest",
    ]);
  });

  it("runs nothing when the package is installed", () => {
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });
});

describe("the package", () => {
  let folder: string;
  let packed: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "podwire-"));
    // Without scripts: they would build again, under the feet of the tests that run what was built.
    const report = succeed("npm", ["pack", ROOT, "--ignore-scripts", "--json", "--pack-destination", folder], folder);
    const [{ filename, files }] = JSON.parse(report) as [{ filename: string; files: { path: string }[] }];
    packed = files.map(({ path }) => path);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    succeed("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, filename)], folder);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds what was built of each file of src, the page, the licence, the manifest, and nothing else", () => {
    const built = filesOf("src").flatMap((path) =>
      [".js", ".d.ts"].map((extension) => path.replace(/^src/, "dist").replace(/\.ts$/, extension)),
    );
    expect([...packed].sort()).toEqual([...built, "LICENSE", "README.md", "package.json"].sort());
  });

  it("brings no other package with it", () => {
    const installed = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
    expect(installed).toEqual(["podwire"]);
  });

  it("has the command", () => {
    expect(succeed("npx", ["podwire", "--version"], folder)).toBe(`podwire ${manifest.version}\n`);
    const installed = join(folder, "node_modules/.bin/podwire");
    expect(succeed(installed, ["ping", "pod-a", "pod-b"], folder)).toMatch(/^PING pod-b [^]*, 0% packet loss, /);
  });

  it("has a type and a program behind every entry", () => {
    const entries = Object.keys(manifest.exports).filter((name) => name !== "./package.json");
    for (const entry of entries) expect(PROGRAM + PROPERTY).toContain(`from "podwire${entry.slice(1)}"`);
    expect(compiled("project", PROGRAM)).toBe(PRINTED);
  });

  it("says what is missing where fast-check is not installed", () => {
    const { status, stderr } = run(
      process.execPath,
      ["-e", 'await import("podwire/arbitraries")', "--input-type=module"],
      folder,
    );
    expect(status).toBe(1);
    expect(stderr).toContain("Cannot find package 'fast-check'");
    expect(run("node_modules/.bin/podwire", ["generate", "-w", "frames.pcapng"], folder)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "podwire: expected the package fast-check beside podwire, found none: npm install fast-check\n",
    });
    expect(readdirSync(folder).filter((name) => name.startsWith("frames"))).toEqual([]);
  });

  it("has arbitraries where fast-check is installed", () => {
    installFastCheck();
    expect(compiled("properties", PROPERTY)).toBe("held\n");
    expect(succeed("node_modules/.bin/podwire", ["generate", "-w", "frames.pcapng"], folder)).toMatch(
      /^frames\.pcapng: 100 frames, /,
    );
  });

  it("runs the examples of the page, as pasted into tests that have fast-check and vitest", () => {
    installFastCheck();
    symlinkSync(join(ROOT, "node_modules/vitest"), join(folder, "node_modules/vitest"));
    const [library, ...examples] = snippets();
    expect(examples).toHaveLength(3);
    const mistaken = examples[1]!.replace(" || udp + length > end", "");
    expect(mistaken).not.toBe(examples[1]);

    const [project, printed] = compiledPage(library!, [...examples, mistaken]);
    expect(printed).toMatch(/^node-b.*\n(.*\n)*reply from 10\.244\.2\.\d+, ttl 62$/m);
    const { status, stdout, stderr } = run(
      process.execPath,
      [
        join(ROOT, "node_modules/vitest/vitest.mjs"),
        "run",
        "--root",
        project,
        "--exclude",
        "out",
        "--reporter",
        "json",
      ],
      folder,
    );
    const report = JSON.parse(stdout) as { testResults: { name: string; status: string; message: string }[] };
    const results = report.testResults.map(({ name, status: own }) => [basename(name), own]).sort();
    expect(results, stderr).toEqual([
      ["0.test.ts", "passed"],
      ["1.test.ts", "passed"],
      ["2.test.ts", "passed"],
      ["3.test.ts", "failed"],
    ]);
    expect(status).toBe(1);
    // What the page says of this mistake.
    const said = /the smallest frame: `([^`]+)`/.exec(PAGE)![1]!.replace(/\s+/g, " ");
    expect(stdout).toContain(said);
  });

  /** The page's pieces of TypeScript that import something: whole programs and tests. */
  function snippets(): string[] {
    const blocks = Array.from(PAGE.matchAll(/^```ts\n([^]*?)^```$/gm), ([, text]) => text!);
    return blocks.filter((text) => text.startsWith("import "));
  }

  /** A project of a program and tests, all of which compile, and what the program prints. */
  function compiledPage(program: string, tests: readonly string[]): [project: string, printed: string] {
    tests.forEach((text, index) => {
      mkdirSync(join(folder, "page"), { recursive: true });
      writeFileSync(join(folder, "page", `${index}.test.ts`), text);
    });
    const files = tests.map((_, index) => `${index}.test.ts`);
    return [join(folder, "page"), compiled("page", program, files, { skipLibCheck: true })];
  }

  function installFastCheck(): void {
    for (const name of ["fast-check", "pure-rand"])
      cpSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name), { recursive: true });
  }

  /** What a program prints that is compiled as strictly as users may have it. */
  function compiled(name: string, program: string, files: readonly string[] = [], options: object = {}): string {
    const project = join(folder, name);
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, "program.ts"), program);
    const compilerOptions = {
      module: "nodenext",
      target: "es2023",
      lib: ["es2023", "dom"],
      strict: true,
      exactOptionalPropertyTypes: true,
      types: [],
      outDir: "out",
      rootDir: ".",
      ...options,
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts", ...files] }));
    expect(succeed(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project], folder)).toBe("");
    return succeed(process.execPath, [join(project, "out/program.js")], folder);
  }

  it("keeps its insides to itself", () => {
    const { status, stderr } = run(
      process.execPath,
      ["-e", 'await import("podwire/dist/wire/udp.js")', "--input-type=module"],
      folder,
    );
    expect(status).toBe(1);
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});
