/** Short conversations: ARP, ping, UDP and a datagram in fragments. */
import fc from "fast-check";
import { ArpOperation, BROADCAST_MAC, IcmpType, Protocol } from "../wire/index.ts";
import { arbitraryOf, bits, checkedChoice, type Choice, usually } from "./choice.ts";
import { composeFrame } from "./compose-frame.ts";
import {
  type Conversation,
  type ConversationOptions,
  type Setting,
  settingOf,
  type Side,
  Transcript,
} from "./conversation.ts";
import { flag, integers } from "./field-check.ts";
import type { LayerPlan } from "./frame-layer.ts";
import { payloadBytes } from "./payload-bytes.ts";

const SECOND = 1_000_000_000;

/** Fragments but the last carry multiples of eight bytes (RFC 791 section 3.1). */
const FRAGMENT_UNIT = 8;

/** One to three. */
const few = usually(1, fc.integer({ min: 1, max: 3 }));

/** What `arpExchange` takes. */
export interface ArpExchangeOptions extends ConversationOptions {
  /** Requests until the answer comes, a second apart; 1 to 3 when left out. */
  readonly requestCount?: Choice<number>;
  /** Whether one comes at all; true when left out. */
  readonly isAnswered?: Choice<boolean>;
}

/** Who has the server's address: the client asks everybody, and the server answers it alone. */
export function arpExchange(options: ArpExchangeOptions = {}): fc.Arbitrary<Conversation> {
  const requestCount = arbitraryOf(checkedChoice("requestCount", options.requestCount ?? few, integers(1, 65_535)));
  const isAnswered = arbitraryOf(checkedChoice("isAnswered", options.isAnswered ?? true, flag));
  return fc.tuple(settingOf(options), requestCount, isAnswered).map(([setting, count, answered]) => {
    const transcript = new Transcript(setting);
    for (let index = 0; index < count; index++) {
      if (index > 0) transcript.wait(SECOND);
      transcript.send("client", [arpPlan(setting, "client", ArpOperation.REQUEST)], BROADCAST_MAC);
    }
    if (answered) transcript.send("server", [arpPlan(setting, "server", ArpOperation.REPLY)]);
    return transcript.end("arp");
  });
}

function arpPlan({ client, server }: Setting, from: Side, operation: number): LayerPlan {
  const [sender, target] = from === "client" ? [client, server] : [server, client];
  const fields = {
    operation,
    senderHardware: sender.mac,
    senderProtocol: sender.address,
    targetProtocol: target.address,
  };
  return {
    protocol: "arp",
    fields: operation === ArpOperation.REQUEST ? fields : { ...fields, targetHardware: target.mac },
  };
}

/** What `pingExchange` takes. */
export interface PingExchangeOptions extends ConversationOptions {
  /** Requests, each with its reply; 1 to 3 when left out. */
  readonly count?: Choice<number>;
  /** Data of the requests, which the replies give back. */
  readonly payload?: Choice<Uint8Array>;
}

/** Echo requests, a second apart, and their replies. */
export function pingExchange(options: PingExchangeOptions = {}): fc.Arbitrary<Conversation> {
  const count = arbitraryOf(checkedChoice("count", options.count ?? few, integers(1, 65_535)));
  const payload = arbitraryOf(options.payload ?? payloadBytes());
  return fc
    .tuple(settingOf(options), count, payload, usually(1, bits(16)))
    .map(([setting, number, bytes, identifier]) => {
      const transcript = new Transcript(setting);
      for (let sequence = 1; sequence <= number; sequence++) {
        if (sequence > 1) transcript.wait(SECOND);
        for (const [side, type] of [
          ["client", IcmpType.ECHO],
          ["server", IcmpType.ECHO_REPLY],
        ] as const) {
          const echo: LayerPlan = { protocol: "icmpv4", fields: { type, identifier, sequence } };
          transcript.sendIpv4(side, [echo, payloadOf(bytes)]);
        }
      }
      return transcript.end("ping");
    });
}

/** What `udpExchange` takes. */
export interface UdpExchangeOptions extends ConversationOptions {
  /** The request's payload. */
  readonly request?: Choice<Uint8Array>;
  /** The payloads of the answers; none to two when left out. */
  readonly responses?: Choice<readonly Uint8Array[]>;
}

/** A datagram and those that answer it. */
export function udpExchange(options: UdpExchangeOptions = {}): fc.Arbitrary<Conversation> {
  const request = arbitraryOf(options.request ?? payloadBytes());
  const responses = arbitraryOf<readonly Uint8Array[]>(options.responses ?? fc.array(payloadBytes(), { maxLength: 2 }));
  return fc.tuple(settingOf(options), request, responses).map(([setting, asked, answers]) => {
    const transcript = new Transcript(setting);
    sendDatagram(transcript, "client", asked);
    for (const answer of answers) sendDatagram(transcript, "server", answer);
    return transcript.end("udp");
  });
}

function sendDatagram(transcript: Transcript, from: Side, bytes: Uint8Array): void {
  const { source, destination } = transcript.ends(from);
  const header: LayerPlan = { protocol: "udp", fields: { sourcePort: source.port, destinationPort: destination.port } };
  transcript.sendIpv4(from, [header, payloadOf(bytes)]);
}

/** What `fragmentedDatagram` takes. */
export interface FragmentedDatagramOptions extends ConversationOptions {
  /** The payload of the UDP datagram; 64 to 400 bytes when left out. */
  readonly payload?: Choice<Uint8Array>;
  /** Bytes of IPv4 payload in each fragment but the last, a multiple of 8; 8 to 64 when left out. */
  readonly fragmentLength?: Choice<number>;
}

/** A UDP datagram from the client in two fragments or more, the first of them first. */
export function fragmentedDatagram(options: FragmentedDatagramOptions = {}): fc.Arbitrary<Conversation> {
  const payload = arbitraryOf(options.payload ?? payloadBytes(400, 64));
  const units = fc.integer({ min: 1, max: 8 }).map((count) => FRAGMENT_UNIT * count);
  const fragmentLength = arbitraryOf(
    checkedChoice(
      "fragmentLength",
      options.fragmentLength ?? usually(64, units),
      integers(FRAGMENT_UNIT, 65_528, FRAGMENT_UNIT),
    ),
  );
  return fc
    .tuple(settingOf(options), payload, fragmentLength, bits(16))
    .map(([setting, bytes, step, identification]) => {
      const transcript = new Transcript(setting);
      const datagram = datagramOf(setting, bytes);
      for (let offset = 0; offset < datagram.length; offset += step) {
        const part = datagram.slice(offset, offset + step);
        const moreFragments = offset + step < datagram.length;
        const place = { identification, moreFragments, fragmentOffset: offset };
        transcript.sendIpv4("client", [payloadOf(part, Protocol.UDP)], place);
      }
      return transcript.end("fragments");
    });
}

/** The datagram as it was before it was cut: the checksum is over all of it. */
function datagramOf({ client, server }: Setting, bytes: Uint8Array): Uint8Array {
  const whole = composeFrame([
    { protocol: "ipv4", fields: { source: client.address, destination: server.address } },
    { protocol: "udp", fields: { sourcePort: client.port, destinationPort: server.port } },
    payloadOf(bytes),
  ]);
  return whole.bytes.slice(whole.layer("udp").offset);
}

function payloadOf(bytes: Uint8Array, type?: number): LayerPlan {
  return { protocol: "payload", fields: type === undefined ? { bytes } : { bytes, type } };
}
