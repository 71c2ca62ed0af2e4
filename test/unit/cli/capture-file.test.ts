import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CaptureFile } from "../../../src/cli/capture-file.ts";
import { Failure } from "../../../src/cli/errors.ts";
import { describeWith, root, tool } from "../../tools/requirements.ts";
import { expectOneLineError, podwireHere, shell, temporaryFolder } from "./command.ts";

const inside = temporaryFolder();

/** The message of the failure to open a capture. */
function refusal(path: string): string {
  try {
    new CaptureFile(path);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return (error as Failure).message;
  }
  return "none";
}

describe("CaptureFile", () => {
  it("gives the file its name when it is finished, not before", () => {
    const file = new CaptureFile(inside("x.pcapng"));
    file.write(Uint8Array.of(1, 2, 3));
    file.write(Uint8Array.of(4));
    expect(readdirSync(inside())).toEqual([`x.pcapng.${process.pid}.partial`]);
    file.finish();
    expect(readdirSync(inside())).toEqual(["x.pcapng"]);
    expect([...readFileSync(inside("x.pcapng"))]).toEqual([1, 2, 3, 4]);
    expect(file.byteCount).toBe(4);
  });

  it("leaves nothing behind when it is discarded, and what was there as it was", () => {
    writeFileSync(inside("x.pcapng"), "before");
    const file = new CaptureFile(inside("x.pcapng"));
    file.write(Uint8Array.of(1, 2, 3));
    file.discard();
    expect(readdirSync(inside())).toEqual(["x.pcapng"]);
    expect(readFileSync(inside("x.pcapng"), "utf8")).toBe("before");
  });

  it("replaces a file that was there, however long it was", () => {
    writeFileSync(inside("x.pcapng"), "a longer file before");
    const file = new CaptureFile(inside("x.pcapng"));
    file.write(Uint8Array.of(7));
    file.finish();
    expect([...readFileSync(inside("x.pcapng"))]).toEqual([7]);
  });

  it("leaves nothing behind when it cannot take its name", () => {
    const file = new CaptureFile(inside("x"));
    mkdirSync(inside("x"));
    expect(() => file.finish()).toThrow(
      new Failure(`expected a file that can be written, found ${inside("x")}: it is a folder`),
    );
    expect(readdirSync(inside())).toEqual(["x"]);
  });

  it("refuses what cannot be written, and says why", () => {
    writeFileSync(inside("file"), "");
    mkdirSync(inside("folder"));
    symlinkSync("folder", inside("link"));
    const because = (path: string, reason: string): void =>
      expect(refusal(path)).toBe(`expected a file that can be written, found ${path}: ${reason}`);
    because(inside("missing/x.pcapng"), "no such file or folder");
    because(inside("folder"), "it is a folder");
    because(inside("link"), "it is a folder");
    because(inside("file/x.pcapng"), "its folder is a file");
    because(inside("x".repeat(300)), "its name is too long");
    expect(refusal("")).toBe("expected a file that can be written, found an empty name");
  });

  describeWith(root(), "as root", () => {
    it("refuses a file system that takes no files", () => {
      expect(refusal("/proc/x.pcapng")).toBe(
        "expected a file that can be written, found /proc/x.pcapng: no such file or folder",
      );
      expect(refusal("/proc/version")).toBe(
        "expected a file that can be written, found /proc/version: no such file or folder",
      );
    });
  });
});

describe("podwire that cannot write its capture ends with one line and exit code 1", () => {
  it("before it says anything else, for a folder that is missing", async () => {
    const path = inside("missing/x.pcapng");
    const message = `expected a file that can be written, found ${path}: no such file or folder`;
    expectOneLineError(await podwireHere(["ping", "pod-a", "pod-b", "-w", path]), 1, message);
    expectOneLineError(await podwireHere(["demo", "-w", path]), 1, message);
  });

  it("for a folder", async () => {
    expectOneLineError(
      await podwireHere(["demo", "-w", "."], { cwd: inside() }),
      1,
      "expected a file that can be written, found .: it is a folder",
    );
    expect(readdirSync(inside())).toEqual([]);
  });

  it("for a folder that nothing can be written to", () => {
    const line = `"$NODE" "$MAIN" demo`;
    expectOneLineError(
      shell(line, { cwd: "/proc" }),
      1,
      "expected a file that can be written, found podwire-demo.pcapng: no such file or folder",
    );
  });

  it("for a disk that is full", async () => {
    const { status, stderr } = await podwireHere(["ping", "pod-a", "pod-b", "-w", "/dev/full"]);
    expect(stderr).toBe("podwire: expected a file that can be written, found /dev/full: no space left on device\n");
    expect(status).toBe(1);
  });

  it("for a file that grows too long, and leaves the one that was there", () => {
    writeFileSync(inside("x.pcapng"), "before");
    // 16 blocks of 512 bytes; Node ignores SIGXFSZ, so that the write fails.
    const { status, stderr } = shell(`ulimit -f 16; "$NODE" "$MAIN" ping pod-a pod-b -w x.pcapng`, { cwd: inside() });
    expect(stderr).toMatch(/^podwire: expected a file that can be written, found x\.pcapng: it grows too large\n$/);
    expect(status).toBe(1);
    expect(readdirSync(inside())).toEqual(["x.pcapng"]);
    expect(readFileSync(inside("x.pcapng"), "utf8")).toBe("before");
  });
});

describe("podwire writes its capture", () => {
  it("and nothing else into the folder, and says how to open it", async () => {
    const { status, stdout } = await podwireHere(["ping", "pod-a", "pod-b", "-w", "x.pcapng"], { cwd: inside() });
    const { length } = readFileSync(inside("x.pcapng"));
    expect(stdout).toMatch(
      new RegExp(`\nx\\.pcapng: 55 frames, ${length} bytes\nopen it with: wireshark x\\.pcapng\n$`),
    );
    expect(status).toBe(0);
    expect(readdirSync(inside())).toEqual(["x.pcapng"]);
  });

  it("also when no reply comes", async () => {
    const { status } = await podwireHere(["ping", "pod-a", "8.8.8.8", "-w", "x.pcapng"], { cwd: inside() });
    expect(status).toBe(1);
    expect(readdirSync(inside())).toEqual(["x.pcapng"]);
  });

  it("the same bytes to a file, to standard output and by two commands at once", () => {
    const line = [
      `"$NODE" "$MAIN" ping pod-a pod-b -w - >piped.pcapng 2>/dev/null`,
      `"$NODE" "$MAIN" ping pod-a pod-b -w x.pcapng >/dev/null & "$NODE" "$MAIN" ping pod-a pod-b -w x.pcapng >/dev/null && wait $!`,
      "cmp x.pcapng piped.pcapng",
    ].join("\n");
    expect(shell(`set -e\n${line}`, { cwd: inside() })).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readdirSync(inside()).sort()).toEqual(["piped.pcapng", "x.pcapng"]);
  });

  it("packed with gzip for a name that ends in .gz, and in the format of the name before", async () => {
    const packed = await podwireHere(["ping", "pod-a", "pod-b", "-w", "x.pcap.gz"], { cwd: inside() });
    await podwireHere(["ping", "pod-a", "pod-b", "-w", "x.pcap"], { cwd: inside() });
    expect([packed.status, packed.stderr]).toEqual([0, ""]);
    const bytes = readFileSync(inside("x.pcap.gz"));
    expect(gunzipSync(bytes)).toEqual(readFileSync(inside("x.pcap")));
    expect(packed.stdout).toContain(`\nx.pcap.gz: 55 frames, ${bytes.length} bytes\n`);
    expect(readdirSync(inside()).sort()).toEqual(["x.pcap", "x.pcap.gz"]);
  });

  it("to a reader that takes its time", () => {
    const { status, stdout } = shell(`"$NODE" "$MAIN" ping pod-a pod-b -c 40 -w - 2>/dev/null | { sleep 0.4; wc -c; }`);
    expect(status).toBe(0);
    expect(Number(stdout)).toBeGreaterThan(2 * 65_536);
  });

  describeWith(tool("python3"), "to a pipe that makes nobody wait", () => {
    it("without giving up while it is full", () => {
      const start = "import os, sys; os.set_blocking(1, False); os.execv(sys.argv[1], sys.argv[1:])";
      const line = `python3 -c '${start}' "$NODE" "$MAIN" ping pod-a pod-b -c 40 -w - 2>errors | { sleep 0.4; wc -c; }; tail -1 errors`;
      const { stdout } = shell(line, { cwd: inside() });
      expect(stdout).toMatch(/^\d{6}\nrtt /);
    });
  });

  describeWith(tool("mkfifo"), "to a named pipe", () => {
    it("which stays a pipe, and is not told to be opened later", () => {
      const line = `mkfifo pipe && cat pipe >copy.pcapng & sleep 0.2; "$NODE" "$MAIN" ping pod-a pod-b -w pipe; wait; test -p pipe`;
      const { status, stdout, stderr } = shell(line, { cwd: inside() });
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout).not.toContain("wireshark");
      expect(readFileSync(inside("copy.pcapng")).length).toBeGreaterThan(10_000);
    });
  });
});
