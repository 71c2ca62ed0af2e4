import { describe, expect, it } from "vitest";
import { Lab } from "./place.ts";

describe("ip", () => {
  /** For commands that only look. */
  const unchanged = new Lab();

  it("shows the routes of the example that this project began with", () => {
    const { out } = new Lab().run("node-a ip route");
    expect(out).toContain("10.244.1.0/24 dev cni0 ");
    expect(out).toContain("10.244.2.0/24 via ");
  });

  it.each(["ip a", "ip addr show", "ip address list", "ip addr ls"])("takes %s for ip addr", (line) => {
    const lab = new Lab();
    expect(lab.run(`pod-a ${line}`).out).toBe(lab.run("pod-a ip addr").out);
  });

  it.each([
    ["ip addr show dev eth0", ["eth0"]],
    ["ip addr show eth0", ["eth0"]],
    ["ip link show type vxlan", ["flannel.1"]],
    ["ip link show master cni0", ["veth19fd34b4", "vethcbc7bbff"]],
    ["ip link show up", ["lo", "eth0", "flannel.1", "cni0", "veth19fd34b4", "vethcbc7bbff"]],
  ])("%s", (line, names) => {
    const found = [...new Lab().run(`node-a ${line}`).out.matchAll(/^\d+: ([^:@]+)/gm)].map((match) => match[1]);
    expect(found).toEqual(names);
  });

  it("shows a device that is down, and a pair whose other end is", () => {
    const lab = new Lab();
    lab.place("pod-a").namespace.device("eth0").up = false;
    expect(lab.run("pod-a ip link show eth0").out).toMatch(/eth0@if5: <BROADCAST,MULTICAST> .* qdisc noop state DOWN/);
    expect(lab.run("node-a ip link show veth19fd34b4").out).toMatch(
      /<NO-CARRIER,BROADCAST,MULTICAST,UP> .* state LOWERLAYERDOWN/,
    );
  });

  it("counts packets, and widens columns for large numbers", () => {
    const lab = new Lab();
    lab.run("pod-a ping -c 1 pod-b");
    expect(lab.run("pod-a ip -s link show eth0").out).toContain(
      [
        "    RX:  bytes packets errors dropped  missed   mcast           ",
        "           182       3      0       0       0       0 ",
      ].join("\n"),
    );
    lab.place("pod-a").namespace.device("eth0").counters.set([12_345_678, 123_456_789_012]);
    expect(lab.run("pod-a ip -s link show eth0").out).toContain(
      [
        "    RX:    bytes  packets errors dropped  missed   mcast           ",
        "    123456789012 12345678      0       0       0       0 ",
      ].join("\n"),
    );
  });

  it("lists neighbours, with the state that time has given them", () => {
    const lab = new Lab();
    lab.run("pod-a ping -c 1 pod-b");
    expect(lab.run("pod-a ip neigh").out).toBe("10.244.1.1 dev eth0 lladdr 0a:58:0a:f4:01:01 REACHABLE \n");
    const { engine } = lab.cluster;
    engine.run(engine.now + 31e9);
    expect(lab.run("pod-a ip neigh").out).toBe("10.244.1.1 dev eth0 lladdr 0a:58:0a:f4:01:01 STALE \n");
    lab.run("pod-a ping -c 1 10.244.1.77");
    expect(lab.run("pod-a ip neigh show 10.244.1.77").out).toMatch(/^10\.244\.1\.77 dev eth0 (INCOMPLETE|FAILED) \n$/);
    expect(lab.run("pod-a ip neigh show nud failed").out).not.toContain("10.244.1.1 ");
  });

  it.each([
    ["ip route show 10.244.2.0/24", ["10.244.2.0/24"]],
    ["ip route show match 10.244.2.8", ["default", "10.244.2.0/24"]],
    ["ip route show root 10.0.0.0/8", ["10.244.1.0/24", "10.244.2.0/24"]],
    ["ip route show dev cni0", ["10.244.1.0/24"]],
    ["ip route show via 10.244.2.0", ["10.244.2.0/24"]],
  ])("%s", (line, prefixes) => {
    expect(new Lab().run(`node-a ${line}`).out.match(/^\S+/gm)).toEqual(prefixes);
  });

  it("remembers a path MTU in route get", () => {
    const lab = new Lab();
    lab.place("pod-a").namespace.pathMtu.learn(0x0af40208, 1400);
    expect(lab.run("pod-a ip route get 10.244.2.8").out).toMatch(/\n {4}cache .*mtu 1400 \n$/);
  });

  it.each([
    ["ip rout2", 1, 'Object "rout2" is unknown, try "ip help".'],
    ["ip -z link", 255, 'Option "-z" is unknown, try "ip -help".'],
    ["ip addr show dev nope", 1, 'Device "nope" does not exist.'],
    ["ip addr show lo eth0", 255, 'Error: either "dev" is duplicate, or "eth0" is a garbage.'],
    ["ip addr eth0", 255, 'Command "eth0" is unknown, try "ip address help".'],
    ["ip link show type", 255, 'Command line is not complete. Try option "help"'],
    ["ip route get", 1, "need at least a destination address"],
    ["ip route get 10.244.2.x", 1, 'Error: any valid prefix is expected rather than "10.244.2.x".'],
    ["ip route get 10.244.2.8 from 9.9.9.9", 2, "RTNETLINK answers: Network is unreachable"],
    ["ip -6 route get ::1", 2, "RTNETLINK answers: Network is unreachable"],
    ["bridge nope", 255, 'Object "nope" is unknown, try "bridge help".'],
  ])("%s fails as the original", (line, status, error) => {
    expect(unchanged.run(`node-a ${line}`)).toEqual({ status, out: "", error: `${error}\n` });
  });

  it.each([
    ["ip rule", 'ip: "rule" is not modelled'],
    ["ip tunnel show", 'ip: "tunnel" is not modelled'],
    ["ip -n other link", "ip: option -n is not modelled"],
    ["ip addr save", 'ip addr: "save" is not modelled'],
    ["ip addr show scope host", 'ip addr: "scope" is not modelled'],
    ["ip route show type local", 'ip route: "type" is not modelled'],
    ["ip route get 10.244.2.8 iif eth0", 'ip route get: "iif" is not modelled'],
    ["ip neigh show proxy", 'ip neigh: "proxy" is not modelled'],
    ["bridge vlan", 'bridge: "vlan" is not modelled'],
  ])("%s is told from what nobody knows", (line, error) => {
    expect(unchanged.run(`node-a ${line}`)).toEqual({ status: 1, out: "", error: `${error}\n` });
  });

  it.each([
    ["ip addr add 10.0.0.1/24 dev eth0", "ip addr add"],
    ["ip a d 10.0.0.1/24 dev eth0", "ip addr delete"],
    ["ip addr flush dev eth0", "ip addr flush"],
    ["ip link set eth0 down", "ip link set"],
    ["ip l s eth0 down", "ip link set"],
    ["ip link add br1 type bridge", "ip link add"],
    ["ip route add default via 10.0.0.1", "ip route add"],
    ["ip r del default", "ip route delete"],
    ["ip route replace default via 10.0.0.1", "ip route replace"],
    ["ip route chg default via 10.0.0.1", "ip route chg"],
    ["ip neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0", "ip neigh add"],
    ["bridge fdb append 02:00:00:00:00:01 dev flannel.1 dst 10.0.0.1", "bridge fdb append"],
    ["bridge link set dev cni0 hairpin on", "bridge link set"],
  ])("%s is no look, which it says in a line", (line, name) => {
    expect(unchanged.run(`node-a ${line}`)).toEqual({
      status: 1,
      out: "",
      error: `${name}: changes of the network are not modelled, these commands only look at it\n`,
    });
  });

  it.each([
    ...["ip", "ip help", "ip h", "ip -help", "ip addr help", "ip a show help", "ip link help", "ip route help"],
    ...[
      "ip route get help",
      "ip neigh help",
      "ip n show help",
      "bridge",
      "bridge help",
      "bridge fdb help",
      "bridge l h",
    ],
  ])("%s prints usage where the original does", (line) => {
    const { status, out, error } = unchanged.run(`node-a ${line}`);
    expect([status, out]).toEqual([255, ""]);
    expect(error).toMatch(/^Usage: (ip|bridge) [^\n]*\n([^\n]+\n)*$/);
  });

  it("tells whose it is", () => {
    expect(new Lab().run("pod-a ip -V")).toEqual({
      status: 0,
      out: "ip utility of podwire, as iproute2-6.1.0\n",
      error: "",
    });
  });

  it("shows a route's MTU in JSON too", () => {
    const lab = new Lab();
    lab.place("node-a").namespace.addRoute({ to: "203.0.113.0/24", via: "192.168.1.1", mtu: 1400 });
    expect(lab.run("node-a ip route show 203.0.113.0/24").out).toBe(
      "203.0.113.0/24 via 192.168.1.1 dev eth0 mtu 1400 \n",
    );
    expect(JSON.parse(lab.run("node-a ip -j route show 203.0.113.0/24").out)).toEqual([
      { dst: "203.0.113.0/24", gateway: "192.168.1.1", dev: "eth0", flags: [], metrics: [{ mtu: 1400 }] },
    ]);
  });

  it.each([
    ["blackhole", "Invalid argument"],
    ["unreachable", "No route to host"],
    ["prohibit", "Permission denied"],
  ] as const)("gets the kernel's answer where a route is %s", (type, answer) => {
    const lab = new Lab();
    lab.place("node-a").namespace.addRoute({ to: "203.0.113.0/24", type });
    expect(lab.run("node-a ip route get 203.0.113.9")).toEqual({
      status: 2,
      out: "",
      error: `RTNETLINK answers: ${answer}\n`,
    });
  });
});

describe("bridge", () => {
  it("shows what the bridge has learned, and the tunnel's entries", () => {
    const lab = new Lab();
    lab.run("pod-a ping -c 1 pod-b");
    const { out } = lab.run("node-a bridge fdb");
    expect(out).toContain("0a:58:0a:f4:01:05 dev veth19fd34b4 master cni0 \n");
    expect(out).toMatch(/^[0-9a-f:]{17} dev flannel\.1 dst 192\.168\.1\.20 self permanent$/m);
    expect(lab.run("node-a bridge fdb show br cni0").out).not.toContain("flannel");
  });

  it("shows ports and their switches", () => {
    const { out } = new Lab().run("node-a bridge -d link show dev veth19fd34b4");
    expect(out).toMatch(
      /^5: veth19fd34b4@if2: <.*> mtu 1450 master cni0 state forwarding priority 32 cost 2 \n {4}hairpin on /,
    );
  });
});
