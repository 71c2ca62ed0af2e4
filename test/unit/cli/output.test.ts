import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { plain } from "../../../src/cli/output.ts";
import { describeWith, tool } from "../../tools/requirements.ts";
import { environment, podwire, podwireHere, shell, temporaryFolder } from "./command.ts";

const ESCAPE = "\u001b[";

describe("colour", () => {
  it("stays away from a pipe, whatever the terminal", () => {
    const { stdout } = podwire(["ping", "pod-a", "pod-b", "--trace"], { env: environment({ TERM: "xterm-256color" }) });
    expect(stdout).not.toContain(ESCAPE);
  });

  it("is never in plain text", () => {
    expect(plain("red", "text")).toBe("text");
  });

  // util-linux's `script` gives the command a terminal.
  describeWith(tool("script"), "on a terminal", () => {
    const inside = temporaryFolder();
    const onTerminal = (line: string, changes: NodeJS.ProcessEnv): string =>
      shell(`script -qec '${line}' /dev/null`, {
        cwd: inside(),
        env: environment({ TERM: "xterm-256color", ...changes }),
      }).stdout;
    const trace = `"$NODE" "$MAIN" ping pod-a 8.8.8.8 --trace`;

    it("tells places, reasons and drops apart", () => {
      const shown = onTerminal(trace, {});
      expect(shown).toContain(`${ESCAPE}1mpod-a/eth0`);
      expect(shown).toMatch(/\u001b\[32mroute [^|]*\u001b\[39m \| /);
      expect(shown).toMatch(/\u001b\[31mno route to 8\.8\.8\.8; dropped at router\/eth0: [^|]*\u001b\[39m \| /);
    });

    it.each<[string, NodeJS.ProcessEnv]>([
      ["NO_COLOR is set", { NO_COLOR: "1" }],
      ["the terminal has none", { TERM: "dumb" }],
    ])("stays away when %s", (_reason, changes) => {
      const shown = onTerminal(trace, changes);
      expect(shown).toContain("dropped at router/eth0");
      expect(shown).not.toContain(ESCAPE);
    });

    it("changes nothing but the colour", async () => {
      const shown = onTerminal(trace, {})
        .replaceAll(/\u001b\[\d+m/g, "")
        .replaceAll("\r\n", "\n");
      const { stdout, stderr } = await podwireHere(["ping", "pod-a", "8.8.8.8", "--trace"]);
      expect(shown).toBe(stdout + stderr);
    });

    it("does not get into the samples", () => {
      onTerminal(`"$NODE" "$(dirname "$MAIN")/samples.js" coloured`, {});
      const texts = readdirSync(inside("coloured")).filter((name) => name.endsWith(".txt"));
      expect(texts.length).toBeGreaterThan(10);
      for (const name of texts) expect(readFileSync(inside(`coloured/${name}`), "utf8")).not.toContain(ESCAPE);
    });
  });
});

describe("text", () => {
  const inside = temporaryFolder();

  it("goes to standard error while the capture takes standard output", async () => {
    const { status, stdout, stderr } = podwire(["ping", "pod-a", "pod-b", "-w", "-", "--trace"]);
    expect(status).toBe(0);
    expect(stdout).not.toContain("icmp_seq");
    expect(stderr).toBe((await podwireHere(["ping", "pod-a", "pod-b", "--trace"])).stdout);
  });

  it("of the demonstration as well", () => {
    const { stderr } = podwire(["demo", "-w", "-"], { cwd: inside() });
    expect(stderr).toMatch(/^2 nodes, 5 pods, flannel \(vxlan\)\n/);
    expect(stderr).not.toContain("wireshark");
  });

  it("in JSON too, with the capture's size", () => {
    const line = `"$NODE" "$MAIN" ping pod-a pod-b -w - --json | wc -c`;
    const { stdout, stderr } = shell(line);
    const { capture } = JSON.parse(stderr) as { capture: unknown };
    expect(capture).toEqual({ file: "-", frames: 55, bytes: Number(stdout) });
  });
});
