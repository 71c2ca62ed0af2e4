/** What `--help-filter` tells: all that --filter takes, and what of tcpdump's words it does not. */

/** One kind of expression: how it is written, what it selects, and examples that are filters. */
export interface FilterForm {
  readonly form: string;
  readonly meaning: string;
  readonly examples: readonly string[];
}

export const FILTER_FORMS: readonly FilterForm[] = [
  {
    form: "host ADDRESS",
    meaning: "IPv4, ARP and RARP from or to an address",
    examples: ["host 10.244.1.5", "arp host 10.244.1.5"],
  },
  {
    form: "net NETWORK",
    meaning: "the same of a network",
    examples: ["net 10.244.0.0/16", "net 10.244", "net 10.244.0.0 mask 255.255.0.0"],
  },
  { form: "port NUMBER", meaning: "TCP, UDP and SCTP", examples: ["port 53", "udp port 53"] },
  { form: "portrange FIRST-LAST", meaning: "the same of several ports", examples: ["tcp portrange 8000-8080"] },
  {
    form: "src, dst ...",
    meaning: "before these four: the one end, or both",
    examples: ["src host 10.0.0.1", "dst port 53", "src and dst net 10", "src 10.0.0.1"],
  },
  {
    form: "ether host MAC",
    meaning: "a MAC address",
    examples: ["ether host 0a:58:0a:f4:01:05", "ether src 0a:58:0a:f4:01:05"],
  },
  {
    form: "ip, ip6, arp, tcp, udp, icmp",
    meaning: "a protocol; TCP and UDP over IPv6 too",
    examples: ["icmp", "ip6 and udp"],
  },
  {
    form: "vlan [ID]",
    meaning: "frames with a tag; what is to its right looks behind the tag",
    examples: ["vlan", "vlan 100 and host 10.0.0.1"],
  },
  {
    form: "vxlan [VNI]",
    meaning: "VXLAN; what is to its right looks at the frame inside",
    examples: ["vxlan 1 and icmp", "host 192.168.1.10 and vxlan and port 80"],
  },
  {
    form: "not, and, or, ( )",
    meaning: "also !, &&, ||. not binds closest, and and or alike, from left to right",
    examples: ["not arp and (tcp or icmp)"],
  },
  {
    form: "VALUE",
    meaning: "alone: of the kind before it",
    examples: ["port 80 or 443", "src host (10.0.0.1 or 10.0.0.2)"],
  },
];

/** What tcpdump takes beside, each with an example. */
export const MISSING_FORMS: readonly (readonly [what: string, example: string])[] = [
  ["names of hosts, networks and ports", "port http"],
  ["IPv6 addresses", "host fe80::1"],
  ["bytes at a place", "tcp[13] & 2 != 0"],
  ["lengths", "greater 100"],
  ["groups", "broadcast"],
  ["protocols by number", "ip proto 47"],
  ["other protocols", "sctp"],
  ["other tunnels and tags", "mpls"],
  ["gateways", "gateway router"],
  ["the capture's side", "inbound"],
];

const FORM_WIDTH = 30;

/** The text, of lines that a terminal has room for. */
export function filterHelp(): string {
  const forms = FILTER_FORMS.flatMap(({ form, meaning, examples }) => [
    `  ${form.padEnd(FORM_WIDTH)}${meaning}`,
    `  ${" ".repeat(FORM_WIDTH)}  ${examples.map((example) => JSON.stringify(example)).join(", ")}`,
  ]);
  const missing = MISSING_FORMS.map(([what, example]) => `  ${what.padEnd(FORM_WIDTH + 6)}${JSON.stringify(example)}`);
  return [
    "What --filter takes, of tcpdump's words, pcap-filter(7):",
    "",
    ...forms,
    "",
    "What tcpdump takes and podwire does not:",
    "",
    ...missing,
    "",
    "A frame that is cut before what is asked for is not selected, not even by not. VXLAN is looked for at the UDP",
    "destination ports 4789 and 8472. An empty filter selects everything.",
    "",
  ].join("\n");
}
