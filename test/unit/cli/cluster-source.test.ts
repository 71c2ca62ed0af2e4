import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadCluster } from "../../../src/cli/cluster-source.ts";
import { Failure } from "../../../src/cli/errors.ts";
import { initialClusterFile } from "../../../src/kubernetes/index.ts";
import { temporaryFolder } from "./command.ts";

const path = temporaryFolder();

describe("loadCluster", () => {
  it("builds what a file describes, with the plugin that is named", () => {
    writeFileSync(path("cluster.json"), initialClusterFile({ nodes: 2, podsPerNode: 3, cni: "calico-ipip" }));
    expect(loadCluster(path("cluster.json")).cluster.cni.name).toBe("calico (IP-in-IP)");
    const { cluster, file } = loadCluster(path("cluster.json"), { cni: "flannel" }, { slotCount: 16 });
    expect([cluster.cni.name, cluster.pods.length, file.findings]).toEqual(["flannel (vxlan)", 6, []]);
    const pod = cluster.endpoint("backend-2-1");
    const ping = cluster.endpoint("frontend-1-1").host.ping(pod.address);
    cluster.engine.run();
    expect(ping.receivedCount).toBe(1);
  });

  it("fails with one line that names the file", () => {
    expect(() => loadCluster(path("none.json"))).toThrow(Failure);
    writeFileSync(path("wrong.json"), "[1]");
    expect(() => loadCluster(path("wrong.json"))).toThrow(
      new Failure(`${path("wrong.json")}: document 1, [0]: expected a Kubernetes object, found 1`),
    );
  });
});
