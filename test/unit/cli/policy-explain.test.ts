import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { policy } from "../../../src/cli/policy.ts";
import { CNI_NAMES } from "../../../src/kubernetes/index.ts";
import { trace } from "../../../src/cli/trace.ts";
import { expectOneLineError, type Outcome, temporaryFolder, within } from "./command.ts";

const path = temporaryFolder();

function explain(...arguments_: string[]): Outcome {
  return within(path(), policy, ["explain", ...arguments_]);
}

describe("podwire policy explain", () => {
  it("says which rule allows, where it stands, and that the packet arrived", () => {
    const { status, stdout } = explain("frontend", "backend", "--tcp", "8080");
    expect(status).toBe(0);
    expect(stdout.split("\n").slice(0, 5)).toEqual([
      "allowed: the packet arrived, and SYN-ACK came back from backend",
      "leaving default/frontend: no egress policy isolates default/frontend",
      "entering default/backend: policy default/backend: ingress rule 1 allows TCP 8080 from default/frontend",
      "    the rule stands in example: document 1, items[0], spec.ingress[0]",
      "    selected by default/backend (example: document 1, items[0])",
    ]);
    expect(stdout).toContain("policy default/backend: ingress rule 1 allows TCP 8080 from default/frontend\n12  ");
  });

  it("says which policies it took where nobody named any, and trace takes none", () => {
    const line = "\nwith the built-in example's policies; --policy FILE takes others\n\n";
    expect(explain("pod-a", "pod-b").stdout).toContain(line);
    for (const { stdout, stderr } of [
      explain("pod-a", "pod-b", "--policy", "example"),
      within(path(), trace, ["pod-a", "pod-b"]),
    ])
      expect(stdout + stderr).not.toContain("built-in");
  });

  it("says why nothing allows it, and a rule that would, which does", () => {
    const { status, stdout } = explain("frontend", "database", "--tcp", "5432");
    expect(status).toBe(1);
    expect(stdout).toContain(
      "\nentering default/database: isolated by default/database: no ingress rule allows TCP 5432 from default/frontend\n",
    );
    expect(stdout).toMatch(/isolated by default\/database: [^\n]*; dropped at node-b\/veth\w+: NETFILTER_DROP/);
    const rule = JSON.parse(/ingress rule (\{.*\})\n/.exec(stdout)![1]!) as object;
    writeFileSync(
      path("more.json"),
      JSON.stringify({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "more" },
        spec: { podSelector: { matchLabels: { app: "database" } }, ingress: [rule] },
      }),
    );
    const after = explain("frontend", "database", "--tcp", "5432", "--policy", "example", "--policy", "more.json");
    expect(after.status).toBe(0);
    expect(after.stdout).toContain("    the rule stands in more.json: document 1, spec.ingress[0]\n");
  });

  it("tells a node by the address that it takes for the way, and ICMP without ports", () => {
    const { stdout } = explain("node-a", "backend", "--tcp", "80");
    expect(stdout).toMatch(/ingress rule \{ "from": \[\{"ipBlock":\{"cidr":"10\.244\.1\.0\/32"\}\}\], "ports": /);
    const ping = explain("node-a", "backend", "--cni", "calico");
    expect(ping.stdout).toMatch(/ingress rule \{ "from": \[\{"ipBlock":\{"cidr":"192\.168\.1\.10\/32"\}\}\] \}\n/);
  });

  it("tells what is lost for another reason", () => {
    const { status, stdout } = explain("frontend", "pod-b", "--cni", "calico", "--underlay", "vpc:192.168.1.0/24");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^policies allow it, but it was lost: dropped at /);
  });

  it.each([
    ["pod-b", "--tcp", "RST came back from pod-b: nobody listens on TCP 9999"],
    ["node-b", "--tcp", "RST came back from node-b: nobody listens on TCP 9999"],
    ["pod-b", "--udp", 'ICMP "10.244.2.8 udp port 9999 unreachable" came back from pod-b: nobody listens on UDP 9999'],
  ])("tells what arrived at %s by %s where nobody listens, and what came back", (to, protocol, answer) => {
    const { status, stdout } = explain("pod-a", to, protocol, "9999");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^allowed: the packet arrived, and /);
    expect(stdout.split("\n")[0]).toBe(`allowed: the packet arrived, and ${answer}`);
    expect(stdout).toMatch(
      /\narrived at \S+ after \d+ us, where no socket is bound to the destination port\n\nand back\n/,
    );
    expect(stdout).toMatch(/\narrived at pod-a after \d+ us\n/);
    expect(stdout.endsWith(`\nrefused: ${answer}\n`)).toBe(true);
    expect(stdout).not.toContain("lost");
  });

  it("takes no ARP request for an answer", () => {
    const { status, stdout } = explain("pod-a", "10.244.1.77", "--tcp", "80");
    expect(status).toBe(1);
    const lost = "lost: dropped at pod-a/eth0: NEIGH_FAILED, the neighbour did not answer";
    expect(stdout.split("\n")).toEqual([
      `policies allow it, but it was ${lost}`,
      "leaving default/pod-a: no egress policy isolates default/pod-a",
      "entering 10.244.1.77: no policy has a say",
      "with the built-in example's policies; --policy FILE takes others",
      "",
      "pod-a to 10.244.1.77: TCP SYN to port 80",
      lost,
      "no answer came",
      "",
    ]);
  });

  it("says that a policy dropped it, and not that it was refused as by who does not listen", () => {
    expect(explain("pod-a", "backend", "--tcp", "8080", "--cni", "calico").stdout).toMatch(
      /^denied: a network policy dropped the packet\n[^]*\nlost: dropped at .*: NETFILTER_DROP, .*\nno answer came\n$/,
    );
    // kube-router rejects what it refuses.
    expect(explain("pod-a", "backend", "--tcp", "8080").stdout).toMatch(
      /^denied: a network policy dropped the packet\n[^]*\nrefused: ICMP "10\.244\.2\.20 tcp port 8080 unreachable" came back from node-b\n$/,
    );
    const lost = explain("pod-a", "backend", "--tcp", "8080", "--cni", "calico", "--underlay", "vpc:192.168.1.0/24");
    expect(lost.stdout).toMatch(/^policies deny it, and before it came to them it was lost: dropped at /);
  });

  const OUTSIDE = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "outside" },
    spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "8.8.0.0/16" } }] }] },
  };

  it.each(CNI_NAMES)("tries who is outside the cluster, under %s", (cni) => {
    writeFileSync(path("outside.json"), JSON.stringify(OUTSIDE));
    const ask = (from: string, to: string): Outcome =>
      explain(from, to, "--tcp", "8080", "--cni", cni, "--policy", "outside.json");
    const inside = ask("8.8.8.8", "backend");
    expect(inside.stdout.split("\n").slice(0, 4)).toEqual([
      "allowed: the packet arrived, and SYN-ACK came back from backend",
      expect.stringMatching(/^8\.8\.8\.8 is outside: (router|vpc) sends for it, to node-b, as a load balancer/),
      "leaving 8.8.8.8: no policy has a say",
      "entering default/backend: policy default/outside: ingress rule 1 allows TCP 8080 from 8.8.8.8",
    ]);
    const other = ask("9.9.9.9", "backend");
    expect(other.status).toBe(1);
    expect(other.stdout).toMatch(/^denied: a network policy dropped the packet\n/);
    expect(other.stdout).toContain(
      "        spec.ingress[0] allows any port, but only from 8.8.0.0/16; 9.9.9.9 is not in it\n    to allow it, ",
    );
  });

  it.each([
    [
      "10.244.7.7",
      "backend",
      /expected a pod, or an address outside the pods' range, 10\.244\.0\.0\/16, found 10\.244\.7\.7/,
    ],
    ["8.8.8.8", "node-a", /expected a pod with an address of its own .* of 8\.8\.8\.8, .* found 192\.168\.1\.10: /],
    ["224.0.0.1", "backend", /expected an address that packets may come from/],
    ["127.0.0.1", "backend", /expected an address that packets may come from/],
    ["8.8.8", "backend", /policy explain: expected /],
  ])("refuses %s to %s, which nobody outside can send", (from, to, message) => {
    expectOneLineError(explain(from, to), 2, message);
  });

  it("asks for SCTP as well, as trace does", () => {
    const asked = explain("frontend", "backend", "--sctp", "8080");
    expect(asked.stdout).toContain(
      "ingress[0] allows from default/frontend, but its ports are TCP http (8080 of default/backend)\n",
    );
    const traced = within(path(), trace, ["pod-a", "pod-b", "--sctp", "8080"]);
    expect(traced.status).toBe(1);
    expect(traced.stdout).toMatch(
      /: SCTP INIT to port 8080\n[^]*\nrefused: ABORT came back from pod-b: nobody listens on SCTP 8080\n$/,
    );
  });

  it("is an object with --json", () => {
    const record = JSON.parse(explain("pod-a", "backend", "--udp", "53", "--json").stdout) as {
      hasArrived: boolean;
      ends: { direction: string; isAllowed: boolean; policies: object[] }[];
    };
    expect(record.hasArrived).toBe(false);
    expect(record.ends.map(({ direction, isAllowed }) => `${direction} ${isAllowed}`)).toEqual([
      "egress true",
      "ingress false",
    ]);
    const miss =
      "spec.ingress[0] allows only TCP http (8080 of default/backend), and that only from pods with app=frontend; default/pod-a has no label app";
    expect(record.ends[1]!.policies).toEqual([
      { name: "default/backend", origin: "example: document 1, items[0]", misses: [miss] },
    ]);
  });

  it("refuses what is no pod and too many options", () => {
    expectOneLineError(explain("frontend"), 2, /expected SOURCE and DESTINATION/);
    expectOneLineError(explain("nobody", "backend"), 2, /policy explain: /);
    expectOneLineError(
      explain("frontend", "backend", "--tcp", "1", "--udp", "2"),
      2,
      /policy explain: expected --tcp, --udp or --sctp, found --tcp and --udp/,
    );
  });
});

describe("podwire trace under policies", () => {
  it("names the policy at the hop, and counts what was refused", () => {
    const refused = within(path(), trace, ["frontend", "database", "--tcp", "5432", "--policy", "example"]);
    expect(refused.stderr).toBe("podwire: refused as isolated by default/database in ingress: 1 packet\n");
    const allowed = within(path(), trace, ["frontend", "backend", "--tcp", "8080", "--policy", "example", "--json"]);
    const { there } = JSON.parse(allowed.stdout) as { there: { hops: { device: string; policy?: string }[] } };
    expect(there.hops.flatMap(({ policy: by = [] }) => by)).toEqual(["default/backend"]);
  });
});
