import { describe, expect, it } from "vitest";
import { Bridge, Namespace, Stage, type StageWork } from "../../../src/datapath/index.ts";
import { longestEcho, type PathMtuDiscovery } from "../../../src/host/index.ts";
import { longestPayload, sendDatagram } from "../../../src/host/datagram.ts";
import { ethernet, formatIpv4, ipv4, parseIpv4, Protocol } from "../../../src/wire/index.ts";
import { B, createHostPair, type HostPair } from "../datapath/host-pair.ts";

/** Headers of the datagrams that reach b, taken in the place of a protocol that nobody speaks. */
function headersAtB(
  pair: HostPair,
): { dontFragment: boolean; timeToLive: number; typeOfService: number; source: string }[] {
  const headers: ReturnType<typeof headersAtB> = [];
  const { engine } = pair;
  const work: StageWork = {
    run: (handles, first, end) => {
      const { view, start } = engine.pool;
      for (const handle of handles.subarray(first, end)) {
        const offset = start[handle]!;
        headers.push({
          dontFragment: ipv4.dontFragment(view, offset),
          timeToLive: ipv4.timeToLive(view, offset),
          typeOfService: ipv4.typeOfService(view, offset),
          source: formatIpv4(ipv4.source(view, offset)),
        });
        engine.deliver(handle);
      }
    },
  };
  pair.b.namespace.protocols.set(253, new Stage(engine, work));
  return headers;
}

function send(
  pair: HostPair,
  pathMtuDiscovery: PathMtuDiscovery,
  length: number,
  fields: { timeToLive?: number; typeOfService?: number } = {},
): void {
  sendDatagram(
    pair.a.namespace,
    { protocol: 253, destination: B, pathMtuDiscovery, ...fields },
    length,
    () => undefined,
  );
  pair.engine.run();
}

describe("the header", () => {
  it("has a time to live of 64 and no type of service unless told", () => {
    const pair = createHostPair();
    const headers = headersAtB(pair);
    send(pair, "want", 8);
    send(pair, "want", 8, { timeToLive: 7, typeOfService: 0xb8 });
    expect(headers.map(({ timeToLive, typeOfService }) => [timeToLive, typeOfService])).toEqual([
      [64, 0],
      [7, 0xb8],
    ]);
  });

  it("forbids routers to fragment what fits, unless they may", () => {
    const pair = createHostPair();
    const headers = headersAtB(pair);
    for (const discovery of ["want", "do", "dont"] as const) send(pair, discovery, 1480);
    expect(headers.map((header) => header.dontFragment)).toEqual([true, true, false]);
  });
});

describe("the source", () => {
  it("is the route's, else the device's address towards the gateway", () => {
    const pair = createHostPair();
    const { namespace } = pair.a;
    const headers = headersAtB(pair);
    namespace.addAddress(pair.aEnd, "10.0.0.7/24");
    send(pair, "want", 8);
    namespace.addRoute({ to: "10.0.0.2", device: pair.aEnd, source: "10.0.0.7" });
    send(pair, "want", 8);
    expect(headers.map((header) => header.source)).toEqual(["10.0.0.1", "10.0.0.7"]);
  });

  it("of a device without an address is another's", () => {
    const pair = createHostPair();
    const bridge = new Bridge(pair.a.namespace, { name: "br0" });
    pair.a.namespace.addRoute({ to: "10.9.0.0/16", device: bridge });
    expect(
      sendDatagram(
        pair.a.namespace,
        { protocol: 253, destination: parseIpv4("10.9.0.1"), pathMtuDiscovery: "want" },
        8,
        () => undefined,
      ),
    ).toEqual({ outcome: "sent" });
    pair.engine.run(1);
    expect(bridge.counters[2]).toBe(1); // an ARP request
  });
});

describe("the longest payload", () => {
  it("is what one frame of a pool without large slots holds", () => {
    const { a } = createHostPair({ largeSlotCount: 0 });
    expect([longestPayload(a.namespace), longestEcho(a.namespace)]).toEqual([
      1984 - ethernet.HEADER_LENGTH - 20,
      1984 - ethernet.HEADER_LENGTH - 28,
    ]);
  });

  it("is never more than an IPv4 total length can say", () => {
    const { engine } = createHostPair();
    const namespace = new Namespace(engine, "lonely");
    expect(longestPayload(namespace)).toBe(65_535 - 20);
    const fields = { protocol: Protocol.UDP, destination: parseIpv4("127.0.0.1"), pathMtuDiscovery: "want" } as const;
    expect(sendDatagram(namespace, fields, 65_515, () => undefined)).toEqual({ outcome: "sent" });
    expect(() => sendDatagram(namespace, fields, 65_516, () => undefined)).toThrow(RangeError);
  });
});
