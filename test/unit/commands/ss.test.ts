import { describe, expect, it } from "vitest";
import { Lab } from "./place.ts";

describe("ss", () => {
  it("lists who listens, and connections", () => {
    const lab = new Lab();
    expect(lab.run("backend ss -tlnp").out).toBe(
      [
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess",
        "LISTEN 0      128          0.0.0.0:8080      0.0.0.0:*          ",
        "",
      ].join("\n"),
    );
    lab.run("frontend curl -s http://backend:8080/");
    expect(lab.run("frontend ss -tan").out).toMatch(/^TIME-WAIT 0 +0 +10\.244\.1\.10:\d+ +10\.244\.2\.20:8080 +$/m);
    expect(lab.run("frontend ss -tn").out).not.toContain("TIME-WAIT");
    expect(lab.run("frontend ss -tani").out).toMatch(/10\.244\.2\.20:8080\n\t *\n$/);
    expect(lab.run("node-a ss -uan").out).toMatch(/^UNCONN +0 +0 +0\.0\.0\.0:4789 +0\.0\.0\.0:\* +$/m);
  });

  it("tells what TCP knows of the way", () => {
    const lab = new Lab();
    const { host } = lab.place("frontend");
    lab.place("backend").host.tcp.listen(9000, (connection) => connection.pause());
    host.tcp.connect(lab.cluster.endpoint("backend").address, 9000, {
      onConnect: (connection) => connection.send(new Uint8Array(5000)),
    });
    const { engine } = lab.cluster;
    engine.run(engine.now + 1e8);
    expect(lab.run("frontend ss -ti").out).toMatch(
      /:9000\n\t reno wscale:7,7 rto:200 rtt:0\.\d{1,3}\/0\.\d{1,3} mss:1410 cwnd:\d+ bytes_sent:5000 bytes_acked:5000 segs_out:\d+ segs_in:\d+ send [\d.]+Mbps snd_wnd:\d+\n$/,
    );
    expect(lab.run("frontend ss -tin").out).toMatch(/ send \d{6,}bps /);
    expect(lab.run("backend ss -tiO").out).toMatch(/^ESTAB 5000 [^\n]* reno [^\n]* bytes_received:5000 [^\n]*\n$/m);
  });

  it("sums up", () => {
    const { out } = new Lab().run("node-a ss -s");
    expect(out).toContain("TCP:   0 (estab 0, closed 0, orphaned 0, timewait 0)\n");
    expect(out).toContain("UDP\t  1         1         0");
  });

  it.each([
    ["-tan state nope", 255, "ss: wrong state name: nope"],
    ["-te", 1, "ss: option -e is not modelled"],
    ["-tn ( sport = :80 )", 1, 'ss: expected state, src, dst, sport or dport, found "(": no other filter is modelled'],
    [
      "-tn dport = :http",
      1,
      'ss: expected state, src, dst, sport or dport, found ":http": no other filter is modelled',
    ],
  ])("%s fails in a line", (words, status, error) => {
    expect(new Lab().run(`backend ss ${words}`)).toEqual({ status, out: "", error: `${error}\n` });
  });

  it("has help", () => {
    expect(new Lab().run("backend ss --help")).toMatchObject({ status: 0, error: "" });
  });
});
