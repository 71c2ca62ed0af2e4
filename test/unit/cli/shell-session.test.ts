import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ShellSession } from "../../../src/cli/shell-session.ts";
import { Taps } from "../../../src/commands/index.ts";
import { Calico, createExampleCluster } from "../../../src/kubernetes/index.ts";
import { temporaryFolder } from "./command.ts";
import { recordingTerminal } from "../commands/place.ts";

function shell(cluster = createExampleCluster()) {
  const { terminal, said } = recordingTerminal();
  const session = new ShellSession(cluster, new Taps(cluster.engine), terminal);
  const run = (...lines: string[]): string => {
    said.out = "";
    said.error = "";
    for (const line of lines) session.run(line);
    return said.out + said.error;
  };
  return { session, run };
}

describe("a shell", () => {
  it("keeps what commands change", () => {
    const { run } = shell();
    expect(run("pod-a ip neigh")).toBe("");
    run("pod-a ping -c 1 pod-b");
    expect(run("pod-a ip neigh")).toContain("10.244.1.1 dev eth0 lladdr 0a:58:0a:f4:01:01 REACHABLE");
    expect(run("wait 31", "pod-a ip neigh")).toContain("STALE");
  });

  it("goes to a place, and back", () => {
    const { session, run } = shell();
    expect(run("use node-a", "ip route")).toContain("flannel.1");
    expect(session.prompt).toBe("node-a> ");
    expect(run("use", "ip route")).toContain("expected a pod or node before ip");
    expect(session.prompt).toBe("podwire> ");
  });

  it("takes the command's own way of writing", () => {
    const { run } = shell();
    const routes = run("pod-a ip route");
    expect(run("exec pod-a -- ip route")).toBe(routes);
    expect(run("'pod-a' ip \"route\" # no comment, but three words more")).not.toBe(routes);
  });

  it("looks on while others run, until it is stopped or has enough", () => {
    const { run } = shell();
    expect(run("node-b tcpdump -i eth0 udp &")).toMatch(/\[1\]\n/);
    expect(run("jobs")).toBe("[1] node-b tcpdump -i eth0 udp &\n");
    expect(run("pod-a ping -c 1 pod-b")).toContain("VXLAN");
    expect(run("stop 1")).toContain("2 packets captured");
    expect(run("jobs")).toBe("");
    expect(run("node-b tcpdump -c 1 -i eth0 &", "pod-a ping -c 1 pod-b", "jobs")).toContain("1 packet captured");
    expect(run("stop")).toContain("expected a job to stop, found none that runs");
  });

  describe("with policies that change", () => {
    const folder = temporaryFolder();
    const kinds = { NetworkPolicy: "networking.k8s.io/v1", AdminNetworkPolicy: "policy.networking.k8s.io/v1alpha1" };
    const write = (file: string, kind: keyof typeof kinds, name: string, spec: object): string => {
      writeFileSync(folder(file), JSON.stringify({ apiVersion: kinds[kind], kind, metadata: { name }, spec }));
      return folder(file);
    };
    const deny = (types: string[]): object => ({ podSelector: {}, policyTypes: types });

    it("lets what is established go on, and holds what is new to them", () => {
      // Flannel's companion lets all pings pass.
      const { run } = shell(createExampleCluster({ cni: new Calico() }));
      const file = write("deny.json", "NetworkPolicy", "deny", deny(["Ingress"]));
      expect(run("pod-a ping pod-b &")).toContain("[1]\n");
      expect(run("wait 1.5")).toContain("icmp_seq=2 ");
      expect(run(`apply ${file}`)).toBe("networkpolicy.networking.k8s.io/deny created\n");
      expect(run("wait 2")).toMatch(/icmp_seq=3 [^]*icmp_seq=4 /);
      expect(run("pod-a ping -c 1 -W 1 pod-b")).toContain("1 packets transmitted, 0 received");
      expect(run("pod-b ping -c 1 -W 1 pod-a")).toContain("1 packets transmitted, 0 received");
      expect(run("stop")).toMatch(/\n6 packets transmitted, 6 received, 0% packet loss/);
      expect(run(`delete ${file}`)).toBe(`networkpolicy.networking.k8s.io "deny" deleted from default namespace\n`);
      expect(run("pod-a ping -c 1 pod-b")).toContain("1 packets transmitted, 1 received");
    });

    it("says of each what kubectl says", () => {
      const { session, run } = shell();
      const file = write("deny.json", "NetworkPolicy", "deny", deny(["Ingress"]));
      const subject = { namespaces: {} };
      const admin = write("admin.json", "AdminNetworkPolicy", "first", { priority: 5, subject, ingress: [] });
      expect(run(`apply -f ${file} -f ${admin}`)).toBe(
        "networkpolicy.networking.k8s.io/deny created\nadminnetworkpolicy.policy.networking.k8s.io/first created\n",
      );
      expect(run(`apply ${file}`)).toBe("networkpolicy.networking.k8s.io/deny unchanged\n");
      write("deny.json", "NetworkPolicy", "deny", deny(["Ingress", "Egress"]));
      expect(run(`apply ${file} ${file}`)).toBe(
        "networkpolicy.networking.k8s.io/deny configured\nnetworkpolicy.networking.k8s.io/deny unchanged\n",
      );
      expect(run(`delete ${admin} ${file}`)).toBe(
        `adminnetworkpolicy.policy.networking.k8s.io "first" deleted\nnetworkpolicy.networking.k8s.io "deny" deleted from default namespace\n`,
      );
      expect(session.status).toBe(0);
      expect(run(`delete ${file}`)).toBe(
        `Error from server (NotFound): error when deleting "${file}": networkpolicies.networking.k8s.io "deny" not found\n`,
      );
      expect(session.status).toBe(1);
    });

    it("applies nothing when a file is wrong, and warns of what has no effect", () => {
      const { session, run } = shell();
      const file = write("deny.json", "NetworkPolicy", "deny", deny(["Ingress"]));
      const wrong = write("wrong.json", "NetworkPolicy", "wrong", deny(["ingress"]));
      expect(run(`apply ${file} ${wrong}`)).toMatch(
        /^[^\n]*wrong.json: document 1, NetworkPolicy default\/wrong, spec.policyTypes[^\n]*\n$/,
      );
      expect(session.status).toBe(2);
      expect(run("pod-a ping -c 1 pod-b")).toContain("1 received");
      writeFileSync(folder("empty.json"), "[]");
      expect(run(`apply ${folder("empty.json")}`)).toContain("expected policies to apply, found none in ");
      const nobody = write("nobody.json", "NetworkPolicy", "nobody", { podSelector: { matchLabels: { app: "x" } } });
      expect(run(`apply ${nobody}`)).toMatch(
        /^networkpolicy.networking.k8s.io\/nobody created\npodwire: warning: \S*nobody.json: document 1, NetworkPolicy default\/nobody, spec.podSelector: [^\n]*\n$/,
      );
      expect(run("help")).toContain("  apply FILE... ");
    });
  });

  it("goes on with what was started until it ends by itself", () => {
    const { run } = shell();
    run("pod-a ping -c 2 pod-b &");
    const said = run("wait 5");
    expect(said).toMatch(/icmp_seq=2 [^]*\n2 packets transmitted, 2 received/);
    expect(said.match(/ping statistics/g)).toHaveLength(1);
    expect(run("jobs")).toBe("");
  });

  it("ends with the last command's exit code", () => {
    const { session, run } = shell();
    run("pod-a ping -c 1 10.244.2.99");
    expect(session.status).toBe(1);
    run("# a comment", "", "exit");
    expect([session.status, session.hasEnded]).toEqual([1, true]);
  });

  it("traces and draws with the tables as they are", () => {
    const { session, run } = shell();
    run("pod-a ping -c 1 pod-b");
    expect(run("trace pod-a pod-b")).toContain("neighbour 10.244.1.1 at 0a:58:0a:f4:01:01");
    expect(run("draw x.png")).toContain("expected draw FILE.svg");
    run("exit 3");
    expect([session.status, session.hasEnded]).toEqual([3, true]);
  });

  it.each([
    ["trace pod-a", "expected trace FROM TO, found trace pod-a"],
    ["pod-a ping -c1 pod-b | grep ttl", "expected one command, found a pipe"],
    ["exit soon", "expected exit with a number, found soon"],
    ["nobody ip route", 'found "nobody"'],
    ["pod-a", "expected a command (ip,"],
    ["pod-a frob", "frob: command not found"],
    ["wait", "expected wait with 0 to 86400 seconds, found nothing"],
    ["wait -1", "expected wait with 0 to 86400 seconds, found -1"],
    ["pod-a ip 'route", "expected a closing quote"],
    ["pod-a ip route &", "ip: expected tcpdump or ping to run beside another command"],
    ["apply", "expected apply FILE..., found no file"],
    ["apply -", "expected apply FILE..., found -: standard input has the commands"],
    ["delete none.json", "expected a file that can be read, found none.json: no such file"],
  ])("%s is refused in a line", (line, message) => {
    const { session, run } = shell();
    const said = run(line);
    expect(said).toContain(message);
    expect(said.trimEnd()).not.toContain("\n");
    expect(session.status).not.toBe(0);
  });

  it("lists nodes and pods, the time and its own help", () => {
    const { run } = shell();
    expect(run("nodes")).toContain("node-a               192.168.1.10    10.244.1.0/24\n");
    expect(run("pods")).toContain("default/backend                10.244.2.20     node-b\n");
    expect(run("time")).toBe("0.000000000 s\n");
    expect(run("help")).toContain("wait SECONDS");
  });

  it.each([
    ["no", ["node-a", "node-b", "nodes"]],
    ["pod-a tr", ["traceroute"]],
    ["node-a ip -s link show fl", ["flannel.1"]],
    ["node-a tcpdump -i fl", ["flannel.1"]],
    ["pod-a ping ba", ["backend"]],
    ["ap", ["apply"]],
    ["de", ["delete"]],
    ["apply ex", ["example"]],
    ["delete package.j", ["package.json"]],
  ])("completes %s", (line, words) => {
    expect(shell().session.complete(line)[0]).toEqual(words);
  });
});
