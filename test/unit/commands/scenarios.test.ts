import { describe, expect, it } from "vitest";
import { runCommand, SCENARIOS, startCommand, type Running } from "../../../src/commands/index.ts";
import { createCni, createExampleCluster } from "../../../src/kubernetes/index.ts";
import { Lab, recordingTerminal } from "./place.ts";

/** Plays a scenario: what each ping came to, in order, and everything that was said. */
function play(name: string): { pings: number[]; said: string } {
  const scenario = SCENARIOS.find((each) => each.name === name)!;
  const { cni, underlay } = scenario;
  const lab = new Lab(createExampleCluster({ cni: createCni(cni), ...(underlay !== undefined && { underlay }) }));
  const { terminal, said } = recordingTerminal();
  const pings: number[] = [];
  let job: Running | null = null;
  for (const step of scenario.steps) {
    if (step.kind === "do") step.change(lab.cluster);
    if (step.kind !== "run") continue;
    const [where = "", ...words] = step.line.split(" ");
    if (where === "stop") job?.stop();
    else if (where === "wait") lab.cluster.engine.run(lab.cluster.engine.now + Number(words[0]) * 1e9);
    else if (words.at(-1) === "&") job = startCommand(lab.place(where), words.slice(0, -1), terminal);
    else {
      const status = runCommand(lab.place(where), words, terminal);
      if (words[0] === "ping") pings.push(status);
    }
  }
  return { pings, said: said.out + said.error };
}

describe("a scenario", () => {
  it.each([
    ["vtep-mac", [0, 1, 0], "5e:4b:0a:1f:22:33"],
    ["stale-fdb", [0, 1], "who-has 192.168.1.99"],
    ["underlay-mtu", [0, 1, 1], "Frag needed and DF set (mtu = 1400)"],
    ["vpc-route", [0, 1], "0 packets captured"],
    ["duplicate-address", [0, 0], "10.244.1.5 is-at 0a:58:0a:f4:01:0a"],
    ["rp-filter", [0, 1, 0], "1 packet captured"],
    ["node-down", [0, 1], "192.168.1.20 dev eth0 FAILED"],
    ["arp-suppressed", [1, 0, 0, 0], "Destination Host Unreachable"],
  ])("%s breaks what it says, and the commands show it", (name, pings, shown) => {
    const played = play(name);
    expect(played.pings).toEqual(pings);
    expect(played.said).toContain(shown);
  });

  it("has a test here, whichever it is", () => {
    expect(SCENARIOS.map(({ name }) => name)).toEqual([
      "vtep-mac",
      "stale-fdb",
      "underlay-mtu",
      "vpc-route",
      "duplicate-address",
      "rp-filter",
      "node-down",
      "arp-suppressed",
    ]);
  });
});
