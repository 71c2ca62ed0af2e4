/** Which format a capture gets, by its file's name. */

export type CaptureFormat = "pcap" | "pcapng";

/** Classic pcap for a name that ends in ".pcap", pcapng for any other; ".gz" behind it does not count. */
export function formatOfName(path: string): CaptureFormat {
  return /\.pcap(\.gz)?$/.test(path) ? "pcap" : "pcapng";
}
