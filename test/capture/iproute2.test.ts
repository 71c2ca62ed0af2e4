import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
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
  const isIpv6 = (line: string): boolean => /inet6 /.test(line);
  return text
    .split("\n")
    .filter((line, index, lines) => !isIpv6(line) && !isIpv6(lines[index - 1] ?? "") && !/^(33:33|01:00:5e)/.test(line))
    .join("\n")
    .replace(/link-netns \S+/g, "link-netnsid")
    .replace(/link-netnsid \d+/g, "link-netnsid");
}

/** Names of what the kernel has and podwire leaves out or numbers otherwise: IPv6, queues, offloads, multicast snooping. */
const LEFT_OUT =
  /^(link_netnsid|inet6_addr_gen_mode|num_[rt]x_queues|[gt]so_max_\w+|gro_max_size|mcast_(router|quer|hash|last|startup|membership|stats|igmp|mld)\w*)$/;

/** The same in text, and what the state of timers is: it changes with time. */
function detailed(text: string): string {
  return text
    .replace(/(addrgenmode|numtxqueues).*$/gm, "")
    .replace(/(mcast_vlan_snooping \d ).*(nf_call_iptables)/g, "$1$2")
    .replace(/_timer +[\d.]+/g, "_timer");
}

/** JSON without these, as it stands. */
function detailedJson(text: string): string {
  const record: unknown = JSON.parse(text, (name, value: unknown) =>
    LEFT_OUT.test(name) || name.endsWith("_timer") ? undefined : value,
  );
  return JSON.stringify(record);
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

  /** All that a command says, and its exit code. */
  function podwireSays(name: string, line: string): { status: number; out: string; error: string } {
    const said = { out: "", error: "" };
    const terminal = {
      out: (text: string) => void (said.out += text),
      error: (text: string) => void (said.error += text),
      create: () => expect.fail("no file is to be written"),
    };
    const status = runCommand(place(name), line.split(" "), terminal);
    return { status, out: comparable(said.out), error: said.error };
  }

  function linuxSays(name: string, line: string): { status: number | null; out: string; error: string } {
    const [program = "", ...words] = line.split(" ");
    const { status, stdout, stderr } = spawnSync(program, ["-n", `${prefix}${name}`, ...words], { encoding: "utf8" });
    return { status, out: comparable(stdout), error: stderr };
  }

  function podwire(name: string, line: string): string {
    const { out, error } = podwireSays(name, line);
    return out + error;
  }

  function linux(name: string, line: string): string {
    const { out, error } = linuxSays(name, line);
    return out + error;
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
        "noudpcsum",
        "dev",
        node.uplink.name,
      );
    else if (device instanceof Bridge) ip("link", "add", name, "type", "bridge", "mcast_snooping", "0");
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
    if (device.port !== null) {
      ip("link", "set", name, "master", device.port.bridge.name);
      if (device.port.hairpin) ip("link", "set", name, "type", "bridge_slave", "hairpin", "on");
    }
    for (const { address, length } of device.namespace.addresses.list(device))
      if (device.kind !== "loopback")
        ip("addr", "add", `${formatIpv4(address)}/${length}`, ...(length < 31 ? ["brd", "+"] : []), "dev", name);
  }

  function addRoute(netns: string, route: Route): void {
    const isMade = route.protocol === "kernel" || route.type !== RouteType.UNICAST;
    if (!isMade) run("ip", "-n", netns, "route", "add", ...route.toString().split(" "));
  }

  /** Without IPv6, as podwire's. */
  function addNamespace(netns: string): void {
    run("ip", "netns", "add", netns);
    const switches = ["all", "default"].map((name) => `net.ipv6.conf.${name}.disable_ipv6=1`);
    if (existsSync("/proc/sys/net/ipv6")) run("ip", "netns", "exec", netns, "sysctl", "-qw", ...switches);
  }

  beforeAll(() => {
    for (const name of ["underlay", ...namespaces.map((namespace) => namespace.name)]) addNamespace(`${prefix}${name}`);
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
    "bridge -j -p fdb show dev flannel.1",
    "ip -o route get 10.244.2.8",
    "ip -j -p route",
    "ip -o link show flannel.1",
    "ip -o -4 addr show cni0",
    "ip -o -j -4 addr show cni0",
    "ip -j -br link show cni0",
    "ip -j -p -br -4 addr show cni0",
    "ip -s link show lo",
    "ip -o -s link show lo",
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
    "ip -o -4 addr",
    "ip -j -p -4 addr",
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

  it.each([
    "ip -d link show lo",
    "ip -d link show flannel.1",
    "ip -d link show cni0",
    "ip -d link show master cni0",
    "ip -d -4 addr show cni0",
    "ip -d -s link show lo",
    "ip -o -d link show master cni0",
  ])("%s on a node", (line) => {
    expect(detailed(podwire("node-a", line))).toBe(detailed(linux("node-a", line)));
  });

  it.each([
    ...["ip a l cni0", "ip a s cni0", "ip r s", "ip r l", "ip n", "ip l l lo", "ip a show lo", "ip -stat l l lo"],
    ...["ip r g 10.244.2.8", "ip -f inet a s cni0", "ip -det -js l ls flannel.1 nope", "ip -color=never l l lo"],
    ...["ip route show dev cni0", "ip route show proto kernel", "ip route show via 10.244.2.0", "ip -d route"],
    ...["ip -d route show table all", "ip -j -d route show table all", "ip route show table all dev cni0"],
    ...["ip route show table 254", "ip route show 10.244.2/24", "ip route show to root 10.244/16", "ip route show any"],
    ...["ip route show match 10.244.2.8", "ip route show exact 10.244.2.8", "ip route show table foo"],
    ...[
      "ip route get 10.244.2",
      "ip route get 10.244.2.8 from 10.244.1.1",
      "ip -j route get 10.244.2.8 from 10.244.1.1",
    ],
    ...[
      "ip route get 10.244.2.8 from 9.9.9.9",
      "ip route get 10.244.2.8 from 127.0.0.1",
      "ip route get from 127.0.0.1 127.0.0.5",
    ],
    ...[
      "ip route get 10.244.1.1 from 10.244.1.1",
      "ip route get 10.244.2.8 from 224.0.0.1",
      "ip route get 10.244.2.8 from 0.0.0.0",
    ],
    ...[
      "ip route get 127.0.0.5",
      "ip route get 10.244.1.255",
      "ip -j route get 10.244.1.255",
      "ip -d route get 10.244.1.1",
    ],
    ...["ip -j -d route get 10.244.2.8", "ip route get fibmatch 10.244.2.8", "ip -j route get fibmatch 10.244.2.8"],
    ...["ip route get", "ip route get foo", "ip route get 10.0.0.256", "ip route get 10.244.2.8 from"],
    ...[
      "ip neigh show dev flannel.1",
      "ip -j neigh show dev flannel.1",
      "ip neigh show 10.244.2.0/24",
      "ip neigh show nud all",
    ],
    ...["ip neigh get 10.244.2.0 dev flannel.1", "ip neigh get 10.244.2.1 dev flannel.1", "ip neigh get 10.244.2.0"],
    ...["ip neigh show nud reachable", "ip neigh show nud foo", "ip neigh show nud stale nud permanent"],
    ...["ip -6 addr", "ip -j -6 addr", "ip -6 route", "ip -j -6 route", "ip -6 neigh", "ip -6 link show lo"],
    ...["ip -6 route get 2001:db8::1", "ip route get ::1", "ip -4 route get ::1", "ip -6 route get 10.0.0.1"],
    ...["ip -6 route show 10.0.0.0/24", "ip route show 2001:db8::/32", "ip neigh show fe80::1", "ip -6 -o addr"],
    ...[
      "ip foo",
      "ip addr foo",
      "ip a cni0",
      "ip link foo",
      "ip route dev cni0",
      "ip neigh foo",
      "ip -z link",
      "ip -f foo addr",
    ],
    ...["ip addr show dev nope", "ip addr show master nope", "ip route show dev nope", "ip neigh show dev nope"],
    ...["ip link show type", "ip link show nomaster type vxlan", "ip -br link show type bridge_slave"],
    ...["bridge foo", "bridge fdb foo", "bridge link foo", "bridge fdb show dev nope", "bridge f l dev flannel.1"],
  ])("%s on a node, with its exit code", (line) => {
    expect(podwireSays("node-a", line)).toEqual(linuxSays("node-a", line));
  });

  it("bridge -d link on a node", () => {
    // The original takes the number of the far end for one of its own namespace, and shows the name that it has there.
    const ownName = (text: string): string => text.replace(/@\S+:/g, ":");
    expect(ownName(podwire("node-a", "bridge -d link"))).toBe(ownName(linux("node-a", "bridge -d link")));
  });

  it.each([
    "ip -j -d link show lo",
    "ip -j -d link show flannel.1",
    "ip -j -d link show cni0",
    "ip -j -d link show master cni0",
    "ip -j -d -4 addr show cni0",
    "ip -j -s -4 addr show lo",
  ])("%s on a node", (line) => {
    expect(detailedJson(podwire("node-a", line))).toBe(detailedJson(linux("node-a", line)));
  });

  it("ip -j -p -d link, line by line", () => {
    const lines = (text: string): string[] =>
      text
        .split("\n")
        .filter((line) => !LEFT_OUT.test(/^ *"(\w+)"/.exec(line)?.[1] ?? "") && !line.includes("_timer"))
        .map((line) => line.replace(/,$/, ""));
    const line = "ip -j -p -d link show master cni0";
    expect(lines(podwire("node-a", line))).toEqual(lines(linux("node-a", line)));
  });
});
