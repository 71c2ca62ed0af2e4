/**
 * The same packets for a host here and for a network namespace of the kernel's: what both answer and count. The kernel
 * sits behind a cable of its own, in a namespace that lasts as long as the call.
 */
import { Host } from "../../src/host/index.ts";
import { EtherType, formatMac, IcmpType, ipv4, Protocol } from "../../src/wire/index.ts";
import { frame, icmp, packet, readPacket, viewOf } from "../conformance/frames.ts";
import { attach, Lab } from "../conformance/lab.ts";
import { type Requirement, root, tool } from "../tools/requirements.ts";
import { run, withFile } from "../tools/tshark.ts";

const NEAR_MAC = 0x0200_0000_0001;
const FAR_MAC = 0x0200_0000_0002;
/** Of a packet to the host that is asked. */
export const FIELDS = { source: "10.9.0.1", destination: "10.9.0.2", protocol: Protocol.ICMP };

/** IPv4 packets, sent one after the other. */
export type Scenario = readonly Uint8Array[];

/** What `askKernel` takes. */
export function kernel(): Requirement[] {
  const linux = { missing: process.platform === "linux" ? undefined : "not Linux" };
  return [linux, root(), tool("unshare"), tool("ip"), tool("python3")];
}

/** What came back: of each packet all but what a host may choose, and what the namespace counted. */
export interface Outcome {
  readonly answers: string[];
  readonly counts: readonly number[];
}

/** All but identification and the checksum over it. */
function textOf(bytes: Uint8Array): string {
  const copy = bytes.slice(0, readPacket(bytes).totalLength);
  ipv4.setIdentification(viewOf(copy), 0, 0);
  ipv4.setHeaderChecksum(viewOf(copy), 0, 0);
  return Buffer.from(copy).toString("hex");
}

/**
 * Sends each scenario's frames into one end of a cable and collects what comes out: an echo request with a sign of its
 * own follows each, and its reply ends the scenario. Then waits for what time brings.
 */
const PROGRAM = `
import json, socket, sys, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)); wire.bind(("near", 0)); wire.settimeout(5)
job = json.load(open(sys.argv[1])); sign = bytes.fromhex(job["sign"])
def counts():
    names, values = [line.split()[1:] for line in open("/proc/net/snmp") if line.startswith("Ip:")]
    return [int(dict(zip(names, values))[name]) for name in ("ReasmReqds", "ReasmOKs", "ReasmFails", "ReasmTimeout")]
def receive(answers):
    data, address = wire.recvfrom(65536)
    if address[2] == socket.PACKET_OUTGOING: return False
    if sign in data: return True
    answers.append(data[14:].hex()); return False
outcomes = []
for frames in job["scenarios"]:
    answers = []
    for frame in frames: wire.send(bytes.fromhex(frame))
    wire.send(bytes.fromhex(job["last"]))
    while not receive(answers): pass
    outcomes.append([answers, counts()])
answers = []; end = time.time() + job["patience"]
while time.time() < end:
    wire.settimeout(max(0.01, end - time.time()))
    try: receive(answers)
    except TimeoutError: pass
outcomes.append([answers, counts()])
print(json.dumps(outcomes))
`;

const SCRIPT = `
set -e
if test -d /proc/sys/net/ipv6; then sysctl -qw net.ipv6.conf.default.disable_ipv6=1; fi
sysctl -qw net.ipv4.ipfrag_time="$3" net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0
ip link add near address ${formatMac(NEAR_MAC)} type veth peer name far address ${formatMac(FAR_MAC)}
ip link set near up
ip link set far up
ip addr add ${FIELDS.destination}/24 dev far
ip neigh replace ${FIELDS.source} lladdr ${formatMac(NEAR_MAC)} dev far nud permanent
python3 -c "$2" "$1"
`;

const SIGN = Buffer.from("the end of a scenario");
const LAST = packet({ ...FIELDS, payload: icmp(IcmpType.ECHO, 0, 0, SIGN) });

function framed(bytes: Uint8Array): Uint8Array {
  return frame(FAR_MAC, NEAR_MAC, EtherType.IPV4, bytes);
}

/**
 * What the kernel makes of each scenario, and last of the time after them.
 *
 * @param lifetime seconds that it waits for fragments, in place of 30
 * @param patience seconds to wait after all scenarios
 */
export function askKernel(scenarios: readonly Scenario[], lifetime = 1, patience = 0): Outcome[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(framed(bytes)).toString("hex");
  const sign = SIGN.toString("hex");
  const job = { scenarios: scenarios.map((packets) => packets.map(hex)), last: hex(LAST), sign, patience };
  const printed = withFile(Buffer.from(JSON.stringify(job)), (path) =>
    run("timeout", ["30", "unshare", "-n", "sh", "-c", SCRIPT, "sh", path, PROGRAM, String(lifetime)]),
  );
  return (JSON.parse(printed) as [string[], number[]][]).map(([answers, counts]) => ({
    answers: answers.map((bytes) => textOf(Buffer.from(bytes, "hex"))),
    counts,
  }));
}

/** The same here, after 31 seconds of virtual time. */
export function askPodwire(scenarios: readonly Scenario[]): Outcome[] {
  const lab = new Lab({ slotCount: 4096 });
  const namespace = lab.namespace("far");
  const [wire, device] = attach(lab, namespace, "eth0");
  namespace.addAddress(device, `${FIELDS.destination}/24`);
  namespace.addNeighbour(device, FIELDS.source, formatMac(NEAR_MAC));
  new Host(namespace);
  const outcome = (): Outcome => {
    const { requestCount, okCount, failCount, timeoutCount } = namespace.reassembly;
    const answers = lab.received(wire).map((bytes) => textOf(bytes.subarray(14)));
    return { answers, counts: [requestCount, okCount, failCount, timeoutCount] };
  };
  const outcomes = scenarios.map((packets) => {
    lab.clear();
    for (const bytes of packets) {
      device.arrive(frame(device.mac, NEAR_MAC, EtherType.IPV4, bytes));
      lab.run();
    }
    return outcome();
  });
  lab.clear();
  lab.run(31);
  return [...outcomes, outcome()];
}
