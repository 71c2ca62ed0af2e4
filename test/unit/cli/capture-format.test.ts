import { expect, it } from "vitest";
import { formatOfName } from "../../../src/cli/capture-format.ts";

it.each([
  ["x.pcap", "pcap"],
  ["x.pcap.gz", "pcap"],
  ["x.pcapng", "pcapng"],
  ["x.pcapng.gz", "pcapng"],
  ["x", "pcapng"],
  ["x.gz", "pcapng"],
  ["x.pcap.bak", "pcapng"],
  ["pcap", "pcapng"],
  ["-", "pcapng"],
])("%s becomes %s", (name, format) => expect(formatOfName(name)).toBe(format));
