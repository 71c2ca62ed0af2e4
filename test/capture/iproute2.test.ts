import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Taps, type Place, runCommand } from "../../src/commands/index.ts";
import { type NetDevice, Veth, VxlanDevice, Bridge, Route, RouteType } from "../../src/datapath/index.ts";
import { createExampleCluster } from "../../src/kubernetes/index.ts";
import { formatIpv4, formatMac } from "../../src/wire/index.ts";
import { describeWith, root, tool } from "../tools/requirements.ts";

/** Runs a program of the kernel's own tools. */
function run(program: string, ...words: string[]): string {
  return execFileSync(program, words, { encoding: "utf8" });
}

/** What the kernel and iproute2 know more than podwire: IPv6, names of namespaces, group addresses that every device has. */
function comparable(text: string): string {
  return text
    .split("\n")
    .filter(
      (line, index, lines) =>
        !/inet6/.test(line) && !/inet6/.test(lines[index - 1] ?? "") && !/^(33:33|01:00:5e)/.test(line),
    )
    .join("\n")
    .replace(/link-netns \S+/g, "link-netnsid")
    .replace(/link-netnsid \d+/g, "link-netnsid");
}

describeWith([root(), tool("ip"), tool("bridge")], "ip and bridge, beside the kernel's", () => {
  const cluster = createExampleCluster();
  const taps = new Taps(cluster.engine);
  const prefix = `podwire-${process.pid}-`;
  const node = cluster.nodes[0]!;
  const namespaces = [node.namespace, ...node.pods.map(({ namespace }) => namespace)];

  function place(name: string): Place {
    const { host } = cluster.endpoint(name);
    return { cluster, name, host, namespace: host.namespace, taps };
  }

  function podwire(name: string, line: string): string {
    let said = "";
    const terminal = {
      out: (text: string) => (said += text),
      error: (text: string) => (said += text),
      create: () => expect.fail("no file is to be written"),
    };
    runCommand(place(name), line.split(" "), terminal);
    return comparable(said);
  }

  function linux(name: string, line: string): string {
    const [program = "", ...words] = line.split(" ");
    return comparable(run(program, "-n", `${prefix}${name}`, ...words));
  }

  /** Makes a device of podwire's in the kernel, with everything that `ip` shows of it. */
  function make(device: NetDevice): void {
    const netns = `${prefix}${device.namespace.name}`;
    const ip = (...words: string[]): string => run("ip", "-n", netns, ...words);
    const { name } = device;
    if (device instanceof VxlanDevice)
      ip(
        ..."link add".split(" "),
        name,
        "type",
        "vxlan",
        "id",
        `${device.vni}`,
        "local",
        formatIpv4(device.local),
        "dstport",
        `${device.udpPort}`,
        "nolearning",
      );
    else if (device instanceof Bridge) ip("link", "add", name, "type", "bridge");
    else if (device instanceof Veth && device.namespace === node.namespace) {
      const peerNetns = device === node.uplink ? `${prefix}underlay` : `${prefix}${device.peer.namespace.name}`;
      ip("link", "add", name, "type", "veth", "peer", "name", device.peer.name, "netns", peerNetns);
      run(
        "ip",
        "-n",
        peerNetns,
        "link",
        "set",
        device.peer.name,
        "up",
        "mtu",
        `${device.peer.mtu}`,
        "address",
        formatMac(device.peer.mac),
      );
    }
    if (device.kind !== "loopback") ip("link", "set", name, "address", formatMac(device.mac), "mtu", `${device.mtu}`);
    ip("link", "set", name, "up");
    if (device.port !== null) ip("link", "set", name, "master", device.port.bridge.name);
    for (const { address, length } of device.namespace.addresses.list(device))
      if (device.kind !== "loopback")
        ip("addr", "add", `${formatIpv4(address)}/${length}`, ...(length < 31 ? ["brd", "+"] : []), "dev", name);
  }

  function addRoute(netns: string, route: Route): void {
    const isMade = route.protocol === "kernel" || route.type !== RouteType.UNICAST;
    if (!isMade) run("ip", "-n", netns, "route", "add", ...route.toString().split(" "));
  }

  beforeAll(() => {
    for (const name of ["underlay", ...namespaces.map((namespace) => namespace.name)])
      run("ip", "netns", "add", `${prefix}${name}`);
    for (const namespace of namespaces) for (const device of namespace.devices.values()) make(device);
    for (const namespace of namespaces)
      for (const route of namespace.routes.list()) addRoute(`${prefix}${namespace.name}`, route);
    for (const { namespace } of [node]) {
      const device = namespace.device("flannel.1") as VxlanDevice;
      for (const { mac, remote } of device.fdb.list())
        run(
          "bridge",
          "-n",
          `${prefix}${node.name}`,
          "fdb",
          "replace",
          formatMac(mac),
          "dev",
          device.name,
          "dst",
          formatIpv4(remote),
          "self",
          "permanent",
        );
      run(
        "ip",
        "-n",
        `${prefix}${node.name}`,
        "neigh",
        "replace",
        "10.244.2.0",
        "lladdr",
        formatMac(cluster.nodes[1]!.namespace.device("flannel.1").mac),
        "dev",
        device.name,
        "nud",
        "permanent",
      );
    }
  });

  afterAll(() => {
    for (const name of ["underlay", ...namespaces.map((namespace) => namespace.name)])
      run("ip", "netns", "del", `${prefix}${name}`);
  });

  it.each([
    "ip -4 addr",
    "ip link",
    "ip -br link",
    "ip route",
    "ip -j route",
    "ip route show table local",
    "ip neigh",
    "ip -j neigh",
    "ip route get 10.244.2.8",
    "ip -j route get 10.244.2.8",
    "ip route get 10.244.1.1",
    "ip route get 10.244.1.5",
    "bridge fdb show dev flannel.1",
    "bridge -j fdb show dev flannel.1",
  ])("%s on a node", (line) => {
    const uplink = (text: string): string =>
      text
        .replace(/eth0(@if\d+)?: (.*) qdisc \S+ (.*?)( link-netnsid)?$/m, "eth0: $2 $3")
        .replace(/(52:54:00:\S+ brd \S+).*/g, "$1")
        .replace(/eth0@if\d+ +/, "eth0             ");
    expect(uplink(podwire("node-a", line))).toBe(uplink(linux("node-a", line)));
  });

  it.each([
    "ip addr",
    "ip -j -4 addr",
    "ip -br -4 addr",
    "ip link",
    "ip route",
    "ip -j route",
    "ip route get 10.244.2.8",
    "ip route get 10.244.1.10",
    "ip neigh",
  ])("%s in a pod", (line) => {
    expect(podwire("pod-a", line)).toBe(linux("pod-a", line));
  });
});
