import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/cli/errors.ts";
import { ping } from "../../../src/cli/ping.ts";
import { expectOneLineError, type Outcome, temporaryFolder, within } from "./command.ts";

/** `podwire ping ...` without a process, which takes a tenth of a second. */
function podwire([, ...arguments_]: readonly string[], { cwd = "." }: { readonly cwd?: string } = {}): Outcome {
  return within(cwd, ping, arguments_);
}

describe("podwire ping prints what iputils' ping prints", () => {
  it("for a pod on the other node", () => {
    expect(podwire(["ping", "pod-a", "pod-b", "-c", "3"])).toEqual({
      status: 0,
      stdout: [
        "PING pod-b (10.244.2.8) 56(84) bytes of data.",
        "64 bytes from pod-b (10.244.2.8): icmp_seq=1 ttl=62 time=0.241 ms",
        "64 bytes from pod-b (10.244.2.8): icmp_seq=2 ttl=62 time=0.121 ms",
        "64 bytes from pod-b (10.244.2.8): icmp_seq=3 ttl=62 time=0.121 ms",
        "",
        "--- pod-b ping statistics ---",
        "3 packets transmitted, 3 received, 0% packet loss, time 2000ms",
        "rtt min/avg/max/mdev = 0.121/0.161/0.241/0.057 ms",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("for an address, without names", () => {
    const { stdout } = podwire(["ping", "10.244.1.5", "10.244.1.10"]);
    expect(stdout.split("\n").slice(0, 2)).toEqual([
      "PING 10.244.1.10 (10.244.1.10) 56(84) bytes of data.",
      "64 bytes from 10.244.1.10: icmp_seq=1 ttl=64 time=0.040 ms",
    ]);
  });

  it("for an address that nobody has: the node's error, the empty line of times, exit code 1", () => {
    expect(podwire(["ping", "pod-a", "10.244.2.99"])).toEqual({
      status: 1,
      stdout: [
        "PING 10.244.2.99 (10.244.2.99) 56(84) bytes of data.",
        "From 10.244.2.0 icmp_seq=1 Destination Host Unreachable",
        "",
        "--- 10.244.2.99 ping statistics ---",
        "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 3000ms",
        "",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("for an address that no route leads to", () => {
    const { status, stdout } = podwire(["ping", "node-a", "8.8.8.8"]);
    expect(stdout).toContain("\nFrom 192.168.1.1 icmp_seq=1 Destination Net Unreachable\n");
    expect(status).toBe(1);
  });

  it("for a packet that may not be fragmented and is longer than the pod's MTU", () => {
    expect(podwire(["ping", "pod-a", "pod-b", "-M", "do", "-s", "1423"])).toEqual({
      status: 1,
      stdout: [
        "PING pod-b (10.244.2.8) 1423(1451) bytes of data.",
        "",
        "--- pod-b ping statistics ---",
        "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms",
        "",
        "",
      ].join("\n"),
      stderr: "ping: local error: message too long, mtu=1450\n",
    });
  });

  it("for the longest packet that need not be fragmented", () => {
    const { status, stdout } = podwire(["ping", "pod-a", "pod-b", "-M", "do", "-s", "1422"]);
    expect(stdout).toMatch(/^1430 bytes from pod-b \(10\.244\.2\.8\): icmp_seq=1 ttl=62 time=0\.\d{3} ms$/m);
    expect(status).toBe(0);
  });

  it.each(["1423", "65507"])("for %s bytes in fragments, which are put together at both ends", (size) => {
    const { status, stdout, stderr } = podwire(["ping", "pod-a", "pod-b", "-s", size]);
    expect(stdout).toMatch(`\n${Number(size) + 8} bytes from pod-b (10.244.2.8): icmp_seq=1 ttl=62 time=0.`);
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("for no payload at all", () => {
    const { status, stdout } = podwire(["ping", "pod-a", "frontend", "-s", "0"]);
    expect(stdout).toMatch(/^PING frontend \(10\.244\.1\.10\) 0\(28\) bytes of data\.\n8 bytes from frontend /);
    expect(status).toBe(0);
  });

  it.each([
    ["node-a", "node-b", "192.168.1.20", 64],
    ["pod-a", "node-b", "192.168.1.20", 63],
    ["default/pod-a", "default/database", "10.244.2.30", 62],
    ["pod-b", "pod-b", "10.244.2.8", 64],
  ])("from %s to %s at %s with TTL %i", (source, destination, address, timeToLive) => {
    const { status, stdout } = podwire(["ping", source, destination]);
    expect(stdout).toContain(`PING ${destination} (${address}) 56(84) bytes of data.\n`);
    expect(stdout).toContain(` (${address}): icmp_seq=1 ttl=${timeToLive} time=`);
    expect(status).toBe(0);
  });

  it("the same every time", () => {
    const arguments_ = ["ping", "frontend", "backend", "-c", "5", "--trace"];
    expect(podwire(arguments_)).toEqual(podwire(arguments_));
  });
});

const ENDPOINTS = "pod-a, frontend, pod-b, backend, database, node-a, node-b";
const NO_ENDPOINT = `ping: expected a pod, a node (${ENDPOINTS}) or an address of one, found`;

describe("podwire ping refuses", () => {
  const inside = temporaryFolder();

  it.each<[string, string[], string]>([
    ["no pods", [], "ping: expected SOURCE and DESTINATION, found neither: see podwire ping --help"],
    ["one pod", ["pod-a"], "ping: expected SOURCE and DESTINATION, found pod-a: see podwire ping --help"],
    ["three pods", ["a", "b", "c"], "ping: expected SOURCE and DESTINATION, found a b c: see podwire ping --help"],
    ["an unknown source", ["nobody", "pod-b"], `${NO_ENDPOINT} "nobody"`],
    ["an unknown destination", ["pod-a", "nobody"], `${NO_ENDPOINT} "nobody"`],
    ["a pod of another namespace", ["pod-a", "other/pod-b"], `${NO_ENDPOINT} "other/pod-b"`],
    [
      "an address that is none",
      ["pod-a", "10.244.1.999"],
      'ping: expected an IPv4 address such as 10.244.1.5, found "10.244.1.999"',
    ],
    ["a source that no one has", ["10.244.2.99", "pod-a"], `${NO_ENDPOINT} "10.244.2.99"`],
    ["an unknown option", ["pod-a", "pod-b", "--bogus"], "ping: unknown option '--bogus': see podwire ping --help"],
    ["an unknown letter", ["pod-a", "pod-b", "-x"], "ping: unknown option '-x': see podwire ping --help"],
    [
      "a missing value",
      ["pod-a", "pod-b", "-c"],
      "ping: option '-c, --count <value>' argument missing: see podwire ping --help",
    ],
    [
      "a file that is missing",
      ["pod-a", "pod-b", "-w"],
      "ping: option '-w, --write <value>' argument missing: see podwire ping --help",
    ],
    [
      "an option for a value",
      ["pod-a", "pod-b", "-c", "-w", "x"],
      "ping: expected a value for --count, found another option: what begins with a dash is written --count=-...: see podwire ping --help",
    ],
    [
      "a value for a switch",
      ["pod-a", "pod-b", "--trace=1"],
      "ping: option '--trace' does not take an argument: see podwire ping --help",
    ],
    ["no request", ["pod-a", "pod-b", "-c", "0"], 'expected -c from 1 to 65535, found "0"'],
    ["too many requests", ["pod-a", "pod-b", "-c", "65536"], 'expected -c from 1 to 65535, found "65536"'],
    ["half a request", ["pod-a", "pod-b", "-c", "1.5"], 'expected -c from 1 to 65535, found "1.5"'],
    ["hexadecimal", ["pod-a", "pod-b", "-c", "0x10"], 'expected -c from 1 to 65535, found "0x10"'],
    ["a word for a number", ["pod-a", "pod-b", "-c", "many"], 'expected -c from 1 to 65535, found "many"'],
    ["an empty number", ["pod-a", "pod-b", "-c", ""], 'expected -c from 1 to 65535, found ""'],
    ["a negative size", ["pod-a", "pod-b", "-s=-1"], 'expected -s from 0 to 65507, found "=-1"'],
    ["a size that no packet holds", ["pod-a", "pod-b", "-s", "65508"], 'expected -s from 0 to 65507, found "65508"'],
    ["an unknown hint", ["pod-a", "pod-b", "-M", "probe"], 'expected -M to be do or want or dont, found "probe"'],
  ])("%s", (_name, arguments_, message) => {
    expect(() => ping(arguments_)).toThrow(new UsageError(message));
  });

  it("with one line and exit code 2, and leaves no capture behind", () => {
    expectOneLineError(podwire(["ping", "pod-a", "nobody", "-w", "x.pcapng"], { cwd: inside() }), 2, /found "nobody"/);
    expect(readdirSync(inside())).toEqual([]);
  });

  it("with one line whatever the arguments hold", () => {
    const found =
      "ping: expected SOURCE and DESTINATION, found pod-a pod-b \\u000a\\u009b31mred: see podwire ping --help";
    expectOneLineError(podwire(["ping", "pod-a", "pod-b", "\n\u009b31mred"]), 2, found);
  });
});

/** A hop as `--trace` prints it. */
const HOP = /^(\d+\.\d{9}) {2}#(\d+) +([\w-]+\/[\w.-]+) +(in|out) +(?:(.*?) \| )?((?:IP|ARP)[ ,].*)$/;

describe("podwire ping --trace", () => {
  const lines = podwire(["ping", "pod-a", "pod-b", "--trace"]).stdout.split("\n");
  const hops = lines.flatMap((line) => HOP.exec(line) ?? []);

  it("prints a hop a line between the opening and the reply", () => {
    expect(lines[0]).toBe("PING pod-b (10.244.2.8) 56(84) bytes of data.");
    const reply = lines.findIndex((line) => line.startsWith("64 bytes from"));
    expect(reply).toBeGreaterThan(20);
    for (const line of lines.slice(1, reply)) expect(line).toMatch(HOP);
    expect(hops.length).toBeGreaterThan(0);
  });

  it("leads from pod to bridge, tunnel, wire, tunnel, bridge and pod", () => {
    const request = lines
      .slice(1)
      .map((line) => HOP.exec(line))
      .filter((hop) => hop?.[6]!.includes("ICMP echo request"));
    expect(request.map((hop) => `${hop![3]} ${hop![4]}`.replace(/veth\w+/, "veth"))).toEqual([
      "pod-a/eth0 out",
      "node-a/veth in",
      "node-a/cni0 in",
      "node-a/flannel.1 out",
      "node-a/eth0 out",
      "underlay/port-1 in",
      "underlay/port-2 out",
      "node-b/eth0 in",
      "node-b/flannel.1 in",
      "node-b/cni0 out",
      "node-b/veth out",
      "pod-b/eth0 in",
    ]);
    expect(new Set(request.map((hop) => hop![2])).size).toBe(1);
  });

  it("tells why a packet ended", () => {
    const { stdout } = podwire(["ping", "pod-a", "8.8.8.8", "--trace"]);
    expect(stdout).toMatch(
      / #\d+ +router\/eth0 +in +.*dropped at router\/eth0: IP_INNOROUTES, [^|]+ \| IP 10\.244\.1\.5 > 8\.8\.8\.8: /,
    );
  });
});

describe("podwire ping --json", () => {
  it("has what the text has", () => {
    const { status, stdout, stderr } = podwire(["ping", "pod-a", "pod-b", "-c", "2", "--json"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toEqual({
      source: "pod-a",
      destination: "pod-b",
      address: "10.244.2.8",
      size: 56,
      transmitted: 2,
      received: 2,
      errors: 0,
      duplicates: 0,
      lossPercent: 0,
      time: expect.closeTo(1000.12, 1),
      roundTrip: {
        minimum: 0.120552,
        average: expect.closeTo(0.180658, 6),
        maximum: 0.240764,
        deviation: expect.closeTo(0.060106, 6),
      },
      events: [
        {
          kind: "reply",
          sequence: 1,
          from: "10.244.2.8",
          bytes: 64,
          timeToLive: 62,
          roundTrip: 0.240764,
          isDuplicate: false,
        },
        {
          kind: "reply",
          sequence: 2,
          from: "10.244.2.8",
          bytes: 64,
          timeToLive: 62,
          roundTrip: 0.120552,
          isDuplicate: false,
        },
      ],
      capture: null,
    });
  });

  it("has an error's type, code and words", () => {
    const { status, stdout } = podwire(["ping", "pod-a", "10.244.2.99", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      received: 0,
      errors: 1,
      lossPercent: 100,
      roundTrip: null,
      events: [
        { kind: "error", sequence: 1, from: "10.244.2.0", type: 3, code: 1, text: "Destination Host Unreachable" },
      ],
    });
    expect(status).toBe(1);
  });

  it("has why a request was not sent", () => {
    const { status, stdout } = podwire(["ping", "pod-a", "pod-b", "-M", "do", "-s", "1472", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      size: 1472,
      events: [{ kind: "not-sent", sequence: 1, outcome: "message-too-long", mtu: 1450 }],
    });
    expect(status).toBe(1);
  });

  it("with --trace has every hop that the text has", () => {
    const lines = podwire(["ping", "pod-a", "pod-b", "--trace"]).stdout.split("\n");
    const { hops } = JSON.parse(podwire(["ping", "pod-a", "pod-b", "--trace", "--json"]).stdout) as {
      hops: Record<string, unknown>[];
    };
    const told = hops.map((hop) => [
      ((hop["time"] as number) / 1e9).toFixed(9),
      String(hop["packet"]),
      `${hop["namespace"]}/${hop["device"]}`,
      hop["direction"],
      hop["comment"],
      hop["frame"],
    ]);
    expect(told.length).toBeGreaterThan(20);
    expect(told).toEqual(lines.map((line) => HOP.exec(line)?.slice(1)).filter((hop) => hop !== undefined));
    expect(hops.every((hop) => hop["dropReason"] === null && (hop["length"] as number) >= 42)).toBe(true);
  });

  it("names the reason of a drop", () => {
    const { hops } = JSON.parse(podwire(["ping", "pod-a", "8.8.8.8", "--trace", "--json"]).stdout) as {
      hops: Record<string, unknown>[];
    };
    const dropped = hops.filter((hop) => hop["dropReason"] !== null);
    expect(dropped).toMatchObject([
      { namespace: "router", device: "eth0", direction: "in", dropReason: "IP_INNOROUTES" },
    ]);
    expect(dropped[0]!["comment"]).toContain("dropped at router/eth0: IP_INNOROUTES, ");
  });
});
