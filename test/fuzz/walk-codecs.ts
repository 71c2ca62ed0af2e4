/** The codecs as the datapath uses them: `check` first, and the getters of what it has found sound. */

import { arp, ethernet, icmpv4, ipv4, llc, tcp, udp, vlan, vxlan } from "../../src/wire/index.ts";

/** Packets within packets that are followed, as the forms of a frame do. */
const DEPTH_LIMIT = 8;

type Value = number | boolean | string;
type Getter = (view: DataView, offset: number) => Value;

/** Every getter of a module: what takes a view and an offset and is no setter and no check. */
const GETTERS = {
  ethernet: [ethernet.destination, ethernet.source, ethernet.etherType],
  vlan: [vlan.tagProtocol, vlan.priority, vlan.dropEligible, vlan.vlanId],
  llc: [llc.headerLength, llc.isSnap, llc.destination, llc.source, llc.control],
  snap: [llc.organisation, llc.protocol],
  arp: [arp.operation, arp.senderHardware, arp.senderProtocol, arp.targetHardware, arp.targetProtocol],
  ipv4: [
    ...[ipv4.version, ipv4.headerLength, ipv4.typeOfService, ipv4.dscp, ipv4.ecn, ipv4.totalLength],
    ...[ipv4.identification, ipv4.flags, ipv4.fragmentOffset, ipv4.timeToLive, ipv4.protocol, ipv4.headerChecksum],
    ...[ipv4.source, ipv4.destination, ipv4.isFragment, ipv4.moreFragments, ipv4.dontFragment, ipv4.checkOptions],
    ...[ipv4.hasSourceRoute, ipv4.verifyHeaderChecksum, ipv4.computeHeaderChecksum],
  ],
  icmpv4: [
    ...[icmpv4.type, icmpv4.code, icmpv4.messageChecksum, icmpv4.identifier, icmpv4.sequence, icmpv4.nextHopMtu],
    ...[icmpv4.gateway, icmpv4.pointer, icmpv4.restOfHeader],
  ],
  udp: [udp.sourcePort, udp.destinationPort, udp.datagramLength, udp.datagramChecksum],
  tcp: [
    ...[tcp.sourcePort, tcp.destinationPort, tcp.sequenceNumber, tcp.acknowledgmentNumber, tcp.headerLength],
    ...[tcp.reserved, tcp.flags, tcp.window, tcp.segmentChecksum, tcp.urgentPointer],
  ],
  vxlan: [vxlan.flags, vxlan.hasVni, vxlan.vni, vxlan.reserved1, vxlan.reserved2, vxlan.hasGroupPolicy],
} as const satisfies Record<string, readonly Getter[]>;

/** All that the codecs say of the Ethernet frame in `offset..end`, layer by layer, as one text. */
export function walkCodecs(view: DataView, offset: number, end: number): string {
  const walk = new Walk(view);
  walk.ethernet(offset, end, 0);
  return walk.said.join(" ");
}

class Walk {
  readonly said: Value[] = [];
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  ethernet(offset: number, end: number, depth: number): void {
    const view = this.#view;
    this.#say("ethernet", ethernet.check(view, offset, end));
    if (ethernet.check(view, offset, end) !== 0 || depth > DEPTH_LIMIT) return;
    this.#get(GETTERS.ethernet, offset);
    this.said.push(ethernet.text(view, offset, end));
    let position = offset + ethernet.ETHER_TYPE;
    while (vlan.isTag(view.getUint16(position))) {
      this.#say("vlan", vlan.check(view, position, end), vlan.text(view, position, end));
      if (vlan.check(view, position, end) !== 0) return;
      this.#get(GETTERS.vlan, position);
      position += vlan.TAG_LENGTH;
    }
    this.#network(view.getUint16(position), position + 2, end, depth);
  }

  #network(type: number, offset: number, end: number, depth: number): void {
    if (type === ethernet.EtherType.IPV4) this.#ipv4(offset, end, depth);
    else if (type === ethernet.EtherType.ARP) this.#arp(offset, end);
    else if (type <= ethernet.MAXIMUM_PAYLOAD_LENGTH) this.#llc(offset, end, depth);
  }

  #llc(offset: number, end: number, depth: number): void {
    const view = this.#view;
    const fault = llc.check(view, offset, end);
    this.#say("llc", fault, llc.text(view, offset, end));
    if (fault !== 0) return;
    this.#get(GETTERS.llc, offset);
    if (!llc.isSnap(view, offset)) return;
    this.#get(GETTERS.snap, offset);
    if (llc.organisation(view, offset) !== 0) return;
    this.#network(llc.protocol(view, offset), offset + llc.SNAP_LENGTH, end, depth);
  }

  #arp(offset: number, end: number): void {
    const fault = arp.check(this.#view, offset, end);
    this.#say("arp", fault, arp.text(this.#view, offset, end));
    if (fault === 0) this.#get(GETTERS.arp, offset);
  }

  #ipv4(offset: number, end: number, depth: number): void {
    const view = this.#view;
    const fault = ipv4.check(view, offset, end);
    this.#say("ipv4", fault, ipv4.text(view, offset, end));
    if (fault !== 0 || depth > DEPTH_LIMIT) return;
    this.#get(GETTERS.ipv4, offset);
    for (const place of ipv4.options(view, offset)) {
      this.#say("option", place.offset - offset, place.length, JSON.stringify(ipv4.readOption(view, place), asNumbers));
    }
    const payload = offset + ipv4.headerLength(view, offset);
    this.#transport(offset, payload, offset + ipv4.totalLength(view, offset), depth);
  }

  #transport(ipOffset: number, offset: number, end: number, depth: number): void {
    const view = this.#view;
    if (ipv4.fragmentOffset(view, ipOffset) !== 0) return;
    switch (ipv4.protocol(view, ipOffset)) {
      case ipv4.Protocol.UDP:
        return this.#udp(ipOffset, offset, end, depth);
      case ipv4.Protocol.TCP:
        return this.#tcp(ipOffset, offset, end);
      case ipv4.Protocol.ICMP:
        return this.#icmp(offset, end, depth);
      case ipv4.Protocol.IPIP:
        return this.#ipv4(offset, end, depth + 1);
    }
  }

  #udp(ipOffset: number, offset: number, end: number, depth: number): void {
    const view = this.#view;
    const fault = udp.check(view, offset, end);
    this.#say("udp", fault, udp.text(view, offset, end));
    if (fault !== 0) return;
    this.#get(GETTERS.udp, offset);
    this.#say(udp.verifyChecksum(view, ipOffset, offset), udp.computeChecksum(view, ipOffset, offset));
    const port = udp.destinationPort(view, offset);
    if (port !== vxlan.PORT && port !== vxlan.LINUX_PORT) return;
    this.#vxlan(offset + udp.HEADER_LENGTH, offset + udp.datagramLength(view, offset), depth);
  }

  #vxlan(offset: number, end: number, depth: number): void {
    const fault = vxlan.check(this.#view, offset, end);
    this.#say("vxlan", fault, vxlan.text(this.#view, offset, end));
    if (fault !== 0) return;
    this.#get(GETTERS.vxlan, offset);
    this.#say(JSON.stringify(vxlan.groupPolicy(this.#view, offset)));
    this.ethernet(offset + vxlan.HEADER_LENGTH, end, depth + 1);
  }

  #tcp(ipOffset: number, offset: number, end: number): void {
    const view = this.#view;
    const fault = tcp.check(view, offset, end);
    this.#say("tcp", fault, tcp.text(view, offset, end));
    if (fault !== 0) return;
    this.#get(GETTERS.tcp, offset);
    this.#say(tcp.verifyChecksum(view, ipOffset, offset, end), tcp.computeChecksum(view, ipOffset, offset, end));
    for (const place of tcp.options(view, offset)) {
      this.#say("option", place.offset - offset, place.length, JSON.stringify(tcp.readOption(view, place), asNumbers));
    }
  }

  #icmp(offset: number, end: number, depth: number): void {
    const view = this.#view;
    const fault = icmpv4.check(view, offset, end);
    this.#say("icmpv4", fault, icmpv4.text(view, offset, end));
    if (fault !== 0) return;
    this.#get(GETTERS.icmpv4, offset);
    this.#say(icmpv4.verifyChecksum(view, offset, end), icmpv4.computeChecksum(view, offset, end));
    if (icmpv4.isError(icmpv4.type(view, offset))) this.#ipv4(icmpv4.quotedOffset(offset), end, depth + 1);
  }

  #get(getters: readonly Getter[], offset: number): void {
    for (const get of getters) this.said.push(get(this.#view, offset));
  }

  #say(...values: Value[]): void {
    this.said.push(...values);
  }
}

function asNumbers(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}
