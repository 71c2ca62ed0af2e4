/**
 * A frame's bytes from its dissection: the way back, through the codecs' `write`, layer by layer.
 *
 * Every byte comes back, wrong checksums and lengths included. Fields of bits and of lengths are written from their
 * values, so that a dissection with another value in a field gives a frame with that value.
 */

import * as arp from "./arp.ts";
import type { Dissection, FieldValue, Layer } from "./dissection.ts";
import * as ethernet from "./ethernet.ts";
import * as icmpv4 from "./icmpv4.ts";
import * as ipv4 from "./ipv4.ts";
import * as llc from "./llc.ts";
import * as sctp from "./sctp.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";
import * as vlan from "./vlan.ts";
import * as vxlan from "./vxlan.ts";

/**
 * The frame that a dissection describes.
 *
 * @throws RangeError when a field is missing that its header needs, or has a value of another kind
 */
export function encodeFrame({ layers }: Dissection): Uint8Array {
  const bytes = new Uint8Array(layers.reduce((end, { offset, length }) => Math.max(end, offset + length), 0));
  const view = new DataView(bytes.buffer);
  for (const layer of layers) {
    if (layer.length === 0) continue;
    const fields = new Fields(layer);
    const write = WRITERS[layer.protocol];
    // Of a header that is not whole, the dissection has the bytes.
    if (write === undefined || fields.has("bytes")) bytes.set(fields.bytes("bytes"), layer.offset);
    else write(view, layer.offset, fields);
  }
  return bytes;
}

/** The fields of a layer by the codec's names. */
class Fields {
  readonly #layer: Layer;
  readonly #values: ReadonlyMap<string, FieldValue>;

  constructor(layer: Layer) {
    this.#layer = layer;
    this.#values = new Map(layer.fields.map(({ name, value }) => [name, value]));
  }

  number(name: string): number {
    const value = this.#value(name);
    return typeof value === "number" ? value : this.#refuse(name, "a number", value);
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    return typeof value === "boolean" ? value : this.#refuse(name, "true or false", value);
  }

  bytes(name: string): Uint8Array {
    const value = this.#value(name);
    return value instanceof Uint8Array ? value : this.#refuse(name, "bytes", value);
  }

  /** Bytes that need not be there. */
  bytesIfAny(name: string): Uint8Array {
    return this.has(name) ? this.bytes(name) : new Uint8Array();
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  #value(name: string): FieldValue | undefined {
    return this.#values.get(`${this.#layer.protocol}.${name}`);
  }

  #refuse(name: string, expected: string, found: FieldValue | undefined): never {
    throw new RangeError(
      `expected ${expected} as field ${this.#layer.protocol}.${name}, found ${found === undefined ? "none" : typeof found}`,
    );
  }
}

/** The type field, which may hold a length. */
function typeField(fields: Fields): number {
  return fields.number(fields.has("payloadLength") ? "payloadLength" : "etherType");
}

type Writer = (view: DataView, offset: number, fields: Fields) => void;

const writeEthernet: Writer = (view, offset, fields) => {
  const [destination, source] = [fields.number("destination"), fields.number("source")];
  ethernet.write(view, offset, { destination, source, etherType: typeField(fields) });
};

/** A tag's codec counts from the type field that announces it, which the layer before has written. */
const writeVlan: Writer = (view, offset, fields) => {
  vlan.write(view, offset - 2, {
    tagProtocol: vlan.tagProtocol(view, offset - 2),
    priority: fields.number("priority"),
    dropEligible: fields.flag("dropEligible"),
    vlanId: fields.number("vlanId"),
  });
  vlan.setTagProtocol(view, offset + 2, typeField(fields));
};

const writeLlc: Writer = (view, offset, fields) => {
  llc.write(view, offset, {
    destination: fields.number("destination"),
    source: fields.number("source"),
    control: fields.number("control"),
    ...(fields.has("protocol") && {
      organisation: fields.number("organisation"),
      protocol: fields.number("protocol"),
    }),
  });
};

const writeArp: Writer = (view, offset, fields) => {
  const isCommon = fields.has("targetProtocol");
  if (isCommon) {
    arp.write(view, offset, {
      operation: fields.number("operation"),
      senderHardware: fields.number("senderHardware"),
      senderProtocol: fields.number("senderProtocol"),
      targetHardware: fields.number("targetHardware"),
      targetProtocol: fields.number("targetProtocol"),
    });
    return;
  }
  view.setUint16(offset, fields.number("hardwareType"));
  view.setUint16(offset + 2, fields.number("protocolType"));
  view.setUint8(offset + 4, fields.number("hardwareLength"));
  view.setUint8(offset + 5, fields.number("protocolLength"));
  arp.setOperation(view, offset, fields.number("operation"));
  setBytes(view, offset + 8, fields.bytesIfAny("addresses"));
};

const writeIpv4: Writer = (view, offset, fields) => {
  ipv4.write(view, offset, {
    typeOfService: fields.number("typeOfService"),
    totalLength: fields.number("totalLength"),
    identification: fields.number("identification"),
    reservedFlag: fields.flag("reservedFlag"),
    dontFragment: fields.flag("dontFragment"),
    moreFragments: fields.flag("moreFragments"),
    fragmentOffset: fields.number("fragmentOffset"),
    timeToLive: fields.number("timeToLive"),
    protocol: fields.number("protocol"),
    source: fields.number("source"),
    destination: fields.number("destination"),
    options: fields.bytesIfAny("options"),
  });
  ipv4.setHeaderLength(view, offset, fields.number("headerLength"));
  ipv4.setHeaderChecksum(view, offset, fields.number("headerChecksum"));
};

const writeIcmp: Writer = (view, offset, fields) => {
  const restOfHeader = fields.number("restOfHeader");
  icmpv4.write(view, offset, { type: fields.number("type"), code: fields.number("code"), restOfHeader });
  icmpv4.setMessageChecksum(view, offset, fields.number("messageChecksum"));
  ["originateTimestamp", "receiveTimestamp", "transmitTimestamp"].forEach((name, index) => {
    if (fields.has(name)) view.setUint32(offset + icmpv4.HEADER_LENGTH + 4 * index, fields.number(name));
  });
  if (fields.has("addressMask")) view.setUint32(offset + icmpv4.HEADER_LENGTH, fields.number("addressMask"));
};

const writeUdp: Writer = (view, offset, fields) => {
  udp.write(view, offset, {
    sourcePort: fields.number("sourcePort"),
    destinationPort: fields.number("destinationPort"),
    datagramLength: fields.number("datagramLength"),
  });
  udp.setDatagramChecksum(view, offset, fields.number("datagramChecksum"));
};

const writeTcp: Writer = (view, offset, fields) => {
  tcp.write(view, offset, {
    sourcePort: fields.number("sourcePort"),
    destinationPort: fields.number("destinationPort"),
    sequenceNumber: fields.number("sequenceNumber"),
    acknowledgmentNumber: fields.number("acknowledgmentNumber"),
    reserved: fields.number("reserved"),
    flags: fields.number("flags"),
    window: fields.number("window"),
    urgentPointer: fields.number("urgentPointer"),
    options: fields.bytesIfAny("options"),
  });
  tcp.setHeaderLength(view, offset, fields.number("headerLength"));
  tcp.setSegmentChecksum(view, offset, fields.number("segmentChecksum"));
};

const writeSctp: Writer = (view, offset, fields) => {
  const length = sctp.write(view, offset, {
    sourcePort: fields.number("sourcePort"),
    destinationPort: fields.number("destinationPort"),
    verificationTag: fields.number("verificationTag"),
  });
  sctp.setPacketChecksum(view, offset, fields.number("packetChecksum"));
  setBytes(view, offset + length, fields.bytesIfAny("chunks"));
};

const writeVxlan: Writer = (view, offset, fields) => {
  vxlan.write(view, offset, {
    vni: fields.number("vni"),
    flags: fields.number("flags"),
    reserved1: fields.number("reserved1"),
    reserved2: fields.number("reserved2"),
  });
};

function setBytes(view: DataView, offset: number, bytes: Uint8Array): void {
  bytes.forEach((byte, index) => view.setUint8(offset + index, byte));
}

/** By protocol; others have their bytes alone. */
const WRITERS: Readonly<Record<string, Writer>> = {
  ethernet: writeEthernet,
  vlan: writeVlan,
  llc: writeLlc,
  arp: writeArp,
  ipv4: writeIpv4,
  icmpv4: writeIcmp,
  udp: writeUdp,
  tcp: writeTcp,
  sctp: writeSctp,
  vxlan: writeVxlan,
};
