import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULE_NAMES } from "../../../src/arbitraries/index.ts";
import { readFrames } from "../../capture/frame-reader.ts";
import { verdictOnFrame } from "../../property/verdict.ts";
import { expectOneLineError, podwireHere, shell, temporaryFolder } from "./command.ts";

const inside = temporaryFolder();

/** The frames that `podwire generate` writes with these arguments. */
async function generated(...arguments_: string[]): Promise<Uint8Array[]> {
  const { status, stderr } = await podwireHere(["generate", ...arguments_, "-w", inside("frames.pcapng")]);
  expect([status, stderr]).toEqual([0, ""]);
  return readFrames(readFileSync(inside("frames.pcapng")));
}

describe("podwire generate", () => {
  it("writes a hundred valid frames, and says so", async () => {
    const { status, stdout, stderr } = await podwireHere(["generate", "-w", inside("frames.pcapng")]);
    const capture = readFileSync(inside("frames.pcapng"));
    expect([status, stdout, stderr]).toEqual([
      0,
      `${inside("frames.pcapng")}: 100 frames, ${capture.length} bytes, seed 1\n`,
      "",
    ]);
    const frames = readFrames(capture);
    expect(frames.length).toBe(100);
    expect(frames.map((frame) => verdictOnFrame(frame).reason)).toEqual(frames.map(() => 0));
  });

  it("writes the same for the same seed, and more for a larger count", async () => {
    const frames = await generated("--seed", "7", "--count", "30");
    expect((await generated("--seed", "7", "--count", "40")).slice(0, 30)).toEqual(frames);
    expect(await generated("--seed", "8", "--count", "30")).not.toEqual(frames);
  });

  it("breaks one rule in each frame, and tells which in the comment and in sum", async () => {
    const target = inside("frames.pcapng");
    const { stdout } = await podwireHere(["generate", "--invalid", "--count", "400", "-w", target]);
    const capture = readFileSync(target);
    const text = capture.toString("latin1");
    const commentCount = RULE_NAMES.reduce((sum, name) => sum + text.split(`${name}: `).length - 1, 0);
    expect(commentCount).toBe(400);
    const counts = [...stdout.matchAll(/^ {2}(\S+) +(\d+)$/gm)];
    expect(counts.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(400);
    expect(counts.map(([, name]) => name).filter((name) => !(RULE_NAMES as string[]).includes(name!))).toEqual([]);
    const refused = readFrames(capture).filter((frame) => frame.length > 0 && verdictOnFrame(frame).reason !== 0);
    expect(refused.length).toBeGreaterThan(200);
  });

  it("writes conversations when told so, to their end", async () => {
    const frames = await generated("--kind", "tcp-connection,ping", "--kind", "arp-exchange", "--count", "1");
    expect(frames.length).toBeGreaterThan(1);
  });

  it("writes classic pcap when the file's name asks for it", async () => {
    expect(await podwireHere(["generate", "-w", inside("x.pcap"), "--count", "5"])).toMatchObject({ status: 0 });
    const capture = readFileSync(inside("x.pcap"));
    expect(capture.readUInt32LE(0)).toBe(0xa1b23c4d);
    expect(readFrames(capture)).toEqual(await generated("--count", "5"));
  });

  it("writes to a pipe, with what it says on standard error", async () => {
    const found = shell('"$NODE" "$MAIN" generate --count 3 -w - | wc -c', { cwd: inside() });
    expect(Number(found.stdout)).toBeGreaterThan(300);
    expect(found.stderr).toMatch(/^-: 3 frames, \d+ bytes, seed 1\n$/);
  });
});

describe("podwire generate refuses", () => {
  it.each<[string, string[], string]>([
    ["no file", [], "generate: expected -w FILE, found none: see podwire generate --help"],
    ["an argument", ["x", "-w", "y"], "generate: expected no argument, found x: see podwire generate --help"],
    ["no frames", ["--count", "0", "-w", "y"], 'expected --count from 1 to 1000000, found "0"'],
    ["a seed that is none", ["--seed", "x", "-w", "y"], 'expected --seed from 0 to 2147483647, found "x"'],
  ])("%s, with exit code 2", async (_name, arguments_, message) => {
    expectOneLineError(await podwireHere(["generate", ...arguments_]), 2, message);
  });

  it("a kind that there is none of, and names those that there are", async () => {
    const found = await podwireHere(["generate", "--kind", "ipv6", "-w", inside("y")]);
    expectOneLineError(found, 2, /^podwire: expected --kind to be any or udp or .* or fragments, found "ipv6"\n$/);
  });

  it("a file that cannot be written, with exit code 1", async () => {
    const found = await podwireHere(["generate", "-w", inside("none/y.pcapng")]);
    expectOneLineError(found, 1, /^podwire: expected a file that can be written, found .*: no such file or folder\n$/);
    expect(existsSync(inside("none"))).toBe(false);
  });
});
