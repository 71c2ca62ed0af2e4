/**
 * Linux's own TCP as the judge: a network namespace of the kernel's at the other end of the cable, live. It asks our
 * server with curl, sends a megabyte to us and back over a cable that loses frames, and finds closed ports closed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { expect, it } from "vitest";
import { createVethPair, Engine, Namespace, type StageWork, type Veth } from "../../src/datapath/index.ts";
import { Host, serveHttp } from "../../src/host/index.ts";
import { parseIpv4 } from "../../src/wire/index.ts";
import { KERNEL } from "../tools/kernel.ts";
import { describeWith, tool } from "../tools/requirements.ts";

const KERNEL_ADDRESS = parseIpv4("198.18.0.1");
const MEGABYTE = 1_000_000;

/** Carries frames between the kernel's device and standard input and output: two bytes of length, then the frame. */
const PUMP = `
import ctypes, fcntl, os, socket, struct, subprocess, sys, threading
# Or the kernel leaves checksums, and cutting into segments, to a device that has none to do.
control = socket.socket()
for command in (0x17, 0x1f): # ETHTOOL_STXCSUM, ETHTOOL_STSO
    buffer = ctypes.create_string_buffer(struct.pack("II", command, 0))
    fcntl.ioctl(control, 0x8946, struct.pack("16sQ16x", b"k", ctypes.addressof(buffer)))
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); wire.bind(("p", 0))
out, lock = sys.stdout.buffer, threading.Lock()
def up():
    while True:
        frame, address = wire.recvfrom(65536)
        if address[2] == 4: continue
        with lock: out.write(struct.pack(">H", len(frame)) + frame); out.flush()
def down():
    while True:
        head = sys.stdin.buffer.read(2)
        if len(head) < 2: os._exit(0)
        wire.send(sys.stdin.buffer.read(struct.unpack(">H", head)[0]))
def say(text):
    data = text.encode()
    with lock: out.write(struct.pack(">H", 0) + struct.pack(">H", len(data)) + data); out.flush()
def echo():
    server = socket.socket(); server.bind(("198.18.0.1", 9000)); server.listen(1)
    client, _ = server.accept()
    data = b""
    while True:
        piece = client.recv(65536)
        if not piece: break
        data += piece
    client.sendall(data[::-1]); client.close()
    say("echoed %d" % len(data))
for work in (up, down, echo): threading.Thread(target=work, daemon=True).start()
try: socket.create_connection(("198.18.0.2", 81), 10); say("open")
except ConnectionRefusedError: say("refused")
say(subprocess.run(["curl", "-s", "-S", "-m", "20", "http://198.18.0.2:8080/", "http://198.18.0.2:8080/nowhere"], capture_output=True, text=True).stdout)
say("ready")
threading.Event().wait()
`;

const SCRIPT = `
set -e
if test -d /proc/sys/net/ipv6; then echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; fi
ip link set dev lo up
ip link add name k type veth peer name p
ip addr add 198.18.0.1/24 dev k
ip link set dev k up
ip link set dev p up
exec python3 -c "$1"
`;

/** The kernel at the end of a device's cable: what the device sends goes to it, in real time. */
class KernelWire implements StageWork {
  readonly said: string[] = [];
  readonly #engine: Engine;
  readonly #end: Veth;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #startedAt = performance.now();
  #pending: Buffer = Buffer.alloc(0);
  #errors = "";
  /** Frames lost of those that pass. */
  loss = 0;

  constructor(engine: Engine, end: Veth) {
    this.#engine = engine;
    this.#end = end;
    end.handler = this;
    this.#child = spawn("timeout", ["50", "unshare", "-n", "sh", "-c", SCRIPT, "sh", PUMP]);
    this.#child.stdout.on("data", (data: Buffer) => this.#receive(data));
    this.#child.stderr.on("data", (data: Buffer) => (this.#errors += data.toString()));
    this.#child.stdin.on("error", () => {});
  }

  run(handles: Int32Array, first: number, end: number): void {
    const { pool } = this.#engine;
    for (let i = first; i < end; i++) {
      const frame = pool.contents(handles[i]!);
      const head = Buffer.from([frame.length >> 8, frame.length & 0xff]);
      if (!this.#isLost()) this.#child.stdin.write(Buffer.concat([head, frame]));
      this.#engine.consume(handles[i]!);
    }
  }

  #isLost(): boolean {
    return this.#engine.random() / 2 ** 32 < this.loss;
  }

  #receive(data: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, data]);
    for (;;) {
      const isText = this.#pending.length >= 4 && this.#pending.readUInt16BE(0) === 0;
      const start = isText ? 4 : 2;
      if (this.#pending.length < start) return;
      const end = start + this.#pending.readUInt16BE(start - 2);
      if (this.#pending.length < end) return;
      const body = this.#pending.subarray(start, end);
      if (isText) this.said.push(body.toString());
      else if (!this.#isLost()) this.#end.transmit(body);
      this.#pending = this.#pending.subarray(end);
    }
  }

  /** Lets real time pass until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#child.exitCode !== null) throw new Error(`the kernel's side ended: ${this.#errors}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      this.#engine.run((performance.now() - this.#startedAt) * 1e6);
    }
  }

  close(): void {
    this.#child.stdin.end();
  }
}

describeWith([...KERNEL, tool("curl")], "Linux's TCP and ours", () => {
  it("understand each other: closed ports, curl, and a megabyte there and back over a cable that loses frames", async () => {
    const engine = new Engine({ slotCount: 4096, seed: 7 });
    const [inside, outside] = [new Namespace(engine, "pod"), new Namespace(engine, "cable")];
    const [eth0, end] = createVethPair({ namespace: inside, name: "eth0" }, { namespace: outside, name: "end" });
    inside.addAddress(eth0, "198.18.0.2/24");
    const host = new Host(inside);
    serveHttp(host, 8080);
    const wire = new KernelWire(engine, end);
    try {
      await wire.until(() => wire.said.includes("ready"));
      expect(wire.said[0]).toBe("refused");
      expect(wire.said[1]).toMatch(/^pod at 198\.18\.0\.2:8080 greets 198\.18\.0\.1:\d+\n\/nowhere: not found\n$/);
      const bytes = new Uint8Array(MEGABYTE).map((_, i) => (i * 7) >> 3);
      const received: Uint8Array[] = [];
      let given = 0;
      let isOver = false;
      const pour = (): void => {
        given += connection.send(bytes.subarray(given));
        if (given === MEGABYTE) connection.end();
      };
      const connection = host.tcp.connect(KERNEL_ADDRESS, 9000, {
        onConnect: () => {
          wire.loss = 0.02;
          pour();
        },
        onDrain: () => pour(),
        onData: (data) => received.push(data.slice()),
        onClose: () => (isOver = true),
      });
      await wire.until(() => isOver);
      expect([connection.error, wire.said.at(-1)]).toEqual([undefined, `echoed ${MEGABYTE}`]);
      expect(Buffer.concat(received).equals(Buffer.from(bytes).reverse())).toBe(true);
      expect(connection.counters.segmentsRetransmitted).toBeGreaterThan(0);
    } finally {
      wire.close();
    }
  });
});
