/**
 * Bytes kept of a packet where nothing else is asked for. It is tcpdump's default, and Wireshark's limit:
 * one longer packet makes it refuse the rest of a capture.
 */
export const DEFAULT_SNAP_LENGTH = 262_144;
