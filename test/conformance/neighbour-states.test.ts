/** The life of a neighbour entry: RFC 4861 section 7.3 as Linux's net/core/neighbour.c applies it to ARP, with its defaults. */
import { describe, expect, it } from "vitest";
import { NeighbourState } from "../../src/datapath/index.ts";
import {
  ArpOperation,
  BROADCAST_MAC,
  DropReason,
  EtherType,
  formatMac,
  IcmpType,
  UnreachableCode,
} from "../../src/wire/index.ts";
import { frame, packet, payloadOf, readIcmp, readPacket } from "./frames.ts";
import { attach, drops, Lab, packetsOf } from "./lab.ts";
import {
  answer,
  buildLink,
  heardArp,
  heardPackets,
  type LinkLab,
  neighbour,
  NEIGHBOUR,
  OTHER_MAC,
  say,
  sendTo,
} from "./link.ts";

const { INCOMPLETE, REACHABLE, STALE, DELAY, PROBE, FAILED, PERMANENT } = NeighbourState;

/** A link whose neighbour has just answered. */
function buildReachable(): LinkLab {
  const link = buildLink();
  sendTo(link);
  answer(link);
  link.lab.clear();
  return link;
}

function stateOf(link: LinkLab): number | undefined {
  return neighbour(link)?.state;
}

describe("INCOMPLETE", () => {
  it("asks three times a second apart, and fails a second after the last", () => {
    const link = buildLink();
    sendTo(link);
    expect(stateOf(link)).toBe(INCOMPLETE);
    link.lab.run(2.999);
    expect(heardArp(link).map(({ time, destination }) => [time, destination])).toEqual([
      [0, BROADCAST_MAC],
      [1, BROADCAST_MAC],
      [2, BROADCAST_MAC],
    ]);
    expect([stateOf(link), drops(link.device, DropReason.NEIGH_FAILED)]).toEqual([INCOMPLETE, 0]);
    link.lab.run(0.001);
    expect([stateOf(link), drops(link.device, DropReason.NEIGH_FAILED)]).toEqual([FAILED, 1]);
    link.lab.run(60);
    expect(heardArp(link)).toHaveLength(3);
  });

  it("does not ask again for each packet that joins", () => {
    const link = buildLink();
    sendTo(link, 10);
    link.lab.run(0.5);
    sendTo(link, 10);
    expect(heardArp(link)).toHaveLength(1);
  });

  it("tells the senders of all that waited that the host is unreachable (RFC 1812 section 5.3.3.1)", () => {
    const lab = new Lab();
    const router = lab.namespace("router");
    router.forwarding = true;
    const [sender, near] = attach(lab, router, "eth0");
    const [, far] = attach(lab, router, "eth1");
    router.addAddress(near, "192.0.2.1/24");
    router.addAddress(far, "198.51.100.1/24");
    router.addNeighbour(near, "192.0.2.9", formatMac(sender.mac));
    const waiting = [1, 2, 3].map((identification) =>
      packet({ source: "192.0.2.9", destination: "198.51.100.9", identification }),
    );
    lab.exchange(sender, ...waiting.map((bytes) => frame(near.mac, sender.mac, EtherType.IPV4, bytes)));
    lab.run(3);
    const errors = packetsOf(lab.received(sender)).map(readIcmp);
    expect(errors.map(({ type, code, source }) => [type, code, source])).toEqual(
      new Array(3).fill([IcmpType.DESTINATION_UNREACHABLE, UnreachableCode.HOST, "192.0.2.1"]),
    );
    expect(errors.map((error) => readPacket(error.content).identification)).toEqual([1, 2, 3]);
  });

  it.each(["0.0.0.0", "224.0.0.1", "255.255.255.255"])(
    "tells nobody of a packet from %s (RFC 1122 section 3.2.2)",
    (source) => {
      const link = buildLink();
      link.namespace.addNeighbour(link.device, "192.0.2.8", "02:00:00:00:00:08");
      link.namespace.addRoute({ to: "default", via: "192.0.2.8" });
      sendTo(link, 1, source);
      link.lab.run(3);
      expect([drops(link.device, DropReason.NEIGH_FAILED), heardPackets(link)]).toEqual([1, []]);
    },
  );

  it("keeps 101 packets: the oldest gives way, the others arrive in order", () => {
    const link = buildLink();
    sendTo(link, 103);
    expect(drops(link.device, DropReason.NEIGH_QUEUEFULL)).toBe(2);
    answer(link);
    expect(heardPackets(link).map(({ bytes }) => readPacket(payloadOf(bytes)).identification)).toEqual(
      Array.from({ length: 101 }, (_, index) => index + 3),
    );
  });

  it("an answer to the second request is as good", () => {
    const link = buildLink();
    sendTo(link);
    link.lab.run(1.5);
    answer(link);
    expect(heardPackets(link).map(({ time, to }) => [time, to])).toEqual([[1.5, NEIGHBOUR.mac]]);
    link.lab.run(5);
    expect(heardArp(link)).toHaveLength(2);
    expect(stateOf(link)).toBe(REACHABLE);
  });

  it("a request from the neighbour is an answer too, though it does not prove that the way there works", () => {
    const link = buildLink();
    sendTo(link);
    say(link, {});
    // STALE when it came, and used at once by what had waited.
    expect([stateOf(link), heardPackets(link).length]).toEqual([DELAY, 1]);
  });

  it("so is a reply that went to everybody", () => {
    const link = buildLink();
    sendTo(link);
    say(link, { operation: ArpOperation.REPLY, targetHardware: link.device.mac });
    expect([stateOf(link), heardPackets(link).length]).toEqual([DELAY, 1]);
  });

  it("an entry that is removed takes what waits along", () => {
    const link = buildLink();
    sendTo(link, 2);
    expect(link.namespace.neighbours.remove(link.device, 0xc0000209)).toBe(true);
    expect(drops(link.device, DropReason.NEIGH_DEAD)).toBe(2);
    link.lab.run(10);
    expect(heardArp(link)).toHaveLength(1);
  });
});

describe("FAILED", () => {
  it("the next packet asks anew, three times", () => {
    const link = buildLink();
    sendTo(link);
    link.lab.run(10);
    link.lab.clear();
    sendTo(link);
    expect(stateOf(link)).toBe(INCOMPLETE);
    link.lab.run(10);
    expect(heardArp(link).map(({ time }) => time)).toEqual([10, 11, 12]);
    expect(drops(link.device, DropReason.NEIGH_FAILED)).toBe(2);
  });

  it("whoever speaks up is known again", () => {
    const link = buildLink();
    sendTo(link);
    link.lab.run(10);
    say(link, { targetProtocol: "192.0.2.77" });
    expect(neighbour(link)).toEqual({ state: STALE, mac: NEIGHBOUR.mac });
  });
});

describe("REACHABLE to PROBE", () => {
  it("what is sent within 30 s asks nothing", () => {
    const link = buildReachable();
    link.lab.run(30);
    sendTo(link);
    link.lab.run(20);
    expect([stateOf(link), heardArp(link).length, heardPackets(link).length]).toEqual([REACHABLE, 0, 1]);
  });

  it("after 30 s a packet goes out at once and starts the 5 s of DELAY; three unicast probes follow, a second apart", () => {
    const link = buildReachable();
    link.lab.run(31);
    sendTo(link);
    expect([stateOf(link), heardPackets(link).length]).toEqual([DELAY, 1]);
    link.lab.run(4.999);
    expect([stateOf(link), heardArp(link).length]).toEqual([DELAY, 0]);
    link.lab.run(0.001);
    expect(stateOf(link)).toBe(PROBE);
    link.lab.run(2.5);
    expect(heardArp(link).map(({ time, destination, targetHardware }) => [time, destination, targetHardware])).toEqual(
      [36, 37, 38].map((time) => [time, NEIGHBOUR.mac, 0]),
    );
    sendTo(link);
    expect(heardPackets(link)).toHaveLength(2);
    link.lab.run(0.5);
    expect(stateOf(link)).toBe(FAILED);
  });

  it("a STALE entry that nobody uses asks nothing", () => {
    const link = buildLink();
    say(link, {});
    link.lab.clear();
    link.lab.run(3600);
    expect([stateOf(link), heardArp(link).length]).toEqual([STALE, 0]);
  });

  it.each([
    ["DELAY", 33],
    ["PROBE", 37.5],
  ])("an answer in %s makes it REACHABLE, and no further probe is sent", (_, seconds) => {
    const link = buildReachable();
    link.lab.run(31);
    sendTo(link);
    link.lab.run(seconds - 31);
    answer(link);
    const asked = heardArp(link).length;
    link.lab.run(20);
    expect([stateOf(link), heardArp(link).length]).toEqual([REACHABLE, asked]);
  });

  it("a request from the neighbour does not make it REACHABLE", () => {
    const link = buildReachable();
    link.lab.run(31);
    sendTo(link);
    say(link, {});
    expect(stateOf(link)).toBe(DELAY);
  });
});

describe("lock time", () => {
  it("within a second of a change another answer does not replace it, after that it does", () => {
    const link = buildReachable();
    link.lab.run(1);
    answer(link, OTHER_MAC);
    expect(neighbour(link)!.mac).toBe(NEIGHBOUR.mac);
    link.lab.run(0.001);
    answer(link, OTHER_MAC);
    expect(neighbour(link)).toEqual({ state: REACHABLE, mac: OTHER_MAC });
  });

  it("an answer that changes nothing does not prolong it", () => {
    const link = buildReachable();
    link.lab.run(0.9);
    answer(link);
    link.lab.run(0.2);
    answer(link, OTHER_MAC);
    expect(neighbour(link)!.mac).toBe(OTHER_MAC);
  });

  it("who asks for the host's address is believed at once", () => {
    const link = buildReachable();
    say(link, { senderHardware: OTHER_MAC });
    expect(neighbour(link)).toEqual({ state: STALE, mac: OTHER_MAC });
  });
});

describe("PERMANENT", () => {
  it("nothing that is heard overrides it, and it never ages", () => {
    const link = buildLink();
    link.namespace.addNeighbour(link.device, NEIGHBOUR.address, "02:00:00:00:00:09");
    link.lab.run(5);
    answer(link, OTHER_MAC);
    say(link, { senderHardware: OTHER_MAC });
    say(link, { senderHardware: OTHER_MAC, targetProtocol: NEIGHBOUR.address });
    expect(neighbour(link)).toEqual({ state: PERMANENT, mac: NEIGHBOUR.mac });
    link.lab.clear();
    link.lab.run(3600);
    sendTo(link);
    link.lab.run(60);
    expect([heardArp(link).length, heardPackets(link).map(({ to }) => to)]).toEqual([0, [NEIGHBOUR.mac]]);
  });

  it("what waited goes out when the entry is made", () => {
    const link = buildLink();
    sendTo(link, 3);
    link.namespace.addNeighbour(link.device, NEIGHBOUR.address, "02:00:00:00:00:09");
    link.lab.run(10);
    expect([heardPackets(link).length, heardArp(link).length]).toEqual([3, 1]);
  });
});

describe("a full table (gc_thresh3)", () => {
  it("takes no new neighbour while all 1,024 are being asked for, and gives up failed ones", () => {
    const link = buildLink();
    link.namespace.addRoute({ to: "10.0.0.0/8", device: link.device });
    const send = (first: number, count: number): void => {
      for (let index = first; index < first + count; index++)
        sendTo(link, 1, "192.0.2.1", `10.0.${index >> 8}.${index & 255}`);
    };
    send(0, 1025);
    expect(drops(link.device, DropReason.NEIGH_CREATEFAIL)).toBe(1);
    link.lab.run(10);
    send(2000, 1);
    expect(drops(link.device, DropReason.NEIGH_CREATEFAIL)).toBe(1);
    expect(neighbour(link, "10.0.7.208")?.state).toBe(INCOMPLETE);
  });
});
