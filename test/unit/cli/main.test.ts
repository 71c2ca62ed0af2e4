import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectOneLineError, podwire, podwireHere, shell, temporaryFolder } from "./command.ts";

const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

describe("podwire tells", () => {
  it.each(["--version", "-V"])("its version with %s, as package.json has it", (option) => {
    expect(podwire([option])).toEqual({ status: 0, stdout: `podwire ${manifest.version}\n`, stderr: "" });
  });

  it.each(["--help", "-h"])("its commands with %s", async (option) => {
    const { status, stdout, stderr } = await podwireHere([option]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: podwire COMMAND \[OPTION\.\.\.\]$/m);
    expect(stdout.match(/^ {2}(demo|ping|decode|convert|generate|bench) /gm)).toHaveLength(6);
  });

  it.each([
    ["demo", "-h", ["-w FILE"]],
    ["ping", "--help", ["-c N", "-s BYTES", "-M HINT", "-w FILE", "--trace", "--json"]],
    [
      "decode",
      "--help",
      ["FILE", "-V", "--json", "--tsv", "-x", "--filter EXPR", "-c N", "--from, --to TIME", "--vxlan-ports LIST"],
    ],
    [
      "convert",
      "--help",
      [
        "IN",
        "OUT",
        "-F FORMAT",
        "--filter EXPR",
        "-c N",
        "--from, --to TIME",
        "--shift SECONDS",
        "--decap",
        "--anonymize SEED",
      ],
    ],
    ["generate", "--help", ["--seed N", "--count N", "--kind KIND", "--invalid", "-w FILE"]],
    ["bench", "--help", ["PIPELINE", "--frame-sizes LIST", "--flows LIST", "--json FILE"]],
  ])("the options of %s with %s, however wrong the rest is", async (command, option, options) => {
    const { status, stdout, stderr } = await podwireHere([command, "too", "many", "arguments", "here", option]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`^Usage: podwire ${command} `, "m"));
    for (const told of options) expect(stdout).toMatch(new RegExp(`^ {2}${told} +\\S`, "m"));
  });

  it("every width of line that a terminal has", async () => {
    for (const arguments_ of [
      ["--help"],
      ["demo", "--help"],
      ["ping", "--help"],
      ["convert", "--help"],
      ["generate", "--help"],
      ["decode", "--help"],
      ["bench", "--help"],
    ]) {
      for (const line of (await podwireHere(arguments_)).stdout.split("\n"))
        expect(line.length).toBeLessThanOrEqual(120);
    }
  });
});

describe("podwire refuses with one line and exit code 2", () => {
  it.each<[string, string[], string]>([
    [
      "no command",
      [],
      "expected a command (demo, ping, curl, traceroute, trace, compare, exec, node, shell, break, draw, cluster, policy, decode, convert, generate, bench), found none: see podwire --help",
    ],
    [
      "an unknown command",
      ["fly"],
      'expected a command (demo, ping, curl, traceroute, trace, compare, exec, node, shell, break, draw, cluster, policy, decode, convert, generate, bench), found "fly": see podwire --help',
    ],
    [
      "a command that every object has",
      ["constructor"],
      'expected a command (demo, ping, curl, traceroute, trace, compare, exec, node, shell, break, draw, cluster, policy, decode, convert, generate, bench), found "constructor": see podwire --help',
    ],
    [
      "an unknown option",
      ["--bogus"],
      'expected a command (demo, ping, curl, traceroute, trace, compare, exec, node, shell, break, draw, cluster, policy, decode, convert, generate, bench), found "--bogus": see podwire --help',
    ],
    ["an option of the demonstration", ["demo", "--trace"], "demo: unknown option '--trace': see podwire demo --help"],
  ])("%s", async (_name, arguments_, message) => {
    expectOneLineError(await podwireHere(arguments_), 2, message);
  });

  it("as a process too", () => {
    expectOneLineError(podwire(["demo", "--trace"]), 2, "demo: unknown option '--trace': see podwire demo --help");
  });
});

describe("podwire ends quietly when nobody reads it any more", () => {
  const inside = temporaryFolder();

  it.each([
    ["demo", "demo -w x.pcapng", "2 nodes, 5 pods, flannel (vxlan)\n"],
    ["ping", "ping pod-a pod-b -c 1500", "PING pod-b (10.244.2.8) 56(84) bytes of data.\n"],
    ["ping --trace", "ping pod-a pod-b -c 50 --trace", "PING pod-b (10.244.2.8) 56(84) bytes of data.\n"],
  ])("%s | head -1", (_name, arguments_, first) => {
    const found = shell(`"$NODE" "$MAIN" ${arguments_} | head -1`, { cwd: inside() });
    expect(found).toEqual({ status: 0, stdout: first, stderr: "" });
  });

  it("and says so when it was the capture", () => {
    const found = shell(
      `{ "$NODE" "$MAIN" ping pod-a pod-b -c 500 -w - 2>errors; echo $? >status; } | head -c 4 >/dev/null; grep -v icmp_seq errors; cat status`,
      { cwd: inside() },
    );
    expect(found.stdout).toBe(
      "PING pod-b (10.244.2.8) 56(84) bytes of data.\n" +
        "podwire: expected a file that can be written, found standard output: nobody reads it any more\n1\n",
    );
  });
});
