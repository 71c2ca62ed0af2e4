/** scapy's fields by tshark's names, with values as tshark writes them: the beginning of a Python program. */

/** Defines `fields(packet)`: of all layers, a field that occurs several times with its values joined by ",". */
export const SCAPY_FIELDS = `
import json
from scapy.all import ARP, Dot1AD, Dot1Q, Ether, ICMP, IP, TCP, UDP
from scapy.layers.vxlan import VXLAN

h = "0x%04x"
def layer(p):
    if isinstance(p, Ether):
        yield from [("eth.dst", p.dst), ("eth.src", p.src), ("eth.type", h % p.type)]
    elif isinstance(p, Dot1Q):
        name = "ieee8021ad" if isinstance(p, Dot1AD) else "vlan"
        dei = p.dei if "dei" in p.fields else p.id
        yield from [(name + ".priority", p.prio), (name + ".dei", dei), (name + ".id", p.vlan)]
        if name == "vlan": yield ("vlan.etype", h % p.type)
    elif isinstance(p, ARP):
        yield from [("arp.opcode", p.op), ("arp.src.hw_mac", p.hwsrc), ("arp.src.proto_ipv4", p.psrc)]
        yield from [("arp.dst.hw_mac", p.hwdst), ("arp.dst.proto_ipv4", p.pdst)]
    elif isinstance(p, IP):
        yield from [("ip.version", p.version), ("ip.hdr_len", 4 * p.ihl), ("ip.len", p.len), ("ip.id", h % p.id)]
        yield from [("ip.dsfield.dscp", p.tos >> 2), ("ip.dsfield.ecn", p.tos & 3), ("ip.frag_offset", 8 * p.frag)]
        yield from [("ip.flags.df", int(p.flags.DF)), ("ip.flags.mf", int(p.flags.MF)), ("ip.ttl", p.ttl)]
        yield from [("ip.proto", p.proto), ("ip.checksum", h % p.chksum), ("ip.src", p.src), ("ip.dst", p.dst)]
    elif isinstance(p, ICMP):
        yield from [("icmp.type", p.type), ("icmp.code", p.code), ("icmp.checksum", h % p.chksum)]
        if p.type in (0, 8): yield from [("icmp.ident", p.id), ("icmp.seq", p.seq)]
        if (p.type, p.code) == (3, 4): yield ("icmp.mtu", p.nexthopmtu)
    elif isinstance(p, UDP):
        yield from [("udp.srcport", p.sport), ("udp.dstport", p.dport)]
        yield from [("udp.length", p.len), ("udp.checksum", h % p.chksum)]
    elif isinstance(p, TCP):
        yield from [("tcp.srcport", p.sport), ("tcp.dstport", p.dport), ("tcp.seq_raw", p.seq), ("tcp.ack_raw", p.ack)]
        yield from [("tcp.hdr_len", 4 * p.dataofs), ("tcp.flags", h % int(p.flags)), ("tcp.checksum", h % p.chksum)]
        yield from [("tcp.window_size_value", p.window), ("tcp.urgent_pointer", p.urgptr)]
    elif isinstance(p, VXLAN):
        yield from [("vxlan.flags", h % (int(p.flags) << 8)), ("vxlan.vni", p.vni)]

def fields(p):
    found = {}
    while p:
        for name, value in layer(p): found.setdefault(name, []).append(str(value))
        p = p.payload
    return {name: ",".join(values) for name, values in found.items()}
`;
