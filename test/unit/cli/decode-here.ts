/** `podwire decode` without a process of its own. */
import { vi } from "vitest";
import { decode } from "../../../src/cli/decode.ts";
import { TextStream } from "../../../src/cli/text-stream.ts";
import { type Outcome, within } from "./command.ts";

/** Decodes in this process, and in UTC, so that times do not depend on the machine. */
export function decodeHere(...arguments_: string[]): Outcome {
  const zone = process.env["TZ"];
  vi.stubEnv("TZ", "UTC");
  let told = "";
  const stream = new TextStream((bytes) => (told += Buffer.from(bytes).toString()));
  const found = within(".", (list) => decode(list, stream), arguments_);
  vi.stubEnv("TZ", zone);
  return { ...found, stdout: found.stdout + told };
}
