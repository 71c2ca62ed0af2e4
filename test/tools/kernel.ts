/**
 * The kernel as the judge of what a node does: network namespaces of its own, frames in, and the frames that come out.
 *
 * Frames go in by raw sockets at the far ends of veth pairs, one after another. Each is followed by a request that the
 * kernel answers, twice: what has not come out by then does not come.
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Requirement, root, tool } from "./requirements.ts";

/** One end of a veth pair in the namespace that is judged; frames go in and out at the other. */
export interface KernelDevice {
  readonly name: string;
  /** "02:00:00:00:00:01". */
  readonly mac: string;
  readonly mtu?: number;
}

/** A frame that goes in, and by which device: what it means to the kernel is the test's affair. */
export interface Probe {
  readonly device: string;
  readonly bytes: Uint8Array;
}

export interface KernelPlan {
  readonly devices: readonly KernelDevice[];
  /** Shell lines for the namespace whose devices these are: `ip addr add ...`. The first that fails ends it. */
  readonly setup: readonly string[];
  readonly probes: readonly Probe[];
}

/** A frame that came out, by which device, as hexadecimal digits. */
export interface SeenFrame {
  readonly device: string;
  readonly hex: string;
}

const SCRIPT = `
set -e
quiet() { if test -d /proc/sys/net/ipv6; then echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; fi; }
quiet
own=$(readlink /proc/self/ns/net)
unshare -n sleep 60 & far=$!
trap "kill $far" EXIT
while test "$(readlink /proc/$far/ns/net)" = "$own"; do sleep 0.01; done
nsenter -t $far -n sh -c 'if test -d /proc/sys/net/ipv6; then echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; fi'
pair() {
  ip link add name $1 address $2 mtu $3 type veth peer name f$1 mtu $3
  ip link set dev f$1 netns $far
  ip link set dev $1 up
  nsenter -t $far -n ip link set dev f$1 up
}
pair mark 02:00:00:00:ff:ff 1500
ip addr add 198.18.0.1/30 dev mark
eval "$1"
eval "$2"
nsenter -t $far -n python3 -c "$3"
`;

const SENDER = `
import json, os, socket, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
plan = json.load(sys.stdin)
def wire(name):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); end.bind(("f" + name, 0)); end.settimeout(5)
    return end
mark = wire("mark"); wires = {name: wire(name) for name in plan["devices"]}
request = bytes.fromhex("ffffffffffff02000000fffe0806000108000604000102000000fffec6120002000000000000c6120001")
def settle():
    mark.send(request)
    while True:
        frame, address = mark.recvfrom(65536)
        if address[2] != 4 and frame[20:22] == b"\\0\\2": return
def heard(end):
    end.setblocking(False)
    frames = []
    while True:
        try: frame, address = end.recvfrom(65536)
        except BlockingIOError: break
        if address[2] != 4: frames.append(frame.hex())
    return frames
settle()
seen = []
for name, data in plan["probes"]:
    for end in wires.values(): heard(end)
    wires[name].settimeout(5); wires[name].send(bytes.fromhex(data))
    settle(); settle()
    seen.append([{"device": other, "hex": frame} for other in wires for frame in heard(wires[other])])
print(json.dumps(seen))
`;

/** What `kernelAnswers` needs. */
export const KERNEL: readonly Requirement[] = [
  { missing: process.platform === "linux" ? undefined : "not Linux" },
  root(),
  ...["unshare", "nsenter", "ip", "python3"].map(tool),
];

/** Whether the kernel has IP-in-IP devices: then every new namespace has tunl0, or gets it by its name. */
export function hasIpip(): boolean {
  return existsSync("/sys/module/ipip");
}

/**
 * Builds the namespace, sends in the probes, and returns what came out after each.
 *
 * @throws Error with what was printed when anything fails
 */
export function kernelAnswers({ devices, setup, probes }: KernelPlan): SeenFrame[][] {
  const pairs = devices.map(({ name, mac, mtu = 1500 }) => `pair ${name} ${mac} ${mtu}`);
  const input = JSON.stringify({
    devices: devices.map(({ name }) => name),
    probes: probes.map(({ device, bytes }) => [device, Buffer.from(bytes).toString("hex")]),
  });
  const args = ["30", "unshare", "-n", "sh", "-c", SCRIPT, "sh", pairs.join("\n"), setup.join("\n"), SENDER];
  const { status, stdout, stderr, error } = spawnSync("timeout", args, {
    encoding: "utf8",
    input,
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`the kernel's namespace ended with ${status}: ${stderr.trim()}`);
  return JSON.parse(stdout) as SeenFrame[][];
}
