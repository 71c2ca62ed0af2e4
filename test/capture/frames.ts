/** Frames that captures in tests are made of. */

import { parseHex } from "../../src/bytes/hex.ts";

/** An echo request from 10.244.1.5 to 10.244.2.8, after two routers. */
export const PING: Uint8Array = parseHex(
  "0a580af40100 0a580af40200 0800" +
    "45000024 00004000 3e0123e5 0af40105 0af40208" +
    "0800548300010001 706f647769726521",
);

/** The same in VXLAN, VNI 1, from 192.168.1.10 to port 8472 of 192.168.1.20. */
export const TUNNELLED: Uint8Array = parseHex(
  "020000000002 020000000001 0800" +
    "45000056 00000000 4011f728 c0a8010a c0a80114" +
    "d4312118 00420000 0800000000000100" +
    Buffer.from(PING).toString("hex"),
);
