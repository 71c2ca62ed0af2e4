/** `traceroute` with UDP probes to ports that nobody listens on: each hop answers with an ICMP error. */
import { type Command, CommandError, type Place } from "./command.ts";
import { addressNames, findDestination, nameAndAddress } from "./destination.ts";
import { NANOSECONDS_PER_SECOND } from "../datapath/index.ts";
import type { IcmpMessage } from "../host/index.ts";
import { formatIpv4, IcmpType, UnreachableCode } from "../wire/index.ts";
import { numberOption, readWordOptions } from "./word-options.ts";

/** The port of the first probe; each has the next one, so that answers can be told apart. */
const FIRST_PORT = 33_434;
const LAST_PORT = 65_535;
/** IPv4's and UDP's headers. */
const HEADERS_LENGTH = 28;

interface Answer {
  readonly message: IcmpMessage;
  readonly nanoseconds: number;
}

/** `traceroute [-n] [-m HOPS] [-q PROBES] [-w SECONDS] DESTINATION [BYTES]`: 0, or 1 when the destination is not known. */
export const traceroute: Command = (place, words, terminal) => {
  const options = readWordOptions("traceroute", words, "nm:q:w:4");
  const [text, bytes = "60"] = options.operands;
  if (text === undefined) throw new CommandError('Specify "host" missing argument.', 2);
  const length = Number(bytes);
  if (!(Number.isInteger(length) && length >= HEADERS_LENGTH && length <= 65_000))
    throw new CommandError(`Bad option \`packetlen' (argc 2): expected ${HEADERS_LENGTH} to 65000, found ${bytes}`, 2);
  const hops = numberOption("traceroute", options, "m", 30, 1, 255);
  const probes = numberOption("traceroute", options, "q", 3, 1, 10);
  const wait = numberOption("traceroute", options, "w", 5, 0, 3600);
  const { label, address } = findDestination("traceroute", place.cluster, text);
  const names = addressNames(place.cluster);
  const name = (from: number): string => (options.values.has("n") ? formatIpv4(from) : nameAndAddress(names, from));
  terminal.out(`traceroute to ${label} (${formatIpv4(address)}), ${hops} hops max, ${length} byte packets\n`);
  for (let hop = 1, port = FIRST_PORT; hop <= hops; hop++) {
    let last = -1;
    let isThere = false;
    terminal.out(`${String(hop).padStart(2)} `);
    for (let i = 0; i < probes; i++, port = port === LAST_PORT ? FIRST_PORT : port + 1) {
      const answer = probe(place, address, hop, port, length - HEADERS_LENGTH, wait);
      if (answer === undefined) {
        terminal.out(" *");
        continue;
      }
      const { message, nanoseconds } = answer;
      if (message.from !== last) terminal.out(` ${name(message.from)}`);
      last = message.from;
      terminal.out(`  ${(nanoseconds / 1e6).toFixed(3)} ms${remark(message)}`);
      isThere ||= message.type === IcmpType.DESTINATION_UNREACHABLE;
    }
    terminal.out("\n");
    if (isThere) break;
  }
  return 0;
};

/** One datagram, and what came back within `wait` seconds. */
function probe(
  { host, cluster }: Place,
  destination: number,
  timeToLive: number,
  port: number,
  size: number,
  wait: number,
): Answer | undefined {
  const { engine } = cluster;
  const sentAt = engine.now;
  let answer: Answer | undefined;
  const socket = host.openUdp({
    timeToLive,
    onError: (message, about) => {
      if (about.destinationPort === port) answer ??= { message, nanoseconds: engine.now - sentAt };
    },
  });
  socket.send(
    destination,
    port,
    Uint8Array.from({ length: size }, (_, index) => 0x40 + (index & 0x3f)),
  );
  const until = sentAt + wait * NANOSECONDS_PER_SECOND;
  while (answer === undefined && engine.now < until && engine.step());
  socket.close();
  return answer;
}

/** What an answer other than the expected ones means. */
const REMARKS: Readonly<Record<number, string>> = {
  [UnreachableCode.NET]: " !N",
  [UnreachableCode.HOST]: " !H",
  [UnreachableCode.PROTOCOL]: " !P",
  [UnreachableCode.ADMINISTRATIVELY_PROHIBITED]: " !X",
};

function remark({ type, code, nextHopMtu }: IcmpMessage): string {
  if (type !== IcmpType.DESTINATION_UNREACHABLE || code === UnreachableCode.PORT) return "";
  if (code === UnreachableCode.FRAGMENTATION_NEEDED) return ` !F-${nextHopMtu}`;
  return REMARKS[code] ?? ` !<${code}>`;
}
