/** From whom a node takes tunnel packets: a firewall in front of its tunnels lets no others through. */
export class TunnelPeers {
  /** As unsigned numbers. Who is in it stays. */
  readonly addresses: ReadonlySet<number>;
  /** Of others: packets, and their bytes from the IPv4 header on. */
  refusedPackets = 0;
  refusedBytes = 0;

  constructor(addresses: ReadonlySet<number>) {
    this.addresses = addresses;
  }

  /** Whether a packet of `length` bytes from `source` (signed or unsigned) is let through; counts it if not. */
  admits(source: number, length: number): boolean {
    if (this.addresses.has(source >>> 0)) return true;
    this.refusedPackets++;
    this.refusedBytes += length;
    return false;
  }
}
