import { expect, it } from "vitest";
import { CaptureReader, MemorySink } from "../../../src/capture/index.ts";
import { HopCapture, HopRecorder } from "../../../src/datapath/index.ts";
import { connects, createPolicyCluster, labelled, policy, pods, port, rule } from "../kubernetes/policies.ts";

it("tells what policies decided: in the comment by name, and as a verdict", () => {
  const cluster = createPolicyCluster("flannel");
  const ingress = [rule([pods({ app: "frontend" })], [port("TCP", 8080)])];
  cluster.policies.set({
    networkPolicies: [policy("backend", { podSelector: labelled({ app: "backend" }), ingress })],
  });
  const sink = new MemorySink();
  const capture = new HopCapture(sink, { epochSeconds: 0, names: [], application: "test", comment: "" });
  cluster.engine.observer = new HopRecorder(cluster.engine, [capture]);
  connects(cluster, "frontend", "backend", 8080);
  connects(cluster, "client", "backend", 8080);
  capture.end(cluster.engine.now);
  const found: string[] = [];
  const reader = new CaptureReader((record) => {
    const verdict = record.kind === "packet" ? record.options.find(({ code }) => code === 7)?.value : undefined;
    if (record.kind === "packet" && verdict !== undefined) found.push(`${verdict.join("")} ${record.comments.join()}`);
  });
  reader.push(sink.bytes());
  reader.end();
  expect(
    found.filter((text) => /^100000000 .*policy default\/backend: ingress rule 1 allows TCP 8080/.test(text)),
  ).not.toHaveLength(0);
  expect(
    found.filter((text) => /^120000000 .*isolated by default\/backend: .*NETFILTER_DROP/.test(text)),
  ).not.toHaveLength(0);
  expect(found.filter((text) => text.includes("allowed by policy default/backend")).length).toBeGreaterThan(0);
});
