/** Prints each hop on a line: when, where, which way, what was done and why, and the frame. */
import { describePacket, DropReason } from "../wire/index.ts";
import type { Hop, HopSink, LateDrop } from "../datapath/index.ts";
import { type Style, style } from "./output.ts";

/** Wide enough for "underlay/port-1" and most pods' interfaces. */
const PLACE_WIDTH = 20;

export class TracePrinter implements HopSink {
  readonly #print: (text: string) => void;
  readonly #vxlanPorts: readonly number[];
  readonly #style: Style;

  /** In colour where a terminal shows it; pass `plain` for a file, whose bytes must not depend on the terminal. */
  constructor(print: (text: string) => void, vxlanPorts: readonly number[], lineStyle: Style = style) {
    this.#print = print;
    this.#vxlanPorts = vxlanPorts;
    this.#style = lineStyle;
  }

  hop(hop: Hop): void {
    const paint = this.#style;
    const comment =
      hop.comment === "" ? "" : `${paint(hop.dropReason === DropReason.NONE ? "green" : "red", hop.comment)} | `;
    this.#line(hop, hop.direction, `${comment}${frameText(hop, this.#vxlanPorts)}`);
  }

  dropLate(drop: LateDrop): void {
    this.#line(drop, "end", this.#style("red", drop.comment));
  }

  #line(at: Pick<Hop, "time" | "packetId" | "device">, what: string, text: string): void {
    const paint = this.#style;
    const time = (at.time / 1e9).toFixed(9);
    const packet = `#${at.packetId}`.padEnd(4);
    const place = at.device.fullName.padEnd(PLACE_WIDTH);
    this.#print(`${paint("dim", time)}  ${packet} ${paint("bold", place)} ${what.padEnd(3)}  ${text}\n`);
  }
}

/** A hop's frame as a line of tcpdump's. */
export function frameText({ bytes, device }: Pick<Hop, "bytes" | "device">, vxlanPorts: readonly number[]): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return describePacket(view, 0, bytes.length, device.linkType, { vxlanPorts });
}
