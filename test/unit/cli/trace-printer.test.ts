import { describe, expect, it } from "vitest";
import { TracePrinter } from "../../../src/cli/trace-printer.ts";
import { Engine, HopRecorder, IpipDevice, Namespace } from "../../../src/datapath/index.ts";
import { packet } from "../../conformance/frames.ts";

describe("a trace", () => {
  it("shows frames that begin with the IPv4 header as packets", () => {
    const engine = new Engine({ slotCount: 8 });
    const tunnel = new IpipDevice(new Namespace(engine, "node-a"), { name: "tunl0" });
    const lines: string[] = [];
    const printer = new TracePrinter(
      (text) => lines.push(text),
      [],
      (_, text) => text,
    );
    engine.observer = new HopRecorder(engine, [printer]);
    tunnel.transmit(packet({ source: "10.244.1.5", destination: "10.244.2.8" }));
    engine.run(0);
    expect(lines).toEqual([
      "0.000000000  #1   node-a/tunl0         out  dropped at node-a/tunl0: NO_TX_TARGET, the tunnel knows no remote for it" +
        " | IP 10.244.1.5 > 10.244.2.8: ip-proto-253 26\n",
    ]);
  });
});
