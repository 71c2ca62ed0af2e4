export {
  DEFAULT_FRAME_CAPACITY,
  DEFAULT_HEADROOM,
  LARGE_FRAME_CAPACITY,
  PacketPool,
  type PacketPoolOptions,
} from "./packet-pool.ts";
