import { expect, it } from "vitest";
import { MemorySink } from "../../../src/capture/index.ts";
import { HopCapture, HopRecorder } from "../../../src/datapath/index.ts";
import { B, createHostPair } from "./host-pair.ts";
import { blocksOf } from "./pcapng-blocks.ts";

const [SECTION, INTERFACE, NAMES, STATISTICS, PACKET] = [0x0a0d0d0a, 1, 4, 5, 6];

function capture(): { sink: MemorySink; frameCount: number } {
  const { engine, a } = createHostPair({ cable: { latency: 1000 } });
  const sink = new MemorySink();
  const file = new HopCapture(sink, {
    epochSeconds: 1_700_000_000,
    names: [{ address: B, names: ["b"] }],
    application: "test",
    comment: "a ping",
  });
  engine.observer = new HopRecorder(engine, [file]);
  a.ping(B);
  engine.run(1_000_000);
  file.end(engine.now);
  return { sink, frameCount: file.frameCount };
}

it("has a section, each interface before its first packet, names behind the first, and statistics at the end", () => {
  const { sink, frameCount } = capture();
  expect(frameCount).toBe(8);
  expect(blocksOf(sink.bytes()).map(({ type }) => type)).toEqual([
    SECTION,
    INTERFACE,
    NAMES,
    PACKET,
    INTERFACE,
    ...new Array<number>(7).fill(PACKET),
    STATISTICS,
    STATISTICS,
  ]);
});

it("numbers packets by device, and times them from the epoch in nanoseconds", () => {
  const packets = blocksOf(capture().sink.bytes()).filter(({ type }) => type === PACKET);
  expect(packets.map(({ body }) => body.getUint32(0, true))).toEqual([0, 1, 1, 0, 0, 1, 1, 0]);
  const times = packets
    .map(({ body }) => body.getBigUint64(4, true))
    .map((swapped) => ((swapped & 0xffffffffn) << 32n) | (swapped >> 32n));
  expect(times.map((time) => Number(time - 1_700_000_000_000_000_000n))).toEqual([
    0, 1000, 1000, 2000, 2000, 3000, 3000, 4000,
  ]);
});

it("names interfaces with their namespaces", () => {
  const text = new TextDecoder("latin1").decode(capture().sink.bytes());
  for (const words of ["a/eth0", "b/eth0", "veth, other end b/eth0", "a ping"]) expect(text).toContain(words);
});
