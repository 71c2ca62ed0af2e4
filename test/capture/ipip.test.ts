/** A capture with Ethernet and bare IP interfaces beside each other, as tshark and the command's printers read it. */
import { expect, it } from "vitest";
import { MemorySink } from "../../src/capture/index.ts";
import {
  createVethPair,
  Engine,
  FrameCapture,
  HopCapture,
  HopRecorder,
  IpipDevice,
  Namespace,
} from "../../src/datapath/index.ts";
import { Host } from "../../src/host/index.ts";
import { parseIpv4 } from "../../src/wire/index.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { judge, readFields } from "../tools/tshark.ts";

const CAPTURE = { epochSeconds: 1_767_225_600, names: [], application: "podwire" };

/** A ping through the tunnel of two nodes. */
function pingThrough(watch: (engine: Engine) => { end(time: number): void }): void {
  const engine = new Engine({ slotCount: 128 });
  const nodes = ["node-a", "node-b"].map((name) => new Namespace(engine, name));
  const ends = createVethPair({ namespace: nodes[0]!, name: "eth0" }, { namespace: nodes[1]!, name: "eth0" });
  const hosts = nodes.map((node, index) => {
    node.addAddress(ends[index]!, `192.168.1.${index + 1}0/24`);
    const tunnel = new IpipDevice(node, { name: "tunl0" });
    node.addAddress(tunnel, `10.244.${index + 1}.0/32`);
    const route = { via: `192.168.1.${2 - index}0`, device: tunnel, isOnlink: true };
    node.addRoute({ to: `10.244.${2 - index}.0/24`, ...route });
    return new Host(node);
  });
  const capture = watch(engine);
  hosts[0]!.ping(parseIpv4("10.244.2.0"));
  engine.run(1e9);
  capture.end(engine.now);
}

function captures(): [name: string, bytes: Uint8Array][] {
  const [plain, told] = [new MemorySink(), new MemorySink()];
  pingThrough((engine) => {
    const capture = new FrameCapture(engine, plain, CAPTURE);
    engine.observer = capture;
    return capture;
  });
  pingThrough((engine) => {
    const capture = new HopCapture(told, CAPTURE);
    engine.observer = new HopRecorder(engine, [capture]);
    return capture;
  });
  return [
    ["frames alone", plain.bytes()],
    ["hops", told.bytes()],
  ];
}

describeWith(tool("tshark"), "a capture of an IP-in-IP path", () => {
  it.each(captures())(
    "of %s: tshark has nothing against it, and sees packets in the tunnel and around it",
    (_, bytes) => {
      judge(bytes);
      const seen = readFields(bytes, ["frame.protocols", "frame.interface_name", "ip.proto"], {
        filter: "icmp.type == 8",
      });
      expect(seen.map((row) => [row["frame.interface_name"], row["frame.protocols"], row["ip.proto"]])).toEqual([
        ["node-a/tunl0", "raw:ip:icmp:data", "1"],
        ["node-a/eth0", "eth:ethertype:ip:ip:icmp:data", "4,1"],
        ["node-b/eth0", "eth:ethertype:ip:ip:icmp:data", "4,1"],
        ["node-b/tunl0", "raw:ip:icmp:data", "1"],
      ]);
    },
  );
});
