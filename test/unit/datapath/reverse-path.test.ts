import { describe, expect, it } from "vitest";
import { createVethPair, Engine, Namespace, type ReversePathFilter, type Veth } from "../../../src/datapath/index.ts";
import { DropReason, EtherType } from "../../../src/wire/index.ts";
import { BROADCAST_MAC } from "../../../src/wire/index.ts";
import { frame, packet } from "../../conformance/frames.ts";
import { dropsBy } from "./host-pair.ts";

const { IP_RPFILTER, IP_NOPROTO, IP_INVALID_SOURCE, IP_INNOROUTES } = DropReason;

/** A router with 10.1.0.1/24 on eth0, 10.2.0.1/24 on eth1, and eth2 without an address. */
function createRouter(filter: ReversePathFilter): {
  send(source: string, destination?: string, name?: string): object;
} {
  const engine = new Engine({ slotCount: 64 });
  const [router, outside] = [new Namespace(engine, "router"), new Namespace(engine, "outside")];
  router.forwarding = true;
  const devices: Veth[] = [0, 1, 2].map((index) => {
    const [near] = createVethPair(
      { namespace: router, name: `eth${index}` },
      { namespace: outside, name: `far${index}` },
    );
    if (index < 2) router.addAddress(near, `10.${index + 1}.0.1/24`);
    near.reversePathFilter = filter;
    return near;
  });
  router.addRoute({ to: "10.8.0.0/16", type: "blackhole" });
  return {
    send(source, destination = "10.2.0.1", name = "eth0") {
      const device = devices.find((own) => own.name === name)!;
      device.drops.fill(0);
      const to = destination === "255.255.255.255" ? BROADCAST_MAC : device.mac;
      device.arrive(frame(to, 0x0200_0000_0099, EtherType.IPV4, packet({ source, destination, protocol: 99 })));
      engine.run(engine.now);
      return dropsBy(device);
    },
  };
}

/** What is delivered to the router ends where nobody speaks the protocol. */
const BELIEVED = { [IP_NOPROTO]: 1 };
const REFUSED = { [IP_RPFILTER]: 1 };

describe("the reverse path filter", () => {
  it("is off at first", () => {
    expect(createRouter(0).send("10.2.0.9")).toEqual(BELIEVED);
  });

  it("believes, when strict, only who would be answered through the device", () => {
    const { send } = createRouter(1);
    expect([send("10.1.0.9"), send("10.2.0.9"), send("10.9.9.9"), send("10.8.0.9")]).toEqual([
      BELIEVED,
      REFUSED,
      REFUSED,
      REFUSED,
    ]);
  });

  it("believes, when loose, whoever could be answered", () => {
    const { send } = createRouter(2);
    expect([send("10.1.0.9"), send("10.2.0.9"), send("10.9.9.9")]).toEqual([BELIEVED, BELIEVED, REFUSED]);
  });

  it("is strict on a device without an address, though it be loose (fib_validate_source)", () => {
    const { send } = createRouter(2);
    expect(send("10.1.0.9", "10.2.0.1", "eth2")).toEqual(REFUSED);
  });

  it("refuses a source that is a link's broadcast address", () => {
    expect(createRouter(2).send("10.2.0.255")).toEqual({ [IP_INVALID_SOURCE]: 1 });
  });

  it("lets those ask by broadcast who have no address yet", () => {
    expect(createRouter(1).send("0.0.0.0", "255.255.255.255")).toEqual(BELIEVED);
    expect(createRouter(1).send("10.2.0.9", "255.255.255.255")).toEqual(REFUSED);
  });

  it("looks at what is forwarded as well, and not at what has no route", () => {
    const { send } = createRouter(1);
    expect([send("10.2.0.9", "10.2.0.77"), send("10.1.0.9", "10.2.0.77")]).toEqual([REFUSED, {}]);
    expect(send("10.2.0.9", "10.9.9.9")).toEqual({ [IP_INNOROUTES]: 1 });
  });
});
