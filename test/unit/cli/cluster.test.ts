import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cluster } from "../../../src/cli/cluster.ts";
import { CNI_NAMES } from "../../../src/kubernetes/index.ts";
import { type Json, YamlWriter } from "../../tools/yaml-writer.ts";
import { expectOneLineError, type Outcome, shell, temporaryFolder, within } from "./command.ts";

const path = temporaryFolder();

function run(line: string): Outcome {
  return within(path(), cluster, line.split(" "));
}

describe("podwire cluster init", () => {
  it("writes a file that check finds nothing wrong with", () => {
    expect(run("init --nodes 3 --pods-per-node 4 --cni flannel -o cluster.json")).toMatchObject({
      status: 0,
      stderr: "",
    });
    expect(JSON.parse(readFileSync(path("cluster.json"), "utf8"))).toMatchObject({ kind: "List" });
    expect(run("check cluster.json")).toEqual({
      status: 0,
      stderr: "",
      stdout: [
        "nodes      3",
        "pods       12, 12 with an address of their own",
        "others     2 services, 0 network policies",
        "plugin     flannel, vni 1: annotation flannel.alpha.coreos.com/backend-type is vxlan (node-1 and 2 more); DaemonSet kube-system/kube-flannel-ds runs it; condition NetworkUnavailable says FlannelIsUp (node-1 and 2 more)",
        "pod range  10.244.0.0/16, Network in net-conf.json of ConfigMap kube-system/kube-flannel-cfg",
        "underlay   one LAN, 192.168.1.0/24: the nodes' addresses are near each other",
        "0 errors, 0 warnings",
        "",
      ].join("\n"),
    });
  });

  it("and check work in a pipe", () => {
    const line = '"$NODE" "$MAIN" cluster init --cni flannel | "$NODE" "$MAIN" cluster check - --json';
    const { stdout, stderr, status } = shell(line);
    expect([stderr, status]).toEqual(["", 0]);
    expect(JSON.parse(stdout)).toMatchObject({ file: "-", nodes: 2, pods: 6, cni: "flannel", findings: [] });
  });
});

describe("podwire cluster check", () => {
  it("takes YAML, in one document or several", () => {
    run("init -o cluster.json");
    const told = run("check cluster.json").stdout;
    const { items } = JSON.parse(readFileSync(path("cluster.json"), "utf8")) as { readonly items: readonly Json[] };
    // Each item another way.
    const documents = items.map((item, index) =>
      new YamlWriter([index, 3 * index, 7 * index + 1, index % 5]).text([item]),
    );
    writeFileSync(path("cluster.yaml"), documents.join("---\n"));
    expect(run("check cluster.yaml")).toEqual({ status: 0, stderr: "", stdout: told });
    writeFileSync(path("cluster.yaml"), new YamlWriter([0]).text([{ apiVersion: "v1", kind: "List", items }]));
    expect(run("check cluster.yaml")).toEqual({ status: 0, stderr: "", stdout: told });
  });

  it("tells what is wrong with a cluster, and exits 1", () => {
    run("init -o cluster.json");
    const text = readFileSync(path("cluster.json"), "utf8").replaceAll('"10.244.1.3"', '"10.244.1.2"');
    writeFileSync(path("cluster.json"), text);
    const { stdout, status } = run("check cluster.json");
    expect(status).toBe(1);
    expect(stdout).toContain(
      "\nerror      Pod default/backend-2-1, status.podIP: 10.244.1.2 is the address of Pod default/frontend-2-1 too: left out\n1 error, 0 warnings\n",
    );
    expect(JSON.parse(run("check cluster.json --json").stdout).findings).toHaveLength(1);
  });

  it.each([
    ["192.168.0.0/16", "one LAN, 192.168.0.0/16"],
    ["192.168.1.8/29,192.168.1.0/29", "subnets 192.168.1.8/29, 192.168.1.0/29 with a router between"],
    ["vpc:192.168.1.0/24", "a provider's network, 192.168.1.0/24, with no routes for the nodes' ranges"],
    ["vpc:192.168.1.0/24:routes", "a provider's network, 192.168.1.0/24, with routes for the nodes' ranges"],
  ])("takes the nodes' network from --underlay %s", (text, told) => {
    run("init -o cluster.json");
    expect(run(`check cluster.json --underlay ${text}`).stdout).toContain(`\nunderlay   ${told}: as asked for\n`);
  });

  it("gives the router another address where a node has the first", () => {
    run("init -o cluster.json");
    const text = readFileSync(path("cluster.json"), "utf8");
    writeFileSync(path("first.json"), text.replaceAll(/"192\.168\.1\.1\d"/g, '"192.168.1.1"'));
    expect(run("check first.json").stdout).toContain(
      "\nunderlay   one LAN, 192.168.1.0/24, router 192.168.1.254: the nodes' addresses are near each other\n",
    );
  });

  it("reads UTF-16, as PowerShell redirects it", () => {
    run("init -o cluster.json");
    const text = readFileSync(path("cluster.json"), "utf8");
    writeFileSync(path("wide.json"), `\ufeff${text}`, "utf16le");
    expect(run("check wide.json").stdout).toBe(run("check cluster.json").stdout);
  });

  it.each<[string, Uint8Array | string, string]>([
    ["no text", Uint8Array.of(0xc3, 0x28), "cluster.json: expected text in UTF-8, found other bytes"],
    ["no JSON", "{,}", 'cluster.json: line 1, column 2: expected a key or "}", found ","'],
    ["no cluster", "[]", "cluster.json: expected at least one Node, found none"],
  ])("refuses a file that is %s with one line", (_what, content, message) => {
    writeFileSync(path("cluster.json"), content);
    expectOneLineError(run("check cluster.json"), 1, message);
  });
});

describe("podwire cluster refuses with one line", () => {
  it.each([
    ["", 2, 'cluster: expected init or check, found "": see podwire cluster --help'],
    ["constructor", 2, 'cluster: expected init or check, found "constructor": see podwire cluster --help'],
    ["init --nodes 0", 2, 'expected --nodes from 1 to 1000, found "0"'],
    ["init --cni antrea", 2, `expected --cni to be ${CNI_NAMES.join(" or ")}, found "antrea"`],
    ["init --json", 2, "cluster init: --json is not for it: see podwire cluster --help"],
    ["init here", 2, "cluster init: expected no argument, found here: see podwire cluster --help"],
    ["init -o no/where", 1, "expected a file that can be written, found no/where: no such file or folder"],
    ["check", 2, "cluster check: expected FILE, found none: see podwire cluster --help"],
    ["check a b", 2, "cluster check: expected FILE, found a b: see podwire cluster --help"],
    ["check a --nodes 1", 2, "cluster check: --nodes is not for it: see podwire cluster --help"],
    ["check a --underlay 10.0.0.0", 2, '--underlay: expected an IPv4 prefix such as 10.244.1.0/24, found "10.0.0.0"'],
    ["check a --underlay 10.0.0.0/30", 2, "--underlay: expected a subnet of at most /29, found 10.0.0.0/30"],
    [
      "check a --underlay 10.0.0.0/8,10.1.0.0/16",
      2,
      "--underlay: expected subnets apart from each other, found 10.1.0.0/16 and 10.0.0.0/8",
    ],
    ["check nowhere.json", 1, "expected a file that can be read, found nowhere.json: no such file or folder"],
  ])("%s", (line, status, message) => {
    expectOneLineError(run(line), status, message);
  });

  it("but not help, on lines that a terminal has room for", () => {
    const { stdout, status } = run("--help");
    expect(status).toBe(0);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });
});
