export { DEFAULT_FRAME_CAPACITY, DEFAULT_HEADROOM, PacketPool, type PacketPoolOptions } from "./packet-pool.ts";
