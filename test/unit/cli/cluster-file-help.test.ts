import { describe, expect, it } from "vitest";
import { podwireHere } from "./command.ts";

const COMMANDS = ["ping", "trace", "shell", "exec", "node", "curl", "traceroute", "compare", "draw", "cluster"];

describe("what a cluster's file is", () => {
  it.each([...COMMANDS, "policy check", "policy explain"])(
    "is told by podwire %s --help, policies included",
    async (name) => {
      const { status, stdout } = await podwireHere([...name.split(" "), "--help"]);
      expect(status).toBe(0);
      const text = stdout.replace(/\s+/g, " ");
      expect(text).toContain(
        "FILE what kubectl get nodes,pods,namespaces,networkpolicies,services,daemonsets,configmaps -A -o json or -o yaml prints; adminnetworkpolicies,baselineadminnetworkpolicies too where the cluster has such kinds; - for standard input",
      );
      expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
    },
  );
});
