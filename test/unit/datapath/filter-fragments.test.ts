import { describe, expect, it } from "vitest";
import { FilterCount, HopRecorder } from "../../../src/datapath/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { cut, echoRequest, fragments } from "../../conformance/fragments.ts";
import { counting, udpPacket } from "../../conformance/frames.ts";
import { datagram, FilterLab, TO_POD, TO_REMOTE } from "./filter-lab.ts";

const LENGTH = 108;

function pieces(toPort: number, identification: number, ...ends: number[]): Uint8Array[] {
  return fragments(
    { ...TO_POD, protocol: 17, identification },
    udpPacket({ ...TO_POD, payload: counting(LENGTH - 8) }, 40_000, toPort).subarray(20),
    cut(...ends, LENGTH),
  );
}

describe.each(["netfilter", "cilium"] as const)("fragments before a filter, under %s", (kind) => {
  it("follow the first one", () => {
    const lab = new FilterLab({ kind });
    lab.ingress.change([80]);
    expect(lab.send("remote", ...pieces(80, 1, 32, 64))).toBe(3);
    expect(lab.send("remote", ...pieces(81, 2, 32, 64))).toBe(0);
    expect(lab.send("remote", ...pieces(80, 3, 32, 64).slice(1))).toBe(0);
    const ping = fragments({ ...TO_POD, protocol: 1, identification: 4 }, echoRequest(100), cut(48, 100));
    expect(lab.send("remote", ...ping)).toBe(0);
    lab.ingress.change(null);
    expect(lab.send("remote", ...ping)).toBe(2);
    const { packets } = lab.toPod;
    const [refused, invalid] = kind === "netfilter" ? [5, 0] : [1 + 1, 2 + 2 + 1];
    expect([packets[FilterCount.REFUSED], packets[FilterCount.INVALID]]).toEqual([refused, invalid]);
  });

  it("pass in any order where hosts put them together first, and not where the first must come first", () => {
    const lab = new FilterLab({ kind });
    lab.ingress.change([80]);
    expect(lab.send("remote", ...pieces(80, 1, 32, 64).reverse())).toBe(kind === "netfilter" ? 3 : 1);
    expect(lab.send("remote", ...pieces(81, 2, 32, 64).reverse())).toBe(0);
  });
});

describe("fragments before a filter that takes datagrams whole", () => {
  it.each([true, false])("come out of it in their order, before what came behind them; is asked why: %s", (isAsked) => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    lab.send("remote", datagram(TO_POD, [40_000, 80]));
    if (isAsked) lab.engine.observer = new HopRecorder(lab.engine, []);
    const [first, second, third] = pieces(80, 7, 32, 64);
    const other = pieces(80, 8, 32);
    const [before, behind] = [datagram(TO_POD, [40_000, 80]), datagram(TO_POD, [40_000, 80])];
    lab.taken.length = 0;
    lab.send("remote", third!, first!, before, other[1]!, second!, behind, other[0]!);
    expect(lab.taken).toEqual(["0:0", "7:0", "7:32", "7:64", "0:0", "8:0", "8:32"]);
  });

  it("come in whole vectors as well", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    const packets = [...pieces(80, 7, 32), ...Array.from({ length: 400 }, () => datagram(TO_POD, [40_000, 80]))];
    expect(lab.send("remote", ...packets)).toBe(packets.length);
    expect(lab.taken.slice(0, 3)).toEqual(["7:0", "7:32", "0:0"]);
    expect(lab.toPod.packets[FilterCount.ALLOWED]! + lab.toPod.packets[FilterCount.ESTABLISHED]!).toBe(packets.length);
  });

  it("are dropped with their datagram, for the reason of its first, and alone after 30 seconds", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    lab.send("remote", ...pieces(81, 1, 32, 64));
    expect(lab.dropped(DropReason.NETFILTER_DROP)).toBe(3);
    // A TCP header is longer than what the first fragment has of it.
    const cutShort = fragments({ ...TO_POD, protocol: 6, identification: 2 }, counting(LENGTH), cut(8, LENGTH));
    lab.send("remote", ...cutShort);
    expect(lab.dropped(DropReason.REJECTED)).toBe(2);
    expect(lab.send("remote", ...pieces(80, 3, 32, 64).slice(1))).toBe(0);
    lab.wait(29);
    expect(lab.engine.droppedCount).toBe(5);
    lab.wait(2);
    expect(lab.engine.droppedCount).toBe(7);
    expect(lab.send("remote", pieces(80, 3, 32, 64)[0]!)).toBe(0);
  });

  it("are given up where they overlap, or would be more than a datagram", () => {
    const lab = new FilterLab();
    const before = lab.engine.droppedCount;
    expect(lab.send("remote", pieces(80, 1, 32, 64)[0]!, pieces(80, 1, 24, 64)[1]!)).toBe(0);
    expect(lab.engine.droppedCount - before).toBe(2);
  });

  it("are answered whole", () => {
    const lab = new FilterLab();
    lab.egress.change([]);
    expect(lab.send("remote", ...pieces(80, 1, 32).reverse())).toBe(2);
    expect(lab.send("pod", datagram(TO_REMOTE, [80, 40_000]))).toBe(1);
    expect(lab.send("pod", datagram(TO_REMOTE, [81, 40_000]))).toBe(0);
  });

  it("say what they wait for, and what became of them", () => {
    const lab = new FilterLab();
    lab.ingress.change([80]);
    const said: string[] = [];
    lab.engine.observer = new HopRecorder(lab.engine, [
      { hop: ({ device, comment }) => device === lab.device && said.push(comment) },
    ]);
    lab.send("remote", ...pieces(80, 1, 32).reverse());
    expect(said).toEqual([
      "decision 1",
      "fragment 1 of datagram 1, 32 bytes still missing; decided on with its datagram's first fragment",
    ]);
  });
});
