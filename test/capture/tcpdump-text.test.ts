import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MemorySink } from "../../src/capture/index.ts";
import { type Place, runCommand, startCommand, Taps, type Terminal } from "../../src/commands/index.ts";
import { serveHttp } from "../../src/host/index.ts";
import { createExampleCluster } from "../../src/kubernetes/index.ts";
import { describeWith, tool } from "../tools/requirements.ts";

/** What people look at, and where: pings, one that is too long, HTTP, a refused connection, datagrams that nobody takes. */
const COMMANDS = [
  "pod-a ping -c 2 pod-b",
  "pod-a ping -c 2 -s 1472 -M dont pod-b",
  "node-a ping -c 1 -s 1472 -M do pod-b",
  "pod-a curl http://pod-b:8080/",
  "pod-a curl http://pod-b:81/",
  "pod-a traceroute pod-b",
  "node-b ping -c 1 192.168.1.99",
];

const OPTIONS = [
  "",
  "-v",
  "-vv",
  "-e",
  "-ev",
  "-q",
  "-qe",
  "-S",
  "-x",
  "-xx",
  "-X",
  "-XX",
  "-A",
  "-AA",
  "-t",
  "-tt",
  "-ttt",
  "-tttt",
  "-ttttt",
  "-vvXX",
];

describeWith([tool("tcpdump"), tool("editcap")], "tcpdump, beside the original on a capture of the same", () => {
  const folder = mkdtempSync(join(tmpdir(), "podwire-tcpdump-"));

  /** What podwire's tcpdump says with each of the options while the commands run, and a capture of the same. */
  function record(place: string, options: readonly string[]): { said: string[]; path: string } {
    const cluster = createExampleCluster();
    const taps = new Taps(cluster.engine);
    const at = (name: string): Place => {
      const { host } = cluster.endpoint(name);
      return { cluster, name, host, namespace: host.namespace, taps };
    };
    const [where = "", device = ""] = place.split(" ");
    serveHttp(cluster.endpoint("pod-b").host, 8080);
    const file = new MemorySink();
    const create = (): ReturnType<Terminal["create"]> =>
      Object.assign(file, { finish: () => undefined, discard: () => undefined });
    const nothing = (): void => undefined;
    const said = options.map(() => "");
    const jobs = [...options, "-w file"].map((option, index) => {
      const out = (text: string): void => void (said[index] += text);
      const words = `tcpdump -i ${device} ${option}`.trim().split(" ");
      return startCommand(at(where), words, { out, error: nothing, create })!;
    });
    for (const command of COMMANDS) {
      const [name = "", ...words] = command.split(" ");
      runCommand(at(name), words, {
        out: nothing,
        error: nothing,
        create: () => expect.fail("no file is to be written"),
      });
    }
    for (const job of jobs) job.stop();
    const path = join(folder, `${where}-${device}.pcapng`);
    writeFileSync(path, file.bytes());
    return { said, path };
  }

  function original(path: string, option: string): string {
    const words = ["-n", "-r", path, ...option.split(" ").filter((word) => word !== "")];
    return spawnSync("tcpdump", words, { encoding: "latin1", maxBuffer: 2 ** 28 }).stdout;
  }

  afterAll(() => rmSync(folder, { recursive: true }));

  for (const place of ["pod-a eth0", "node-a eth0", "node-b flannel.1", "node-a cni0"]) {
    describeWith([], place, () => {
      let recorded: { said: string[]; path: string };
      beforeAll(() => {
        recorded = record(place, OPTIONS);
      });

      it.each(OPTIONS.map((option, index) => [option, index] as const))("tcpdump %s", (option, index) => {
        expect(recorded.said[index]!.split("\n").length).toBeGreaterThan(20);
        expect(recorded.said[index]!.split("\n")).toEqual(original(recorded.path, option).split("\n"));
      });
    });
  }

  it.each([54, 60, 76, 90, 96, 104, 130])("keeps %i bytes of each packet with -s", (length) => {
    const { said, path } = record("node-a eth0", [`-s ${length}`, `-s ${length} -v`]);
    const cut = join(folder, `cut-${length}.pcapng`);
    spawnSync("editcap", ["-s", `${length}`, path, cut]);
    expect(said[0]!.split("\n")).toEqual(original(cut, "").split("\n"));
    expect(said[1]!.split("\n")).toEqual(original(cut, "-v").split("\n"));
  });
});
