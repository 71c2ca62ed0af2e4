/** How much a reader takes, so that a length that lies gives an error and not memory. */

/** What a reader keeps of a capture at a time is no more than one block, or packet, of these lengths. */
export interface CaptureLimits {
  /** Bytes of a pcapng block; 16 MiB by default, as libpcap and Wireshark have it. */
  readonly maxBlockLength?: number;
  /** Bytes of a packet; 262,144 by default, as Wireshark has it. */
  readonly maxPacketLength?: number;
  /** Interfaces of a section; 65,536 by default. */
  readonly maxInterfaces?: number;
}

export const DEFAULT_LIMITS: Readonly<Required<CaptureLimits>> = {
  maxBlockLength: 16 * 1024 * 1024,
  maxPacketLength: 262_144,
  maxInterfaces: 65_536,
};
