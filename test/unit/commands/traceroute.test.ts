import { describe, expect, it } from "vitest";
import { Lab } from "./place.ts";

describe("traceroute", () => {
  it("names every router on the way, and ends where the destination answers", () => {
    const { out, status } = new Lab().run("pod-a traceroute pod-b");
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toBe("traceroute to pod-b (10.244.2.8), 30 hops max, 60 byte packets");
    expect(lines.slice(1).map((line) => line.replace(/ {2}\d+\.\d{3} ms/g, " T"))).toEqual([
      " 1  cni0.node-a (10.244.1.1) T T T",
      " 2  flannel.1.node-b (10.244.2.0) T T T",
      " 3  pod-b (10.244.2.8) T T T",
    ]);
    expect(status).toBe(0);
  });

  it("shows a star for each probe that nobody answers", () => {
    const lab = new Lab();
    lab.place("node-a").namespace.addRoute({ to: "203.0.113.0/24", type: "blackhole" });
    const { out } = lab.run("pod-a traceroute -n -m 2 -q 2 -w 1 203.0.113.1");
    expect(out.split("\n")[1]).toMatch(/^ 1 {2}\d|^ 1 {2}\* \*$/);
    expect(lab.run("pod-a traceroute -n -m 2 -q 2 -w 1 203.0.113.1").out).toContain("* *");
  });

  it("marks what a router says of a destination that is not there", () => {
    const lab = new Lab();
    lab.place("node-a").namespace.addRoute({ to: "203.0.113.0/24", type: "prohibit" });
    expect(lab.run("pod-a traceroute -n 203.0.113.1").out).toMatch(/ 1 {2}10\.244\.1\.1 {2}\d+\.\d+ ms !X/);
  });

  it.each([
    ["pod-a traceroute", 2],
    ["pod-a traceroute nobody", 2],
    ["pod-a traceroute pod-b 3", 2],
    ["pod-a traceroute -m 0 pod-b", 2],
  ])("%s is refused", (line, status) => {
    const said = new Lab().run(line);
    expect(said.status).toBe(status);
    expect(said.error).not.toBe("");
  });
});
