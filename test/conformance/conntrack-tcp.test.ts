/** The states of tracked TCP connections, judged by Linux's own. */
import { describe, expect, it } from "vitest";
import { ConnectionWord } from "../../src/table/index.ts";
import { ipv4, tcp } from "../../src/wire/index.ts";
import { FilterLab, segment, TO_POD, TO_REMOTE } from "../unit/datapath/filter-lab.ts";
import { JUDGED } from "./conntrack-tcp.ts";
import { viewOf } from "./frames.ts";

/** By number, as nf_conntrack_proto_tcp.c has them, with their timeouts in seconds. */
const STATES = ["", "SS120", "SR60", "ES432000", "FW120", "CW60", "LA30", "TW120", "CL10", "S2120"];
const PICKED_UP = "ES300";

const SEQUENCE_NUMBER = 1000;

function send(lab: FilterLab, way: string, flags: string, isResponse: boolean): boolean {
  const isForth = way === ">";
  const packet = segment(isForth ? TO_POD : TO_REMOTE, isForth ? [40_000, 80] : [80, 40_000], flags);
  tcp.setSequenceNumber(viewOf(packet), ipv4.HEADER_LENGTH, SEQUENCE_NUMBER);
  tcp.setAcknowledgmentNumber(viewOf(packet), ipv4.HEADER_LENGTH, SEQUENCE_NUMBER + (isResponse ? 1 : 0));
  return lab.send(isForth ? "remote" : "pod", packet) === 1;
}

/** The one connection that is tracked. One that lives a millisecond has been forgotten: its last packet is on its way. */
function stateOf({ engine, tracker }: FilterLab): string {
  const { words } = tracker.table;
  let text = "--";
  tracker.table.forEach((at) => {
    const state = STATES[words[at + ConnectionWord.STATE]! & 0xf]!;
    const life = words[at + ConnectionWord.EXPIRY]! - engine.milliseconds;
    const shown = `${state.slice(0, 2)}${life / 1000}`;
    if (life > 1) text = shown === PICKED_UP ? "PU" : shown === state ? state.slice(0, 2) : shown;
  });
  return text;
}

describe("the states of a tracked TCP connection", () => {
  const lab = new FilterLab();

  it.each(JUDGED)("%s", (sequence) => {
    lab.tracker.table.clear();
    const steps = sequence.split(" ").map((text) => {
      const [, way, flags, response] = /^([<>])([A-Z-]+)([+]?)[:!]/.exec(text)!;
      const passes = send(lab, way!, flags === "-" ? "" : flags!, response === "+");
      return `${way}${flags}${response}${passes ? ":" : "!"}${stateOf(lab)}`;
    });
    expect(steps.join(" ")).toBe(sequence);
  });
});
