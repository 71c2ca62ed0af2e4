import { execFileSync, spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createExampleCluster } from "../../src/kubernetes/index.ts";
import { describeWith, root, tool } from "../tools/requirements.ts";
import { Lab } from "../unit/commands/place.ts";

/** The same sockets in a namespace of the kernel's: one that listens, one connection with unread bytes. */
const PROGRAM = `
import socket, sys
port = int(sys.argv[1])
server = socket.socket(); server.bind(("0.0.0.0", 9000)); server.listen(128)
other = socket.socket(); other.bind(("0.0.0.0", 8080)); other.listen(128)
client = socket.socket(); client.bind(("10.244.1.10", port)); client.connect(("10.244.2.20", 9000))
accepted, _ = server.accept(); client.sendall(bytes(1000))
print("ready", flush=True); sys.stdin.read()
`;

describeWith([root(), tool("ip"), tool("ss"), tool("python3")], "ss, beside the kernel's", () => {
  const netns = `podwire-${process.pid}-ss`;
  const lab = new Lab(createExampleCluster());
  let program: ReturnType<typeof spawn>;

  beforeAll(async () => {
    const [client, server] = [lab.place("frontend"), lab.place("backend")];
    server.host.tcp.listen(9000, (connection) => connection.pause());
    const connection = client.host.tcp.connect(server.cluster.endpoint("backend").address, 9000, {
      onConnect: (opened) => opened.send(new Uint8Array(1000)),
    });
    lab.cluster.engine.run(lab.cluster.engine.now + 1e9);
    execFileSync("ip", ["netns", "add", netns]);
    const ip = (line: string): Buffer => execFileSync("ip", ["-n", netns, ...line.split(" ")]);
    ip("link set lo up");
    for (const address of ["10.244.1.10", "10.244.2.20"]) ip(`addr add ${address}/32 dev lo`);
    const words = ["netns", "exec", netns, "python3", "-c", PROGRAM, String(connection.localPort)];
    program = spawn("ip", words, { stdio: ["pipe", "pipe", "inherit"] });
    await new Promise((resolve) => program.stdout!.once("data", resolve));
  });

  afterAll(() => {
    program.stdin!.end();
    execFileSync("ip", ["netns", "del", netns]);
  });

  function linux(words: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", netns, "ss", ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  /** Listeners in order of their ports: the kernel hashes them. What is known of the way differs, and how long that is. */
  function comparable(text: string): string {
    const lines = text.replace(/^\t.*/gm, "\t").replace(/ +$/gm, "").split("\n");
    const isListener = (line: string): boolean => line.includes("0.0.0.0:*");
    return [...lines.filter((line) => !isListener(line)), ...lines.filter(isListener).sort()].join("\n");
  }

  it.each([
    ...["-tln", "-tln sport = :8080", "-tan sport = :9000", "-tn sport = :9000", "-tnH sport = :9000", "-nlt4"],
    ...[
      "-tanl",
      "-tlna sport = :9000",
      "-tunl",
      "-tuna sport = :9000",
      "-un",
      "-uan",
      "-tn6",
      "-wn",
      "--tcp --numeric sport 9000",
    ],
    ...[
      "-tn state established sport = :9000",
      "-tan state listening",
      "-tn exclude established",
      "-tan state time-wait",
    ],
    ...[
      "-tn src 10.244.2.20",
      "-tn src 10.244.2.0/24:9000 and dst 10.244.1.10",
      "-tn dst 10.244.9.9",
      "-tnO sport = :9000",
    ],
    ...[
      "-tan sport != :9000 dport != :9000",
      "-tin sport = :9000",
      "-tlni sport = :9000",
      "-tn state nope",
      "-tn dst nope",
    ],
  ])("ss %s", (line) => {
    const words = line.split(" ");
    let expected: string;
    try {
      expected = linux(words);
    } catch (error) {
      expected = String((error as { status: number }).status);
    }
    const { out, status } = lab.run(`backend ss ${line}`);
    expect(comparable(status === 0 ? out : String(status))).toBe(comparable(expected));
  });
});
