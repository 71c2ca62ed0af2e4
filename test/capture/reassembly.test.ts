/**
 * The kernel as the judge of reassembly: the same fragments go to a host here and to a network namespace of the
 * kernel's, in scenarios by name and a few hundred drawn at random, and both answer the same, count the same and, when
 * the time is over, send the same errors.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { IcmpRateLimit } from "../../src/datapath/icmp-rate-limit.ts";
import { Host } from "../../src/host/index.ts";
import { EtherType, formatMac, IcmpType, ipv4, Protocol } from "../../src/wire/index.ts";
import { cut, echoRequest, fragments, type Piece } from "../conformance/fragments.ts";
import {
  counting,
  frame,
  icmp,
  packet,
  type PacketFields,
  readPacket,
  udpPacket,
  viewOf,
} from "../conformance/frames.ts";
import { attach, Lab } from "../conformance/lab.ts";
import { describeWith, type Requirement, root, tool } from "../tools/requirements.ts";
import { run, withFile } from "../tools/tshark.ts";

const NEAR_MAC = 0x0200_0000_0001;
const FAR_MAC = 0x0200_0000_0002;
const FIELDS = { source: "10.9.0.1", destination: "10.9.0.2", protocol: Protocol.ICMP };
/** Seconds that the kernel is told to wait for fragments, in place of 30, and how long scenarios may take together. */
const LIFETIME = 3;

/** IPv4 packets, sent one after the other. */
type Scenario = readonly Uint8Array[];

function linux(): Requirement {
  return { missing: process.platform === "linux" ? undefined : "not Linux" };
}

let lastIdentification = 0;

/** A scenario of one datagram with an identification of its own. */
function datagram(pieces: readonly Piece[], payload = echoRequest(64), fields: Partial<PacketFields> = {}): Scenario {
  return fragments({ ...FIELDS, identification: ++lastIdentification, ...fields }, payload, pieces);
}

const withService = (...values: number[]): Piece[] =>
  cut(24, 48, 64).map((piece, i) => ({ ...piece, fields: { typeOfService: values[i]! } }));

const udp = readPacket(udpPacket({ ...FIELDS, payload: counting(56) }, 5, 9)).payload;
const long = echoRequest(5_008);
const withFlags = (...flags: boolean[]): Piece[] =>
  cut(40, 64).map((piece, i) => ({ ...piece, fields: { dontFragment: flags[i]! } }));

function named(): Record<string, Scenario> {
  const far = datagram(cut(32, 64));
  const others = Array.from({ length: 64 }, () => datagram(cut(24))[0]!);
  const near = datagram(cut(32, 64));
  return {
    "in order": datagram(cut(24, 48, 64)),
    "in reverse": datagram(cut(24, 48, 64).reverse()),
    "in fragments itself": datagram(cut(1480, 2960, 4440, 5008), long),
    "a duplicate": datagram([...cut(24, 48), ...cut(24), { start: 48, end: 64 }]),
    "a duplicate of two in order": datagram([...cut(24, 48), { start: 0, end: 48 }, { start: 48, end: 64 }]),
    "a duplicate of two out of order": datagram([
      ...cut(24, 48).reverse(),
      { start: 0, end: 48 },
      { start: 48, end: 64 },
    ]),
    "a duplicate with other bytes": datagram([
      ...cut(24),
      { start: 0, end: 24, bytes: new Uint8Array(24) },
      { start: 24, end: 64 },
    ]),
    "an overlap behind": datagram([...cut(24), { start: 16, end: 64 }, { start: 24, end: 64 }]),
    "an overlap before": datagram([
      { start: 24, end: 64 },
      { start: 0, end: 32 },
      { start: 0, end: 24 },
    ]),
    "an overlap all around": datagram([
      { start: 8, end: 16 },
      { start: 0, end: 24 },
      { start: 24, end: 64 },
    ]),
    "one behind the end": datagram([
      { start: 24, end: 64 },
      { start: 64, end: 72, bytes: counting(8), moreFragments: true },
      ...cut(24),
    ]),
    "two ends": datagram([{ start: 24, end: 56, moreFragments: false }, { start: 24, end: 64 }, ...cut(24)]),
    "an end too early": datagram([{ start: 48, end: 56 }, { start: 24, end: 48, moreFragments: false }, ...cut(24)]),
    "no payload": datagram([...cut(24), { start: 24, end: 24 }, { start: 24, end: 64 }]),
    "seven bytes": datagram([
      { start: 0, end: 7 },
      { start: 24, end: 64 },
    ]),
    "31 bytes for 24": datagram([
      { start: 0, end: 31 },
      { start: 24, end: 64 },
    ]),
    "the end as a duplicate": datagram([
      ...cut(24, 64).map((piece) => ({ ...piece, moreFragments: true })),
      { start: 24, end: 64 },
    ]),
    "the first in vain": datagram(cut(24)),
    "the last in vain": datagram([{ start: 24, end: 64 }]),
    "an ICMP error in vain": datagram(cut(8), icmp(IcmpType.DESTINATION_UNREACHABLE, 1, 0, counting(24))),
    "to a port without a socket": datagram(cut(40, 64), udp, { protocol: Protocol.UDP }),
    ...Object.fromEntries(
      [
        [true, false],
        [false, true],
        [true, true],
      ].map((flags) => [`don't fragment ${flags}`, datagram(withFlags(...flags), udp, { protocol: Protocol.UDP })]),
    ),
    "to a protocol that nobody speaks": datagram(cut(24, 48), counting(48), { protocol: 253 }),
    "with options": datagram(
      [
        { start: 0, end: 24, fields: { options: Uint8Array.of(1, 1, 1, 1) } },
        { start: 24, end: 64, fields: { options: Uint8Array.of(1, 0, 0, 0) } },
      ],
      udp,
      { protocol: Protocol.UDP },
    ),
    "with options in the second alone": datagram(
      [...cut(24), { start: 24, end: 64, fields: { options: Uint8Array.of(1, 1, 1, 0) } }],
      udp,
      { protocol: Protocol.UDP },
    ),
    "64 others between": [far[0]!, ...others, far[1]!],
    "63 others between": [near[0]!, ...others.slice(1), near[1]!],
    ...Object.fromEntries(
      [
        [2, 3, 2],
        [1, 3, 2],
        [3, 3, 3],
        [2, 1, 2],
        [1, 2, 1],
        [0, 3, 0],
        [0, 2, 0],
        [2, 2, 0],
        [0, 0, 0],
      ].map((values) => [`ECN ${values}`, datagram(withService(...values))]),
    ),
  };
}

/** Pieces of an echo request of 64 bytes that fit together or not. */
const randomPieces = fc.array(
  fc
    .record({ from: fc.nat(8), length: fc.integer({ min: 0, max: 4 }), isLast: fc.boolean(), odd: fc.nat(40) })
    .map(({ from, length, isLast, odd }) => {
      const end = Math.min(8 * (from + length) + (odd === 40 ? 3 : 0), 64);
      const start = Math.min(8 * from, end);
      return { start, end, moreFragments: end < 64 || !isLast ? odd !== 39 : false };
    }),
  { minLength: 2, maxLength: 9 },
);

/** A request in four pieces, in any order, with one more among them at most. */
const nearlyWhole = fc
  .record({
    order: fc.shuffledSubarray(cut(16, 24, 48, 64), { minLength: 4 }),
    extra: fc.oneof(
      fc.constant([]),
      fc.constantFrom(...cut(16, 24, 48, 64)).map((piece) => [piece]),
      randomPieces,
    ),
    where: fc.nat(4),
  })
  .map(({ order, extra, where }) => [...order.slice(0, where), ...extra.slice(0, 1), ...order.slice(where)]);

function random(count: number): Record<string, Scenario> {
  const lists: readonly Piece[][] = fc.sample(fc.oneof(randomPieces, nearlyWhole), {
    seed: 20_260_101,
    numRuns: count,
  });
  return Object.fromEntries(
    lists.map((pieces, index) => [
      `${index}: ${pieces.map(({ start, end, moreFragments = end < 64 }) => `${start}-${end}${moreFragments ? "+" : ""}`).join(" ")}`,
      datagram(pieces),
    ]),
  );
}

/** What came back: of each packet all but what a host may choose, and what the namespace counted. */
interface Outcome {
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
answers = []; end = time.time() + ${LIFETIME} + 0.7
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
sysctl -qw net.ipv4.ipfrag_time=${LIFETIME} net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0
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

function askKernel(scenarios: readonly Scenario[]): Outcome[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(framed(bytes)).toString("hex");
  const job = { scenarios: scenarios.map((packets) => packets.map(hex)), last: hex(LAST), sign: SIGN.toString("hex") };
  const printed = withFile(Buffer.from(JSON.stringify(job)), (path) =>
    run("timeout", ["30", "unshare", "-n", "sh", "-c", SCRIPT, "sh", path, PROGRAM]),
  );
  return (JSON.parse(printed) as [string[], number[]][]).map(([answers, counts]) => ({
    answers: answers.map((bytes) => textOf(Buffer.from(bytes, "hex"))),
    counts,
  }));
}

/** The same here. */
function askPodwire(scenarios: readonly Scenario[]): Outcome[] {
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

describeWith([linux(), root(), tool("unshare"), tool("ip"), tool("python3")], "the kernel", () => {
  const scenarios = { ...named(), ...random(300) };
  let kernel: Outcome[];
  let here: Outcome[];
  beforeAll(() => {
    vi.spyOn(IcmpRateLimit.prototype, "allows").mockReturnValue(true);
    kernel = askKernel(Object.values(scenarios));
    here = askPodwire(Object.values(scenarios));
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  it("has taken, refused and given up enough to be asked", () => {
    const [requests, successes, failures, timeouts] = kernel.at(-1)!.counts as [number, number, number, number];
    expect([requests > 1_000, successes > 100, failures > 100, timeouts > 80]).toEqual([true, true, true, true]);
  });

  it("answers each scenario as a host here does, and counts the same", () => {
    const shown = (outcomes: readonly Outcome[]): unknown[] =>
      Object.keys(scenarios).map((name, index) => ({ name, ...outcomes[index]! }));
    expect(shown(here)).toEqual(shown(kernel));
  });

  it("gives up as many datagrams for their age, and tells their senders the same", () => {
    expect(here.at(-1)!.counts).toEqual(kernel.at(-1)!.counts);
    expect(here.at(-1)!.answers.toSorted()).toEqual(kernel.at(-1)!.answers.toSorted());
  });
});
