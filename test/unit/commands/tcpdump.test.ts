import { describe, expect, it } from "vitest";
import { runCommand, startCommand } from "../../../src/commands/index.ts";
import { Lab, recordingTerminal } from "./place.ts";

describe("tcpdump", () => {
  it("tells what passes a device while others run", () => {
    const lab = new Lab();
    const { job, said } = lab.start("node-b tcpdump -ni flannel.1");
    lab.run("pod-a ping -c 1 pod-b");
    job.stop();
    expect(said.out).toMatch(
      /^00:00:00\.\d{6} IP 10\.244\.1\.5 > 10\.244\.2\.8: ICMP echo request.*\n00:00:00\.\d{6} IP 10\.244\.2\.8 > 10\.244\.1\.5: ICMP echo reply.*\n$/,
    );
    expect(said.error).toContain("listening on flannel.1, link-type EN10MB (Ethernet)");
    expect(said.error).toContain("2 packets captured\n");
    expect(lab.cluster.engine.observer).toBeNull();
  });

  it("filters, shows link headers, and stops when it has enough", () => {
    const lab = new Lab();
    const { job, said } = lab.start("pod-a tcpdump -e -c 1 -i eth0 arp");
    lab.run("pod-a ping -c 2 pod-b");
    expect(job.isDone).toBe(true);
    expect(said.out).toMatch(
      /^\S+ 0a:58:0a:f4:01:05 > ff:ff:ff:ff:ff:ff, ethertype ARP \(0x0806\), length 42: Request who-has 10\.244\.1\.1 tell 10\.244\.1\.5, length 28\n$/,
    );
  });

  it("looks at all devices of its place with any", () => {
    const lab = new Lab();
    const { job, said } = lab.start("node-a tcpdump -i any icmp");
    lab.run("pod-a ping -c 1 frontend");
    job.stop();
    expect(said.out).toMatch(/veth19fd34b4 In {2}IP.*request/);
    expect(said.out).toMatch(/vethcbc7bbff Out IP.*request/);
    expect(said.out).not.toMatch(/eth0 /);
  });

  it("puts a header's details before each packet with -v, within tunnels and errors too", () => {
    const lab = new Lab();
    const { job, said } = lab.start("node-b tcpdump -nv -i eth0");
    lab.run("pod-a ping -c 1 pod-b");
    job.stop();
    expect(said.error).toMatch(/^tcpdump: listening on eth0, /);
    expect(said.out).toMatch(
      /vni 1\nIP \(tos 0x0, ttl 63, id \d+, offset 0, flags \[DF\], proto ICMP \(1\), length 84\)\n {4}10\.244\.1\.5 > 10\.244\.2\.8: ICMP echo request/,
    );
    const errors = lab.start("pod-a tcpdump -nvi eth0 icmp");
    lab.run("pod-a traceroute -q 1 -m 1 pod-b");
    errors.job.stop();
    expect(errors.said.out).toMatch(
      /time exceeded in-transit, length 68\n\tIP \(tos 0x0, ttl 1, .*\)\n {4}10\.244\.1\.5/,
    );
  });

  it("begins the frame within VXLAN on a new line, and quotes nothing without -v", () => {
    const lab = new Lab();
    const tunnel = lab.start("node-b tcpdump -i eth0");
    const errors = lab.start("pod-a tcpdump -i eth0 icmp");
    lab.run("pod-a traceroute -q 1 -m 1 pod-b");
    lab.run("pod-a ping -c 1 pod-b");
    expect(tunnel.said.out).toMatch(
      /VXLAN, flags \[I\] \(0x08\), vni 1\nIP 10\.244\.1\.5 > 10\.244\.2\.8: ICMP echo request/,
    );
    expect(errors.said.out).toMatch(/time exceeded in-transit, length 68\n/);
    expect(errors.said.out).not.toContain("quoting");
    expect(tunnel.said.error).toMatch(
      /^tcpdump: verbose output suppressed, use -v\[v\]\.\.\. for full protocol decode\nlistening on eth0, /,
    );
  });

  it.each([
    ["in", /^(\S+ IP \S+ > 10\.244\.1\.5: ICMP echo reply.*\n){2}$/],
    ["out", /^(\S+ IP 10\.244\.1\.5 > \S+: ICMP echo request.*\n){2}$/],
    ["inout", /^(.*\n){4}$/],
  ])("shows one direction with -Q %s", (direction, lines) => {
    const lab = new Lab();
    const { said } = lab.start(`pod-a tcpdump -nlUp -Q ${direction} icmp`);
    lab.run("pod-a ping -c 2 pod-b");
    expect(said.out).toMatch(lines);
  });

  it.each([
    ["pod-a tcpdump -h", /^Usage: tcpdump .*\n$/],
    ["pod-a tcpdump --version", /^tcpdump version .*\n$/],
    ["pod-a tcpdump -D", /^1\.eth0 \[Up, Running\]\n2\.any .*\n3\.lo \[Up, Running, Loopback\]\n$/],
  ])("%s is answered without company", (line, answer) => {
    const { status, out } = new Lab().run(line);
    expect(status).toBe(0);
    expect(out).toMatch(answer);
  });

  it("says that a device is missing before it says that company is", () => {
    expect(new Lab().run("pod-a tcpdump -i nope")).toEqual({
      status: 1,
      out: "",
      error: "tcpdump: nope: No such device exists\n(SIOCGIFHWADDR: No such device)\n",
    });
  });

  it.each([
    ["pod-a tcpdump -Q up", "tcpdump: unknown capture direction `up'\n"],
    ["pod-a tcpdump -s x", "tcpdump: invalid snaplen x (must be >= 0 and <= 262144)\n"],
    ["pod-a tcpdump -i cni0", "tcpdump: cni0: No such device exists"],
    ["pod-a tcpdump hosts 1.2.3.4", "tcpdump: "],
    ["pod-a tcpdump -c 0", "tcpdump: invalid argument: '0'"],
    ["pod-a tcpdump -Z", "tcpdump: invalid option -- 'Z'"],
    ["pod-a curl pod-b", "curl: expected tcpdump or ping to run beside another command"],
  ])("%s is refused", (line, message) => {
    const [where = "", ...words] = line.split(" ");
    const lab = new Lab();
    const { terminal, said } = recordingTerminal();
    expect(startCommand(lab.place(where), words, terminal)).toBeNull();
    expect(said.error.startsWith(message)).toBe(true);
  });

  it("says that it needs company when it is run alone", () => {
    const lab = new Lab();
    const { terminal, said } = recordingTerminal();
    expect(runCommand(lab.place("pod-a"), ["tcpdump"], terminal)).toBe(1);
    expect(said.error).toBe("tcpdump: expected another command to run beside it, found none\n");
  });
});
