/** Frames that belong together, in the order in which they were sent. */
import fc from "fast-check";
import { vxlan } from "../wire/index.ts";
import { dynamicPort, ipv4Address, macAddress } from "./addresses.ts";
import { checkedChoices, type Choices, fieldsOf, usually } from "./choice.ts";
import { composeFrame } from "./compose-frame.ts";
import { type FieldChecks, ipv4AddressOf, macAddressOf, unsigned } from "./field-check.ts";
import type { Frame } from "./frame.ts";
import type { LayerFields, LayerPlan } from "./frame-layer.ts";
import { layerPlan } from "./layer-plan.ts";
import { vlanFields } from "./link-fields.ts";
import { reportAsText } from "./report.ts";

/** One of two who talk. */
export interface Endpoint {
  readonly mac: number;
  readonly address: number;
  /** UDP or TCP port, where there is one. */
  readonly port: number;
}

/** What may be chosen for an endpoint. */
export type EndpointChoices = Choices<Endpoint, "mac" | "address">;

const ENDPOINT_CHECKS: FieldChecks<Endpoint> = { mac: macAddressOf, address: ipv4AddressOf, port: unsigned(16) };

export type Side = "client" | "server";

/** A frame of a conversation. */
export interface SentFrame {
  /** Nanoseconds since the first frame. */
  readonly time: number;
  readonly from: Side;
  readonly frame: Frame;
}

/** A conversation from its first frame to its last. It prints as a line a frame: time, who sent it, what it is. */
export class Conversation {
  readonly kind: ConversationKind;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly sent: readonly SentFrame[];

  constructor(kind: ConversationKind, client: Endpoint, server: Endpoint, sent: readonly SentFrame[]) {
    this.kind = kind;
    this.client = client;
    this.server = server;
    this.sent = sent;
  }

  /** The frames alone. */
  get frames(): Frame[] {
    return this.sent.map(({ frame }) => frame);
  }

  /** The conversation as it was made. */
  fresh(): Conversation {
    const sent = this.sent.map((own) => ({ ...own, frame: own.frame.fresh() }));
    return new Conversation(this.kind, this.client, this.server, sent);
  }

  toString(): string {
    const lines = this.sent.map(({ time, from, frame }) => `\n  ${(time / 1e9).toFixed(9)} ${from} ${frame}`);
    return `${this.kind}, ${this.sent.length} frames${lines.join("")}`;
  }
}

reportAsText(Conversation);

/** What a conversation is. */
export const CONVERSATION_KINDS = ["arp", "ping", "udp", "tcp", "fragments"] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

/** What all conversations take. */
export interface ConversationOptions {
  readonly client?: EndpointChoices;
  readonly server?: EndpointChoices;
  /** Whether frames may be tagged or in a tunnel; true when left out. */
  readonly encapsulated?: boolean;
}

/** Who talks, and through what. */
export interface Setting {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly tags: readonly LayerPlan[];
  readonly tunnel: Tunnel | undefined;
  /** Nanoseconds between a frame and the next. */
  readonly gap: number;
}

interface Tunnel {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly vni: number;
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000;

/** Settings of two different endpoints; one in four is tagged, one in four in a tunnel. */
export function settingOf(options: ConversationOptions): fc.Arbitrary<Setting> {
  const { client = {}, server = {}, encapsulated = true } = options;
  const tag = layerPlan("vlan", vlanFields());
  const tunnel = fc.record({ client: endpoint(1), server: endpoint(2), vni: fc.integer({ min: 1, max: 2 ** 24 - 1 }) });
  return fc
    .record({
      client: endpoint(1, client),
      server: endpoint(2, server),
      tags: encapsulated ? usually<readonly LayerPlan[]>([], fc.array(tag, { maxLength: 1 })) : fc.constant([]),
      tunnel: encapsulated
        ? usually<Tunnel | undefined>(undefined, fc.option(tunnel, { nil: undefined }))
        : fc.constant(undefined),
      gap: fc.integer({ min: 1, max: NANOSECONDS_PER_MILLISECOND }),
    })
    .filter(({ client: one, server: other }) => one.address !== other.address && one.mac !== other.mac);
}

function endpoint(smallest: number, choices: EndpointChoices = {}): fc.Arbitrary<Endpoint> {
  return fieldsOf<Endpoint>(
    { mac: macAddress(smallest), address: ipv4Address(smallest), port: dynamicPort() },
    checkedChoices(choices, ENDPOINT_CHECKS),
  );
}

/** Puts a conversation together, frame by frame. */
export class Transcript {
  readonly #setting: Setting;
  readonly #sent: SentFrame[] = [];
  #time = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** Nanoseconds since the first frame. */
  get time(): number {
    return this.#time;
  }

  /** Who sends and who is to receive. */
  ends(from: Side): { readonly source: Endpoint; readonly destination: Endpoint } {
    const { client, server } = this.#setting;
    return from === "client" ? { source: client, destination: server } : { source: server, destination: client };
  }

  /** Lets time pass, in nanoseconds, beside the gap between two frames. */
  wait(nanoseconds: number): void {
    this.#time += nanoseconds;
  }

  /** Sends what Ethernet is to carry to the other endpoint, or to another MAC address. */
  send(from: Side, content: readonly LayerPlan[], mac: number = this.ends(from).destination.mac): void {
    const ethernet: LayerPlan = {
      protocol: "ethernet",
      fields: { destination: mac, source: this.ends(from).source.mac },
    };
    const frame = composeFrame([...this.#around(from), ethernet, ...this.#setting.tags, ...content]);
    this.#sent.push({ time: this.#time, from, frame });
    this.#time += this.#setting.gap;
  }

  /** Sends an IPv4 packet. */
  sendIpv4(from: Side, content: readonly LayerPlan[], fields: Partial<LayerFields["ipv4"]> = {}): void {
    const { source, destination } = this.ends(from);
    const addresses = { source: source.address, destination: destination.address };
    this.send(from, [{ protocol: "ipv4", fields: { ...addresses, ...fields } }, ...content]);
  }

  /** The conversation that was sent. */
  end(kind: ConversationKind): Conversation {
    return new Conversation(kind, this.#setting.client, this.#setting.server, this.#sent);
  }

  /** The outer layers: of a tunnel whose client's end is at the client. */
  #around(from: Side): LayerPlan[] {
    const { tunnel } = this.#setting;
    if (tunnel === undefined) return [];
    const [near, far] = from === "client" ? [tunnel.client, tunnel.server] : [tunnel.server, tunnel.client];
    return [
      { protocol: "ethernet", fields: { destination: far.mac, source: near.mac } },
      { protocol: "ipv4", fields: { source: near.address, destination: far.address } },
      { protocol: "udp", fields: { sourcePort: near.port, destinationPort: vxlan.PORT, hasChecksum: false } },
      { protocol: "vxlan", fields: { vni: tunnel.vni } },
    ];
  }
}
