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

  it.each([
    ["pod-a tcpdump -i cni0", "tcpdump: cni0: No such device exists"],
    ["pod-a tcpdump hosts 1.2.3.4", "tcpdump: "],
    ["pod-a tcpdump -c 0", "tcpdump: invalid argument: '0'"],
    ["pod-a tcpdump -Z", "tcpdump: invalid option -- 'Z'"],
    ["pod-a ping pod-b", "ping: expected tcpdump to run beside another command"],
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
