import { describe, expect, it } from "vitest";
import { serveHttp } from "../../../src/host/index.ts";
import { Lab } from "./place.ts";

describe("curl", () => {
  it("tells with -v what the original tells", () => {
    const { out, error } = new Lab().run("frontend curl -v http://backend:8080/");
    expect(out).toMatch(/^backend at 10\.244\.2\.20:8080 greets 10\.244\.1\.10:\d+\n$/);
    expect(error.split("\n")).toEqual([
      "*   Trying 10.244.2.20:8080...",
      "* Connected to 10.244.2.20 (10.244.2.20) port 8080 (#0)",
      "> GET / HTTP/1.1",
      "> Host: 10.244.2.20:8080",
      "> User-Agent: podwire",
      "> Accept: */*",
      "> ",
      "< HTTP/1.1 200 OK",
      "< Server: podwire",
      "< Content-Type: text/plain; charset=utf-8",
      expect.stringMatching(/^< Content-Length: \d+$/),
      "< ",
      "* Connection #0 to host 10.244.2.20 left intact",
      "",
    ]);
  });

  it("asks as it is told", () => {
    const lab = new Lab();
    serveHttp(lab.place("pod-b").host, 80, ({ method, path, headers, body }) => ({
      body: `${method} ${path} ${headers.get("X-Who") ?? "-"} ${new TextDecoder().decode(body)}`,
    }));
    expect(lab.run("pod-a curl -X PUT http://pod-b/x?y=1").error).toBe("");
    expect(lab.run("pod-a curl -d a=1 http://pod-b/x?y=1").out).toBe("POST /x - a=1");
    expect(lab.run("pod-a curl --header X-Who:me pod-b").out).toBe("GET / me ");
    expect(lab.run("pod-a curl -I http://pod-b/").out).toMatch(/^HTTP\/1\.1 200 OK\n/);
    expect(lab.run("pod-a curl -o /dev/null http://pod-b/").out).toBe("");
  });

  it.each([
    [
      "http://backend:8081/",
      7,
      /^curl: \(7\) Failed to connect to 10\.244\.2\.20 port 8081 after \d+ ms: Connection refused\n$/,
    ],
    ["http://10.244.2.99:80/", 7, /^curl: \(7\) Failed to connect .*: No route to host\n$/],
    ["-m 2 http://192.0.2.1/", 28, /^curl: \(28\) /],
    ["http://nobody/", 6, /^curl: \(6\) Could not resolve host: nobody\n$/],
    ["http://backend:99999/", 3, /^curl: \(3\) /],
    ["https://backend/", 1, /^curl: \(1\) Protocol "https" not supported/],
    ["-f http://backend:8080/nothing", 22, /^curl: \(22\) The requested URL returned error: 404\n$/],
    ["", 2, /^curl: \(2\) no URL specified\n$/],
    ["--frob http://backend/", 2, /^curl: option --frob: is unknown\n$/],
  ])("%s ends as the original", (words, status, error) => {
    const lab = new Lab();
    lab.place("node-a").namespace.addRoute({ to: "192.0.2.0/24", type: "blackhole" });
    const said = lab.run(`frontend curl ${words}`.trim());
    expect(said.error).toMatch(error);
    expect([said.status, said.out]).toEqual([status, ""]);
    if (words.startsWith("http://backend:8081")) expect(lab.run(`frontend curl -s ${words}`).error).toBe("");
  });
});
