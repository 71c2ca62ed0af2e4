import { describe, expect, it } from "vitest";
import { CNI_NAMES, createCni, createExampleCluster } from "../../../src/kubernetes/index.ts";
import { Lab } from "./place.ts";

/** The example cluster under a plugin, with its addresses where the plugin lets them be chosen. */
function lab(name: string): Lab {
  return new Lab(createExampleCluster({ cni: createCni(name, name === "weave" ? { range: "10.244.0.0/16" } : {}) }));
}

describe.each(CNI_NAMES)("%s", (name) => {
  it.each([
    ["another node", "frontend", "10.244.1.10"],
    ["the same node", "pod-b", "10.244.2.8"],
  ])("serves HTTP to a pod of %s, which keeps its address", (_where, client, address) => {
    const { status, out } = lab(name).run(`${client} curl -s http://10.244.2.20:8080/`);
    expect(out).toMatch(
      new RegExp(`^backend at 10\\.244\\.2\\.20:8080 greets ${address.replaceAll(".", "\\.")}:\\d+\\n$`),
    );
    expect(status).toBe(0);
  });

  it.each([
    "pod-a ping -c 1 pod-b",
    "pod-b ping -c 1 pod-a",
    "pod-a ping -c 1 frontend",
    "pod-a ping -c 1 node-a",
    "pod-a ping -c 1 node-b",
    "node-a ping -c 1 pod-a",
    "node-b ping -c 1 pod-a",
    "node-a ping -c 1 node-b",
  ])("%s", (line) => {
    expect(lab(name).run(line)).toMatchObject({ status: 0, error: "" });
  });

  it("refuses a port that nobody listens on", () => {
    expect(lab(name).run("frontend curl http://10.244.2.20:81/").error).toMatch(
      /^curl: \(7\) Failed to connect to 10\.244\.2\.20 port 81 after \d+ ms: Connection refused\n$/,
    );
  });
});

describe("containers", () => {
  it("of one pod speak over its loopback", () => {
    expect(lab("flannel").run("backend curl -s http://127.0.0.1:8080/").out).toMatch(/^backend at 127\.0\.0\.1:8080 /);
  });

  it("with hostNetwork are their node", () => {
    const cluster = createExampleCluster();
    const ports = [{ containerPort: 9100, protocol: "TCP" as const }];
    cluster.addPod({ name: "exporter", node: "node-b", hostNetwork: true, containers: [{ name: "exporter", ports }] });
    const here = new Lab(cluster);
    expect(here.run("pod-a curl -s http://192.168.1.20:9100/").out).toMatch(
      /^node-b at 192\.168\.1\.20:9100 greets 10\.244\.1\.5:/,
    );
    expect(here.run("exporter ip -br link").out).toBe(here.run("node-b ip -br link").out);
  });
});

describe("a Service's address", () => {
  it.each(["ping -c 1 10.96.0.80", "curl http://10.96.0.80/", "traceroute 10.96.0.80"])(
    "is told from a pod's: %s",
    (line) => {
      const cluster = createExampleCluster();
      cluster.addService({
        name: "web",
        namespace: "shop",
        clusterIP: "10.96.0.80",
        ports: [{ port: 80, protocol: "TCP" }],
      });
      const { status, out, error } = new Lab(cluster).run(`pod-a ${line}`);
      expect([status, out]).toEqual([1, ""]);
      expect(error).toMatch(/^[^\n]*10\.96\.0\.80, Service shop\/web: kube-proxy [^\n]*not modelled\n$/);
    },
  );
});
