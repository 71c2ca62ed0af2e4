/** What must hold for a filter of any text: it compiles, or FilterError says where it is wrong. */

import { compileFilter, FilterError } from "../../src/wire/index.ts";
import { type Input, require, step } from "./input.ts";

/** Filters that between them ask everything. */
export const FILTERS: readonly string[] = [
  "",
  "ip or arp or ip6",
  "host 10.244.1.5 or net 10.0.0.0/8",
  "src host 192.168.0.1 and not dst net 172.16.0.0 mask 255.240.0.0",
  "ether host 02:42:0a:00:00:01 or ether src ff:ff:ff:ff:ff:ff",
  "tcp port 80 or udp port 53 or src portrange 1024-65535",
  "icmp or (tcp and not dst port 443)",
  "vlan and port 53",
  "vlan 100 and vlan and host 10.0.0.1",
  "vxlan",
  "vxlan 1 and vlan and tcp port 80",
  "vxlan and vxlan and icmp",
  "not (vlan or vxlan) && ip || arp",
];

const NO_FRAME = new DataView(new ArrayBuffer(0));

/** @throws StepFailure */
export function tryFilter({ bytes }: Input): void {
  const text = String.fromCharCode(...bytes);
  step("compileFilter", () => {
    try {
      compileFilter(text)(NO_FRAME, 0, 0);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      const [message, ...picture] = error.message.split("\n");
      require(message !== "" && picture.length <= 2, "gives more than a line and a picture");
    }
  });
}
