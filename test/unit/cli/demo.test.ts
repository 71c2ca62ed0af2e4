import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { podwire, podwireHere, temporaryFolder, type Outcome } from "./command.ts";

describe("podwire demo", () => {
  const inside = temporaryFolder();

  it("tells four exchanges in order, hop by hop, and what they came to", () => {
    const started = performance.now();
    const { status, stdout, stderr }: Outcome = podwire(["demo"], { cwd: inside() });
    expect(performance.now() - started).toBeLessThan(60_000);
    expect([status, stderr]).toEqual([0, ""]);
    expectInOrder(stdout, [
      "2 nodes, 5 pods, flannel (vxlan)",
      "  node-a 192.168.1.10, pods 10.244.1.0/24: pod-a 10.244.1.5, frontend 10.244.1.10",
      "  node-b 192.168.1.20, pods 10.244.2.0/24: pod-b 10.244.2.8, backend 10.244.2.20, database 10.244.2.30",
      "1. pod-a pings frontend, on the same node",
      "ARP, Request who-has 10.244.1.10 tell 10.244.1.5, length 28",
      "ARP, Reply 10.244.1.10 is-at 0a:58:0a:f4:01:0a, length 28",
      "IP 10.244.1.5 > 10.244.1.10: ICMP echo request",
      "IP 10.244.1.10 > 10.244.1.5: ICMP echo reply",
      "   PING frontend (10.244.1.10) 56(84) bytes of data.",
      "   64 bytes from frontend (10.244.1.10): icmp_seq=1 ttl=64 time=0.040 ms",
      "2. pod-a pings pod-b, on the other node",
      "ARP, Request who-has 10.244.1.1 tell 10.244.1.5, length 28",
      "IP 192.168.1.10.49180 > 192.168.1.20.4789: VXLAN, flags [I] (0x08), vni 1 | IP 10.244.1.5 > 10.244.2.8: ICMP echo request",
      ".4789: VXLAN, flags [I] (0x08), vni 1 | IP 10.244.2.8 > 10.244.1.5: ICMP echo reply",
      "   64 bytes from pod-b (10.244.2.8): icmp_seq=1 ttl=62 time=0.241 ms",
      "3. frontend asks backend over UDP and gets 1422 bytes",
      "8080: UDP, length 300",
      "UDP, length 1422",
      "   backend got 300 bytes from 10.244.1.10: the source is the pod's own, there is no NAT",
      "   frontend got 1422 bytes back, in one piece",
      "4. pod-a, its MTU wrongly set to 1500, pings pod-b with 1472 bytes and DF",
      "dropped at node-a/cni0: PKT_TOO_BIG",
      "   From cni0.node-a (10.244.1.1) icmp_seq=1 Frag needed and DF set (mtu = 1450)",
      "   ping: local error: message too long, mtu=1450",
      "Summary",
      "packets: 18 made + 12 clones by floods = 5 delivered + 24 consumed by protocols + 1 dropped + 0 left",
      "copies: 0",
      "drops: PKT_TOO_BIG 1 (the packet is longer than the MTU on its way out)",
      `podwire-demo.pcapng: 124 frames, ${statSync(inside("podwire-demo.pcapng")).size} bytes`,
      "open it with: wireshark podwire-demo.pcapng",
    ]);
    expect(readdirSync(inside())).toEqual(["podwire-demo.pcapng"]);
  });

  it("prints what the README shows of it", async () => {
    const { stdout } = await podwireHere(["demo"], { cwd: inside() });
    const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
    const shown = readme.split("\n").filter((line) => /^\d\.\d{9} /.test(line));
    expect(shown.length).toBeGreaterThan(0);
    for (const line of shown) {
      const pattern = line
        .split("…")
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*");
      expect(stdout).toMatch(new RegExp(`^${pattern}$`, "m"));
    }
  });

  it("accounts for every packet", async () => {
    const { stdout } = await podwireHere(["demo"], { cwd: inside() });
    const counts =
      /^packets: (\d+) made \+ (\d+) clones by floods = (\d+) delivered \+ (\d+) consumed by protocols \+ (\d+) dropped \+ (\d+) left$/m.exec(
        stdout,
      );
    const [made, shared, delivered, consumed, dropped, left] = counts!.slice(1).map(Number);
    expect(made! + shared!).toBe(delivered! + consumed! + dropped! + left!);
  });

  it("puts the capture where it is told, and prints a line for each of its frames", async () => {
    const { status, stdout } = await podwireHere(["demo", "-w", inside("other.pcap")], { cwd: inside() });
    expect(status).toBe(0);
    const hops = stdout.match(/^\d+\.\d{9} {2}#\d+ /gm)!;
    expect(stdout).toContain(`other.pcap: ${hops.length} frames, ${statSync(inside("other.pcap")).size} bytes\n`);
    expect(readdirSync(inside())).toEqual(["other.pcap"]);
  });
});

/** Each part is in the text, behind the one before. */
function expectInOrder(text: string, parts: readonly string[]): void {
  let position = 0;
  for (const part of parts) {
    const found = text.indexOf(part, position);
    if (found < 0) expect(text.slice(position)).toContain(part);
    position = found + part.length;
  }
}
