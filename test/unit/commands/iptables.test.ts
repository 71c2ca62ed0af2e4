import { describe, expect, it } from "vitest";
import type { Veth } from "../../../src/datapath/index.ts";
import { runCommand, Taps } from "../../../src/commands/index.ts";
import {
  CNI_NAMES,
  type Cluster,
  createCni,
  createExampleCluster,
  examplePolicies,
  parsePolicies,
} from "../../../src/kubernetes/index.ts";
import { formatIpv4 } from "../../../src/wire/index.ts";
import { frame, packet, udpPacket } from "../../conformance/frames.ts";

/** backend was asked on 8080 by frontend, and database by frontend, in vain. */
function played(cni: string): Cluster {
  const cluster = createExampleCluster({ cni: createCni(cni, cni === "weave" ? { range: "10.244.0.0/16" } : {}) });
  cluster.policies.set(examplePolicies());
  const [frontend, backend, database] = ["frontend", "backend", "database"].map((name) => cluster.endpoint(name));
  for (const [end, port] of [
    [backend, 8080],
    [database, 5432],
  ] as const)
    frontend!.host.tcp.connect(end!.address, port, {});
  cluster.engine.run(cluster.engine.now + 500e6);
  return cluster;
}

function run(
  cluster: Cluster,
  where: string,
  ...words: readonly string[]
): { status: number; out: string; error: string } {
  const { name, host } = cluster.endpoint(where);
  const said = { out: "", error: "" };
  const terminal = {
    out: (text: string) => void (said.out += text),
    error: (text: string) => void (said.error += text),
    create: () => {
      throw new Error("no file");
    },
  };
  const place = { cluster, name, host, namespace: host.namespace, taps: new Taps(cluster.engine) };
  return { status: runCommand(place, ["iptables", ...words], terminal), ...said };
}

describe("iptables", () => {
  it("prints chains in columns as the original does", () => {
    const { out, status } = run(played("calico"), "node-b", "-L", "cali-FORWARD", "-v", "-n");
    expect(status).toBe(0);
    expect(out.split("\n")).toEqual([
      "Chain cali-FORWARD (1 references)",
      " pkts bytes target     prot opt in     out     source               destination         ",
      "    1    48 cali-from-wl-dispatch  all  --  cali+  *       0.0.0.0/0            0.0.0.0/0           ",
      expect.stringMatching(/^ {4}3 +\d+ cali-to-wl-dispatch {2}all {2}-- {2}\* {6}cali\+ {3}0\.0\.0\.0\/0/),
      "",
    ]);
    expect(run(played("flannel"), "node-b", "-L", "FLANNEL-FWD").out.split("\n")).toEqual([
      "Chain FLANNEL-FWD (1 references)",
      "target     prot opt source               destination         ",
      "ACCEPT     all  --  10.244.0.0/16        anywhere             /* flanneld forward */",
      "ACCEPT     all  --  anywhere             10.244.0.0/16        /* flanneld forward */",
      "",
    ]);
  });

  it.each([
    ["calico", /cali-pi-_/, /Drop if no policies passed packet/],
    ["flannel", /KUBE-NWPLCY-/, /rule to REJECT traffic destined for POD/],
    ["kubenet", /KUBE-NWPLCY-/, /rule to REJECT traffic destined for POD/],
    ["weave", /WEAVE-NPC-INGRESS/, /-A FORWARD -o weave -c/],
  ])("has chains of %s whose counters moved", (cni, chain, drop) => {
    const lines = run(played(cni), "node-b", "-S", "-v").out.split("\n");
    const rules = lines.filter(
      (line) => line.startsWith("-A ") && / --dports 8080 /.test(line) && !line.endsWith("RETURN"),
    );
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatch(chain);
    expect(rules[0]).toMatch(/ -c 1 \d\d /);
    expect(lines.filter((line) => drop.test(line) && / -c 1 \d\d -j (DROP|REJECT)/.test(line))).toHaveLength(1);
    expect(lines.some((line) => / --dports 5432 .*-c 0 0 /.test(line))).toBe(true);
  });

  it("has Felix's rules against tunnels and addresses of pods' own making, whose counters move", () => {
    const cluster = played("calico-vxlan");
    const pod = cluster.pods.find(({ name }) => name === "frontend")!;
    const node = pod.node.name;
    const { device } = pod.namespace.routes.lookup(pod.node.address);
    const [own, other] = [formatIpv4(pod.address), "10.99.0.1"];
    const gateway = (device as Veth).peer.mac;
    for (const bytes of [
      udpPacket({ source: own, destination: "192.168.1.20" }, 1, 4789),
      packet({ source: own, destination: "192.168.1.20", protocol: 4 }),
      udpPacket({ source: other, destination: "192.168.1.20" }, 1, 2),
    ])
      (device as Veth).transmit(frame(gateway, device!.mac, 0x0800, bytes));
    cluster.engine.run(cluster.engine.now + 1e6);
    const ruleOf = (words: readonly string[], text: RegExp): readonly string[] =>
      run(cluster, node, "-S", "-v", ...words)
        .out.split("\n")
        .filter((line) => text.test(line) && / -c 1 /.test(line));
    expect(ruleOf([], /Drop VXLAN encapped packets originating in workloads/)).toEqual([
      expect.stringMatching(/^-A cali-fw-cali\w+ -p udp -m comment .* -m multiport --dports 4789 -c 1 46 -j DROP$/),
    ]);
    expect(ruleOf([], /Drop IPinIP encapped packets/)).toEqual([
      expect.stringMatching(/^-A cali-fw-cali\w+ -p ipencap -m comment .* -c 1 46 -j DROP$/),
    ]);
    expect(ruleOf(["-t", "raw"], /rpfilter/)).toEqual([
      "-A cali-PREROUTING -m mark --mark 0x40000/0x40000 -m rpfilter --validmark --invert -c 1 46 -j DROP",
    ]);
    const accepted = run(cluster, "node-b", "-S", "cali-INPUT", "-v").out;
    expect(accepted).toMatch(/"Allow IPv4 VXLAN packets from allowed hosts" .* -c [1-9]\d* [1-9]\d* -j ACCEPT\n/);
    expect(accepted).toMatch(/"Drop IPv4 VXLAN packets from non-allowed hosts" .* -c 0 0 -j DROP\n/);
    expect(run(played("calico-ipip"), "node-b", "-S", "cali-INPUT").out).toContain("Drop IPIP packets from non-Calico");
    const { nftables } = JSON.parse(run(cluster, node, "-L", "-t", "raw", "--json").out) as {
      nftables: readonly { chain?: { name: string; table: string; hook?: string; prio?: number } }[];
    };
    expect(nftables.flatMap(({ chain }) => chain ?? [])).toContainEqual(
      expect.objectContaining({ name: "PREROUTING", table: "raw", hook: "prerouting", prio: -300 }),
    );
    expect(run(played("flannel"), "node-b", "-S", "-t", "raw").out).toBe("-P PREROUTING ACCEPT\n-P OUTPUT ACCEPT\n");
  });

  it.each([
    ["flannel", /^-A KUBE-ADMPLCY-\S+ .*-c 1 \d+ -j REJECT --reject-with icmp-port-unreachable$/],
    ["calico", /^-A cali-pi-_\S+ .*"Policy kanp\.adminnetworkpolicy\.deny ingress".* -c 1 \d+ -j DROP$/],
    ["weave", /^-A WEAVE-NPC-ADMIN .*rule 0 of deny" -c 1 \d+ -j DROP$/],
  ])("shows under %s what an administrator's policy drops, and nothing that accepts it", (cni, drop) => {
    const cluster = createExampleCluster({ cni: createCni(cni) });
    cluster.policies.set(
      parsePolicies(
        [
          {
            apiVersion: "policy.networking.k8s.io/v1alpha1",
            kind: "AdminNetworkPolicy",
            metadata: { name: "deny" },
            spec: {
              priority: 1,
              subject: { namespaces: {} },
              ingress: [{ action: "Deny", from: [{ namespaces: {} }] }],
            },
          },
        ],
        "test",
      ),
    );
    const [database, backend] = ["database", "backend"].map((name) => cluster.endpoint(name)!);
    database!.host.tcp.connect(backend!.address, 8080, {});
    cluster.engine.run(cluster.engine.now + 500e6);
    const lines = run(cluster, "node-b", "-S", "-v").out.split("\n");
    expect(lines.filter((line) => drop.test(line))).toHaveLength(1);
    expect(lines.filter((line) => / -c [1-9]\d* \d+ -j (ACCEPT|DROP|REJECT)/.test(line))).toHaveLength(1);
  });

  it("lists each chain that it goes to, under every plugin, and all rules as JSON", () => {
    for (const cni of CNI_NAMES) {
      const cluster = played(cni);
      const { out } = run(cluster, "node-b", "-S");
      const chains = [...out.matchAll(/^-[PN] (\S+)/gm)].map(([, name]) => name);
      const targets = [...out.matchAll(/ -[jg] (\S+)/g)].map(([, name]) => name!);
      expect(
        targets.filter((name) => !["ACCEPT", "DROP", "RETURN", "MARK", "REJECT", "NFLOG", ...chains].includes(name)),
      ).toEqual([]);
      const { nftables } = JSON.parse(run(cluster, "node-b", "-L", "--json").out) as { nftables: object[] };
      expect(nftables.filter((object) => "rule" in object)).toHaveLength(targets.length);
      expect(nftables.filter((object) => "chain" in object)).toHaveLength(chains.length);
    }
  });

  // As iptables 1.8 in a network namespace printed such rules.
  it("numbers rules, tells counts in full, and names what has a name without -n", () => {
    const cluster = played("kubenet");
    const found = run(cluster, "node-b", "-nvxL", "KUBE-NWPLCY-COMMON", "--line-numbers").out.split("\n");
    expect(found.slice(0, 2)).toEqual([
      "Chain KUBE-NWPLCY-COMMON (3 references)",
      "num      pkts      bytes target     prot opt in     out     source               destination         ",
    ]);
    expect(found[4]).toBe(
      "3           0        0 ACCEPT     icmp --  *      *       0.0.0.0/0            0.0.0.0/0            /* allow icmp echo requests */ icmptype 8",
    );
    expect(run(cluster, "node-b", "-L", "KUBE-NWPLCY-COMMON", "3").out).toBe(
      "ACCEPT     icmp --  anywhere             anywhere             /* allow icmp echo requests */ icmp echo-request\n",
    );
    expect(run(cluster, "node-b", "-v", "--list=KUBE-NWPLCY-COMMON", "5").out).toMatch(
      /^ {4}0 {5}0 ACCEPT {5}icmp -- {2}any {4}any {5}anywhere {13}anywhere {13}\/\* allow icmp time exceeded messages \*\/ icmp time-exceeded\n$/,
    );
    expect(run(cluster, "node-b", "-w", "5", "-t", "filter", "-S", "KUBE-NWPLCY-COMMON", "3").out).toBe(
      '-A KUBE-NWPLCY-COMMON -p icmp -m comment --comment "allow icmp echo requests" -m icmp --icmp-type 8 -j ACCEPT\n',
    );
    expect(run(cluster, "node-b", "-L", "INPUT", "9").out).toBe("");
    const goto = run(played("calico"), "node-b", "-n", "-L", "cali-INPUT", "1").out;
    expect(goto).toBe("cali-wl-to-host  all  --  0.0.0.0/0            0.0.0.0/0           [goto] \n");
    expect(run(played("weave"), "node-b", "-S", "FORWARD", "5").out).toBe("-A FORWARD -i weave ! -o weave -j ACCEPT\n");
  });

  it("tells where Cilium's verdicts are, once there are policies", () => {
    const { status, error } = run(played("cilium"), "node-b", "-L", "-v");
    expect(status).toBe(0);
    expect(error).toMatch(
      /^iptables: Cilium's programs decide .*`policy check`.*hubble observe --verdict DROPPED\)\n$/,
    );
    expect(run(createExampleCluster({ cni: createCni("cilium") }), "node-b", "-L").error).toBe("");
    expect(run(played("calico"), "node-b", "-L").error).toBe("");
  });

  it("has nothing in a pod, and no chains of policies where there are none", () => {
    expect(run(played("calico"), "frontend", "-S").out).toBe("-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n");
    expect(run(createExampleCluster(), "node-a", "-S").out).not.toContain("KUBE-");
  });

  it.each([
    [["-L", "NONE"], 1, "iptables: No chain/target/match by that name.\n"],
    [["-L", "-t", "nat"], 3, /can't show table 'nat'/],
    [["-L", "-t", "nosuch"], 3, /^iptables v1\.8\.9 \(nf_tables\): table 'nosuch' does not exist\nPerhaps /],
    [["-L", "-S"], 2, /: Cannot use -S with -L\nTry `iptables -h' or 'iptables --help' for more information\.\n$/],
    [["-S", "--list"], 2, /: Cannot use -L with -S\n/],
    [["-F"], 2, /: Cannot use -F: tables are what the plugin makes of policies/],
    [["--flush"], 2, /: Cannot use -F: /],
    [["-F", "-L"], 2, /: Cannot use -L with -F\n/],
    [["--foo"], 2, /: unknown option "--foo"\n/],
    [["-vq", "-L"], 2, /: unknown option "-q"\n/],
    [["-t"], 2, /: option "-t" requires an argument\n/],
    [["-L", "FORWARD", "extra"], 2, /: Invalid rule number `extra'\n/],
    [["-S", "-n"], 2, /: Illegal option `-n' with this command\n/],
    [["-S", "--exact"], 2, /: Illegal option `-x' with this command\n/],
    [["-S", "--line-numbers"], 2, /: Illegal option `-0' with this command\n/],
    [["-L", "-4", "FORWARD"], 2, /^Bad argument `FORWARD'\nTry /],
    [["-v"], 2, /: no command specified\n/],
    [[], 2, /: no command specified\n/],
  ])("refuses %j", (words, status, message) => {
    const found = run(createExampleCluster(), "node-a", ...words);
    expect([found.status, found.out]).toEqual([status, ""]);
    expect(found.error).toMatch(message);
  });
});
