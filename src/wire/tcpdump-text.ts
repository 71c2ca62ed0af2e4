/**
 * Packets as `tcpdump -n` prints them, over as many lines as it takes, with what its options -e, -v, -vv, -q and -S
 * change. `describeFrame` has the same on one line, and tells more of what is wrong.
 *
 * Any bytes can be told: nothing here throws, and nothing behind `end` is read.
 */
import * as arp from "./arp.ts";
import { DropReason } from "./drop-reason.ts";
import * as ethernet from "./ethernet.ts";
import { describeFrame } from "./frame-text.ts";
import { HTTP_PORTS, httpText } from "./http-text.ts";
import * as icmpv4 from "./icmpv4.ts";
import { formatIpv4 } from "./ipv4-address.ts";
import * as ipv4 from "./ipv4.ts";
import { LinkType } from "./link-headers.ts";
import { formatMac } from "./mac-address.ts";
import { ethernetPayload, findNetworkLayer } from "./network-layer.ts";
import { TcpNumbers } from "./tcp-numbers.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";
import * as vlan from "./vlan.ts";
import * as vxlan from "./vxlan.ts";

export interface TcpdumpOptions {
  /** UDP destination ports that carry VXLAN; 4789 and 8472 when left out. */
  readonly vxlanPorts?: readonly number[];
  /** How many `-v`. */
  readonly verbosity?: number;
  /** `-e` */
  readonly hasLinkHeaders?: boolean;
  /** `-q` */
  readonly isQuick?: boolean;
  /** `-S` */
  readonly hasAbsoluteNumbers?: boolean;
}

/** Packets within packets that are told; tcpdump itself knows no end. */
const MAXIMUM_DEPTH = 8;

/** Where a packet or a part of it is. */
interface Extent {
  readonly offset: number;
  /** Position behind the bytes that are there. */
  readonly end: number;
  /** Position behind it as it was on the wire: `end`, or more where a capture has not all of it. */
  readonly wireEnd: number;
  readonly depth: number;
}

/** An IPv4 packet's payload. */
interface Payload extends Extent {
  readonly ipOffset: number;
  readonly source: string;
  readonly destination: string;
  /** Whether a checksum that covers all of it can be verified. */
  readonly isWhole: boolean;
  readonly isFragment: boolean;
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [ethernet.EtherType.IPV4]: "IPv4",
  [ethernet.EtherType.ARP]: "ARP",
  [ethernet.EtherType.RARP]: "Reverse ARP",
  [ethernet.EtherType.VLAN]: "802.1Q",
  0x86dd: "IPv6",
};

/** Tells packets one after another, as one run of tcpdump does: it remembers the TCP conversations. */
export class TcpdumpText {
  readonly #vxlanPorts: readonly number[];
  readonly #verbosity: number;
  readonly #hasLinkHeaders: boolean;
  readonly #isQuick: boolean;
  readonly #numbers: TcpNumbers | null;

  constructor(options: TcpdumpOptions = {}) {
    this.#vxlanPorts = options.vxlanPorts ?? [vxlan.PORT, vxlan.LINUX_PORT];
    this.#verbosity = options.verbosity ?? 0;
    this.#hasLinkHeaders = options.hasLinkHeaders ?? false;
    this.#isQuick = options.isQuick ?? false;
    this.#numbers = options.hasAbsoluteNumbers === true ? null : new TcpNumbers();
  }

  /**
   * The packet in `offset..end`, without a time before it or a line end behind it.
   *
   * @param length what it had on the wire, where the capture has less
   */
  packet(view: DataView, offset: number, end: number, linkType: number, length: number = end - offset): string {
    const extent = { offset, end: Math.min(end, view.byteLength), wireEnd: offset + length, depth: 0 };
    if (linkType === LinkType.ETHERNET) return this.#frame(view, extent);
    const network = findNetworkLayer(view, offset, extent.end, linkType);
    if (network === undefined) return "[|link]";
    const text = this.#network(view, network.etherType, { ...extent, offset: network.offset });
    return `${this.#hasLinkHeaders ? "ip: " : ""}${text ?? ethernet.etherTypeText(network.etherType)}`;
  }

  #frame(view: DataView, extent: Extent): string {
    const { offset, end } = extent;
    if (ethernet.check(view, offset, end) !== DropReason.NONE) return " [|ether]";
    const network = ethernetPayload(view, offset, end);
    const text =
      network === undefined
        ? undefined
        : this.#network(view, network.etherType, {
            ...extent,
            offset: network.offset,
            end: network.end,
            // An 802.3 length ends the packet before the frame does.
            wireEnd: network.end === end ? extent.wireEnd : network.end,
          });
    if (text === undefined) return describeFrame(view, offset, end, { vxlanPorts: this.#vxlanPorts });
    return `${this.#hasLinkHeaders ? this.#linkHeader(view, extent) : ""}${text}`;
  }

  #linkHeader(view: DataView, { offset, end, wireEnd }: Extent): string {
    const macs = `${formatMac(ethernet.source(view, offset))} > ${formatMac(ethernet.destination(view, offset))}`;
    let at = offset + ethernet.HEADER_LENGTH - 2;
    let text = `${macs}, ${this.#type(view.getUint16(at))}, length ${wireEnd - offset}: `;
    while (vlan.isCapturedTag(view.getUint16(at)) && vlan.check(view, at, end) === DropReason.NONE) {
      const tag = vlan.text(view, at, end);
      at += vlan.TAG_LENGTH;
      text += `${tag}, ${this.#type(view.getUint16(at))}, `;
    }
    return text;
  }

  #type(etherType: number): string {
    const name = TYPE_NAMES[etherType] ?? "Unknown";
    return this.#isQuick ? name : `ethertype ${name} (0x${hex4(etherType)})`;
  }

  /** Undefined for what is neither IPv4 nor ARP. */
  #network(view: DataView, etherType: number, extent: Extent): string | undefined {
    switch (etherType) {
      case ethernet.EtherType.IPV4:
        return this.#ipv4(view, extent);
      case ethernet.EtherType.ARP:
      case ethernet.EtherType.RARP:
        return this.#arp(view, extent);
      default:
        return undefined;
    }
  }

  #arp(view: DataView, { offset, end }: Extent): string {
    const text = arp.text(view, offset, end).replace(/^ARP, /, "");
    const isOfEthernet = this.#verbosity > 0 && /^(Reverse )?(Request|Reply)/.test(text);
    const formats = isOfEthernet ? "Ethernet (len 6), IPv4 (len 4), " : "";
    return `${this.#hasLinkHeaders ? "" : "ARP, "}${formats}${text}`;
  }

  #ipv4(view: DataView, { offset, end, wireEnd, depth }: Extent): string {
    if (depth > MAXIMUM_DEPTH) return "[nested too deep]";
    const fault = ipv4.headerFault(view, offset, end);
    if (fault !== "") return (this.#hasLinkHeaders ? fault.replace(/^IP /, "") : fault).replace("[|ip]", " [|ip]");
    const statedEnd = offset + ipv4.totalLength(view, offset);
    const missing = statedEnd - wireEnd;
    const isFragment = ipv4.isFragment(view, offset);
    const payload: Payload = {
      ipOffset: offset,
      offset: offset + ipv4.headerLength(view, offset),
      end: Math.min(end, statedEnd),
      wireEnd: statedEnd,
      depth: depth + 1,
      source: formatIpv4(ipv4.source(view, offset)),
      destination: formatIpv4(ipv4.destination(view, offset)),
      isWhole: statedEnd <= end && !isFragment && !ipv4.hasSourceRoute(view, offset),
      isFragment,
    };
    return [
      this.#hasLinkHeaders ? "" : "IP ",
      missing > 0 ? `truncated-ip - ${missing} bytes missing! ` : "",
      this.#verbosity > 0 ? `${headerDetails(view, offset, end)}\n    ` : "",
      ipv4.fragmentOffset(view, offset) === 0
        ? this.#payload(view, payload)
        : `${addresses(payload)} ip-proto-${ipv4.protocol(view, offset)}`,
    ].join("");
  }

  #payload(view: DataView, payload: Payload): string {
    const { ipOffset, offset, wireEnd } = payload;
    const protocol = ipv4.protocol(view, ipOffset);
    switch (protocol) {
      case ipv4.Protocol.UDP:
        return this.#udp(view, payload);
      case ipv4.Protocol.TCP:
        return this.#tcp(view, payload);
      case ipv4.Protocol.ICMP:
        return `${addresses(payload)} ${this.#icmp(view, payload)}`;
      case ipv4.Protocol.IPIP:
        return `${addresses(payload)} ${this.#ipv4(view, payload)}`;
      default:
        return `${addresses(payload)}  ip-proto-${protocol} ${wireEnd - offset}`;
    }
  }

  #udp(view: DataView, payload: Payload): string {
    const { offset, end } = payload;
    if (offset + 4 > end) return `${addresses(payload)}  [|udp]`;
    const ends = socketAddresses(view, payload);
    if (offset + udp.HEADER_LENGTH > end) return `${ends}  [|udp]`;
    const statedEnd = payload.isFragment ? Infinity : payload.wireEnd;
    const isSound = udp.check(view, offset, statedEnd) === DropReason.NONE;
    const isTunnel = isSound && !this.#isQuick && this.#vxlanPorts.includes(udp.destinationPort(view, offset));
    const checksum = isSound && this.#verbosity > 1 ? udpChecksum(view, payload) : "";
    return `${ends} ${checksum}${isTunnel ? this.#vxlan(view, payload) : udp.text(view, offset, statedEnd)}`;
  }

  #vxlan(view: DataView, { offset, end, depth }: Payload): string {
    const header = offset + udp.HEADER_LENGTH;
    const wireEnd = offset + udp.datagramLength(view, offset);
    const line = vxlan.text(view, header, Math.min(end, wireEnd));
    const inner = header + vxlan.HEADER_LENGTH;
    if (inner > end) return line;
    return `${line}\n${this.#frame(view, { offset: inner, end: Math.min(end, wireEnd), wireEnd, depth })}`;
  }

  #tcp(view: DataView, payload: Payload): string {
    const { ipOffset, offset, end, wireEnd } = payload;
    if (offset + 4 > end) return `${addresses(payload)}  [|tcp]`;
    const line = socketAddresses(view, payload);
    if (offset + tcp.HEADER_LENGTH > end) return `${line}  [|tcp]`;
    const length = tcp.headerLength(view, offset);
    if (this.#isQuick) return `${line} tcp ${wireEnd - offset - length}`;
    if (length < tcp.HEADER_LENGTH || offset + length > wireEnd) return `${line} ${tcp.text(view, offset, wireEnd)}`;
    const checksum = this.#verbosity > 0 && payload.isWhole ? tcpChecksum(view, payload) : "";
    const sourcePort = tcp.sourcePort(view, offset);
    const destinationPort = tcp.destinationPort(view, offset);
    const [source, destination] = [ipv4.source(view, ipOffset), ipv4.destination(view, ipOffset)];
    const [sequence, acknowledgment] = [tcp.sequenceNumber(view, offset), tcp.acknowledgmentNumber(view, offset)];
    const ends = { source, sourcePort, destination, destinationPort };
    const numbers = this.#numbers?.of(ends, tcp.flags(view, offset), sequence, acknowledgment);
    const isSequenceShown = this.#verbosity > 1;
    const payloadOffset = offset + length;
    const isCut = payloadOffset > end;
    const shown = { ...(numbers ?? { sequence, acknowledgment }), checksum, isSequenceShown, isCut };
    const text = tcp.text(view, offset, wireEnd, shown);
    if (isCut) return `${line} ${text}`;
    const isHttp = [sourcePort, destinationPort].some((port) => HTTP_PORTS.includes(port));
    if (!isHttp || payloadOffset >= wireEnd) return `${line} ${text}`;
    return `${line} ${text}: ${httpText(view, payloadOffset, end, wireEnd - payloadOffset, this.#verbosity > 0)}`;
  }

  #icmp(view: DataView, payload: Payload): string {
    const { offset, end, wireEnd, depth } = payload;
    const isError = offset < end && icmpv4.isError(icmpv4.type(view, offset));
    const quoted = icmpv4.quotedOffset(offset);
    const isCut = isError && wireEnd > end && quoted + ipv4.HEADER_LENGTH > end;
    if (isCut || icmpv4.check(view, offset, end) !== DropReason.NONE) return " [|icmp]";
    const line = icmpv4.text(view, offset, end, wireEnd - offset);
    if (this.#verbosity === 0) return line;
    const wrong =
      payload.isWhole && !icmpv4.verifyChecksum(view, offset, end)
        ? ` (wrong icmp cksum ${icmpv4.messageChecksum(view, offset).toString(16)} (->${icmpv4.computeChecksum(view, offset, end).toString(16)})!)`
        : "";
    if (!isError || quoted >= end) return `${line}${wrong}`;
    // A quoted packet is as long as it says: that an error quotes little of it is no news.
    return `${line}${wrong}\n\t${this.#ipv4(view, { offset: quoted, end, wireEnd: Infinity, depth })}`;
  }
}

/** `(tos 0x0, ttl 64, ...)`; a time to live that has run out is left out. */
function headerDetails(view: DataView, offset: number, end: number): string {
  const text = ipv4.text(view, offset, end);
  return text.slice("IP ".length, text.lastIndexOf(") ") + 1).replace(", ttl 0, ", ", ");
}

function addresses({ source, destination }: Payload): string {
  return `${source} > ${destination}:`;
}

/** UDP and TCP have their ports in the same place. */
function socketAddresses(view: DataView, { source, destination, offset }: Payload): string {
  return `${source}.${udp.sourcePort(view, offset)} > ${destination}.${udp.destinationPort(view, offset)}:`;
}

/** What `-vv` says of a datagram's checksum. */
function udpChecksum(view: DataView, { ipOffset, offset, isWhole, isFragment }: Payload): string {
  if (isFragment) return "";
  const found = udp.datagramChecksum(view, offset);
  if (found === 0) return "[no cksum] ";
  if (!isWhole) return "";
  if (udp.verifyChecksum(view, ipOffset, offset)) return "[udp sum ok] ";
  return `[bad udp cksum 0x${hex4(found)} -> 0x${hex4(udp.computeChecksum(view, ipOffset, offset))}!] `;
}

function tcpChecksum(view: DataView, { ipOffset, offset, end }: Payload): string {
  const found = tcp.segmentChecksum(view, offset);
  const verdict = tcp.verifyChecksum(view, ipOffset, offset, end)
    ? "correct"
    : `incorrect -> 0x${hex4(tcp.computeChecksum(view, ipOffset, offset, end))}`;
  return `cksum 0x${hex4(found)} (${verdict})`;
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}
