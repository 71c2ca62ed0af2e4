/** The kernel as the judge of echo replies: of a request's options they have those that the kernel's replies have. */
import { expect, it } from "vitest";
import { parseHex } from "../../src/bytes/hex.ts";
import { echoRequest } from "../conformance/fragments.ts";
import { packet } from "../conformance/frames.ts";
import { describeWith } from "../tools/requirements.ts";
import { askKernel, askPodwire, FIELDS, kernel } from "./kernel-lab.ts";

/** Options of a request, and those of its reply. Where there is room for an address or time, the kernel puts its own. */
const OPTIONS: Readonly<Record<string, readonly [asked: string, answered: string]>> = {
  "no-operations": ["01 01 01 01", ""],
  "the end": ["00 000000", ""],
  "a no-operation and the end": ["01 00 0000", ""],
  "router alert": ["94040000", ""],
  security: ["820b000000000000000000 00", ""],
  "a stream identifier": ["88040102", ""],
  "an option that nobody knows": ["1e04abcd", ""],
  "a record route without room": ["0707080a0a0a0a 00", "0707080a0a0a0a 00"],
  "one between others": ["01 01 0707080a0a0a0a 94040000 01 0000", "0707080a0a0a0a 00"],
  "timestamps of others": ["440c05030a09000900000000", "440c05030a09000900000000"],
  "timestamps before a record route": [
    "01 440c05030a09000900000000 0707080a0a0a0a",
    "0707080a0a0a0a 440c05030a09000900000000 00",
  ],
};

function request(options: string): Uint8Array {
  return packet({ ...FIELDS, options: parseHex(options), payload: echoRequest(64) });
}

describeWith(kernel(), "the kernel", () => {
  it("replies with the same options as a host here", () => {
    const scenarios = Object.values(OPTIONS).map(([asked]) => [request(asked)]);
    const [there, here] = [askKernel(scenarios), askPodwire(scenarios)].map((outcomes) =>
      Object.keys(OPTIONS).map((name, index) => [name, outcomes[index]!.answers] as const),
    );
    expect(here).toEqual(there);
    const answered = there!.map(([, answers]) => {
      const reply = Buffer.from(answers![0]!, "hex");
      return reply.subarray(20, 4 * (reply[0]! & 0x0f)).toString("hex");
    });
    expect(answered).toEqual(Object.values(OPTIONS).map(([, options]) => options.replaceAll(" ", "")));
  });
});
