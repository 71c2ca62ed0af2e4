import { describe, expect, it } from "vitest";
import { Lab } from "./place.ts";

describe("ping -w", () => {
  it("goes on until the time is over, and then tells whether all of -c came", () => {
    const lab = new Lab();
    const { out, status } = lab.run("pod-a ping -w 3 pod-b");
    expect(out.match(/icmp_seq=\d+/g)).toEqual(["icmp_seq=1", "icmp_seq=2", "icmp_seq=3"]);
    expect(out).toContain("3 packets transmitted, 3 received, 0% packet loss, time 2000ms\n");
    expect(status).toBe(0);
    expect(lab.run("pod-a ping -w 2 -c 10 pod-b")).toMatchObject({ status: 1 });
    expect(lab.run("pod-a ping -w 10 -c 2 pod-b").out).toContain("2 packets transmitted, 2 received");
  });

  it("sends on for what was not answered, and ends at errors", () => {
    const lab = new Lab();
    const { out, status } = lab.run("pod-a ping -w 9 -c 2 10.244.1.77");
    expect(out).toMatch(/(From 10\.244\.1\.5 icmp_seq=\d Destination Host Unreachable\n){2,3}\n---/);
    expect(out).toMatch(/\n[34] packets transmitted, 0 received, \+[23] errors, 100% packet loss/);
    expect(status).toBe(1);
  });

  it("ends at the first error though more are asked for", () => {
    const { out, error } = new Lab().run("pod-a ping -w 4 -c 5 -M do -s 1423 pod-b");
    expect(out).toContain("1 packets transmitted, 0 received, +1 errors");
    expect(error).toBe("ping: local error: message too long, mtu=1450\n");
  });

  it("is none when it is 0", () => {
    expect(new Lab().run("pod-a ping -w 0 -c 2 pod-b").out).toContain("2 packets transmitted, 2 received");
  });
});

describe("ping", () => {
  it("waits for the last reply as long as -W says, while there was none", () => {
    const waited = (line: string): number => {
      const lab = new Lab();
      lab.place("pod-b").namespace.device("eth0").up = false;
      expect(lab.run(`pod-a ${line}`).status).toBe(1);
      return lab.cluster.engine.now / 1e9;
    };
    expect(waited("ping -c 1 -W 0.5 pod-b")).toBeCloseTo(0.5);
    expect(waited("ping -c 2 -W 0.7 pod-b")).toBeCloseTo(1.7);
  });

  it.each([
    ["ping -w 1.5 pod-b", 1, "ping: invalid argument: '1.5'"],
    ["ping -w -1 pod-b", 1, "ping: invalid argument: '-1': out of range: 0 <= value <= 2147483647"],
    ["ping -c 0 pod-b", 1, "ping: invalid argument: '0': out of range: 1 <= value <= 65535"],
    ["ping -M maybe pod-b", 2, "ping: invalid -M argument: maybe"],
    ["ping 198.51.100.1", 2, "ping: connect: Network is unreachable"],
    ["ping 203.0.113.1", 2, "ping: connect: No route to host"],
    ["ping 203.0.113.2", 2, "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules"],
    ["ping 10.244.1.255", 2, "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules"],
    ["ping 255.255.255.255", 2, "ping: connect: Network is unreachable"],
  ])("%s fails as the original", (line, status, error) => {
    const lab = new Lab();
    const { namespace } = lab.place("pod-a");
    for (const route of namespace.routes.list().filter(({ prefix }) => prefix.length < 24))
      namespace.routes.remove(route);
    namespace.addRoute({ to: "10.244.0.0/16", via: "10.244.1.1" });
    namespace.addRoute({ to: "203.0.113.1/32", type: "unreachable" });
    namespace.addRoute({ to: "203.0.113.2/32", type: "prohibit" });
    expect(lab.run(`pod-a ${line}`)).toEqual({ status, out: "", error: `${error}\n` });
  });

  it("prints its usage on standard error", () => {
    const { status, out, error } = new Lab().run("pod-a ping -h");
    expect([status, out]).toEqual([2, ""]);
    expect(error).toContain("  -w <deadline> ");
  });
});
